"""A table of the report on the page: its reading, its cells, its note, and a copy of it as text."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout

from reader_app.views.results.layout import clipped, emptied, explain, plain, rule, tip
from reader_app.widgets.badge import Badge
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import Panel
from reader_app.widgets.theme import SPACE
from studies.report.table import Table

_LONGEST, _LONGEST_NAME = 44, 60  # characters of a cell; the whole stands in its tooltip
_WIDE = 6  # columns; with more an interval goes below its value


class TablePanel(Panel):
    """One table; hidden while there is none."""

    def __init__(self) -> None:
        super().__init__(" ")
        self.copy = button(
            "Copy", "normal", icon="copy", small=True, tooltip="Copy this table as text"
        )
        self.copy.clicked.connect(self._copy)
        self.simulated = Badge("simulated", "simulated", "Simulated images or readers")
        self.add_head(self.simulated)
        self.add_head(self.copy)
        self.words = QVBoxLayout()
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(SPACE[3])
        self.grid.setVerticalSpacing(0)
        self.notes = QVBoxLayout()
        for part in (self.words, self.grid, self.notes):
            self.body.addLayout(part)
        self.body.addStretch(1)
        self._table: Table | None = None
        self.is_said_above = False  # that the pictures are simulated: the title row says it once

    def show_table(self, table: Table | None) -> None:
        """Fill the cells; None hides the panel."""
        self._table = table
        self.setVisible(table is not None)
        for part in (self.words, self.grid, self.notes):
            emptied(part)
        if table is None:
            return
        self.set_title(table.title)
        explain(self)
        self.simulated.setVisible(table.simulated and not self.is_said_above)
        if table.reading:
            self.words.addWidget(plain(table.reading, wrap=True))
        self._fill(table)
        if table.note:
            self.notes.addWidget(plain(table.note, "hint", wrap=True))

    def _fill(self, table: Table) -> None:
        wide = len(table.columns)
        for k, column in enumerate(table.columns):
            head = plain(column.replace(" %", "\u00a0%"), "hint", wrap=True)
            head.setMinimumHeight(30)
            self.grid.addWidget(head, 0, k, Qt.AlignmentFlag.AlignBottom)
            self.grid.setColumnStretch(k, 2 if k == 0 else 1)
        for i, row in enumerate(table.rows):
            self.grid.addWidget(rule(), 2 * i + 1, 0, 1, wide)
            self.grid.setRowMinimumHeight(2 * i + 2, 26 if wide <= _WIDE else 40)
            for k, text in enumerate(row):
                self.grid.addWidget(_cell(text, k == 0, wide > _WIDE), 2 * i + 2, k)

    def _copy(self) -> None:
        if self._table is not None:
            QGuiApplication.clipboard().setText(table_text(self._table))


def _cell(text: str, is_name: bool, is_narrow: bool) -> QLabel:
    """A cell; where there are many columns an interval stands below its value."""
    longest = _LONGEST_NAME if is_name else _LONGEST
    shown = clipped(text, longest)
    if is_narrow and not is_name:
        shown = shown.replace(" [", "\n[")
    made = plain(shown, "panel" if is_name else "body", wrap=True)
    made.setToolTip(tip(text if len(text) > longest else "", text))
    return made


def table_text(table: Table) -> str:
    """The table with its note, tabs between cells: for a spreadsheet or a manuscript."""
    ours = len(table.rows) - table.quoted
    lines = ["\t".join(table.columns)]
    for i, row in enumerate(table.rows):
        mark = " (simulated)" if table.simulated and i < ours else ""
        lines.append("\t".join((row[0] + mark, *row[1:])))
    return "\n".join(part for part in (*lines, table.note) if part)
