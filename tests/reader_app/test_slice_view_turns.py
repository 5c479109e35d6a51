"""All eight flips and rotations: letters, HU under the cursor, drawing, ruler, magnifier."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from reader_app.widgets.slice_view import Aids, Finished, MarginLine, Picture, SliceView
from reader_app.widgets.slice_view.orientation import Letters, Turn, letters
from studies.imaging import contour

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
OBLIQUE = (0.9063, 0.4226, 0.0, -0.3663, 0.7854, -0.5)
"""Columns 25° from left towards the back; rows tilted another 30° towards the feet."""

TURNS = [Turn(q, f) for q, f in itertools.product(range(4), (False, True))]
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ROW, COLUMN = 1.25, 0.8


def brightness() -> np.ndarray:
    """Every pixel tells its place: 10 HU a row, 1 HU a column (90 rows, 120 columns)."""
    y, x = np.mgrid[:90, :120]
    return (10 * y + x).astype(np.int16)


@pytest.fixture
def view(qtbot) -> SliceView:
    widget = SliceView()
    qtbot.addWidget(widget)
    widget.resize(640, 560)
    widget.show()
    widget.set_picture(Picture(brightness(), ROW, COLUMN, OBLIQUE, 1, "HU"))
    widget.set_window(0, 1020)
    return widget


def screen(view: SliceView, x: float, y: float) -> QPoint:
    return view.to_screen(QPointF(x, y)).toPoint()


def drag(view: SliceView, line: list[tuple[float, float]]) -> None:
    target, left = view.viewport(), Qt.MouseButton.LeftButton
    QTest.mousePress(target, left, pos=screen(view, *line[0]))
    for point in line[1:]:
        QTest.mouseMove(target, screen(view, *point))
    QTest.mouseRelease(target, left, pos=screen(view, *line[-1]))


def test_keys_turn_what_is_on_the_screen(view: SliceView) -> None:
    steps = (
        (Qt.Key.Key_R, CTRL, Turn(1)), (Qt.Key.Key_R, CTRL, Turn(2)),
        (Qt.Key.Key_R, CTRL | SHIFT, Turn(1)), (Qt.Key.Key_H, CTRL, Turn(3, True)),
        (Qt.Key.Key_H, CTRL | SHIFT, Turn(3)), (Qt.Key.Key_R, CTRL, Turn(0)),
        (Qt.Key.Key_H, CTRL | SHIFT, Turn(2, True)), (Qt.Key.Key_H, CTRL, Turn(2)),
    )  # fmt: skip
    for key, modifiers, expected in steps:
        QTest.keyClick(view, key, modifiers)
        assert view.placement.turn == expected
    QTest.keyClick(view, Qt.Key.Key_R)
    QTest.keyClick(view, Qt.Key.Key_H)
    assert view.placement.turn == Turn(2)


@pytest.mark.parametrize("turn", TURNS)
def test_a_key_acts_on_the_screen_not_on_the_stored_picture(view: SliceView, turn: Turn) -> None:
    """A flip left to right leaves heights as they are, a quarter carries right to below."""
    view.turn(turn)
    center = QPointF(60, 45)
    before = view.to_screen(QPointF(100, 20)) - view.to_screen(center)
    view.turn(turn.mirrored())
    flipped = view.to_screen(QPointF(100, 20)) - view.to_screen(center)
    assert (flipped + QPointF(before.x(), -before.y())).manhattanLength() < 1e-6
    view.turn(turn.upended())
    flipped = view.to_screen(QPointF(100, 20)) - view.to_screen(center)
    assert (flipped - QPointF(before.x(), -before.y())).manhattanLength() < 1e-6
    zoom = view.placement.zoom
    view.turn(turn)
    view.zoom_by(0.5)
    view.turn(turn.turned())
    assert view.placement.zoom < zoom  # a picture zoomed by hand keeps its zoom
    quarter = view.to_screen(QPointF(100, 20)) - view.to_screen(center)
    expected = QPointF(-before.y(), before.x())
    assert quarter.x() * expected.x() >= 0
    assert quarter.y() * expected.y() >= 0


@pytest.mark.parametrize("turn", TURNS)
def test_letters_of_an_oblique_slice_point_where_the_patient_lies(
    view: SliceView, turn: Turn
) -> None:
    """Walk on the screen and see which way one goes in the patient."""
    view.turn(turn)
    axes = np.asarray(OBLIQUE).reshape(2, 3) * ((COLUMN,), (ROW,))
    found = letters(OBLIQUE, turn)
    middle = view.to_image(QPointF(320, 280))
    for name, step in (
        (found.right, QPointF(50, 0)), (found.left, QPointF(-50, 0)),
        (found.bottom, QPointF(0, 50)), (found.top, QPointF(0, -50)),
    ):  # fmt: skip
        gone = view.to_image(QPointF(320, 280) + step) - middle
        patient = gone.x() * axes[0] + gone.y() * axes[1]
        strongest = int(np.abs(patient).argmax())
        assert name[0] == ("RL", "AP", "FH")[strongest][int(patient[strongest] > 0)]
        for letter in name:
            axis = next(i for i, pair in enumerate(("RL", "AP", "FH")) if letter in pair)
            assert abs(patient[axis]) >= 0.25 * np.linalg.norm(patient)


def test_opposite_letters_face_each_other() -> None:
    opposite = str.maketrans("RLAPFH", "LRPAHF")
    for turn, matrix in itertools.product(TURNS, (AXIAL, OBLIQUE)):
        found = letters(matrix, turn)
        assert found.left.translate(opposite) == found.right
        assert found.top.translate(opposite) == found.bottom
    assert letters(AXIAL, Turn(1, True)) == Letters("P", "A", "L", "R")


@pytest.mark.parametrize("turn", TURNS)
def test_pixels_and_the_value_under_the_cursor_agree(view: SliceView, turn: Turn) -> None:
    view.turn(turn)
    shown = view.grab().toImage()
    for column, row in ((20, 15), (100, 30), (60, 70)):
        at = view.to_screen(QPointF(column + 0.5, row + 0.5))
        QTest.mouseMove(view.viewport(), at.toPoint())
        value = view.value_under_cursor
        assert value == 10 * row + column
        grey = shown.pixelColor(at.toPoint()).red()
        assert grey == pytest.approx(value / 1020 * 255, abs=2.5)
    QTest.mouseMove(view.viewport(), QPoint(2, 2))
    assert view.value_under_cursor is None


@pytest.mark.parametrize("turn", TURNS)
def test_a_margin_is_stored_unturned(view: SliceView, turn: Turn) -> None:
    view.turn(turn)
    saved: list[Finished] = []
    view.drawn.connect(saved.append)
    line = [(70 + 24 * math.cos(a), 40 + 15 * math.sin(a)) for a in np.linspace(0, 6.28, 60)]
    drag(view, line)
    (done,) = saved
    xs, ys = zip(*done.points, strict=True)
    assert (min(xs), max(xs)) == pytest.approx((46, 94), abs=0.6)
    assert (min(ys), max(ys)) == pytest.approx((25, 55), abs=0.6)
    assert contour.area_mm2(done.points) == pytest.approx(math.pi * 24 * 15, rel=0.02)


@pytest.mark.parametrize("turn", TURNS)
def test_the_ruler_measures_the_same_however_the_picture_lies(view: SliceView, turn: Turn) -> None:
    view.turn(turn)
    view.set_mode(view.mode[0], True)
    drag(view, [(20, 20), (60, 50), (100, 80)])
    expected = math.hypot(80 * COLUMN, 60 * ROW)
    assert float(view.ruler_text.split()[0]) == pytest.approx(expected, abs=0.6)


@pytest.mark.parametrize("turn", TURNS)
def test_the_magnifier_enlarges_what_is_under_the_cursor(
    qtbot: QtBot, view: SliceView, turn: Turn
) -> None:
    view.turn(turn)
    at = view.to_screen(QPointF(60.5, 45.5))
    QTest.mouseMove(view.viewport(), at.toPoint())
    QTest.keyPress(view, Qt.Key.Key_Space)
    lens = view.grab().toImage()
    QTest.keyRelease(view, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not view._magnifies)
    plain = view.grab().toImage()
    for dx, dy in ((0, 0), (50, 0), (-50, 20), (10, -60)):
        near = view.to_image(at + QPointF(dx, dy) / 2.5)
        expected = (10 * (near.y() - 0.5) + near.x() - 0.5) / 1020 * 255
        seen = lens.pixelColor((at + QPointF(dx, dy)).toPoint()).red()
        assert seen == pytest.approx(expected, abs=3)
    far = (at + QPointF(130, 0)).toPoint()  # beyond the lens nothing changes
    assert lens.pixelColor(far) == plain.pixelColor(far)


@pytest.mark.parametrize("turn", TURNS)
def test_lines_lie_on_the_pixels_they_belong_to(view: SliceView, turn: Turn) -> None:
    square = ((40.0, 30.0), (80.0, 30.0), (80.0, 60.0), (40.0, 60.0))
    view.turn(turn)
    view.set_margins((MarginLine(square, "#00ff00", "L1"),), Aids())
    view.grab()
    for _ in range(3):  # drawn, kept aside, and from there
        shown = view.grab().toImage()
        for x, y in ((60, 30), (80, 45), (60, 60), (40, 45)):
            color = shown.pixelColor(screen(view, x, y))
            assert color.green() > color.red() + 60


def test_a_new_series_lies_as_it_was_stored_and_the_next_slice_stays_turned(
    view: SliceView,
) -> None:
    view.turn(Turn(1, True))
    view.set_picture(Picture(brightness(), ROW, COLUMN, OBLIQUE, 1, "HU"))
    assert view.placement.turn == Turn(1, True)
    assert view.placement.turn.words == "Mirrored, turned 90°"
    view.set_picture(Picture(brightness(), ROW, COLUMN, OBLIQUE, 2, "HU"))
    assert view.placement.turn.words == ""
