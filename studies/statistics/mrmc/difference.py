"""Tests of equal conditions: over all of them, by pairs, and of each reader by itself."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from studies.statistics.mrmc.anova import NOTHING, Table

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pair:
    """One condition minus another, by their places; t with `df`, z where df is inf.

    Where the variance is estimated as 0 or less there is no interval and no test (nan).
    """

    first: int
    second: int
    difference: float
    se: float
    df: float
    statistic: float
    p: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """Test of equal conditions. `statistic` is F (ndf, df) or, of frrc, chi-square (ndf).

    `difference` to `high` are of the first condition minus the second; `p` is of the test over
    all conditions; `pairs` has every difference of two.
    """

    kind: str  # rrrc | frrc | rrfc
    statistic: float
    ndf: int
    df: float
    p: float
    difference: float
    se: float
    low: float
    high: float
    pairs: tuple[Pair, ...] = ()


@dataclass(frozen=True)
class ReaderPair:
    """One reader's difference of two conditions: z test over cases, this reader only."""

    reader: int
    pair: Pair
    error: float
    cov1: float


def random_readers(table: Table, level: float) -> Difference:
    """Readers and cases random: Hillis' degrees of freedom (Hillis 2007, Stat Med 26:596).

    Example: Van Dyke, jackknife -> F 4.46, df 15.26, p .0517.
    """
    i, j = table.theta.shape
    both = table.squares.both
    denominator = both + j * table.shared
    df = denominator**2 / (both**2 / ((i - 1) * (j - 1))) if both > NOTHING else math.inf
    return _difference(table, "rrrc", denominator, df, level)


def fixed_readers(table: Table, level: float) -> Difference:
    """Readers fixed, cases random: chi-square, z for the pairs.

    Example: Van Dyke, jackknife -> chi-square 5.476, p .0193.
    """
    j = table.theta.shape[1]
    denominator = table.error - table.cov1 + (j - 1) * table.shared
    return _difference(table, "frrc", denominator, math.inf, level)


def fixed_cases(table: Table, level: float) -> Difference:
    """Readers random, cases fixed: the two-way analysis of variance of the figures.

    Example: Van Dyke -> F 8.704, df 1 and 4, p .0420.
    """
    i, j = table.theta.shape
    return _difference(table, "rrfc", table.squares.both, (i - 1) * (j - 1), level)


def by_reader(theta: Floats, cov: Floats, level: float) -> tuple[ReaderPair, ...]:
    """Every reader's pairs of conditions, each from this reader's variance and cov1 alone.

    Example: Van Dyke, jackknife, fifth reader -> -.1002, z -2.27, p .0230.
    """
    i, j = theta.shape
    found = []
    for reader in range(j):
        own = cov[reader::j, reader::j]
        error = float(np.trace(own)) / i
        cov1 = float(own[~np.eye(i, dtype=bool)].mean())
        found += [
            ReaderPair(reader, pair, error, cov1)
            for pair in _pairs(theta[:, reader], 2 * (error - cov1), math.inf, level)
        ]
    return tuple(found)


def _difference(table: Table, kind: str, denominator: float, df: float, level: float) -> Difference:
    i, j = table.theta.shape
    pairs = tuple(_pairs(table.theta.mean(1), 2 / j * denominator, df, level))
    first = pairs[0]
    statistic, p = _over_all(kind, table.squares.condition, denominator, i - 1, df)
    return Difference(
        kind, statistic, i - 1, df, p,
        first.difference, first.se, first.low, first.high, pairs,
    )  # fmt: skip


def _over_all(
    kind: str, square: float, denominator: float, ndf: int, df: float
) -> tuple[float, float]:
    if denominator <= NOTHING:  # nothing varies, or the estimate came out negative
        return math.nan, math.nan
    ratio = square / denominator
    if math.isfinite(df):
        return ratio, float(stats.f.sf(ratio, ndf, df))
    p = float(stats.chi2.sf(ndf * ratio, ndf))
    return (ndf * ratio if kind == "frrc" else ratio), p


def _pairs(means: Floats, variance: float, df: float, level: float) -> Iterator[Pair]:
    law = stats.t(df) if math.isfinite(df) else stats.norm()
    se = math.sqrt(variance) if variance > NOTHING else math.nan
    half = float(law.ppf((1 + level) / 2)) * se
    for first, second in itertools.combinations(range(len(means)), 2):
        value = float(means[first] - means[second])
        statistic = value / se
        p = float(2 * law.sf(abs(statistic)))
        yield Pair(first, second, value, se, df, statistic, p, value - half, value + half)
