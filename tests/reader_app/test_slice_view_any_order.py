"""The margin tool under any order of events: it never raises, sticks, loses or repeats a margin."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reader_app.widgets.slice_view.drawing import Drawing, Finished, Mode, Phase, Point, Tracer
from studies.errors import StudyError
from studies.imaging import contour
from studies.records import Points

REACH = 5.0
COORDINATES = st.floats(-30, 130).map(lambda v: round(v, 1))
PLACES = st.tuples(COORDINATES, COORDINATES)
REACHES = st.sampled_from((0.5, 5.0, 20.0))


def ring(x: float, y: float, radius: float, n: int = 60) -> Points:
    t = np.arange(n) * 2 * np.pi / n
    return tuple((x + radius * math.cos(a), y + radius * math.sin(a)) for a in t)


def bend(a: Point, b: Point) -> Points:
    return a, ((a[0] + b[0]) / 2 + 3, (a[1] + b[1]) / 2), b


def refuse(a: Point, b: Point) -> Points:
    raise StudyError("The slice cannot be read.")


def nowhere(a: Point, b: Point) -> Points:
    return ((math.nan, math.inf),) * 3


TRACERS: tuple[Tracer | None, ...] = (None, bend, refuse, nowhere, lambda a, b: ())
EDITS: tuple[Callable[[float, float, float], tuple[Points, Points]], ...] = (
    lambda x, y, r: (ring(x, y, r), ()),
    lambda x, y, r: (contour.spline(ring(x, y, r, 5)), ring(x, y, r, 5)),
    lambda x, y, r: (ring(x, y, r, 3), ()),
)


class AnyOrder(RuleBasedStateMachine):
    """A hand, its button, keys and a page that saves what is finished and puts it under edit."""

    @initialize(tracer=st.sampled_from(TRACERS))
    def begin(self, tracer: Tracer | None) -> None:
        self.tool = Drawing(tracer)
        self.is_down = False
        self.was_lost = False  # the button went up where the tool could not see it
        self.saved: list[Finished] = []

    def took(self, done: Finished | None) -> None:
        """What the page does: the margin is saved and comes under edit."""
        if done is None:
            return
        assert len(done.points) >= 3
        assert contour.area_mm2(done.points) > 0
        assert all(math.isfinite(v) for point in done.points for v in point)
        assert not self.tool.is_active
        assert all(done is not other for other in self.saved)
        assert done.tool in ("freehand", "polygon", "magnetic", "nudge", "redraw")
        assert bool(done.anchors) == (done.tool == "polygon")
        if done.anchors:
            assert done.points == contour.spline(done.anchors)
        self.saved.append(done)
        assert self.tool.release(done.points[0]) is None  # not a second time
        assert self.tool.complete() is None
        self.tool.edit(done.points, done.anchors)

    # --- the hand ---------------------------------------------------------------------------

    @rule(at=PLACES, reach=REACHES, magnetic=st.booleans())
    def press(self, at: Point, reach: float, magnetic: bool) -> None:
        self.is_down, self.was_lost = True, False
        self.took(self.tool.press(at, reach, magnetic))

    @rule(at=PLACES, reach=REACHES)
    def move(self, at: Point, reach: float) -> None:
        if self.is_down:
            self.tool.move(at, reach)
        else:
            self.took(self.tool.hover(at, reach))
            self.was_lost = False

    @precondition(lambda self: self.is_down)
    @rule(line=st.lists(PLACES, min_size=3, max_size=12))
    def stroke(self, line: list[Point]) -> None:
        for at in line:
            self.tool.move(at)

    @rule(at=PLACES)
    def release(self, at: Point) -> None:
        self.is_down = self.was_lost = False
        self.took(self.tool.release(at))

    @precondition(lambda self: self.is_down)
    @rule()
    def release_elsewhere(self) -> None:
        """Another window got the release, or the focus went."""
        self.is_down, self.was_lost = False, True

    @precondition(lambda self: not self.is_down)
    @rule(at=PLACES, reach=REACHES)
    def click(self, at: Point, reach: float) -> None:
        self.was_lost = False
        self.took(self.tool.hover(at, reach))
        self.took(self.tool.press(at, reach))
        self.took(self.tool.release(at))

    @precondition(lambda self: not self.is_down and self.tool.phase is Phase.ANCHORS)
    @rule(at=PLACES)
    def double_click(self, at: Point) -> None:
        self.took(self.tool.press(at, REACH))
        self.took(self.tool.release(at))
        self.took(self.tool.complete())

    # --- keys and the page ------------------------------------------------------------------

    @rule()
    def enter(self) -> None:
        self.took(self.tool.complete())

    @rule()
    def back(self) -> None:
        assert self.tool.step_back() or not self.tool.is_active

    @rule()
    def forward(self) -> None:
        self.tool.step_forward()

    @rule()
    def escape(self) -> None:
        self.tool.cancel()
        assert self.tool.phase is Phase.IDLE

    @rule(mode=st.sampled_from(Mode))
    def change_mode(self, mode: Mode) -> None:
        self.tool.cancel()
        self.tool.mode = mode

    @rule(
        which=st.sampled_from(EDITS), x=st.floats(20, 80), y=st.floats(20, 80), r=st.floats(2, 30)
    )
    def another_margin(
        self,
        which: Callable[[float, float, float], tuple[Points, Points]],
        x: float,
        y: float,
        r: float,
    ) -> None:
        self.tool.edit(*which(x, y, r))

    @rule()
    def no_margin(self) -> None:
        self.tool.edit(())

    @rule()
    def another_slice(self) -> None:
        self.tool.cancel()
        self.tool.edit(())

    # --- what must always work --------------------------------------------------------------

    @rule(other=st.booleans())
    def whole_margin(self, other: bool) -> None:
        """From wherever the tool stands, Esc and one round stroke make a margin."""
        self.tool.cancel()
        self.tool.edit(ring(300, 300, 20) if other else ())
        self.tool.mode = Mode.DRAW
        line = ring(50, 50, 20 + len(self.saved) % 7)
        assert self.tool.press(line[0], REACH) is None
        for at in line[1:]:
            self.tool.move(at, REACH)
        done = self.tool.release(line[0])
        self.is_down = self.was_lost = False
        assert done is not None
        assert done.tool == "freehand"
        self.took(done)

    @rule(start=st.floats(0, 2 * math.pi), out=st.floats(-12, 12))
    def redrawn_part(self, start: float, out: float) -> None:
        """From wherever the tool stands, a stroke along a third of a margin replaces it."""
        self.tool.cancel()
        self.tool.edit(ring(50, 50, 40, 120))
        self.tool.mode = Mode.DRAW
        self.tool.reach = 0.5  # no anchor is in the way
        share = np.linspace(0, 1, 40)
        reaches = 40 + out * np.sin(share * np.pi)
        angles = start + 0.02 + share * 2
        line = [
            (50 + r * math.cos(a), 50 + r * math.sin(a))
            for r, a in zip(reaches, angles, strict=True)
        ]
        self.took(self.tool.press(line[0], 0.5))
        if self.tool.edits:  # an anchor was there after all
            self.tool.cancel()
            return
        for at in line[1:]:
            self.tool.move(at, 0.5)
        done = self.tool.release(line[-1])
        self.is_down = self.was_lost = False
        assert done is not None
        assert (done.tool, done.is_edit) == ("redraw", True)
        self.took(done)

    @invariant()
    def can_be_shown(self) -> None:
        preview = self.tool.preview
        shown = (*preview.line, *preview.anchors, *self.tool.handles)
        assert all(math.isfinite(v) for point in shown for v in point)

    @invariant()
    def phase_and_button_agree(self) -> None:
        assert (self.tool.phase is Phase.IDLE) == (not self.tool.is_active)
        assert not self.tool.holds or self.is_down or self.was_lost
        assert not self.tool.edits or len(self.tool.edited) >= 3
        assert self.tool.clicks == 0 or self.tool.phase in (Phase.ANCHORS, Phase.ANCHOR_HELD)

    @invariant()
    def the_margin_under_edit_is_whole(self) -> None:
        assert len(self.tool.edited) == 0 or contour.area_mm2(self.tool.edited) > 0


AnyOrder.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow],
)
TestAnyOrder = AnyOrder.TestCase
