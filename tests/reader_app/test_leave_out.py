"""Keeping doubtful sources out: on the Data panel, from the command line, in the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from learn_study import make_study
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.errors import EngineError
from engine.experiment.grid import Experiment, plan
from engine.experiment.recipe import Recipe
from engine.jobs import JobRunner
from engine.patches import LOSSY, STORED
from reader_app.cli import program
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs
from reader_app.state.learn_fields import field_rows
from reader_app.state.learn_state import LearnState
from reader_app.state.study_state import StudyState
from reader_app.views.learn.data_panel import DataPanel
from reader_app.views.learn.page import LearnPage
from reader_app.views.learn.recipe_panel import RecipePanel
from reader_app.widgets.buttons import Button
from reader_app.workflows.patches import training_data
from reader_app.workflows.report_recipe import recipe_lines
from reader_app.workflows.train import enqueue
from studies import cases, learning
from studies.errors import StudyError
from studies.model.imaging import SeriesRow
from studies.store import Store


def _mark(store: Store, lossy: int = 0, stored: int = 0) -> None:
    """The first series come from lossy CT, those after them hold stored values."""
    with store.transaction() as session:
        for at, one in enumerate(cases.all_series(store)):
            row = session.get_one(SeriesRow, one.id)
            if at < lossy:
                row.badges = ("lossy compression",)
            elif at < lossy + stored:
                row.hu_confirmed_by = "a person"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with make_study(tmp_path / "t.blindread", per_class=5) as made:
        _mark(made, lossy=3, stored=2)
        yield made


def _queued(store: Store, recipe: Recipe) -> None:
    running = enqueue(store, recipe)
    for _ in running:
        pass


def test_only_the_sources_that_are_named_are_left_out(store: Store) -> None:
    usual = training_data(store, 3)
    less = training_data(store, 3, leave_out=("lossy CT",))
    least = training_data(store, 3, leave_out=("stored values", "lossy CT"))
    assert min(usual.folds) == 0
    assert (less.folds.count(LOSSY), less.folds.count(STORED)) == (3, 0)
    assert (least.folds.count(LOSSY), least.folds.count(STORED)) == (3, 2)
    assert less.data_hash == usual.data_hash  # the same ROIs, fewer of them used
    kept = [(a, b) for a, b in zip(usual.folds, least.folds, strict=True) if b >= 0]
    assert all(a == b for a, b in kept)


def test_too_few_left_over_is_said_before_anything_trains(store: Store) -> None:
    _mark(store, lossy=12)
    with pytest.raises(StudyError, match=r"left over.*3 folds need at least 3.*Take the left-out"):
        training_data(store, 3, leave_out=("lossy CT",))


def test_the_runs_keep_it_in_spec_and_group(store: Store) -> None:
    recipe = replace(Recipe.of("cnn-aug", "smoke"), leave_out=("lossy CT",))
    _queued(store, recipe)
    _queued(store, replace(recipe, leave_out=()))
    groups = [run.group for run in learning.runs(store)]
    assert [group.endswith(", without lossy CT") for group in groups] == [True] * 3 + [False] * 3


def test_the_report_counts_them_by_source(store: Store) -> None:
    recipe = replace(Recipe.of("cnn-aug", "smoke"), leave_out=("lossy CT", "stored values"))
    specs = plan((recipe,), training_data(store, 3, leave_out=recipe.leave_out)).runs
    _queued(store, recipe)
    trained = [(run, one.spec) for run, one in zip(learning.runs(store), specs, strict=True)]
    told = [one for one in recipe_lines(trained) if "left out" in one.field]
    assert [one.value for one in told] == ["3 of lossy CT, 2 of stored values"]
    usual = [(run, replace(spec, folds=training_data(store, 3).folds)) for run, spec in trained]
    assert not [one for one in recipe_lines(usual) if "left out" in one.field]


def test_all_fields_name_what_is_left_out() -> None:
    for left, wanted in (((), ("none", "")), (("lossy CT",), ("lossy CT", "none"))):
        recipe = replace(Recipe.of("cnn-aug", "smoke"), leave_out=left)
        (row,) = [one for one in field_rows(recipe, 3, "float32") if one.name == "ROIs left out"]
        assert (row.value, row.default) == wanted


def test_the_command_line_leaves_them_out(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(store.folder)
    store.close()
    asked = []

    def kept(_store: Store, wanted: Recipe | Experiment) -> object:
        asked.append(wanted.leave_out)
        raise StudyError("Enough.")

    monkeypatch.setattr("reader_app.workflows.train.train", kept)
    monkeypatch.setattr("reader_app.workflows.run_experiment.experiment_status", kept)
    for words in (("train", folder), ("experiment", "status", folder)):
        for options in ((), ("--without-lossy",), ("--without-stored", "--without-lossy")):
            assert program(lambda _: 0, lambda *_: 0, [*words, *options]) == 1
    expected = [(), ("lossy CT",), ("lossy CT", "stored values")]
    assert asked == 2 * expected
    assert "Enough." in capsys.readouterr().err


# --- the Data panel -------------------------------------------------------------------------


@pytest.fixture
def state(qtbot: QtBot, store: Store) -> Iterator[LearnState]:
    folder = store.folder
    store.close()
    messages = Messages()
    jobs = Jobs(JobRunner(expected=(EngineError, StudyError)))
    study = StudyState(messages)
    study.open(folder)
    learn = LearnState(study, jobs, messages, Settings())
    learn.choose_profile("smoke")
    yield learn
    assert jobs.shutdown()
    study.close()


def _button(panel: DataPanel, words: str) -> Button:
    buttons = panel.findChildren(Button)
    (found,) = [one for one in buttons if one.text() == words and one.isVisible()]
    return found


def _words(panel: DataPanel) -> str:
    from PySide6.QtWidgets import QLabel

    return " ".join(one.text() for one in panel.findChildren(QLabel) if one.isVisible())


def test_the_warning_has_the_button_that_mends_it(qtbot: QtBot, state: LearnState) -> None:
    panel, recipe = DataPanel(state), RecipePanel(state)
    for widget in (panel, recipe):
        qtbot.addWidget(widget)
        widget.show()
    assert "3 ROIs are from lossy CT." in _words(panel)
    state.leave_out("stored values", True)
    qtbot.waitUntil(lambda: "2 ROIs are kept out: stored values." in _words(panel))
    assert state.data is not None
    assert state.data.total == 13
    lossy = next(one for one in state.data.sources if one.source == "lossy CT")
    assert (lossy.action, lossy.is_out) == ("Keep out", False)
    qtbot.mouseClick(_button(panel, "Keep out"), Qt.MouseButton.LeftButton)
    assert state.recipe.leave_out == ("lossy CT", "stored values")
    assert state.data.total == 10
    qtbot.waitUntil(lambda: "3 ROIs are kept out: lossy CT." in _words(panel))
    state.choose_arm("cnn-aug")  # another arm trains on the same ROIs
    assert state.experiment.leave_out == ("lossy CT", "stored values")
    state.leave_out("lossy CT", False)
    assert state.recipe.leave_out == ("stored values",)
    assert state.data.total == 13


def test_a_study_that_is_all_kept_out_still_offers_to_take_it_in(
    qtbot: QtBot, state: LearnState
) -> None:
    open_now = state.dataset._study.store
    assert open_now is not None
    _mark(open_now, lossy=15)
    page = LearnPage(state)
    qtbot.addWidget(page)
    page.show()
    state.leave_out("lossy CT", True)
    assert state.hindrance == "All ROIs are kept out. Take some in again."
    panel = page.findChild(DataPanel)
    qtbot.waitUntil(lambda: "15 ROIs are kept out: lossy CT." in _words(panel))
    qtbot.mouseClick(_button(panel, "Take in"), Qt.MouseButton.LeftButton)
    assert state.data is not None
    assert state.data.total == 15


def test_the_data_tab_says_how_many_train_of_how_many(qtbot: QtBot, state: LearnState) -> None:
    page = LearnPage(state)
    qtbot.addWidget(page)
    page.resize(1280, 800)
    page.show()
    page.title.tabs.setCurrentIndex(3)
    qtbot.waitUntil(lambda: state.dataset.found is not None, timeout=10000)
    found = state.dataset.found
    assert (found.words, found.left_out, found.patients) == ("", (), 15)
    state.leave_out("lossy CT", True)
    qtbot.waitUntil(lambda: bool(state.dataset.found.left_out), timeout=10000)
    assert page.data.counts.hint.accessibleName() == "12 of 15 lesions train; 3 left out: lossy CT"
    rows = page.data.table.rows[:4]  # the classes and all of them
    assert [row.cells[-2].text for row in rows] == ["4 of 5"] * 3 + ["12 of 15"]
    assert not any("lossy" in remark.words for remark in state.dataset.found.remarks)
    state.leave_out("stored values", True)
    qtbot.waitUntil(lambda: len(state.dataset.found.left_out) == 2, timeout=10000)
    found = state.dataset.found
    assert found.words == "10 of 15 lesions train; 5 left out: 3 lossy CT, 2 stored values"
    assert [(one.lesions, one.ready) for one in found.classes] == [(3, 5), (3, 5), (4, 5)]
    assert sum(len(one.sizes_mm) for one in found.classes) == found.patients == 10
    state.leave_out("stored values", False)
    state.leave_out("lossy CT", False)
    qtbot.waitUntil(lambda: not state.dataset.found.left_out, timeout=10000)
    assert [row.cells[-2].text for row in page.data.table.rows[:4]] == ["5"] * 3 + ["15"]


def test_what_is_left_out_while_the_study_is_read_is_not_counted(
    qtbot: QtBot, state: LearnState
) -> None:
    state.dataset.found = None
    state.dataset.read()  # under way while the recipe changes
    state.leave_out("lossy CT", True)
    qtbot.waitUntil(lambda: state.dataset.found is not None, timeout=10000)
    assert state.dataset.found.left_out == (("lossy CT", 3),)
