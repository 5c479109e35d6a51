"""Proposals between slices and under the pointer, copies, and the list of a lesion's slices."""

from __future__ import annotations

import time

import annotate_study
import numpy as np
import pytest
from annotate_desk import AUTHOR, Desk, farthest, ring
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from reader_app.widgets.slice_view import Mode
from studies import cases
from studies.imaging import contour
from studies.records import Points

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def two(ct: Desk) -> Desk:
    """L1 drawn on slices 2 and 6, with radii 10 and 14 px."""
    ct.state.go_to(1)
    ct.drag(ring(160, 110, 10))
    ct.state.go_to(5)
    ct.drag(ring(164, 110, 14))
    return ct


def tools(ct: Desk) -> list[tuple[int, str]]:
    return [(m.slice_index, m.tool) for m in sorted(ct.stored, key=lambda m: m.slice_index)]


def off(points: Points, line: list[tuple[float, float]]) -> float:
    """How far a line's farthest vertex is off another line, px; -1 without a line."""
    return farthest(points, line) if points else -1.0


def test_slices_between_are_proposed_and_taken_one_by_one(two: Desk) -> None:
    two.key(Qt.Key.Key_I)
    assert [line.slice_index for line in two.state.proposed] == [2, 3, 4]
    assert two.state.index == 4
    assert farthest(two.page.slice.ghost, ring(163, 110, 13)) < 0.5
    assert len(two.stored) == 2
    two.key(Qt.Key.Key_Return)
    assert tools(two) == [(1, "freehand"), (4, "between"), (5, "freehand")]
    assert two.state.index == 3
    assert two.page.slice.ghost
    two.key(Qt.Key.Key_Return)
    two.key(Qt.Key.Key_Return)
    assert [tool for _, tool in tools(two)] == ["freehand", *["between"] * 3, "freehand"]
    assert not two.page.slice.ghost
    areas = [contour.area_mm2(m.points) for m in sorted(two.stored, key=lambda m: m.slice_index)]
    assert areas == sorted(areas)


def test_a_margin_drawn_where_one_is_proposed_takes_its_place(two: Desk) -> None:
    two.key(Qt.Key.Key_I)
    two.drag(ring(163, 110, 17))
    assert tools(two)[1] == (4, "freehand")
    assert [line.slice_index for line in two.state.proposed] == [2, 3]
    assert not two.page.slice.ghost
    assert [row.tool for row in two.state.slice_rows][1:3] == ["proposed", "proposed"]


def test_all_proposals_are_taken_or_dropped_at_once(two: Desk) -> None:
    two.key(Qt.Key.Key_I)
    two.key(Qt.Key.Key_Escape)
    assert two.state.proposed == ()
    assert not two.page.slice.ghost
    assert len(two.stored) == 2
    two.page.slices.between.click()
    two.key(Qt.Key.Key_Return, CONTROL)
    assert len(two.stored) == 5
    two.key(Qt.Key.Key_Z, CONTROL)
    assert len(two.stored) == 4


def test_without_a_gap_nothing_is_proposed_and_the_page_says_so(ct: Desk) -> None:
    ct.drag(ring(160, 110, 14))
    assert not ct.page.slices.between.isEnabled()
    ct.key(Qt.Key.Key_I)
    assert "two slices" in ct.page.foot.notice.text()
    assert ct.state.proposed == ()


def test_what_one_author_drew_proposes_nothing_to_another(two: Desk) -> None:
    two.key(Qt.Key.Key_I)
    two.settings.author = "Second author"
    two.study.notify("lesions")
    assert two.state.proposed == ()
    assert not two.page.slice.ghost


def test_the_list_names_slices_gaps_and_the_key_slice(two: Desk, qtbot) -> None:
    qtbot.waitUntil(lambda: two.state.is_loaded, timeout=10000)
    rows = two.state.slice_rows
    assert [(r.slice_index, r.last, r.tool) for r in rows] == [
        *((1, -1, "freehand"), (2, 4, ""), (5, -1, "freehand")),
    ]
    assert [row.is_key for row in rows] == [False, False, True]
    assert rows[0].author == AUTHOR
    assert rows[0].place == "−295.0 mm"
    assert rows[0].area == pytest.approx(np.pi * (10 * annotate_study.SPACING) ** 2, rel=0.05)
    spoken = [two.page.slices.list.item(n).toolTip() for n in range(3)]
    assert spoken[1] == "3–5 not drawn."


def test_the_star_chooses_the_key_slice_and_again_the_largest(two: Desk) -> None:
    listed = two.page.slices.list
    star = listed.visualItemRect(listed.item(0)).topLeft() + QPoint(12, 12)
    QTest.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=star)
    assert two.state.lesion.key_slice == 1
    assert two.state.slice_rows[0].is_key
    QTest.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=star)
    assert two.state.lesion.key_slice == 5


def test_a_click_in_the_list_goes_there_and_delete_deletes(two: Desk) -> None:
    listed = two.page.slices.list
    place = listed.visualItemRect(listed.item(0)).center()
    QTest.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert two.state.index == 1
    listed.setFocus()
    QTest.keyClick(listed, Qt.Key.Key_Delete)
    assert tools(two) == [(5, "freehand")]
    assert two.state.slice_rows[0].slice_index == 5


def test_a_margin_is_copied_to_the_next_slice_and_never_over_another(two: Desk) -> None:
    two.key(Qt.Key.Key_Down, CONTROL)
    assert tools(two)[-1] == (6, "copy")
    assert two.stored[-1].points == two.stored[1].points
    two.key(Qt.Key.Key_Up, CONTROL)
    assert "already" in two.page.foot.notice.text()
    assert len(two.stored) == 3
    for _ in range(3):
        two.key(Qt.Key.Key_Down, CONTROL)
    assert two.state.index == 8
    assert "no further slice" in two.page.foot.notice.text()


def test_the_proposal_follows_the_pointer_and_is_saved_as_seen(ct: Desk, qtbot) -> None:
    x, y, radius = annotate_study.LESION
    target = ct.page.slice.viewport()
    ct.page.slice.set_mode(Mode.PROPOSE)
    wanted = ring(x, y, radius)
    for dx in (-3, 2, 4):
        QTest.mouseMove(target, ct.at(x + dx, y - 1))
        qtbot.waitUntil(lambda: 0 < off(ct.page.slice.ghost, wanted) < 2, timeout=10000)
    assert not ct.stored
    QTest.mouseClick(target, Qt.MouseButton.LeftButton, pos=ct.at(x + 4, y - 1))
    (margin,) = ct.stored
    assert margin.tool == "proposal"
    assert off(margin.points, wanted) < 2
    ((seed_x, seed_y),) = margin.seeds
    assert (seed_x, seed_y) == pytest.approx((x + 4, y - 1), abs=0.5)


def test_a_proposal_under_the_pointer_is_ready_at_once(ct: Desk) -> None:
    """The target of 16 ms is measured in tests/bench; ten times that is a fault anywhere."""
    x, y, _ = annotate_study.LESION
    took = []
    for step in range(8):
        began = time.perf_counter()
        ct.state.hover(x + step / 2, y)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.16
    assert ct.page.slice.ghost


def test_a_polygon_reopens_by_its_own_anchors(ct: Desk) -> None:
    corners = ring(160, 110, 14, 8)[:-1]
    for corner in corners:
        ct.click(*corner)
    ct.key(Qt.Key.Key_Return)
    (margin,) = ct.stored
    assert margin.tool == "polygon"
    assert margin.anchors == pytest.approx(np.asarray(corners), abs=0.5)
    ct.key(Qt.Key.Key_Down)
    ct.key(Qt.Key.Key_Up)
    assert ct.page.slice.drawing.handles == margin.anchors
    assert cases.contours(ct.study.store)[0].anchors == margin.anchors


def test_proposals_go_with_a_margin_that_they_lie_between(two: Desk) -> None:
    """Deleting the lower end drops all three; another lesion's Esc drops none."""
    two.key(Qt.Key.Key_I)
    two.key(Qt.Key.Key_A)
    two.key(Qt.Key.Key_Escape)
    two.state.choose_lesion(1)
    assert len(two.state.proposed) == 3
    two.state.delete_at(5)
    assert two.state.proposed == ()
    two.key(Qt.Key.Key_Return, CONTROL)
    assert tools(two) == [(1, "freehand")]


def test_twin_and_measures_are_of_the_proposal_on_show(two: Desk) -> None:
    two.key(Qt.Key.Key_I)
    assert two.state.index == 4
    assert two.state.measures.area == pytest.approx(
        np.pi * (13 * annotate_study.SPACING) ** 2, rel=0.05
    )
    assert two.page.side.side.text().startswith("Proposed: ")
    two.key(Qt.Key.Key_Escape)
    assert two.state.measures is None
    assert two.page.side.side.text() == ""


def test_nothing_is_proposed_in_air(ct: Desk) -> None:
    x, y, _ = annotate_study.LESION
    ghosts: list[Points] = []
    ct.state.ghost_changed.connect(lambda points, _: ghosts.append(points))
    for place in ((x, y), (3.0, 3.0), (-5.0, 10.0)):
        ct.state.hover(*place)
    assert [bool(points) for points in ghosts] == [True, False, False]
