"""The Learn page as a person uses it: choose, queue, watch, cancel, take out, draw, decide."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from learn_desk import LearnDesk, new_learn_desk
from learn_study import make_study
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QTabBar
from pytestqt.qtbot import QtBot

from engine import journal
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.learn_state import LearnState
from reader_app.state.study_state import StudyState
from reader_app.views.learn.recipe_panel import RecipePanel
from reader_app.views.learn.runs_panel import RunsPanel
from reader_app.views.learn.samples_panel import SamplesPanel
from reader_app.widgets.segmented import Segmented
from reader_app.workflows import synthesise as drawing
from reader_app.workflows import train as training
from reader_app.workflows.patches import training_data
from studies import learning


class Desk(LearnDesk):
    """A page worked by its buttons."""

    def trained(self) -> None:
        """Queue what is chosen and wait until it is done."""
        self.qtbot.mouseClick(self.button("Queue"), Qt.MouseButton.LeftButton)
        self.qtbot.waitUntil(lambda: not self.state.is_training, timeout=60000)

    def button(self, begins: str) -> QAbstractButton:
        """The visible button whose text or name begins so."""
        for one in self.page.findChildren(QAbstractButton):
            if (one.text() or one.accessibleName()).startswith(begins):
                return one
        raise AssertionError(begins)


@pytest.fixture
def desk(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[Desk, None, None]:
    monkeypatch.setattr(training, "PERFORM", "fake_training:perform")
    monkeypatch.setattr(drawing, "DRAW", "fake_training:draw")
    with new_learn_desk(qtbot, tmp_path, (1368, 816)) as made:
        yield Desk(**vars(made))


def table_of(desk: Desk) -> list[list[str]]:
    panel = desk.page.findChild(RunsPanel)
    return [[cell.text for cell in row.cells] for row in panel.table.rows]


# --- empty and hindered ---------------------------------------------------------------------


def test_without_a_study_the_page_says_what_to_do(desk: Desk) -> None:
    desk.study.close()
    assert desk.page.pages.currentWidget() is desk.page.empty
    assert desk.page.empty.title.text() == "No study is open"


def test_without_ready_lesions_the_page_leads_to_annotate(desk: Desk, tmp_path: Path) -> None:
    make_study(tmp_path / "bare.blindread", per_class=1, ready=False).close()
    desk.study.open(tmp_path / "bare.blindread")
    assert desk.page.pages.currentWidget() is desk.page.to_annotate
    with desk.qtbot.waitSignal(desk.state.asked) as asked:
        desk.qtbot.mouseClick(desk.page.to_annotate.button, Qt.MouseButton.LeftButton)
    assert asked.args == ["annotate"]


def test_too_few_patients_disable_the_button_and_say_why(desk: Desk, tmp_path: Path) -> None:
    make_study(tmp_path / "few.blindread", per_class=2).close()
    desk.study.open(tmp_path / "few.blindread")
    queue = desk.button("Queue")
    assert not queue.isEnabled()
    assert "3 folds need at least 3" in queue.toolTip()
    assert not desk.state.queue()
    desk.state.set_folds(2)
    assert "A generator of cyst needs at least 2 ROIs" in queue.toolTip()
    assert not desk.state.queue()
    desk.state.choose_arm("cnn-aug")
    assert queue.isEnabled()


def test_a_read_only_study_queues_nothing(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "t.blindread"
    other = StudyState(Messages())
    state = LearnState(other, desk.jobs, Messages(), Settings())
    other.open(folder)
    assert state.hindrance == "This study is open read-only."
    other.close()


# --- recipe and forecast --------------------------------------------------------------------


def test_the_recipe_follows_arm_and_profile(desk: Desk) -> None:
    desk.state.choose_arm("cnn")
    assert (desk.state.recipe.classic, desk.state.recipe.uses_generators) == (0, False)
    desk.state.choose_profile("paper")
    desk.state.choose_arm("cnn-aug-gan")
    recipe = desk.state.recipe
    assert (recipe.classic, recipe.synthetic_per_class, recipe.gan_epochs) == (5000, 1000, 70)
    assert desk.state.generator_unit == "epochs"
    desk.state.choose_profile("quick")
    assert (desk.state.generator_unit, desk.state.generator_length) == ("steps", 600)


def test_no_time_is_forecast_before_it_was_measured(desk: Desk) -> None:
    found = desk.state.forecast
    assert found is not None
    assert (found.runs, found.seconds) == (12, None)
    desk.trained()
    timed = desk.state.forecast
    assert timed is not None
    # the stand-ins report half a second a run: 9 generators and 3 classifiers
    assert timed.seconds == pytest.approx(12 * 0.5)


def test_timing_a_few_steps_gives_a_forecast_without_a_run(desk: Desk) -> None:
    desk.qtbot.mouseClick(desk.button("Time it"), Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: desk.state.forecast.seconds is not None, timeout=30000)
    assert learning.runs(desk.study.store) == ()
    assert not desk.state.is_timing


# --- training -------------------------------------------------------------------------------


def test_a_queued_recipe_fills_table_curves_and_samples(desk: Desk) -> None:
    desk.trained()
    rows = table_of(desk)
    pooled = [row for row in rows if row[0] == "CNN-AUG-GAN"]
    assert [row[2] for row in pooled] == ["1-3 · 0"]
    # each fold has 3 ROIs of which the stand-in gets 2 right: 6 of 9, Wilson 35.4 to 87.9 %
    assert pooled[0][3] == "66.7 [35.4, 87.9]"
    assert sum(row[0] == "DCGAN" for row in rows) == 9
    assert set(desk.state.runs.samples) == {"cyst", "metastasis", "hemangioma"}
    assert any("12 runs finished" in message.sentence for message in desk.said)
    samples = desk.page.findChild(SamplesPanel)
    assert all(strip._images for strip, _ in samples._rows.values())


def test_a_study_opened_again_shows_each_class_s_last_samples(desk: Desk) -> None:
    desk.trained()
    folder = desk.study.store.folder
    desk.study.close()
    assert not desk.state.runs.samples
    desk.study.open(folder)
    desk.qtbot.waitUntil(lambda: len(desk.state.runs.samples) == 3, timeout=5000)
    for code, grid in desk.state.runs.samples.items():
        newest = max(
            run.id for row in desk.state.runs.rows for run in row.runs if run.category == code
        )
        folder = learning.run(desk.study.store, newest).folder
        np.testing.assert_array_equal(grid.images, journal.read_samples(folder)[0].images)
    samples = desk.page.findChild(SamplesPanel)
    assert all(strip._images for strip, _ in samples._rows.values())
    assert "not drawn yet" not in [words.text() for _, words in samples._rows.values()]


def test_choosing_a_row_shows_its_curves(desk: Desk) -> None:
    desk.trained()
    panel = desk.page.findChild(RunsPanel)
    row = next(row for row in desk.state.runs.rows if "hemangioma" in row.data)
    panel.table.chosen.emit(row.key)
    desk.qtbot.waitUntil(lambda: desk.state.runs.shown.run_id == row.key, timeout=5000)
    shown = desk.state.runs.shown
    assert shown.title.startswith("DCGAN, hemangioma, fold")
    assert len(shown.curves.points) == 30


def test_cancelling_keeps_finished_runs_and_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the job bar's Cancel does: the run at hand is paused, those that wait are taken out."""
    monkeypatch.setattr(training, "PERFORM", "fake_training:hang")
    desk.qtbot.mouseClick(desk.button("Queue"), Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(
        lambda: desk.state.runs.shown is not None and desk.state.runs.shown.kind == "classifier",
        timeout=30000,
    )
    desk.state.cancel()
    # A child that has only just been asked to end is given five seconds, on a crowded machine more.
    desk.qtbot.waitUntil(lambda: not desk.state.is_training, timeout=30000)
    states = [run.state for run in learning.runs(desk.study.store)]
    assert states == ["finished"] * 3 + ["cancelled"] * 9
    assert desk.said[-1].sentence.startswith("Training was cancelled. Finished runs are kept")


def test_a_failure_is_a_sentence_with_details(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "PERFORM", "fake_training:fail")
    desk.state.choose_arm("cnn")
    desk.trained()
    assert desk.said[-1].kind == "error"
    assert "Lower the learning rate" in desk.said[-1].sentence
    assert "fake_training.py" in desk.said[-1].details


def test_a_run_taken_out_can_be_put_back(desk: Desk) -> None:
    desk.state.choose_arm("cnn-aug")
    desk.trained()
    panel = desk.page.findChild(RunsPanel)
    assert panel.table.choose(desk.state.runs.rows[0].key)
    panel._refresh()
    desk.qtbot.mouseClick(panel.remove, Qt.MouseButton.LeftButton)
    assert desk.state.runs.rows == ()
    desk.said[-1].action()
    desk.qtbot.waitUntil(lambda: bool(desk.state.runs.rows), timeout=10000)
    assert len(desk.state.runs.rows[0].runs) == 3


# --- every control --------------------------------------------------------------------------


def test_every_control_has_a_name_and_a_tooltip(desk: Desk) -> None:
    seen = 0
    for kind in (QAbstractButton, QAbstractSpinBox, QComboBox, Segmented):
        for one in desk.page.findChildren(kind):
            if isinstance(one.parent(), QTabBar) or one.objectName().startswith("qt_"):
                continue  # Qt's own arrows
            seen += 1
            assert one.accessibleName(), one
            spoken = one.text() if isinstance(one, QAbstractButton) else ""
            assert one.toolTip() or len(spoken) > 6, one.accessibleName()
    assert seen > 15


def test_every_arm_can_be_chosen_and_the_whole_experiment_is_one_button(desk: Desk) -> None:
    combo = desk.page.findChild(RecipePanel).arm
    codes = [combo.itemData(at) for at in range(combo.count())]
    assert codes[0] == "whole"
    assert {"cnn-aug-acgan", "acgan-d", "cnn-aug-cda", "bovw-multi", "cnn-fly"} <= set(codes)
    desk.state.choose_arm("whole")
    experiment = desk.state.experiment
    planned = desk.state.forecast
    assert planned is not None
    data = training_data(desk.study.store, 3)
    assert planned.runs == len(experiment.plan(data).runs) > 40
    assert desk.button(f"Queue {planned.runs} runs").isEnabled()
    desk.state.choose_arm("glcm")
    assert desk.button("Queue 3 runs").isEnabled()


def test_the_extra_cases_arm_waits_for_extra_cases(desk: Desk) -> None:
    desk.state.choose_arm("cnn-extra")
    assert desk.state.hindrance == (
        "No case is marked as extra, and this arm trains on such cases."
    )
    assert not desk.state.queue()


def test_the_button_that_queues_is_whole_in_a_small_window(desk: Desk) -> None:
    """The fields scroll; the forecast and the button below them do not."""
    desk.page.resize(1208, 700)
    queue = desk.page.findChild(RecipePanel).queue
    desk.qtbot.waitUntil(lambda: queue.visibleRegion().boundingRect() == queue.rect())
