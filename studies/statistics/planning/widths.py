"""Items for an interval of a proportion that is narrow enough: Wilson or Clopper-Pearson."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from studies.statistics.planning.curve import Curve, sizes_around, smallest
from studies.statistics.proportions import wilson_limits

WILSON, CLOPPER_PEARSON = "Wilson", "Clopper-Pearson"
_MOST = 1_000_000
_LARGEST_ENUMERATED = 20_000
_NEVER = 1e-12  # the chance below which a count is not counted


@dataclass(frozen=True)
class WidthPlan:
    """`n` items give an interval of half-width `half_width` or less where `proportion` is seen.

    `expected` is the half-width averaged over all counts that may be seen, where that proportion
    is the truth; with more than 20,000 items it is the same as `half_width` to four decimals and is
    not enumerated. All shares 0..1.
    """

    n: int
    half_width: float
    expected: float
    proportion: float
    level: float
    curve: Curve
    method: str


def half_width(proportion: float, n: int, method: str = WILSON, level: float = 0.95) -> float:
    """Half the length of the interval where exactly this share of `n` items is right, 0..1.

    The share need not be a whole count: Clopper-Pearson's beta quantiles are taken at n times the
    share (as R's presize does). Example: half_width(.15, 784) -> .0250. Raises ValueError for a
    share outside 0..1, no item, an unknown method or level.
    """
    _check(proportion, method, level)
    if n < 1:
        raise ValueError("at least one item is needed")
    if method == WILSON:
        low, high = wilson_limits(proportion, n, level)
    else:
        low, high = _clopper_pearson(proportion * n, n, level)
    return (high - low) / 2


def expected_half_width(
    proportion: float, n: int, method: str = WILSON, level: float = 0.95
) -> float:
    """Half the length of the interval, averaged over every count with its binomial chance, 0..1.

    By enumeration. Example: one item, truth .5: the mean of the two intervals' halves. Raises
    ValueError as `half_width`.
    """
    _check(proportion, method, level)
    if n < 1:
        raise ValueError("at least one item is needed")
    chances = _chances(proportion, n)
    likely = np.flatnonzero(chances > _NEVER)
    halves = [half_width(float(k) / n, n, method, level) for k in likely]
    return float(np.dot(chances[likely], halves) / chances[likely].sum())


def items_for_half_width(
    proportion: float, width: float, method: str = WILSON, level: float = 0.95
) -> WidthPlan:
    """The fewest items whose interval around `proportion` has half-width `width` or less.

    Source: the interval's own limits solved for n (Newcombe 1998, Stat Med 17:857, method 3;
    Clopper & Pearson 1934). Example: proportion .15, half-width .025, Wilson -> 784 (R's presize
    prints 783.49). Raises ValueError as `half_width`, for a half-width not in 0...5, or where more
    than a million items are needed.
    """
    _check(proportion, method, level)
    if not 0 < width < 0.5:
        raise ValueError("the half-width lies between 0 and .5")

    def narrow(n: int) -> bool:
        return half_width(proportion, n, method, level) <= width

    n = smallest(narrow, 1, _MOST)
    if n is None:
        raise ValueError("more than a million items are needed; allow a wider interval")
    exactly = half_width(proportion, n, method, level)
    expected = (
        expected_half_width(proportion, n, method, level) if n <= _LARGEST_ENUMERATED else exactly
    )
    sizes = sizes_around(n, points=25)
    widths = tuple(half_width(proportion, size, method, level) for size in sizes)
    curve = Curve(tuple(map(float, sizes)), widths, "Items", "Half-width of the interval")
    return WidthPlan(n, exactly, expected, proportion, level, curve, method)


def _chances(proportion: float, n: int) -> npt.NDArray[np.float64]:
    """Binomial chance of every count; scipy's own overflows where the share is next to 0 or 1."""
    if min(proportion, 1 - proportion) * n < _NEVER:
        chances = np.zeros(n + 1)
        chances[0 if proportion < 0.5 else n] = 1.0
        return chances
    return np.asarray(stats.binom.pmf(np.arange(n + 1), n, proportion))


def _clopper_pearson(count: float, n: int, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else float(special.betaincinv(count, n - count + 1, tail))
    high = 1.0 if count == n else float(special.betaincinv(count + 1, n - count, 1 - tail))
    return low, high


def _check(proportion: float, method: str, level: float) -> None:
    if not 0 <= proportion <= 1:
        raise ValueError("the proportion lies between 0 and 1")
    if method not in (WILSON, CLOPPER_PEARSON):
        raise ValueError(f"the interval is {WILSON} or {CLOPPER_PEARSON}, not {method}")
    if not 0 < level < 1:
        raise ValueError(f"the confidence level {level} is not between 0 and 1")
