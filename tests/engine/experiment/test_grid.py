"""The plan of an experiment: the paper's groups and steps, what runs share, what inner runs see."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from learning_sets import blobs, folds_of

from engine.errors import EngineError
from engine.experiment.arms import ARMS, DEFAULT_ARMS, arm
from engine.experiment.data import TrainingData
from engine.experiment.forecast import operations, whole_workload, work_of, workload
from engine.experiment.grid import Experiment, plan
from engine.experiment.recipe import Recipe
from engine.experiment.run import CLASSIFIER, GENERATOR, INNER, Run
from engine.files import DISCRIMINATOR, MODEL
from engine.patches import EXTRA, LesionPatches, training_indices
from engine.specs import ALL_CLASSES, CnnTraining, DiscriminatorReading, GanTraining


def _data(patches: LesionPatches, folds: tuple[int, ...]) -> TrainingData:
    return TrainingData(patches, folds, 3, patches.data_hash(), Path("patches.npz"))


@pytest.fixture(scope="module")
def data() -> TrainingData:
    patches = blobs(6)
    return _data(patches, folds_of(patches))


@pytest.fixture(scope="module")
def sheba() -> TrainingData:
    """182 ROIs as in the paper, 53 / 64 / 65, in folds of 61, 61 and 60; and 78 extra cases."""
    targets = np.repeat([0, 1, 2, 0, 1, 2], [53, 64, 65, 23, 27, 28])
    own = len(targets) - 78
    names = tuple(f"P{at:03d}" for at in range(len(targets)))
    images = np.random.default_rng(0).random((len(targets), 64, 64), dtype=np.float32)
    extra = np.arange(len(targets)) >= own
    patches = LesionPatches(images, targets, names, names, ("a", "b", "c"), extra=extra)
    folds = tuple(EXTRA if at >= own else at % 3 for at in range(len(targets)))
    return _data(patches, folds)


def _read_by(name: str, data: TrainingData) -> TrainingData:
    """The same ROIs with as many slices as an arm reads."""
    if arm(name).slices == 1:
        return data
    images = np.repeat(data.patches.images[:, None], arm(name).slices, axis=1)
    return replace(data, patches=replace(data.patches, images=images), data_hash="5 slices")


def _networks(runs: tuple[Run, ...], arm: str) -> list[Run]:
    return [run for run in runs if run.arm == arm and run.kind == CLASSIFIER]


def test_the_papers_groups_and_steps_are_planned(sheba: TrainingData):
    experiment = Experiment(("cnn", "cnn-aug", "cnn-aug-gan", "cnn-equal"), "paper")
    runs = experiment.plan(sheba).runs

    assert {run.steps for run in _networks(runs, "cnn")} == {300}
    classic = Counter(run.group for run in _networks(runs, "cnn-aug"))
    assert list(classic.values()) == [3] * 8  # with "cnn" the nine groups of section 4.2.1
    best = [run for run in _networks(runs, "cnn-aug") if run.group == "D_aug 5,000"]
    assert {run.steps for run in best} == {23_850}
    synthetic = Counter(run.group for run in _networks(runs, "cnn-aug-gan"))
    assert list(synthetic.values()) == [3] * 6
    chosen = [r for r in _networks(runs, "cnn-aug-gan") if "D_synth 1,000 × 3" in r.group]
    assert {run.steps for run in chosen} == {37_800}
    equal = _networks(runs, "cnn-equal")
    assert {run.steps for run in equal} == {37_800}
    assert all(isinstance(r.spec, CnnTraining) and r.spec.steps == 37_800 for r in equal)
    assert {run.group for run in equal} == {"D_aug 0"}


def test_generators_come_first_and_are_shared_by_the_groups(sheba: TrainingData):
    runs = Experiment(("cnn-aug-gan", "cnn-aug-acgan", "acgan-d"), "paper").plan(sheba).runs
    kinds = Counter(run.arm for run in runs if run.kind == GENERATOR)

    assert kinds == {"dcgan": 9, "acgan-dcgan": 3}
    seen: set[str] = set()
    for run in runs:
        assert {need.run for need in run.needs} <= seen
        seen.add(run.hash)
    assert len(seen) == len(runs)


def test_a_conditional_generator_draws_every_class_and_its_discriminator_reads(data: TrainingData):
    runs = Experiment(("cnn-aug-acgan", "acgan-d"), "smoke").plan(data).runs
    network = _networks(runs, "cnn-aug-acgan")[0]
    reader = _networks(runs, "acgan-d")[0]

    assert len({need.run for need in network.needs}) == 1
    assert [need.file for need in network.needs] == [MODEL] * 3
    assert network.draws is not None
    assert network.draws.targets == (0, 1, 2)
    assert isinstance(reader.spec, DiscriminatorReading)
    assert [(n.run, n.file) for n in reader.needs] == [(network.needs[0].run, DISCRIMINATOR)]


def test_the_conditional_generator_trains_on_originals_alone(data: TrainingData):
    runs = Experiment(("cnn-aug-cda",), "quick").plan(data).runs
    specs = [run.spec for run in runs if isinstance(run.spec, GanTraining)]

    assert {(one.classic, one.target) for one in specs} == {(0, ALL_CLASSES)}


def test_inner_runs_hold_back_the_fold_that_the_choice_is_tested_on(data: TrainingData):
    plain = Experiment(("cnn", "cnn-aug"), "quick").plan(data).runs
    nested = Experiment(("cnn", "cnn-aug"), "quick", is_nested=True).plan(data).runs
    inner = [run for run in nested if run.kind == INNER]

    assert [run for run in nested if run.kind != INNER] == list(plain)
    assert len(inner) == 2 * 3 * 2  # groups of cnn-aug, outer folds, inner folds; "cnn" has one
    for run in inner:
        assert isinstance(run.spec, CnnTraining)
        (outer,) = run.spec.without
        assert outer != run.spec.test_fold
        chosen = training_indices(
            data.patches, run.spec.folds, run.spec.test_fold, without=run.spec.without
        )
        assert {data.folds[int(at)] for at in chosen} == {0, 1, 2} - {outer, run.spec.test_fold}
    assert not {run.hash for run in inner} & {run.hash for run in plain}


def test_extra_cases_train_only_in_their_own_arm(sheba: TrainingData):
    runs = Experiment(("cnn-aug", "cnn-extra"), "quick").plan(sheba).runs
    extra, classic = _networks(runs, "cnn-extra")[0].spec, _networks(runs, "cnn-aug")[0].spec

    assert isinstance(extra, CnnTraining)
    assert isinstance(classic, CnnTraining)
    assert (extra.use_extra, extra.extra > 0) == (True, True)
    assert (classic.use_extra, classic.extra) == (False, 0)


def test_without_extra_cases_their_arm_is_left_out_or_refused(data: TrainingData):
    assert "cnn-extra" in DEFAULT_ARMS
    assert "cnn-extra" not in {run.arm for run in Experiment(profile="smoke").plan(data).runs}
    with pytest.raises(EngineError, match="needs extra cases"):
        Experiment(("cnn-extra",), "smoke").plan(data)


def test_seeds_and_data_make_other_hashes_and_equal_content_the_same(data: TrainingData):
    recipe = Recipe.of("cnn-aug-gan", "smoke")
    first, again = (plan((recipe,), data).runs for _ in range(2))
    other = _data(blobs(6, seed=1), data.folds)

    assert first == again
    assert not {r.hash for r in first} & {r.hash for r in plan((recipe,), other).runs}
    more = plan((replace(recipe, seeds=2),), data).runs
    assert {run.hash for run in first} < {run.hash for run in more}


@pytest.mark.parametrize("profile", ["smoke", "quick", "paper"])
def test_every_arm_is_planned_and_its_work_foretold(profile: str, sheba: TrainingData):
    for one in ARMS:
        recipe = Recipe.of(one.name, profile)
        runs = plan((recipe,), _read_by(one.name, sheba)).runs
        assert len(_networks(runs, one.name)) == 3
        foretold = {work.kind: work for work in workload(recipe, (53, 64, 65), 3)}
        for kind, work in foretold.items():
            own = [run for run in runs if work_of(run) == kind]
            assert work.runs == len(own)
            assert work.steps == pytest.approx(sum(run.steps for run in own), rel=0.04)
        assert all(operations(r) > 0 for r in runs if isinstance(r.spec, CnnTraining | GanTraining))


def test_the_whole_experiments_work_counts_shared_generators_once(sheba: TrainingData):
    experiment = Experiment(profile="quick")
    runs = experiment.plan(sheba).runs
    work = whole_workload(experiment, (53, 64, 65), has_extra=True)

    assert {one.kind: one.runs for one in work} == Counter(work_of(run) for run in runs)


def test_an_unknown_arm_is_named_with_all_there_are():
    with pytest.raises(EngineError, match=r"no arm cgan; choose out of cnn, cnn-aug, .*glcm"):
        Recipe.of("cgan", "quick")


# --- 2.5-D ROIs ---------------------------------------------------------------------------------


def test_arms_of_stacks_are_planned_with_every_group_of_classic_augmentation(sheba: TrainingData):
    experiment = Experiment(("cnn-25d", "cnn-aug-25d"), "paper")
    runs = experiment.plan(_read_by("cnn-25d", sheba)).runs

    assert experiment.slices == 5
    assert {run.steps for run in _networks(runs, "cnn-25d")} == {300}
    groups = Counter(run.group for run in _networks(runs, "cnn-aug-25d"))
    assert (len(groups), set(groups.values())) == (8, {3})
    specs = [run.spec for run in runs]
    assert all(isinstance(one, CnnTraining) and one.cnn.slices == 5 for one in specs)
    flat = Experiment(("cnn", "cnn-aug"), "paper").plan(sheba).runs
    assert not {run.hash for run in runs} & {run.hash for run in flat}


def test_the_default_arms_read_single_slices():
    assert Experiment().slices == 1
    assert {arm(name).slices for name in DEFAULT_ARMS} == {1}


def test_arms_of_different_slices_make_no_experiment(data: TrainingData):
    words = r"cnn-25d reads 5 slices of each lesion, cnn-aug reads one.*experiment of their own"
    mixed = Experiment(("cnn-aug", "cnn-25d"), "smoke")
    with pytest.raises(EngineError, match=words):
        _ = mixed.slices
    with pytest.raises(EngineError, match=words):
        mixed.plan(data)


def test_rois_of_other_slices_than_the_arm_reads_are_refused(data: TrainingData):
    with pytest.raises(EngineError, match="reads 5 neighbouring slices of each lesion"):
        plan((Recipe.of("cnn-25d", "smoke"),), data)
    with pytest.raises(EngineError, match="reads one slice of each lesion, these ROIs hold 5"):
        plan((Recipe.of("cnn-aug-gan", "smoke"),), _read_by("cnn-25d", data))
