"""The margin tool's machine: gestures, and any order of events."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from reader_app.widgets.slice_view import reshape
from reader_app.widgets.slice_view.drawing import Drawing, Finished, Mode, Phase
from studies.imaging import contour
from studies.records import Points

REACH = 5.0


def ring(x: float, y: float, radius: float, n: int = 60) -> list[tuple[float, float]]:
    t = np.arange(n + 1) * 2 * np.pi / n
    return [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in t]


def drag(tool: Drawing, line: list[tuple[float, float]], magnetic: bool = False) -> Finished | None:
    tool.press(line[0], REACH, magnetic)
    for at in line[1:]:
        tool.move(at, REACH)
    return tool.release(line[-1])


def click(tool: Drawing, at: tuple[float, float]) -> Finished | None:
    tool.move(at, REACH)
    return tool.press(at, REACH) or tool.release(at)


def dice(a: Points, b: Points, shape: tuple[int, int] = (120, 120)) -> float:
    first, second = contour.mask(a, shape), contour.mask(b, shape)
    return 2 * float((first & second).sum()) / float(first.sum() + second.sum())


def test_a_drag_around_is_a_freehand_margin_where_it_was_drawn() -> None:
    tool = Drawing()
    done = drag(tool, ring(50, 60, 20))
    assert done is not None
    assert done.tool == "freehand"
    assert done.gap == 0
    assert dice(done.points, tuple(ring(50, 60, 20)[:-1])) > 0.985
    assert contour.is_simple(done.points)
    assert not tool.is_active


def test_tails_beyond_the_crossing_of_the_ends_are_cut() -> None:
    line = [(78.0, 52.0), *ring(50, 60, 20)[:-1], (76.0, 60.0), (80.0, 61.0)]
    assert not contour.is_simple(tuple(line))
    done = drag(Drawing(), line)
    assert done is not None
    assert contour.is_simple(done.points)
    assert max(x for x, _ in done.points) < 72


def test_a_line_let_go_early_is_closed_and_says_by_how_much() -> None:
    done = drag(Drawing(), ring(50, 60, 20)[:46])
    assert done is not None
    assert done.gap == pytest.approx(math.dist(ring(50, 60, 20)[0], ring(50, 60, 20)[45]), abs=1)


def test_a_stroke_that_encloses_nothing_is_no_margin() -> None:
    assert drag(Drawing(), [(10.0, 10.0), (20.0, 10.0), (30.0, 10.0)]) is None


@pytest.mark.parametrize("way", ["start", "complete"])
def test_clicks_make_a_spline_through_every_anchor(way: str) -> None:
    tool = Drawing()
    anchors = ring(50, 60, 20, 8)[:-1]
    for at in anchors:
        assert click(tool, at) is None
    assert tool.preview.anchors == tuple(anchors)
    done = click(tool, anchors[0]) if way == "start" else tool.complete()
    assert done is not None
    assert done.tool == "polygon"
    for anchor in anchors:
        assert min(math.dist(anchor, p) for p in done.points) < 1e-9
    assert not tool.is_active


def test_backspace_takes_points_and_redo_puts_them_back() -> None:
    tool = Drawing()
    anchors = ring(50, 60, 20, 6)[:-1]
    for at in anchors:
        click(tool, at)
    assert tool.step_back()
    assert tool.step_back()
    assert len(tool.preview.anchors) == 4
    assert tool.step_forward()
    assert tool.preview.anchors == tuple(anchors[:5])
    for _ in range(5):
        assert tool.step_back()
    assert tool.phase is Phase.IDLE
    assert not tool.step_back()
    assert tool.step_forward()


def test_escape_drops_the_line_and_keeps_the_margin_under_edit() -> None:
    tool = Drawing()
    standing = tuple(ring(80, 80, 10)[:-1])
    tool.edit(standing)
    click(tool, (10.0, 10.0))
    assert tool.cancel()
    assert not tool.cancel()
    assert tool.edited == standing
    assert tool.preview.line == ()


def test_dragging_an_anchor_bends_only_its_neighbourhood() -> None:
    tool = Drawing()
    standing = tuple(ring(60, 60, 25, 120)[:-1])
    tool.edit(standing)
    tool.reach = REACH
    grip = tool.handles[3]
    to = (60 + (grip[0] - 60) * 1.3, 60 + (grip[1] - 60) * 1.3)
    done = drag(tool, [grip, to])
    assert done is not None
    assert done.tool == "nudge"
    kept = set(standing) & set(done.points)
    assert len(kept) > len(standing) * 0.75
    assert all(math.dist(p, grip) > 8 for p in kept)
    assert min(math.dist(p, to) for p in done.points) < 1e-9
    assert contour.is_simple(done.points)


def test_anchors_lie_even_on_a_margin_of_few_vertices() -> None:
    box = ((10.0, 10.0), (90.0, 10.0), (90.0, 60.0), (10.0, 60.0))
    anchors = reshape.handles(box)
    assert len(anchors) == reshape.MOST_HANDLES
    assert all(x in (10, 90) or y in (10, 60) for x, y in anchors)
    for grip, anchor in enumerate(anchors):
        assert contour.area_mm2(reshape.bend(box, grip, anchor)) == pytest.approx(80 * 50)


def test_nudging_pushes_the_line_out_of_the_circle() -> None:
    tool = Drawing()
    tool.edit(tuple(ring(60, 60, 25, 120)[:-1]))
    tool.mode = Mode.NUDGE
    done = drag(tool, [(60.0, 60.0), (82.0, 60.0), (90.0, 60.0)])
    assert done is not None
    assert max(x for x, _ in done.points) == pytest.approx(96, abs=0.5)
    assert min(math.dist(p, (90.0, 60.0)) for p in done.points) >= tool.nudge_radius - 0.3
    assert contour.is_simple(done.points)


def test_a_nudge_that_touches_nothing_saves_nothing() -> None:
    tool = Drawing()
    tool.edit(tuple(ring(60, 60, 25, 120)[:-1]))
    tool.mode = Mode.NUDGE
    assert drag(tool, [(10.0, 10.0), (15.0, 12.0)]) is None
    assert not tool.is_active


def test_closed_loop_leaves_a_plain_line_alone() -> None:
    line = tuple(ring(50, 50, 20)[:50])
    assert reshape.closed_loop(line) == line


COORDINATES = st.floats(-30, 130).map(lambda v: round(v, 1))
PLACES = st.tuples(COORDINATES, COORDINATES)
REACHES = st.sampled_from((0.5, 5.0, 20.0))


class AnyOrder(RuleBasedStateMachine):
    """Random events: the tool never raises, never sticks, never loses or repeats a margin."""

    def __init__(self) -> None:
        super().__init__()
        self.tool = Drawing(lambda a, b: (a, ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), b))
        self.saved: list[Finished] = []

    def took(self, done: Finished | None) -> None:
        """What the page does: the margin is saved and comes under edit."""
        if done is not None:
            assert len(done.points) >= 3
            assert contour.area_mm2(done.points) > 0
            assert not self.tool.is_active
            assert done not in self.saved[-1:]
            self.saved.append(done)
            self.tool.edit(done.points)

    @rule(at=PLACES, reach=REACHES, magnetic=st.booleans())
    def press(self, at: tuple[float, float], reach: float, magnetic: bool) -> None:
        self.took(self.tool.press(at, reach, magnetic))

    @rule(at=PLACES, reach=st.none() | REACHES)
    def move(self, at: tuple[float, float], reach: float | None) -> None:
        self.tool.move(at, reach)

    @rule(line=st.lists(PLACES, min_size=3, max_size=12))
    def stroke(self, line: list[tuple[float, float]]) -> None:
        for at in line:
            self.tool.move(at)

    @rule(at=PLACES)
    def release(self, at: tuple[float, float]) -> None:
        self.took(self.tool.release(at))

    @rule()
    def complete(self) -> None:
        self.took(self.tool.complete())

    @rule()
    def back(self) -> None:
        self.tool.step_back()

    @rule()
    def forward(self) -> None:
        self.tool.step_forward()

    @rule(mode=st.sampled_from(Mode))
    def change_mode(self, mode: Mode) -> None:
        self.tool.cancel()
        self.tool.mode = mode

    @rule(x=st.floats(20, 80), y=st.floats(20, 80), radius=st.floats(2, 30))
    def another_lesion(self, x: float, y: float, radius: float) -> None:
        self.tool.edit(tuple(ring(x, y, radius)[:-1]))

    @rule()
    def no_lesion(self) -> None:
        self.tool.edit(())

    @rule()
    def whole_margin(self) -> None:
        """From wherever the tool stands, Esc and one round stroke make a margin."""
        self.tool.cancel()
        self.tool.edit(())
        self.tool.mode = Mode.DRAW
        done = drag(self.tool, ring(50, 50, 20 + len(self.saved) % 7))
        assert done is not None
        self.took(done)

    @invariant()
    def can_be_shown(self) -> None:
        preview = self.tool.preview
        assert all(math.isfinite(v) for point in preview.line for v in point)
        assert (self.tool.phase is Phase.IDLE) == (not self.tool.is_active)

    @invariant()
    def the_margin_under_edit_is_whole(self) -> None:
        assert len(self.tool.edited) == 0 or contour.area_mm2(self.tool.edited) > 0


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyOrder = AnyOrder.TestCase
