"""The margin tool as a machine without Qt: pointer and key events in, a line and margins out.

Coordinates are image px (x = column, y = row, corner origin). `reach` is how near to a point
counts as on it, in px; the view gives the px that some screen px are worth at its zoom.
One gesture each: drag = freehand, clicks = spline polygon, Shift-drag = magnetic; with a margin
under edit, dragging one of its anchors bends it and the nudge circle pushes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from reader_app.widgets.slice_view import reshape
from studies.imaging import contour
from studies.records import Points

Point = tuple[float, float]
Tracer = Callable[[Point, Point], Points]
"""The line from one point to another that keeps to edges, both ends in it."""

DRAG_REACHES = 0.4
"""A press becomes a drag after this share of `reach`."""

ANCHOR_REACHES = 1.8
"""Anchors lie at least so many `reach` apart, so that they never crowd on a small margin."""

PIN_PX = 12.0
"""A magnetic line is pinned each time the hand has gone this far, so that it can go round."""


class Mode(Enum):
    """What a press on the picture begins."""

    DRAW = auto()
    NUDGE = auto()
    PROPOSE = auto()  # the view takes the click for itself


class Phase(Enum):
    """Where the tool stands. Every phase ends by release, click, Esc or `cancel`."""

    IDLE = auto()
    PRESSED = auto()  # the button is down and has not moved: a click or a drag to be
    FREEHAND = auto()
    MAGNETIC = auto()
    ANCHORS = auto()  # between the clicks of a polygon
    ANCHOR_HELD = auto()  # the newest anchor follows the pointer until release
    BENDING = auto()  # an anchor of a finished margin is dragged
    NUDGING = auto()


@dataclass(frozen=True)
class Finished:
    """A margin as drawn: `gap` is how far in px the drawn line was from closing."""

    points: Points
    tool: str  # freehand | polygon | magnetic | nudge
    gap: float = 0.0


@dataclass(frozen=True)
class Preview:
    """What to show while drawing: the line, its anchors, and whether it would close now."""

    line: Points = ()
    anchors: Points = ()
    is_closed: bool = False
    closes_here: bool = False


class Drawing:
    """The state machine. Each event returns the margin it finished, or None."""

    def __init__(self, tracer: Tracer | None = None) -> None:
        self.mode = Mode.DRAW
        self.tracer = tracer
        self.nudge_radius = 6.0
        self.reach = 8.0
        self._edited: Points = ()
        self._reset()

    def _reset(self) -> None:
        self.phase = Phase.IDLE
        self._trace: list[Point] = []  # freehand samples, or the pinned part of a magnetic line
        self._travel = 0.0  # of the hand since the last pin
        self._loose: Points = ()  # the magnetic part after the last pin
        self._anchors: list[Point] = []
        self._taken: list[Point] = []  # anchors taken back, for redo
        self._cursor: Point | None = None
        self._shape: Points = ()  # the edited margin while bent or nudged
        self._grip = 0
        self._apart = 0.0  # px between anchors while one is dragged

    # --- what is under edit -----------------------------------------------------------------

    @property
    def edited(self) -> Points:
        """The finished margin whose anchors may be dragged; empty without one."""
        return self._edited

    def edit(self, points: Points) -> None:
        """Put a finished margin under edit (empty: none); a line being drawn goes on."""
        self._edited = points
        if self.edits:
            self.cancel()

    @property
    def handles(self) -> Points:
        """The anchors offered on the margin under edit; none while something is drawn."""
        if self.phase is Phase.BENDING:
            return (self._cursor,) if self._cursor else ()
        idle = self.phase is Phase.IDLE and self.mode is Mode.DRAW
        return reshape.handles(self._edited, ANCHOR_REACHES * self.reach) if idle else ()

    @property
    def is_active(self) -> bool:
        """Something is begun and not finished."""
        return self.phase is not Phase.IDLE

    @property
    def holds(self) -> bool:
        """The button is believed to be down."""
        return self.phase not in (Phase.IDLE, Phase.ANCHORS)

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
        self.reach, self._cursor = reach, at
        if self.phase is Phase.ANCHORS:
            return self._press_anchor(at)
        if self.phase is not Phase.IDLE or self.mode is Mode.PROPOSE:
            return None  # a second button-down without release changes nothing
        if self.mode is Mode.NUDGE:
            if self._edited:
                self.phase, self._shape = Phase.NUDGING, self._edited
                self._push(at, at)
            return None
        self._apart = ANCHOR_REACHES * reach
        grip = reshape.nearest(reshape.handles(self._edited, self._apart), at, reach)
        if grip is not None:
            self.phase, self._shape, self._grip = Phase.BENDING, self._edited, grip
        elif magnetic and self.tracer is not None:
            self.phase, self._trace, self._loose = Phase.MAGNETIC, [at], ()
        else:
            self.phase, self._trace = Phase.PRESSED, [at]
        return None

    def move(self, at: Point, reach: float | None = None) -> None:
        """The pointer moves, with or without the button."""
        self.reach = self.reach if reach is None else reach
        before, self._cursor = self._cursor or at, at
        if self.phase is Phase.PRESSED:
            if math.dist(self._trace[0], at) > self.reach * DRAG_REACHES:
                self.phase = Phase.FREEHAND
                self._trace.append(at)
        elif self.phase is Phase.FREEHAND:
            if at != self._trace[-1]:
                self._trace.append(at)
        elif self.phase is Phase.MAGNETIC:
            self._follow(before, at)
        elif self.phase is Phase.ANCHOR_HELD:
            self._anchors[-1] = at
        elif self.phase is Phase.BENDING:
            self._shape = reshape.bend(self._edited, self._grip, at, self._apart)
        elif self.phase is Phase.NUDGING:
            self._push(before, at)

    def release(self, at: Point) -> Finished | None:
        """The left button goes up at `at`."""
        self.move(at)
        if self.phase is Phase.PRESSED:
            self.phase, self._anchors, self._trace = Phase.ANCHORS, [self._trace[0]], []
        elif self.phase is Phase.ANCHOR_HELD:
            self.phase = Phase.ANCHORS
        elif self.phase is Phase.FREEHAND:
            return self._finish_line("freehand", tuple(self._trace))
        elif self.phase is Phase.MAGNETIC:
            return self._finish_line("magnetic", (*self._trace, *self._loose))
        elif self.edits:
            return self._finish_edit()
        return None

    def complete(self) -> Finished | None:
        """Close the polygon as it stands (double click or Enter); None below three anchors."""
        if self.phase is not Phase.ANCHORS or len(contour.close(tuple(self._anchors))) < 3:
            return None
        line = contour.spline(tuple(self._anchors))
        self._reset()
        return Finished(line, "polygon")

    def step_back(self) -> bool:
        """Take the last point of the polygon, or the last stretch of a line; False when idle."""
        if self.phase in (Phase.ANCHORS, Phase.ANCHOR_HELD):
            self._taken.append(self._anchors.pop())
            self.phase = Phase.ANCHORS
            if not self._anchors:
                self.phase = Phase.IDLE
        elif self.phase in (Phase.FREEHAND, Phase.MAGNETIC):
            keep = max(1, len(self._trace) - max(5, len(self._trace) // 10))
            del self._trace[keep:]
            self._loose = ()
        elif self.phase is not Phase.IDLE:
            self.cancel()
        else:
            return False
        return True

    def step_forward(self) -> bool:
        """Put the point taken last back; False when there is none."""
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
            return Preview(self._shape, self.handles, True)
        if self.phase is Phase.FREEHAND:
            return Preview(tuple(self._trace), closes_here=self._near(self._trace[0]))
        if self.phase is Phase.MAGNETIC:
            line = (*self._trace, *self._loose)
            return Preview(line, closes_here=len(line) > 8 and self._near(self._trace[0]))
        if self.phase in (Phase.ANCHORS, Phase.ANCHOR_HELD):
            return self._polygon_preview()
        return Preview()

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

    def _follow(self, before: Point, at: Point) -> None:
        self._travel += math.dist(before, at)
        if self.tracer is None or math.dist(self._trace[-1], at) < 1.0:
            return
        self._loose = self.tracer(self._trace[-1], at)
        if self._travel > PIN_PX:
            keep = max(1, len(self._loose) * 2 // 3)
            self._trace += self._loose[1:keep]
            self._loose = self._loose[keep:]
            self._travel = 0.0

    def _push(self, before: Point, at: Point) -> None:
        self._shape = reshape.nudge(self._shape, before, at, self.nudge_radius)

    def _finish_line(self, tool: str, drawn: Points) -> Finished | None:
        reach = self.reach
        self._reset()
        loop = reshape.closed_loop(contour.close(drawn))
        if len(loop) < 3 or contour.area_mm2(loop) < 1.0:
            return None
        open_by = contour.gap(loop)
        points = contour.simplify(contour.smooth(loop, sigma=0.7), 0.05)
        return Finished(points, tool, open_by if open_by > reach else 0.0)

    def _finish_edit(self) -> Finished | None:
        shape, before = contour.close(self._shape), self._edited
        self._reset()
        if shape == before or len(shape) < 3 or contour.area_mm2(shape) < 1.0:
            return None
        self._edited = shape
        return Finished(shape, "nudge")
