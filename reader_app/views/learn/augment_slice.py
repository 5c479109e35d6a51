"""The lesion on its slice: margin, its own square, the ROI's box, and that of one augmentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF

from reader_app.widgets.roi_view import to_image
from reader_app.widgets.square import Square
from reader_app.widgets.theme import PALETTE

if TYPE_CHECKING:
    from reader_app.workflows.augmentations import AugmentationSheet
    from studies.records import Points

_REACH = 1.7
"""Sides of the ROI that are shown around it: room for every turned and shifted box."""


class AugmentSlice(Square):
    """A square part of the slice around the lesion."""

    def __init__(self) -> None:
        super().__init__(296, 180)
        self._image: QImage | None = None
        self._sheet: AugmentationSheet | None = None
        self._origin = QPointF()
        self._shown: Points = ()
        self._color = PALETTE.strong
        self.setAccessibleName("The lesion on its slice, with margin and boxes")

    def show_sheet(self, sheet: AugmentationSheet | None, color: str) -> None:
        """Show a lesion with its margin in a colour; None for nothing."""
        self._sheet, self._color, self._shown = sheet, color, ()
        self._image = None
        if sheet is not None and sheet.slice_image is not None:
            part, self._origin = _around(sheet.slice_image, sheet.box)
            self._image = to_image(part)
        self.update()

    def show_box(self, box: Points) -> None:
        """Show an augmentation's box as well; none where it is empty."""
        self._shown = box
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw slice, margin and boxes."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        target = self.square
        painter.fillRect(target, QColor(PALETTE.image))
        if self._image is None or self._sheet is None:
            painter.setPen(QColor(PALETTE.text_3))
            if self._sheet is not None:
                painter.drawText(
                    target, Qt.AlignmentFlag.AlignCenter, "The slice's file cannot be read."
                )
            return
        painter.drawImage(target, self._image)
        painter.setClipRect(target)
        scale = target.width() / self._image.width()
        lines = (
            (self._sheet.margin, self._color, 2.0, Qt.PenStyle.SolidLine),
            (self._sheet.tight, PALETTE.text_2, 1.0, Qt.PenStyle.DotLine),
            (self._sheet.box, PALETTE.strong, 1.4, Qt.PenStyle.DashLine),
            (self._shown, PALETTE.accent_hover, 2.0, Qt.PenStyle.SolidLine),
        )
        for points, color, width, style in lines:
            self._paint_line(painter, target, scale, points, QPen(QColor(color), width, style))

    def _paint_line(
        self, painter: QPainter, target: QRectF, scale: float, points: Points, pen: QPen
    ) -> None:
        shape = QPolygonF([
            QPointF(target.x() + (x - self._origin.x()) * scale,
                    target.y() + (y - self._origin.y()) * scale)
            for x, y in points
        ])  # fmt: skip
        halo = QColor(PALETTE.image)
        halo.setAlphaF(0.75)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for one in (QPen(halo, pen.widthF() + 2), pen):
            painter.setPen(one)
            painter.drawPolygon(shape)


def _around(image: np.ndarray, box: Points) -> tuple[np.ndarray, QPointF]:
    """The square part of a slice around a box, edges repeated beyond the slice; its origin."""
    xs, ys = [x for x, _ in box], [y for _, y in box]
    reach = max(max(xs) - min(xs), max(ys) - min(ys)) * _REACH / 2
    left, top = round((min(xs) + max(xs)) / 2 - reach), round((min(ys) + max(ys)) / 2 - reach)
    side = max(8, round(2 * reach))
    rows = np.clip(np.arange(top, top + side), 0, image.shape[0] - 1)
    columns = np.clip(np.arange(left, left + side), 0, image.shape[1] - 1)
    return image[np.ix_(rows, columns)], QPointF(left, top)
