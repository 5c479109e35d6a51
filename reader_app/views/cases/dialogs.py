"""What the Cases page asks: a case's clinical note, and whether stored values are HU."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from reader_app.state.cases_rows import NOTE_ROOM, SeriesRow
from reader_app.widgets.buttons import Button, button
from reader_app.widgets.panel import label
from reader_app.widgets.theme import SPACE
from studies.records import CaseRecord

NOTE_WORDS = (
    "Readers may be shown it beside the images, where the protocol says so. Tell age, symptoms, "
    "known disease; hold back the diagnosis and anything that names the patient. Versions sealed "
    "before keep the note they were sealed with."
)
UNSAID = "The file does not say that its values are HU."
OTHER_UNIT = (
    "The file says that its values have another unit than HU, as iodine maps or effective atomic "
    "numbers do. Confirm only where you know that the file is wrong."
)
HU_WORDS = (
    "Look at them in Annotate first: in HU air reads about -1000 and water 0. If they are HU, the "
    "series' lesions are measured in HU and their ROIs enter training and reading. Your word is "
    "recorded and can be withdrawn."
)


def asking(dialog: QDialog, title: str, why: str) -> QVBoxLayout:
    """A dialog's padded column with its title and a paragraph."""
    dialog.setWindowTitle(title)
    dialog.setModal(True)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(SPACE[4], SPACE[3], SPACE[4], SPACE[3])
    column.setSpacing(SPACE[2])
    for words, role in ((title, "study"), (why, "secondary")):
        told = label(words, role, wrap=True)
        told.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(told)
    return column


def foot(dialog: QDialog, deed: Button, stay: str = "Cancel") -> QHBoxLayout:
    """The row with the way back and the deed."""
    back = button(stay, "quiet", key="Esc")
    back.setAutoDefault(False)
    back.clicked.connect(dialog.reject)
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(back)
    row.addWidget(deed)
    return row


class NoteDialog(QDialog):
    """`answered` with the note; whoever keeps it closes the dialog."""

    answered = Signal(str)

    def __init__(self, case: CaseRecord, note: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setMinimumWidth(520)
        column = asking(self, f"Clinical note of {case.patient}", NOTE_WORDS)
        self.text = QPlainTextEdit(note)
        self.text.setAccessibleName("Clinical note")
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(96)
        self.count = label("", "hint")
        self.keep = button("Keep note", "primary")
        self.keep.clicked.connect(lambda: self.answered.emit(self.note))
        column.addWidget(self.text)
        column.addWidget(self.count)
        column.addLayout(foot(self, self.keep))
        self.text.textChanged.connect(self._check)
        self._check()

    @property
    def note(self) -> str:
        """One paragraph, as it will be kept."""
        return " ".join(self.text.toPlainText().split())

    def _check(self) -> None:
        used = len(self.note)
        self.count.setText(f"{used} of {NOTE_ROOM} characters")
        fits = used <= NOTE_ROOM
        self.keep.set_enabled_because(fits, f"Shorten it to {NOTE_ROOM} characters.")


class HuDialog(QDialog):
    """Accepted when the person vouches for the values, or takes that back."""

    def __init__(self, row: SeriesRow, author: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setMinimumWidth(480)
        name = f"{row.series.patient}, {row.series.description}".rstrip(", ")
        if row.awaits_hu:
            other = any(badge.startswith("no HU:") for badge in row.series.badges)
            said = f"{OTHER_UNIT if other else UNSAID} {HU_WORDS}"
            column = asking(self, f"Are the values of {name} HU?", said)
            self.deed = button("They are HU", "primary", tooltip=f"Recorded as {author}'s word")
            column.addLayout(foot(self, self.deed, "Not sure"))
        else:
            why = (
                f"{row.series.hu_confirmed_by} said so. Withdrawn, the series' lesions wait again: "
                "no measure in HU, no ROI for training or reading."
            )
            column = asking(self, f"Withdraw that the values of {name} are HU?", why)
            self.deed = button("Withdraw", "danger")
            column.addLayout(foot(self, self.deed, "Keep it"))
        self.deed.setAutoDefault(False)
        self.deed.clicked.connect(self.accept)
