"""The three tables under one search field and one filter, above what the chosen row needs."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QStackedWidget

from reader_app.state.cases_rows import (
    CONFIRM,
    OTHER,
    READY,
    TODO,
    AnyRow,
    LesionRow,
    PatientRow,
    SeriesRow,
    Tables,
    filtered,
)
from reader_app.state.cases_state import CasesState
from reader_app.views.cases import rows
from reader_app.views.cases.class_totals import ClassTotals
from reader_app.views.cases.row_bar import RowBar
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

_AROUND = 84  # px for the mark and the edges of the search

STATE, BADGES = "State", "Badges"


class TablesPanel(Panel):
    """A tab's rows that fit the search and the filter; Enter or a double click opens a row.

    Several rows can be chosen (Shift, Ctrl), for what is exported.
    """

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
        self.totals = ClassTotals()
        self.add_head(self.totals)
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
            table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
            table.activated_row.connect(call)
            table.chosen.connect(self._show_chosen)
            table.clicked.connect(self._clicked)
            self.stack.addWidget(table)
        self.tables[0].verticalScrollBar().valueChanged.connect(self.ask_pictures)
        self.nothing = EmptyPage("search", "", "", "Show all")
        self.nothing.acted.connect(self.show_all)
        self.stack.addWidget(self.nothing)
        self.body.setContentsMargins(0, 0, 0, 1)
        self.body.setSpacing(0)
        self.body.addWidget(self.stack, 1)
        self.bar = RowBar(state)
        self.bar.opened.connect(lambda: opens[self._tab](self.table.chosen_key))
        self.body.addWidget(self.bar)
        state.changed.connect(self._show_study)
        state.pictures_changed.connect(self._show_pictures)
        self.refresh()

    def _search_field(self) -> QLineEdit:
        field = QLineEdit()
        field.setProperty("dense", "true")
        words = max(field.fontMetrics().horizontalAdvance(one) for one in SEARCHES)
        field.setMinimumWidth(words + _AROUND)
        field.setMaximumWidth(max(300, words + _AROUND))
        field.setClearButtonEnabled(True)
        mark = icons.icon("search", PALETTE.text_3, 16)
        field.addAction(mark, QLineEdit.ActionPosition.LeadingPosition)
        field.setAccessibleName("Find")
        field.setToolTip("Find rows by patient or name (Ctrl F)")
        field.textChanged.connect(self.refresh)
        find = QShortcut(QKeySequence("Ctrl+F"), self, lambda: field.setFocus())
        find.setWhatsThis("Find in the table")
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
        self.totals.show_counts(self._state.tables.classes)
        drawn = tuple(self._row(row) for row in found)
        self._drawn.update({(type(a), a.key): (a, b) for a, b in zip(found, drawn, strict=True)})
        if drawn != self.table.rows:
            self._set_rows(drawn)
        self.stack.setCurrentWidget(self.table if found else self.nothing)
        if not found:
            self._say_nothing(bool(every))
        self._show_chosen()
        self.ask_pictures()

    def _set_rows(self, drawn: tuple[Row, ...]) -> None:
        """Keep all the rows that are chosen, not only the last one."""
        held = self.chosen_keys
        self.table.set_rows(drawn)
        if len(held) > 1:
            self._choose_also(frozenset(held))

    def _choose_also(self, keys: frozenset[object]) -> None:
        model, choice = self.table.model(), self.table.selectionModel()
        also = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for k in range(model.rowCount()):
            index = model.index(k, 0)
            if self.table.key_at(index) in keys:
                choice.select(index, also)

    @property
    def chosen_keys(self) -> tuple[object, ...]:
        """The keys of all chosen rows of the open tab."""
        chosen = self.table.selectionModel().selectedRows()
        return tuple(self.table.key_at(index) for index in chosen)

    @property
    def chosen_series(self) -> tuple[int, ...]:
        """The series of the chosen rows: of a lesion its own, of a patient all."""
        keys = set(self.chosen_keys)
        picked = [row for row in self._every() if row.key in keys]
        patients = {row.patient for row in picked if isinstance(row, PatientRow)}
        own = [self._state.contents.series_of(row) for row in picked]
        of_patients = [r for r in self._state.tables.series if r.series.patient in patients]
        return tuple(dict.fromkeys(row.key for row in (*own, *of_patients) if row is not None))

    def _show_chosen(self, _key: object = None) -> None:
        key = self.table.chosen_key
        shown = self.table if self.stack.currentWidget() is self.table else None
        row = next((row for row in self._every() if row.key == key), None) if shown else None
        self.bar.show_row(row)

    def _clicked(self, index: QModelIndex) -> None:
        """A click on a state or badge that asks for a word on HU is the question."""
        column = self.table.columns[index.column()].title
        cell = self.table.cell_at(index)
        asks = column == STATE and cell.text == CONFIRM
        if asks or (column == BADGES and rows.HU_CONFIRMED in cell.badges):
            self.bar.ask_hu()

    def _show_study(self) -> None:
        """Rows of series that are gone are not kept."""
        found = self._state.tables
        known = {(type(one), one.key) for group in _groups(found) for one in group}
        self._drawn = {key: drawn for key, drawn in self._drawn.items() if key in known}
        self.refresh()

    def _every(self) -> tuple[AnyRow, ...]:
        return _groups(self._state.tables)[self._tab]

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

    def ask_pictures(self) -> None:
        """Thumbnails of the rows on the screen, and of a screenful below."""
        table = self.tables[0]
        if self._tab or not table.rows:
            return
        first = max(0, table.rowAt(0))
        seen = table.viewport().height() // table.row_height + 2
        last = min(first + 2 * seen, table.model().rowCount())
        keys = [table.key_at(table.model().index(k, 0)) for k in range(first, last)]
        known = {row.key: row for row in self._state.tables.series}
        self._state.want_pictures(tuple(known[key] for key in keys if key in known))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More rows may be seen now."""
        super().resizeEvent(event)
        self.ask_pictures()


def _groups(found: Tables) -> tuple[tuple[AnyRow, ...], ...]:
    return found.series, found.lesions, found.patients
