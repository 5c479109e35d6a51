"""Items for showing that a reader cannot tell synthetic from real."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from scipy import stats

from studies.statistics.equivalence import equivalence_power, power_method
from studies.statistics.planning.curve import Curve, check_power, sizes_around

_MOST = 100_000
_LONGEST_CLIMB = 40
_ROUNDING = 1e-9


@dataclass(frozen=True)
class EquivalencePlan:
    """`synthetic` and `real` items give `power` to show equivalence within `margin`.

    The curve's x counts all items; `method` names the test that its power is of.
    """

    synthetic: int
    real: int
    power: float
    margin: float
    alpha: float
    accuracy: float
    curve: Curve
    method: str

    @property
    def items(self) -> int:
        """All items."""
        return self.synthetic + self.real


def items_for_equivalence(
    margin: float = 0.10,
    power: float = 0.80,
    ratio: float = 182 / 120,
    alpha: float = 0.05,
    *,
    accuracy: float = 0.5,
) -> EquivalencePlan:
    """The fewest synthetic items, with `ratio` real ones to each, that give `power`.

    `accuracy` is the balanced accuracy taken for true, .5 for a reader who guesses; "synthetic" is
    said half the time, the worst case. Begun at the normal approximation, then by the power of the
    very test (`equivalence_power`). Real items are rounded up. Raises ValueError for an impossible
    margin, power, ratio or alpha, an accuracy outside the margin, or more than 100,000 items.
    Example: power .92 at a margin of .10 needs about the paper's 182 and 120.
    """
    check_power(power, alpha)
    if not 0 < margin < 0.5:
        raise ValueError("the margin lies between 0 and .5")
    if not 0.01 <= ratio <= 100:
        raise ValueError("the ratio of real to synthetic items lies between .01 and 100")
    if abs(accuracy - 0.5) > margin - _ROUNDING:  # .6 less .5 is below .1 in floating point
        raise ValueError("a reader whose accuracy lies outside the margin is not equivalent")
    begin = _about(margin, power, ratio, alpha, accuracy)
    if begin * (1 + ratio) > _MOST:
        raise ValueError("more than 100,000 items are needed; allow a wider margin")

    @cache
    def reached(n: int) -> float:
        return equivalence_power(n, real_for(n, ratio), margin, alpha, accuracy=accuracy)

    synthetic = _climb(begin, reached, power)
    real = real_for(synthetic, ratio)
    curve = _curve(synthetic, ratio, reached)
    method = power_method(synthetic, real)
    return EquivalencePlan(
        synthetic, real, reached(synthetic), margin, alpha, accuracy, curve, method
    )


def real_for(synthetic: int, ratio: float) -> int:
    """Real items to `synthetic` ones, rounded up.

    Example: real_for(120, 182 / 120) -> 182.
    """
    return max(1, math.ceil(round(synthetic * ratio, 6)))


def _about(margin: float, power: float, ratio: float, alpha: float, accuracy: float) -> int:
    """Synthetic items by normal approximation."""
    need = float(stats.norm.isf(alpha)), abs(accuracy - 0.5)

    def approximate(n: float) -> float:
        error = math.sqrt((0.25 / n) * (1 + 1 / ratio)) / 2
        reach, off = margin / error - need[0], need[1] / error
        return float(stats.norm.cdf(reach - off) - stats.norm.cdf(-reach - off))

    n = 2
    while approximate(n) < power and n < _MOST:
        n = math.ceil(n * 1.02) if n > 50 else n + 1
    return n


def _climb(begin: int, reached: Callable[[int], float], power: float) -> int:
    """From a size near enough, up until power is reached, else down while it lasts."""
    step = max(1, begin // 200)
    n = begin
    for _ in range(_LONGEST_CLIMB):
        if reached(n) >= power:
            break
        n += step
    while n > step + 1 and reached(n - step) >= power:
        n -= step
    return n


def _curve(synthetic: int, ratio: float, reached: Callable[[int], float]) -> Curve:
    sizes = sizes_around(synthetic, points=8)
    items = tuple(float(n + real_for(n, ratio)) for n in sizes)
    heights = tuple(reached(n) for n in sizes)
    return Curve(items, heights, "Items, synthetic and real", "Power")
