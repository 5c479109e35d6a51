"""Buttons of the reading screen: grey, with their key, never taking the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from reader_app.views.read.answer_rows import paint_cap
from reader_app.widgets.theme import PALETTE, RADIUS_CONTROL, font


class QuietButton(QAbstractButton):
    """A word and its key cap; `framed` ones have an edge, white when they may be pressed.

    Where there is no room for the word the cap stands alone.
    """

    def __init__(self, text: str, key: str, parent: QWidget, *, framed: bool = False) -> None:
        super().__init__(parent)
        self._key, self._framed = key, framed
        self.setText(text)
        self.setAccessibleName(f"{text}, key {key}")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def sizeHint(self) -> QSize:
        """Word, gap and cap, with 16 px at both ends where framed."""
        words = QFontMetrics(font("medium")).horizontalAdvance(self.text())
        return QSize(words + 8 + self._cap() + (32 if self._framed else 4), 40)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw edge, word and cap, centred."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        able = self.isEnabled()
        if self._framed:
            painter.setPen(QPen(QColor(PALETTE.text_2 if able else PALETTE.line), 1))
            painter.setBrush(QColor(PALETTE.line if able else PALETTE.page))
            box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(box, RADIUS_CONTROL, RADIUS_CONTROL)
        color = PALETTE.text if able else PALETTE.disabled
        if self.width() < self.sizeHint().width():
            cap = QRectF(2, (self.height() - 18) / 2, self._cap(), 18)
            paint_cap(painter, cap, self._key, color)
            return
        words = QFontMetrics(font("medium")).horizontalAdvance(self.text())
        left = (self.width() - words - 8 - self._cap()) / 2
        painter.setFont(font("medium"))
        painter.setPen(QColor(color))
        painter.drawText(
            QRectF(left, 0, words + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text()
        )
        cap = QRectF(left + words + 8, (self.height() - 18) / 2, self._cap(), 18)
        paint_cap(painter, cap, self._key, color)

    def _cap(self) -> int:
        return max(18, QFontMetrics(font("badge")).horizontalAdvance(self._key) + 10)
