"""Areas compared by U-statistics: no model, unbiased variance, missing ratings allowed.

Source: Gallas 2006, Acad Radiol 13:353 (one-shot); Gallas, Bandos, Samuelson & Wagner 2009,
Commun Stat Theory 38:2586 (moments of Barrett, Clarkson and Kupinski); degrees of freedom and
guard as FDA's iMRMC 2 computes them. Readers and cases are random.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from studies.statistics.mrmc.anova import NOTHING
from studies.statistics.mrmc.pairs import DISTINCT, PairSums, pair_sums

Floats = npt.NDArray[np.float64]
LEAST_READERS = 3
_NORMAL_ABOVE = 50.0

# Sums over the same reader and over all readers become sums over the same and over others.
_MOMENTS = np.block([[DISTINCT, np.zeros((4, 4))], [-DISTINCT, DISTINCT]])
# BCK components of the moments: N, D, ND, R, NR, DR, RND (equation 19 of Gallas 2009), where N
# is the negative cases, D the positive ones, R the readers.
_COMPONENTS = np.array(
    [
        [0, 0, 0, 0, 0, 0, 1, -1],
        [0, 0, 0, 0, 0, 1, 0, -1],
        [0, 0, 0, 0, 1, -1, -1, 1],
        [0, 0, 0, 1, 0, 0, 0, -1],
        [0, 0, 1, -1, 0, 0, -1, 1],
        [0, 1, 0, -1, 0, -1, 0, 1],
        [1, -1, -1, 1, -1, 1, 1, -1],
    ],
    np.float64,
)
# Moments in which two draws share the negative case, the positive case, the reader.
_SHARES = np.array(
    [[1, 0, 1, 0, 1, 0, 1, 0], [1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]], np.float64
)


@dataclass(frozen=True)
class Components:
    """Barrett, Clarkson and Kupinski's variances of a reader-averaged area.

    By what varies: negative cases, positive cases, readers, and what they share.
    """

    negative: float
    positive: float
    both_cases: float
    reader: float
    reader_negative: float
    reader_positive: float
    all_three: float


@dataclass(frozen=True)
class AreaEstimate:
    """A mean area, or a difference of two: estimate, variance, t test against `null`.

    `guarded`: the unbiased variance was 0 or less, and the biased (maximum likelihood) one is
    used. `p_normal` is the z test's. A mean's interval is cut at 0 and 1. Without a usable
    variance the rest is nan.
    """

    estimate: float
    null: float
    unbiased_variance: float
    biased_variance: float
    guarded: bool
    df: float
    se: float
    p: float
    p_normal: float
    low: float
    high: float
    components: Components

    @property
    def method(self) -> str:
        """How the variance was had."""
        how = "biased variance, as the unbiased one is not positive" if self.guarded else "unbiased"
        return f"U-statistic (BDG), {how}"


@dataclass(frozen=True)
class AreaDifference:
    """First minus second condition, by their places."""

    first: int
    second: int
    value: AreaEstimate


@dataclass(frozen=True)
class UStatistics:
    """Each condition's reader-averaged area (tested against .5) and every difference of two."""

    means: tuple[AreaEstimate, ...]
    differences: tuple[AreaDifference, ...]


@dataclass(frozen=True)
class _Moments:
    """Eight moments of one pair of conditions, unbiased and biased, and their weights."""

    unbiased: Floats
    biased: Floats
    weights: Floats

    def variance(self, moments: Floats) -> float:
        """Covariance of the two reader-averaged areas."""
        return float(moments @ (self.weights - np.eye(8)[7]))

    @property
    def freedom(self) -> Floats:
        """Degrees of freedom of negative cases, positive cases and readers: (3,)."""
        return np.asarray(np.round(1 / (_SHARES @ self.weights) - 1))


def u_statistics(
    ratings: Floats, positive: npt.NDArray[np.bool_], level: float = 0.95
) -> UStatistics:
    """Analyse ratings (conditions, readers, cases); nan is a missing one. `positive` (cases,).

    Example: Van Dyke, 1 minus 2 -> -.0438, variance .000427313, df 12.81, p .0556.
    Raises ValueError with fewer than three readers, a reader without both kinds of case, or
    fewer than two of each kind rated.
    """
    conditions, readers, _ = ratings.shape
    if readers < LEAST_READERS:
        raise ValueError("three or more readers are needed")
    sums = pair_sums(ratings.reshape(conditions * readers, -1), positive)
    if not (np.diagonal(sums.counts[3]) > 0).all():
        raise ValueError("every reader must have rated cases of both kinds")
    areas = [_area(sums, i, readers) for i in range(conditions)]
    pairs = {(i, k): _moments(sums, i, k, readers) for i in range(conditions) for k in range(i + 1)}
    means = tuple(
        _estimate(area, 0.5, [(pairs[i, i], 1.0)], pairs[i, i].freedom, level, is_mean=True)
        for i, area in enumerate(areas)
    )
    differences = []
    for i, k in itertools.combinations(range(conditions), 2):
        terms = [(pairs[i, i], 1.0), (pairs[k, k], 1.0), (pairs[k, i], -2.0)]
        freedom = np.minimum(pairs[i, i].freedom, pairs[k, k].freedom)
        value = _estimate(areas[i] - areas[k], 0.0, terms, freedom, level)
        differences.append(AreaDifference(i, k, value))
    return UStatistics(means, tuple(differences))


def _area(sums: PairSums, condition: int, readers: int) -> float:
    own = slice(condition * readers, (condition + 1) * readers)
    # The products of a reading with itself over all pairs are its wins squared.
    wins = np.sqrt(np.diagonal(sums.wins[3])[own])
    return float(wins.sum() / np.sqrt(np.diagonal(sums.counts[3])[own]).sum())


def _moments(sums: PairSums, first: int, second: int, readers: int) -> _Moments:
    rows = slice(first * readers, (first + 1) * readers)
    columns = slice(second * readers, (second + 1) * readers)

    def eight(table: Floats) -> Floats:
        part = table[:, rows, columns]
        return np.concatenate([np.trace(part, axis1=1, axis2=2), part.sum((1, 2))])

    wins, counts = eight(sums.wins), eight(sums.counts)
    distinct = _MOMENTS @ counts
    if not (distinct > 0).all():
        raise ValueError("at least two cases of each kind must be rated by several readers")
    return _Moments(_MOMENTS @ wins / distinct, wins / counts, distinct / counts[7])


def _estimate(
    estimate: float,
    null: float,
    terms: list[tuple[_Moments, float]],
    freedom: Floats,
    level: float,
    *,
    is_mean: bool = False,
) -> AreaEstimate:
    unbiased = sum(sign * one.variance(one.unbiased) for one, sign in terms)
    biased = sum(sign * one.variance(one.biased) for one, sign in terms)
    guarded = unbiased <= NOTHING
    variance = biased if guarded else unbiased
    components = np.asarray(sum(sign * (_COMPONENTS @ one.unbiased) for one, sign in terms))
    spread = np.asarray(sum(sign * (_COMPONENTS @ one.biased) for one, sign in terms))[[0, 1, 3]]
    df = _degrees(variance, spread, freedom)
    se = math.sqrt(variance) if variance > NOTHING else math.nan
    z = (estimate - null) / se
    law = stats.norm() if df > _NORMAL_ABOVE or math.isnan(df) else stats.t(math.floor(df))
    half = float(law.ppf((1 + level) / 2)) * se
    low, high = estimate - half, estimate + half
    if is_mean:
        low, high = float(np.clip(low, 0.0, 1.0)), float(np.clip(high, 0.0, 1.0))
    return AreaEstimate(
        estimate, null, unbiased, biased, guarded, df, se,
        float(2 * law.sf(abs(z))), float(2 * stats.norm.sf(abs(z))),
        low, high, Components(*(float(v) for v in components)),
    )  # fmt: skip


def _degrees(variance: float, spread: Floats, freedom: Floats) -> float:
    """Satterthwaite's, not below the smallest of the parts (Gaylor & Hopper 1969)."""
    if variance <= NOTHING:
        return math.nan
    below = float((spread**2 / freedom**3).sum())
    return max(variance**2 / below, float(freedom.min())) if below > 0 else math.inf
