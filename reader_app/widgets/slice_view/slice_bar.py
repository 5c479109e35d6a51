"""The slice bar: where in the series we are, and on which slices lesions are drawn."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from reader_app.widgets.theme import PALETTE

WIDTH, EDGE = 16, 6


@dataclass(frozen=True)
class Mark:
    """A lesion drawn on a slice (index from 0); the chosen lesion's marks are stronger."""

    index: int
    color: str
    text: str
    is_chosen: bool = False


class SliceBar(QWidget):
    """A narrow upright bar: click or drag goes to a slice."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count, self._index = 0, 0
        self._marks: tuple[Mark, ...] = ()
        self.setFixedWidth(WIDTH)
        self.setAccessibleName("Slice bar")
        self.setToolTip("Slices: click or drag (wheel, Up and Down)")

    def set_place(self, index: int, count: int) -> None:
        """The slice shown, from 0, of so many."""
        self._index, self._count = index, count
        self.update()

    def set_marks(self, marks: tuple[Mark, ...]) -> None:
        """Where lesions are drawn."""
        self._marks = marks
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 200)

    def _y(self, index: int) -> float:
        """The middle of a slice's stretch."""
        return EDGE + (index + 0.5) * (self.height() - 2 * EDGE) / max(self._count, 1)

    def _index_at(self, y: float) -> int:
        stretch = (self.height() - 2 * EDGE) / max(self._count, 1)
        return min(max(int((y - EDGE) / stretch), 0), self._count - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(PALETTE.rail))
        if not self._count:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for mark in self._marks:
            inset = 2 if mark.is_chosen else 4
            box = QRectF(inset, self._y(mark.index) - 1.5, WIDTH - 2 * inset, 3)
            painter.fillRect(box, QColor(mark.color))
        height = max(10.0, (self.height() - 2 * EDGE) / self._count)
        y = min(max(self._y(self._index), EDGE + height / 2), self.height() - EDGE - height / 2)
        painter.setBrush(QColor(180, 188, 197, 150))
        painter.drawRoundedRect(QRectF(4, y - height / 2, WIDTH - 8, height), 4, 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def _go(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self._count:
            self.chosen.emit(self._index_at(event.position().y()))

    def event(self, event: object) -> bool:
        if isinstance(event, QHelpEvent) and self._count:
            at = self._index_at(event.pos().y())
            names = [m.text for m in self._marks if m.index == at]
            text = f"Slice {at + 1}" + (f": {', '.join(names)}" if names else "")
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)  # type: ignore[arg-type]
