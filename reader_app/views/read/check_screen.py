"""Before a sitting: the display's check and, the first time, who reads; by keys alone if wished."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from reader_app.views.read.answer_rows import ROW_HEIGHT, AnswerRow
from reader_app.views.read.grey_steps import LEVELS, GreySteps
from reader_app.views.read.quiet_button import QuietButton
from reader_app.views.read.quiet_fields import number_field, text_field, words
from reader_app.widgets.theme import PALETTE
from studies.package import DisplayCheck, Questionnaire
from studies.records import Choice, Question

MOST_YEARS = 70
_ALL = len(LEVELS)
STEPS = Question(
    "steps",
    "How many steps?",
    (
        Choice("0", f"{_ALL - 4} or fewer", str(_ALL - 4)),
        *(Choice(str(count), str(count), str(count % 10)) for count in range(_ALL - 3, _ALL + 1)),
    ),
)
"""The key is the number itself, of 10 and 11 the last digit."""

_WIDTH, _LABEL, _FIELD = 776, 196, 36
_ADVICE = "Dim the room or raise the display's brightness, then count again. You may go on as is."


class CheckScreen(QWidget):
    """`declared` with the display and the questionnaire (None where it was answered before)."""

    declared = Signal(object, object)

    def __init__(self, parent: QWidget, *, asks_who: bool) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("focusRing", False)
        self.setAccessibleName("Before you start")
        self._seen = ""
        self.title = words("Before you start", "page", self)
        self.display = words("", "body", self, level="secondary")
        self.pattern = GreySteps(self)
        self.steps = AnswerRow(STEPS, self)
        self.advice = words("", "hint", self, level="hint")
        self._fields: tuple[tuple[QLabel, QLineEdit], ...] = ()
        if asks_who:
            self._ask_who()
        self.go_on = QuietButton("Continue", "Enter", self, framed=True)
        self.missing = words("", "hint", self, level="hint")
        self.leave = QuietButton("Leave", "Esc", self)
        self.steps.chosen.connect(lambda _code, value: self._choose(value))
        self.go_on.clicked.connect(self._finish)
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Say what display this is; the keyboard counts steps first."""
        super().showEvent(event)
        width, height, scale = self._measured()
        self.display.setText(
            f"This display: {width} × {height} px, scaling {scale:.0%}. Below are grey steps from "
            "black to white: how many of them can you tell apart?"
        )
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """7, 8, 9, 0 (10), 1 (11) count steps, Enter goes on; all else is for the window."""
        choice = next((c for c in STEPS.choices if c.key == event.text()), None)
        if choice is not None:
            self._choose(choice.value)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
        else:
            event.ignore()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """One column in the middle."""
        left = (self.width() - _WIDTH) // 2
        rows = len(self._fields) * (_FIELD + 10)
        high = min(112, max(40, self.height() - 366 - rows))  # the pattern gives way first
        top = max(16, (self.height() - 318 - high - rows) // 2)
        below = top + 112 + high
        self.title.setGeometry(left, top, _WIDTH, 28)
        self.display.setGeometry(left, top + 40, _WIDTH, 40)
        self.pattern.setGeometry(left, top + 92, _WIDTH, high)
        self.steps.move(left, below)
        self.advice.setGeometry(left + _LABEL, below + ROW_HEIGHT + 6, _WIDTH - _LABEL, 20)
        row = below + ROW_HEIGHT + 38
        for label, field in self._fields:
            label.setGeometry(left + 16, row, _LABEL - 24, _FIELD)
            wide = 96 if field is self.years else _WIDTH - _LABEL
            field.setGeometry(left + _LABEL, row, wide, _FIELD)
            row += _FIELD + 10
        self.go_on.setGeometry(self.width() // 2 - 110, row + 12, 220, 40)
        self.missing.setGeometry(self.width() // 2 + 126, row + 12, 300, 40)
        self.leave.setGeometry(24, self.height() - 58, self.leave.sizeHint().width(), 40)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The reading screen's ground."""
        QPainter(self).fillRect(self.rect(), QColor(PALETTE.image))

    @property
    def is_complete(self) -> bool:
        """Whether all is answered that must be."""
        return not self._lacking

    @property
    def _lacking(self) -> tuple[str, ...]:
        """What must still be answered, in words."""
        asked = [("the steps", bool(self._seen))]
        if self._fields:
            asked.append(("years", self.years.hasAcceptableInput()))
            asked.append(("speciality", bool(self.speciality.text().strip())))
        return tuple(name for name, is_there in asked if not is_there)

    def _ask_who(self) -> None:
        self.years = number_field("Years of experience", MOST_YEARS, self)
        self.speciality = text_field(
            "Speciality", self, hint="for example abdominal radiology", longest=80
        )
        self.remark = text_field("Remark (optional)", self)
        fields = (self.years, self.speciality, self.remark)
        self._fields = tuple(
            (words(field.accessibleName(), "body", self), field) for field in fields
        )
        self.setTabOrder(self, fields[0])
        for before, after in pairwise(fields):
            self.setTabOrder(before, after)
        for field in fields:
            field.textChanged.connect(self._refresh)

    def _choose(self, value: str) -> None:
        self._seen = value
        if self._fields and not self.years.text():
            self.years.setFocus()
        self._refresh()

    def _refresh(self) -> None:
        self.steps.show_choice(self._seen, is_open=not self._seen)
        self.advice.setText("" if self._seen in ("", str(_ALL)) else _ADVICE)
        self.go_on.setEnabled(self.is_complete)
        self.missing.setText(f"Still to say: {', '.join(self._lacking)}" if self._lacking else "")

    def _finish(self) -> None:
        """Enter in a field that is filled goes to the next one that is not."""
        if self.is_complete:
            who = None
            if self._fields:
                years, speciality = int(self.years.text()), self.speciality.text().strip()
                who = Questionnaire(years, speciality, self.remark.text().strip())
            width, height, scale = self._measured()
            self.declared.emit(DisplayCheck(width, height, scale, int(self._seen)), who)
            return
        missing = (field for _, field in self._fields if not field.text().strip())
        (self if not self._seen else next(missing, self)).setFocus()

    def _measured(self) -> tuple[int, int, float]:
        """Device px of the display, and device px in a logical px."""
        scale = self.devicePixelRatioF()
        size = self.screen().size()
        return round(size.width() * scale), round(size.height() * scale), round(scale, 3)
