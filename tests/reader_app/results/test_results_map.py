"""The t-SNE explorer: colours, lasso, marks shared by the maps, words under the pointer, CSV."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel

from reader_app.state.results_map import ReaderMark
from reader_app.views.results.map_colours import ALL, CLASS, FOLD, NETWORK, READERS, SOME, WRONG
from reader_app.views.results.map_tab import MapTab
from reader_app.widgets.theme import PALETTE
from studies.records import PredictionRecord

LEFT, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def judged(loaded):
    """CNN-AUG calls two lesions of a fold cysts that are none, CNN-AUG-GAN one; three were read."""
    maps = []
    for one in loaded.maps:
        ids = [p.lesion_id for p in one.embedding.points if not p.augmented]
        wrong = {ids[-1], ids[-2]} if one.name == "CNN-AUG" else {ids[-1]}
        truth = {lesion.id: lesion.category for lesion in loaded.lesions}
        said = tuple(
            PredictionRecord(
                one.run.id, i, truth[i], "cyst" if i in wrong else truth[i], (0.7, 0.2, 0.1)
            )
            for i in ids
        )
        maps.append(replace(one, said=said))
    marks = (ReaderMark(1, 2, 2), ReaderMark(4, 1, 2), ReaderMark(7, 0, 2))
    return replace(loaded, maps=tuple(maps), reader_marks=marks)


@pytest.fixture
def tab(qtbot, state, judged):
    made = MapTab(state)
    qtbot.addWidget(made)
    made.resize(1160, 640)
    with qtbot.waitExposed(made):
        made.show()
    state.give(judged)
    made.show_results(judged)
    return made


def views(tab):
    return [panel.view for panel in tab.panels]


def words(widget):
    return [one.text() for one in widget.findChildren(QLabel) if one.isVisibleTo(widget)]


def place(view, lesion_id):
    point = view._real[lesion_id]
    return view.mapFromScene(view.getViewBox().mapViewToScene(QPointF(point.x, point.y)))


def send(view, kind, at, buttons=NO_BUTTON, modifiers=NONE):
    button = NO_BUTTON if kind == QEvent.Type.MouseMove else LEFT
    spot = QPointF(at)
    target = view.viewport()
    event = QMouseEvent(kind, spot, target.mapToGlobal(spot), button, buttons, modifiers)
    QApplication.sendEvent(target, event)


def draw_around(view, lesion_id, *, modifiers=NONE, half=7):
    at = place(view, lesion_id)
    corners = [QPoint(at.x() + x, at.y() + y) for x, y in
               ((-half, -half), (half, -half), (half, half), (-half, half))]  # fmt: skip
    send(view, QEvent.Type.MouseButtonPress, corners[0], LEFT, modifiers)
    for corner in corners[1:]:
        send(view, QEvent.Type.MouseMove, corner, LEFT, modifiers)
    send(view, QEvent.Type.MouseButtonRelease, corners[-1], NO_BUTTON, modifiers)


# --- colours


def test_only_what_is_known_can_be_coloured(tab, loaded, qtbot):
    assert tab.choices.colours.options == (CLASS, NETWORK, READERS)
    tab.show_results(loaded)
    assert tab.choices.colours.options == (CLASS,)
    pooled = tuple(replace(one, run=replace(one.run, fold=None)) for one in loaded.maps[:2])
    points = tuple(p for one in loaded.maps[:2] for p in one.embedding.points)
    whole = replace(pooled[0], embedding=replace(pooled[0].embedding, points=points))
    tab.show_results(replace(loaded, maps=(whole,)))
    assert tab.choices.colours.options == (CLASS, FOLD)
    tab.choices.colours.choose(FOLD)
    qtbot.waitUntil(lambda: {"Fold 1 61", "Fold 2 61"} <= set(words(tab.choices.legend)))


def test_the_classes_are_counted_and_the_measures_say_what_they_rest_on(tab, qtbot):
    qtbot.waitUntil(lambda: words(tab.choices.legend) == ["18", "21", "22"])
    assert any(one.endswith("on the features .81, n\u00a061 of 366 points") for one in words(tab))
    assert tab.panels[0].hint.accessibleName() == "61 lesions, 305 augmentations"


def test_each_network_is_coloured_by_its_own_errors(tab):
    tab.choices.colours.choose(NETWORK)
    hints = [panel.hint.accessibleName().partition(" · ")[0] for panel in tab.panels]
    assert hints == ["2 of 61 wrong", "1 of 61 wrong"]
    sizes = views(tab)[0]._solid.data["size"]
    assert sorted(sizes)[-3:] == [9.0, WRONG.size, WRONG.size]


def test_readers_errors_tell_some_from_all(tab, qtbot):
    tab.choices.colours.choose(READERS)
    assert tab.panels[0].hint.accessibleName().startswith("1 of 3 wrong for all, 1 for some")
    wanted = {f"{SOME.words} 1", f"{ALL.words} 1", "right 1", "not read 58"}
    qtbot.waitUntil(lambda: wanted <= set(words(tab.choices.legend)))


# --- lasso and marks


def test_a_lasso_on_one_map_marks_the_same_lesions_on_the_other(tab, state, qtbot):
    left, right = views(tab)
    qtbot.keyClick(left, Qt.Key.Key_L)
    assert tab.choices.lasso.isChecked()
    first = left.lesion_ids[0]
    draw_around(left, first)
    assert first in state.marks.marked
    assert len(state.marks.marked) < 12
    assert left.marked == right.marked == state.marks.marked
    count = len(state.marks.marked)
    assert tab.marked.isVisible()
    assert tab.marked.list.count() == count
    assert tab.marked.hint.accessibleName().startswith(f"{count} lesion")
    other = next(i for i in right.lesion_ids[::-1] if i not in state.marks.marked)
    draw_around(right, other, modifiers=SHIFT)
    assert {first, other} <= set(state.marks.marked)
    qtbot.keyClick(left, Qt.Key.Key_Escape)
    assert not tab.choices.lasso.isChecked()
    assert state.marks.marked
    qtbot.keyClick(left, Qt.Key.Key_Escape)
    assert state.marks.marked == left.marked == ()
    assert not tab.marked.isVisible()


def test_dragging_without_the_lasso_marks_nothing(tab, state):
    draw_around(views(tab)[0], views(tab)[0].lesion_ids[0])
    assert state.marks.marked == ()


def test_space_marks_the_chosen_lesion_and_lets_it_go(tab, state, qtbot):
    view = views(tab)[0]
    chosen = view.lesion_ids[3]
    view.ring(chosen)
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert state.marks.marked == views(tab)[1].marked == (chosen,)
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert state.marks.marked == ()


def test_marks_outlast_another_fold(tab, state):
    first = views(tab)[0].lesion_ids[0]
    state.marks.mark((first,))
    tab.choices.folds.setCurrentIndex(1)
    assert views(tab)[0].marked == ()
    assert tab.marked.list.count() == 1
    tab.choices.folds.setCurrentIndex(0)
    assert views(tab)[0].marked == (first,)


def test_a_marked_point_can_still_be_clicked(tab, state, qtbot):
    view = views(tab)[0]
    lesion = view.lesion_ids[5]
    state.marks.mark((lesion,))
    view.ring(lesion)
    view.viewport().repaint()
    with qtbot.waitSignal(view.chosen) as chosen:
        qtbot.mouseClick(view.viewport(), LEFT, pos=place(view, lesion))
    assert chosen.args[0] in view.lesion_ids


def test_the_row_of_marked_lesions_goes_by_arrow_keys(tab, state, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(type(state), "choose_lesion", lambda _s, i, _shown: asked.append(i))
    state.marks.mark(views(tab)[0].lesion_ids[:3])
    qtbot.keyClick(tab.marked.list, Qt.Key.Key_Right)
    qtbot.keyClick(tab.marked.list, Qt.Key.Key_Right)
    assert asked == list(views(tab)[0].lesion_ids[:2])


def test_a_picture_that_was_read_is_put_on_its_lesion(tab, state):
    marked = views(tab)[0].lesion_ids[:2]
    state.marks.mark(marked)
    state.marks.pictures = ((marked[1], np.ones((64, 64), np.float32)),)
    state.marks.pictures_read.emit()
    shown = [tab.marked.list.item(k).icon().pixmap(52, 52).toImage() for k in range(2)]
    assert shown[0].pixelColor(5, 5).name() == PALETTE.line
    assert shown[1].pixelColor(5, 5).name() == "#ffffff"
    assert shown[1].pixelColor(50, 38).name() == PALETTE.image  # beside the class mark


# --- the pointer, zoom and panning


def test_the_lesion_under_the_pointer_is_told(tab):
    view = views(tab)[0]
    lesion = view.lesion_ids[0]
    assert not view.hover.isVisible()
    send(view, QEvent.Type.MouseMove, place(view, lesion))
    near = view.near(QPointF(place(view, lesion)))
    assert view.hover.isVisible()
    told = view.hover.toPlainText().split("\n")
    assert told[0] == f"P-{near:03d} · L1"
    assert told[2].startswith("CNN-AUG says ")
    send(view, QEvent.Type.MouseMove, QPoint(1, 1))
    assert not view.hover.isVisible()


def test_readings_are_told_where_there_are_some(tab):
    told = dict(views(tab)[0]._words)
    assert told[4].endswith("1 of 2 readings right")
    assert "readings" not in told[10]


def test_plus_and_minus_zoom_and_0_shows_all(tab, qtbot):
    view = views(tab)[0]
    view.show_all()
    whole = view.getViewBox().viewRect().width()
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.getViewBox().viewRect().width() == pytest.approx(whole / 1.25)
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.getViewBox().viewRect().width() == pytest.approx(whole * 1.25)
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.getViewBox().viewRect().width() == pytest.approx(whole)


def test_another_colour_keeps_the_zoom(tab, qtbot):
    view = views(tab)[0]
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    before = view.getViewBox().viewRect()
    tab.choices.colours.choose(NETWORK)
    assert view.getViewBox().viewRect() == before


def pixels(view):
    """The map as painted (height, width, 3)."""
    image = view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.array(image.constBits()).reshape(image.height(), image.width(), 4)[..., :3]


def test_a_small_pan_moves_the_picture_and_draws_no_point_anew(tab):
    view = views(tab)[0]
    box, layer = view.getViewBox(), view._solid
    pixels(view)
    drawn = layer.drawn
    width, height = box.viewPixelSize()
    box.translateBy((20 * width, 10 * height))
    moved = pixels(view)
    assert layer.drawn == drawn
    for one in (view._solid, view._faint):
        one.invalidate()
    fresh = pixels(view)
    assert layer.drawn == drawn + 1
    # A mark that falls between two pixels may be drawn one further: sub-pixel rounding.
    assert np.abs(moved.astype(int) - fresh).mean() < 0.05 * fresh.std()
    box.translateBy((0.3 * view.width() * width, 0))
    pixels(view)
    assert layer.drawn == drawn + 2
    box.scaleBy((0.8, 0.8))
    pixels(view)
    assert layer.drawn == drawn + 3
