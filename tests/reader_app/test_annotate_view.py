"""The slice view: letters through all turns, zoom, window, painting, references."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QSizeF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from reader_app.widgets.slice_view import Aids, Corners, MarginLine, Picture, SliceView
from reader_app.widgets.slice_view.orientation import Letters, Turn, letters
from reader_app.widgets.slice_view.picture import to_rgb
from reader_app.widgets.slice_view.placement import fitted
from studies.imaging import window

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
TURNS = [Turn(q, f) for q, f in itertools.product(range(4), (False, True))]


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        (Turn(0), Letters("R", "L", "A", "P")),
        (Turn(1), Letters("P", "A", "R", "L")),
        (Turn(2), Letters("L", "R", "P", "A")),
        (Turn(3), Letters("A", "P", "L", "R")),
        (Turn(0, True), Letters("L", "R", "A", "P")),
        (Turn(1, True), Letters("P", "A", "L", "R")),
        (Turn(2, True), Letters("R", "L", "P", "A")),
        (Turn(3, True), Letters("A", "P", "R", "L")),
    ],
)
def test_letters_of_an_axial_slice_in_all_eight_turns(turn: Turn, expected: Letters) -> None:
    assert letters(AXIAL, turn) == expected


@pytest.mark.parametrize("turn", TURNS)
def test_letters_agree_with_the_placement_that_paints(turn: Turn) -> None:
    """The patient's left edge of the image lands on the side of the view that says L."""
    view = QSizeF(400, 300)
    carry = fitted((0, 0, 100, 80), 1.0, 1.0, view, turn).transform(view)
    center = carry.map(QPointF(50, 40))
    left_of_patient = carry.map(QPointF(100, 40)) - center  # increasing columns point to L
    found = letters(AXIAL, turn)
    if abs(left_of_patient.x()) > abs(left_of_patient.y()):
        assert (found.right if left_of_patient.x() > 0 else found.left) == "L"
    else:
        assert (found.bottom if left_of_patient.y() > 0 else found.top) == "L"


def test_letters_of_other_planes_and_of_none() -> None:
    assert letters((1, 0, 0, 0, 0, -1), Turn()) == Letters("R", "L", "H", "F")
    assert letters((0, 1, 0, 0, 0, -1), Turn()) == Letters("A", "P", "H", "F")
    assert letters((-1, 0, 0, 0, -1, 0), Turn()) == Letters("L", "R", "P", "A")
    oblique = (0.9063, 0.4226, 0.0, -0.4226, 0.9063, 0.0)
    assert letters(oblique, Turn()) == Letters("RA", "LP", "AL", "PR")
    assert letters((), Turn()) == Letters()
    assert letters((0.0,) * 6, Turn()) == Letters()


@given(
    st.sampled_from(TURNS), st.floats(0.2, 8), st.floats(0, 400), st.floats(0, 300),
    st.floats(0.4, 3), st.floats(0.4, 3),
)  # fmt: skip
def test_zooming_keeps_the_point_under_the_pointer(
    turn: Turn, factor: float, x: float, y: float, row: float, column: float
) -> None:
    view = QSizeF(400, 300)
    before = fitted((0, 0, 256, 200), row, column, view, turn)
    at = QPointF(x, y)
    inverse, _ = before.transform(view).inverted()
    again = before.zoomed(factor, at, view).transform(view).map(inverse.map(at))
    assert (again - at).manhattanLength() < 1e-6
    moved = before.moved(QPointF(7, -9), view).transform(view).map(inverse.map(at))
    assert (moved - at - QPointF(7, -9)).manhattanLength() < 1e-6


@given(st.floats(-1000, 800), st.floats(2, 2000))
def test_grey_values_are_the_windows(low: float, width: float) -> None:
    values = np.arange(-1200, 1500, 7, dtype=np.int16).reshape(2, -1)
    exact = window.apply(values, low, low + width) * 255
    shown = to_rgb(values, low, low + width)
    assert np.abs((shown & 0xFF) - exact).max() <= 0.51
    assert np.array_equal(shown, (shown & 0xFF) * 0x010101 | 0xFF000000)
    assert np.array_equal(shown, to_rgb(values.astype("f4"), low, low + width))


@pytest.fixture
def view(qtbot) -> SliceView:
    widget = SliceView()
    qtbot.addWidget(widget)
    widget.resize(600, 500)
    widget.show()
    y, x = np.mgrid[:200, :240]
    pixels = (x - 100 + 0 * y).astype(np.int16)
    widget.set_picture(Picture(pixels, 1.0, 1.0, AXIAL, 1, "HU"))
    widget.set_window(-100, 140)
    return widget


def wheel(target: SliceView, delta: int, modifiers: Qt.KeyboardModifier, at: QPointF) -> None:
    event = QWheelEvent(
        at, target.mapToGlobal(at.toPoint()).toPointF(), QPoint(), QPoint(0, delta),
        Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(target.viewport(), event)


def test_pixels_are_painted_where_the_coordinates_say(view: SliceView) -> None:
    picture = view.grab().toImage()
    for x, y in ((60.5, 90.5), (150.5, 120.5), (200.5, 60.5)):
        at = view.to_screen(QPointF(x, y)).toPoint()
        grey = picture.pixelColor(at).red()
        assert grey == pytest.approx((x - 0.5) / 240 * 255, abs=4)
        assert view.to_image(QPointF(at)).x() == pytest.approx(x, abs=0.5)


def test_corner_texts_stand_on_a_ground_of_their_own_where_the_picture_is_bright(
    view: SliceView,
) -> None:
    """A white line of the table under them; black stays black."""
    view.set_corners(Corners("P-001", "CT, 5 mm", number="21", count=41, position="z 3.0 mm"))
    size = view.viewport().size()
    by_corner = {}
    for low, high in ((-300, -200), (300, 400)):  # all white, all black
        view.set_window(low, high)
        shown = view.grab().toImage()
        by_corner[high] = [
            max(shown.pixelColor(x, y).lightness() for y in (top, top + 4))
            for x, top in ((12, 18), (12, 36), (size.width() - 12, size.height() - 20))
        ]
    assert max(by_corner[-200]) < 140
    assert max(by_corner[400]) < 8


def test_wheel_scrolls_and_zooms(view: SliceView, qtbot) -> None:
    steps: list[int] = []
    view.stepped.connect(steps.append)
    at = QPointF(200, 200)
    none = Qt.KeyboardModifier.NoModifier
    wheel(view, -120, none, at)
    wheel(view, 60, none, at)
    wheel(view, 60, none, at)
    wheel(view, -120, Qt.KeyboardModifier.ShiftModifier, at)
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert steps == [1, -1, 10, 1, -10]
    before = view.placement.zoom
    under = view.to_image(at)
    wheel(view, 120, Qt.KeyboardModifier.ControlModifier, at)
    assert view.placement.zoom == pytest.approx(before * 1.2)
    assert (view.to_image(at) - under).manhattanLength() < 1e-6


def test_right_drag_windows_one_hu_a_pixel(view: SliceView) -> None:
    spans: list[tuple[float, float]] = []
    view.window_dragged.connect(lambda low, high: spans.append((low, high)))
    target = view.viewport()
    QTest.mousePress(target, Qt.MouseButton.RightButton, pos=QPoint(100, 100))
    QTest.mouseMove(target, QPoint(120, 105))
    QTest.mouseRelease(target, Qt.MouseButton.RightButton, pos=QPoint(120, 105))
    low, high = spans[-1]
    assert high - low == pytest.approx(260)
    assert (low + high) / 2 == pytest.approx(25)


def test_middle_drag_pans_and_ruler_measures_mm(view: SliceView) -> None:
    target = view.viewport()
    before = view.to_screen(QPointF(100, 100))
    QTest.mousePress(target, Qt.MouseButton.MiddleButton, pos=QPoint(100, 100))
    QTest.mouseMove(target, QPoint(130, 90))
    QTest.mouseRelease(target, Qt.MouseButton.MiddleButton, pos=QPoint(130, 90))
    assert view.to_screen(QPointF(100, 100)) - before == QPointF(30, -10)
    view.set_mode(view.mode[0], True)
    start, end = (view.to_screen(QPointF(x, 50)).toPoint() for x in (50, 110))
    QTest.mousePress(target, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(target, end)
    QTest.mouseRelease(target, Qt.MouseButton.LeftButton, pos=end)
    assert float(view.ruler_text.split()[0]) == pytest.approx(60, abs=1)


def test_two_hundred_repaints_leave_none_alone(view: SliceView) -> None:
    """PySide6 6.12 drops references to None at each repaint until the program aborts."""
    square = ((40.0, 40.0), (90.0, 40.0), (90.0, 90.0), (40.0, 90.0))
    view.set_margins((MarginLine(square, "#f08a4b", "L1", True),), Aids((30, 30, 100, 100)))
    view.grab()
    before = sys.getrefcount(None)
    for index in range(200):
        view.set_window(-100 - index % 3, 140)
        view.viewport().repaint()
    assert sys.getrefcount(None) > before - 100
