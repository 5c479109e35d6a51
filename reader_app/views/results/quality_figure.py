"""The quality chart for a paper: the same rows on white, with their numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from reader_app.views.results.quality_chart import ChartRow
from reader_app.widgets.figure_look import print_color
from studies.report.drawing import Figure
from studies.report.quality_tables import MeasureWords
from studies.report.window_rows import MeasuredRow, measures_figure


def chart_figure(
    words: MeasureWords, rows: Sequence[ChartRow], method: str, *, simulated: bool
) -> Figure:
    """One measure of every generator and class, with its interval and real against real."""
    note = f"{words.title}: {words.sentence} ({words.source}); {words.best}. {method}".strip()
    return measures_figure(
        f"synthetic_{words.name}",
        f"{words.title} of synthetic ROIs",
        f"{words.title}, {words.best}",
        [_row(row) for row in rows],
        note,
        scale=words.scale,
        simulated=simulated,
    )


def _row(row: ChartRow) -> MeasuredRow:
    name = f"{row.category.name}, {row.name}"
    if row.measure is None:
        return MeasuredRow(name, math.nan)
    m = row.measure
    color, marker = print_color(row.look.color), row.look.marker or "circle"
    return MeasuredRow(name, m.value, m.low, m.high, m.band_low, m.band_high, color, marker)
