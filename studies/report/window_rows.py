"""Figures made of rows and cells: confusion matrices side by side, measures on one axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from studies.records import ClassScheme
from studies.report.drawing import Figure, drawn
from studies.report.lettering import shortened, text_width, wrapped
from studies.report.plotting import Panel, Span, ticks
from studies.report.svg import BLUE, GREY, INK, LINE, Canvas
from studies.report.table import exact_percent
from studies.report.window_figures import range_of
from studies.statistics.confusion import ConfusionMatrix

_CELL, _RATE, _HEAD = 44.0, 46.0, 58.0  # px: a cell, the column of sensitivities, above the cells
_APART = 26.0
_LANE, _MOST_NAME = 24.0, 230.0


@dataclass(frozen=True)
class NamedMatrix:
    """Counts, truth in rows; `words` above them: whose they are."""

    words: str
    counts: tuple[tuple[int, ...], ...]
    matrix: ConfusionMatrix | None = None  # with it sensitivities and specificities stand beside


@dataclass(frozen=True)
class MeasuredRow:
    """A value with its interval, and the band of real against real behind it; NaN = unknown."""

    name: str
    value: float
    low: float = math.nan
    high: float = math.nan
    band_low: float = math.nan
    band_high: float = math.nan
    color: str = INK
    marker: str = "circle"


def matrices_figure(
    key: str,
    title: str,
    matrices: Sequence[NamedMatrix],
    scheme: ClassScheme,
    classes: Sequence[str],
    note: str,
    *,
    says: tuple[str, str] = ("truth", "answer"),
    simulated: bool = False,
) -> Figure:
    """Matrices of counts side by side, shaded by share of the row.

    `says` names rows and columns. Where a matrix is of a classifier its sensitivities (rows) and
    specificities (columns), percent, stand beside.
    """
    shorts = [scheme.category(code).short for code in classes]
    before = 34 + max(text_width(short, 9) for short in shorts)
    side = _CELL * len(classes)
    rated = any(one.matrix is not None for one in matrices)
    wide = side + (_RATE if rated else 0) + _APART
    canvas = Canvas(before + wide * len(matrices), _HEAD + side + (40 if rated else 16))
    canvas.text((12, _HEAD + side / 2), says[0], 9, color=GREY, anchor="middle", upright=True)
    for k, one in enumerate(matrices):
        left = before + wide * k
        heads = wrapped(one.words, 9.5, wide - 8)[:2] if len(matrices) > 1 else ()
        for i, words in enumerate(heads):  # a single one is named by the title
            canvas.text((left, 14 + 12 * i), words, 9.5, bold=i == 0, room=wide - 8)
        _cells(canvas, left, one.counts, shorts, says[1])
        if one.matrix is not None:
            _rates(canvas, left, one.matrix)
    for i, short in enumerate(shorts):
        canvas.text((before - 6, _HEAD + _CELL * (i + 0.5) + 3), short, 9, anchor="end")
    names = [scheme.category(code).name for code in classes]
    rows = tuple(
        (one.words, names[i], names[j], str(n))
        for one in matrices
        for i, row in enumerate(one.counts)
        for j, n in enumerate(row)
    )
    return drawn(canvas, key, title, note, simulated=simulated,
                 columns=("Whose", says[0].capitalize(), says[1].capitalize(), "n"),
                 rows=rows)  # fmt: skip


def _cells(
    canvas: Canvas, left: float, counts: Sequence[Sequence[int]], shorts: Sequence[str], says: str
) -> None:
    side = _CELL * len(shorts)
    canvas.text((left + side / 2, 38), says, 9, color=GREY, anchor="middle")
    for j, short in enumerate(shorts):
        place = (left + _CELL * (j + 0.5), _HEAD - 6)
        canvas.text(place, short, 9, anchor="middle", room=_CELL)
    for i, row in enumerate(counts):
        for j, n in enumerate(row):
            corner, share = (left + _CELL * j, _HEAD + _CELL * i), n / max(1, sum(row))
            canvas.rect(corner, (_CELL, _CELL), BLUE, edge="none", opacity=0.04 + 0.5 * share)
            canvas.rect(corner, (_CELL, _CELL), edge=LINE)
            middle = (corner[0] + _CELL / 2, corner[1] + _CELL / 2 + 4)
            canvas.text(middle, str(n), 11, anchor="middle")


def _rates(canvas: Canvas, left: float, matrix: ConfusionMatrix) -> None:
    side = _CELL * len(matrix.classes)
    canvas.text((left + side + 6, _HEAD - 6), "Sens.", 9, color=GREY)
    canvas.text((left - 6, _HEAD + side + 15), "Spec.", 9, color=GREY, anchor="end")
    for i in range(len(matrix.classes)):
        beside = (left + side + 6, _HEAD + _CELL * (i + 0.5) + 3)
        canvas.text(beside, exact_percent(matrix.sensitivity(i)), 9)
        below = (left + _CELL * (i + 0.5), _HEAD + side + 15)
        canvas.text(below, exact_percent(matrix.specificity(i)), 9, anchor="middle")
    words = f"{matrix.accuracy.percent} % {matrix.accuracy.interval} of {matrix.accuracy.n}"
    canvas.text((left + side / 2, _HEAD + side + 31), words, 9.5, anchor="middle", bold=True)


def measures_figure(
    key: str,
    title: str,
    axis: str,
    rows: Sequence[MeasuredRow],
    note: str,
    *,
    scale: float = 1.0,
    simulated: bool = False,
) -> Figure:
    """A row a value on one axis that holds 0, intervals as bars, real against real in grey.

    Values are drawn and listed times `scale`.
    """
    before = min(_MOST_NAME, max((text_width(r.name, 9) for r in rows), default=0.0) + 14)
    canvas = Canvas(660, 30 + _LANE * len(rows) + 38)
    known = [scale * v for r in rows for v in (r.value, r.low, r.high, r.band_low, r.band_high)]
    span = Span(*range_of([0.0, *known]))
    panel = Panel(canvas, before, 14, 660 - before - 16, _LANE * len(rows), span,
                  Span(len(rows) - 0.5, -0.5))  # fmt: skip
    shown = ticks(span.low, span.high)
    panel.grid(shown, ())
    panel.x_numbers(shown)
    panel.x_title(axis)
    for k, row in enumerate(rows):
        _measured(panel, k, row, scale)
        name = shortened(row.name, 9, before - 12)
        canvas.text((before - 8, panel.at(span.low, k)[1] + 3), name, 9, anchor="end")
    columns = ("Row", axis, "Low", "High", "Real v real, low", "Real v real, high")
    data = tuple(
        (r.name, *(_cell(scale * v) for v in (r.value, r.low, r.high, r.band_low, r.band_high)))
        for r in rows
    )
    return drawn(canvas, key, title, note, simulated=simulated, columns=columns, rows=data)


def _measured(panel: Panel, k: int, row: MeasuredRow, scale: float) -> None:
    if math.isfinite(row.band_high):
        corner, end = (
            panel.at(scale * row.band_low, k - 0.4),
            panel.at(scale * row.band_high, k + 0.4),
        )
        size = (max(1.0, end[0] - corner[0]), end[1] - corner[1])
        panel.canvas.rect(corner, size, GREY, edge="none", opacity=0.18)
    if math.isfinite(row.low) and math.isfinite(row.high):
        ends = (panel.at(scale * row.low, k), panel.at(scale * row.high, k))
        panel.canvas.line(*ends, row.color, 2)
    if math.isfinite(row.value):
        panel.canvas.marker(panel.at(scale * row.value, k), row.marker, row.color, 7)


def _cell(value: float) -> str:
    return f"{value:.6g}" if math.isfinite(value) else ""
