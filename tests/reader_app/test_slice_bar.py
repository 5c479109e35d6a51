"""The slice bar with several lesions on one slice: none lies under another."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader_app.widgets.slice_view import Mark, SliceBar
from reader_app.widgets.slice_view.slice_bar import MOST_LANES, lanes

SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=MOST_LANES)


def marks(spans: list[tuple[int, int]]) -> tuple[Mark, ...]:
    """A lesion per (first slice, slices further)."""
    return tuple(
        Mark(index, "#f08a4b", f"L{number + 1}")
        for number, (first, more) in enumerate(spans)
        for index in range(first, first + more + 1)
    )


@given(SPANS, st.integers(1, 5))
def test_lesions_near_each_other_lie_in_lanes_of_their_own(
    spans: list[tuple[int, int]], near: int
) -> None:
    found = lanes(marks(spans), near)
    assert set(found) == {f"L{number + 1}" for number in range(len(spans))}
    assert all(0 <= lane.number < lane.of for lane in found.values())
    for (one, (a, m)), (other, (b, n)) in combinations(enumerate(spans), 2):
        if a - (b + n) < near and b - (a + m) < near:
            first, second = found[f"L{one + 1}"], found[f"L{other + 1}"]
            assert first.number != second.number
            assert first.of == second.of


def test_a_lesion_alone_has_the_whole_width() -> None:
    found = lanes(marks([(3, 2), (20, 4)]), 2)
    assert {(lane.number, lane.of) for lane in found.values()} == {(0, 1)}


def test_more_lesions_than_lanes_still_have_a_place() -> None:
    found = lanes(marks([(5, 0)] * (MOST_LANES + 3)), 1)
    assert {lane.of for lane in found.values()} == {MOST_LANES}
    assert {lane.number for lane in found.values()} == set(range(MOST_LANES))


@pytest.mark.parametrize(("count", "height"), [(41, 660), (300, 660), (41, 200)])
def test_no_line_lies_on_another(qtbot, count: int, height: int) -> None:
    """Four lesions of one slice, one of them of the slices after it too, on long and short bars."""
    bar = SliceBar()
    qtbot.addWidget(bar)
    bar.resize(bar.sizeHint().width(), height)
    bar.set_place(0, count)
    bar.set_marks(marks([(20, 3), (20, 0), (20, 0), (22, 0)]))
    boxes = {}
    for mark in bar.marks:
        boxes.setdefault(mark.text, []).append(bar.line_of(mark))
    for one, other in combinations(boxes, 2):
        assert not any(a.intersects(b) for a in boxes[one] for b in boxes[other])
    assert all(box.width() >= 2 for drawn in boxes.values() for box in drawn)
    bar.resize(bar.width(), 2 * height)
    assert bar.line_of(bar.marks[0]).center().y() > boxes["L1"][0].center().y()
