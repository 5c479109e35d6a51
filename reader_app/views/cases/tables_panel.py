"""The three tables under one search field and one filter."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QStackedWidget

from reader_app.state.cases_rows import (
    OTHER,
    READY,
    TODO,
    AnyRow,
    LesionRow,
    SeriesRow,
    filtered,
)
from reader_app.state.cases_state import CasesState
from reader_app.views.cases import rows
from reader_app.widgets import icons
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.table import Row, Table
from reader_app.widgets.theme import PALETTE, SPACE

TABS = ("Series", "Lesions", "Patients")
KINDS = (OTHER, READY, TODO)
KIND_WORDS = ("All", "Ready", "To do")
SEARCHES = ("Find patient or series", "Find patient, lesion or class", "Find patient")


class TablesPanel(Panel):
    """A tab's rows that fit the search and the filter; Enter or a double click opens a row."""

    def __init__(self, state: CasesState) -> None:
        super().__init__(flush=True)
        self._state = state
        self._tab, self._kind = 0, OTHER
        self._blank = rows.blank()
        self._drawn: dict[tuple[type, int | str], tuple[AnyRow, Row]] = {}
        self.search = self._search_field()
        self.filter = Segmented(KIND_WORDS, name="Show rows")
        self.filter.chosen.connect(self._choose_kind)
        self.line = label("", "hint")
        self.title.hide()
        self.hint.hide()
        for at, widget in enumerate((self.search, self.filter)):
            self.head.insertWidget(2 + at, widget)
        self.head.setContentsMargins(SPACE[3], 5, SPACE[3], 5)
        self.add_head(self.line)
        self.tables = (
            Table(rows.SERIES, row_height=60, name="Series"),
            Table(rows.LESIONS, name="Lesions"),
            Table(rows.PATIENTS, name="Patients"),
        )
        opens = (state.open_series, state.open_lesion, state.open_patient)
        self.stack = QStackedWidget()
        for table, call in zip(self.tables, opens, strict=True):
            table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
            table.activated_row.connect(call)
            self.stack.addWidget(table)
        self.nothing = EmptyPage("search", "", "", "Show all")
        self.nothing.acted.connect(self.show_all)
        self.stack.addWidget(self.nothing)
        self.body.setContentsMargins(0, 0, 0, 1)
        self.body.addWidget(self.stack, 1)
        state.changed.connect(self.refresh)
        state.pictures_changed.connect(self._show_pictures)
        self.refresh()

    def _search_field(self) -> QLineEdit:
        field = QLineEdit()
        field.setProperty("dense", "true")
        field.setMinimumWidth(224)
        field.setMaximumWidth(300)
        field.setClearButtonEnabled(True)
        mark = icons.icon("search", PALETTE.text_3, 16)
        field.addAction(mark, QLineEdit.ActionPosition.LeadingPosition)
        field.setAccessibleName("Find")
        field.setToolTip("Find rows by patient or name (Ctrl F)")
        field.textChanged.connect(self.refresh)
        QShortcut(QKeySequence("Ctrl+F"), self, lambda: field.setFocus())
        return field

    def show_tab(self, tab: int) -> None:
        """Show series, lesions or patients."""
        self._tab = tab
        self.refresh()

    def show_all(self) -> None:
        """Forget search and filter."""
        self._kind = OTHER
        self.search.clear()
        self.refresh()

    def _choose_kind(self, option: str) -> None:
        self._kind = KINDS[self.filter.options.index(option)]
        self.refresh()

    @property
    def table(self) -> Table:
        """The open tab's table."""
        return self.tables[self._tab]

    def refresh(self) -> None:
        """Rows, counts and words of the open tab."""
        every = self._every()
        found = filtered(every, self.search.text(), self._kind)
        self.search.setPlaceholderText(SEARCHES[self._tab])
        counts = (sum(not kind or row.standing.kind == kind for row in every) for kind in KINDS)
        options = tuple(f"{a} {b:,}" for a, b in zip(KIND_WORDS, counts, strict=True))
        self.filter.set_options(options, options[KINDS.index(self._kind)])
        self.line.setText(self._state.tables.line)
        drawn = tuple(self._row(row) for row in found)
        self._drawn = {(type(a), a.key): (a, b) for a, b in zip(found, drawn, strict=True)}
        if drawn != self.table.rows:
            self.table.set_rows(drawn)
        self.stack.setCurrentWidget(self.table if found else self.nothing)
        if not found:
            self._say_nothing(bool(every))

    def _every(self) -> tuple[AnyRow, ...]:
        found = self._state.tables
        return (found.series, found.lesions, found.patients)[self._tab]

    def _row(self, row: AnyRow) -> Row:
        """The very row drawn before while nothing of it changed: only new ones are measured."""
        known, drawn = self._drawn.get((type(row), row.key), (None, None))
        if not isinstance(row, SeriesRow):
            if drawn is not None and known == row:
                return drawn
            return rows.lesion_row(row) if isinstance(row, LesionRow) else rows.patient_row(row)
        picture = self._state.picture(row) or self._blank
        if drawn is not None and known == row and drawn.cells[0].image is picture:
            return drawn
        return rows.series_row(row, picture)

    def _say_nothing(self, hidden: bool) -> None:
        what = TABS[self._tab].lower()
        if hidden:
            self.nothing.set_words(f"No {what} fit", "Nothing matches the search and the filter.")
        else:
            why = "Open a series (double click) and press A in Annotate to add a lesion."
            self.nothing.set_words(f"No {what} yet", why)
        if self.nothing.button is not None:
            self.nothing.button.setVisible(hidden)

    def _show_pictures(self) -> None:
        if self._tab == 0:
            self.refresh()
