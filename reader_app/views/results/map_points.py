"""Points of a map that are drawn once and then only moved while the map is panned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from reader_app.widgets.theme import marker_path

_MARGIN = 0.25
"""Share of the view's width and height that is drawn beyond each of its edges."""

_Scale = tuple[float, float, float, float, float]


@dataclass(frozen=True)
class Mark:
    """How a point looks: colour, shape (see theme.marker_path) and size in px."""

    color: str
    marker: str
    size: float = 11.0
    opacity: float = 1.0
    edge: str = ""  # colour of a 1-px outline
    hollow: bool = False


class MapPoints(pg.ScatterPlotItem):  # type: ignore[misc]
    """A scatter plot kept as a picture that reaches beyond the view.

    Panning by less than the margin draws one picture instead of every point; a zoom, other
    points or another screen draw it anew.
    """

    def __init__(self) -> None:
        super().__init__(pxMode=True)
        self._picture: QPixmap | None = None
        self._scale: _Scale = (0.0, 0.0, 0.0, 0.0, 0.0)
        self._origin = QPointF()
        self._area: QRectF | None = None
        self.drawn = 0  # times the points were drawn one by one

    def show_points(self, xy: np.ndarray, marks: Sequence[Mark], lesion_ids: Sequence[int]) -> None:
        """Show points at `xy` (n, 2), map units, each with its mark and its lesion."""
        looks = {mark: _look(mark) for mark in set(marks)}
        self.setData(
            x=xy[:, 0] if len(xy) else [],
            y=xy[:, 1] if len(xy) else [],
            symbol=[looks[mark][0] for mark in marks],
            size=[mark.size for mark in marks],
            pen=[looks[mark][1] for mark in marks],
            brush=[looks[mark][2] for mark in marks],
            data=list(lesion_ids),
        )

    def invalidate(self) -> None:
        """The points changed: the picture is of the old ones."""
        self._picture = None
        super().invalidate()

    def updateSpots(self, dataSet: np.ndarray | None = None) -> None:
        """The marks changed: the picture is of the old ones."""
        self._picture = None
        super().updateSpots(dataSet)

    def viewRect(self) -> QRectF:
        """What is drawn, map units: the view, or while the picture is made all of it."""
        return self._area if self._area is not None else super().viewRect()

    def paint(self, p: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None) -> None:
        """Draw the picture where it covers the view, else make it first."""
        if widget is None or self._exportOpts is not False or not len(self.data):
            super().paint(p, option, widget)
            return
        place = p.transform()
        if not self._covers(place, widget):
            self._draw(place, option, widget)
        assert self._picture is not None
        left, top = self._shift(place), self._margin(widget)
        p.resetTransform()
        p.drawPixmap(QPointF(left.x() - top.x(), left.y() - top.y()), self._picture)

    def _covers(self, place: QTransform, widget: QWidget) -> bool:
        if self._picture is None or _scale(place, widget) != self._scale:
            return False
        size = self._picture.deviceIndependentSize()
        margin, shift = self._margin(widget), self._shift(place)
        fits = round(size.width() - 2 * margin.x()) == widget.width()
        fits = fits and round(size.height() - 2 * margin.y()) == widget.height()
        return fits and abs(shift.x()) <= margin.x() and abs(shift.y()) <= margin.y()

    def _draw(self, place: QTransform, option: QStyleOptionGraphicsItem, widget: QWidget) -> None:
        margin, ratio = self._margin(widget), widget.devicePixelRatioF()
        width, height = widget.width() + 2 * margin.x(), widget.height() + 2 * margin.y()
        picture = QPixmap(round(width * ratio), round(height * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        moved = place * QTransform.fromTranslate(margin.x(), margin.y())
        self._area = moved.inverted()[0].mapRect(QRectF(0, 0, width, height))
        painter = QPainter(picture)
        painter.setTransform(moved)
        super().paint(painter, option, widget)
        painter.end()
        self._area = None
        self._picture, self._scale = picture, _scale(place, widget)
        self._origin = QPointF(place.dx(), place.dy())
        self.drawn += 1

    def _margin(self, widget: QWidget) -> QPointF:
        return QPointF(round(_MARGIN * widget.width()), round(_MARGIN * widget.height()))

    def _shift(self, place: QTransform) -> QPointF:
        """Whole pixels, so that the points stay as sharp as they were drawn."""
        return QPointF(round(place.dx() - self._origin.x()), round(place.dy() - self._origin.y()))


def _scale(place: QTransform, widget: QWidget) -> _Scale:
    """What a pan leaves as it is, to a millionth: a sum of small steps does not come out even."""
    kept = (place.m11(), place.m12(), place.m21(), place.m22())
    a, b, c, d = (float(f"{value:.6g}") for value in kept)
    return a, b, c, d, widget.devicePixelRatioF()


def _look(mark: Mark) -> tuple[object, object, object]:
    color = QColor(mark.color)
    color.setAlphaF(mark.opacity)
    pen = pg.mkPen(color, width=1.5) if mark.hollow else None
    if mark.edge:
        pen = pg.mkPen(mark.edge, width=1)
    brush = pg.mkBrush(None) if mark.hollow else pg.mkBrush(color)
    return marker_path(mark.marker, 1.0), pg.mkPen(pen), brush
