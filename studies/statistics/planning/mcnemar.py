"""Items for the exact McNemar test of two readers, or a reader and a network."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from studies.statistics.planning.curve import Curve, check_power, sizes_around

Floats = npt.NDArray[np.float64]
_MOST = 20_000
_METHOD = "exact McNemar, power by enumeration"


@dataclass(frozen=True)
class McNemarPlan:
    """`n` items read by both give `power`; that power or more holds for every larger n looked at.

    `only_first` and `only_second` are the shares of items that one alone gets right, 0..1.
    """

    n: int
    power: float
    only_first: float
    only_second: float
    alpha: float
    two_sided: bool
    curve: Curve
    method: str = _METHOD


def mcnemar_power(
    n: int, only_first: float, only_second: float, alpha: float = 0.05, *, two_sided: bool = True
) -> float:
    """Power of the exact McNemar test on `n` items, 0..1, over every count of discordant items.

    Source: the exact unconditional power of Duffy 1984, Biometrics 40:1005: given d discordant
    items the test is binomial at .5, and d is binomial itself. One-sided looks to the side of the
    larger share. Example: 50 items, .32 and .08, one-sided -> .839357 (R's pwrss). Raises
    ValueError for impossible shares, counts or alpha.
    """
    _check(only_first, only_second, alpha)
    if n < 1:
        raise ValueError("at least one item is needed")
    given = _power_given(n, only_first, only_second, alpha, two_sided)
    return float(_unconditional(np.array([n]), only_first + only_second, given)[0])


def items_for_mcnemar(
    only_first: float,
    only_second: float,
    power: float = 0.80,
    alpha: float = 0.05,
    *,
    two_sided: bool = True,
) -> McNemarPlan:
    """The fewest items from which on the exact McNemar test keeps `power`.

    Power goes up and down by a little as items are added, for counts are whole: the number given
    is the one after the last that falls short (looked for up to a quarter beyond the normal
    approximation of Connor 1987, Biometrics 43:207). Example: .45 and .25, power .80 -> 144
    (R's MESS prints .80 there). Raises ValueError for impossible shares, power or alpha, for
    equal shares, or where more than 20,000 items are needed.
    """
    _check(only_first, only_second, alpha)
    check_power(power, alpha)
    if only_first == only_second:
        raise ValueError("both are right alone equally often, so there is no difference to find")
    about = _connor(only_first, only_second, power, alpha, two_sided)
    last = math.ceil(1.25 * about) + 60
    if last > _MOST:
        raise ValueError("about 20,000 items or more are needed; plan for a larger difference")
    given = _power_given(2 * last, only_first, only_second, alpha, two_sided)
    n, reached = _after_last_short(about, last, only_first + only_second, given, power)
    shown = np.array([size for size in sizes_around(n, points=25) if size <= 2 * last])
    heights = _unconditional(shown, only_first + only_second, given)
    curve = Curve(tuple(map(float, shown)), tuple(map(float, heights)), "Items", "Power")
    return McNemarPlan(n, reached, only_first, only_second, alpha, two_sided, curve)


def _after_last_short(
    about: float, last: int, discordant: float, given: Floats, power: float
) -> tuple[int, float]:
    """The size after the last that falls short of `power`, and its power: coarsely, then each."""
    begin = max(1, math.floor(0.7 * about) - 20)
    step = max(1, (last - begin) // 60)
    coarse = np.arange(begin, last + step, step)
    short = np.flatnonzero(_unconditional(coarse, discordant, given) < power)
    near = int(coarse[short[-1]]) if len(short) else begin
    sizes = np.arange(max(1, near - step), near + 2 * step + 3)
    powers = _unconditional(sizes, discordant, given)
    below = np.flatnonzero(powers < power)
    place = int(below[-1]) + 1 if len(below) else 0
    return int(sizes[place]), float(powers[place])


def _power_given(
    most: int, only_first: float, only_second: float, alpha: float, two_sided: bool
) -> Floats:
    """(most + 1,) chance of rejection given each count of discordant items."""
    counts = np.arange(most + 1)
    share = max(only_first, only_second) / (only_first + only_second)
    tail = alpha / 2 if two_sided else alpha
    # The fewest of d whose upper tail at .5 is at most `tail`: d less the same of the lower tail.
    below = stats.binom.ppf(tail, counts, 0.5)
    below = np.where(stats.binom.cdf(below, counts, 0.5) <= tail, below, below - 1)
    power = stats.binom.sf(counts - below - 1, counts, share)
    if two_sided:
        power = power + stats.binom.cdf(below, counts, share)
    return np.asarray(np.where(below >= 0, power, 0.0))


def _unconditional(sizes: npt.NDArray[np.int64], discordant: float, given: Floats) -> Floats:
    """Power at each size, by the binomial chances of its counts of discordant items."""
    rows = []
    for n in sizes:
        spread = 9 * math.sqrt(n * discordant * (1 - discordant)) + 9  # beyond it chances are nil
        low = max(0, math.floor(n * discordant - spread))
        high = min(int(n), math.ceil(n * discordant + spread))
        counts = np.arange(low, high + 1)
        rows.append(float(stats.binom.pmf(counts, n, discordant) @ given[low : high + 1]))
    return np.array(rows)


def _connor(
    only_first: float, only_second: float, power: float, alpha: float, two_sided: bool
) -> float:
    total, gap = only_first + only_second, abs(only_first - only_second)
    z = float(stats.norm.isf(alpha / 2 if two_sided else alpha))
    spread = math.sqrt(max(0.0, total - gap**2))
    return (z * math.sqrt(total) + float(stats.norm.ppf(power)) * spread) ** 2 / gap**2


def _check(only_first: float, only_second: float, alpha: float) -> None:
    if min(only_first, only_second) < 0 or not 0 < only_first + only_second <= 1:
        raise ValueError(
            "the shares right alone are 0 or more, one of them more, and add up to at most 1"
        )
    if not 0 < alpha < 0.5:
        raise ValueError("alpha lies between 0 and .5")
