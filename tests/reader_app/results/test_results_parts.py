"""The parts of the readers' results: confusion, times, conditions, disagreement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hostile_study import SCHEME
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QScrollArea

from reader_app.state.results_loading import ItemDetail
from reader_app.views.results.confusion_panel import _figure
from reader_app.views.results.gallery_list import spoken
from reader_app.views.results.lesion_panel import SlicePicture
from reader_app.views.results.readers_tab import CONDITIONS, CONFUSION, DISAGREEMENT, PARTS, TIMES
from reader_app.widgets.badge import Badge
from reader_app.widgets.figure_button import FigureButton
from reader_app.widgets.plots import MatrixView
from reader_app.widgets.roi_view import RoiThumb
from studies.records import DEFAULT_SCHEME
from studies.report.conditions import assemble_conditions
from studies.report.gallery import ALL_WRONG, FOOLED
from studies.report.readers import assemble_readers
from studies.report.times import assemble_times


def words(widget):
    return [one.text() for one in widget.findChildren(QLabel) if one.isVisibleTo(widget)]


def badges(widget):
    return [one.text() for one in widget.findChildren(Badge) if one.isVisibleTo(widget)]


def says(widget, text):
    return any(text in one for one in words(widget))


def test_the_parts_are_chosen_by_key(tab, qtbot):
    assert tab.parts.options == PARTS
    for part in PARTS[1:]:
        qtbot.keyClick(tab.parts, Qt.Key.Key_Right)
        assert tab.parts.value == part
        assert tab.stack.currentIndex() == PARTS.index(part)


def test_a_condition_stands_beside_its_reader_in_table_4(tab):
    scores = tab.scores
    assert words(scores).count("Reader 1") == 2
    assert "slice" in words(scores)
    assert words(scores).count("not asked") == 6  # three slices, synthetic and origin


def test_every_reading_has_its_matrix_beside_the_others(tab):
    tab.parts.choose(CONFUSION)
    shown = [m for m in tab.confusion.findChildren(MatrixView) if m.isVisibleTo(tab.confusion)]
    assert len(shown) == 6
    assert all("truth by reader says" in m.accessibleName() for m in shown)
    assert says(tab.confusion, "Accuracy where patients have several lesions")
    assert says(tab.confusion, "45 ROIs")


def test_times_are_computed_when_they_are_looked_at(tab, state, staged_answers, monkeypatch, qtbot):
    asked = []
    monkeypatch.setattr(type(state.details), "ask_times", lambda _s: asked.append(True))
    tab.parts.choose(TIMES)
    assert asked == [True]
    assert says(tab.times, "are being computed")
    state.details.times = assemble_times(staged_answers)
    state.details.times_read.emit()
    assert not says(tab.times, "are being computed")
    qtbot.waitUntil(lambda: says(tab.times, "45 trials are too few for a trend per 100 trials"))
    assert says(tab.times, "1 answer was changed")
    assert says(tab.times, "Intra-reader agreement on hidden repeats")
    state.details.forget()
    state.details.times_read.emit()
    assert says(tab.times, "are being computed")


def test_conditions_show_means_intervals_and_differences(tab, staged_loaded):
    tab.parts.choose(CONDITIONS)
    panel = tab.conditions
    result = staged_loaded.conditions.analyses[0].result
    assert says(panel.means, f"{result.single[1].mean:.3f}"[1:])
    assert says(panel.means, "Class accuracy: ROI and slice")
    assert says(panel.differences, "ROI − slice")
    assert says(panel.paired, "Reader 3 and Reader 3, slice")
    assert not panel.networks.isVisibleTo(panel)


def test_two_readers_are_told_why_there_is_no_random_sample(page, state, loaded, paper_answers):
    conditions = assemble_conditions(paper_answers, DEFAULT_SCHEME)
    state.give(replace(loaded, conditions=conditions, condition_sentences=conditions.declined))
    tab = page.stack.currentWidget().readers
    tab.parts.choose(CONDITIONS)
    assert says(tab.conditions, "two readers cannot show how readers differ")
    assert says(tab.conditions, "All was read under one condition")
    assert not tab.conditions.differences.isVisibleTo(tab.conditions)


def test_the_roc_of_another_condition_is_chosen(tab, qtbot):
    assert [tab.roc.conditions.itemText(i) for i in range(tab.roc.conditions.count())] == [
        "ROI", "slice",
    ]  # fmt: skip
    assert "Reader 1" in words(tab.roc)
    tab.roc.conditions.setCurrentIndex(1)
    qtbot.waitUntil(lambda: "Reader 1, slice" in words(tab.roc))
    assert "Reader 1" not in words(tab.roc)


def test_one_condition_offers_no_choice(page, state, loaded):
    state.give(loaded)
    assert not page.stack.currentWidget().readers.roc.conditions.isVisible()


# --- disagreement


def test_the_gallery_is_filtered_by_reason_and_class(tab, staged_loaded):
    tab.parts.choose(DISAGREEMENT)
    gallery = tab.gallery
    assert gallery.shown == staged_loaded.gallery
    gallery.kinds.setCurrentText(ALL_WRONG)
    wrong = tuple(one for one in staged_loaded.gallery if ALL_WRONG in one.kinds)
    assert gallery.shown == wrong
    gallery.kinds.setCurrentText(FOOLED)
    gallery.which.setCurrentText("Cyst")
    assert all(one.category == "cyst" and FOOLED in one.kinds for one in gallery.shown)
    assert says(gallery, f"{len(gallery.shown)} of 45 ROIs")
    gallery.kinds.setCurrentIndex(0)
    gallery.which.setCurrentText("synthetic")
    assert {one.origin for one in gallery.shown} == {"synthetic"}


def test_arrow_keys_choose_a_roi_and_it_is_asked_for(tab, state, monkeypatch, qtbot):
    asked = []
    monkeypatch.setattr(
        type(state.details), "choose", lambda _s, _loaded, item: asked.append(item.item)
    )
    tab.parts.choose(DISAGREEMENT)
    listed = tab.gallery.list
    listed.setFocus()
    listed.setCurrentIndex(listed.gallery.index(0))
    qtbot.keyClick(listed, Qt.Key.Key_Right)
    assert asked == [tab.gallery.shown[0].item, tab.gallery.shown[1].item]


def test_the_chosen_roi_is_large_with_answers_and_slice(tab, state, lesion_detail, qtbot):
    tab.parts.choose(DISAGREEMENT)
    item = next(one for one in tab.gallery.shown if one.origin == "real")
    image = np.full((64, 64), 0.5, np.float32)
    state.details.item = ItemDetail(item, image, lesion_detail)
    state.details.item_read.emit()
    detail = tab.gallery.detail
    assert detail.title.text() == f"Item {item.item}"
    expected = ["right" if said.right else "wrong" for said in item.said]
    qtbot.waitUntil(lambda: badges(detail) == expected)
    assert detail.findChild(RoiThumb) is not None
    assert detail.findChild(SlicePicture) is not None
    state.details.item = ItemDetail(replace(item, origin="synthetic"), image, None)
    state.details.item_read.emit()
    qtbot.waitUntil(lambda: says(detail, "A synthetic ROI has no slice"))


def test_pictures_fill_the_cards_when_they_were_read(tab, state):
    tab.parts.choose(DISAGREEMENT)
    model = tab.gallery.list.gallery
    assert model.picture(0) is None
    first = tab.gallery.shown[0].item
    state.details.pictures = ((first, np.ones((64, 64), np.float32)),)
    state.details.pictures_read.emit()
    assert model.picture(0).width() == 64


def test_a_screen_reader_says_truth_and_answers(tab):
    model = tab.gallery.list.gallery
    one = tab.gallery.shown[0]
    text = model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert text == spoken(one, {c.code: c for c in DEFAULT_SCHEME.categories})
    assert f"truth {DEFAULT_SCHEME.category(one.category).name}" in text
    assert "Reader 2 says" in text


def test_no_disagreement_is_an_empty_page(page, state, staged_loaded):
    state.give(replace(staged_loaded, gallery=()))
    tab = page.stack.currentWidget().readers
    tab.parts.choose(DISAGREEMENT)
    assert tab.gallery.currentWidget() is tab.gallery.none


# --- everywhere


def test_every_copy_button_copies_its_table_and_marks_simulated(
    page, state, staged_loaded, staged_answers, qtbot
):
    made_up = tuple(replace(a, reader_kind="simulated") for a in staged_answers)
    state.give(replace(staged_loaded, readers=assemble_readers(made_up, DEFAULT_SCHEME)))
    tab = page.stack.currentWidget().readers
    copies = [tab.scores.copy, tab.confusion.classes.copy, tab.times.changed.copy]
    for copy, row in zip(copies, ("Reader 1", "Cyst", "Answers changed"), strict=True):
        copy.click()
        text = QGuiApplication.clipboard().text()
        assert row in text
        assert "(simulated)" in text
    tab.gallery.copy.click()
    assert QGuiApplication.clipboard().text().startswith("Item\tTruth\tOrigin")


def test_every_control_has_a_name(tab):
    for part in PARTS:
        tab.parts.choose(part)
        for kind in (QAbstractButton, QComboBox):
            for control in tab.findChildren(kind):
                if control.isVisible():
                    assert control.accessibleName(), control


@pytest.mark.parametrize("part", PARTS)
def test_no_part_scrolls_sideways_in_a_small_window(page, tab, state, staged_answers, part, qtbot):
    state.details.times = assemble_times(staged_answers)
    state.details.times_read.emit()
    page.resize(1208, 716)
    tab.parts.choose(part)
    qtbot.waitUntil(lambda: page.width() == 1208)
    for area in tab.findChildren(QScrollArea):
        if area.isVisible():
            qtbot.waitUntil(
                lambda a=area: a.widget().minimumSizeHint().width() <= a.viewport().width()
            )


def test_ratings_are_written_where_the_user_says(page, state, loaded, monkeypatch, tmp_path):
    state.give(loaded)
    page.show_tab("Export")
    export = page.stack.currentWidget().export
    written = []
    monkeypatch.setattr(
        "PySide6.QtWidgets.QFileDialog.getExistingDirectory",
        staticmethod(lambda *_a: str(tmp_path)),
    )
    monkeypatch.setattr(type(state), "export_ratings", lambda _s, p: written.append(p))
    export.ratings.click()
    assert written == [tmp_path]
    state.give(replace(loaded, readers=None))
    assert not export.ratings.isEnabled()
    assert "no unblinded answers" in export.ratings.toolTip()


def test_five_classes_scroll_nowhere_sideways_in_a_small_window(page, state, loaded, paper_answers):
    five = replace(loaded.study, scheme=SCHEME)
    readers = assemble_readers(paper_answers, SCHEME)
    state.give(replace(loaded, study=five, readers=readers))
    page.resize(1208, 716)
    tab = page.stack.currentWidget().readers
    for part in PARTS[:2]:
        tab.parts.choose(part)
        for area in tab.findChildren(QScrollArea):
            if area.isVisibleTo(page):
                assert area.horizontalScrollBar().maximum() == 0, part
    names = [one.accessibleDescription() for one in tab.confusion.findChildren(FigureButton)]
    assert names == ["Expert 1", "Expert 2"]
    keys = {_figure(score, SCHEME, simulated=False).key for score in readers.scores}
    assert keys == {"confusion_expert_1", "confusion_expert_2"}
