"""Obuchowski-Rockette: conditions compared over readers and cases.

Source: Obuchowski & Rockette 1995, Commun Stat 24:285; degrees of freedom of Hillis 2007,
Stat Med 26:596; components as in Hillis 2014, Stat Med 33:330. Differences are the first
condition minus the second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from studies.statistics.mrmc.anova import NOTHING, MeanSquares, VarianceComponents, anova
from studies.statistics.mrmc.difference import (
    Difference,
    ReaderPair,
    by_reader,
    fixed_cases,
    fixed_readers,
    random_readers,
)
from studies.statistics.mrmc.merit import Crossed, merits
from studies.statistics.mrmc.spread import covariance

__all__ = [
    "LEAST_READERS",
    "ConditionMean",
    "Difference",
    "ObuchowskiRockette",
    "VarianceComponents",
    "obuchowski_rockette",
]

Floats = npt.NDArray[np.float64]
LEAST_READERS = 3


@dataclass(frozen=True)
class ConditionMean:
    """A condition's mean over readers; t with `df`, normal where that is inf.

    The interval is cut at 0 and 1; it and `se` are nan where the variance is estimated as 0 or
    less.
    """

    mean: float
    se: float
    df: float
    low: float
    high: float


@dataclass(frozen=True)
class ObuchowskiRockette:
    """The whole analysis. Differences are None with one condition, or declined in words."""

    figure: str
    covariance_method: str
    merits: tuple[tuple[float, ...], ...]  # (conditions, readers)
    components: VarianceComponents | None
    rrrc: Difference | None  # readers and cases random
    frrc: Difference | None  # readers fixed
    rrfc: Difference | None  # cases fixed
    single: tuple[ConditionMean, ...]  # per condition, readers and cases random
    declined: tuple[tuple[str, str], ...]  # analysis, reason
    errors: tuple[tuple[float, ...], ...] = ()  # (conditions, readers) standard errors
    squares: MeanSquares | None = None
    single_fixed_readers: tuple[ConditionMean, ...] = ()
    single_fixed_cases: tuple[ConditionMean, ...] = ()
    by_reader: tuple[ReaderPair, ...] = ()


def obuchowski_rockette(
    data: Crossed,
    figure: str = "auc",
    method: str = "jackknife",
    level: float = 0.95,
) -> ObuchowskiRockette:
    """Compare conditions: F over all of them, every pair, each reader, each condition's mean.

    With fewer than three readers the analyses with random readers are declined in words.
    Example: Van Dyke, jackknife -> F 4.46, df 15.26, p .0517. Raises ValueError as its parts.
    """
    theta = merits(data, figure)
    cov = covariance(data, figure, method)
    conditions, readers = theta.shape
    random = readers >= LEAST_READERS
    table = anova(theta, cov) if conditions > 1 else None
    blocks = [_block(cov, i, readers) for i in range(conditions)]
    return ObuchowskiRockette(
        figure,
        method,
        _rows(theta),
        table.components if table is not None and readers > 1 else None,
        random_readers(table, level) if table is not None and random else None,
        fixed_readers(table, level) if table is not None else None,
        fixed_cases(table, level) if table is not None and random else None,
        tuple(map(_random, theta, blocks, [level] * conditions)) if random else (),
        _declined(conditions, readers),
        _rows(np.sqrt(np.diagonal(cov).clip(0)).reshape(theta.shape)),
        table.squares if table is not None else None,
        tuple(map(_fixed_readers, theta, blocks, [level] * conditions)),
        tuple(_fixed_cases(row, level) for row in theta) if random else (),
        by_reader(theta, cov, level) if table is not None else (),
    )


def _rows(values: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(v) for v in row) for row in values)


def _declined(conditions: int, readers: int) -> tuple[tuple[str, str], ...]:
    reasons = []
    if readers < LEAST_READERS:
        count = "one reader" if readers == 1 else "two readers"
        reason = f"{count} cannot show how readers differ; three or more are needed"
        reasons.append(("readers as a random sample", reason))
    if conditions < 2:
        reasons.append(("difference of conditions", "there is only one condition"))
    return tuple(reasons)


def _block(cov: Floats, condition: int, readers: int) -> Floats:
    part = slice(condition * readers, (condition + 1) * readers)
    return cov[part, part]


def _cov2(cov: Floats) -> float:
    """Mean covariance of different readers, not below 0."""
    off = cov[~np.eye(len(cov), dtype=bool)]
    return max(float(off.mean()), 0.0) if off.size else 0.0


def _random(theta: Floats, cov: Floats, level: float) -> ConditionMean:
    """Hillis 2007: between-reader mean square plus J times cov2."""
    j, square = len(theta), float(theta.var(ddof=1))
    total = square + j * _cov2(cov)
    df = total**2 / (square**2 / (j - 1)) if square > NOTHING else math.inf
    return _mean(theta, total / j, df, level)


def _fixed_readers(theta: Floats, cov: Floats, level: float) -> ConditionMean:
    j = len(theta)
    error = float(np.trace(cov)) / j
    return _mean(theta, (error + (j - 1) * _cov2(cov)) / j, math.inf, level)


def _fixed_cases(theta: Floats, level: float) -> ConditionMean:
    j = len(theta)
    return _mean(theta, float(theta.var(ddof=1)) / j, j - 1, level)


def _mean(theta: Floats, variance: float, df: float, level: float) -> ConditionMean:
    mean = float(theta.mean())
    if variance <= NOTHING:
        return ConditionMean(mean, math.nan, df, math.nan, math.nan)
    se = math.sqrt(variance)
    law = stats.t(df) if math.isfinite(df) else stats.norm()
    half = float(law.ppf((1 + level) / 2)) * se
    return ConditionMean(mean, se, df, max(0.0, mean - half), min(1.0, mean + half))
