"""What a plan promises at each size: the line that the planning page draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Curve:
    """Points (x, y) in rising x, with the words for the axes; y is a power or a half-width, 0..1.

    ValueError where x and y differ in number.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    x_label: str
    y_label: str

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise ValueError("a curve needs a y for every x")

    def through(self, x: float, y: float) -> Curve:
        """The same curve with this point on it, in its place; an x it has already keeps its y."""
        if x in self.x:
            return self
        points = sorted([*zip(self.x, self.y, strict=True), (x, y)])
        return replace(self, x=tuple(p[0] for p in points), y=tuple(p[1] for p in points))


def sizes_around(size: int, points: int = 15, least: int = 2) -> tuple[int, ...]:
    """Up to `points` whole sizes from a fifth of `size` to twice it, `size` itself among them.

    Example: sizes_around(10, points=5) -> 2, 6, 10, 14, 18.
    """
    low, high = max(least, size // 5), 2 * size
    step = max(1, round((high - low) / (points - 1)))
    start = size - step * ((size - low) // step)
    return tuple(range(start, high + 1, step))


def smallest(enough: Callable[[int], bool], low: int, high: int) -> int | None:
    """The least whole number in low..high that is enough, where more is enough too; else None.

    Example: smallest(lambda n: n * n >= 50, 1, 100) -> 8.
    """
    if low > high or not enough(high):
        return None
    while low < high:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle + 1
    return low


def check_power(power: float, alpha: float) -> None:
    """ValueError where the power or the error of the first kind is no useful share.

    Example: check_power(.8, .05) passes; check_power(.04, .05) does not.
    """
    if not 0 < alpha < 0.5:
        raise ValueError("alpha lies between 0 and .5")
    if not alpha < power < 1:
        raise ValueError("the power lies between alpha and 1")
