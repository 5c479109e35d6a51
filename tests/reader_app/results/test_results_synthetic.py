"""Synthetic ROIs on the t-SNE maps, folds side by side, and the way to a lesion's slice."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from reader_app.messages import Messages
from reader_app.state.results_synthetic import MapSynthetic, PlacedRoi, SyntheticDetail, _Known
from reader_app.state.study_state import GalleryPointer, StudyState
from reader_app.views.results.map_choices import SIDE_BY_SIDE
from reader_app.views.results.map_colours import CLASS, FOLD, NETWORK
from reader_app.views.results.map_figure import figure_of
from reader_app.views.results.map_tab import MapTab
from reader_app.widgets.theme import PALETTE
from studies.learning import SyntheticPoint
from studies.records import DEFAULT_SCHEME, SyntheticRoiRecord
from studies.report.map_turn import turned, turning

LEFT = Qt.MouseButton.LeftButton
MADE = tuple(
    PlacedRoi(number, code, f"Synthetic {number}\n{code}")
    for number, code in ((501, "cyst"), (502, "hemangioma"), (503, "cyst"))
)


def placed(loaded):
    """Every map with 501 and 502 on it; 503 stands on none."""
    spots = (SyntheticPoint(501, -3.0, -6.0), SyntheticPoint(502, 6.0, -8.0))
    maps = tuple(
        replace(one, embedding=replace(one.embedding, synthetic=spots)) for one in loaded.maps
    )
    return replace(loaded, maps=maps)


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setattr(MapSynthetic, "rois", property(lambda _self: MADE))
    monkeypatch.setattr(MapSynthetic, "is_known", property(lambda _self: True))
    asked = []
    monkeypatch.setattr(MapSynthetic, "place", lambda _self, _maps: asked.append("place"))
    monkeypatch.setattr(
        MapSynthetic,
        "lacks",
        lambda _self, maps: any(len(one.embedding.synthetic) < 2 for one in maps),
    )
    return asked


@pytest.fixture
def tab(qtbot, state, loaded, known):
    made = MapTab(state)
    qtbot.addWidget(made)
    made.resize(1160, 640)
    with qtbot.waitExposed(made):
        made.show()
    state.give(placed(loaded))
    made.show_results(placed(loaded))
    return made


def hollow(view):
    return view._hollow.data


def detail(number=501):
    image = np.full((64, 64), 0.5, np.float32)
    roi = SyntheticRoiRecord(
        number, 7, "abcdef123", "cyst", 1 << 20, 2, 0, "close", 1, 0.81, True, image
    )
    return SyntheticDetail(roi, DEFAULT_SCHEME.category("cyst"), "DCGAN cyst, fold 1 · abcdef")


# --- the toggle


def test_hollow_marks_stand_only_while_they_are_wanted(tab):
    view = tab.panels[0].view
    assert view.synthetic_ids == ()
    real = len(view._solid.data)
    tab.choices.synthetic.setChecked(True)
    assert view.synthetic_ids == (501, 502)
    assert len(hollow(view)) == 2
    assert len(view._solid.data) == real
    tab.choices.synthetic.setChecked(False)
    assert view.synthetic_ids == ()


def test_they_are_hollow_in_the_class_s_colour_and_grey_where_colour_tells_more(tab, loaded):
    tab.choices.synthetic.setChecked(True)
    view = tab.panels[0].view
    pens = [pen.color().name() for pen in hollow(view)["pen"]]
    assert pens == [DEFAULT_SCHEME.category(c).color for c in ("cyst", "hemangioma")]
    assert all(brush.style() == Qt.BrushStyle.NoBrush for brush in hollow(view)["brush"])
    tab.choices.colours.set_options((CLASS, NETWORK), NETWORK)
    look = replace(tab._look(), by=NETWORK)
    tab.panels[0].show_map(tab._loaded, tab.shown[0], look)
    assert {pen.color().name() for pen in hollow(view)["pen"]} == {PALETTE.text_3}


def test_legend_and_head_count_those_that_the_maps_have(tab):
    tab.choices.synthetic.setChecked(True)
    words = [one.text() for one in tab.choices.legend.findChildren(type(tab.note))]
    assert "Hollow: 2 synthetic" in words
    assert tab.panels[0].hint.accessibleName().startswith("61 lesions, 2 synthetic, ")
    assert "placed on the finished map" in tab.note.text()


def test_maps_that_lack_some_have_them_placed_once(tab, loaded, known):
    tab.choices.synthetic.setChecked(True)
    assert known == []
    tab.choices.synthetic.setChecked(False)
    tab.show_results(loaded)
    tab.choices.synthetic.setChecked(True)
    assert known == ["place"]


def test_real_points_stay_where_they_are(tab):
    view = tab.panels[0].view
    before = view._places.copy()
    tab.choices.synthetic.setChecked(True)
    np.testing.assert_array_equal(view._places, before)


def test_a_turned_map_turns_its_synthetic_points_alike():
    spots = [SyntheticPoint(k, float(k), float(k)) for k in range(-4, 5)]
    spots += [SyntheticPoint(k + 20, float(k), float(-k)) for k in range(-4, 5)]
    found = turned(spots, 30)
    lengths = [np.hypot(p.x, p.y) for p in spots]
    assert [np.hypot(p.x, p.y) for p in found] == pytest.approx(lengths)
    assert [p.synthetic_id for p in found] == [p.synthetic_id for p in spots]
    assert np.degrees(np.arctan2(found[8].y, found[8].x)) == pytest.approx(45 - 30)
    assert turned(spots, 0) == spots


def test_a_square_on_its_corner_is_set_upright():
    corners = ((0, 5), (5, 0), (0, -5), (-5, 0))
    square = [SyntheticPoint(k, float(x), float(y)) for k, (x, y) in enumerate(corners)]
    assert turning(square) == 45
    assert max(abs(p.x) for p in turned(square, 45)) == pytest.approx(5 / np.sqrt(2))


# --- choosing one


def test_a_click_on_a_hollow_mark_chooses_it(tab, state, qtbot):
    tab.choices.synthetic.setChecked(True)
    view = tab.panels[0].view
    view.viewport().repaint()
    point = view._made[501]
    at = view.mapFromScene(view.getViewBox().mapViewToScene(QPointF(point.x, point.y)))
    with qtbot.waitSignal(view.synthetic_chosen) as chosen:
        qtbot.mouseClick(view.viewport(), LEFT, pos=at)
    assert chosen.args == [501]


def test_the_chosen_one_shows_generator_audit_and_is_ringed_in_both(tab, state):
    tab.choices.synthetic.setChecked(True)
    made = state.marks.synthetic
    made.detail = detail()
    made.chosen_changed.emit()
    assert tab.chosen.currentWidget() is tab.chosen.made
    words = [one.text() for one in tab.chosen.made.findChildren(type(tab.note))]
    assert {"DCGAN cyst, fold 1 · abcdef", "close", "0.810"} <= set(words)
    for panel in tab.panels:
        assert panel.view._label.toPlainText().strip() == "synthetic 501"
    made.detail = None
    made.chosen_changed.emit()
    assert tab.chosen.currentWidget() is tab.chosen.lesion


def test_arrow_keys_go_among_synthetic_rois_once_one_is_chosen(tab, qtbot):
    tab.choices.synthetic.setChecked(True)
    view = tab.panels[0].view
    view.ring_synthetic(501)
    with qtbot.waitSignal(view.synthetic_chosen) as chosen:
        for key in (Qt.Key.Key_Down, Qt.Key.Key_Right):
            qtbot.keyClick(view, key)
    assert chosen.args == [502]


# --- folds side by side


def test_the_folds_of_one_network_stand_side_by_side(tab, qtbot):
    assert tab.choices.folds.itemText(tab.choices.folds.count() - 1) == SIDE_BY_SIDE
    tab.choices.folds.setCurrentText(SIDE_BY_SIDE)
    assert tab.choices.networks.isVisible()
    assert tab.choices.networks.currentText() == "CNN-AUG-GAN"
    shown = [panel for panel in tab.multiples.panels if panel.isVisible()]
    assert [panel.title.text() for panel in shown] == ["Test fold 1", "Test fold 2"]
    assert {len(panel.view.lesion_ids) for panel in shown} == {61}
    assert "Trust .96 · 10-NN .78" in shown[0].measures.text().replace(".77", ".78")
    assert "unrelated spaces" in tab.note.text()
    assert FOLD in tab.choices.colours.options
    tab.choices.networks.setCurrentText("CNN-AUG")
    assert {one.name for one in tab.shown} == {"CNN-AUG"}
    tab.choices.folds.setCurrentIndex(0)
    assert not tab.choices.networks.isVisible()
    assert FOLD not in tab.choices.colours.options


def test_a_lesion_marked_on_a_small_map_is_marked(tab, state):
    tab.choices.folds.setCurrentText(SIDE_BY_SIDE)
    view = tab.multiples.panels[1].view
    lesion = view.lesion_ids[4]
    view.toggled.emit(lesion)
    assert state.marks.marked == view.marked == (lesion,)


# --- placing, by the state itself


@pytest.fixture
def placing(monkeypatch):
    """A state with ROIs that no map has, a study it can write, and the jobs that it queued."""
    rois = (detail(601).roi,)
    jobs = SimpleNamespace(queued=[])
    jobs.run = lambda title, *calls, cancelled: jobs.queued.append((title, *calls, cancelled))
    said = []
    study = StudyState(Messages())
    monkeypatch.setattr(StudyState, "store", property(lambda _self: object()))
    monkeypatch.setattr(StudyState, "read_only", property(lambda _self: False))
    made = MapSynthetic(study, jobs, said.append)
    made._known = _Known(rois, ((7, "DCGAN cyst"),))
    made.jobs, made.said = jobs, said
    return made


def end(made, how):
    """End the newest job: 1 done, 2 failed, 3 cancelled."""
    _title, _factory, done, failed, cancelled = made.jobs.queued[-1]
    (lambda: done(1), lambda: failed("no"), cancelled)[how - 1]()


@pytest.mark.parametrize("how", [1, 2, 3])
def test_however_placing_ends_it_is_not_begun_again_by_itself(placing, loaded, how):
    made, maps = placing, loaded.maps
    made.changed.connect(lambda: made.place(maps))  # as the tab does
    assert made.lacks(maps)
    made.place(maps)
    assert made.placing
    end(made, how)
    assert not made.placing
    assert len(made.jobs.queued) == 1
    assert made.said == (["no"] if how == 2 else [])


def test_placing_is_tried_again_when_asked_or_when_a_map_is_new(placing, loaded):
    made, maps = placing, loaded.maps
    made.place(maps)
    end(made, 3)
    made.retry()
    made.place(maps)
    assert len(made.jobs.queued) == 2
    end(made, 3)
    first = replace(maps[0], embedding=replace(maps[0].embedding, created="2026-12-01T00:00:00"))
    made.place((first, *maps[1:]))
    assert len(made.jobs.queued) == 3


def test_the_box_says_that_some_could_not_be_placed(tab, loaded, known):
    tab.choices.synthetic.setChecked(True)
    assert tab.choices.synthetic.text() == "Synthetic"
    tab.show_results(loaded)
    assert tab.choices.synthetic.text() == "Synthetic (some not placed)"
    tab.choices.synthetic.setChecked(False)
    assert tab.choices.synthetic.text() == "Synthetic"


# --- to the gallery, to the slice, and into a file


def test_enter_opens_the_chosen_synthetic_roi_in_its_gallery(tab, state, qtbot):
    tab.choices.synthetic.setChecked(True)
    made = state.marks.synthetic
    made.detail = detail(502)
    made.chosen_changed.emit()
    pointed = []
    made._study.gallery_pointed.connect(pointed.append)
    with qtbot.waitSignal(state.asked) as asked:
        qtbot.keyClick(tab.panels[0].view, Qt.Key.Key_Return)
    assert asked.args == ["learn"]
    qtbot.mouseClick(tab.chosen.made.gallery, LEFT)
    assert pointed == [GalleryPointer(502)] * 2


def test_enter_opens_the_chosen_lesion_s_slice_on_annotate(tab, state, lesion_detail, qtbot):
    assert not tab.chosen.open_slice.isEnabled()
    state.give_lesion(lesion_detail)
    pointed = []
    state.marks._study.pointed.connect(pointed.append)
    with qtbot.waitSignal(state.asked) as asked:
        qtbot.keyClick(tab.panels[0].view, Qt.Key.Key_Return)
    assert asked.args == ["annotate"]
    lesion = lesion_detail.lesion
    (pointer,) = pointed
    assert (pointer.case_id, pointer.lesion_id) == (lesion.case_id, lesion.id)


def test_the_saved_figure_holds_what_is_shown(tab):
    plain = figure_of(tab._loaded, tab.shown, (), aside=False)
    full = figure_of(tab._loaded, tab.shown, MADE, aside=False)
    kinds = [row[3] for row in full.rows]
    assert kinds.count("synthetic") == 2 * 2
    assert len(full.rows) - len(plain.rows) == 4
    assert plain.title == "t-SNE of the last layer, test fold 1"
    aside = figure_of(tab._loaded, tab.shown, (), aside=True)
    assert aside.key == "tsne_cnn-aug"


def test_a_map_of_a_lesion_that_is_gone_is_shown_without_it(tab, loaded):
    gone = tab.panels[0].view.lesion_ids[0]
    less = placed(replace(loaded, lesions=tuple(x for x in loaded.lesions if x.id != gone)))
    tab.choices.synthetic.setChecked(True)
    tab.show_results(less)
    view = tab.panels[0].view
    assert gone not in view.lesion_ids
    assert view.synthetic_ids == (501, 502)
    row = figure_of(less, tab.shown, MADE, aside=False).rows
    assert all(str(gone) != str(one[0]) for one in row)
