"""Many margins on one slice: a click chooses another, names keep clear, a place is marked."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QTransform
from PySide6.QtTest import QTest
from slice_hands import LEFT, at, click, drag, ring

from reader_app.widgets.slice_view import Aids, Finished, MarginLine, Mode, Picture, SliceView
from reader_app.widgets.slice_view.items import path_of
from reader_app.widgets.slice_view.naming import Name, names
from reader_app.widgets.slice_view.orientation import Turn
from reader_app.widgets.theme import font
from studies.imaging import contour

ORANGE, BLUE = "#f08a4b", "#8aa0f0"


def picture(side: int = 256, number: int = 1) -> Picture:
    pixels = np.full((side, side), number, np.int16)
    return Picture(pixels, 1.0, 1.0, (1, 0, 0, 0, 1, 0), 1, "HU")


OWN = MarginLine(ring(70, 120, 30), ORANGE, "L1", True, key=1)
OTHER = MarginLine(ring(170, 120, 30), BLUE, "L2", key=2)


class Heard:
    """What the view told."""

    def __init__(self, view: SliceView) -> None:
        self.drawn: list[Finished] = []
        self.clicked: list[int] = []
        view.drawn.connect(self.drawn.append)
        view.margin_clicked.connect(self.clicked.append)


@pytest.fixture
def view(qtbot) -> SliceView:
    widget = SliceView()
    qtbot.addWidget(widget)
    widget.resize(600, 560)
    widget.show()
    widget.set_picture(picture())
    widget.set_margins((OWN, OTHER), Aids())
    return widget


# --- choosing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("off", [0.0, 1.5, -1.5])
def test_a_click_on_another_margins_line_chooses_it_and_begins_no_polygon(view, off: float) -> None:
    heard = Heard(view)
    click(view, 170 - 30 + off, 120)
    assert heard.clicked == [2]
    assert not view.drawing.is_active
    assert heard.drawn == []


@pytest.mark.parametrize("place", [(170, 120), (150, 60), (40, 120), (70 + 30 / math.sqrt(2),) * 2])
def test_a_click_elsewhere_begins_a_polygon(view, place: tuple[float, float]) -> None:
    """Within another margin, beside it, on the chosen one's own line."""
    heard = Heard(view)
    x, y = place
    click(view, x, y if y != x else 120 + 30 / math.sqrt(2))
    assert heard.clicked == []
    assert view.drawing.clicks == int(place != (40, 120))  # there is an anchor of its own


def test_while_a_polygon_is_drawn_a_click_on_another_line_is_its_next_point(view) -> None:
    heard = Heard(view)
    click(view, 120, 60)
    click(view, 140, 120)
    click(view, 170, 150)
    assert heard.clicked == []
    assert view.drawing.clicks == 3


def test_a_point_taken_back_under_the_hand_leaves_the_polygon(view) -> None:
    heard = Heard(view)
    click(view, 120, 60)
    QTest.mousePress(view.viewport(), LEFT, pos=at(view, 140, 120))
    assert view.step_back()
    QTest.mouseRelease(view.viewport(), LEFT, pos=at(view, 140, 120))
    assert heard.clicked == []
    assert view.drawing.clicks == 1


def test_a_stroke_from_another_margins_line_is_drawn(view) -> None:
    heard = Heard(view)
    drag(view, (*ring(170, 120, 30), (200.0, 120.0)))
    assert heard.clicked == []
    assert [done.tool for done in heard.drawn] == ["freehand"]


def test_a_double_click_on_another_line_chooses_once(view) -> None:
    heard = Heard(view)
    click(view, 140, 120)
    QTest.mouseDClick(view.viewport(), LEFT, pos=at(view, 140, 120))
    assert heard.clicked == [2]
    assert not view.drawing.is_active


def test_of_lines_that_meet_the_nearer_one_counts(view) -> None:
    heard = Heard(view)
    third = MarginLine(ring(170, 120, 27), BLUE, "L3", key=3)
    view.set_margins((OWN, OTHER, third), Aids())
    click(view, 139, 120)
    click(view, 144, 120)
    assert heard.clicked == [2, 3]


def test_a_line_without_a_key_or_with_the_chosen_ones_is_not_chosen(view) -> None:
    heard = Heard(view)
    for key in (0, 1):
        view.set_margins((OWN, MarginLine(OTHER.points, BLUE, "L1", key=key)), Aids())
        click(view, 140, 120)
        assert view.drawing.clicks == 1
        view.cancel()
    assert heard.clicked == []


def test_the_pointer_tells_where_a_click_would_choose(view) -> None:
    def shape(x: float, y: float) -> Qt.CursorShape:
        QTest.mouseMove(view.viewport(), at(view, x + 5, y))
        QTest.mouseMove(view.viewport(), at(view, x, y))
        return view.cursor().shape()

    assert shape(140, 120) == Qt.CursorShape.PointingHandCursor
    assert shape(170, 120) == Qt.CursorShape.CrossCursor
    assert shape(40, 120) == Qt.CursorShape.CrossCursor
    view.set_mode(Mode.NUDGE)
    assert shape(140, 120) == Qt.CursorShape.CrossCursor


def test_the_rulers_click_chooses_and_its_drag_measures(view) -> None:
    heard = Heard(view)
    view.set_mode(Mode.DRAW, True)
    click(view, 140, 120)
    assert heard.clicked == [2]
    assert view.ruler_text == ""
    drag(view, ((140.0, 120.0), (180.0, 120.0)))
    assert heard.clicked == [2]
    assert float(view.ruler_text.split()[0]) == pytest.approx(40, abs=1)


# --- 24 places on the screen --------------------------------------------------------------------


@pytest.mark.parametrize("zoom", [1.0, 2.5])
@pytest.mark.parametrize("radius", [6, 14, 30])
def test_on_the_screen_too_a_stroke_from_any_place_redraws(view, radius: int, zoom: float) -> None:
    heard = Heard(view)
    view.set_picture(picture(512))
    view.set_picture(Picture(np.zeros((512, 512), np.int16), 1, 1, (1, 0, 0, 0, 1, 0), 2, "HU"))
    view.zoom_by(zoom)
    margin = ring(256, 256, radius, 120)
    share = np.linspace(0, 1, 25)
    for place in range(24):
        view.set_margins((), Aids())
        view.set_margins((MarginLine(margin, ORANGE, "L1", True, key=1),), Aids())
        reach = radius * (1 + 0.25 * np.sin(share * np.pi))
        angle = place * math.pi / 12 + 1.2 * share
        xs, ys = 256 + reach * np.cos(angle), 256 + reach * np.sin(angle)
        drag(view, tuple(zip(xs.tolist(), ys.tolist(), strict=True)))
    assert [done.tool for done in heard.drawn] == ["redraw"] * 24
    assert all(contour.is_simple(done.points) for done in heard.drawn)


# --- names --------------------------------------------------------------------------------------


def covered(name: Name, to_screen: QTransform) -> QRectF:
    metrics, start = QFontMetricsF(font("panel")), to_screen.map(name.at) + name.offset
    height = metrics.ascent() + metrics.descent()
    whole = QRectF(start.x(), start.y() - metrics.ascent(), metrics.horizontalAdvance(name.text),
                   height)  # fmt: skip
    return whole.adjusted(0.5, 0.5, -0.5, -0.5)  # to touch is not to cover


def forty(gap: float) -> tuple[MarginLine, ...]:
    return tuple(
        MarginLine(ring(20 + gap * (n % 8), 20 + gap * (n // 8), 11), BLUE, f"L{n}", n == 9, key=n)
        for n in range(40)
    )


@pytest.mark.parametrize("turn", [Turn(), Turn(1), Turn(2, True)])
@pytest.mark.parametrize("gap", [24.0, 30.0])
@pytest.mark.parametrize("zoom", [1.0, 2.0, 4.0])
def test_no_name_lies_in_anothers_circle_or_on_another_name(
    qtbot, turn: Turn, gap: float, zoom: float
) -> None:
    across = QTransform().rotate(90 * turn.quarters).scale(-zoom if turn.flipped else zoom, zoom)
    lines = forty(gap)
    found = names(lines, Aids(), across)
    boxes = {name.text: covered(name, across) for name in found}
    assert "L9" in boxes
    for name in found:
        if name.text == "L9":
            continue  # the chosen one is named at all costs
        for line in lines:
            if line.label != name.text:
                assert not across.map(path_of(line.points, True)).intersects(boxes[name.text])
        rest = [box for text, box in boxes.items() if text != name.text]
        assert not any(boxes[name.text].intersects(box) for box in rest)
    if zoom == 4.0 and gap == 30.0:
        assert len(found) == 40


def test_a_name_moves_to_the_side_that_is_free(qtbot) -> None:
    line = MarginLine(ring(100, 100, 10), BLUE, "L1")
    right = MarginLine(ring(125, 96, 12), ORANGE, "L2")

    def side(*margins: MarginLine) -> QPointF:
        (found,) = [n for n in names((line, *margins), Aids(), QTransform()) if n.text == "L1"]
        return covered(found, QTransform()).center() - QPointF(100, 100)

    assert side().x() > 12
    assert side(right).x() < -12
    left = MarginLine(ring(75, 96, 12), ORANGE, "L3")
    assert side(right, left).y() < -12
    above = MarginLine(ring(100, 70, 17), ORANGE, "L4")
    assert side(right, left, above).y() > 12


def test_names_find_more_room_when_zoomed_in(view) -> None:
    view.set_margins(forty(24), Aids())
    before = len(view._names)
    view.zoom_by(3.0)
    assert before < len(view._names) == 40
    view.fit()
    assert len(view._names) == before


def test_the_chosen_name_stands_above_its_box(qtbot) -> None:
    (name,) = names((OWN,), Aids((35, 85, 105, 155)), QTransform())
    assert (name.at, name.offset.y() < 0) == (QPointF(35, 85), True)


# --- a place ------------------------------------------------------------------------------------


def test_a_place_is_marked_at_its_pixel_until_another_slice(view) -> None:
    view.set_margins((), Aids())
    plain = view.grab().toImage()
    view.set_place((128.0, 60.0))
    for zoom in (1.0, 2.0):
        view.zoom_by(zoom, QPointF(at(view, 128, 60)))
        marked, place = view.grab().toImage(), at(view, 128, 60)
        assert marked.pixelColor(place + QPoint(11, 0)).lightness() > 150
        assert marked.pixelColor(place + QPoint(0, -14)).lightness() > 150
        assert marked.pixelColor(place) == plain.pixelColor(place)  # what lies there is seen
    view.fit()
    view.set_place(None)
    assert view.grab().toImage() == plain
    view.set_place((128.0, 60.0))
    view.set_picture(picture(number=1))
    assert view.grab().toImage() == plain
