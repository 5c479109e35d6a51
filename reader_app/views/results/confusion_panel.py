"""Confusion matrices of readers and networks side by side, truth in rows."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from reader_app.views.results.layout import emptied, named, plain, tip
from reader_app.views.results.matrix_panel import RatesMatrix
from reader_app.views.results.table_panel import TablePanel
from reader_app.widgets.badge import Badge
from reader_app.widgets.figure_button import FigureButton, FigureSaver
from reader_app.widgets.panel import Panel
from reader_app.widgets.theme import SPACE
from studies.records import ClassScheme
from studies.report.drawing import Figure
from studies.report.readers import ReaderResults, ReaderScore
from studies.report.readings import condition_words
from studies.report.table import Table, with_interval
from studies.report.tables import reader_tables
from studies.report.window_rows import NamedMatrix, matrices_figure

_A_ROW = 3


class ConfusionPanel(QWidget):
    """A matrix a reading, people before networks; sensitivity and specificity below."""

    def __init__(self, saver: FigureSaver) -> None:
        super().__init__()
        self._saver = saver
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        self.grid = QGridLayout()
        self.grid.setSpacing(SPACE[2])
        for k in range(_A_ROW):
            self.grid.setColumnStretch(k, 1)
        self.classes, self.clustered, self.subgroups = TablePanel(), TablePanel(), TablePanel()
        column.addLayout(self.grid)
        for panel in (self.classes, self.clustered, self.subgroups):
            column.addWidget(panel)
        column.addStretch(1)

    def show_results(
        self, results: ReaderResults, scheme: ClassScheme, subgroups: Table | None
    ) -> None:
        """Draw every reading's matrix; the tables below as far as there are any."""
        self.subgroups.show_table(subgroups)
        emptied(self.grid)
        for k, score in enumerate(results.scores):
            self.grid.addWidget(
                _matrix(score, scheme, self._saver, simulated=results.simulated),
                k // _A_ROW,
                k % _A_ROW,
            )
        tables = {table.key: table for table in reader_tables(results, scheme)}
        self.classes.show_table(tables.get("classes"))
        self.clustered.show_table(tables.get("class_clustered"))


def _matrix(
    score: ReaderScore, scheme: ClassScheme, saver: FigureSaver, *, simulated: bool
) -> Panel:
    panel = Panel()
    head = QHBoxLayout()
    head.setSpacing(SPACE[1])
    head.addStrut(24)  # as high with a badge as without, so that matrices stand in line
    ending = "" if score.condition == "roi" else f", {condition_words(score.condition)}"
    head.addWidget(named(score.reader.removesuffix(ending), "panel"))
    if score.kind == "simulated":
        head.addWidget(Badge("simulated", "simulated"))
    head.addStretch(1)
    accuracy = plain(f"{score.matrix.accuracy.percent} %", "panel")
    accuracy.setToolTip(tip(f"Class accuracy {with_interval(score.matrix.accuracy)}, Wilson"))
    head.addWidget(accuracy)
    save = FigureButton(saver, lambda: _figure(score, scheme, simulated=simulated))
    save.setAccessibleDescription(score.reader)
    head.addWidget(save)
    panel.body.addLayout(head)
    answered = f"{score.matrix.n} ROIs"
    if score.matrix.unanswered:
        answered += f", {score.matrix.unanswered} not answered"
    if ending:
        answered = f"{condition_words(score.condition)} · {answered}"
    panel.body.addWidget(plain(answered, "hint"))
    says = "network says" if score.kind == "model" else "reader says"
    panel.body.addWidget(RatesMatrix(score.matrix, scheme, says))
    panel.body.addStretch(1)
    return panel


def _figure(score: ReaderScore, scheme: ClassScheme, *, simulated: bool) -> Figure:
    matrix = score.matrix
    missing = f", {matrix.unanswered} not answered" if matrix.unanswered else ""
    note = (
        f"n {matrix.n} ROIs{missing}. Rows: truth, columns: the answer, shade: share of the row. "
        "Sensitivity of each row and specificity of each column, percent, from counts; below: "
        "total accuracy."
    )
    one = NamedMatrix(score.reader, matrix.counts, matrix)
    title = f"Confusion matrix of {score.reader}"
    return matrices_figure(
        "confusion", title, (one,), scheme, matrix.classes, note, simulated=simulated
    )
