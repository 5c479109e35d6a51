"""Lines on the picture: margins with a dark halo, anchors, the ROI's box, axes, a ruler."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from reader_app.widgets.theme import PALETTE
from studies.records import Points

HALO = QColor(15, 17, 19, 217)  # behind pictures' grey, 85 %
HANDLE = 6.0


def path_of(points: Points, closed: bool) -> QPainterPath:
    """The line as a path in image px."""
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
    scale = painter.device().devicePixelRatioF()  # cosmetic widths count the screen's own px
    for pen_color, pen_width in ((HALO, halo), (color, width)):
        pen = QPen(pen_color, pen_width * scale)
        pen.setCosmetic(True)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if dashed and pen_color is color:
            pen.setDashPattern([4, 4])
        painter.strokePath(path, pen)


class LineItem(QGraphicsItem):
    """One line with halo; a child of the picture, so its coordinates are image px."""

    def __init__(self, parent: QGraphicsItem, width: float = 2.0, dashed: bool = False) -> None:
        super().__init__(parent)
        self._path = QPainterPath()
        self._color = QColor(PALETTE.strong)
        self._width, self._dashed = width, dashed

    def show_line(self, path: QPainterPath, color: str | None = None) -> None:
        """Replace the line."""
        self.prepareGeometryChange()
        self._path = path
        if color is not None:
            self._color = QColor(color)
        self.setVisible(not path.isEmpty())

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
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        halo_stroke(painter, self._path, self._color, self._width, self._dashed)


class HandlesItem(QGraphicsItem):
    """Hollow squares of 6 screen px at the anchors."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._points: Points = ()
        self._color = QColor(PALETTE.strong)

    def show_points(self, points: Points, color: str) -> None:
        """Replace the anchors."""
        if points == self._points and QColor(color) == self._color:
            return
        self.prepareGeometryChange()
        self._points, self._color = points, QColor(color)
        self.setVisible(bool(points))

    def boundingRect(self) -> QRectF:
        if not self._points:
            return QRectF()
        xs, ys = zip(*self._points, strict=True)
        box = QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs), max(ys)))
        return box.adjusted(-8, -8, 8, 8)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        to_screen = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        for x, y in self._points:
            at = to_screen.map(QPointF(x, y))
            square = QRectF(at.x() - HANDLE / 2, at.y() - HANDLE / 2, HANDLE, HANDLE)
            painter.fillRect(square.adjusted(-1.5, -1.5, 1.5, 1.5), HALO)
            painter.fillRect(square, self._color)
            painter.fillRect(square.adjusted(1.5, 1.5, -1.5, -1.5), QColor(PALETTE.image))
        painter.restore()
