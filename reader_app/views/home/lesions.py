"""Lesions by class: count, bar, folds and some ROIs."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from reader_app.state.home_state import ClassLine, HomeState
from reader_app.widgets.class_mark import ClassMark
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.roi_view import RoiStrip
from reader_app.widgets.theme import PALETTE, SPACE

_EMPTY, _LEAST, _SMALLEST, _LARGEST = 24, 42, 50, 120  # px of an ROI; of a row without any

_BESIDE = 300  # px of a row's name, count, bar and folds


class ShareBar(QWidget):
    """A bar in a class's colour, full for the largest class."""

    def __init__(self, share: float, color: str) -> None:
        super().__init__()
        self._share, self._color = share, color
        self.setMinimumWidth(48)
        self.setMaximumWidth(96)
        self.setFixedHeight(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw groove and bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(PALETTE.line))
        whole = QRectF(self.rect())
        painter.drawRoundedRect(whole, 2, 2)
        painter.setBrush(QColor(self._color))
        painter.drawRoundedRect(QRectF(0, 0, whole.width() * self._share, whole.height()), 2, 2)


class LesionsPanel(Panel):
    """One row a class."""

    def __init__(self, state: HomeState) -> None:
        super().__init__("Lesions in this study")
        self._state = state
        self.note = label("", "hint")
        self.add_head(self.note)
        self.body.setContentsMargins(SPACE[3], SPACE[1], SPACE[3], SPACE[1])
        self._holder = QWidget()
        self.body.addWidget(self._holder, 1)
        self.strips: tuple[RoiStrip, ...] = ()
        self._size = _SMALLEST
        state.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Rebuild the rows."""
        lines = self._state.lines
        folded = any(line.folds for line in lines)
        words = "Folds are made by patient. " if folded else "Folds come with the first training. "
        words = self._state.hidden_words or words
        self.note.setText(words + self._state.window_words if lines else "")
        self._holder.hide()
        self._holder.deleteLater()
        self._holder = QWidget()
        grid = QGridLayout(self._holder)
        grid.setContentsMargins(0, SPACE[0], 0, 0)
        grid.setHorizontalSpacing(SPACE[2])
        grid.setVerticalSpacing(SPACE[0])
        grid.setColumnStretch(4, 1)
        size = self._size if any(line.images for line in lines) else _EMPTY
        self.strips = tuple(_add_row(grid, row, line, size) for row, line in enumerate(lines))
        grid.setRowStretch(len(lines), 1)
        self.body.addWidget(self._holder, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Larger ROIs where there is room for them."""
        super().resizeEvent(event)
        rows = max(1, len(self.strips))
        size = (event.size().height() - 64) // rows - SPACE[1]
        longest = max((len(line.images) for line in self._state.lines), default=0)
        size = min(max(size, _SMALLEST), _LARGEST)
        size = fitting(event.size().width() - _BESIDE, size, longest)
        if size != self._size:
            self._size = size
            self.refresh()


def fitting(room: int, size: int, longest: int) -> int:
    """Px of an ROI, at most `size`, with which a row of `longest` ends after `room` px.

    Where all of them fit, they keep their size; below 42 px none is made smaller.
    """
    count = -(-(room + SPACE[0]) // (size + SPACE[0]))
    if not 0 < count <= longest:
        return size
    return min(size, max((room + SPACE[0]) // count - SPACE[0], _LEAST))


def _add_row(grid: QGridLayout, row: int, line: ClassLine, size: int) -> RoiStrip:
    strip = RoiStrip(len(line.images), size)
    strip.set_images(line.images)
    folds = label(" · ".join(str(n) for n in line.folds), "hint")
    folds.setToolTip("Lesions in each fold")
    number = label(str(line.count), "panel")
    number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    widgets = (
        ClassMark(line.category),
        number,
        ShareBar(line.share, line.category.color),
        folds,
        strip,
    )
    for column, widget in enumerate(widgets):
        grid.addWidget(widget, row, column, Qt.AlignmentFlag.AlignVCenter)
    return strip
