"""A class's button: marker, name, key."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent

from reader_app.widgets.buttons import Button, _Look, paint_key_cap
from reader_app.widgets.class_mark import paint_mark
from reader_app.widgets.theme import category_color
from studies.records import Category

_INDENT, _LEAST = 20, 6


class ClassChoice(Button):
    """A choice whose text starts behind the class's marker."""

    def __init__(self, category: Category) -> None:
        super().__init__(category.name, "choice", "", category.key, False)
        self._category = category
        self.setToolTip(f"Diagnosis: {category.name} ({category.key})")
        self.setAccessibleName(category.name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        """Room for the marker too."""
        return super().sizeHint() + QSize(_INDENT, 0)

    def minimumSizeHint(self) -> QSize:
        """A long name gives way: it is cut, and whole in the tooltip."""
        least = 34 + self.fontMetrics().horizontalAdvance("x" * _LEAST) + self._cap_width() + 18
        return QSize(min(least, self.sizeHint().width()), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The button with its words moved right, then the marker."""
        super().paintEvent(event)
        painter = QPainter(self)
        center = QPointF(20, self.height() / 2)
        paint_mark(painter, center, self._category.marker, category_color(self._category), 11)

    def _paint_content(self, painter: QPainter, look: _Look) -> None:
        painter.setFont(self.font())
        painter.setPen(QColor(look.text))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        cap = self._cap_width()
        words = self.rect().adjusted(34, 0, -cap - 18, 0)
        cut = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, flags, cut)
        place = QRect(self.width() - cap - 10, 0, cap, self.height())
        paint_key_cap(painter, place, self.key, look.text)
