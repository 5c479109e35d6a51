"""Anchors leave the line to the hand: a stroke along a margin redraws it wherever it begins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader_app.widgets.slice_view.drawing import Drawing, Finished
from studies.imaging import contour
from studies.records import Points

SCREEN = 10.0
"""Screen px that `reach` stands for."""

MARK = 6.4
"""Screen px from an anchor to the corners of its mark, a square of 9."""

ZOOMS = (0.98, 2.5)
RADII = (6, 10, 14, 20, 30)


def circle(radius: float) -> Points:
    t = np.arange(180) * 2 * np.pi / 180
    return tuple((100 + radius * math.cos(a), 100 + radius * math.sin(a)) for a in t)


def stroke(radius: float, first: float, span: float, out: float) -> Points:
    """Along the circle from an angle on, `out` px off it amid."""
    share = np.linspace(0, 1, 30)
    reach, angle = radius + out * np.sin(share * np.pi), first + span * share
    return tuple(
        (100 + r * math.cos(a), 100 + r * math.sin(a)) for r, a in zip(reach, angle, strict=True)
    )


def draw(tool: Drawing, line: Points, reach: float) -> Finished | None:
    assert tool.press(line[0], reach) is None
    for at in line[1:]:
        tool.move(at, reach)
    return tool.release(line[-1])


def under_edit(margin: Points, reach: float, anchors: Points = ()) -> Drawing:
    tool = Drawing()
    tool.edit(margin, anchors)
    tool.reach = reach
    return tool


def nearest(anchors: Points, at: tuple[float, float]) -> float:
    return min((math.dist(anchor, at) for anchor in anchors), default=math.inf)


@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize("radius", RADII)
@pytest.mark.parametrize("outwards", [True, False])
def test_from_24_places_a_stroke_along_the_line_redraws_it(
    radius: int, zoom: float, outwards: bool
) -> None:
    reach, out = SCREEN / zoom, (0.25 if outwards else -0.25) * radius
    for place in range(24):
        tool = under_edit(circle(radius), reach)
        done = draw(tool, stroke(radius, place * math.pi / 12, 1.2, out), reach)
        assert done is not None
        assert (done.tool, done.is_edit) == ("redraw", True)
        assert contour.is_simple(done.points)
        gain = contour.area_mm2(done.points) - contour.area_mm2(circle(radius))
        share = np.linspace(0, 1, 2001)
        wanted = (radius + out * np.sin(share * np.pi)) ** 2 - radius**2
        assert gain == pytest.approx(float(wanted.mean()) * 0.6, rel=0.2)


@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize("radius", RADII)
@pytest.mark.parametrize("corners", [0, 6, 30])
def test_half_of_the_line_and_all_beside_the_marks_takes_no_grip(
    radius: int, zoom: float, corners: int
) -> None:
    """`corners`: of a polygon that was drawn through so many anchors."""
    reach = SCREEN / zoom
    anchors = circle(radius)[:: 180 // corners] if corners else ()
    margin = contour.spline(anchors) if corners else circle(radius)
    tool = under_edit(margin, reach, anchors)
    offered, places = tool.handles, contour.resample(margin, radius / 60)
    free = 0
    for at in places:
        tool.press(at, reach)
        free += not tool.edits
        if nearest(offered, at) > MARK / zoom:
            assert not tool.edits
        tool.cancel()
    assert free >= len(places) * 0.5
    assert len(offered) == 0 or free < len(places)


@pytest.mark.parametrize("anchors", [(), circle(6)[::30]])
def test_a_small_margin_has_no_anchors_and_none_that_are_not_seen(anchors: Points) -> None:
    reach = SCREEN / 2
    tool = under_edit(contour.spline(anchors) if anchors else circle(6), reach, anchors)
    assert tool.handles == ()
    for at in circle(6):
        tool.press(at, reach)
        assert not tool.edits
        tool.cancel()
    tool.reach = reach / 4
    assert len(tool.handles) >= 4


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("beside", [7.0, 8.0, 11.0])
def test_a_short_stroke_beside_a_mark_redraws(beside: float, side: int) -> None:
    zoom, radius = 2.5, 60.0
    tool = under_edit(circle(radius), SCREEN / zoom)
    x, y = tool.handles[2]
    first = math.atan2(y - 100, x - 100) + side * beside / zoom / radius
    done = draw(tool, stroke(radius, first, side * 0.2, 3.0), SCREEN / zoom)
    assert done is not None
    assert done.tool == "redraw"
    kept = set(circle(radius)) & set(done.points)
    assert len(kept) >= 180 * (1 - 0.2 / (2 * math.pi)) - 3


@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize("off", [0.0, 3.0, -3.0])
@pytest.mark.parametrize("pull", [1.3, 0.8])
def test_a_grab_on_a_mark_bends(zoom: float, off: float, pull: float) -> None:
    """`off`: screen px along the line from the anchor's middle."""
    radius, reach = 30.0, SCREEN / zoom
    tool = under_edit(circle(radius), reach)
    x, y = tool.handles[1]
    angle = math.atan2(y - 100, x - 100)
    held = angle + off / zoom / radius
    ray = [(100 + r * math.cos(held), 100 + r * math.sin(held))
           for r in np.linspace(radius, radius * pull, 12)]  # fmt: skip
    done = draw(tool, tuple(ray), reach)
    assert done is not None
    assert (done.tool, done.is_edit) == ("nudge", True)
    assert contour.is_simple(done.points)
    assert nearest(done.points, ray[-1]) <= abs(off) / zoom + 0.5


def test_where_bending_would_make_the_line_cross_itself_the_hand_redraws() -> None:
    """It led the anchor along the line and ended 8 screen px beside it."""
    zoom, radius = 2.5, 30.0
    line = stroke(radius, 0.0, 1.2, 7.0)
    out = 1 + 8 / zoom / radius
    x, y = line[-1]
    end = (100 + (x - 100) * out, 100 + (y - 100) * out)
    done = draw(under_edit(circle(radius), SCREEN / zoom), (*line, end), SCREEN / zoom)
    assert done is not None
    assert done.tool == "redraw"
    assert contour.is_simple(done.points)


def test_a_line_beside_a_small_margin_is_a_margin_of_its_own() -> None:
    """Within the reach of a press, but not near for so small a margin."""
    bow = np.linspace(0, math.pi, 40)
    line = tuple((112 + 14 * math.sin(a), 93 + 14 * a / math.pi) for a in bow.tolist())
    done = draw(under_edit(circle(6), SCREEN), line, SCREEN)
    assert done is not None
    assert (done.tool, done.is_edit) == ("freehand", False)


def test_a_hand_that_leads_an_anchor_along_the_line_shows_what_it_will_save() -> None:
    tool = under_edit(circle(30), 4.0)
    line = stroke(30, 0.0, 1.2, 7.0)
    tool.press(line[0], 4.0)
    assert tool.edits
    for at in line[1:]:
        tool.move(at, 4.0)
    shown = tool.preview
    assert (shown.replaces, shown.anchors) == (True, ())
    done = tool.release(line[-1])
    assert done is not None
    assert (done.tool, done.points) == ("redraw", shown.line)
    assert tool.edited == done.points


def test_an_anchor_led_along_the_line_and_then_away_bends() -> None:
    """The hand only passes the line on its way."""
    tool = under_edit(circle(30), 4.0)
    x, y = tool.handles[0]
    line = ((x, y), (x + 4, y + 2), (x + 1, y + 5), (x + 8, y + 1))
    done = draw(tool, line, 4.0)
    assert done is not None
    assert done.tool == "nudge"
    assert nearest(done.points, line[-1]) < 1e-9


@settings(max_examples=40)
@given(
    st.integers(0, 10**6), st.floats(6, 40), st.floats(0.9, 6), st.floats(0, 6.2),
    st.floats(0.9, 3.0), st.floats(-0.3, 0.3), st.booleans(),
)  # fmt: skip
def test_a_trembling_stroke_along_the_line_never_makes_it_cross_itself(
    seed: int, radius: float, zoom: float, first: float, span: float, out: float, back: bool
) -> None:
    reach = SCREEN / zoom
    tremor = np.random.default_rng(seed).normal(0, 0.02 * radius / 6, (30, 2))
    line = np.asarray(stroke(radius, first, span, out * radius)) + tremor
    drawn: Points = tuple((float(x), float(y)) for x, y in (line[::-1] if back else line))
    done = draw(under_edit(circle(radius), reach), drawn, reach)
    assert done is None or done.tool in ("redraw", "nudge")
    if done is not None and done.tool == "nudge":
        assert contour.is_simple(done.points)
