"""The Classifier's tab: Fig. 8 by two axes, values of points, lesion by lesion, maps."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt

from engine.explain import Explained, Gradients
from engine.jobs import JobRunner
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state import results_cases
from reader_app.state.job_signals import Jobs
from reader_app.state.results_cases import MapsAsked
from reader_app.state.study_state import StudyState
from reader_app.views.results.accuracy_panel import _print
from reader_app.views.results.accuracy_plot import free_place
from reader_app.views.results.cases_part import _row
from reader_app.views.results.classifier_tab import CASES
from reader_app.views.results.lesion_panel import LesionPanel, SlicePicture
from reader_app.views.results.page import ResultsPage
from reader_app.widgets.figure_button import FigureButton
from studies.records import DEFAULT_SCHEME
from studies.report.accuracy_lines import EXAMPLES
from studies.report.classifier import assemble_classifier
from studies.report.lesion_cases import lesion_cases

_lines = Path(__file__).resolve().parents[2] / "studies" / "report" / "test_accuracy_lines.py"
_spec = importlib.util.spec_from_file_location("accuracy_experiment", _lines)
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)


@pytest.fixture(scope="module")
def every_arm(loaded):
    """All arms with three seeds, 20 lesions; readers said what `readings` says."""
    runs, said = _module.experiment(3)
    networks = assemble_classifier(runs, said, DEFAULT_SCHEME)
    lesions = _module.lesions()
    return replace(
        loaded,
        networks=networks,
        runs=tuple(runs),
        lesions=lesions,
        lesion_cases=lesion_cases(networks, said, lesions, {19: (0, 2), 0: (2, 2)}),
    )


@pytest.fixture(scope="module")
def page(themed, every_arm, stub_state, tmp_path_factory):
    """One page for all tests of this file: making it is most of what they would cost."""
    messages, jobs = Messages(), Jobs(JobRunner())
    settings = Settings(tmp_path_factory.mktemp("classifier") / "settings.ini")
    state = stub_state(StudyState(messages), jobs, messages, settings)
    made = ResultsPage(state)
    made.resize(1208, 716)
    state.give(every_arm)
    made.show_tab("Classifier")
    made.show()
    yield made
    made.close()
    made.deleteLater()
    jobs.shutdown()


@pytest.fixture
def tab(page):
    """The tab as it is at first."""
    found = page.stack.currentWidget().classifier
    found.accuracy.axis.choose("Examples")
    found.accuracy.paper.setChecked(True)
    found.accuracy._show()
    found.cases.which.setCurrentIndex(0)
    found.cases.classes.setCurrentIndex(0)
    found.cases._fill()
    return found


@pytest.fixture
def state(page):
    page._state.cases.forget()
    return page._state


def names(plot):
    return [text.toPlainText() for text, _, _ in plot._names]


def test_every_line_stands_named_at_its_end(tab):
    assert [name.rsplit(" ", 1)[0] for name in names(tab.accuracy.plot)] == [
        "classic", "DCGAN", "extra real", "ACGAN", "conditional", "equal steps", "on the fly",
    ]  # fmt: skip
    assert "band = range over seeds" in tab.accuracy.foot.text()


def test_names_do_not_cover_each_other():
    taken = []
    for _ in range(6):
        own = free_place(QRectF(10, 50, 80, 14), taken)
        assert not any(own.intersects(other) for other in taken)
        taken.append(own)
    assert max(abs(box.top() - 50) for box in taken) <= 45


def test_the_same_lines_stand_by_steps(tab):
    panel = tab.accuracy
    by_size = panel.plot.viewRange()[0][1]
    panel.axis.choose("SGD steps")
    assert panel.plot.viewRange()[0][1] > by_size
    assert panel.content().optimum == 11_850  # 150 epochs of ceil((10 + 5000) / 64) batches: 79
    assert panel.figure().key == "figure_8_steps"


def test_the_papers_points_are_shown_and_left_out(tab):
    panel = tab.accuracy
    assert panel.paper.isChecked()
    assert any(row[0] == "the paper" for row in panel.figure().rows)
    panel.paper.click()
    assert not any(row[0] == "the paper" for row in panel.figure().rows)
    assert "not measured here" not in panel.figure().note


def test_a_lone_points_interval_is_saved_as_a_bar(tab):
    lines = {line.arm: _print(line, EXAMPLES) for line in tab.accuracy._lines}
    assert not lines["cnn-aug"].bars
    alone = lines["cnn-fly"]
    assert alone.bars
    assert alone.has_limits


def test_a_diagnosis_taken_back_leaves_the_truth_that_was_tested(every_arm):
    case = every_arm.lesion_cases[0]
    changed = replace(case, lesion=replace(case.lesion, category=""))
    assert changed.truth == case.said[0].prediction.category
    assert _row(changed, ("cnn",), DEFAULT_SCHEME).cells[1].sort


def test_keys_and_mouse_say_the_nearest_points_values(tab, qtbot):
    panel, plot = tab.accuracy, tab.accuracy.plot
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    first = panel.foot.text()
    assert "CNN" in first
    assert "Wilson's 95 %" in first
    assert "n 20" in first
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert panel.foot.text() != first
    spot = plot._spots[5]
    place = plot.getViewBox().mapViewToScene(QPointF(spot.x, spot.y))
    near = plot.nearest(QPointF(plot.mapFromScene(place)) + QPointF(2, 2))
    assert near is not None
    assert (plot._spots[near].x, plot._spots[near].y) == (spot.x, spot.y)
    plot.point_at(None)
    assert "Out-of-fold" in panel.foot.text()


def test_the_hardest_lesions_stand_first_and_errors_can_be_picked(tab):
    tab.parts.choose(CASES)
    part = tab.cases
    assert [one.lesion.id for one in part.shown][:2] == [18, 19]
    part.which.setCurrentIndex(part.which.findText("Any error"))
    part._fill()
    assert all(case.has_error for case in part.shown)
    part.which.setCurrentIndex(part.which.findText("Wrong: a reader"))
    part._fill()
    assert [case.lesion.id for case in part.shown] == [19]
    part.which.setCurrentIndex(0)
    part.classes.setCurrentIndex(part.classes.findData("cyst"))
    part._fill()
    assert {case.lesion.category for case in part.shown} == {"cyst"}
    assert part.table.model().rowCount() == len(part.shown)


def explained(target=0, gradients=True):
    values = np.zeros((64, 64), np.float32)
    values[20:30, 20:30] = 0.4
    found = Gradients(values, 2.5, 0.01) if gradients else None
    return Explained(target, (0.6, 0.3, 0.1), values, found)


@pytest.fixture
def chosen(tab, state, lesion_detail):
    """A lesion is chosen; what the study would say of it is given."""
    tab.parts.choose(CASES)
    case = tab.cases.shown[0]
    state.cases.case, state.cases.detail = case, lesion_detail
    state.cases.chosen_changed.emit()
    return case


def test_maps_are_asked_of_the_chosen_arm_and_class(tab, state, chosen, monkeypatch):
    panel = tab.cases.maps
    asked = []
    monkeypatch.setattr(state.cases, "make_maps", asked.append)
    panel.arms.setCurrentIndex(panel.arms.findData("cnn-aug-gan"))
    panel._choose_arm()
    said = chosen.of_arm("cnn-aug-gan")
    assert panel.classes.currentData() == said.prediction.predicted
    panel.make.click()
    assert asked == [MapsAsked(said.run_id, chosen.lesion.id, said.prediction.predicted)]


def test_made_maps_are_shown_and_can_be_saved(tab, state, chosen):
    panel = tab.cases.maps
    assert panel.figure() is None
    state.cases._maps[panel.wanted] = explained()
    state.cases.maps_changed.emit()
    assert "falls by up to 0.40" in panel.captions[1].text()
    assert "logit +2.50" in panel.captions[2].text()
    assert not panel.make.isEnabled()
    figure = panel.figure()
    assert "Zeiler" in figure.note
    assert f"n 1: lesion {chosen.lesion.id}, truth " in figure.note
    for caption in panel.captions[1:]:
        head, words = caption.text().split("\n")
        assert f">{head}</text>" in figure.svg
        assert f">{words}</text>" in figure.svg
    assert len(figure.rows) == 2 * 64 * 64
    picture = panel.occlusion.grab().toImage()
    inside, outside = picture.pixelColor(57, 57), picture.pixelColor(5, 5)
    assert inside.red() > inside.blue() + 60  # warm where it speaks for the class
    assert abs(outside.red() - outside.blue()) < 8


def test_a_classifier_without_gradients_says_so(tab, state, chosen):
    panel = tab.cases.maps
    state.cases._maps[panel.wanted] = explained(gradients=False)
    state.cases.maps_changed.emit()
    assert "No gradients" in panel.captions[2].text()


def test_a_roi_that_changed_is_told(tab, state, chosen):
    panel = tab.cases.maps
    other = replace(explained(), probabilities=(0.1, 0.8, 0.1))
    state.cases._maps[panel.wanted] = other
    state.cases.maps_changed.emit()
    assert "has changed since" in panel.said.text()


def test_a_study_of_rois_opens_no_slice(tab, state, chosen):
    assert not tab.cases.open.isEnabled()  # no study is open behind these results
    assert "no slice" in tab.cases.open.toolTip()


def test_every_plot_of_the_tab_has_a_button_that_saves(tab):
    buttons = tab.findChildren(FigureButton)
    assert len(buttons) >= 8  # Fig. 8, a pair of matrices an arm, the maps
    assert all(one.accessibleName() and "Ctrl Shift S" in one.toolTip() for one in buttons)


def test_maps_are_made_beside_trainings_and_kept(state, qtbot, monkeypatch):
    def made(_store, asked):
        yield from ()
        return explained(asked.lesion_id)

    monkeypatch.setattr(results_cases, "_explain", made)
    monkeypatch.setattr(type(state._study), "store", property(lambda _self: "a study"))
    asked = MapsAsked(1, 2, "cyst")
    with qtbot.waitSignals([state.cases.maps_changed] * 2, timeout=10000):
        state.cases.make_maps(asked)
    assert state.cases.maps(asked).target == 2
    assert state.cases.making is None
    state.cases.make_maps(asked)  # made already
    assert state.cases.making is None
    state.cases.forget()
    assert state.cases.maps(asked) is None


def test_enter_asks_for_the_slice_on_annotate(tab, state, chosen, monkeypatch, every_arm):
    monkeypatch.setattr(type(state._study), "study", property(lambda _self: every_arm.study))
    asked, pointed = [], []
    state.asked.connect(asked.append)
    state._study.pointed.connect(pointed.append)
    tab.cases.table.activated_row.emit(chosen.lesion.id)
    assert asked == ["annotate"]
    assert [one.lesion_id for one in pointed] == [chosen.lesion.id]


def test_a_long_class_name_is_cut_and_does_not_widen_the_lesions_panel(
    themed, qtbot, lesion_detail
):
    long = replace(lesion_detail.category, name="Hemangioma of the giant kind with a scar " * 3)
    panel = LesionPanel()
    qtbot.addWidget(panel)
    panel.resize(316, 600)
    panel.set_categories((long, *DEFAULT_SCHEME.categories[1:]))
    panel.show_lesion(replace(lesion_detail, category=long))
    panel.show()
    slices = panel.findChild(SlicePicture)
    assert slices.mapTo(panel, slices.rect().topRight()).x() < 316
