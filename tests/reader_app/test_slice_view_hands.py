"""The slice view's hands: proposals, ghosts, anchors, ruler, window, lost buttons."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from slice_hands import LEFT, at, click, drag, move, ring

from reader_app.widgets.slice_view import (
    Aids,
    Finished,
    MarginLine,
    Mark,
    Mode,
    Picture,
    SliceBar,
    SliceView,
)
from reader_app.widgets.slice_view.hover import HOVER_MS
from reader_app.widgets.slice_view.ruler import Ruler
from studies.imaging import contour
from studies.records import Points

RIGHT = Qt.MouseButton.RightButton


class Heard:
    """What the view told."""

    def __init__(self, view: SliceView) -> None:
        self.drawn: list[Finished] = []
        self.hovered: list[tuple[float, float]] = []
        self.asked: list[tuple[float, float]] = []
        self.taken: list[str] = []
        view.drawn.connect(self.drawn.append)
        view.hover_asked.connect(lambda x, y: self.hovered.append((x, y)))
        view.proposal_asked.connect(lambda x, y: self.asked.append((x, y)))
        view.ghost_taken.connect(lambda: self.taken.append("ghost"))
        view.nothing_enclosed.connect(lambda: self.taken.append("nothing"))


@pytest.fixture
def view(qtbot) -> SliceView:
    widget = SliceView()
    qtbot.addWidget(widget)
    widget.resize(600, 500)
    widget.show()
    widget.set_picture(picture())
    return widget


def picture(series: int = 1) -> Picture:
    return Picture(np.zeros((200, 240), np.int16), 1.0, 1.0, (1, 0, 0, 0, 1, 0), series, "HU")


# --- proposals ----------------------------------------------------------------------------------


def test_the_proposal_tool_tells_where_the_pointer_is_the_newest_place_last(view, qtbot) -> None:
    heard = Heard(view)
    move(view, 50, 50)
    view.propose()
    assert heard.hovered == [pytest.approx((50, 50), abs=0.5)]
    began = time.perf_counter()
    for x in range(51, 91):
        move(view, x, 60)
    most = 2 + 1000 * (time.perf_counter() - began) / HOVER_MS
    assert len(heard.hovered) < min(most, 80)  # of 80 moves; none queue up
    qtbot.waitUntil(lambda: heard.hovered[-1] == pytest.approx((90, 60), abs=0.5), timeout=10000)
    assert not heard.asked
    view.propose()
    assert heard.asked == [pytest.approx((90, 60), abs=0.5)]
    assert view.mode == (Mode.DRAW, False)


@pytest.mark.parametrize("way", ["click", "enter", "again", "double click"])
def test_a_proposal_is_taken_where_the_pointer_is(view, way: str) -> None:
    heard = Heard(view)
    move(view, 80, 70)
    view.propose()
    view.set_ghost(ring(80, 70, 12), "proposed")
    if way == "click":
        click(view, 80, 70)
    elif way == "enter":
        assert view.complete()
    elif way == "again":
        view.propose()
    else:
        QTest.mouseClick(view.viewport(), LEFT, pos=at(view, 80, 70))
        QTest.mouseDClick(view.viewport(), LEFT, pos=at(view, 80, 70))
    assert heard.asked == [pytest.approx((80, 70), abs=0.5)]
    assert heard.taken == []
    assert view.ghost == ()
    assert not view.drawing.is_active


def test_escape_puts_the_proposal_tool_away(view) -> None:
    move(view, 80, 70)
    view.propose()
    view.set_ghost(ring(80, 70, 12))
    assert view.cancel()
    assert (view.ghost, view.mode) == ((), (Mode.DRAW, False))
    assert not view.cancel()


def test_the_tool_stays_on_the_next_slice_and_asks_again(view, qtbot) -> None:
    heard = Heard(view)
    move(view, 80, 70)
    view.propose()
    view.set_ghost(ring(80, 70, 12))
    view.set_picture(picture())
    assert view.ghost == ()
    qtbot.waitUntil(lambda: len(heard.hovered) == 2, timeout=10000)


# --- ghosts -------------------------------------------------------------------------------------


def test_a_ghost_is_seen_dashed_and_taken_by_enter_or_a_click_on_it(view) -> None:
    heard = Heard(view)
    view.set_color("#00ff00")
    before = view.grab().toImage()
    view.set_ghost(ring(100, 90, 40), "between")
    after = view.grab().toImage()
    y = at(view, 0, 90).y()
    xs = [at(view, x, 90).x() for x in (60, 140)]
    near = [
        after.pixelColor(x + dx, y + dy) for x in xs for dx in range(-3, 4) for dy in range(-9, 10)
    ]
    assert max(c.green() - c.red() for c in near) > 60
    assert after != before
    assert view.complete()
    click(view, 100, 90)
    assert heard.taken == ["ghost", "ghost"]
    assert not view.drawing.is_active
    click(view, 20, 20)
    assert heard.taken == ["ghost", "ghost"]
    assert view.drawing.clicks == 1


def test_a_ghost_does_not_hinder_drawing(view) -> None:
    heard = Heard(view)
    view.set_ghost(ring(100, 90, 40))
    line = ring(100, 90, 30)
    drag(view, (*line, line[0]))
    assert [done.tool for done in heard.drawn] == ["freehand"]
    assert heard.taken == []
    assert view.ghost
    assert view.cancel()
    assert view.ghost == ()


# --- margins ------------------------------------------------------------------------------------


def test_a_polygon_delivers_its_anchors_and_reopens_by_them(view) -> None:
    heard = Heard(view)
    corners = ring(100, 90, 40, 6)
    for point in corners:
        click(view, *point)
    assert view.complete()
    (done,) = heard.drawn
    assert len(done.anchors) == 6
    line = MarginLine(done.points, "#f08a4b", "L1", True, done.anchors, done.tool)
    view.set_margins((line,), Aids())
    assert view.drawing.handles == done.anchors
    drag(view, (done.anchors[0], (160.0, 90.0)))
    assert heard.drawn[1].anchors[1:] == done.anchors[1:]
    assert heard.drawn[1].anchors[0] == pytest.approx((160, 90), abs=0.5)


def test_a_magnetic_line_delivers_its_seeds(view) -> None:
    heard = Heard(view)
    view.drawing.tracer = lambda a, b: (a, ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), b)
    line = ring(100, 90, 40)
    drag(view, (*line, line[0]), Qt.KeyboardModifier.ShiftModifier)
    (done,) = heard.drawn
    assert done.tool == "magnetic"
    assert len(done.seeds) > 10
    assert done.seeds[0] == pytest.approx(line[0], abs=0.5)


def test_a_stroke_over_the_line_redraws_it_and_hides_the_old_one_meanwhile(view) -> None:
    heard = Heard(view)
    view.set_margins((MarginLine(ring(100, 90, 60, 200), "#f08a4b", "L1", True),), Aids())
    angles = np.linspace(0.25, 1.3, 40)  # between the anchors at 0 and at 30° steps
    reach = 60 + 12 * np.sin(np.linspace(0, np.pi, 40))
    line = tuple(
        (100 + r * math.cos(a), 90 + r * math.sin(a)) for r, a in zip(reach, angles, strict=True)
    )
    drag(view, line)
    (done,) = heard.drawn
    assert (done.tool, done.is_edit) == ("redraw", True)
    assert contour.area_mm2(done.points) > contour.area_mm2(ring(100, 90, 60, 200)) + 300


def test_enter_with_two_points_says_so_and_keeps_them(view) -> None:
    heard = Heard(view)
    click(view, 50, 50)
    click(view, 90, 50)
    assert view.complete()
    assert heard.taken == ["nothing"]
    assert view.drawing.clicks == 2


@pytest.mark.parametrize(
    ("line", "is_margin"),
    [
        (tuple((40.0 + x, 90.0) for x in range(60)), False),
        (tuple((40.0 + x, 90.0 + 0.8 * math.sin(x / 4)) for x in range(60)), False),
        (
            (*((40.0 + x, 90.0) for x in range(60)), *((100.0 - x, 91.5) for x in range(60))),
            False,
        ),
        ((*((40.0 + x, 90.0) for x in range(60)), *((100.0 - x, 94.0) for x in range(60))), True),
        ((*ring(80, 90, 2.5, 30), (82.5, 90.0)), True),
    ],
    ids=["straight", "waves", "1.5 px wide", "4 px wide", "5 px across"],
)
def test_a_stroke_there_and_back_is_refused_and_said(view, line: Points, is_margin: bool) -> None:
    """Zoomed in, so that a screen px is less than one of the picture."""
    heard = Heard(view)
    view.zoom_by(3.0, QPointF(at(view, 80, 90)))
    drag(view, line)
    assert len(heard.drawn) == is_margin
    assert heard.taken == ([] if is_margin else ["nothing"])


def test_a_push_where_no_margin_is_is_said(view) -> None:
    said: list[str] = []
    view.nothing_to_push.connect(lambda: said.append("nothing"))
    view.set_mode(Mode.NUDGE)
    click(view, 80, 90)
    assert said == ["nothing"]
    view.set_margins((MarginLine(ring(80, 90, 30), "#f08a4b", "L1", True),), Aids())
    click(view, 80, 90)
    assert said == ["nothing"]


def test_a_button_let_go_elsewhere_ends_the_stroke_and_the_drag(view) -> None:
    heard = Heard(view)
    line = ring(100, 90, 40)
    QTest.mousePress(view.viewport(), LEFT, pos=at(view, *line[0]))
    for point in line[1:]:
        view.drawing.move(point)
    view.mouseMoveEvent(_free_move(view, *line[0]))
    assert [done.tool for done in heard.drawn] == ["freehand"]
    QTest.mousePress(view.viewport(), RIGHT, pos=at(view, 50, 50))
    spans: list[tuple[float, float]] = []
    view.window_dragged.connect(lambda low, high: spans.append((low, high)))
    view.mouseMoveEvent(_free_move(view, 70, 50))
    assert spans == []


def _free_move(view: SliceView, x: float, y: float) -> QMouseEvent:
    return _move_event(view.to_screen(QPointF(x, y)), Qt.MouseButton.NoButton)


def _move_event(
    place: QPointF,
    buttons: Qt.MouseButton,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> QMouseEvent:
    none = Qt.MouseButton.NoButton
    return QMouseEvent(QEvent.Type.MouseMove, place, place, none, buttons, modifiers)


# --- ruler, window, bar -------------------------------------------------------------------------


def test_the_rulers_ends_can_be_moved_and_escape_removes_it(view) -> None:
    view.set_mode(Mode.DRAW, True)
    drag(view, ((40, 50), (70, 60), (100, 50)))
    assert float(view.ruler_text.split()[0]) == pytest.approx(60, abs=1)
    drag(view, ((100, 50), (140, 50)))
    assert float(view.ruler_text.split()[0]) == pytest.approx(100, abs=1)
    drag(view, ((40, 50), (60, 50)))
    assert float(view.ruler_text.split()[0]) == pytest.approx(80, abs=1)
    drag(view, ((100, 150), (100, 190)))
    assert float(view.ruler_text.split()[0]) == pytest.approx(40, abs=1)
    assert view.cancel()
    assert view.ruler_text == ""
    click(view, 80, 80)
    assert view.ruler_text == ""


def test_a_rulers_nearer_end_is_gripped() -> None:
    ruler = Ruler((10.0, 10.0), (14.0, 10.0))
    assert ruler.grip((11.0, 10.0), 5.0) == 0
    assert ruler.grip((13.0, 10.0), 5.0) == 1
    assert ruler.grip((30.0, 10.0), 5.0) is None
    assert ruler.length(2.0, 0.5) == 2.0
    assert Ruler((0.0, 0.0), (6.0, 4.0)).length(2.0, 1.0) == 10.0


@pytest.mark.parametrize(
    ("modifier", "speed"),
    [
        (Qt.KeyboardModifier.NoModifier, 1.0),
        (Qt.KeyboardModifier.ShiftModifier, 5.0),
        (Qt.KeyboardModifier.ControlModifier, 0.2),
    ],
)
def test_modifiers_change_the_windows_speed(view, modifier, speed: float) -> None:
    view.set_window(-100, 300)
    spans: list[tuple[float, float]] = []
    view.window_dragged.connect(lambda low, high: spans.append((low, high)))
    QTest.mousePress(view.viewport(), RIGHT, modifier, QPoint(200, 200))
    view.mouseMoveEvent(_move_event(QPointF(210, 195), RIGHT, modifier))
    low, high = spans[-1]
    assert high - low == pytest.approx(400 + 10 * speed)
    assert (low + high) / 2 == pytest.approx(100 - 5 * speed)


def test_the_bar_shows_each_lesions_shape_once_and_where_slices_are_missing(qtbot) -> None:
    bar = SliceBar()
    qtbot.addWidget(bar)
    bar.resize(bar.sizeHint().width(), 212)
    bar.set_place(0, 20)
    marks = tuple(Mark(i, "#f08a4b", "L1", marker="circle", is_key=i == 6) for i in (4, 5, 6))
    bar.set_marks((*marks, Mark(12, "#30d0a0", "L2", marker="square")))
    bar.set_gaps((15,))
    shown = bar.grab().toImage()

    def colors(index: float, name: str) -> int:
        y = round(6 + (index + 0.5) * 10)
        return sum(
            shown.pixelColor(x, y + dy).name() == name for x in range(22) for dy in range(-4, 5)
        )

    assert colors(6, "#f08a4b") > colors(4, "#f08a4b") + 8
    assert colors(12, "#30d0a0") > 40
    assert colors(15.5, "#30d0a0") == 0
    plain = shown.pixelColor(11, 200).name()
    assert shown.pixelColor(1, 6 + 160 - 2).name() != plain
    assert bar.words_at(6 + 155) == "Slice 16. Slices are missing after it."
    assert bar.words_at(6 + 65) == "Slice 7: L1"
