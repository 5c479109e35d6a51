"""Validation on the Learn page: the field, the second line with its band, runs, report, command."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from learn_study import make_study
from learning_sets import result_of
from pytestqt.qtbot import QtBot

from engine import journal
from engine.cnn.training import train
from engine.errors import EngineError
from engine.experiment.recipe import Recipe
from engine.files import MODEL
from engine.holdout import VALIDATION
from engine.jobs import JobRunner
from engine.journal import CurvePoint, RunCurves
from engine.specs import CnnTraining, from_json
from reader_app.cli import program
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs
from reader_app.state.learn_curves import WATCHED, cards
from reader_app.state.learn_fields import field_rows
from reader_app.state.learn_shown import ShownRun
from reader_app.state.learn_state import WHOLE, LearnState
from reader_app.state.study_state import StudyState
from reader_app.views.learn.curve_card import CurveCard
from reader_app.views.learn.curve_figure import figure_of
from reader_app.views.learn.live_panel import LivePanel
from reader_app.views.learn.page import LearnPage
from reader_app.views.learn.recipe_panel import RecipePanel
from reader_app.workflows.export_runs import readme
from reader_app.workflows.report_recipe import recipe_lines
from reader_app.workflows.train import enqueue
from studies import learning
from studies.errors import StudyError
from studies.statistics.proportions import wilson
from studies.store import Store


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with CNN-AUG queued with and without validation; one network each is trained."""
    made = tmp_path_factory.mktemp("watched") / "t.blindread"
    store = make_study(made, per_class=9)
    for percent in (34, 0):
        recipe = replace(Recipe.of("cnn-aug", "smoke"), classic=6, validation=percent)
        queued = result_of(enqueue(store, recipe))
        run = learning.run(store, queued.ids[0])
        spec = from_json(run.spec, CnnTraining)
        run.folder.mkdir(parents=True, exist_ok=True)
        for progress in train(spec, (queued.data.path, run.folder)):
            journal.note(run.folder, progress)
    store.close()
    return made


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    held = Store.open(folder, read_only=True)
    yield held
    held.close()


@pytest.fixture
def state(qtbot: QtBot, folder: Path) -> Iterator[LearnState]:
    messages = Messages()
    jobs = Jobs(JobRunner(expected=(EngineError, StudyError)))
    study = StudyState(messages)
    found = LearnState(study, jobs, messages, Settings())
    study.open(folder)
    found.choose_profile("smoke")
    yield found
    assert jobs.shutdown()
    study.close()


def _point(step: int, right: int, n: int = 12) -> CurvePoint:
    numbers = (
        ("validation_accuracy", right / n),
        ("validation_loss", 0.9),
        ("validation_correct", float(right)),
        ("validation_n", float(n)),
    )
    return CurvePoint(step, 40, numbers)


def _shown(*points: CurvePoint, **more: object) -> ShownRun:
    batch = CurvePoint(9, 40, (("loss", 0.7), ("accuracy", 0.8)))
    curves = RunCurves((batch, *points))
    run = ShownRun(7, "CNN-AUG, fold 1", "classifier", "", 0, 30, 40, "running", curves)
    return replace(run, **more)  # type: ignore[arg-type]


# --- curves ---------------------------------------------------------------------------------


def test_the_second_line_has_wilsons_band_and_its_n():
    loss, accuracy, *_ = cards(_shown(_point(10, 6), _point(20, 9)))
    assert [one.name for one in accuracy.series] == ["train", "validation, n = 12 ROIs"]
    line = accuracy.series[1]
    assert (line.look, tuple(line.x), tuple(line.y)) == (WATCHED, (10.0, 20.0), (50.0, 75.0))
    found = wilson(9, 12)
    assert (line.low[1], line.high[1]) == (100 * found.low, 100 * found.high)
    assert accuracy.value == "validation 75 %"
    assert "12 ROIs of patients held out" in accuracy.note
    assert [one.name for one in loss.series] == ["train", "validation"]
    assert tuple(loss.series[1].y) == (0.9, 0.9)


def _generator(*looks: tuple[tuple[str, float], ...]) -> ShownRun:
    points = tuple(CurvePoint(10 * at, 40, look) for at, look in enumerate(looks, 1))
    curves = RunCurves(points)
    return ShownRun(8, "DCGAN cyst, fold 1", "generator", "cyst", 0, 30, 40, "running", curves)


def test_a_generators_kid_to_held_out_patients_is_a_second_line():
    usual = (("kid", 0.04), ("kid_low", 0.03), ("kid_high", 0.05))
    *_, kid, _ = cards(_generator(usual, usual))
    assert kid is not None
    assert [one.name for one in kid.series] == [""]
    assert "held out" not in kid.note
    watched = (*usual, ("kid_held", -0.01), ("kid_held_n", 6.0))
    *_, kid, _ = cards(_generator(watched, watched))
    assert kid is not None
    names = ["training originals", "held-out patients, 6 ROIs a class"]
    assert [one.name for one in kid.series] == names
    assert tuple(kid.series[1].y) == (-10.0, -10.0)
    assert kid.low == -10.0
    assert kid.value == "40.0"
    assert "Dashed: the same to ROIs of patients held out" in kid.note


def test_without_validation_there_is_one_line_and_the_note_says_where_to_ask_for_it():
    loss, accuracy, *_ = cards(_shown())
    assert [len(one.series) for one in (loss, accuracy)] == [1, 1]
    assert "Validation in the recipe" in accuracy.note


def test_a_finished_run_shows_train_validation_and_test_in_a_legend(qtbot: QtBot):
    accuracy = cards(_shown(_point(10, 6), _point(40, 9), correct=7, n=10, state="finished"))[1]
    card = CurveCard(None, lambda content: None)  # type: ignore[arg-type]
    qtbot.addWidget(card)
    card.resize(390, 150)
    card.show_content(accuracy)
    assert [label.text for _, label in card._legend.items] == [
        "train",
        "validation, n = 12 ROIs",
        "test",
    ]
    assert card._legend.isVisibleTo(card.plot.getPlotItem().vb)
    assert card._interval.isVisible()
    card.show_content(cards(_shown(correct=7, n=10, state="finished"))[1])
    assert not card._legend.isVisible()
    assert not card._interval.isVisible()


def test_the_saved_figure_has_the_line_its_band_and_the_words():
    shown = _shown(_point(10, 6), _point(20, 9))
    figure = figure_of(shown, cards(shown)[1], False)
    assert figure is not None
    assert "validation, n = 12 ROIs" in figure.svg
    assert "Wilson's 95 % interval" in figure.note
    found = wilson(9, 12)
    rows = [row for row in figure.rows if row[0].startswith("validation")]
    assert [f"{100 * found.low:.6g}" in row for row in rows] == [False, True]


# --- trained for real -----------------------------------------------------------------------


def test_a_run_in_the_window_shows_what_was_watched(qtbot: QtBot, state: LearnState):
    page = LearnPage(state)
    qtbot.addWidget(page)
    page.resize(1368, 816)
    page.show()
    run = next(
        run
        for row in state.runs.rows
        for run in row.runs
        if "validation" in run.group and (run.folder / MODEL).exists()
    )
    state.runs.show_run(run.id)
    live = page.findChild(LivePanel)
    qtbot.waitUntil(lambda: len(live.cards) == 4)
    card = live.cards[1]
    name = "validation, n = 6 ROIs"
    qtbot.waitUntil(
        lambda: bool(card.content) and name in [one.name for one in card.content.series]
    )
    line = next(one for one in card.content.series if one.name == name)
    assert line.x[-1] == 40, "the last step ends with a look"
    assert len(line.low) == len(line.x) > 1
    row = next(row for row in state.runs.rows if run.id in row.ids)
    assert row.data == "D_aug 6, 34 % validation, smoke"


def test_such_runs_are_another_group_and_no_one_is_on_both_sides(store: Store):
    runs = [run for run in learning.runs(store) if run.kind == "classifier"]
    groups = {run.group for run in runs}
    assert groups == {"D_aug 6", "D_aug 6, 34 % validation"}
    for run in runs:
        spec = from_json(run.spec, CnnTraining)
        assert spec.folds.count(VALIDATION) == (6 if spec.validation else 0)


def test_report_and_export_say_who_was_held_out(store: Store):
    runs = [run for run in learning.runs(store) if run.kind == "classifier"]
    trained = [(run, from_json(run.spec, CnnTraining)) for run in runs]
    line = next(one for one in recipe_lines(trained) if one.field == "Validation")
    assert line.value.startswith("none, 34 % of the training folds' patients, watched")
    texts = {run.group: readme(store, run, "") for run in runs if (run.folder / MODEL).exists()}
    assert "6 ROIs of patients held out for validation" in texts["D_aug 6, 34 % validation"]
    assert "validation" not in texts["D_aug 6"]


# --- the field ------------------------------------------------------------------------------


def test_the_field_goes_into_the_recipe_and_is_listed_with_its_source(
    qtbot: QtBot, state: LearnState
):
    panel = RecipePanel(state)
    qtbot.addWidget(panel)
    assert panel.validation.text() == "none"
    panel.validation.setValue(20)
    assert state.recipe.validation == 20
    assert panel.validation.text() == "20 %"
    row = next(r for r in field_rows(state.recipe, 3, "float32") if r.name.startswith("valid"))
    assert (row.value, row.default) == ("20 %", "0 %")
    assert "the paper holds none out" in row.source
    state.choose_arm("cnn-fly")
    assert state.recipe.validation == 20, "kept for another network"
    state.choose_arm("glcm")
    assert not panel.validation.isEnabled()
    assert state.recipe.validation == 0
    state.choose_arm(WHOLE)
    assert not panel.validation.isEnabled()


def test_a_percentage_too_small_for_anyone_is_none(state: LearnState):
    state.set_validation(3)
    assert state.recipe.validation == 0


def test_the_command_line_passes_it_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    wanted: list[Recipe] = []

    def kept(_store: Store, recipe: Recipe) -> object:
        wanted.append(recipe)
        raise StudyError("Enough.")

    monkeypatch.setattr("reader_app.workflows.train.train", kept)
    words = ["train", str(folder), "--arm", "cnn-aug", "--validation", "20"]
    assert program(lambda _: 0, lambda *_: 0, words) == 1
    assert [one.validation for one in wanted] == [20]
    assert "Enough." in capsys.readouterr().err
