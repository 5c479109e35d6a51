"""Results, Synthetic quality: what is read, measured, said and drawn of each generator."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QScrollArea

from reader_app.state.results_quality import ResultsQuality
from reader_app.state.study_state import GalleryPointer
from reader_app.views.results.page import ResultsPage
from reader_app.views.results.quality_chart import axis_of, ticks
from reader_app.views.results.quality_copies import shares
from reader_app.views.results.quality_tab import _key
from studies.records import DEFAULT_SCHEME, TrainingRunRecord
from studies.report.quality import (
    LOOK,
    Audited,
    CopyLimits,
    GeneratorQuality,
    Measure,
    Share,
    Space,
)
from studies.report.quality_tables import (
    ABOVE,
    BELOW,
    OVERLAPS,
    WITHIN,
    copies_sentence,
    is_worse,
    method,
    quality_table,
    reading,
    standing,
    words_of,
)

RANDOM = "fixed random network"
NOTHING = Audited((), ())


def run_of(number, arm="dcgan", category="cyst", fold=0, simulated=False):
    return TrainingRunRecord(
        id=number, run_hash=f"{number:08x}" * 8, arm=arm, kind="generator", category=category,
        fold=fold, seed=7, profile="quick", group="", spec="{}", state="finished", message="",
        accuracy=None, correct=None, n=None, kid=0.01, seconds=1.0, device="cpu", started="",
        finished="", folder=Path(), simulated=simulated,
    )  # fmt: skip


def judged(kid=(0.0098, 0.0071, 0.0125), coverage=(0.4, 0.3, 0.5), block=50):
    measures = (
        Measure("kid", *kid, 0.001, 0.0047),
        Measure("coverage", *coverage, 0.8, 0.95),
    )
    return Space(RANDOM, measures, block, 60, 118, 128)


LOOKED = Space(LOOK, (Measure("diversity", 0.43, band_low=0.4, band_high=0.5),), 0, 0, 0, 64, 900)
LIMITS = CopyLimits(4, 0.7, 0.8, (0.3, 0.4, 0.5), 20, 9, Share(0.52, 0.4, 0.6),
                    Share(0.5, 0.4, 0.6), Share(0.45, 0.3, 0.6))  # fmt: skip
DRAWN = Audited(("clear", "close", "copy", "clear"), (0.3, 0.75, 0.9, 0.2), LIMITS)


def three():
    return (
        GeneratorQuality(run_of(1), "cyst", (judged(), LOOKED), DRAWN, True),
        GeneratorQuality(run_of(2, fold=1), "cyst", (LOOKED,), NOTHING, True),
        GeneratorQuality(
            run_of(3, "cda", "", None), "metastasis",
            (judged((0.003, 0.001, 0.006), (0.9, 0.8, 1.0)),), NOTHING, True,
        ),
    )  # fmt: skip


# --- words


def test_the_interval_decides_where_a_measure_stands():
    band = {"band_low": 0.001, "band_high": 0.005}
    assert standing(Measure("kid", 0.01, 0.007, 0.012, **band)) == ABOVE
    assert standing(Measure("kid", 0.01, 0.004, 0.012, **band)) == OVERLAPS
    assert standing(Measure("kid", 0.004, 0.002, 0.012, **band)) == WITHIN
    assert standing(Measure("kid", 0.0, -0.002, 0.0, **band)) == BELOW
    assert standing(Measure("kid", 0.006, **band)) == ABOVE  # no interval: the value itself
    assert standing(Measure("kid", 0.006, 0.005, 0.007)) == ""


@pytest.mark.parametrize(
    ("name", "value", "worse"),
    [
        ("kid", 2.0, True), ("kid", 0.0, False), ("coverage", 0.0, True), ("coverage", 2.0, False),
        ("diversity", 0.0, True), ("diversity", 2.0, True), ("diversity", 0.6, False),
    ],
)  # fmt: skip
def test_worse_depends_on_which_side_is_good(name, value, worse):
    assert is_worse(Measure(name, value, band_low=0.5, band_high=0.9)) is worse


def test_numbers_are_printed_in_their_unit():
    kid = words_of("kid")
    assert [kid.number(v) for v in (0.0098, -0.0832, 6.6064)] == ["9.8", "−83", "6606"]
    assert words_of("coverage").number(0.81) == ".81"
    assert kid.number(math.nan) == "–"
    assert kid.span(0.0071, 0.0125) == "[7.1, 12]"
    assert kid.span(math.nan, math.nan) == ""


def test_the_reading_says_in_words_what_the_numbers_show():
    far = reading(three()[0], RANDOM)
    assert "lie further from real ROIs than real ones lie from each other" in far
    assert "leave out kinds of lesions" in far
    assert "vary as much as real ROIs" in far
    assert "Of 4 drawn ROIs 1 copies a training ROI and 1 is close to one." in far
    assert "Nothing shows which patients" in far
    near = reading(three()[2], RANDOM)
    assert "no further from real ROIs" in near
    assert "reach as many of the real ROIs" in near
    assert "No ROI has been drawn from it" in near
    few = replace(three()[0], spaces=(judged(block=3),))
    assert "With 3 ROIs a side only large differences show." in reading(few, RANDOM)
    assert "has not been measured" in reading(three()[1], RANDOM)


def test_membership_is_told_only_where_it_can_be():
    one = three()[0]
    betrayed = replace(LIMITS, nearer=Share(0.8, 0.6, 0.9))
    assert "They betray which patients" in copies_sentence(
        replace(one, audited=replace(DRAWN, limits=betrayed))
    )
    blind = replace(one, audited=replace(DRAWN, limits=replace(LIMITS, leak=None)))
    assert "Too few patients were held out" in copies_sentence(blind)
    assert "trained on all patients" in copies_sentence(replace(blind, run=run_of(1, fold=None)))


def test_sizes_of_several_generators_are_told_as_ranges():
    words = method(judged(block=3), judged(block=4))
    assert "128 draws v 118 real ROIs" in words
    assert "60 blocks of 3 to 4 a side" in words
    assert "step 900: 64 draws" in method(LOOKED)
    assert "means over the classes" in method(replace(LOOKED, is_pooled=True))


def test_the_csv_has_every_number_with_n_and_method():
    table = quality_table(three(), DEFAULT_SCHEME)
    row = next(r for r in table.rows if r[5] == "KID" and r[0] == "DCGAN")
    assert row[1:4] == ("Cyst", "1", "7")
    assert row[6:12] == ("0.0098", "0.0071", "0.0125", "0.001", "0.0047", "128 v 118")
    assert "60 blocks of 50" in row[12]
    told = {r[5]: r[6] for r in table.rows if r[0] == "DCGAN" and r[2] == "1"}
    assert (told["Audit: clear"], told["Audit: close"], told["Audit: copy"]) == ("2", "1", "1")
    assert told["Membership: leak, NCC"] == "0.52"
    assert {len(r) for r in table.rows} == {len(table.columns)}


# --- drawing


def test_ticks_are_round_and_within_the_axis():
    assert ticks(-85, 430) == (0.0, 200.0, 400.0)
    assert ticks(0, 1) == pytest.approx((0, 0.2, 0.4, 0.6, 0.8, 1.0))


def test_the_histogram_counts_every_roi_once():
    assert shares((0.31, 0.32, 0.99, -0.2)).sum() == pytest.approx(1)
    assert shares((0.31, 0.32, 0.99, -0.2))[[0, 6, 19]] == pytest.approx((0.25, 0.5, 0.25))
    assert not shares(()).any()


# --- the tab


@pytest.fixture
def tab(qtbot, state, loaded, monkeypatch):
    monkeypatch.setattr(ResultsQuality, "categories", DEFAULT_SCHEME.categories)
    monkeypatch.setattr(ResultsQuality, "read_only", False)
    state.quality.found = three()
    page = ResultsPage(state)
    qtbot.addWidget(page)
    page.resize(1208, 716)
    page.show()
    state.give(loaded)
    page.show_tab("Synthetic quality")
    return page.stack.currentWidget().quality


def words(widget):
    return [one.text() for one in widget.findChildren(QLabel) if one.isVisibleTo(widget)]


def says(widget, text):
    return any(text in one for one in words(widget))


def test_without_a_generator_the_tab_leads_to_learn(tab, state, qtbot):
    state.quality.found = ()
    state.quality.changed.emit()
    assert tab.currentWidget() is tab.none
    with qtbot.waitSignal(state.asked) as asked:
        qtbot.mouseClick(tab.none.button, Qt.MouseButton.LeftButton)
    assert asked.args == ["learn"]


def test_a_generator_is_shown_with_interval_band_n_and_reading(tab):
    assert tab.detail.title.text() == "DCGAN, fold 1: Cyst"
    assert "9.8 [7.1, 12]" in words(tab.detail)
    assert "[1.0, 4.7]" in words(tab.detail)
    assert tab.detail.verdict.text() == "above the band"
    assert says(tab.detail, "128 draws v 118 real ROIs of the training folds")
    assert says(tab.detail, "20 training v 9 held-out ROIs")
    assert ".52 [.40, .60]" in words(tab.detail)
    assert "copy from 0.80" in tab.detail.copies.accessibleName()


def test_another_row_shows_its_own_numbers(tab, qtbot):
    tab.table.setFocus()
    for _ in range(2):
        qtbot.keyClick(tab.table, Qt.Key.Key_Down)
    assert tab.detail.title.text() == "Conditional generator, all folds: Metastasis"
    assert tab.detail.verdict.text() == "within the band"
    assert not tab.detail.copies.isVisibleTo(tab.detail)


def test_class_and_kind_of_generator_filter_chart_and_table(tab, state):
    assert len(tab.table.rows) == 3
    tab.classes.setCurrentIndex(tab.classes.findData("cyst"))
    tab.classes.activated.emit(tab.classes.currentIndex())
    assert [row.key for row in tab.table.rows] == [(1, "cyst"), (2, "cyst")]
    assert "Metastasis" not in tab.chart.accessibleName()
    state.quality.filter_category("")
    tab.arms.setCurrentIndex(tab.arms.findData("cda"))
    tab.arms.activated.emit(tab.arms.currentIndex())
    assert [row.key for row in tab.table.rows] == [(3, "metastasis")]
    assert tab.detail.title.text().startswith("Conditional generator")


def test_a_filter_that_nothing_passes_shows_no_numbers(tab, state):
    state.quality.filter_category("hemangioma")
    assert tab.table.rows == ()
    assert not tab.detail.isVisible()
    assert tab.results.isVisible()


def test_another_measure_is_drawn_with_its_own_axis(tab):
    assert "KID × 1000" in tab.chart.accessibleName()
    assert "Cyst, DCGAN, fold 2: not measured" in tab.chart.accessibleName()
    tab.which.setCurrentIndex(tab.which.findData("diversity"))
    tab.which.activated.emit(tab.which.currentIndex())
    assert tab.chart.accessibleName().startswith("Diversity. Cyst, DCGAN, fold 1: .43, within")
    assert says(tab.panel, "MS-SSIM of random pairs")


def test_the_axis_holds_every_band_and_zero(tab):
    low, high = axis_of(tab.chart._content.rows)
    assert low <= 0
    assert high > 0.0125


def test_what_is_missing_is_said_and_the_button_measures_it(tab, state, monkeypatch, qtbot):
    assert says(tab, "Distances of 1 of 3 are to be measured.")
    started = []
    monkeypatch.setattr(type(state.quality._study), "store", object())
    monkeypatch.setattr(state.quality._jobs, "run", lambda title, *_a, **_k: started.append(title))
    qtbot.mouseClick(tab.measure, Qt.MouseButton.LeftButton)
    assert started == ["Measuring synthetic quality"]
    assert not tab.measure.isEnabled()
    assert "under way" in tab.measure.toolTip()
    state.quality.measuring = False
    state.quality.found = three()[:1]
    state.quality.changed.emit()
    assert "All that can be measured" in tab.measure.toolTip()


def test_the_gallery_opens_at_the_generator_whose_numbers_are_shown(tab, state, qtbot):
    tab.table.choose(_key(state.quality.shown[1]))
    pointed = []
    state.quality._study.gallery_pointed.connect(pointed.append)
    with qtbot.waitSignal(state.asked) as asked:
        qtbot.mouseClick(tab.gallery, Qt.MouseButton.LeftButton)
    assert asked.args == ["learn"]
    one = state.quality.shown[1]
    assert pointed == [GalleryPointer(None, one.run.id, one.category)]
    assert one != state.quality.shown[0]


def test_generators_of_other_rois_are_named_as_such(tab, state):
    state.quality.found = tuple(replace(one, can_judge=False) for one in three()[1:2])
    state.quality.changed.emit()
    assert says(tab, "1 generator was trained on other ROIs than the study holds now")
    assert not tab.measure.isEnabled()


def test_all_numbers_are_copied_as_csv(tab):
    tab.copy.click()
    rows = list(csv.reader(io.StringIO(QGuiApplication.clipboard().text())))
    assert rows[0][:2] == ["Generator", "Class"]
    assert len(rows) == 1 + len(quality_table(three(), DEFAULT_SCHEME).rows)


def test_the_plot_is_saved_with_its_numbers(tab):
    figure = tab._figure()
    assert figure.key == "synthetic_kid"
    assert figure.title == "KID × 1000 of synthetic ROIs"
    assert "60 blocks of 50 a side" in figure.note
    assert [row[0] for row in figure.rows][:1] == ["Cyst, DCGAN, fold 1"]
    assert len(figure.rows) == 3
    value = three()[0].find("kid", RANDOM)[0].value
    assert float(figure.rows[0][1]) == pytest.approx(1000 * value)


def test_numbers_are_saved_with_a_mark_where_simulated(tab, state, monkeypatch, tmp_path, qtbot):
    simulated = tuple(replace(one, run=replace(one.run, simulated=True)) for one in three())
    state.quality.found = simulated
    state.quality.changed.emit()
    file = tmp_path / "q.csv"
    monkeypatch.setattr(
        "PySide6.QtWidgets.QFileDialog.getSaveFileName",
        staticmethod(lambda *_a: (str(file), "CSV (*.csv)")),
    )
    tab.csv.click()
    qtbot.waitUntil(file.exists)
    rows = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"))))
    assert rows[0][-1] == "Data"
    assert {row[-1] for row in rows[1:]} == {"simulated"}


def test_every_control_has_a_name_and_nothing_scrolls_sideways(tab, qtbot):
    for kind in (QAbstractButton, QComboBox):
        for control in tab.findChildren(kind):
            if control.isVisible():
                assert control.accessibleName(), control
    for area in tab.findChildren(QScrollArea):
        if area.isVisible():
            qtbot.waitUntil(
                lambda a=area: a.widget().minimumSizeHint().width() <= a.viewport().width()
            )


def test_the_pictures_of_the_copies_hold_what_was_drawn(tab):
    picture = tab.detail.copies.grab().toImage()
    seen = np.array([picture.pixelColor(x, 60).red() for x in range(picture.width())])
    assert len(np.unique(seen)) > 2
