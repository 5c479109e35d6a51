"""Whose margin a finished line is."""

from __future__ import annotations

import numpy as np
import pytest
from annotate_desk import Desk, ring
from PySide6.QtCore import Qt

from reader_app.state.annotate_state.ownership import Drawn, Steps, meet, whose
from studies import cases
from studies.records import Points

STEPS = Steps(0.8, 0.8, 5.0)


def disc(x: float, y: float, radius: float) -> Points:
    return tuple(ring(x, y, radius)[:-1])


def oblong(length: float, width: float, degrees: float) -> Points:
    """An ellipse around (160, 110)."""
    t, turn = np.arange(60) * np.pi / 30, np.radians(degrees)
    x, y = length / 2 * np.cos(t), width / 2 * np.sin(t)
    u, v = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    return tuple((160 + float(a), 110 + float(b)) for a, b in zip(u, v, strict=True))


def owner(line: Points, index: int, *drawn: Drawn) -> int | None:
    return whose(Drawn(1, index, line), drawn, STEPS)


@pytest.mark.parametrize("degrees", [30, 45, 60])
def test_a_satellite_in_the_corner_of_an_oblong_lesion_s_box_is_another(degrees: float) -> None:
    big = oblong(80, 16, degrees)
    satellite = disc(179, 93, 6)
    x, y = np.asarray(big).T
    assert x.max() > 179
    assert y.min() < 93
    assert not meet(big, satellite)
    assert owner(satellite, 4, Drawn(1, 4, big)) is None
    assert owner(oblong(70, 12, degrees), 4, Drawn(1, 4, big)) == 1


def test_a_line_within_around_across_or_on_the_margin_is_its_lesion_s() -> None:
    margin = Drawn(1, 4, disc(160, 110, 14))
    for line in (disc(160, 110, 5), disc(160, 110, 30), disc(172, 110, 14), margin.points):
        assert owner(line, 4, margin) == 1
    assert owner(disc(190, 110, 14), 4, margin) is None


def test_a_line_far_off_on_another_slice_is_a_new_lesion() -> None:
    """Slices 20 and 32, .8 and 5 mm: 130 mm apart in the plane."""
    assert owner(disc(330, 200, 14), 31, Drawn(1, 19, disc(170, 230, 14))) is None
    assert owner(disc(200, 230, 14), 31, Drawn(1, 19, disc(170, 230, 14))) == 1


def test_the_lesion_that_is_drawn_there_gets_it() -> None:
    first, other = Drawn(1, 19, disc(170, 230, 14)), Drawn(2, 31, disc(330, 200, 20))
    assert owner(disc(332, 202, 14), 31, first, other) == 2
    assert owner(disc(332, 202, 14), 30, first, other) is None


def test_a_lesion_that_drifts_over_slices_stays_one() -> None:
    """8 px a slice, 96 px from the first to the last: each is near the one before."""
    drawn = [Drawn(1, 0, disc(100, 100, 12))]
    for index in range(1, 13):
        line = disc(100 + 8 * index, 100, 12)
        assert owner(line, index, *drawn) == 1
        drawn.append(Drawn(1, index, line))
    assert owner(disc(155, 100, 12), 12, drawn[0]) == 1
    assert owner(disc(296, 100, 12), 12, drawn[0]) is None


def test_a_lesion_without_a_margin_takes_any_line() -> None:
    assert owner(disc(20, 20, 9), 3, Drawn(2, 3, disc(20, 20, 9))) == 1


def names(ct: Desk) -> list[str]:
    return [lesion.name for lesion in cases.lesions(ct.study.store)]


def test_another_focus_on_another_slice_is_said_to_be_new_and_one_undo_takes_it(ct: Desk) -> None:
    ct.state.go_to(1)
    ct.drag(ring(160, 110, 8))
    ct.state.go_to(3)
    ct.drag(ring(70, 150, 8))
    assert "L2, a new lesion apart from L1" in ct.page.foot.notice.text()
    assert ct.state.lesion.name == "L2"
    assert names(ct) == ["L1", "L2"]
    ct.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert names(ct) == ["L1"]


def test_a_stroke_over_another_lesion_s_margin_goes_to_that_lesion(ct: Desk) -> None:
    ct.state.go_to(3)
    ct.drag(ring(70, 150, 8))
    ct.key(Qt.Key.Key_A)
    ct.state.go_to(1)
    ct.drag(ring(160, 110, 8))
    ct.state.go_to(3)
    ct.drag(ring(72, 150, 12))
    assert "L1, which is drawn here" in ct.page.foot.notice.text()
    assert ct.state.lesion.name == "L1"
    assert [(m.lesion_id, m.slice_index) for m in ct.stored] == [(1, 3), (2, 1)]


def test_a_click_on_another_lesion_s_line_chooses_it_and_stays_on_the_slice(ct: Desk) -> None:
    ct.state.go_to(3)
    ct.drag(ring(70, 150, 10))
    ct.state.go_to(5)
    ct.drag(ring(70, 150, 16))
    ct.state.go_to(3)
    ct.drag(ring(160, 110, 14))
    assert ct.state.lesion.name == "L2"
    ct.click(80, 150)
    assert (ct.state.lesion.name, ct.state.index) == ("L1", 3)
