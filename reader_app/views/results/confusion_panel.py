"""Confusion matrices of readers and networks side by side, truth in rows."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

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

_A_ROW, _USUAL = 3, 3  # matrices in a row where classes are so many at most; else two


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
        a_row = _A_ROW if len(results.classes) <= _USUAL else 2
        for k in range(_A_ROW):
            self.grid.setColumnStretch(k, int(k < a_row))
        for k, score in enumerate(results.scores):
            one = _matrix(score, scheme, self._saver, simulated=results.simulated)
            self.grid.addWidget(one, k // a_row, k % a_row)
        tables = {table.key: table for table in reader_tables(results, scheme)}
        self.classes.show_table(tables.get("classes"))
        self.clustered.show_table(tables.get("class_clustered"))


def _matrix(
    score: ReaderScore, scheme: ClassScheme, saver: FigureSaver, *, simulated: bool
) -> Panel:
    panel = Panel()
    ending = "" if score.condition == "roi" else f", {condition_words(score.condition)}"
    panel.head.insertWidget(0, named(score.reader.removesuffix(ending), "panel"))
    panel.title.hide()
    if score.kind == "simulated":
        panel.add_head(Badge("simulated", "simulated"))
    accuracy = plain(f"{score.matrix.accuracy.percent} %", "panel")
    accuracy.setToolTip(tip(f"Class accuracy {with_interval(score.matrix.accuracy)}, Wilson"))
    panel.add_head(accuracy)
    save = FigureButton(saver, lambda: _figure(score, scheme, simulated=simulated))
    save.setAccessibleDescription(score.reader)
    panel.add_head(save)
    answered = f"{score.matrix.n} ROIs"
    if score.matrix.unanswered:
        answered += f", {score.matrix.unanswered} not answered"
    if ending:
        answered = f"{condition_words(score.condition)} · {answered}"
    panel.body.addWidget(plain(answered, "hint"))
    says = "network says" if score.kind == "model" else "reader says"
    centre = Qt.AlignmentFlag.AlignHCenter
    panel.body.addWidget(RatesMatrix(score.matrix, scheme, says), 0, centre)
    panel.body.addStretch(1)
    return panel


def _figure(score: ReaderScore, scheme: ClassScheme, *, simulated: bool) -> Figure:
    matrix = score.matrix
    missing = f", {matrix.unanswered} not answered" if matrix.unanswered else ""
    note = (
        f"n {matrix.n} ROIs{missing}. Rows: truth, columns: the answer, shade: share of the row. "
        "Sensitivity of each row and specificity of each column, percent, from counts; below: "
        "total accuracy with Wilson's 95 % interval."
    )
    key = re.sub(r"\W+", "_", score.reader.lower()).strip("_")
    one = NamedMatrix(score.reader, matrix.counts, matrix)
    title = f"Confusion matrix of {score.reader}"
    return matrices_figure(
        f"confusion_{key}", title, (one,), scheme, matrix.classes, note, simulated=simulated
    )
