"""Lines over the picture: margins and their names, the ROI's box, a ghost, what is drawn now."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath
from PySide6.QtWidgets import QWidget

from reader_app.widgets.slice_view.canvas import NOWHERE, Canvas
from reader_app.widgets.slice_view.drawing import Drawing
from reader_app.widgets.slice_view.gesture import Mode, Point, Preview
from reader_app.widgets.slice_view.items import HandlesItem, LineItem, PlaceItem, path_of
from reader_app.widgets.slice_view.naming import Name, names
from reader_app.widgets.slice_view.picture import Aids, MarginLine
from reader_app.widgets.slice_view.placement import Placement
from reader_app.widgets.slice_view.redraw import distance_from
from reader_app.widgets.slice_view.ruler import Ruler
from reader_app.widgets.theme import PALETTE
from studies.records import Points

REACH = 10.0
"""Screen px that count as "on" a point."""

CLICK_REACHES = 0.6
"""A click this near to another margin's line, in `reach`, chooses it."""


class Sheet(Canvas):
    """A picture with lines on it; the hands come on top of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.drawing = Drawing()
        self._margins: tuple[MarginLine, ...] = ()
        self._names: tuple[Name, ...] = ()
        self._aids = Aids()
        self._color = PALETTE.strong
        self._preview = Preview()
        self._ruler: Ruler | None = None
        self._ghost: Points = ()
        self._ghost_label = ""
        self._lines: list[LineItem] = []
        self._ghost_line = LineItem(self._root, dashed=True)
        self._box = LineItem(self._root, 1.0, dashed=True)
        self._axes = LineItem(self._root, 1.0, dashed=True)
        self._draft = LineItem(self._root)
        self._handles = HandlesItem(self._root)
        self._circle = LineItem(self._root, 1.0)
        self._measure = LineItem(self._root, 1.5)
        self._measure_ends = HandlesItem(self._root)
        self._place_mark = PlaceItem(self._root)
        tops = (self._ghost_line, self._box, self._axes, self._draft, self._handles,
                self._circle, self._measure, self._measure_ends, self._place_mark)  # fmt: skip
        for number, item in enumerate(tops):
            item.setZValue(10 + number)
            item.setVisible(False)

    # --- what is shown ----------------------------------------------------------------------

    def set_margins(self, margins: tuple[MarginLine, ...], aids: Aids) -> None:
        """The margins of this slice; the chosen one comes under edit."""
        is_new = (margins, aids) != (self._margins, self._aids)
        self._margins, self._aids = margins, aids
        while len(self._lines) < len(margins):
            self._lines.append(LineItem(self._root))
        for item in self._lines[len(margins) :]:
            item.show_line(QPainterPath())
        for item, margin in zip(self._lines, margins, strict=False):
            item.show_line(path_of(margin.points, True), margin.color, margin.is_dashed)
        chosen = next((m for m in margins if m.is_chosen), None)
        self.drawing.edit(*(chosen.points, chosen.anchors) if chosen else ((), ()))
        if is_new:
            self._place_names()
        self._show_aids()
        self._show_draft()

    def set_color(self, color: str) -> None:
        """The colour of what is being drawn: the chosen lesion's class."""
        if color != self._color:
            self._color = color
            self._show_ghost()
            self._show_draft()

    def set_ghost(self, points: Points, label: str = "") -> None:
        """A dashed line that is a proposal and no margin yet, until the next call with ().

        Another slice and Esc take it away too.
        """
        self._ghost, self._ghost_label = points, label
        self._show_ghost()
        self.viewport().update()

    @property
    def ghost(self) -> Points:
        """The proposal on show; () without one."""
        return self._ghost

    def set_place(self, point: Point | None) -> None:
        """Mark a place, image px, where something lies that is not drawn; None: no mark.

        Another slice takes it away too.
        """
        self._place_mark.show_place(point)
        self.viewport().update()

    def _show_ghost(self) -> None:
        self._ghost_line.show_line(path_of(self._ghost, True), self._color)

    def _place(self, placement: Placement) -> None:
        before = self._placement
        super()._place(placement)
        if before is None or (before.zoom, before.turn) != (placement.zoom, placement.turn):
            self._place_names()
        self._show_draft()

    def _reach(self) -> float:
        """What some screen px are worth in image px."""
        return REACH / max(self._placement.pixel_zoom if self._placement else 1.0, 1e-6)

    def _show_aids(self) -> None:
        box, axes = QPainterPath(), QPainterPath()
        if self._aids.box is not None:
            left, top, right, bottom = self._aids.box
            box = path_of(((left, top), (right, top), (right, bottom), (left, bottom)), True)
        for caliper in self._aids.axes:
            axes.moveTo(QPointF(*caliper.start))
            axes.lineTo(QPointF(*caliper.end))
        self._box.show_line(box, PALETTE.text_2)
        self._axes.show_line(axes, PALETTE.text)

    def _show_draft(self) -> None:
        """Bring the lines under the hand up to date."""
        self.drawing.reach = self._reach()
        preview = self._preview = self.drawing.preview
        closed = preview.is_closed or preview.closes_here
        self._draft.show_line(path_of(preview.line, closed), self._color)
        handles = preview.anchors or self.drawing.handles
        self._handles.show_points(handles, self._color)
        for item, margin in zip(self._lines, self._margins, strict=False):
            item.setVisible(not (preview.replaces and margin.is_chosen))
        shows_axes = bool(self._aids.axes) and self.drawing.is_large
        self._axes.setVisible(not preview.line and shows_axes)
        self._circle.show_line(self._nudge_circle(), PALETTE.text)
        ends = (self._ruler.start, self._ruler.end) if self._ruler else ()
        self._measure.show_line(path_of(ends, False), PALETTE.warning)
        self._measure_ends.show_points(ends, PALETTE.warning)
        self.viewport().update()

    def _nudge_circle(self) -> QPainterPath:
        path = QPainterPath()
        if self.drawing.mode is Mode.NUDGE and self._cursor != NOWHERE:
            radius = self.drawing.nudge_radius
            path.addEllipse(self.to_image(self._cursor), radius, radius)
        return path

    # --- names ------------------------------------------------------------------------------

    def _place_names(self) -> None:
        self._names = names(self._margins, self._aids, self._transform())

    def _right_of(self, points: Points) -> QPointF:
        return max((QPointF(*point) for point in points), key=self._across)

    def _across(self, at: QPointF) -> float:
        return self.to_screen(at).x()

    def _paint_names(self, painter: QPainter) -> None:
        for name in self._names:
            self._overlay.label(painter, self.to_screen(name.at) + name.offset, name.text)
        if self._ghost and self._ghost_label:
            at = self.to_screen(self._right_of(self._ghost)) + QPointF(8, -10)
            self._overlay.label(painter, at, self._ghost_label)
        if self._ruler is not None and self._picture is not None:
            end = self.to_screen(QPointF(*self._ruler.end))
            self._overlay.label(painter, end + QPointF(10, 4), self.ruler_text)

    def _margin_at(self, at: Point, reach: float) -> MarginLine | None:
        """The margin whose line a click here would choose: the nearest, if it is another's."""
        near = [(distance_from(m.points, at), m) for m in self._margins if _meets(m, at, reach)]
        apart, found = min(near, key=lambda pair: pair[0], default=(math.inf, None))
        chosen = {margin.key for margin in self._margins if margin.is_chosen}
        if found is None or found.key in (0, *chosen) or apart > CLICK_REACHES * reach:
            return None
        return found

    def _show_hand(self, at: Point, may_choose: bool) -> None:
        """A pointing hand over a line that a click would choose."""
        over = may_choose and self._margin_at(at, self._reach()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.CrossCursor)

    def _lens_lines(self) -> tuple[tuple[QPainterPath, QColor], ...]:
        items = (*self._lines, self._draft)
        return tuple(item.line for item in items if item.isVisible())

    @property
    def ruler_text(self) -> str:
        """The measured length; empty without a ruler."""
        if self._ruler is None or self._picture is None:
            return ""
        length = self._ruler.length(self._picture.row_spacing, self._picture.column_spacing)
        return f"{length:.1f} {'mm' if self._picture.has_mm else 'px'}"


def on_line(points: Points, at: Point, reach: float) -> bool:
    """Whether a point lies inside a closed line or within `reach` of it."""
    if not points:
        return False
    path = path_of(points, True)
    return path.contains(QPointF(*at)) or any(math.dist(p, at) <= reach for p in points)


def _meets(margin: MarginLine, at: Point, reach: float) -> bool:
    """Whether a point lies within `reach` of the upright box around a margin; quick."""
    box = path_of(margin.points, True).boundingRect()
    return bool(margin.points) and box.adjusted(-reach, -reach, reach, reach).contains(*at)
