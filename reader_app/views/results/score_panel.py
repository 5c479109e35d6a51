"""Table 4 drawn: a row a reader, four percentages with their intervals on axes 0 to 100."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from reader_app.views.results.layout import (
    LineSample,
    emptied,
    explain,
    named,
    plain,
    rule,
    say,
    tip,
)
from reader_app.views.results.table_panel import table_text
from reader_app.widgets import icons
from reader_app.widgets.badge import Badge
from reader_app.widgets.buttons import button
from reader_app.widgets.figure_button import FigureButton, FigureSaver
from reader_app.widgets.panel import Panel
from reader_app.widgets.plots import Interval, IntervalView
from reader_app.widgets.theme import PALETTE, SPACE
from studies.report.drawing import Figure
from studies.report.paper import CITATION, TABLE_4, PaperExpert
from studies.report.reader_figures import interval_figure
from studies.report.readers import ReaderResults, ReaderScore
from studies.report.readings import condition_words
from studies.report.table import Table, with_interval
from studies.statistics.proportions import Proportion

_KINDS = (("model", "network"), ("simulated", "user"), ("person", "user"))
_COLUMNS = 4
_TOTAL = 2  # place of the percentage over all items
_SPAN = 4  # grid columns of one percentage: number, drawing, interval, gap


class ScorePanel(Panel):
    """The paper's Table 4 for this study, with the one-line reading below."""

    def __init__(self, saver: FigureSaver) -> None:
        super().__init__("Table 4: readers and networks on the same ROIs", flush=True)
        self.copy = button(
            "Copy", "normal", icon="copy", small=True, tooltip="Copy the table as text"
        )
        self.copy.clicked.connect(self._copy)
        self.add_head(self.copy)
        self.save = FigureButton(saver, self.figure)
        self.add_head(self.save)
        self._results: ReaderResults | None = None
        self._table: Table | None = None
        self.primary = plain("", wrap=True)
        self.primary.setContentsMargins(SPACE[3], 6, SPACE[3], 6)
        self.primary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.addWidget(self.primary)
        self.grid = QGridLayout()
        self.grid.setContentsMargins(SPACE[3], 0, SPACE[3], 0)
        self.grid.setHorizontalSpacing(SPACE[1])
        self.grid.setVerticalSpacing(0)
        self.grid.setColumnStretch(0, 5)
        for k in range(_COLUMNS):
            self.grid.setColumnStretch(_SPAN * k + 2, 4)
            self.grid.setColumnMinimumWidth(_SPAN * k + 4, SPACE[2] if k < _COLUMNS - 1 else 0)
        self.body.addLayout(self.grid)
        self.reading = QVBoxLayout()
        self.reading.setContentsMargins(0, 0, 0, 0)
        self.reading.setSpacing(0)
        self.body.addLayout(self.reading)

    def show_results(
        self,
        results: ReaderResults,
        sentences: tuple[str, ...],
        table: Table | None,
        primary: str = "",
    ) -> None:
        """Fill rows and sentences; `table` is what the button copies, `primary` the line above."""
        self._table, self._results = table, results
        say(self.primary, primary)
        self.primary.setVisible(bool(primary))
        axis = _axis(results)
        self.set_hint(
            f"{results.real_items} real + {results.items - results.real_items} synthetic ROIs · "
            f"95 % Wilson · axes {axis[0]:.0f} to {axis[1]:.0f}"
        )
        explain(self)
        emptied(self.grid)
        self._heads(results)
        for i, score in enumerate(results.scores):
            self._row(2 * i + 1, score, axis, results)
        if results.scores:
            for k, expert in enumerate(TABLE_4, len(results.scores)):
                self._paper_row(2 * k + 1, expert, axis)
        emptied(self.reading)
        self.reading.addWidget(_Reading(sentences))

    def figure(self) -> Figure | None:
        """The table's intervals drawn for a paper."""
        if self._results is None or not self._results.scores:
            return None
        return interval_figure(self._results)

    def _heads(self, results: ReaderResults) -> None:
        titles = (
            "Class, real ROIs, %",
            "Class, synthetic, %",
            f"Class, all {results.items}, %",
            "Real or synthetic, %",
        )
        self._head("Reader", 0, 1)
        for k, title in enumerate(titles):
            self._head(title, _SPAN * k + 1, 3)

    def _head(self, text: str, column: int, span: int) -> None:
        head = plain(text, "hint")
        head.setMinimumHeight(34)
        self.grid.addWidget(head, 0, column, 1, span)

    def _row(
        self, row: int, score: ReaderScore, axis: tuple[float, float], results: ReaderResults
    ) -> None:
        self.grid.addWidget(rule(), row, 0, 1, _SPAN * _COLUMNS + 1)
        self.grid.addWidget(_name(score), row + 1, 0)
        self.grid.setRowMinimumHeight(row + 1, 38)
        parts = (score.class_real, score.class_synthetic, score.class_total, score.origin_total)
        references = ((), (), (), (100 * results.always_real.estimate,))
        counts = _counts(results)
        for k, (value, lines) in enumerate(zip(parts, references, strict=True)):
            column = _SPAN * k + 1
            if k == _TOTAL and results.is_real_only(score):
                self.grid.addWidget(plain("– real items only", "hint"), row + 1, column, 1, 3)
            else:
                self._cells(row + 1, column, value, axis, lines, counts[k])

    def _paper_row(self, row: int, expert: PaperExpert, axis: tuple[float, float]) -> None:
        """An expert of the paper, in the colour of its figures everywhere."""
        self.grid.addWidget(rule(), row, 0, 1, _SPAN * _COLUMNS + 1)
        self.grid.addWidget(_paper_name(expert), row + 1, 0)
        self.grid.setRowMinimumHeight(row + 1, 30)
        parts = (expert.class_real, expert.class_synthetic, expert.class_total, expert.origin_total)
        for k, value in enumerate(parts):
            self._cells(row + 1, _SPAN * k + 1, value, axis, (), value.n, PALETTE.paper)

    def _cells(
        self,
        row: int,
        column: int,
        value: Proportion | None,
        axis: tuple[float, float],
        references: tuple[float, ...],
        count: int,
        color: str = PALETTE.strong,
    ) -> None:
        if value is None or value.n == 0:
            self.grid.addWidget(plain("not asked", "hint"), row, column, 1, 3)
            return
        number = plain(value.percent, "panel")
        words = f"{with_interval(value)}, {value.method}"
        view = IntervalView(*axis, references, width=72)
        view.set_interval(
            Interval(100 * value.estimate, 100 * value.low, 100 * value.high, color=color)
        )
        view.setAccessibleName(words)
        fewer = "" if value.n == count else f" n {value.n}"
        limits = plain(f"{value.interval}{fewer}", "hint")
        for k, widget in enumerate((number, view, limits)):
            widget.setToolTip(tip(words))
            self.grid.addWidget(widget, row, column + k)

    def _copy(self) -> None:
        if self._table is not None:
            QGuiApplication.clipboard().setText(table_text(self._table))


def _counts(results: ReaderResults) -> tuple[int, int, int, int]:
    """How many ROIs each percentage of a whole reading is of."""
    synthetic = results.items - results.real_items
    return results.real_items, synthetic, results.items, results.items


def _axis(results: ReaderResults) -> tuple[float, float]:
    """50 to 100 as the paper's values ask for, lower in steps of 10 where an interval is."""
    values = [
        v
        for s in results.scores
        for v in (s.class_real, s.class_synthetic, s.class_total, s.origin_total)
        if v is not None and v.n
    ]
    lowest = min((100 * v.low for v in values), default=50.0)
    return min(50.0, 10.0 * (lowest // 10)), 100.0


def _name(score: ReaderScore) -> QWidget:
    cell = QWidget()
    row = QHBoxLayout(cell)
    row.setContentsMargins(0, 0, SPACE[1], 0)
    row.setSpacing(SPACE[1])
    picture = QLabel()
    picture.setPixmap(icons.pixmap(dict(_KINDS).get(score.kind, "user"), PALETTE.text_2, 16))
    row.addWidget(picture)
    words = "" if score.condition == "roi" else f", {condition_words(score.condition)}"
    row.addWidget(named(score.reader.removesuffix(words), "panel", least=15))
    if words:
        row.addWidget(plain(words.removeprefix(", "), "hint"))
    if score.kind == "simulated":
        row.addWidget(Badge("simulated", "simulated", "No person: simulated answers"))
    row.addStretch(1)
    return cell


def _paper_name(expert: PaperExpert) -> QWidget:
    cell = QWidget()
    row = QHBoxLayout(cell)
    row.setContentsMargins(0, 0, SPACE[1], 0)
    row.setSpacing(0)
    sample = LineSample(PALETTE.paper, (), "paper")
    sample.setFixedWidth(16 + SPACE[1])
    row.addWidget(sample)
    name = plain(f"{expert.name}, paper", "hint")
    name.setToolTip(f"Counts behind Table 4 of {CITATION}; quoted, not measured here")
    row.addWidget(name)
    row.addStretch(1)
    return cell


class _Reading(QFrame):
    """The reading of the table in one or more sentences."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__()
        self.setObjectName("reading")
        self.setStyleSheet(
            f"#reading {{ background: {PALETTE.selected}; border: none; "
            f"border-bottom-left-radius: 7px; border-bottom-right-radius: 7px; }}"
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[3], 8, SPACE[3], 9)
        row.setSpacing(SPACE[2])
        mark = QLabel()
        mark.setPixmap(icons.pixmap("info", PALETTE.link, 16))
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        words = plain(" ".join(sentences), wrap=True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(words, 1)
