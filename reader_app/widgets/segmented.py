"""A row of joined choices of which one holds."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from reader_app.widgets.theme import PALETTE, RADIUS_CONTROL, SMALL_CONTROL_HEIGHT, font


class Segmented(QWidget):
    """`chosen` with the option's text on a click or the arrow keys; `value` is the standing one."""

    chosen = Signal(str)

    def __init__(self, options: tuple[str, ...], value: str = "", name: str = "") -> None:
        super().__init__()
        self._options = options
        self._value = value or options[0]
        self._hovered = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip("Left and Right arrow keys choose")
        self._name = name or "Choice"
        self._say()

    def _say(self) -> None:
        self.setAccessibleName(f"{self._name}: {self._value}")

    @property
    def value(self) -> str:
        """The chosen option's text."""
        return self._value

    @property
    def options(self) -> tuple[str, ...]:
        """All options' texts."""
        return self._options

    def set_options(self, options: tuple[str, ...], value: str = "") -> None:
        """Other options; `value` stands, without a signal."""
        self._options = options
        self._value = value if value in options else options[0]
        self._say()
        self.updateGeometry()
        self.update()

    def set_value(self, value: str) -> None:
        """Choose without a signal; ValueError for no option."""
        if value not in self._options:
            raise ValueError(value)
        self._value = value
        self._say()
        self.update()

    def choose(self, value: str) -> None:
        """Choose as a click does."""
        if value != self._value:
            self.set_value(value)
            self.chosen.emit(value)

    def _widths(self) -> list[int]:
        metrics = QFontMetrics(font("medium"))
        return [metrics.horizontalAdvance(option) + 24 for option in self._options]

    def sizeHint(self) -> QSize:
        """All options side by side."""
        height = max(SMALL_CONTROL_HEIGHT, QFontMetrics(font("medium")).height() + 10)
        return QSize(sum(self._widths()) + 2, height)

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()

    def _cells(self) -> list[QRectF]:
        cells, x = [], 0.5
        for width in self._widths():
            cells.append(QRectF(x, 0.5, width, self.height() - 1))
            x += width
        return cells

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw frame, cells and words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QPainterPath()
        whole = QRectF(0.5, 0.5, sum(self._widths()), self.height() - 1)
        frame.addRoundedRect(whole, RADIUS_CONTROL, RADIUS_CONTROL)
        painter.fillPath(frame, QColor(PALETTE.page))
        painter.setClipPath(frame)
        for k, (option, cell) in enumerate(zip(self._options, self._cells(), strict=True)):
            self._paint_cell(painter, k, option, cell)
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(PALETTE.button_edge), 1))
        painter.drawPath(frame)

    def _paint_cell(self, painter: QPainter, k: int, option: str, cell: QRectF) -> None:
        held = option == self._value
        if held or k == self._hovered:
            painter.fillRect(cell, QColor(PALETTE.selected if held else PALETTE.raised))
        if k:
            painter.setPen(QPen(QColor(PALETTE.button_edge), 1))
            painter.drawLine(cell.topLeft(), cell.bottomLeft())
        painter.setFont(font("panel" if held else "medium"))
        color = PALETTE.strong if held else PALETTE.text_2
        painter.setPen(QColor(color if self.isEnabled() else PALETTE.disabled))
        painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, option)

    def _at(self, x: float) -> int:
        return next(
            (k for k, cell in enumerate(self._cells()) if cell.left() <= x < cell.right()), -1
        )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Hover the cell below the pointer."""
        self._hovered = self._at(event.position().x())
        self.update()

    def leaveEvent(self, event: object) -> None:
        """No cell is hovered."""
        self._hovered = -1
        self.update()
        super().leaveEvent(event)  # type: ignore[arg-type]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cell below the pointer."""
        k = self._at(event.position().x())
        if k >= 0:
            self.choose(self._options[k])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right choose the neighbour."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        k = self._options.index(self._value) + step
        self.choose(self._options[min(max(k, 0), len(self._options) - 1)])
