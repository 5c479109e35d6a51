"""Patients held out and watched: who they are, what never sees them, what looks cost and keep."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_sets import blobs, folds_of, result_of

from engine import checkpoint, journal
from engine.accelerate.group import can_batch
from engine.cnn.evaluation import predict
from engine.cnn.examples import gather
from engine.cnn.training import train
from engine.cnn.watching import ACCURACY, APART, CORRECT, COUNT, LOSS, every
from engine.errors import EngineError, TooFewError
from engine.experiment.data import TrainingData
from engine.experiment.grid import plan
from engine.experiment.recipe import Recipe
from engine.gan.examples import gather as gather_gan
from engine.gan.quality import Draws, Panel
from engine.holdout import VALIDATION, hold_out, validation_indices
from engine.jobs import Progress
from engine.patches import LesionPatches
from engine.patches import test_indices as tested_indices
from engine.resume import Every
from engine.specs import CnnTraining, GanTraining, profile, to_json

SMOKE = profile("smoke")
STEPS = 40
BEFORE = "85db7e01a2d9213d956af25b5052db1d6b678d03be98142310b8ab341e25ff53"
"""Digest of a plan's hashes, computed by the code that had no validation yet (8f86ce9)."""


@pytest.fixture(scope="module")
def patches() -> LesionPatches:
    """Two ROIs a patient, 20 patients a class; half of fold 0's second ROIs are extra cases'."""
    found = blobs(40)
    named = tuple(f"P{(number // 6) * 3 + number % 3}" for number in range(len(found)))
    return replace(found, patients=named)


def _data(patches: LesionPatches) -> TrainingData:
    return TrainingData(patches, folds_of(patches), 3, patches.data_hash(), Path("patches.npz"))


def _spec(patches: LesionPatches, **changes: object) -> CnnTraining:
    folds = hold_out(patches, folds_of(patches), (0,), 20, 3)
    spec = CnnTraining(SMOKE.cnn, SMOKE.augmentation, folds, 0, 1, 40, steps=STEPS)
    return replace(spec, without=(VALIDATION,), validation=20, **changes)


def _told(running: object) -> list[Progress]:
    return list(running)  # type: ignore[call-overload]


def _looks(told: list[Progress]) -> list[tuple[int, dict[str, float]]]:
    return [(one.done, dict(one.metrics)) for one in told if COUNT in dict(one.metrics)]


def _folder(path: Path, patches: LesionPatches) -> tuple[Path, Path]:
    path.mkdir()
    patches.save(path / "patches.npz")
    return path / "patches.npz", path


# --- who is held out ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("percent", [5, 20, 50])
def test_no_patient_is_on_both_sides_and_classes_keep_their_share(
    patches: LesionPatches, seed: int, percent: int
):
    folds = folds_of(patches)
    found = np.asarray(hold_out(patches, folds, (0,), percent, seed))
    names = np.asarray(patches.patients)
    watched, trained = found == VALIDATION, found > 0
    assert not set(names[watched]) & set(names[~watched])
    assert (found[np.asarray(folds) == 0] == 0).all(), "who is tested stays tested"
    for target in range(3):
        of_class = patches.targets == target
        patients = len(set(names[of_class & (np.asarray(folds) > 0)]))
        held = len(set(names[of_class & watched]))
        assert held == max(1, round(percent / 100 * patients))
        assert (of_class & trained).any()


def test_the_draw_follows_its_seed_and_the_test_fold(patches: LesionPatches):
    folds = folds_of(patches)
    first = hold_out(patches, folds, (0,), 20, 1)
    assert hold_out(patches, folds, (0,), 20, 1) == first
    assert hold_out(patches, folds, (0,), 20, 2) != first
    assert hold_out(patches, folds, (0,), 0, 1) is folds


def test_extra_cases_are_never_watched_and_leave_with_their_patient(patches: LesionPatches):
    extra = np.zeros(len(patches), dtype=np.bool_)
    extra[3:6] = True  # the second ROIs of the first three patients
    folds = tuple(-1 if extra[at] else fold for at, fold in enumerate(folds_of(patches)))
    marked = replace(patches, extra=extra)
    seen = set()
    for seed in range(12):
        found = hold_out(marked, folds, (2,), 50, seed)
        spec = replace(_spec(marked), folds=found, test_fold=2, use_extra=True, classic=0)
        watched = validation_indices(marked, found)
        assert not extra[watched].any()
        held = {marked.patients[at] for at in watched}
        trained = {marked.patients[at] for at in gather(marked, spec, None).originals}
        assert not held & trained
        seen |= held & {marked.patients[at] for at in (3, 4, 5)}
    assert seen, "some seed held out a patient with an extra case"


def test_too_few_patients_are_a_sentence():
    few = blobs(3)  # one patient a class and fold
    assert hold_out(few, folds_of(few), (0,), 20, 0).count(VALIDATION) == 3
    with pytest.raises(TooFewError, match="Class cyst has too few patients"):
        hold_out(few, folds_of(few), (0, 1), 20, 0)
    with pytest.raises(TooFewError, match="nothing left to train"):
        hold_out(blobs(2), (1, 2, 3, 4, 5, 6), (0,), 50, 0)


# --- what never sees them -------------------------------------------------------------------


def test_neither_network_mean_image_nor_generator_sees_a_held_out_roi(patches: LesionPatches):
    poisoned = patches.images.copy()
    spec = _spec(patches)
    watched = validation_indices(patches, spec.folds)
    poisoned[watched] = 0.123
    other = replace(patches, images=poisoned)
    one, two = gather(patches, spec, None), gather(other, spec, None)
    assert np.array_equal(one.images, two.images)
    assert np.array_equal(one.mean_image(), two.mean_image())
    assert len(one.targets) == len(one.originals) + 2 * 40, "D_aug keeps its size"
    gan = GanTraining(SMOKE.gan, SMOKE.augmentation, spec.folds, 0, 1, 1, 40, without=(VALIDATION,))
    first, second = gather_gan(patches, gan), gather_gan(other, gan)
    assert np.array_equal(first.images, second.images)
    assert not {patches.patients[at] for at in watched} & set(first.patients)


def test_every_run_of_an_arm_holds_the_same_patients_out(patches: LesionPatches):
    recipe = replace(Recipe.of("cnn-aug-gan", "smoke"), validation=20, seeds=2)
    runs = plan([recipe], _data(patches)).runs
    plain = plan([replace(recipe, validation=0)], _data(patches)).runs
    assert len(runs) == 2 * 3 * 4
    assert not {one.hash for one in runs} & {one.hash for one in plain}
    splits = {(one.seed, one.fold): one.spec.folds for one in runs}  # type: ignore[union-attr]
    assert len(set(splits.values())) == 6
    for run in runs:
        assert isinstance(run.spec, CnnTraining | GanTraining)
        assert run.spec.folds == splits[run.seed, run.fold]
        assert run.spec.without == (VALIDATION,)
        assert run.group.endswith(", 20 % validation")
        tested = tested_indices(patches, run.spec.folds, run.fold)
        assert len(tested) == folds_of(patches).count(run.fold or 0)


def test_without_validation_finished_runs_keep_their_names():
    small = blobs(6)
    data = TrainingData(small, folds_of(small), 3, small.data_hash(), Path("x"))
    recipes = [Recipe.of(name, "smoke") for name in ("cnn-aug-gan", "cnn-aug", "cnn-fly")]
    runs = plan(recipes, data).runs
    assert sha256("".join(run.hash for run in runs).encode()).hexdigest() == BEFORE
    assert "validation" not in "".join(to_json(run.spec) for run in runs)


def test_a_recipe_that_cannot_be_watched_is_refused(patches: LesionPatches):
    recipe = Recipe.of("cnn-aug", "smoke")
    for percent in (-1, 1, 60):
        with pytest.raises(EngineError, match="5 to 50 %"):
            replace(recipe, validation=percent).check()
    for arm in ("glcm", "acgan-d"):
        with pytest.raises(EngineError, match="nothing to watch"):
            replace(Recipe.of(arm, "smoke"), validation=20).check()
    spec = _spec(patches)
    assert can_batch([replace(spec, validation=0)])
    assert not can_batch([spec]), "networks trained together are not watched"


@pytest.mark.parametrize("changes", [{"without": ()}, {"validation": 0}])
def test_a_spec_that_would_train_on_those_it_watches_is_refused(
    tmp_path: Path, patches: LesionPatches, changes: dict[str, object]
):
    spec = replace(_spec(patches), **changes)  # type: ignore[arg-type]
    with pytest.raises(EngineError, match="who is held out"):
        result_of(train(spec, _folder(tmp_path / "run", patches)))


# --- looks ----------------------------------------------------------------------------------


def test_looks_come_as_planned_and_say_what_the_network_says(
    tmp_path: Path, patches: LesionPatches
):
    spec = _spec(patches)
    watched = validation_indices(patches, spec.folds)
    told = _told(train(spec, _folder(tmp_path / "run", patches)))
    looks = _looks(told)
    apart = every(len(watched), SMOKE.cnn.batch, STEPS)
    assert [step for step, _ in looks] == sorted({*range(apart, STEPS, apart), STEPS})
    network = checkpoint.load(tmp_path / "run" / checkpoint.MODEL, "cnn")
    assert network.meta.spec == to_json(spec)
    said = predict(tmp_path / "run" / checkpoint.MODEL, patches.images[watched])
    right = said.argmax(1) == patches.targets[watched]
    last = looks[-1][1]
    assert (last[CORRECT], last[COUNT]) == (right.sum(), len(watched))
    assert last[ACCURACY] == pytest.approx(right.mean())
    own = said[np.arange(len(watched)), patches.targets[watched]]
    assert last[LOSS] == pytest.approx(-np.log(own).mean(), rel=1e-4)


def test_being_watched_changes_no_weight(
    tmp_path: Path, patches: LesionPatches, monkeypatch: pytest.MonkeyPatch
):
    """The same patients held out, once without a look: dropout's draws stay as they are."""
    spec = _spec(patches)
    seen = result_of(train(spec, _folder(tmp_path / "seen", patches)))
    monkeypatch.setattr("engine.cnn.watching.Watch.is_due", lambda self, step: False)
    alone = result_of(train(spec, _folder(tmp_path / "alone", patches)))
    assert seen.checkpoint.read_bytes() == alone.checkpoint.read_bytes()


def test_images_read_by_looks_are_a_tenth_of_those_trained_on():
    for count, batch, total in ((3, 32, 500), (24, 64, 23_850), (500, 32, 500), (24, 16, 40)):
        steps = every(count, batch, total)
        assert steps * batch >= APART * count
        assert total // steps <= 100


@pytest.mark.parametrize("moment", ["step", "part", "look", "killed"])
def test_cut_off_at_any_moment_bytes_and_curves_are_those_of_one_sitting(
    tmp_path: Path, patches: LesionPatches, monkeypatch: pytest.MonkeyPatch, moment: str
):
    monkeypatch.setattr("engine.cnn.training.TELL_EVERY", 0.0)
    spec = _spec(patches, cnn=replace(SMOKE.cnn, micro_batch=8))
    wanted = _looks(_told(train(spec, _folder(tmp_path / "whole", patches))))
    paths, at = _folder(tmp_path / "run", patches), wanted[1][0]
    running = train(spec, paths, Every(0) if moment == "killed" else None)
    for progress in running:
        journal.note(paths[1], progress)
        is_look = bool(_looks([progress]))
        ends = {
            "step": progress.done == at - 1,
            "part": progress.done == at,  # its step is under way, its look to come
            "look": progress.done == at and is_look,
            "killed": progress.done == at + 1,
        }
        if ends[moment]:
            break
    shutil.copytree(paths[1], tmp_path / "left")  # as a kill leaves it
    running.close()
    folder = tmp_path / "left" if moment == "killed" else paths[1]
    torch.manual_seed(9)
    for progress in train(spec, (folder / "patches.npz", folder)):
        journal.note(folder, progress)
    points = journal.read(folder).points
    assert [(p.done, dict(p.metrics)) for p in points if p.value(COUNT)] == wanted
    whole = (tmp_path / "whole" / checkpoint.MODEL).read_bytes()
    assert (folder / checkpoint.MODEL).read_bytes() == whole


def test_a_generators_draws_are_compared_with_held_out_patients_it_never_learns_from(
    patches: LesionPatches,
):
    folds = hold_out(patches, folds_of(patches), (0,), 40, 3)
    images = patches.images.copy()
    images[validation_indices(patches, folds)] *= 0.3  # they look like no other patient's
    found = replace(patches, images=images)
    spec = GanTraining(SMOKE.gan, SMOKE.augmentation, folds, 0, 1, 0, without=(VALIDATION,))
    examples = gather_gan(found, spec)
    watched = [at for at in validation_indices(found, folds) if found.targets[at] == 0]
    assert len(examples.held_out) == len(watched) >= 4
    assert not set(examples.patients) & {found.patients[at] for at in watched}
    own = result_of(Panel(examples, False).look(repeated(examples.originals)))
    theirs = result_of(Panel(examples, False).look(repeated(examples.held_out)))
    assert own.value("kid_held_n") == len(watched)
    assert own.value("kid") < 0 < theirs.value("kid")
    assert theirs.value("kid_held") < 0 < own.value("kid_held")
    plain = gather_gan(found, replace(spec, folds=folds_of(found), without=()))
    assert len(plain.held_out) == 0
    look = result_of(Panel(plain, False).look(repeated(plain.originals)))
    assert look.value("kid_held") is None


def repeated(images: np.ndarray) -> Draws:
    """Draws that are these pictures, one after the other."""

    def draws(count: int, _target: int) -> Generator[None, None, np.ndarray]:
        yield
        return images[np.arange(count) % len(images)]

    return draws
