"""Below a table: what the chosen row still needs, its clinical note, and what can be done to it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from reader_app.state.cases_rows import AnyRow, LesionRow, SeriesRow
from reader_app.state.cases_state import CasesState
from reader_app.views.cases.dialogs import HuDialog, NoteDialog
from reader_app.widgets.buttons import button
from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.theme import PALETTE, SPACE

NO_ROW = "Choose a row to see what it still needs."
SEVERAL = "This patient has several cases. Choose one of their series."


class RowBar(QWidget):
    """`opened` when the row is to be shown in Annotate."""

    opened = Signal()

    def __init__(self, state: CasesState) -> None:
        super().__init__()
        self._state = state
        self._row: AnyRow | None = None
        self.setObjectName("rowBar")
        self.setStyleSheet(f"#rowBar {{ border-top: 1px solid {PALETTE.line}; }}")
        self.setAccessibleName("Chosen row")
        self.words = ElidedLabel(NO_ROW, "body", least=12)
        self.below = ElidedLabel("", "hint", least=12)
        self.note = button("Clinical note…", small=True, tooltip="What readers may be told")
        self.hu = button("Confirm HU…", small=True, tooltip="Say whether stored values are HU")
        self.open = button("Open", small=True, tooltip="Show it in Annotate (Enter)")
        self.note.clicked.connect(self.ask_note)
        self.hu.clicked.connect(self.ask_hu)
        self.open.clicked.connect(self.opened)
        text = QVBoxLayout()
        text.setSpacing(0)
        text.addWidget(self.words)
        text.addWidget(self.below)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[3], SPACE[1], SPACE[2], SPACE[1])
        row.setSpacing(SPACE[1])
        row.addLayout(text, 1)
        for one in (self.hu, self.note, self.open):
            row.addWidget(one)

    def show_row(self, row: AnyRow | None) -> None:
        """Tell of a row; None where none is chosen."""
        self._row = row
        self.words.show_whole(NO_ROW if row is None else f"{_name(row)} · {_missing(row)}")
        note, several = self._state.contents.note_of(row), self._state.contents.case_of(row) is None
        self.below.show_whole(f"Note: {note}" if note else "")
        self.below.setVisible(bool(note))
        edit = self._state.no_edit
        why = "Choose a row first." if row is None else edit or (SEVERAL if several else "")
        self.note.set_enabled_because(not why, why)
        self.open.set_enabled_because(row is not None, "Choose a row first.")
        series = self._series
        asks = series is not None and (series.awaits_hu or bool(series.series.hu_confirmed_by))
        self.hu.setVisible(asks)
        self.hu.setText("Confirm HU…" if series is None or series.awaits_hu else "Withdraw HU…")
        self.hu.set_enabled_because(not edit, edit)

    @property
    def _series(self) -> SeriesRow | None:
        return self._state.contents.series_of(self._row)

    def ask_note(self) -> None:
        """Let the case's note be written."""
        case = self._state.contents.case_of(self._row)
        if case is not None and self._row is not None and not self._state.no_edit:
            dialog = NoteDialog(case, self._state.contents.note_of(self._row), self)
            dialog.answered.connect(lambda note: self._keep(case.id, note, dialog))
            dialog.open()

    def _keep(self, case_id: int, note: str, dialog: NoteDialog) -> None:
        if self._state.set_note(case_id, note):  # else what was typed stays, with the reason said
            dialog.accept()

    def ask_hu(self) -> None:
        """Ask once, in words, whether stored values are HU, or whether that is taken back."""
        row = self._series
        if row is None or self._state.no_edit:
            return
        dialog = HuDialog(row, self._state.author, self)
        act = self._state.confirm_hu if row.awaits_hu else self._state.withdraw_hu
        dialog.accepted.connect(lambda: act(row.series.id))
        dialog.open()


def _name(row: AnyRow) -> str:
    if isinstance(row, SeriesRow):
        return f"{row.series.patient}, {row.series.description}".rstrip(", ")
    return f"{row.lesion.patient} {row.lesion.name}" if isinstance(row, LesionRow) else row.patient


def _missing(row: AnyRow) -> str:
    return f"missing: {row.missing}" if row.missing else "nothing is missing"
