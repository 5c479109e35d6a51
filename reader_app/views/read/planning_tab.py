"""Planning: fields at the left, the curve with the chosen point, a sentence, a table."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from reader_app.state.planning_state import PlanningState
from reader_app.views.read.planning_fields import (
    EquivalenceFields,
    McNemarFields,
    MrmcFields,
    PlanFields,
    WidthFields,
)
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.plots import LineLook, add_line, add_marker, add_reference, line_plot
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.table import Cell, Column, Row, Table
from reader_app.widgets.theme import PALETTE, SPACE
from reader_app.workflows.plan_study import Plan

KINDS = ("Equivalence", "McNemar", "Width", "MRMC")
_ROW, _HIGHEST = 28, 320
_ABOUT = (
    "Can synthetic be told from real? So many items show that it cannot, within a margin.",
    "Two readers on the same items: so many items show that one is better.",
    "How far an accuracy may lie from its estimate: so many items for a narrow interval.",
    "Two conditions, several readers: so many readers and cases show a difference of AUCs.",
)


class PlanningTab(QWidget):
    """Four kinds of plan; every field plans anew."""

    def __init__(self, state: PlanningState) -> None:
        super().__init__()
        self._state = state
        self.kind = Segmented(KINDS, name="Kind of plan")
        self.forms: tuple[PlanFields, ...] = (
            EquivalenceFields(),
            McNemarFields(),
            WidthFields(),
            MrmcFields(),
        )
        self.about = label(_ABOUT[0], "hint", wrap=True)
        self.headline = label("", "study", wrap=True)
        self.reading = label("", "body", wrap=True)
        self.method = label("", "hint", wrap=True)
        self.problem = label("", "error", wrap=True)
        self.copy = button("Copy", icon="copy", small=True, tooltip="Copy the table as CSV")
        self.save = button("Save CSV…", icon="save", small=True, tooltip="Write the table as CSV")
        self.plot = line_plot("", "n", "power")
        self.plot.setMouseEnabled(False, False)
        self._table: Table | None = None
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[3])
        row.addWidget(self._left())
        row.addWidget(self._right(), 1)

    def _left(self) -> QWidget:
        panel = Panel("Plan")
        panel.setFixedWidth(420)
        self._stack = QStackedWidget()
        for form in self.forms:
            page = QWidget()
            column = QVBoxLayout(page)
            column.setContentsMargins(0, 0, 0, 0)
            column.addWidget(form)
            column.addStretch(1)
            self._stack.addWidget(page)
        panel.body.addWidget(self.kind, 0, Qt.AlignmentFlag.AlignLeft)
        panel.body.addWidget(self.about)
        panel.body.addWidget(self._stack, 1)
        return panel

    def _right(self) -> QWidget:
        panel = Panel("What it takes")
        panel.add_head(self.copy)
        panel.add_head(self.save)
        for words in (self.headline, self.problem):
            panel.body.addWidget(words)
        panel.body.addWidget(self.plot, 1)
        panel.body.addWidget(self.reading)
        self._below = QVBoxLayout()
        panel.body.addLayout(self._below)
        panel.body.addWidget(self.method)
        return panel

    def _connect(self) -> None:
        for form in self.forms:
            form.asked.connect(self._ask)
        self.kind.chosen.connect(lambda _text: self._choose())
        self.copy.clicked.connect(self._copy)
        self.save.clicked.connect(self._save)
        self._state.changed.connect(self.refresh)

    def showEvent(self, event: QShowEvent) -> None:
        """Plan what the fields say, if that was not done before."""
        super().showEvent(event)
        self._ask()

    def _choose(self) -> None:
        index = KINDS.index(self.kind.value)
        self._stack.setCurrentIndex(index)
        self.about.setText(_ABOUT[index])
        self._ask()

    def _ask(self) -> None:
        if self.isVisible():
            self._state.ask(self.forms[KINDS.index(self.kind.value)].ask())

    def refresh(self) -> None:
        """Show the plan, or why there is none."""
        found = self._state.plan
        self.problem.setText(self._state.problem)
        self.problem.setVisible(bool(self._state.problem))
        for part in (self.plot, self.headline, self.reading, self.method):
            part.setVisible(found is not None)
        for part in (self.copy, self.save):
            part.set_enabled_because(found is not None, "There is no plan yet.")
        if self._table is not None:
            self._table.setVisible(found is not None)
        if found is not None:
            self._show(found)

    def _show(self, found: Plan) -> None:
        self.headline.setText(found.headline)
        self.reading.setText(found.reading)
        self.method.setText(found.method)
        self._draw(found)
        self._tabulate(found)

    def _draw(self, found: Plan) -> None:
        self.plot.clear()
        curve = found.curve
        self.plot.setLabel("bottom", _lower(curve.x_label))
        self.plot.setLabel("left", _lower(curve.y_label))
        add_line(self.plot, curve.x, curve.y, LineLook(PALETTE.strong))
        if found.marked is not None:
            x, y = found.marked
            add_reference(self.plot, y)
            add_reference(self.plot, x, vertical=True)
            add_marker(self.plot, (x,), (y,), "circle", PALETTE.strong, size=11)
        self.plot.autoRange()

    def _tabulate(self, found: Plan) -> None:
        """The header differs from kind to kind, and with it the table."""
        if self._table is None or tuple(c.title for c in self._table.columns) != found.header:
            if self._table is not None:
                self._below.removeWidget(self._table)
                self._table.deleteLater()
            last = len(found.header) - 1
            columns = tuple(
                Column(title, "left" if k == 0 else "right", 0 if k == last else 150)
                for k, title in enumerate(found.header)
            )
            self._table = Table(columns, row_height=_ROW, name="Plans beside it", sortable=False)
            self._below.addWidget(self._table)
        # High enough for every row: a table of ten rows needs no scroll bar.
        height = self._table.horizontalHeader().height() + _ROW * len(found.rows) + 4
        self._table.setFixedHeight(min(height, _HIGHEST))
        self._table.set_rows(
            tuple(Row(tuple(Cell(text) for text in row), k) for k, row in enumerate(found.rows))
        )

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._state.text())

    def _save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save the plan", "plan.csv", "CSV (*.csv)")
        if path:
            self._state.save(Path(path if path.lower().endswith(".csv") else f"{path}.csv"))


def _lower(words: str) -> str:
    """An axis's title begins small, as on every other plot."""
    return words[:1].lower() + words[1:]
