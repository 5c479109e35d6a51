"""Where the picture lies in the view: zoom, what is in the middle, how it is turned."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from PySide6.QtCore import QPointF, QSizeF
from PySide6.QtGui import QTransform

from reader_app.widgets.slice_view.orientation import Turn

SMALLEST, LARGEST = 0.1, 40.0
"""Zoom limits, screen px per image px."""


@dataclass(frozen=True)
class Placement:
    """`zoom` in screen px per mm, `focus` the image point (px) in the middle of the view."""

    zoom: float
    focus: tuple[float, float]
    row_spacing: float
    column_spacing: float
    turn: Turn = field(default_factory=Turn)

    @property
    def pixel_zoom(self) -> float:
        """Screen px per image px, along a row."""
        return self.zoom * self.column_spacing

    def transform(self, view: QSizeF) -> QTransform:
        """Image px to screen px."""
        (a, b), (c, d) = self.turn.matrix
        sx, sy = self.zoom * self.column_spacing, self.zoom * self.row_spacing
        turned = QTransform(a * sx, c * sx, b * sy, d * sy, 0, 0)
        middle = turned.map(QPointF(*self.focus))
        shift = QPointF(view.width() / 2, view.height() / 2) - middle
        return QTransform(
            turned.m11(), turned.m12(), turned.m21(), turned.m22(), shift.x(), shift.y()
        )

    def zoomed(self, factor: float, at: QPointF, view: QSizeF) -> Placement:
        """Zoomed by `factor` so that the image point under the screen point `at` stays there."""
        wanted = min(LARGEST, max(SMALLEST, self.pixel_zoom * factor))
        inverse, _ = self.transform(view).inverted()
        anchor = inverse.map(at)
        scaled = replace(self, zoom=wanted / self.column_spacing)
        return scaled.moved(at - scaled.transform(view).map(anchor), view)

    def moved(self, by: QPointF, view: QSizeF) -> Placement:
        """Panned by some screen px."""
        inverse, _ = self.transform(view).inverted()
        focus = inverse.map(QPointF(view.width() / 2, view.height() / 2) - by)
        return replace(self, focus=(focus.x(), focus.y()))


def fitted(
    extent: tuple[float, float, float, float],
    row_spacing: float,
    column_spacing: float,
    view: QSizeF,
    turn: Turn | None = None,
) -> Placement:
    """A stretch of the picture (left, top, right, bottom in px), centred, as large as fits."""
    turn = turn or Turn()
    left, top, right, bottom = extent
    width, height = (right - left) * column_spacing, (bottom - top) * row_spacing
    if turn.quarters % 2:
        width, height = height, width
    zoom = min(max(view.width(), 1) / width, max(view.height(), 1) / height)
    focus = ((left + right) / 2, (top + bottom) / 2)
    return Placement(zoom, focus, row_spacing, column_spacing, turn)
