"""Is a reader's balanced accuracy equivalent to guessing? Two one-sided tests around .5.

With H the share of synthetic items called synthetic and F that of real items called synthetic,
balanced accuracy is .5 + (H - F) / 2: equivalence within a margin m is H - F within -/+ 2m.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from studies.statistics.detection import TwoByTwo

LARGEST_EXACT = 400  # items; beyond it the score test is used
_LARGEST_TABLE = 100_000  # outcomes; beyond it power is by normal approximation
_GRID, _FINE = 401, 101  # rates on the boundary, and again around the worst of them
_TIE = 1e-9
Floats = npt.NDArray[np.float64]
Region = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Equivalence:
    """TOST of balanced accuracy: equivalent to .5 within `margin` where `p` is at most alpha."""

    value: float
    margin: float
    p_above_low: float  # against balanced accuracy <= .5 - margin
    p_below_high: float  # against balanced accuracy >= .5 + margin
    n: int
    method: str

    @property
    def p(self) -> float:
        """The larger of the two one-sided p values."""
        return max(self.p_above_low, self.p_below_high)


def equivalence(table: TwoByTwo, margin: float = 0.10) -> Equivalence:
    """Two one-sided tests that balanced accuracy lies within .5 -/+ margin.

    Source: Schuirmann 1987, J Pharmacokinet Biopharm 15:657. Up to 400 items each is exact and
    unconditional: outcomes are ordered by the score statistic of Farrington & Manning 1990, Stat
    Med 9:1447, and p is the largest over all pairs of rates on the boundary (Chan 1998, Stat Med
    17:1403). Beyond, the score statistic is taken as normal. Example: 83/88 and 69/76 with a
    margin of .05 (H - F above -.1) -> p_above_low .0017. Raises ValueError where a kind of item is
    absent or the margin is not between 0 and .5.
    """
    _check(table.signal, table.noise, margin)
    value = (table.hits / table.signal + table.correct_rejections / table.noise) / 2
    n = table.signal + table.noise
    mirrored = TwoByTwo(table.misses, table.hits, table.correct_rejections, table.false_alarms)
    exact = n <= LARGEST_EXACT
    one_sided = _exact_p if exact else _score_p
    method = "TOST, exact by enumeration" if exact else "TOST, score"
    return Equivalence(
        value, margin, one_sided(table, margin), one_sided(mirrored, margin), n, method
    )


def equivalence_power(
    signal: int, noise: int, margin: float = 0.10, alpha: float = 0.05,
    *, accuracy: float = 0.5, said: float = 0.5,
) -> float:  # fmt: skip
    """Power of `equivalence` for a reader of true balanced accuracy `accuracy`, 0..1.

    `said` is the share "synthetic" is said, averaged over both kinds of item; .5 is the worst for
    power. By enumeration of every outcome of the very test that will be used; beyond 100,000
    outcomes by normal approximation. Example: 120 synthetic and 182 real items -> .92 at a margin
    of .10, .04 at .05. Raises ValueError for impossible counts, margin, alpha or rates.
    """
    _check(signal, noise, margin)
    if not 0 < alpha < 0.5:
        raise ValueError("alpha lies between 0 and .5")
    hit, alarm = said + accuracy - 0.5, said - accuracy + 0.5
    if not (0 <= hit <= 1 and 0 <= alarm <= 1):
        raise ValueError(
            "no pair of rates has this balanced accuracy and this share of “synthetic”"
        )
    if (signal + 1) * (noise + 1) > _LARGEST_TABLE:
        return _normal_power(signal, noise, margin, alpha, hit, alarm)
    above = _rejected(signal, noise, margin, alpha)
    both = above & above[::-1, ::-1]  # the other side is the same test with answers turned round
    return float(
        _chances(signal, np.array([hit]))[0] @ both @ _chances(noise, np.array([alarm]))[0]
    )


def power_method(signal: int, noise: int) -> str:
    """The test that so many items will be given, and how `equivalence_power` reckons with it.

    Example: power_method(120, 182) -> 'TOST, exact; power by enumeration'.
    """
    test = "exact" if signal + noise <= LARGEST_EXACT else "score"
    enumerated = (signal + 1) * (noise + 1) <= _LARGEST_TABLE
    return f"TOST, {test}; power by {'enumeration' if enumerated else 'normal approximation'}"


def margin_in_words(margin: float) -> str:
    """What a margin says, for the protocol: `40 % to 60 %` and what that means in items.

    Raises ValueError when the margin is not between 0 and .5.
    Example: margin_in_words(.1) -> 'Balanced accuracy between 40 % and 60 % counts as guessing…'.
    """
    _check(1, 1, margin)
    low, high = (f"{100 * (0.5 + side * margin):.3g} %" for side in (-1, 1))
    return (
        f"Balanced accuracy between {low} and {high} counts as guessing: of 100 items, half of "
        f"them synthetic, up to {100 * margin:.3g} more or fewer are told rightly than by chance."
    )


def _check(signal: int, noise: int, margin: float) -> None:
    if not 0 < margin < 0.5:
        raise ValueError("the margin lies between 0 and .5")
    if signal < 1 or noise < 1:
        raise ValueError("real and synthetic items are both needed")


# --- the score statistic --------------------------------------------------------------------


def score(signal: int, noise: int, gap: float) -> Floats:
    """Score statistic (signal + 1, noise + 1) of every outcome against H - F = `gap`, -1..1.

    Rows count hits, columns false alarms. Source: Farrington & Manning 1990, Stat Med 9:1447: the
    error is that of the rates of greatest likelihood under the null, the root of their cubic.
    Example: score(10, 10, 0)[7, 3] -> 1.789.
    """
    hit = np.arange(signal + 1)[:, None] / signal
    alarm = np.arange(noise + 1)[None, :] / noise
    first = _restricted(hit, alarm, noise / signal, gap)
    second = np.clip(first - gap, 0.0, 1.0)
    error = np.sqrt(first * (1 - first) / signal + second * (1 - second) / noise)
    return np.asarray((hit - alarm - gap) / error)


def _restricted(hit: Floats, alarm: Floats, ratio: float, gap: float) -> Floats:
    """H of greatest likelihood where H - F is `gap`, 0..1: a cubic, solved by the cosine rule."""
    a = 1 + ratio
    b = -(1 + ratio + hit + ratio * alarm + gap * (ratio + 2))
    c = gap**2 + gap * (2 * hit + ratio + 1) + hit + ratio * alarm
    d = -hit * gap * (1 + gap)
    bend = b**3 / (3 * a) ** 3 - b * c / (6 * a**2) + d / (2 * a)
    size = np.sqrt(np.maximum(b**2 / (3 * a) ** 2 - c / (3 * a), 0.0))
    reach = np.where(bend < 0, -size, size)
    flat = size < 1e-9
    cosine = np.where(flat, 0.0, bend / np.where(flat, 1.0, reach**3))
    angle = (math.pi + np.arccos(np.clip(cosine, -1.0, 1.0))) / 3
    root = 2 * reach * np.cos(angle) - b / (3 * a)
    return np.asarray(np.clip(root, max(0.0, gap), min(1.0, 1.0 + gap)))


def _score_p(table: TwoByTwo, margin: float) -> float:
    hit, alarm = table.hits / table.signal, table.false_alarms / table.noise
    gap = -2 * margin
    first = float(_restricted(np.array(hit), np.array(alarm), table.noise / table.signal, gap))
    second = first - gap
    error = math.sqrt(first * (1 - first) / table.signal + second * (1 - second) / table.noise)
    return float(stats.norm.sf((hit - alarm - gap) / error))


# --- the exact test -------------------------------------------------------------------------


def _chances(n: int, rates: Floats) -> Floats:
    """Binomial chances (rates, n + 1) of each count; by logarithms, quicker than scipy's own."""
    counts, p = np.arange(n + 1)[None, :], rates[:, None]
    ways = special.gammaln(n + 1) - special.gammaln(counts + 1) - special.gammaln(n - counts + 1)
    return np.asarray(np.exp(ways + special.xlogy(counts, p) + special.xlog1py(n - counts, -p)))


@dataclass(frozen=True)
class _Boundary:
    """Pairs of rates with H - F = -2 margin: (points,), and the chances of counts under them."""

    alarms: Floats
    of_hits: Floats  # (points, signal + 1)
    up_to_alarms: Floats  # (points, noise + 2), of fewer than so many

    @classmethod
    def between(
        cls, signal: int, noise: int, margin: float, low: float, high: float, points: int
    ) -> _Boundary:
        alarms = np.linspace(low, high, points)
        hits = np.clip(alarms - 2 * margin, 0.0, 1.0)
        summed = np.cumsum(_chances(noise, alarms), axis=1)
        return cls(alarms, _chances(signal, hits), np.pad(summed, ((0, 0), (1, 0))))

    def chance(self, reach: Counts) -> Floats:
        """(points,) chances of a region: with each count of hits, fewer than `reach` alarms."""
        return np.asarray((self.of_hits * self.up_to_alarms[:, reach]).sum(1))

    def at(self, places: list[int]) -> _Boundary:
        """Some of the points."""
        return _Boundary(self.alarms[places], self.of_hits[places], self.up_to_alarms[places])


@dataclass(frozen=True)
class _OneSided:
    """The test of "balanced accuracy is at most .5 - margin": outcomes ordered by their score.

    Along false alarms the order is made to fall, as it does but for rounding, so that each region
    of high scores is a count of alarms for each count of hits.
    """

    margin: float
    statistic: Floats
    coarse: _Boundary

    @classmethod
    def of(cls, signal: int, noise: int, margin: float) -> _OneSided:
        statistic = np.minimum.accumulate(score(signal, noise, -2 * margin), axis=1)
        coarse = _Boundary.between(signal, noise, margin, 2 * margin, 1.0, _GRID)
        return cls(margin, statistic, coarse)

    def reach(self, least: float) -> Counts:
        """(signal + 1,) how many counts of alarms score `least` or more."""
        return np.asarray((self.statistic >= least - _TIE).sum(1))

    def size(self, least: float) -> float:
        """Largest chance of such a score, sought again around the worst point of the grid."""
        reach, grid = self.reach(least), self.coarse.alarms
        found = self.coarse.chance(reach)
        worst = int(found.argmax())
        low, high = float(grid[max(0, worst - 1)]), float(grid[min(len(grid) - 1, worst + 1)])
        signal, noise = (length - 1 for length in self.statistic.shape)
        fine = _Boundary.between(signal, noise, self.margin, low, high, _FINE).chance(reach)
        return float(min(1.0, max(found[worst], fine.max())))

    def critical(self, alpha: float) -> float:
        """The least score whose size is at most alpha; inf where there is none."""
        values = np.unique(self.statistic)
        values = values[np.append(True, np.diff(values) > _TIE)]
        place = self._allowed_on_grid(values, alpha)
        while place < len(values) and self.size(values[place]) > alpha:
            place += 1
        return float(values[place]) if place < len(values) else math.inf

    def _allowed_on_grid(self, values: Floats, alpha: float) -> int:
        """The first of `values` whose chance is at most alpha on the grid, else their number."""
        low, high = 0, len(values)
        while low < high:
            middle = (low + high) // 2
            if self.coarse.chance(self.reach(values[middle])).max() <= alpha:
                high = middle
            else:
                low = middle + 1
        return low


def _exact_p(table: TwoByTwo, margin: float) -> float:
    """Largest chance, with balanced accuracy .5 - margin, of a score as high as the one seen."""
    test = _OneSided.of(table.signal, table.noise, margin)
    return test.size(float(test.statistic[table.hits, table.false_alarms]))


def _rejected(signal: int, noise: int, margin: float, alpha: float) -> Region:
    """Outcomes (signal + 1, noise + 1) for which "at most .5 - margin" is rejected."""
    if signal + noise > LARGEST_EXACT:
        return np.asarray(score(signal, noise, -2 * margin) >= stats.norm.isf(alpha))
    test = _OneSided.of(signal, noise, margin)
    return np.asarray(test.statistic >= test.critical(alpha) - _TIE)


def _normal_power(
    signal: int, noise: int, margin: float, alpha: float, hit: float, alarm: float
) -> float:
    error = math.sqrt(hit * (1 - hit) / signal + alarm * (1 - alarm) / noise) / 2
    off = (hit - alarm) / 2
    if error == 0:
        return float(abs(off) < margin)
    reach = margin / error - float(stats.norm.isf(alpha))
    high, low = stats.norm.cdf([reach - off / error, -reach - off / error])
    return max(0.0, float(high - low))
