"""One ROI and rows of its augmentations, a kind a row, as in the paper's Figure 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from reader_app.state.augment_state import short_words, whole_words
from reader_app.widgets.card_grid import paint_picture
from reader_app.widgets.elided import write_cut
from reader_app.widgets.roi_view import to_image
from reader_app.widgets.theme import PALETTE, font

if TYPE_CHECKING:
    from reader_app.workflows.augmentations import AugmentationSheet, AugmentedRoi

_LABEL, _GAP, _WORDS, _LEAST, _MOST, _SPREAD = 104, 8, 18, 40, 180, 24
_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


@dataclass(frozen=True)
class Cell:
    """One image's place: row, column, and where it is painted."""

    row: int
    column: int
    box: QRectF


class AugmentSheetView(QWidget):
    """`pointed` with the image under the pointer or the arrow keys' cursor; None for none."""

    pointed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._sheet: AugmentationSheet | None = None
        self._images: tuple[tuple[QImage, ...], ...] = ()
        self._at: tuple[int, int] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Augmentations of the ROI")
        self.setToolTip("Arrow keys go from image to image")

    def show_sheet(self, sheet: AugmentationSheet | None) -> None:
        """Show these rows; the cursor stays where it was."""
        self._sheet = sheet
        rows = sheet.rows if sheet else ()
        self._images = tuple(tuple(to_image(one.image) for one in row.shown) for row in rows)
        if self._at is not None and self.one_at(*self._at) is None:
            self._at = None
        self.pointed.emit(self.chosen)
        self.update()

    @property
    def chosen(self) -> AugmentedRoi | None:
        """The image that is pointed at."""
        return self.one_at(*self._at) if self._at is not None else None

    def one_at(self, row: int, column: int) -> AugmentedRoi | None:
        """The image in a row and column."""
        rows = self._sheet.rows if self._sheet else ()
        if 0 <= row < len(rows) and 0 <= column < len(rows[row].shown):
            return rows[row].shown[column]
        return None

    def cells(self) -> tuple[Cell, ...]:
        """Every image's place in the present size."""
        side, high = self._side(), self._row_height()
        return tuple(
            Cell(row, column, QRectF(_LABEL + column * (side + _GAP), row * high, side, side))
            for row, images in enumerate(self._images)
            for column in range(len(images))
        )

    def point_at(self, row: int, column: int) -> None:
        """Move the cursor; nothing where there is no image."""
        if self.one_at(row, column) is not None and self._at != (row, column):
            self._at = (row, column)
            self._tell()

    def _tell(self) -> None:
        one = self.chosen
        self.setAccessibleDescription(whole_words(one) if one else "")
        self.pointed.emit(one)
        self.update()

    def sizeHint(self) -> QSize:
        """Room for eight columns."""
        return QSize(_LABEL + 8 * 80, 4 * (80 + _WORDS + _GAP))

    def minimumSizeHint(self) -> QSize:
        """Small images still read."""
        return QSize(_LABEL + 8 * _LEAST, 4 * (_LEAST + _WORDS + _GAP))

    def _side(self) -> float:
        columns = max((len(images) for images in self._images), default=8) or 8
        wide = (self.width() - _LABEL + _GAP) / columns - _GAP
        high = self.height() / max(1, len(self._images)) - _WORDS - _GAP
        return max(_LEAST, min(wide, high, _MOST))

    def _row_height(self) -> float:
        """Rows go apart where there is room, but stay one sheet."""
        least = self._side() + _WORDS + _GAP
        return max(least, min(least + _SPREAD, self.height() / max(1, len(self._images))))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw names, images, what is special about each, and the cursor."""
        if self._sheet is None:
            return
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        for at, row in enumerate(self._sheet.rows):
            top = round(at * self._row_height())
            place = QRectF(0, top + 2, _LABEL - 10, 20).toRect()
            write_cut(painter, place, row.kind, "panel", PALETTE.text)
            words = f"{row.count} an ROI"
            write_cut(painter, place.translated(0, 19), words, "hint", PALETTE.text_3)
        for cell in self.cells():
            self._paint_cell(painter, cell)

    def _paint_cell(self, painter: QPainter, cell: Cell) -> None:
        one = self.one_at(cell.row, cell.column)
        assert one is not None
        paint_picture(painter, cell.box, self._images[cell.row][cell.column])
        if (cell.row, cell.column) == self._at:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(PALETTE.accent), 2))
            painter.drawRoundedRect(cell.box, 3, 3)
        below = cell.box.translated(-3, cell.box.height() + 2).toRect()
        below.setHeight(_WORDS - 3)
        below.setWidth(round(cell.box.width()) + 6)
        center = Qt.AlignmentFlag.AlignCenter
        painter.setFont(font("tick"))
        write_cut(painter, below, short_words(one), "tick", PALETTE.text_3, center)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the image below."""
        self._point(event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Point at the image below, and take the keys."""
        self.setFocus()
        self._point(event.position())

    def _point(self, at: QPointF) -> None:
        found = next((cell for cell in self.cells() if cell.box.contains(at)), None)
        if found is not None:
            self.point_at(found.row, found.column)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is gone; a cursor of the keys stays."""
        super().leaveEvent(event)
        if not self.hasFocus() and self._at is not None:
            self._at = None
            self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys go to the next image."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None or self._sheet is None:
            super().keyPressEvent(event)
            return
        row, column = self._at or (0, -1 if step == (0, 1) else 0)
        self.point_at(row + step[0], column + step[1])
