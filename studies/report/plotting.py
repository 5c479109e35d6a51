"""A panel of a figure: axes with ticks, and data to px."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studies.report.lettering import text_width
from studies.report.svg import GREY, INK, LINE, Canvas

TICK, AXIS, HEAD = 9.0, 9.5, 10.5  # px of ticks, axis titles, panel titles


@dataclass(frozen=True)
class Span:
    """The values at an axis' two ends."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """0 at the low end, 1 at the high end."""
        return (value - self.low) / ((self.high - self.low) or 1.0)


@dataclass(frozen=True)
class Panel:
    """A rectangle of a canvas in px, `x` and `y` the values along its sides (y upwards)."""

    canvas: Canvas
    left: float
    top: float
    width: float
    height: float
    x: Span
    y: Span

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Data to px."""
        return (
            self.left + self.width * self.x.share(x),
            self.top + self.height * (1 - self.y.share(y)),
        )

    def grid(self, x_ticks: Sequence[float], y_ticks: Sequence[float]) -> None:
        """Lines at ticks, then the left and the bottom axis."""
        for tick in x_ticks:
            self.canvas.line(self.at(tick, self.y.low), self.at(tick, self.y.high), LINE, 0.8)
        for tick in y_ticks:
            self.canvas.line(self.at(self.x.low, tick), self.at(self.x.high, tick), LINE, 0.8)
        corner = self.at(self.x.low, self.y.low)
        self.canvas.line(corner, self.at(self.x.high, self.y.low), GREY)
        self.canvas.line(corner, self.at(self.x.low, self.y.high), GREY)

    def x_numbers(self, ticks: Sequence[float], words: Sequence[str] = ()) -> None:
        """Numbers, or words, below the bottom axis; those that would touch are left out."""
        shown = words or tuple(map(number, ticks))
        end = -math.inf
        for tick, word in zip(ticks, shown, strict=True):
            x, half = self.at(tick, self.y.low)[0], text_width(word, TICK) / 2
            if x - half > end + 3:
                foot = (x, self.top + self.height + 13)
                self.canvas.text(foot, word, TICK, color=GREY, anchor="middle")
                end = x + half

    def y_numbers(self, ticks: Sequence[float], words: Sequence[str] = ()) -> None:
        """Numbers, or names, left of the left axis."""
        for tick, word in zip(ticks, words or tuple(map(number, ticks)), strict=True):
            place = (self.left - 5, self.at(self.x.low, tick)[1] + 3.2)
            self.canvas.text(place, word, TICK, color=GREY, anchor="end")

    def title(self, words: str, *, above: float = 6) -> None:
        """A panel's title, centred above it."""
        place = (self.left + self.width / 2, self.top - above)
        self.canvas.text(place, words, HEAD, anchor="middle", room=self.width + 16)

    def x_title(self, words: str) -> None:
        """Below the numbers."""
        place = (self.left + self.width / 2, self.top + self.height + 27)
        self.canvas.text(place, words, AXIS, color=GREY, anchor="middle")

    def y_title(self, words: str, *, before: float = 34) -> None:
        """Upright, left of the numbers."""
        place = (self.left - before, self.top + self.height / 2)
        self.canvas.text(place, words, AXIS, color=GREY, anchor="middle", upright=True)

    def curve(
        self, points: Iterable[tuple[float, float]], color: str, width: float = 1.5, dash: str = "-"
    ) -> None:
        """A line through data."""
        self.canvas.polyline([self.at(x, y) for x, y in points], color, width, dash)

    def band(
        self, points: Sequence[tuple[float, float, float]], color: str, opacity: float = 0.15
    ) -> None:
        """Between the lower and the upper value at each x: (x, low, high)."""
        upper = [self.at(x, high) for x, _, high in points]
        lower = [self.at(x, low) for x, low, _ in reversed(points)]
        self.canvas.polygon((*upper, *lower), color, opacity=opacity)

    def upright_line(self, x: float, color: str = GREY, dash: str = "--") -> None:
        """A reference at a value of x."""
        self.canvas.line(self.at(x, self.y.low), self.at(x, self.y.high), color, 1, dash)

    def interval(self, value: float, low: float, high: float, y: float, color: str = INK) -> None:
        """A lying bar from low to high, cut at the axis' ends, with a dot at the value."""
        ends = (max(low, self.x.low), min(high, self.x.high))
        if not any(map(math.isnan, ends)):
            self.canvas.line(self.at(ends[0], y), self.at(ends[1], y), color, 2)
        if self.x.low <= value <= self.x.high:
            self.canvas.marker(self.at(value, y), "circle", color, 7)

    def standing(self, x: float, low: float, high: float, color: str) -> None:
        """A standing bar from low to high."""
        self.canvas.line(self.at(x, low), self.at(x, high), color, 1.2)


def ticks(low: float, high: float, most: int = 6) -> tuple[float, ...]:
    """Round numbers within low..high, at most `most` of them.

    Example: ticks(0, 8000) -> (0, 2000, 4000, 6000, 8000).
    """
    reach = high - low
    if not math.isfinite(reach) or reach <= 0:
        return (low,)
    power = 10.0 ** math.floor(math.log10(reach / most))
    steps = [factor * power for factor in (1, 2, 5, 10, 20)]
    step = next((one for one in steps if _count(low, high, one) <= most), steps[-1])
    first = math.ceil(low / step - 1e-9)
    return tuple(round((first + k) * step, 10) for k in range(_count(low, high, step)))


def _count(low: float, high: float, step: float) -> int:
    """Multiples of the step within low..high."""
    return math.floor(high / step + 1e-9) - math.ceil(low / step - 1e-9) + 1


def number(value: float) -> str:
    """A tick: thousands with commas, no trailing zeros, a true minus."""
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"
    return text.replace("-", "−")
