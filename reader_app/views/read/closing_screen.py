"""After the last picture: one open question, asked once, that hints at nothing."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from reader_app.views.read.answer_rows import ROW_HEIGHT, AnswerRow
from reader_app.views.read.quiet_button import QuietButton
from reader_app.views.read.quiet_fields import text_field, words
from reader_app.widgets.theme import PALETTE
from studies.package import Unusual
from studies.records import Choice, Question

NOTICED = Question(
    "unusual",
    "Your answer",
    (Choice("yes", "Yes", "Y"), Choice("no", "No", "N")),
)
LONGEST = 1000
_WIDTH, _LABEL, _FIELD = 776, 196, 36


class ClosingScreen(QWidget):
    """`told` with the answer."""

    told = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("focusRing", False)
        self.setAccessibleName("One last question")
        self._said = ""
        self.title = words("One last question", "page", self)
        self.asked = words("Did you notice anything unusual about these pictures?", "study", self)
        self.row = AnswerRow(NOTICED, self)
        self.label = words("In your own words", "body", self)
        self.text = text_field(
            "In your own words", self, hint="what you noticed, as you like", longest=LONGEST
        )
        self.go_on = QuietButton("Continue", "Enter", self, framed=True)
        self.leave = QuietButton("Leave", "Esc", self)
        self.row.chosen.connect(lambda _code, value: self._choose(value))
        self.go_on.clicked.connect(self._finish)
        self.setTabOrder(self, self.text)
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """The keyboard answers yes or no first."""
        super().showEvent(event)
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Y, N, Enter; everything else is for the window."""
        key = event.text().upper()
        choice = next((c for c in NOTICED.choices if c.key == key), None)
        if choice is not None:
            self._choose(choice.value)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
        else:
            event.ignore()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """One column in the middle."""
        left, top = (self.width() - _WIDTH) // 2, max(24, (self.height() - 300) // 2)
        self.title.setGeometry(left, top, _WIDTH, 28)
        self.asked.setGeometry(left, top + 44, _WIDTH, 24)
        self.row.move(left, top + 88)
        below = top + 88 + ROW_HEIGHT + 16
        self.label.setGeometry(left + 16, below, _LABEL - 24, _FIELD)
        self.text.setGeometry(left + _LABEL, below, _WIDTH - _LABEL, _FIELD)
        self.go_on.setGeometry(self.width() // 2 - 110, below + _FIELD + 32, 220, 40)
        self.leave.setGeometry(24, self.height() - 58, self.leave.sizeHint().width(), 40)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The reading screen's ground."""
        QPainter(self).fillRect(self.rect(), QColor(PALETTE.image))

    def _choose(self, value: str) -> None:
        self._said = value
        if value == "yes":
            self.text.setFocus()
        self._refresh()

    def _refresh(self) -> None:
        self.row.show_choice(self._said, is_open=not self._said)
        self.go_on.setEnabled(bool(self._said))

    def _finish(self) -> None:
        if self._said:
            self.told.emit(Unusual(self._said == "yes", self.text.text().strip()))
        else:
            self.setFocus()
