"""Proportions and their intervals: Wilson by default, Clopper-Pearson on demand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import NormalDist


@dataclass(frozen=True)
class Proportion:
    """`successes` of `n`, with an interval of confidence `level`; all values 0..1.

    With n = 0 the estimate is nan and the interval is the whole range.
    """

    successes: int
    n: int
    estimate: float
    low: float
    high: float
    method: str
    level: float = 0.95

    @property
    def percent(self) -> str:
        """The estimate in percent with one decimal, rounded half up from the counts."""
        return percent_text(self.successes, self.n)

    @property
    def interval(self) -> str:
        """The interval in percent, as `[72.8, 82.1]`."""
        return f"[{100 * self.low:.1f}, {100 * self.high:.1f}]"


def percent_text(successes: int, n: int, decimals: int = 1) -> str:
    """`successes` / `n` in percent, rounded half up from the exact fraction.

    Example: percent_text(189, 302) -> '62.6' (the paper prints 62.5); percent_text(52, 64, 2)
    -> '81.25'. An empty group gives a dash.
    """
    if n == 0:
        return "–"
    step = Decimal(1).scaleb(-decimals)
    return str((Decimal(100 * successes) / Decimal(n)).quantize(step, ROUND_HALF_UP))


def wilson(successes: int, n: int, level: float = 0.95) -> Proportion:
    """Wilson's score interval without continuity correction.

    Source: Wilson 1927, JASA 22:209; Newcombe 1998, Stat Med 17:857, method 3.
    Example: wilson(235, 302) -> .7781 [.7280, .8213].
    Raises ValueError where counts or level are impossible.
    """
    _check(successes, n, level)
    if n == 0:
        return Proportion(0, 0, math.nan, 0.0, 1.0, "Wilson", level)
    p = successes / n
    return Proportion(successes, n, p, *wilson_limits(p, n, level), "Wilson", level)


def wilson_limits(p: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's limits around a share `p`, 0..1, of `n` > 0; neither need be a whole count.

    Example: wilson_limits(.5, 10) -> .2366, .7634.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = 0.0 if p == 0 else max(0.0, centre - half)
    high = 1.0 if p == 1 else min(1.0, centre + half)
    return low, high


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> Proportion:
    """The exact interval of Clopper and Pearson, by beta quantiles.

    Source: Clopper & Pearson 1934, Biometrika 26:404.
    Example: clopper_pearson(235, 302) -> .7781 [.7270, .8237].
    Raises ValueError where counts or level are impossible.
    """
    _check(successes, n, level)
    if n == 0:
        return Proportion(0, 0, math.nan, 0.0, 1.0, "Clopper-Pearson", level)
    from scipy import special  # a third of a second, and intervals are Wilson's as a rule

    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(special.betaincinv(successes, n - successes + 1, tail))
    high = (
        1.0 if successes == n else 1 - float(special.betaincinv(n - successes, successes + 1, tail))
    )
    return Proportion(successes, n, successes / n, low, high, "Clopper-Pearson", level)


def _check(successes: int, n: int, level: float) -> None:
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no proportion")
    if not 0 < level < 1:
        raise ValueError(f"the confidence level {level} is not between 0 and 1")
