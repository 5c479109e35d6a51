"""The margin tool as a machine without Qt: pointer and key events in, a line and margins out.

Coordinates are image px (x = column, y = row, corner origin). `reach` is how near to a point
counts as on it, in px; the view gives the px that some screen px are worth at its zoom.
One gesture each: drag = freehand, clicks = spline polygon, Shift-drag = magnetic. With a margin
under edit: dragging one of its anchors bends it, the nudge circle pushes it, and a stroke from
its line back to its line replaces the part between. At least half of the line takes no grip.
"""

from __future__ import annotations

import math

from reader_app.widgets.slice_view import reshape
from reader_app.widgets.slice_view.gesture import Finished, Mode, Phase, Point, Preview, Tracer
from reader_app.widgets.slice_view.standing import ANCHOR_REACHES, Standing
from reader_app.widgets.slice_view.trace import Trace
from studies.imaging import contour
from studies.records import Points

__all__ = ["Drawing", "Finished", "Mode", "Phase", "Point", "Preview", "Tracer"]

DRAG_REACHES = 0.4
"""A press becomes a drag after this share of `reach`."""

LEAST_REACHES = 2.0
"""What a stroke must go, in `reach`."""

LEAST_AREA, LEAST_WIDTH = 1.0, 2.0
"""What a margin must enclose, px², and how wide it must be, px: less is a line, not a lesion."""

LEAST_MOVE = 1e-6

GOES_ROUND = 0.6 * 2 * math.pi
"""A hand that went so far around a margin with an anchor draws a new one, and bends nothing."""

LEAST_LINE = 8
"""Samples before a line that is near its start would close there."""


class Drawing:
    """The state machine. Each event returns the margin it finished, or None."""

    def __init__(self, tracer: Tracer | None = None) -> None:
        self.mode = Mode.DRAW
        self.tracer = tracer
        self.nudge_radius = 6.0
        self.reach = 8.0
        self._standing = Standing()
        self._reset()

        self.refused = False
        """The last line or change was dropped because it enclosed nothing, or hardly anything."""

    def _reset(self) -> None:
        self.phase = Phase.IDLE
        self._trace: Trace | None = None
        self._anchors: list[Point] = []
        self._taken: list[Point] = []  # anchors taken back, for redo
        self._cursor: Point | None = None
        self._shape: Points = ()  # the edited margin while bent or nudged
        self._bent: Points = ()  # its anchors meanwhile
        self._grip = 0
        self._held: Point = (0.0, 0.0)  # where the held anchor lay
        self._center: Point = (0.0, 0.0)  # of the margin it belongs to
        self._swept = 0.0  # angle that the hand went around it
        self._grip_off = (0.0, 0.0)  # from the pointer to the anchor it holds
        self._apart = 0.0  # px between anchors while one is dragged

    # --- what is under edit -----------------------------------------------------------------

    @property
    def edited(self) -> Points:
        """The finished margin whose anchors may be dragged; empty without one."""
        return self._standing.points

    def edit(self, points: Points, anchors: Points = ()) -> None:
        """Put a finished margin under edit (empty: none); a line being drawn goes on.

        `anchors`: those that the margin was drawn through; they are its handles.
        """
        standing = Standing(points, anchors if len(points) >= 3 else ())
        if standing == self._standing:
            return
        self._standing = standing
        if not self.is_active:
            self._taken.clear()  # points taken back before something else was done stay away
        if self.edits:
            self.cancel()

    @property
    def handles(self) -> Points:
        """The anchors offered on the margin under edit; none while something is drawn."""
        if self.phase is Phase.BENDING:
            return self._bent
        idle = self.phase is Phase.IDLE and self.mode is Mode.DRAW
        return self._standing.offered(self.reach) if idle else ()

    @property
    def is_large(self) -> bool:
        """Whether the margin under edit is broad enough on the screen to bear anchors."""
        return self._standing.is_large(self.reach)

    @property
    def is_active(self) -> bool:
        """Something is begun and not finished."""
        return self.phase is not Phase.IDLE

    @property
    def holds(self) -> bool:
        """The button is believed to be down."""
        return self.phase not in (Phase.IDLE, Phase.ANCHORS)

    @property
    def clicks(self) -> int:
        """How many points of a polygon stand."""
        return len(self._anchors)

    @property
    def draws_line(self) -> bool:
        """A line is being drawn by hand that its release will close."""
        return self.phase in (Phase.FREEHAND, Phase.MAGNETIC)

    @property
    def edits(self) -> bool:
        """A finished margin is being changed."""
        return self.phase in (Phase.BENDING, Phase.NUDGING)

    # --- events -----------------------------------------------------------------------------

    def press(self, at: Point, reach: float, magnetic: bool = False) -> Finished | None:
        """The left button goes down at `at`; `magnetic` = Shift is held."""
        self.reach, self._cursor, self.refused = reach, at, False
        if self.phase is Phase.ANCHORS:
            return self._press_anchor(at)
        if self.phase is not Phase.IDLE or self.mode is Mode.PROPOSE:
            return None  # a second button-down without release changes nothing
        if self.mode is Mode.NUDGE:
            if self.edited:
                self.phase, self._shape = Phase.NUDGING, self.edited
                self._push(at, at)
            return None
        if self._take_grip(at):
            return None
        self._taken.clear()
        clings = magnetic and self.tracer is not None
        self._trace = Trace(at, self.tracer if clings else None)
        self.phase = Phase.MAGNETIC if clings else Phase.PRESSED
        return None

    def _take_grip(self, at: Point) -> bool:
        """Whether an anchor lies here; it is held from now on where it is."""
        grip = self._standing.grip_at(at, self.reach)
        if grip is None:
            return False
        offered = self._standing.offered(self.reach)
        self._apart = ANCHOR_REACHES * self.reach
        x, y = self._held = offered[grip]
        self.phase, self._shape, self._grip = Phase.BENDING, self.edited, grip
        self._grip_off = (x - at[0], y - at[1])
        self._bent = self._standing.anchors or (self._held,)
        self._trace, self._center, self._swept = Trace(at), contour.centroid(self.edited), 0.0
        return True

    def move(self, at: Point, reach: float | None = None) -> None:
        """The pointer moves while the button is as it was."""
        self.reach = self.reach if reach is None else reach
        before, self._cursor = self._cursor or at, at
        trace = self._trace
        if self.phase is Phase.BENDING and trace is not None:
            trace.follow(at, self.reach)
            self._drag_anchor(before, at)
        elif trace is not None:
            far = math.dist(trace.start, at) > self.reach * DRAG_REACHES
            if self.phase is Phase.PRESSED and far:
                self.phase = Phase.FREEHAND
            trace.follow(at, self.reach)
        elif self.phase is Phase.ANCHOR_HELD:
            self._anchors[-1] = at
        elif self.phase is Phase.NUDGING:
            self._push(before, at)

    def hover(self, at: Point, reach: float) -> Finished | None:
        """The pointer moves with no button down: a release that went elsewhere is made up for."""
        if self.holds:
            self.reach = reach
            return self.release(at)
        self.move(at, reach)
        return None

    def release(self, at: Point) -> Finished | None:
        """The left button goes up at `at`."""
        self.move(at)
        trace = self._trace
        if self.phase is Phase.PRESSED and trace is not None:
            self.phase, self._anchors, self._trace = Phase.ANCHORS, [trace.start], None
        elif self.phase is Phase.ANCHOR_HELD:
            self.phase = Phase.ANCHORS
        elif self.draws_line and trace is not None:
            return self._finish_line(trace)
        elif self.edits:
            return self._finish_edit()
        return None

    def complete(self) -> Finished | None:
        """Close the polygon as it stands (double click or Enter); None below three anchors."""
        anchors = contour.close(tuple(self._anchors))
        if self.phase is not Phase.ANCHORS or len(anchors) < 3:
            return None
        line = contour.spline(anchors)
        if not _encloses(line):
            return None
        self._reset()
        return Finished(line, "polygon", anchors=anchors)

    def step_back(self) -> bool:
        """Take the last point of the polygon, or the last stretch of a line; False when idle."""
        if self.phase in (Phase.ANCHORS, Phase.ANCHOR_HELD):
            self._taken.append(self._anchors.pop())
            self.phase = Phase.ANCHORS if self._anchors else Phase.IDLE
        elif self.draws_line and self._trace is not None:
            self._trace.step_back()
        elif self.phase is not Phase.IDLE:
            self.cancel()
        else:
            return False
        return True

    def step_forward(self) -> bool:
        """Put the point or the stretch taken last back; False when there is none."""
        if self.draws_line and self._trace is not None:
            return self._trace.step_forward() or True  # while drawing nothing else is redone
        if self.phase not in (Phase.IDLE, Phase.ANCHORS) or not self._taken:
            return False
        self._anchors.append(self._taken.pop())
        self.phase = Phase.ANCHORS
        return True

    def cancel(self) -> bool:
        """Drop what is being drawn; the margin under edit stays as it was saved."""
        was_active = self.is_active
        self._reset()
        return was_active

    # --- what is seen -----------------------------------------------------------------------

    @property
    def preview(self) -> Preview:
        """The line as it would be saved now, with its anchors."""
        if self.edits:
            changed = self._redrawn_by_grip()
            if changed is not None:
                return Preview(changed, is_closed=True, replaces=True)
            return Preview(self._shape, self.handles, True, replaces=True)
        if self.draws_line and self._trace is not None:
            return self._line_preview(self._trace)
        if self.phase in (Phase.ANCHORS, Phase.ANCHOR_HELD):
            return self._polygon_preview()
        return Preview()

    def _line_preview(self, trace: Trace) -> Preview:
        line = trace.line
        changed = self._standing.redrawn(line, self.reach)
        if changed is not None:
            return Preview(changed, is_closed=True, replaces=True)
        closes = len(line) > LEAST_LINE and math.dist(trace.start, line[-1]) <= self.reach
        return Preview(line, closes_here=closes)

    def _polygon_preview(self) -> Preview:
        anchors = tuple(self._anchors)
        closes = len(anchors) >= 3 and self._near(anchors[0])
        if closes and self.phase is Phase.ANCHORS:
            return Preview(contour.spline(anchors), anchors, True, True)
        held = self.phase is Phase.ANCHOR_HELD or self._cursor is None
        through = anchors if held else (*anchors, self._cursor or anchors[-1])
        return Preview(contour.spline(through, closed=False), anchors)

    # --- steps ------------------------------------------------------------------------------

    def _near(self, start: Point) -> bool:
        return self._cursor is not None and math.dist(start, self._cursor) <= self.reach

    def _press_anchor(self, at: Point) -> Finished | None:
        if len(self._anchors) >= 3 and self._near(self._anchors[0]):
            return self.complete()
        if math.dist(self._anchors[-1], at) > 1e-6:
            self._anchors.append(at)
            self._taken.clear()
        self.phase = Phase.ANCHOR_HELD
        return None

    def _drag_anchor(self, before: Point, at: Point) -> None:
        self._swept += _angle(before, at, self._center)
        if abs(self._swept) > GOES_ROUND:
            self.phase, self._shape, self._bent = Phase.FREEHAND, (), ()
        else:
            self._bend((at[0] + self._grip_off[0], at[1] + self._grip_off[1]))

    def _bend(self, to: Point) -> None:
        if math.dist(to, self._held) < LEAST_MOVE:  # a click on an anchor changes nothing
            self._bent, self._shape = self._standing.anchors or (self._held,), self.edited
        elif self._standing.anchors:
            self._bent = (
                *self._standing.anchors[: self._grip],
                to,
                *self._standing.anchors[self._grip + 1 :],
            )
            self._shape = contour.spline(self._bent)
        else:
            self._bent = (to,)
            self._shape = reshape.bend(self.edited, self._grip, to, self._apart)

    def _push(self, before: Point, at: Point) -> None:
        self._shape = reshape.nudge(self._shape, before, at, self.nudge_radius)

    def _finish_line(self, trace: Trace) -> Finished | None:
        """A stroke from line to line changes the margin under edit; others are margins."""
        reach, tool = self.reach, "freehand" if self.phase is Phase.FREEHAND else "magnetic"
        changed = self._standing.redrawn(trace.line, self.reach)
        self._reset()
        if changed is not None:
            return self._redrew(changed)
        self.refused = True
        if trace.length < LEAST_REACHES * reach:
            return None  # a slip of the hand, not a margin of a pixel or two
        loop = reshape.closed_loop(contour.close(trace.line))
        points = contour.simplify(contour.smooth(loop, sigma=0.7), 0.05)
        if not _encloses(points):
            return None
        self.refused = False
        open_by = contour.gap(loop)
        return Finished(points, tool, open_by if open_by > reach else 0.0, seeds=trace.seeds)

    def _redrew(self, margin: Points) -> Finished:
        self._standing = Standing(margin)
        return Finished(margin, "redraw", is_edit=True)

    def _redrawn_by_grip(self) -> Points | None:
        """The margin redrawn by the hand that holds an anchor; None where it bends."""
        if self.phase is not Phase.BENDING or self._trace is None:
            return None
        line = self._trace.line
        return self._standing.redrawn_by_grip(line, self._held, self._shape, self.reach)

    def _finish_edit(self) -> Finished | None:
        changed = self._redrawn_by_grip()
        shape, before = contour.close(self._shape), self.edited
        anchors = self._bent if self.phase is Phase.BENDING and self._standing.anchors else ()
        self._reset()
        if changed is not None:
            return self._redrew(changed)
        if shape == before:
            return None
        if not _encloses(shape):
            self.refused = True
            return None
        self._standing = Standing(shape, anchors)
        return Finished(shape, "polygon" if anchors else "nudge", anchors=anchors, is_edit=True)


def _encloses(points: Points) -> bool:
    """Whether a closed line is more than a stroke there and back: of a strip, twice the area over
    the length is its width; of a disc that is the radius."""
    if len(points) < 3:
        return False
    area = contour.area_mm2(points)
    if area < LEAST_AREA or 4 * area < LEAST_WIDTH * reshape.length(points):
        return False
    return contour.short_axis(points).length_mm >= LEAST_WIDTH


def _angle(before: Point, at: Point, center: Point) -> float:
    """How far around a centre a step goes; nothing for one through the centre."""
    ax, ay = before[0] - center[0], before[1] - center[1]
    bx, by = at[0] - center[0], at[1] - center[1]
    along = ax * bx + ay * by
    return math.atan2(ax * by - ay * bx, along) if along > 0 else 0.0
