"""A stroke from a margin's line back to its line replaces the part between."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader_app.widgets.slice_view.drawing import Drawing, Finished
from reader_app.widgets.slice_view.redraw import redrawn
from studies.imaging import contour
from studies.records import Points

REACH, NEAR = 4.0, 4.8
RADIUS = 40.0


def circle(radius: float = RADIUS, n: int = 150) -> Points:
    t = np.arange(n) * 2 * np.pi / n
    return tuple((60 + radius * math.cos(a), 60 + radius * math.sin(a)) for a in t)


def stroke(first: float, last: float, out: float, ends: float = 0.0, n: int = 90) -> Points:
    """Along the circle from angle to angle, `out` px off it amid, `ends` px off it at its ends."""
    share = np.linspace(0, 1, n)
    reach = RADIUS + ends + (out - ends) * np.sin(share * np.pi)
    angle = first + share * (last - first)
    return tuple(zip((60 + reach * np.cos(angle)).tolist(), (60 + reach * np.sin(angle)).tolist(),
                     strict=True))  # fmt: skip


def draw(tool: Drawing, line: Points) -> Finished | None:
    assert tool.press(line[0], REACH) is None
    for at in line[1:]:
        tool.move(at, REACH)
    return tool.release(line[-1])


def edited(margin: Points, line: Points) -> tuple[Finished | None, Drawing]:
    """The stroke drawn with the margin under edit, no anchor in the way."""
    tool = Drawing()
    far = (200.0, 200.0), (220.0, 200.0), (220.0, 220.0)
    tool.edit(margin, far)  # anchors elsewhere: any place on the line is free
    return draw(tool, line), tool


def sector(first: float, last: float, out: float, ends: float = 0.0) -> float:
    """What such a stroke adds to the circle's area: half the integral of r² - R² over the angle."""
    share = np.linspace(0, 1, 20001)
    reach = RADIUS + ends + (out - ends) * np.sin(share * np.pi)
    return float(np.trapezoid(reach**2 - RADIUS**2, share) / 2 * (last - first))


@pytest.mark.parametrize("out", [9.0, -9.0, 15.0, -15.0])
@pytest.mark.parametrize(("first", "last"), [(0.3, 1.4), (1.4, 0.3), (-0.6, 0.6), (3.0, 5.2)])
def test_a_stroke_changes_the_part_it_spans_and_nothing_else(
    first: float, last: float, out: float
) -> None:
    done, _ = edited(circle(), stroke(first, last, out))
    assert done is not None
    assert (done.tool, done.is_edit, done.gap) == ("redraw", True, 0.0)
    gain = contour.area_mm2(done.points) - contour.area_mm2(circle())
    assert gain == pytest.approx(sector(*sorted((first, last)), out), rel=0.03)
    assert contour.is_simple(done.points)
    spanned = abs(last - first) / (2 * math.pi)
    kept = set(circle()) & set(done.points)
    assert len(kept) == pytest.approx(150 * (1 - spanned), abs=3)


@pytest.mark.parametrize("ends", [4.0, -4.0])
@pytest.mark.parametrize("out", [12.0, -12.0])
def test_it_may_begin_and_end_on_either_side_of_the_line(out: float, ends: float) -> None:
    done, _ = edited(circle(), stroke(0.3, 1.6, out, ends))
    assert done is not None
    assert done.tool == "redraw"
    assert contour.is_simple(done.points)
    wanted = sector(0.3, 1.6, out, ends)
    assert contour.area_mm2(done.points) - contour.area_mm2(circle()) == pytest.approx(
        wanted, abs=0.15 * abs(sector(0.3, 1.6, 12.0))
    )


def test_a_stroke_most_of_the_way_round_replaces_the_longer_part() -> None:
    done, _ = edited(circle(), stroke(0.2, 5.6, 10.0))
    assert done is not None
    assert done.tool == "redraw"
    gain = contour.area_mm2(done.points) - contour.area_mm2(circle())
    assert gain == pytest.approx(sector(0.2, 5.6, 10.0), rel=0.03)


def test_a_stroke_through_the_middle_cuts_the_nearer_part_off() -> None:
    line = tuple((60 + 15.0, y) for y in np.linspace(60 - 37.1, 60 + 37.1, 60).tolist())
    done, _ = edited(circle(), line)
    assert done is not None
    half = math.acos(15 / RADIUS)
    segment = RADIUS**2 * (half - math.sin(half) * math.cos(half))
    left = contour.area_mm2(circle()) - contour.area_mm2(done.points)
    assert left == pytest.approx(segment, rel=0.03)
    assert max(x for x, _ in done.points) < 76


def test_a_loop_back_to_its_own_start_is_a_whole_margin() -> None:
    loop = tuple((95 + 20 * math.cos(a), 60 + 20 * math.sin(a)) for a in np.linspace(-3, 3.2, 80))
    done, _ = edited(circle(), loop)
    assert done is not None
    assert (done.tool, done.is_edit) == ("freehand", False)


def test_a_stroke_apart_from_the_line_is_a_margin_of_its_own() -> None:
    small = tuple((60 + 15 * math.cos(a), 60 + 15 * math.sin(a)) for a in np.linspace(0, 6.2, 80))
    done, _ = edited(circle(), small)
    assert done is not None
    assert (done.tool, done.is_edit) == ("freehand", False)
    assert contour.area_mm2(done.points) == pytest.approx(math.pi * 225, rel=0.05)


def test_a_slip_on_the_line_changes_nothing() -> None:
    done, tool = edited(circle(), ((100.0, 60.0), (100.5, 62.0), (100.0, 64.5)))
    assert done is None
    assert tool.edited == circle()


def test_the_preview_is_what_will_be_saved() -> None:
    tool = Drawing()
    tool.edit(circle(), ((200.0, 200.0),) * 3)
    line = stroke(0.3, 1.4, 9.0)
    tool.press(line[0], REACH)
    for at in line[1:45]:
        tool.move(at, REACH)
    assert not tool.preview.replaces
    assert tool.preview.line == line[:45]
    for at in line[45:]:
        tool.move(at, REACH)
    shown = tool.preview
    assert shown.replaces
    assert shown.is_closed
    done = tool.release(line[-1])
    assert done is not None
    assert done.points == shown.line


def test_between_its_anchors_a_margin_can_be_redrawn() -> None:
    """The anchors found along a margin leave room for strokes that begin on the line."""
    tool = Drawing()
    tool.edit(circle())
    tool.reach = REACH
    anchors = np.asarray(tool.handles)
    angles = np.sort(np.arctan2(anchors[:, 1] - 60, anchors[:, 0] - 60))
    first, last = (angles[2] + angles[3]) / 2, (angles[5] + angles[6]) / 2
    done = draw(tool, stroke(float(first), float(last), 8.0))
    assert done is not None
    assert done.tool == "redraw"


@settings(max_examples=60)
@given(
    st.integers(0, 10**6), st.floats(0, 6.2), st.floats(0.5, 5.0), st.floats(-18, 18),
    st.floats(-4, 4), st.booleans(),
)  # fmt: skip
def test_the_line_stays_whole_whatever_the_hand_does(
    seed: int, first: float, span: float, out: float, ends: float, back: bool
) -> None:
    """A lumpy margin, a trembling stroke: the result is simple and keeps the part not spanned."""
    tremor = np.random.default_rng(seed)
    lumps = tremor.normal(0, 1.5, 12)
    t = np.arange(150) * 2 * np.pi / 150
    radii = RADIUS + sum(a * np.cos(k * t) / k for k, a in enumerate(lumps, 1))
    margin = tuple(
        (60 + r * math.cos(a), 60 + r * math.sin(a)) for r, a in zip(radii, t, strict=True)
    )
    line = np.asarray(stroke(first, first + span, out, ends)) + tremor.normal(0, 0.2, (90, 2))
    drawn: Points = tuple((float(x), float(y)) for x, y in (line[::-1] if back else line))
    result = redrawn(margin, drawn, NEAR, NEAR)
    if result is None:
        return
    assert len(result) >= 3
    assert contour.area_mm2(result) >= 1
    kept = set(margin) & set(result)
    assert len(kept) >= 150 * (1 - max(span, 2 * math.pi - span) / (2 * math.pi)) - 12
    middle = drawn[45]
    assert min(math.dist(middle, p) for p in result) < 1.5
