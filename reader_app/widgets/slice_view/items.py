"""What lies on the picture in image px: its pixels, margins with a dark halo, anchors."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
    QTransform,
)
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from reader_app.widgets.theme import PALETTE
from studies.records import Points

HALO = QColor(15, 17, 19, 217)  # behind pictures' grey, 85 %
LINE_HALO = QColor(15, 17, 19)  # opaque: Qt strokes such a line in less than half the time
HANDLE = 6.0
PLACE, TICK = 11.0, 5.0
"""Screen px: the radius of a place's ring, and its ticks."""

MANY_SIDES = 40
"""Between so many sides no join is seen, and round ones take Qt nearly twice the time."""

MOST_KEPT = 1_000_000
"""Screen px of a line's picture worth keeping."""


@lru_cache(maxsize=128)  # scrolling comes back to the same margins
def path_of(points: Points, closed: bool) -> QPainterPath:
    """The line as a path in image px; shared, so not to be changed."""
    path = QPainterPath()
    if points:
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
        if closed:
            path.closeSubpath()
    return path


def halo_stroke(
    painter: QPainter, path: QPainterPath, color: QColor, width: float = 2.0, dashed: bool = False
) -> None:
    """A line of `width` screen px over its dark halo, at any zoom."""
    halo = width + (3 if width >= 1.5 else 1.5)
    is_dense = path.elementCount() > MANY_SIDES
    scale = painter.device().devicePixelRatioF()  # cosmetic widths count the screen's own px
    for pen_color, pen_width in ((LINE_HALO, halo), (color, width)):
        pen = QPen(pen_color, pen_width * scale)
        pen.setCosmetic(True)
        pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin if is_dense else Qt.PenJoinStyle.RoundJoin)
        if dashed and pen_color is color:
            pen.setDashPattern([4, 4])
        painter.strokePath(path, pen)


class PixelsItem(QGraphicsItem):
    """The slice's pixels as a 32-bit image: Qt scales these in half the time of 8-bit grey."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._pixels: npt.NDArray[np.uint32] = np.zeros((0, 0), dtype=np.uint32)
        self._image = QImage()

    @property
    def image(self) -> QImage:
        """The picture as painted."""
        return self._image

    def show_pixels(self, pixels: npt.NDArray[np.uint32]) -> None:
        """Replace the picture; 0xffRRGGBB (rows, columns)."""
        if pixels.shape != self._pixels.shape:
            self.prepareGeometryChange()
        rows, columns = pixels.shape
        self._pixels = pixels  # the image reads this memory
        self._image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self._pixels.shape[1], self._pixels.shape[0])

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QPointF(0, 0), self._image)


class LineItem(QGraphicsItem):
    """One line with halo; a child of the picture, so its coordinates are image px.

    A line painted twice in the same place is kept as a picture: stroking it costs .3 ms.
    """

    def __init__(self, parent: QGraphicsItem, width: float = 2.0, dashed: bool = False) -> None:
        super().__init__(parent)
        self._path = QPainterPath()
        self._color = QColor(PALETTE.strong)
        self._width, self._dashed = width, dashed
        self._painted: tuple[QTransform, float] | None = None
        self._kept: QPixmap | None = None
        self._corner = QPointF()

    def show_line(
        self, path: QPainterPath, color: str | None = None, dashed: bool | None = None
    ) -> None:
        """Replace the line, and its look where one is given."""
        wanted = (
            self._color if color is None else QColor(color),
            self._dashed if dashed is None else dashed,
        )
        self.setVisible(not path.isEmpty())
        if path == self._path and wanted == (self._color, self._dashed):
            return
        self.prepareGeometryChange()
        self._path, (self._color, self._dashed) = path, wanted
        self._painted = self._kept = None

    @property
    def line(self) -> tuple[QPainterPath, QColor]:
        """The line as it stands, with its colour."""
        return self._path, self._color

    def boundingRect(self) -> QRectF:
        return self._path.boundingRect().adjusted(-4, -4, 4, 4)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        to_screen = painter.worldTransform()
        place = (to_screen, painter.device().devicePixelRatioF())
        if self._painted != place:
            self._painted, self._kept = place, None
        elif self._kept is None:
            self._kept = self._picture(*place)
        if self._kept is None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            halo_stroke(painter, self._path, self._color, self._width, self._dashed)
            return
        painter.save()
        painter.resetTransform()
        painter.drawPixmap(self._corner, self._kept)
        painter.restore()

    def _picture(self, to_screen: QTransform, ratio: float) -> QPixmap | None:
        """The line drawn aside; not one that a high zoom makes huge."""
        box = to_screen.mapRect(self._path.boundingRect())
        left, top = math.floor(box.left()) - 4, math.floor(box.top()) - 4
        width, height = math.ceil(box.right()) + 4 - left, math.ceil(box.bottom()) + 4 - top
        if width * height * ratio * ratio > MOST_KEPT:
            return None
        picture = QPixmap(math.ceil(width * ratio), math.ceil(height * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setTransform(to_screen * QTransform.fromTranslate(-left, -top))
        halo_stroke(painter, self._path, self._color, self._width, self._dashed)
        painter.end()
        self._corner = QPointF(left, top)
        return picture


class HandlesItem(QGraphicsItem):
    """Hollow squares of 6 screen px at the anchors."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._points: Points = ()
        self._color = QColor(PALETTE.strong)
        self._box = QRectF()
        self._mark: QPixmap | None = None

    def show_points(self, points: Points, color: str) -> None:
        """Replace the anchors."""
        if points == self._points and QColor(color) == self._color:
            return
        self.prepareGeometryChange()
        self._points, self._color, self._mark = points, QColor(color), None
        self._box = path_of(points, False).boundingRect().adjusted(-8, -8, 8, 8)
        self.setVisible(bool(points))

    def boundingRect(self) -> QRectF:
        return self._box

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        to_screen = painter.worldTransform()
        ratio = painter.device().devicePixelRatioF()
        if self._mark is None or self._mark.devicePixelRatio() != ratio:
            self._mark = _handle_mark(self._color, ratio)
        mark = self._mark
        half = mark.deviceIndependentSize().width() / 2
        painter.save()
        painter.resetTransform()
        for x, y in self._points:
            at = to_screen.map(QPointF(x, y))
            painter.drawPixmap(QPointF(round(at.x() - half), round(at.y() - half)), mark)
        painter.restore()


def _handle_mark(color: QColor, ratio: float) -> QPixmap:
    """An anchor as a picture: dark rim, coloured frame, dark middle."""
    side = HANDLE + 3
    mark = QPixmap(math.ceil(side * ratio), math.ceil(side * ratio))
    mark.setDevicePixelRatio(ratio)
    mark.fill(HALO)
    painter = QPainter(mark)
    painter.fillRect(QRectF(1.5, 1.5, HANDLE, HANDLE), color)
    painter.fillRect(QRectF(3, 3, HANDLE - 3, HANDLE - 3), QColor(PALETTE.image))
    painter.end()
    return mark


class PlaceItem(QGraphicsItem):
    """A ring with four ticks around a place, of the same size at any zoom."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self._mark = QPainterPath()
        self._mark.addEllipse(QPointF(0, 0), PLACE, PLACE)
        for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            self._mark.moveTo(QPointF(x, y) * PLACE)
            self._mark.lineTo(QPointF(x, y) * (PLACE + TICK))

    def show_place(self, point: tuple[float, float] | None) -> None:
        """Stand at an image px; nowhere without one."""
        self.setVisible(point is not None)
        if point is not None:
            self.setPos(QPointF(*point))

    def boundingRect(self) -> QRectF:
        return self._mark.boundingRect().adjusted(-4, -4, 4, 4)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        halo_stroke(painter, self._mark, QColor(PALETTE.strong), 1.5)
