"""Seconds a trial over the reading: every trial, medians, and the trends in words."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from reader_app.state.results_state import ResultsState
from reader_app.views.results.layout import LineSample, clipped, emptied, plain, tip
from reader_app.views.results.table_panel import TablePanel
from reader_app.widgets.badge import Badge
from reader_app.widgets.figure_button import FigureButton, FigureSaver
from reader_app.widgets.panel import Panel
from reader_app.widgets.plots import LineLook, add_line, add_marker, line_plot
from reader_app.widgets.theme import PALETTE, SPACE
from studies.records import ClassScheme
from studies.report.condition_tables import time_sentence, time_tables, trend_methods
from studies.report.reader_figures import time_figure
from studies.report.readers import ReaderResults
from studies.report.tables import reader_tables
from studies.report.times import ReaderTimes

_RIGHT, _WRONG = LineLook(PALETTE.ok), LineLook(PALETTE.warning)
_MEDIAN = LineLook(PALETTE.strong)
_HIGH = 210
_A_ROW = 2


class TimesPanel(QWidget):
    """A plot a reading; below the trends' table, answers changed and hidden repeats."""

    def __init__(self, state: ResultsState) -> None:
        super().__init__()
        self._state = state
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        self.waits = plain("", "secondary", wrap=True)
        self.grid = QGridLayout()
        self.grid.setSpacing(SPACE[2])
        self.trends, self.changed, self.repeats = TablePanel(), TablePanel(), TablePanel()
        column.addWidget(self.waits)
        column.addLayout(self.grid)
        for panel in (self.trends, self.changed, self.repeats):
            column.addWidget(panel)
        column.addStretch(1)
        state.details.times_read.connect(self._show)

    def show_results(self, results: ReaderResults, scheme: ClassScheme) -> None:
        """Answers changed and repeats at once; times as far as they were read."""
        tables = {table.key: table for table in reader_tables(results, scheme)}
        self.changed.show_table(tables.get("reading"))
        self.repeats.show_table(tables.get("repeats"))
        self._show()

    def ask(self) -> None:
        """The panel is looked at: read the times."""
        self._state.details.ask_times()

    def _show(self) -> None:
        times = self._state.details.times
        emptied(self.grid)
        self.waits.setVisible(not times)
        self.waits.setText(
            "Times and trends are being computed."
            if times is None
            else "No person's times were recorded."
        )
        self.trends.show_table(next(iter(time_tables(times or ())), None))
        for k, one in enumerate(times or ()):
            self.grid.addWidget(_reading(one, self._state.figures), k // _A_ROW, k % _A_ROW)


def _reading(one: ReaderTimes, saver: FigureSaver) -> Panel:
    panel = Panel(clipped(one.reader), "active seconds a trial")
    if one.kind == "simulated":
        panel.add_head(Badge("simulated", "simulated"))
    panel.add_head(FigureButton(saver, lambda: time_figure((one,))))
    panel.body.addLayout(_legend())
    plot = line_plot("", "trial", "seconds")
    plot.setAccessibleName(f"Seconds a trial of {one.reader}. {time_sentence(one)}")
    plot.setMouseEnabled(False, False)
    plot.setFixedHeight(_HIGH)
    for right, marker, look in ((True, "circle", _RIGHT), (False, "cross", _WRONG)):
        own = [t for t in one.trials if t.right == right]
        add_marker(plot, [t.position for t in own], [t.seconds for t in own], marker, look.color,
                   size=5)  # fmt: skip
    add_line(plot, [b.position for b in one.blocks], [b.seconds for b in one.blocks], _MEDIAN)
    highest = max(t.seconds for t in one.trials)
    plot.setYRange(0, 1.05 * highest, padding=0)
    panel.body.addWidget(plot)
    words = plain(time_sentence(one), wrap=True)
    words.setToolTip(tip(trend_methods(one), words.text()))
    panel.body.addWidget(words)
    panel.body.addStretch(1)
    return panel


def _legend() -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SPACE[1])
    for sample, words in (
        (LineSample(_RIGHT.color, (), "circle", line=False), "right"),
        (LineSample(_WRONG.color, (), "cross", line=False), "wrong"),
        (LineSample(_MEDIAN.color), "median of 25 trials"),
    ):
        row.addWidget(sample)
        row.addWidget(plain(words, "hint"))
        row.addSpacing(SPACE[1])
    row.addStretch(1)
    return row
