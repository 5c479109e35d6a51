"""The result of an agreement coefficient."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True)
class Coefficient:
    """An agreement coefficient, at most 1, with its standard error and interval.

    `n` counts the items used; where several items are of one case, `n` counts the cases, which
    are then the unit of `se`, and `items` the items (else 0). Where no variance can be estimated (a
    single item, or every item agreeing alike) `se`, `low` and `high` are nan; where every answer is
    the same class, so that chance alone explains all, `value` is nan too. `reason` then
    says why, else it is empty.
    """

    name: str
    value: float
    se: float
    low: float
    high: float
    n: int
    method: str
    level: float = 0.95
    reason: str = ""
    items: int = 0

    @property
    def text(self) -> str:
        """The value with two decimals and no leading zero, as `.60`."""
        return without_zero(self.value)


ONE_CLASS = "every answer is the same class"
ONE_ITEM = "there is one item only"
NO_SPREAD = "every item agrees alike, so the error cannot be estimated"


def _half_up(value: float, decimals: int) -> float:
    """The number rounded away from 0 at a half, as people round; past 10^12 as it is."""
    if abs(value) >= 1e12:
        return value
    exact = Decimal(repr(round(float(value), 12)))
    return float(exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def without_zero(value: float, decimals: int = 2) -> str:
    """A number below 1 as statisticians print it, or a dash for nan.

    Halves are rounded up, and what a computer's sum adds far behind counts for nothing.
    Example: without_zero(.6) -> '.60'; without_zero(-.07) -> '−.07'; without_zero(.8075, 3) ->
    '.808'.
    """
    if value != value:
        return "–"
    text = f"{_half_up(value, decimals):.{decimals}f}"
    if text.startswith("0."):
        return text[1:]
    if text.startswith("-0."):
        return "−" + text[2:] if float(text) else text[2:]
    return text.replace("-", "−")
