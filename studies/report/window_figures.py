"""Line plots of the window as figures for a paper: lines, bands, references, events, a legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from studies.report.drawing import Figure, drawn
from studies.report.lettering import text_width
from studies.report.plotting import Panel, Span, number, ticks
from studies.report.svg import GREY, INK, Canvas

WIDTH, HEIGHT = 560.0, 300.0  # px of the panel with its axes; a legend comes below
_LEFT, _TOP, _RIGHT, _BELOW = 58.0, 16.0, 18.0, 36.0
_ROW, _SAMPLE = 16.0, 26.0
_BAND = 0.15


@dataclass(frozen=True)
class Axes:
    """Names of both axes, and their ends where the data should not choose them."""

    x: str
    y: str
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    is_square: bool = False  # as high as wide: ROC


@dataclass(frozen=True)
class Line:
    """A series. `low` and `high` make a band, or standing bars with `bars`; NaN leaves a gap.

    dash: - | -- | : | -. | "" for markers alone; `hollow` is for the paper's values.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    color: str
    dash: str = "-"
    marker: str = ""
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    bars: bool = False
    hollow: bool = False

    @property
    def has_limits(self) -> bool:
        """Whether each point has a lower and an upper limit."""
        return len(self.low) == len(self.high) == len(self.x) > 0


@dataclass(frozen=True)
class Level:
    """A band over the whole width, as of real against real; a reference where low is high."""

    low: float
    high: float
    name: str


@dataclass(frozen=True)
class Mark:
    """An event at a value of x, in words."""

    x: float
    words: str


def line_figure(
    key: str,
    title: str,
    axes: Axes,
    lines: Sequence[Line],
    note: str,
    *,
    levels: Sequence[Level] = (),
    marks: Sequence[Mark] = (),
    simulated: bool = False,
) -> Figure:
    """Lines on one panel with a legend below, on white; the data goes along for CSV.

    `note` must say n and method: it is printed below the figure and in the CSV.
    """
    side = HEIGHT if axes.is_square else WIDTH - _LEFT - _RIGHT
    entries = _rows_of(lines, _LEFT + side + _RIGHT - 2 * 8)
    high = _TOP + HEIGHT + _BELOW + _ROW * len(entries) + 4
    canvas = Canvas(_LEFT + side + _RIGHT, high)
    panel = _panel(canvas, side, axes, lines, levels)
    for level in levels:
        _draw_level(panel, level)
    for mark in marks:
        _draw_mark(panel, mark)
    for line in lines:
        _draw_limits(panel, line)
    for line in lines:
        _draw_line(panel, line)
    for k, row in enumerate(entries):
        _legend_row(canvas, row, _TOP + HEIGHT + _BELOW + _ROW * (k + 0.6))
    return drawn(
        canvas, key, title, note, simulated=simulated, columns=_columns(axes, lines, levels, marks),
        rows=_data(lines, levels, marks),
    )  # fmt: skip


def range_of(values: Sequence[float], room: float = 0.05) -> tuple[float, float]:
    """Lowest to highest finite value with `room` of the reach on both sides; 0..1 without any."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return 0.0, 1.0
    low, high = min(finite), max(finite)
    edge = room * (high - low) or 0.5 * abs(high) or 0.5
    return low - edge, high + edge


def _panel(
    canvas: Canvas, side: float, axes: Axes, lines: Sequence[Line], levels: Sequence[Level]
) -> Panel:
    ys = [v for one in lines for v in (*one.y, *one.low, *one.high)]
    ys += [v for one in levels for v in (one.low, one.high)]
    x = Span(*(axes.x_range or range_of([v for one in lines for v in one.x], 0.02)))
    y = Span(*(axes.y_range or range_of(ys)))
    panel = Panel(canvas, _LEFT, _TOP, side, HEIGHT, x, y)
    across, up = ticks(x.low, x.high), ticks(y.low, y.high)
    panel.grid(across, up)
    panel.x_numbers(across)
    panel.y_numbers(up)
    panel.x_title(axes.x)
    widest = max((text_width(number(tick), 9) for tick in up), default=0.0)
    panel.y_title(axes.y, before=min(_LEFT - 10, widest + 14))
    return panel


def _draw_level(panel: Panel, level: Level) -> None:
    low, high = max(level.low, panel.y.low), min(level.high, panel.y.high)
    if low > high:
        return
    if level.low == level.high:
        ends = (panel.at(panel.x.low, low), panel.at(panel.x.high, low))
        panel.canvas.line(*ends, GREY, 1, "--")
    else:
        panel.band([(panel.x.low, low, high), (panel.x.high, low, high)], GREY, _BAND)
    right = panel.at(panel.x.high, high)
    panel.canvas.text((right[0] - 4, right[1] - 4), level.name, 9, color=GREY, anchor="end")


def _draw_mark(panel: Panel, mark: Mark) -> None:
    if panel.x.low <= mark.x <= panel.x.high:
        panel.upright_line(mark.x)
        x, y = panel.at(mark.x, panel.y.low)
        near_end = panel.x.share(mark.x) > 0.7
        place = (x - 5, y - 8) if near_end else (x + 5, y - 8)
        anchor = "end" if near_end else "start"
        panel.canvas.text(place, mark.words, 9, color=GREY, anchor=anchor)


def _draw_limits(panel: Panel, line: Line) -> None:
    """Bands lie below every line; limits beyond the axis stop at its ends."""
    if not line.has_limits:
        return
    y = panel.y
    ends = [
        (x, min(max(low, y.low), y.high), min(max(high, y.low), y.high))
        for x, low, high in zip(line.x, line.low, line.high, strict=True)
        if math.isfinite(low) and math.isfinite(high)
    ]
    if line.bars:
        for x, low, high in ends:
            panel.standing(x, low, high, line.color)
    elif len(ends) > 1:
        panel.band(ends, line.color, _BAND)


def _draw_line(panel: Panel, line: Line) -> None:
    inside = [
        (x, min(max(y, panel.y.low), panel.y.high)) if math.isfinite(y) else None
        for x, y in zip(line.x, line.y, strict=True)
    ]
    if line.dash:
        for piece in _pieces(inside):
            panel.curve(piece, line.color, 1.6, line.dash)
    for point, y in zip(inside, line.y, strict=True):
        if line.marker and point is not None and panel.y.low <= y <= panel.y.high:
            panel.canvas.marker(panel.at(*point), line.marker, line.color, 7, hollow=line.hollow)


def _pieces(
    points: Sequence[tuple[float, float] | None],
) -> list[list[tuple[float, float]]]:
    """Runs of points without a gap, two at least."""
    gaps = [-1, *(k for k, point in enumerate(points) if point is None), len(points)]
    runs = ([p for p in points[a + 1 : b] if p is not None] for a, b in pairwise(gaps))
    return [run for run in runs if len(run) > 1]


def _rows_of(lines: Sequence[Line], room: float) -> list[list[Line]]:
    """Named lines in rows of the legend, as many a row as fit."""
    rows: list[list[Line]] = []
    used = math.inf
    for line in (one for one in lines if one.name):
        width = _SAMPLE + 8 + text_width(line.name, 9) + 18
        if used + width > room:
            rows.append([])
            used = 0.0
        rows[-1].append(line)
        used += width
    return rows


def _legend_row(canvas: Canvas, lines: Sequence[Line], y: float) -> None:
    x = 14.0
    for line in lines:
        if line.dash:
            canvas.line((x, y), (x + _SAMPLE, y), line.color, 1.6, line.dash)
        if line.marker:
            middle = (x + _SAMPLE / 2, y)
            canvas.marker(middle, line.marker, line.color, 7, hollow=line.hollow)
        canvas.text((x + _SAMPLE + 8, y + 3), line.name, 9, color=INK)
        x += _SAMPLE + 8 + text_width(line.name, 9) + 18


def _columns(
    axes: Axes, lines: Sequence[Line], levels: Sequence[Level], marks: Sequence[Mark]
) -> tuple[str, ...]:
    limits = ("Low", "High") if levels or any(one.has_limits for one in lines) else ()
    return ("Series", axes.x, axes.y, *limits, *(("Event",) if marks else ()))


def _data(
    lines: Sequence[Line], levels: Sequence[Level], marks: Sequence[Mark]
) -> tuple[tuple[str, ...], ...]:
    """Every point a row, then bands and events."""
    limits = bool(levels) or any(one.has_limits for one in lines)
    end = ("",) if marks else ()
    rows: list[tuple[str, ...]] = []
    for line in lines:
        for k, (x, y) in enumerate(zip(line.x, line.y, strict=True)):
            own = (line.low[k], line.high[k]) if line.has_limits else (math.nan, math.nan)
            span = tuple(map(_cell, own)) if limits else ()
            rows.append((line.name, _cell(x), _cell(y), *span, *end))
    rows += [(one.name, "", "", _cell(one.low), _cell(one.high), *end) for one in levels]
    for mark in marks:
        rows.append(("", _cell(mark.x), "", *(("", "") if limits else ()), mark.words))
    return tuple(rows)


def _cell(value: float) -> str:
    return f"{value:.6g}" if math.isfinite(value) else ""
