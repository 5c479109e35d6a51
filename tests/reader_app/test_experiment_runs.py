"""What of a study's runs an experiment reports: those it plans, and no others."""

from __future__ import annotations

import csv
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from blob_manifest import called, manifest, rows_of
from learn_study import make_study
from learning_sets import result_of

from engine.errors import EngineError
from engine.experiment.grid import Experiment
from engine.experiment.recipe import Recipe
from engine.jobs import workers_of
from reader_app.cli.experiment_comparisons import comparisons, holm
from reader_app.cli.experiment_json import experiment_json
from reader_app.workflows import train as training
from reader_app.workflows.experiment_runs import check_folds_stand, experiment_runs
from reader_app.workflows.nested import nested_results
from reader_app.workflows.train import train, train_all
from studies import cases, learning
from studies.errors import StudyError
from studies.store import Store

T = TypeVar("T")
GAN = Recipe.of("cnn-aug-gan", "smoke")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Store, None, None]:
    monkeypatch.setattr(training, "PERFORM", "fake_training:perform")
    made = make_study(tmp_path / "t.blindread", per_class=4)
    yield made
    made.close()


def test_a_recipe_of_another_length_does_not_stand_in_for_the_planned_one(store: Store):
    planned = result_of(train(store, GAN))
    other = result_of(train(store, replace(GAN, gan_steps=7)))
    groups = {run.group for run in (*planned.runs, *other.runs) if run.kind == "classifier"}
    assert len(groups) == 1  # by arm and group alone nobody could tell them apart

    found = experiment_runs(store, Experiment(("cnn-aug-gan",), "smoke"))

    own = {run.id for run in planned.runs}
    assert {run.id for run in found.runs} == own
    ((_, seed),) = found.results
    assert set(seed.run_ids) <= own
    assert seed.matrix.n == 12


def test_runs_on_rois_that_changed_since_are_left_out(store: Store):
    result_of(train(store, Recipe.of("cnn", "smoke")))
    lesion = cases.lesions(store)[0]
    cases.confirm_diagnosis(store, lesion.id, "hemangioma", "biopsy", "tester")

    assert experiment_runs(store, Experiment(("cnn",), "smoke")).results == ()
    assert len(learning.runs(store)) == 3


def test_a_nested_choice_waits_for_all_inner_runs_and_holds_back_its_fold(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    from engine.experiment import recipe
    from engine.specs import profile

    sizes = replace(profile("smoke"), classic_groups=(0, 20, 40))
    monkeypatch.setattr(recipe, "profile", lambda _: sizes)
    experiment = Experiment(("cnn-aug",), "smoke", is_nested=True)
    running = train_all(store, experiment)
    while sum(run.state == "finished" for run in learning.runs(store)) < 12:
        next(running)
    running.close()
    assert nested_results(experiment_runs(store, experiment)) == ()

    result_of(train_all(store, experiment))
    (result,) = nested_results(experiment_runs(store, experiment))
    assert (result.arm, result.seed, len(result.chosen)) == ("cnn-aug", 0, 3)
    assert set(result.chosen) <= {"D_aug 20", "D_aug 40"}
    assert result.accuracy.n == 12
    shown = [group.arm for group, _ in experiment_runs(store, experiment).results]
    assert shown == ["cnn-aug", "cnn-aug"]  # inner runs stand in no table


def test_folds_that_stand_are_not_silently_replaced_by_others(store: Store):
    assert check_folds_stand(store, None) == 3
    assert check_folds_stand(store, 5) == 5
    result_of(train(store, replace(Recipe.of("cnn", "smoke"), folds=2)))

    assert check_folds_stand(store, None) == 2
    with pytest.raises(StudyError, match="lie in 2 folds already, and 5 were asked for"):
        check_folds_stand(store, 5)


def test_the_declared_pairs_alone_are_tested_together(store: Store):
    experiment = Experiment(("cnn", "cnn-aug", "cnn-aug-gan", "cnn-fly"), "smoke", seeds=2)
    result_of(train_all(store, experiment))
    patients = {one.id: one.patient for one in cases.lesions(store)}
    told = comparisons(experiment_runs(store, experiment), patients)

    assert len(told) == 6
    primary = {(one["a"], one["b"]) for one in told if one["primary"]}
    assert primary == {
        ("cnn", "cnn-aug"),
        ("cnn-aug", "cnn-aug-gan"),
        ("cnn-aug", "cnn-fly"),
    }
    assert all((one["p_holm"] is not None) == one["primary"] for one in told)
    assert all([row["seed"] for row in one["by_seed"]] == [0, 1] for one in told)


def test_a_network_that_says_the_same_of_every_roi_is_noted(store: Store):
    result_of(train(store, Recipe.of("cnn", "smoke")))
    experiment = Experiment(("cnn",), "smoke")
    sound = experiment_json(store, experiment_runs(store, experiment))["arms"][0]
    dead = next(run for run in learning.runs(store) if run.fold == 1)
    said = learning.predictions(store, run_id=dead.id)
    same = tuple(replace(one, probabilities=(0.3, 0.4, 0.3)) for one in said)
    learning.save_predictions(store, dead.id, same)

    (note,) = experiment_json(store, experiment_runs(store, experiment))["arms"][0]["notes"]
    assert sound["notes"] == []
    assert note.startswith("fold 2: the same answer to every ROI")


def test_holms_values_are_those_of_his_procedure():
    # Holm 1979 as in R: p.adjust(c(.01, .04, .03, .005), "holm") = .03 .06 .06 .02
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize("name", ["local:0", "local:abc", "foo", "dask:8786", ""])
def test_a_name_that_is_no_executor_is_a_sentence_before_anything_runs(name: str):
    with pytest.raises(EngineError, match="no place to run an experiment"):
        workers_of(name)


def test_executors_of_this_machine_have_a_number_of_workers():
    assert workers_of("in-process") == 1
    assert workers_of("local:3") == 3
    assert (workers_of("local") or 0) >= 1
    assert workers_of("dask://127.0.0.1:8786") is None


# --- a manifest that was changed ------------------------------------------------------------


def test_a_corrected_diagnosis_is_refused_not_ignored(tmp_path: Path):
    path = manifest(tmp_path)
    assert called("run", str(path), "--arms", "glcm", "--profile", "smoke").exit_code == 0
    rows = rows_of(path)
    rows[1][2] = "hemangioma" if rows[1][2] != "hemangioma" else "cyst"
    _rewrite(path, rows)
    told = called("run", str(path), "--arms", "glcm", "--profile", "smoke")

    assert told.exit_code == 1
    assert "and the manifest now says" in str(told.exception)


def test_a_line_taken_out_is_refused_not_ignored(tmp_path: Path):
    path = manifest(tmp_path)
    assert called("run", str(path), "--arms", "glcm", "--profile", "smoke").exit_code == 0
    _rewrite(path, rows_of(path)[:-1])
    told = called("run", str(path), "--arms", "glcm", "--profile", "smoke")

    assert told.exit_code == 1
    assert "holds 18 ROIs and blobs.csv names 17 of them" in str(told.exception)


def test_one_device_gives_the_same_answers_as_single_runs(tmp_path: Path):
    path = manifest(tmp_path / "a")
    one = manifest(tmp_path / "b")
    words = ("--arms", "cnn,glcm", "--profile", "smoke")
    first = called("run", str(path), *words, "--executor", "in-process")
    second = called("run", str(one), *words, "--executor", "device")

    assert (first.exit_code, second.exit_code) == (0, 0), second.output
    with Store.open(tmp_path / "b" / "blobs.blindread", read_only=True) as made:
        devices = {run.device for run in learning.runs(made) if run.arm == "cnn"}
        assert {run.n for run in learning.runs(made)} == {6}
    assert all("together" in name for name in devices)


def _rewrite(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
