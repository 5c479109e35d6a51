"""How many lesions of each class there are: marks with numbers, as many as there is room for."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from reader_app.state.cases_rows import ClassCount
from reader_app.views.cases.rows import UNDIAGNOSED, counts_in_words
from reader_app.widgets.class_mark import paint_mark
from reader_app.widgets.theme import PALETTE, font

MARK, GAP = 18, 12


class ClassTotals(QWidget):
    """Gives way to what stands beside it; its tooltip always tells all classes."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: tuple[ClassCount, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_counts(self, counts: tuple[ClassCount, ...]) -> None:
        """Show these classes."""
        self._counts = counts
        words = counts_in_words(counts)
        self.setToolTip(words)
        self.setAccessibleName(f"Lesions by class: {words}" if words else "No lesions")
        self.updateGeometry()
        self.update()

    def _widths(self) -> tuple[int, ...]:
        metrics = QFontMetrics(font("hint"))
        return tuple(
            MARK + metrics.horizontalAdvance(f"{one.count:,}") + GAP for one in self._counts
        )

    def sizeHint(self) -> QSize:
        """Room for all of them."""
        return QSize(sum(self._widths()), QFontMetrics(font("hint")).height() + 4)

    def minimumSizeHint(self) -> QSize:
        """None."""
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw those that fit whole."""
        painter = QPainter(self)
        painter.setFont(font("hint"))
        painter.setPen(QColor(PALETTE.text_2))
        x = 0
        for one, width in zip(self._counts, self._widths(), strict=True):
            if x + width > self.width():
                return
            own = one.category
            marker, color = (own.marker, own.color) if own else UNDIAGNOSED
            paint_mark(painter, QPointF(x + 6, self.height() / 2), marker, QColor(color))
            box = QRect(x + MARK, 0, width - MARK, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, f"{one.count:,}")
            x += width
