"""Training as a workflow: what is kept, skipped, cancelled and refused."""

from __future__ import annotations

import threading
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from learn_study import CODES, add_lesion, make_study

from engine import journal
from engine.errors import EngineError
from engine.experiment.forecast import workload
from engine.experiment.grid import Experiment, plan
from engine.experiment.recipe import Recipe
from engine.jobs import Progress
from engine.map import AUGMENTED
from reader_app.workflows import embed, synthesise
from reader_app.workflows import train as training
from reader_app.workflows.measure import TIMED_STEPS, measure
from reader_app.workflows.patches import training_data
from reader_app.workflows.recording import new_run
from reader_app.workflows.run_experiment import experiment_status
from reader_app.workflows.train import TrainProgress, TrainResult, close_stale, train, train_all
from studies import cases, learning
from studies.errors import ReadOnlyError, StudyError
from studies.store import Store

T = TypeVar("T")
GAN = Recipe.of("cnn-aug-gan", "smoke")
AUG = Recipe.of("cnn-aug", "smoke")


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store, None, None]:
    made = make_study(tmp_path / "t.blindread", per_class=4)
    yield made
    made.close()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Trainings that need no network, in a real child."""
    monkeypatch.setattr(training, "PERFORM", "fake_training:perform")
    return monkeypatch


def finish(running: Generator[Progress, None, T]) -> tuple[list[Progress], T]:
    seen = []
    while True:
        try:
            seen.append(next(running))
        except StopIteration as stop:
            return seen, stop.value


def states(store: Store) -> list[str]:
    return [run.state for run in learning.runs(store)]


# --- with stand-ins -----------------------------------------------------------------------------


@pytest.mark.usefixtures("fake")
def test_a_recipe_trains_its_generators_before_its_classifier_in_each_fold(store: Store) -> None:
    seen, result = finish(train(store, GAN))
    assert isinstance(result, TrainResult)
    runs = learning.runs(store)
    assert [run.kind for run in runs] == (["generator"] * 3 + ["classifier"]) * 3
    assert states(store) == ["finished"] * 12
    assert [run.category for run in runs[:3]] == list(CODES)
    assert {run.group for run in runs if run.kind == "classifier"} == {"D_aug 40 + D_synth 10 × 3"}
    (planned, *_) = [r for r in plan((GAN,), training_data(store, 3)).runs if r.draws]
    assert planned.draws is not None
    assert (planned.draws.count, planned.draws.targets) == (10 * 2, (0, 1, 2))  # 2 folds train
    assert all(run.kid == 0.0098 for run in runs if run.kind == "generator")
    placed = [one for one in seen if isinstance(one, TrainProgress)]
    assert [one.done for one in placed] == sorted(one.done for one in placed)
    assert placed[-1].done == placed[-1].total


@pytest.mark.usefixtures("fake")
def test_predictions_are_out_of_fold_and_cover_every_lesion_once(store: Store) -> None:
    finish(train(store, AUG))
    predicted = learning.predictions(store, arm="cnn-aug")
    assert sorted(p.lesion_id for p in predicted) == [one.id for one in cases.lesions(store)]
    truth = {one.id: one.category for one in cases.lesions(store)}
    folds = {one.id: one.fold for one in cases.lesions(store)}
    by_id = {run.id: run for run in learning.runs(store)}
    assert all(p.category == truth[p.lesion_id] for p in predicted)
    assert all(folds[p.lesion_id] == by_id[p.run_id].fold for p in predicted)
    for run in by_id.values():
        own = [p for p in predicted if p.run_id == run.id]
        assert run.correct == sum(p.predicted == p.category for p in own)
        assert run.n == len(own)


@pytest.mark.usefixtures("fake")
def test_equal_content_is_not_trained_twice_and_new_seeds_are(store: Store) -> None:
    finish(train(store, AUG))
    _, again = finish(train(store, AUG))
    assert (again.skipped, again.timings, len(learning.runs(store))) == (3, (), 3)
    _, more = finish(train(store, Recipe(**{**AUG.__dict__, "seeds": 2})))
    assert (more.skipped, len(more.timings)) == (3, 3)


@pytest.mark.usefixtures("fake")
def test_a_run_whose_checkpoint_is_gone_is_trained_again(store: Store) -> None:
    _, first = finish(train(store, AUG))
    (first.runs[0].folder / "model.safetensors").unlink()
    _, again = finish(train(store, AUG))
    assert again.skipped == 2


def test_a_run_cancelled_before_its_first_state_leaves_its_order_alone_and_no_open_state(
    store: Store, fake: pytest.MonkeyPatch
) -> None:
    fake.setattr(training, "PERFORM", "fake_training:hang")
    running = train(store, AUG)
    while not isinstance(progress := next(running), TrainProgress) or not progress.metrics:
        pass
    folder = learning.runs(store)[0].folder
    assert (folder / "half").exists()
    running.close()
    assert states(store) == ["cancelled"] * 3
    assert [path.name for path in folder.iterdir()] == ["order.json"]
    assert [run.message for run in learning.runs(store)] == [
        "Paused before its first step was kept; it begins anew.",
        "Cancelled before it began.",
        "Cancelled before it began.",
    ]
    fake.setattr(training, "PERFORM", "fake_training:perform")
    _, again = finish(train(store, AUG))
    assert again.skipped == 0
    assert states(store) == ["finished"] * 3  # in place of those that were cancelled


def test_a_failed_run_keeps_its_sentence_and_the_others_are_tried(
    store: Store, fake: pytest.MonkeyPatch
) -> None:
    fake.setattr(training, "PERFORM", "fake_training:fail")
    with pytest.raises(EngineError, match="loss is not a number"):
        finish(train(store, AUG))
    assert states(store) == ["failed"] * 3
    assert "learning rate" in learning.runs(store)[0].message


def test_what_needs_a_failed_run_is_not_begun(store: Store, fake: pytest.MonkeyPatch) -> None:
    fake.setattr(training, "PERFORM", "fake_training:fail")
    with pytest.raises(EngineError, match="loss is not a number"):
        finish(train(store, GAN))
    assert states(store) == (["failed"] * 3 + ["cancelled"]) * 3
    assert learning.runs(store)[3].message == "It needs a run that did not finish."


@pytest.mark.usefixtures("fake")
def test_an_experiment_continues_and_shares_its_generators(store: Store) -> None:
    experiment = Experiment(("cnn", "cnn-aug", "cnn-aug-gan"), "smoke")
    before = experiment_status(store, experiment)
    assert [(one.finished, one.total) for one in before] == [(0, 3), (0, 3), (0, 12)]
    assert all(lesion.fold is None for lesion in cases.lesions(store))
    running = train_all(store, experiment)
    while states(store)[3:4] != ["running"]:  # the second group has begun
        next(running)
    running.close()
    seen, result = finish(train_all(store, experiment))
    assert (result.skipped, len(result.runs)) == (3, 18)
    assert all(one.is_done for one in experiment_status(store, experiment))
    assert [one.done for one in seen] == sorted(one.done for one in seen)


def test_an_experiment_of_unknown_arms_is_a_sentence() -> None:
    with pytest.raises(EngineError, match="There is no arm bovw; choose out of cnn, cnn-aug"):
        Experiment(("bovw",)).recipes()


@pytest.mark.usefixtures("fake")
def test_curves_and_samples_stay_with_the_run(store: Store) -> None:
    finish(train(store, GAN))
    run = learning.runs(store)[0]
    curves = journal.read(run.folder)
    assert [point.done for point in curves.points] == list(range(1, 31))
    assert curves.points[-1].value("kid_real_high") == 0.008
    (grid,) = curves.samples
    assert (grid.category, grid.images.shape) == ("cyst", (14, 64, 64))
    with (run.folder / "metrics.jsonl").open("a") as file:
        file.write('[31, 30, [["loss')
    assert len(journal.read(run.folder).points) == 30


def test_stale_runs_of_a_program_that_ended_are_cancelled(store: Store) -> None:
    for planned in plan((AUG,), training_data(store, 3)).runs[:2]:
        run = learning.start_run(store, new_run(planned))
    learning.update_run(store, run.id, state="running")
    run.folder.mkdir(parents=True)
    assert close_stale(store) == 2
    assert states(store) == ["cancelled", "cancelled"]
    assert not run.folder.exists()
    assert close_stale(store) == 0


# --- refusals -----------------------------------------------------------------------------------


def test_too_few_patients_for_the_folds_is_a_sentence_and_changes_nothing(tmp_path: Path) -> None:
    store = make_study(tmp_path / "s.blindread", per_class=2)
    with pytest.raises(StudyError, match=r"Cyst has ROIs of 2 patients; 3 folds need at least 3"):
        finish(train(store, AUG))
    assert learning.runs(store) == ()
    assert all(lesion.fold is None for lesion in cases.lesions(store))
    store.close()


def test_nothing_ready_is_a_sentence(tmp_path: Path) -> None:
    store = make_study(tmp_path / "s.blindread", per_class=2, ready=False)
    with pytest.raises(StudyError, match="Draw margins and confirm diagnoses"):
        finish(train(store, AUG))
    store.close()


def test_a_read_only_study_trains_nothing(store: Store) -> None:
    other = Store.open(store.folder, read_only=True)
    with pytest.raises(ReadOnlyError, match="read-only"):
        next(train(other, AUG))
    other.close()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"arm": "cgan"}, "There is no arm"),
        ({"seeds": 0}, "seed"),
        ({"classic": -1}, "below 0"),
        ({"arm": "cnn-aug-gan", "synthetic_per_class": 0}, "synthetic"),
    ],
)
def test_impossible_recipes_are_sentences(
    store: Store, wrong: dict[str, object], words: str
) -> None:
    with pytest.raises(EngineError, match=words):
        finish(train(store, Recipe(**{**AUG.__dict__, **wrong})))


# --- folds --------------------------------------------------------------------------------------


def test_folds_are_drawn_once_by_patient_and_then_kept(store: Store) -> None:
    first = training_data(store, 3)
    assert first.folds == training_data(store, 5).folds
    assert first.fold_count == 3
    assert {one.fold for one in cases.lesions(store)} == {0, 1, 2}


def test_the_manifests_folds_are_kept_and_newcomers_join_the_smallest(store: Store) -> None:
    given = {one.patient: at % 2 for at, one in enumerate(cases.lesions(store))}
    learning.assign_folds(store, tuple(given.items()), 0)
    new = add_lesion(store, 50, "cyst", np.random.default_rng(0))
    data = training_data(store, 3)
    assert data.fold_count == 2
    after = {one.patient: one.fold for one in cases.lesions(store)}
    assert {patient: after[patient] for patient in given} == given
    assert after["P-051"] in (0, 1)
    assert cases.lesion(store, new).fold == after["P-051"]


def test_drawing_folds_for_a_measurement_stores_none(store: Store) -> None:
    data = training_data(store, 3, keep=False)
    assert all(one.fold is None for one in cases.lesions(store))
    assert not data.path.exists()


# --- with the real engine -----------------------------------------------------------------------


def test_the_real_engine_trains_maps_synthesises_and_audits(tmp_path: Path) -> None:
    store = make_study(tmp_path / "s.blindread", per_class=4)
    recipe = Recipe(**{**GAN.__dict__, "folds": 2, "gan_steps": 8})
    _, result = finish(train(store, recipe))
    assert states(store) == ["finished"] * 8
    classifier = next(run for run in result.runs if run.kind == "classifier")
    assert classifier.n == 6
    found = learning.embedding(store, classifier.id)
    assert found is not None
    assert len(found.points) == 6 * (1 + AUGMENTED)
    assert 0 <= dict(found.measures)["trustworthiness"] <= 1
    planned = workload(recipe, (4, 4, 4), 2)
    assert {one.kind: one.runs for one in planned} == {"classifier": 2, "dcgan": 6}
    assert sum(one.steps for one in planned) == sum(t.steps for t in result.timings)
    generator = synthesise.newest_generator(store, "cyst")
    assert generator is not None
    _, drawn = finish(synthesise.synthesise(store, generator.id, 5, 0))
    assert [roi.index for roi in drawn] == [0, 1, 2, 3, 4]
    assert {roi.audit for roi in drawn} <= {"clear", "close", "copy"}
    truth = {one.id: (one.category, one.fold) for one in cases.lesions(store)}
    nearest = [truth[roi.nearest_lesion_id] for roi in drawn if roi.nearest_lesion_id]
    assert len(nearest) == 5
    assert all(category == "cyst" and fold != generator.fold for category, fold in nearest)
    timings = finish(measure(store, (recipe,)))[1]
    assert [(one.kind, one.steps) for one in timings] == [
        ("dcgan", TIMED_STEPS),
        ("classifier", TIMED_STEPS),
    ]
    assert all(one.seconds > 0 for one in timings)
    assert threading.active_count() < 20
    tested = {point.lesion_id for point in found.points}
    swapped = {(one.patient, 1 - (one.fold or 0)) for one in cases.lesions(store)}
    learning.assign_folds(store, tuple(swapped), 0)
    _, again = finish(embed.embed(store, classifier.id))  # never of what the network has seen
    assert {point.lesion_id for point in again.points} == tested
    store.close()


def test_only_a_finished_generator_draws(store: Store) -> None:
    planned = plan((GAN,), training_data(store, 3)).runs
    run = learning.start_run(store, new_run(planned[0]))
    with pytest.raises(StudyError, match="Only a finished generator"):
        finish(synthesise.synthesise(store, run.id, 3, 0))
    with pytest.raises(EngineError, match="finished classifier"):
        finish(embed.embed(store, run.id))
    with pytest.raises(StudyError, match="at least 1"):
        finish(synthesise.synthesise(store, run.id, 0, 0))


# --- baselines ----------------------------------------------------------------------------------


@pytest.mark.parametrize("arm", ["glcm", "gabor"])
def test_a_baseline_predicts_each_lesion_once_and_is_not_trained_again(
    store: Store, arm: str
) -> None:
    recipe = Recipe.of(arm, "smoke")
    _, result = finish(train(store, recipe))
    assert [(run.kind, run.arm) for run in result.runs] == [("classifier", arm)] * 3
    predicted = [
        one.lesion_id for run in result.runs for one in learning.predictions(store, run_id=run.id)
    ]
    assert len(predicted) == len(set(predicted)) == sum(run.n or 0 for run in result.runs) == 12
    assert {timing.kind for timing in result.timings} == {"baseline"}

    _, again = finish(train(store, recipe))
    assert again.skipped == 3
