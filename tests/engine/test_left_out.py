"""ROIs of a source that a recipe leaves out: they neither train nor are tested, and the hash says
so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from learning_sets import blobs, folds_of

from engine.errors import EngineError
from engine.experiment.data import TrainingData
from engine.experiment.grid import Experiment, plan
from engine.experiment.recipe import LEFT_OUT, Recipe
from engine.holdout import VALIDATION, hold_out
from engine.patches import EXTRA, LOSSY, STORED, LesionPatches, test_indices, training_indices

OUT = (0, 4, 7)


@pytest.fixture(scope="module")
def patches() -> LesionPatches:
    return blobs(6)


def _folds(patches: LesionPatches, fold: int = LOSSY) -> tuple[int, ...]:
    return tuple(fold if at in OUT else one for at, one in enumerate(folds_of(patches)))


def _data(patches: LesionPatches, folds: tuple[int, ...]) -> TrainingData:
    return TrainingData(patches, folds, 3, patches.data_hash(), Path("patches.npz"))


@pytest.mark.parametrize("fold", [LOSSY, STORED])
def test_a_left_out_roi_neither_trains_nor_is_tested(patches: LesionPatches, fold: int) -> None:
    folds, every = _folds(patches, fold), folds_of(patches)
    tested = [test_indices(patches, folds, one) for one in range(3)]
    assert sorted(np.concatenate(tested)) == [at for at in range(len(every)) if at not in OUT]
    for one in (None, 0, 1, 2):
        for extra in (False, True):
            assert not set(training_indices(patches, folds, one, extra=extra)) & set(OUT)


def test_other_rois_of_the_same_patient_stay(patches: LesionPatches) -> None:
    owners = (patches.patients[1], *patches.patients[1:])  # ROI 0 is of the patient of ROI 1
    shared = replace(patches, patients=owners)
    folds = (LOSSY, *folds_of(patches)[1:])
    other = (folds[1] + 1) % 3
    assert 1 in training_indices(shared, folds, other)
    assert 1 in test_indices(shared, folds, folds[1])


def test_a_left_out_extra_case_does_not_train_either(patches: LesionPatches) -> None:
    extra = replace(patches, extra=np.arange(len(patches)) < 2)
    folds = (LOSSY, EXTRA, *folds_of(patches)[2:])
    trained = training_indices(extra, folds, 0, extra=True)
    assert 1 in trained
    assert 0 not in trained


def test_counts_of_the_plan_leave_them_out(patches: LesionPatches) -> None:
    whole, less = _data(patches, folds_of(patches)), _data(patches, _folds(patches))
    assert less.training_count(()) == whole.training_count(()) - len(OUT)
    assert less.training_count((), extra=True) == less.training_count(())


def test_no_patient_of_theirs_is_watched_as_validation(patches: LesionPatches) -> None:
    held = hold_out(patches, _folds(patches), (0,), 30, 1)
    assert [held[at] for at in OUT] == [LOSSY] * len(OUT)
    assert VALIDATION in held


def test_such_runs_are_others_and_their_groups_say_why(patches: LesionPatches) -> None:
    recipe = Recipe.of("cnn-aug", "smoke")
    without = replace(recipe, leave_out=("lossy CT",))
    usual = plan((recipe,), _data(patches, folds_of(patches))).runs
    less = plan((without,), _data(patches, _folds(patches))).runs
    assert not {run.hash for run in usual} & {run.hash for run in less}
    assert {run.group for run in less} == {f"{usual[0].group}, without lossy CT"}
    assert all(run.spec.folds.count(LOSSY) == len(OUT) for run in less)
    assert all(run.is_mapped for run in less)  # it is the profile's own group


def test_the_whole_experiment_passes_it_to_every_recipe() -> None:
    experiment = Experiment(profile="smoke", leave_out=tuple(LEFT_OUT))
    assert {one.leave_out for one in experiment.recipes()} == {("lossy CT", "stored values")}


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(EngineError, match="lossy CT or stored values"):
        replace(Recipe.of("cnn", "smoke"), leave_out=("sharp CT",)).check()
