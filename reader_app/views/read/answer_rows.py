"""Rows of equal answers: grey only, so that no class is set apart and nothing primes."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from reader_app.widgets.theme import PALETTE, RADIUS_CONTROL, RADIUS_SMALL, font
from studies.records import Choice, Question

ROW_HEIGHT = 44
LABEL_WIDTH, ANSWERS_WIDTH, GAP = 180, 580, 8


def paint_cap(painter: QPainter, box: QRectF, key: str, color: str) -> None:
    """A key's cap."""
    painter.setPen(QPen(QColor(PALETTE.edge), 1))
    painter.setBrush(QColor(PALETTE.panel))
    painter.drawRoundedRect(box, RADIUS_SMALL, RADIUS_SMALL)
    painter.setPen(QColor(color))
    painter.setFont(font("badge"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, key)


class AnswerButton(QAbstractButton):
    """One answer with its key. Takes no focus: the keys work wherever the eye is."""

    def __init__(self, choice: Choice, parent: QWidget) -> None:
        super().__init__(parent)
        self.choice = choice
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setText(choice.label)
        self.setAccessibleName(f"{choice.label}, key {choice.key}")

    def nextCheckState(self) -> None:
        """The session says what is chosen, not the click."""

    def sizeHint(self) -> QSize:
        """Cap, gap and label."""
        return QSize(QFontMetrics(font("body")).horizontalAdvance(self.text()) + 64, ROW_HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw cap and label; the chosen one has a white edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen, able = self.isChecked(), self.isEnabled()
        width = 2.0 if chosen else 1.0
        painter.setPen(QPen(QColor(PALETTE.strong if chosen else PALETTE.button_edge), width))
        painter.setBrush(QColor(PALETTE.line if chosen else PALETTE.page))
        box = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.drawRoundedRect(box, RADIUS_CONTROL, RADIUS_CONTROL)
        cap = QRectF(12, (self.height() - 18) / 2, 18, 18)
        paint_cap(painter, cap, self.choice.key, PALETTE.text_2 if able else PALETTE.disabled)
        painter.setFont(font("body"))
        painter.setPen(QColor(PALETTE.text if able else PALETTE.disabled))
        words = QRect(40, 0, self.width() - 44, self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())


class AnswerRow(QWidget):
    """A question and its answers; `chosen` with question code and value on a click."""

    chosen = Signal(str, str)

    def __init__(self, question: Question, parent: QWidget) -> None:
        super().__init__(parent)
        self.question = question
        self._open = False
        self.buttons = tuple(AnswerButton(choice, self) for choice in question.choices)
        for button in self.buttons:
            button.clicked.connect(lambda _=False, b=button: self._say(b))
        self.setAccessibleName(question.text)
        self.setFixedSize(16 + LABEL_WIDTH + ANSWERS_WIDTH, ROW_HEIGHT)
        self._place()

    def show_choice(self, value: str, *, is_open: bool) -> None:
        """Mark the chosen answer, and whether this is the question to answer next."""
        for button in self.buttons:
            button.setChecked(button.choice.value == value)
        self._open = is_open
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the question and, where it is the open one, a white bar."""
        painter = QPainter(self)
        if self._open and self.isEnabled():
            painter.fillRect(QRect(0, (self.height() - 20) // 2, 3, 20), QColor(PALETTE.strong))
        painter.setFont(font("body"))
        painter.setPen(QColor(PALETTE.text if self.isEnabled() else PALETTE.disabled))
        words = QRect(16, 0, LABEL_WIDTH - 8, self.height())
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(words, flags, self.question.text)

    def _say(self, button: AnswerButton) -> None:
        self.chosen.emit(self.question.code, button.choice.value)

    def _place(self) -> None:
        """Answers of one width, whatever their words."""
        count = len(self.buttons)
        width = (ANSWERS_WIDTH - GAP * (count - 1)) / count
        for k, button in enumerate(self.buttons):
            left = 16 + LABEL_WIDTH + k * (width + GAP)
            button.setGeometry(round(left), 0, round(left + width) - round(left), ROW_HEIGHT)
