"""One line of text that gives way, as a label or painted: cut with an ellipsis.

A label keeps the whole text in its tooltip.
"""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from reader_app.widgets.theme import font


class ElidedLabel(QLabel):
    """Plain text in a role's font; as narrow as `least` characters where room is short."""

    def __init__(self, text: str, role: str = "body", least: int = 6) -> None:
        super().__init__()
        self._whole, self._least = text, least
        self.setProperty("role", role)
        self.setFont(font(role))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def show_whole(self, text: str) -> None:
        """Another text."""
        self._whole = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self._cut()

    def sizeHint(self) -> QSize:
        """Room for the whole text."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._whole) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Room for its first characters."""
        metrics = self.fontMetrics()
        least = metrics.horizontalAdvance("x" * self._least)
        return QSize(min(least, self.sizeHint().width()), metrics.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut to the width there is."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        room = self.contentsRect().width()
        cut = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, room)
        self.setText(cut)
        self.setToolTip(f"<span>{escape(self._whole)}</span>" if cut != self._whole else "")


def write_cut(
    painter: QPainter,
    box: QRect,
    text: str,
    role: str,
    color: str,
    flags: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
) -> None:
    """Paint one line in a role's font, cut with an ellipsis where `box` is too narrow."""
    painter.setFont(font(role))
    painter.setPen(QColor(color))
    cut = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, flags, cut)
