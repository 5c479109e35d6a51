"""A page of short lines over the reading screen: what comes, or the keys."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from reader_app.views.read.guide_words import Lines
from reader_app.views.read.quiet_button import QuietButton
from reader_app.views.read.quiet_fields import words
from reader_app.widgets.theme import PALETTE

_WIDTH, _HEADING, _GAP, _LEAST_GAP = 776, 112, 14, 4


class GuideScreen(QWidget):
    """Keys go on to the reading screen below; `go_on` and `leave` are its buttons.

    `stays`: it lies over a reading that goes on, so there is nothing to leave.
    """

    def __init__(
        self, parent: QWidget, title: str, lines: Lines, deed: str, *, stays: bool = False
    ) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("focusRing", False)
        self.setAccessibleName(title)
        self.setAccessibleDescription(" ".join(f"{name}: {text}" for name, text in lines))
        self.title = words(title, "page", self)
        self.lines = tuple(self._line(name, text) for name, text in lines)
        self.go_on = QuietButton(deed, "Space", self, framed=True)
        self.leave = QuietButton("Leave", "Esc", self)
        self.leave.setVisible(not stays)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """One column in the middle; closer together in a low window."""
        wide = min(_WIDTH, self.width() - 48)
        heights = [max(20, text.heightForWidth(wide - _HEADING)) for _, text in self.lines]
        spare = self.height() - 44 - sum(heights) - 40 - 48
        gap = max(_LEAST_GAP, min(_GAP, spare // (len(heights) + 3)))
        used = 44 + sum(heights) + gap * len(heights) + 2 * gap + 40
        left, top = (self.width() - wide) // 2, max(12, (self.height() - used) // 2)
        self.title.setGeometry(left, top, wide, 28)
        top += 44
        for (name, text), high in zip(self.lines, heights, strict=True):
            name.setGeometry(left, top, _HEADING - 8, 20)
            text.setGeometry(QRect(left + _HEADING, top, wide - _HEADING, high))
            top += high + gap
        self.go_on.setGeometry(left, top + 2 * gap, 220, 40)
        aside = self.leave.sizeHint().width()
        self.leave.setGeometry(left + wide - aside, top + 2 * gap, aside, 40)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The reading screen's ground."""
        QPainter(self).fillRect(self.rect(), QColor(PALETTE.image))

    def _line(self, name: str, text: str) -> tuple[QLabel, QLabel]:
        heading = words(name, "body", self, level="secondary")
        told = words(text, "body", self)
        told.setTextFormat(Qt.TextFormat.PlainText)
        told.setAlignment(Qt.AlignmentFlag.AlignTop)
        heading.setAlignment(Qt.AlignmentFlag.AlignTop)
        return heading, told
