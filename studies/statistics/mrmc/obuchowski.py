"""Obuchowski-Rockette: conditions compared over readers and cases.

Source: Obuchowski & Rockette 1995, Commun Stat 24:285; degrees of freedom of Hillis 2007,
Stat Med 26:596; components as in Hillis 2014, Stat Med 33:330. Differences are the first
condition minus the second.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from studies.statistics.mrmc.merit import CrossedRatings, merits
from studies.statistics.mrmc.spread import covariance

Floats = npt.NDArray[np.float64]
LEAST_READERS = 3


@dataclass(frozen=True)
class VarianceComponents:
    """OR's components: `error` is the mean variance, `cov1` same reader, `cov2` same condition."""

    reader: float
    condition_reader: float
    error: float
    cov1: float
    cov2: float
    cov3: float

    def dbm(self, cases: int) -> tuple[tuple[str, float], ...]:
        """Dorfman-Berbaum-Metz components of pseudovalues over `cases`, by name."""
        k = cases
        return (
            ("R", self.reader),
            ("C", k * self.cov3),
            ("TR", self.condition_reader),
            ("TC", k * (self.cov2 - self.cov3)),
            ("RC", k * (self.cov1 - self.cov3)),
            ("TRC_error", k * (self.error - self.cov1 - self.cov2 + self.cov3)),
        )


@dataclass(frozen=True)
class Difference:
    """Test of equal conditions. `statistic` is F (ndf, df) or, with df inf, chi-square (ndf)."""

    kind: str  # rrrc | frrc | rrfc
    statistic: float
    ndf: int
    df: float
    p: float
    difference: float  # first minus second condition
    se: float
    low: float
    high: float


@dataclass(frozen=True)
class ConditionMean:
    """One condition's mean over readers; the reader is random unless df is inf."""

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


@dataclass(frozen=True)
class _Table:
    """Mean squares and mean covariances of (I, J) figures of merit."""

    theta: Floats
    ms_condition: float
    ms_reader: float
    ms_both: float
    error: float
    cov1: float
    cov2: float
    cov3: float

    @property
    def shared(self) -> float:
        """max(cov2 - cov3, 0): OR's guard against a negative estimate."""
        return max(self.cov2 - self.cov3, 0.0)


def obuchowski_rockette(
    data: CrossedRatings,
    figure: str = "auc",
    method: str = "jackknife",
    level: float = 0.95,
) -> ObuchowskiRockette:
    """Compare the first two conditions (F over all of them) and give each condition's mean.

    With fewer than three readers the analyses with random readers are declined in words.
    Example: Van Dyke, jackknife -> F 4.46, df 15.26, p .0517. Raises ValueError as its parts.
    """
    theta = merits(data, figure)
    cov = covariance(data, figure, method)
    conditions, readers = theta.shape
    declined = _declined(conditions, readers)
    random = readers >= LEAST_READERS
    table = _table(theta, cov) if conditions > 1 else None
    several = table is not None and readers > 1
    return ObuchowskiRockette(
        figure,
        method,
        tuple(tuple(float(v) for v in row) for row in theta),
        _components(table) if table is not None and several else None,
        _rrrc(table, level) if table is not None and random else None,
        _frrc(table, level) if table is not None else None,
        _rrfc(table, level) if table is not None and random else None,
        tuple(_single(theta[i], _block(cov, i, readers), level) for i in range(conditions))
        if random
        else (),
        declined,
    )


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


def _table(theta: Floats, cov: Floats) -> _Table:
    i, j = theta.shape
    by_condition, by_reader, grand = theta.mean(1), theta.mean(0), theta.mean()
    rest = theta - by_condition[:, None] - by_reader[None, :] + grand
    condition = np.repeat(np.arange(i), j)
    reader = np.tile(np.arange(j), i)
    same_condition = condition[:, None] == condition[None, :]
    same_reader = reader[:, None] == reader[None, :]

    def mean(mask: npt.NDArray[np.bool_]) -> float:
        return float(cov[mask].mean()) if mask.any() else 0.0

    return _Table(
        theta,
        j * float(((by_condition - grand) ** 2).sum()) / (i - 1),
        i * float(((by_reader - grand) ** 2).sum()) / (j - 1) if j > 1 else math.nan,
        float((rest**2).sum()) / ((i - 1) * (j - 1)) if j > 1 else math.nan,
        mean(same_condition & same_reader),
        mean(~same_condition & same_reader),
        mean(same_condition & ~same_reader),
        mean(~same_condition & ~same_reader),
    )


def _components(table: _Table) -> VarianceComponents:
    i = len(table.theta)
    reader = (table.ms_reader - table.ms_both) / i - table.cov1 + table.cov3
    both = table.ms_both - table.error + table.cov1 + table.shared
    return VarianceComponents(reader, both, table.error, table.cov1, table.cov2, table.cov3)


def _rrrc(table: _Table, level: float) -> Difference:
    i, j = table.theta.shape
    denominator = table.ms_both + j * table.shared
    df = math.inf
    if table.ms_both > 0:
        df = denominator**2 / (table.ms_both**2 / ((i - 1) * (j - 1)))
    return _difference(table, "rrrc", denominator, df, level)


def _frrc(table: _Table, level: float) -> Difference:
    j = table.theta.shape[1]
    denominator = table.error - table.cov1 + (j - 1) * table.shared
    return _difference(table, "frrc", denominator, math.inf, level)


def _rrfc(table: _Table, level: float) -> Difference:
    i, j = table.theta.shape
    return _difference(table, "rrfc", table.ms_both, (i - 1) * (j - 1), level)


def _difference(
    table: _Table, kind: str, denominator: float, df: float, level: float
) -> Difference:
    i, j = table.theta.shape
    means = table.theta.mean(1)
    difference = float(means[0] - means[1])
    if denominator <= 0:  # nothing varies, or the estimate came out negative
        p = 1.0 if table.ms_condition == 0 else math.nan
        nan = math.nan
        return Difference(kind, nan, i - 1, df, p, difference, nan, nan, nan)
    ratio = table.ms_condition / denominator
    se = math.sqrt(2 / j * denominator)
    law = stats.t(df) if math.isfinite(df) else stats.norm()
    half = float(law.ppf((1 + level) / 2)) * se
    if kind == "frrc":
        statistic, p = (i - 1) * ratio, float(stats.chi2.sf((i - 1) * ratio, i - 1))
    else:
        statistic = ratio
        test: Callable[[float], float] = (
            (lambda f: float(stats.f.sf(f, i - 1, df)))
            if math.isfinite(df)
            else (lambda f: float(stats.chi2.sf((i - 1) * f, i - 1)))
        )
        p = test(ratio)
    return Difference(
        kind, statistic, i - 1, df, p, difference, se, difference - half, difference + half
    )


def _single(theta: Floats, cov: Floats, level: float) -> ConditionMean:
    """One condition: Hillis 2014; between-reader mean square plus J times cov2, cut at 0..1."""
    j = len(theta)
    ms = float(theta.var(ddof=1))
    cov2 = float(cov[~np.eye(j, dtype=bool)].mean())
    total = ms + j * max(cov2, 0.0)
    mean, se = float(theta.mean()), math.sqrt(total / j)
    df = total**2 / (ms**2 / (j - 1)) if ms > 0 else math.inf
    law = stats.t(df) if math.isfinite(df) else stats.norm()
    half = float(law.ppf((1 + level) / 2)) * se
    return ConditionMean(mean, se, df, max(0.0, mean - half), min(1.0, mean + half))
