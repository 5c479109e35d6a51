"""The synthetic gallery as a person uses it: filter, look, decide, take back, draw."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from gallery_desk import GalleryDesk as Desk
from gallery_desk import new_gallery_desk
from gallery_study import InThisProcess, add_generator, add_rois, gallery_study
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox
from pytestqt.qtbot import QtBot

from engine.audit import nearest
from reader_app.state import gallery_state
from reader_app.state.study_state import GalleryPointer
from reader_app.views.learn.pair_detail import PairDetail
from reader_app.views.learn.pair_grid import BETWEEN, PICTURE, card_of
from reader_app.widgets.segmented import Segmented
from reader_app.workflows import synthesise as drawing
from studies import cases, learning, reading
from studies.records import SyntheticRoiRecord

VERDICTS = ("clear", "close", "copy", "clear")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three generators, two of which drew five ROIs; every test has a copy of it."""
    folder = tmp_path_factory.mktemp("made") / "g.blindread"
    with gallery_study(folder) as store:
        add_rois(store, 1, "cyst", VERDICTS)
        add_rois(store, add_generator(store, "hemangioma", None), "hemangioma", ("clear",))
        add_generator(store, "cyst", 1)
        cases.rois(store)  # sampled once for all
    return folder


@pytest.fixture
def desk(
    qtbot: QtBot, tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[Desk, None, None]:
    monkeypatch.setattr(drawing, "DRAW", "fake_training:draw")
    monkeypatch.setattr(drawing, "Child", InThisProcess)
    shutil.copytree(made, tmp_path / "g.blindread")
    with new_gallery_desk(qtbot, tmp_path / "g.blindread", 5) as made_desk:
        yield made_desk


def near_of(desk: Desk, roi: SyntheticRoiRecord) -> None:
    desk.state.choose(roi.id)
    desk.qtbot.waitUntil(
        lambda: desk.state.detail is not None and bool(desk.state.detail.near), timeout=10000
    )


# --- filters


def test_least_clear_come_first_and_every_filter_narrows_them(desk: Desk) -> None:
    state = desk.state
    assert [pair.roi.audit for pair in state.shown][:2] == ["copy", "close"]
    desk.view.verdicts.choose("Close 1")
    assert [pair.roi.audit for pair in state.shown] == ["close"]
    assert desk.view.grid.pairs.rowCount() == 1
    state.filter_verdict("")
    state.filter_category("hemangioma")
    assert {pair.roi.category for pair in state.shown} == {"hemangioma"}
    state.filter_category("")
    assert [name for _, name in state.generators] == [
        "DCGAN cyst, fold 1 · cyst0",
        "DCGAN hemangioma · hemang",
        "DCGAN cyst, fold 2 · cyst1",
    ]
    state.filter_run(state.generators[0][0])
    assert len(state.shown) == 4
    state.filter_standing("kept out")
    assert [pair.roi.audit for pair in state.shown] == ["copy"]


def test_counts_follow_the_decisions(desk: Desk) -> None:
    assert dict(desk.state.standings) == {"undecided": 4, "accepted": 0, "kept out": 1}
    desk.state.select(desk.ids()[:2], desk.ids()[0])
    desk.state.decide(True)
    assert dict(desk.state.standings) == {"undecided": 2, "accepted": 2, "kept out": 1}
    words = desk.view.decisions.standing.accessibleName()
    assert words == "All 5 drawn ROIs: 2 undecided, 2 accepted, 1 kept out."


# --- which is chosen


def test_the_first_pair_is_chosen_when_somebody_looks(desk: Desk) -> None:
    desk.qtbot.waitUntil(lambda: desk.state.detail is not None, timeout=5000)
    assert desk.state.selected == (desk.state.shown[0].roi.id,)
    desk.state.filter_category("hemangioma")
    desk.qtbot.waitUntil(lambda: desk.state.detail.pair.category.code == "hemangioma")
    assert desk.state.selected == (desk.state.shown[0].roi.id,)
    desk.state.filter_verdict("copy")
    desk.qtbot.waitUntil(lambda: desk.state.detail is None)
    assert desk.state.selected == ()


def test_what_is_chosen_no_longer_is_not_decided_on(desk: Desk) -> None:
    desk.state.choose(desk.ids()[0])
    desk.view.grid.clearSelection()  # as a click beside the cards
    assert (desk.state.selected, desk.state.detail) == ((), None)
    desk.key(Qt.Key.Key_A)
    assert dict(desk.state.standings)["accepted"] == 0


@pytest.mark.parametrize("width", [420, 688, 690, 1077, 1313])
def test_cards_fill_the_row_at_any_width(desk: Desk, width: int) -> None:
    grid = desk.view.grid
    grid.setParent(None)
    desk.qtbot.addWidget(grid)
    grid.resize(width, 500)
    grid.show()
    rects = [grid.visualRect(grid.pairs.index(row)) for row in range(grid.pairs.rowCount())]
    first = [rect for rect in rects if rect.y() == rects[0].y()]
    room = width - grid.verticalScrollBar().sizeHint().width()
    assert len(first) == min(len(rects), (room + BETWEEN) // (card_of(PICTURE).width() + BETWEEN))
    assert 0 <= room - grid.row_width() <= len(first)


# --- the nearest real ROIs


def test_the_three_nearest_real_rois_come_with_their_likeness(desk: Desk) -> None:
    (first, *_), rois = learning.synthetic_rois(desk.store), cases.rois(desk.store)
    near_of(desk, first)
    detail = desk.state.detail
    own = [roi for roi in rois if roi.category == "cyst"]
    found = {
        roi.lesion_id: float(nearest(roi.image[None], first.image[None]).similarity[0])
        for roi in own
    }
    best = sorted(found, key=lambda lesion: -found[lesion])[:3]
    assert [one.lesion_id for one in detail.near] == best
    assert [one.similarity for one in detail.near] == pytest.approx([found[i] for i in best])
    assert all(one.name.startswith("P-") for one in detail.near)
    assert len(detail.yardstick.null) == len(own)
    top = max(detail.yardstick.null)
    assert detail.yardstick.at_least_as_alike(top) >= 1
    assert detail.yardstick.at_least_as_alike(1.01) == 0


def test_a_click_lays_another_neighbour_beside(desk: Desk) -> None:
    first = learning.synthetic_rois(desk.store)[0]
    near_of(desk, first)
    panel, detail = desk.view.findChild(PairDetail), desk.state.detail
    assert panel.names[1].toolTip() == detail.near[0].name
    desk.qtbot.mouseClick(panel.near[2], Qt.MouseButton.LeftButton)
    assert panel.names[1].toolTip() == detail.near[2].name
    assert panel.numbers[0].text().startswith(f"{detail.near[2].similarity:.3f}")
    assert "close from" in panel.strip.accessibleName()


def test_few_real_rois_are_said_to_have_fixed_limits(desk: Desk) -> None:
    close = learning.synthetic_rois(desk.store)[1]
    near_of(desk, close)
    assert desk.state.detail.yardstick.is_fixed  # four cysts
    panel = desk.view.findChild(PairDetail)
    assert panel.verdict.text() == (
        "Close to a real ROI of its class by fixed limits: too few real ROIs for their own."
    )
    assert "the generator trained on others" in panel.among.text()


# --- deciding


def test_many_are_chosen_by_shift_and_kept_out_by_k_with_a_reason(desk: Desk) -> None:
    grid, bar = desk.view.grid, desk.view.decisions
    grid.setFocus()
    model = grid.selectionModel()
    model.clearSelection()
    for row in (1, 2):
        model.select(grid.pairs.index(row), QItemSelectionModel.SelectionFlag.Select)
    chosen = {pair.roi.id for pair in desk.state.chosen}
    assert len(chosen) == 2
    desk.key(Qt.Key.Key_K)
    assert desk.kept.count(False) == 1  # only the copy: a reason is asked for
    assert [action.text() for action in bar.menu.actions()][:2] == ["&Copy", "&Artefact"]
    next(one for one in bar.menu.actions() if one.text() == "C&ut off").trigger()
    bar.menu.close()
    out = {roi.id for roi in learning.synthetic_rois(desk.store, accepted=False)}
    assert chosen < out
    decided = [pair.decision for pair in desk.state.pairs if pair.roi.id in chosen]
    assert {(one.reason, one.by) for one in decided} == {("cut off", "Dr A")}


def test_a_accepts_and_undo_takes_it_back(desk: Desk) -> None:
    first = desk.ids()[0]
    desk.state.choose(first)
    desk.key(Qt.Key.Key_A)
    pair = next(one for one in desk.state.pairs if one.roi.id == first)
    assert pair.standing == "accepted"
    desk.state.choose(first)
    desk.view.decisions.reason.setEditText("artefact")
    desk.key(Qt.Key.Key_K)
    assert not desk.kept[0]
    desk.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.kept[0]
    desk.said[0].action()  # Undo of the message goes on with the one before
    roi = learning.synthetic_rois(desk.store)[0]
    assert (roi.accepted, roi.decided) == (True, "")
    assert not desk.view.decisions.undo.isEnabled()


def test_a_copy_is_never_accepted_also_among_others(desk: Desk) -> None:
    first, second, copy, *_ = desk.ids()
    desk.state.choose(copy)
    assert not desk.view.decisions.accept.isEnabled()
    desk.state.select((first, second, copy), first)
    desk.state.decide(True)
    assert desk.said[0].kind == "warning"
    assert "copy of a real ROI stays out" in desk.said[0].sentence
    assert desk.kept[:3] == [True, True, False]
    assert desk.said[-1].sentence == "2 synthetic ROIs accepted for reading."


def test_what_is_kept_out_is_in_no_draft_of_a_reading(desk: Desk) -> None:
    before = dict(reading.draft_default(desk.store).synthetic_per_category)["cyst"]
    desk.state.choose(desk.ids()[0])
    desk.state.decide(False, "artefact")
    after = dict(reading.draft_default(desk.store).synthetic_per_category)["cyst"]
    assert (before, after) == (3, 2)


def test_a_reason_once_typed_is_no_reason_for_what_follows(desk: Desk) -> None:
    first, second, *_ = desk.ids()
    bar = desk.view.decisions
    desk.state.choose(first)
    bar.reason.setFocus()
    desk.qtbot.keyClicks(bar.reason.lineEdit(), "AK streaks")
    assert desk.kept[0]  # A and K were letters
    desk.qtbot.keyClick(bar.reason.lineEdit(), Qt.Key.Key_Return)
    assert desk.state.pairs[0].decision.reason == "AK streaks"
    desk.state.choose(second)
    desk.key(Qt.Key.Key_A)
    assert (desk.kept[1], desk.state.pairs[1].decision.reason) == (True, "")
    assert bar.reason.currentText() == ""


def test_deciding_goes_on_to_the_next_where_the_filter_hides_it(desk: Desk) -> None:
    desk.state.filter_standing("undecided")
    first, second, third = (pair.roi.id for pair in desk.state.shown[:3])
    desk.state.choose(second)
    desk.key(Qt.Key.Key_A)
    assert desk.state.selected == (third,)
    assert desk.view.grid.currentIndex().row() == 1
    desk.state.decide(False, "other")
    desk.state.decide(False, "other")
    assert desk.state.selected == (first,)
    desk.state.decide(False, "other")
    assert (desk.state.selected, desk.state.detail) == ((), None)
    assert not desk.view.decisions.accept.isEnabled()


def test_what_was_taken_back_is_decided_again_as_it_was(desk: Desk) -> None:
    first, second, *_ = desk.ids()
    desk.state.select((first, second), first)
    desk.state.decide(False, "artefact")
    before = [roi.decided for roi in learning.synthetic_rois(desk.store)]
    desk.state.undo()
    assert desk.state.selected == (first, second)
    assert desk.kept[:2] == [True, True]
    again = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    desk.key(Qt.Key.Key_Z, again)
    assert [roi.decided for roi in learning.synthetic_rois(desk.store)] == before
    desk.state.redo()
    assert [roi.decided for roi in learning.synthetic_rois(desk.store)] == before


def test_pictures_are_not_read_again_for_a_decision_of_ones_own(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, load = [], gallery_state.load

    def counted(*given: object) -> object:
        read.append(1)
        return load(*given)

    monkeypatch.setattr(gallery_state, "load", counted)
    desk.state.choose(desk.ids()[0])
    desk.state.decide(True)
    assert read == []
    desk.study.notify("synthetic")  # somebody else's
    desk.qtbot.waitUntil(lambda: desk.state._is_read, timeout=5000)
    assert read == [1]


# --- another page asks


def test_another_page_shows_a_roi_whatever_was_filtered(desk: Desk) -> None:
    wanted = desk.ids()[4]  # the hemangioma
    desk.state.filter_category("cyst")
    desk.state.filter_standing("kept out")
    with desk.qtbot.waitSignal(desk.state.called):
        desk.study.gallery_pointed.emit(GalleryPointer(wanted))
    assert desk.state.detail.pair.roi.id == wanted
    assert len(desk.state.shown) == 5
    assert desk.view.category.currentText() == "All classes"
    (index,) = desk.view.grid.selectionModel().selectedIndexes()
    assert desk.view.grid.pairs.pairs[index.row()].roi.id == wanted


def test_a_roi_asked_for_before_they_are_read_waits_for_them(desk: Desk) -> None:
    desk.study.notify("synthetic")
    desk.study.gallery_pointed.emit(GalleryPointer(desk.ids()[0], 1, "cyst"))
    first = desk.ids()[0]
    desk.qtbot.waitUntil(lambda: desk.state.selected == (first,), timeout=5000)
    assert desk.state.detail.pair.roi.id == first
    assert len(desk.state.shown) == 4
    assert desk.view.generator.currentData() == 1


def test_asking_for_a_roi_gives_a_self_test_up(desk: Desk) -> None:
    desk.qtbot.mouseClick(desk.view.ask_test, Qt.MouseButton.LeftButton)
    assert desk.view.stack.currentWidget() is desk.view.test
    desk.study.gallery_pointed.emit(GalleryPointer(desk.ids()[0]))
    assert desk.view.stack.currentWidget() is desk.view.full


def test_rois_go_with_their_generator_and_come_back_with_it(desk: Desk) -> None:
    learning.delete_run(desk.store, 1)
    desk.study.notify("runs")
    desk.qtbot.waitUntil(lambda: len(desk.state.pairs) == 1, timeout=5000)
    learning.restore_run(desk.store, 1)
    desk.study.notify("runs")
    desk.qtbot.waitUntil(lambda: len(desk.state.pairs) == 5, timeout=5000)


def test_who_decided_why_is_shown(desk: Desk) -> None:
    desk.state.choose(desk.ids()[1])
    panel = desk.view.findChild(PairDetail)
    assert panel.decided.text() == "Nobody has decided."
    desk.state.decide(False, "wrong class look")
    assert panel.decided.text().startswith("Kept out by Dr A, 20")
    assert panel.decided.text().endswith("UTC: wrong class look.")


# --- drawing


def test_drawing_adds_audited_rois_with_a_seed_of_their_own(desk: Desk) -> None:
    view, before = desk.view, learning.synthetic_rois(desk.store)
    desk.state.filter_run(1)  # not the newest generator of cysts
    view.draw_class.setCurrentIndex(view.draw_class.findData("cyst"))
    view.draw_count.setValue(2)
    desk.qtbot.mouseClick(view.draw, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: len(desk.state.pairs) == 7, timeout=90000)
    fresh = learning.synthetic_rois(desk.store)[len(before) :]
    assert {roi.seed for roi in fresh} == {max(roi.seed for roi in before) + 1}
    assert {roi.run_id for roi in fresh} == {1}
    assert {roi.audit for roi in fresh} <= {"clear", "close", "copy"}
    assert all(roi.seed >= drawing.FIRST_SEED for roi in fresh)
    assert not np.array_equal(fresh[0].image, fresh[1].image)


def test_every_control_has_a_name_and_a_tooltip(desk: Desk) -> None:
    seen = 0
    for kind in (QAbstractButton, QAbstractSpinBox, QComboBox, Segmented):
        for one in desk.view.findChildren(kind):
            if one.objectName().startswith("qt_"):
                continue  # Qt's own arrows
            seen += 1
            assert one.accessibleName(), one
            spoken = one.text() if isinstance(one, QAbstractButton) else ""
            assert one.toolTip() or len(spoken) > 6, one.accessibleName()
    assert seen > 15
