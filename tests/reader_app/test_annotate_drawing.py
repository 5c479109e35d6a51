"""The margin tool's machine: gestures, and any order of events."""

from __future__ import annotations

import math

import numpy as np
import pytest

from reader_app.widgets.slice_view import reshape
from reader_app.widgets.slice_view.drawing import Drawing, Finished, Mode, Phase
from studies.errors import StudyError
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


def test_a_polygon_reopens_by_its_own_anchors() -> None:
    tool = Drawing()
    anchors = tuple(ring(60, 60, 25, 7)[:-1])
    for at in anchors:
        click(tool, at)
    done = tool.complete()
    assert done is not None
    assert done.anchors == anchors
    tool = Drawing()
    tool.edit(done.points, done.anchors)
    assert tool.handles == anchors
    to = (anchors[2][0] + 6, anchors[2][1] + 4)
    bent = drag(tool, [anchors[2], to])
    assert bent is not None
    assert (bent.tool, bent.is_edit) == ("polygon", True)
    assert bent.anchors == (*anchors[:2], to, *anchors[3:])
    assert bent.points == contour.spline(bent.anchors)
    assert tool.handles == bent.anchors


@pytest.mark.parametrize("anchors", [(), tuple(ring(60, 60, 25, 7)[:-1])])
def test_a_click_on_an_anchor_changes_nothing(anchors: Points) -> None:
    tool = Drawing()
    standing = contour.spline(anchors) if anchors else tuple(ring(60, 60, 25, 120)[:-1])
    tool.edit(standing, anchors)
    tool.reach = REACH
    x, y = tool.handles[1]
    assert drag(tool, [(x + 2, y - 1), (x + 2, y - 1)]) is None
    assert tool.edited == standing
    assert not tool.is_active


def test_an_anchor_follows_the_hand_without_jumping_under_it() -> None:
    tool = Drawing()
    tool.edit(tuple(ring(60, 60, 25, 120)[:-1]))
    tool.reach = REACH
    x, y = tool.handles[0]
    done = drag(tool, [(x + 2, y + 2), (x + 8, y + 2)])
    assert done is not None
    assert min(math.dist(p, (x + 6, y)) for p in done.points) < 1e-9


@pytest.mark.parametrize("anchors", [(), tuple(ring(60, 60, 25, 7)[:-1])])
def test_a_loop_that_begins_on_an_anchor_is_a_new_margin(anchors: Points) -> None:
    tool = Drawing()
    tool.edit(contour.spline(anchors) if anchors else tuple(ring(60, 60, 25, 120)[:-1]), anchors)
    tool.reach = REACH
    assert (85.0, 60.0) in tool.handles
    line = [(85.0, 60.0), *ring(60, 60, 31)[3:-3], (87.0, 60.0)]
    done = drag(tool, line)
    assert done is not None
    assert (done.tool, done.is_edit) == ("freehand", False)
    assert dice(done.points, tuple(ring(60, 60, 31)[:-1])) > 0.95


def test_an_anchor_dragged_through_the_middle_and_back_still_bends() -> None:
    tool = Drawing()
    tool.edit(tuple(ring(60, 60, 25, 120)[:-1]))
    tool.reach = REACH
    line = [(85.0, 60.0), (70.0, 60.0), (50.0, 60.0), (70.0, 60.0), (50.0, 60.0), (80.0, 60.0)]
    done = drag(tool, line)
    assert done is not None
    assert done.tool == "nudge"


def test_a_pushed_polygon_has_no_anchors_of_its_own_any_more() -> None:
    tool = Drawing()
    anchors = tuple(ring(60, 60, 25, 7)[:-1])
    tool.edit(contour.spline(anchors), anchors)
    tool.mode = Mode.NUDGE
    done = drag(tool, [(60.0, 60.0), (82.0, 60.0)])
    assert done is not None
    assert (done.tool, done.anchors, done.is_edit) == ("nudge", (), True)


def test_the_same_margin_put_under_edit_again_leaves_the_hand_its_anchor() -> None:
    tool = Drawing()
    standing = tuple(ring(60, 60, 25, 120)[:-1])
    tool.edit(standing)
    x, y = tool.handles[0]
    tool.press((x, y), REACH)
    tool.move((x + 5, y))
    tool.edit(standing)
    assert tool.edits
    assert tool.release((x + 5, y)) is not None


def bowed(a: tuple[float, float], b: tuple[float, float]) -> Points:
    """A tracer that goes a little to the side."""
    return a, ((a[0] + b[0]) / 2 + 0.3, (a[1] + b[1]) / 2), b


def test_a_magnetic_line_remembers_where_it_was_pinned() -> None:
    line = ring(60, 60, 25, 120)
    done = drag(Drawing(bowed), line, magnetic=True)
    assert done is not None
    assert done.tool == "magnetic"
    assert done.seeds[0] == line[0]
    assert done.seeds[-1] == line[-1]
    assert len(done.seeds) >= 8
    assert all(min(math.dist(seed, p) for p in line) < 12 for seed in done.seeds)


@pytest.mark.parametrize("fault", ["raises", "nothing", "nowhere"])
def test_a_tracer_that_fails_leaves_the_hand_its_own_line(fault: str) -> None:
    def tracer(a: tuple[float, float], b: tuple[float, float]) -> Points:
        if fault == "raises":
            raise StudyError("The slice cannot be read.")
        return () if fault == "nothing" else (a, (math.nan, 0.0), b)

    done = drag(Drawing(tracer), ring(60, 60, 25), magnetic=True)
    assert done is not None
    assert dice(done.points, tuple(ring(60, 60, 25)[:-1])) > 0.95


def test_stretches_are_taken_back_and_put_back_in_mid_stroke() -> None:
    tool = Drawing()
    line = ring(60, 60, 30, 120)
    tool.press(line[0], REACH)
    for at in line[1:80]:
        tool.move(at)
    whole = tool.preview.line
    assert tool.step_back()
    assert tool.step_back()
    assert len(tool.preview.line) < len(whole) * 0.85
    tool.move((line[79][0] + 1, line[79][1]))  # the hand trembles: the line stays back
    assert len(tool.preview.line) < len(whole) * 0.85
    assert tool.step_forward()
    assert tool.step_forward()
    assert tool.preview.line == whole
    assert tool.step_forward()  # nothing left, and nothing else is redone meanwhile
    assert tool.preview.line == whole


def test_the_line_goes_on_from_where_it_was_taken_back_to() -> None:
    tool = Drawing()
    line = ring(60, 60, 30, 120)
    tool.press(line[0], REACH)
    for at in (*line[1:60], (100.0, 100.0), (110.0, 100.0), (120.0, 100.0), (120.0, 110.0)):
        tool.move(at)
    for _ in range(2):
        tool.step_back()
    kept = tool.preview.line
    assert max(x for x, _ in kept) <= 90
    for at in line[58:]:
        tool.move(at)
    done = tool.release(line[-1])
    assert done is not None
    assert dice(done.points, tuple(line[:-1])) > 0.97


def test_a_magnetic_stretch_comes_back_with_its_pins() -> None:
    tool = Drawing(bowed)
    line = ring(60, 60, 25, 120)
    tool.press(line[0], REACH, magnetic=True)
    for at in line[1:100]:
        tool.move(at)
    whole = tool.preview.line
    for _ in range(4):
        tool.step_back()
    assert len(tool.preview.line) < len(whole)
    for _ in range(4):
        tool.step_forward()
    assert tool.preview.line == whole
    for at in line[100:]:
        tool.move(at)
    done = tool.release(line[-1])
    assert done is not None
    assert len(done.seeds) >= 8
