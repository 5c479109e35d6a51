"""One run of each kind, done in a folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from learning_sets import blobs, folds_of, result_of
from small_plans import SIZES, classifier, generator, plan_of

from engine.checkpoint import load
from engine.draws import DrawSpec
from engine.experiment import Need, Plan, Run, maps, record, run
from engine.experiment.run import CLASSIFIER
from engine.experiment.worker import Order, perform
from engine.files import DISCRIMINATOR, MODEL, SYNTHETIC
from engine.jobs import in_process
from engine.map import FeatureMap
from engine.outcome import Outcome
from engine.specs import (
    ALL_CLASSES,
    BaselineSpec,
    BaselineTraining,
    DiscriminatorReading,
    GanTraining,
)

PATCHES = blobs()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the ROIs."""
    folder = tmp_path_factory.mktemp("place")
    PATCHES.save(folder / "patches.npz")
    return folder


def conditional() -> Run:
    """A conditional generator, fold 0, its discriminator kept beside it."""
    gan = replace(SIZES.gan, kind="acgan-dcgan")
    spec = GanTraining(gan, SIZES.augmentation, folds_of(PATCHES), 0, 0, ALL_CLASSES, steps=10)
    return replace(generator(PATCHES, 0), hash="acgan", arm="acgan-dcgan", spec=spec, category="")


def reading(of: Run) -> Run:
    """The discriminator of `of`, used alone."""
    assert isinstance(of.spec, GanTraining)
    needs = (Need(of.hash, DISCRIMINATOR),)
    spec = DiscriminatorReading(of.spec)
    return replace(of, hash="reading", kind=CLASSIFIER, spec=spec, needs=needs, steps=0)


def done(order: Order, *paths: Path) -> tuple[Outcome, Path]:
    """What `perform` returns, and its folder."""
    paths[1].mkdir()
    return result_of(perform(order, paths)), paths[1]


def test_a_conditional_generator_serves_its_classifier_and_its_discriminator(
    tmp_path: Path,
) -> None:
    made = conditional()
    needs = (Need(made.hash, MODEL),) * 3
    fed = classifier(PATCHES, needs=needs, draws=DrawSpec(20, 0, (0, 1, 2)))
    plan: Plan = plan_of(tmp_path, (made, reading(made), fed), PATCHES)
    with in_process() as executor:
        first, read, third = result_of(run(plan, executor, tmp_path / "runs"))
    assert first.file_hash(DISCRIMINATOR) == read.file_hash(MODEL)
    assert (read.n, read.steps, len(read.probabilities[0])) == (12, 0, 3)
    assert read.needs == third.needs == (made.hash,)
    assert read.precision == "float32"
    correct = sum(
        int(np.argmax(row)) == PATCHES.targets[int(name)]
        for name, row in zip(read.ids, read.probabilities, strict=True)
    )
    assert read.correct == correct


def test_a_baseline_is_a_run_like_another(tmp_path: Path, place: Path) -> None:
    spec = BaselineTraining(BaselineSpec("glcm"), folds_of(PATCHES), 0, 0)
    order = Order(replace(classifier(PATCHES), spec=spec), PATCHES.data_hash())
    found, folder = done(order, place / "patches.npz", tmp_path / "run")
    assert found.n == 12
    held = record.record_of(order.run, order.data_hash, found, folder, "2026-01-01T00:00:00+00:00")
    assert held.precision == "float64"
    assert held.file_hash(MODEL)
    assert load(folder / MODEL).meta.kind == "glcm"
    record.seal(folder.rename(tmp_path / held.hash), held)
    assert record.read(tmp_path / held.hash) == held


def test_a_map_comes_with_the_outcome_and_as_a_file(tmp_path: Path, place: Path) -> None:
    order = Order(classifier(PATCHES, steps=4, is_mapped=True), PATCHES.data_hash(), augmented=1)
    found, folder = done(order, place / "patches.npz", tmp_path / "run")
    assert isinstance(found.map, FeatureMap)
    loaded = maps.load(folder)
    assert np.array_equal(loaded.embedding.xy, found.map.embedding.xy)
    assert np.array_equal(loaded.sources, found.map.sources)
    assert np.array_equal(loaded.augmented, found.map.augmented)
    assert loaded.embedding.trustworthiness == found.map.embedding.trustworthiness


def test_a_fold_too_small_for_a_map_has_none(tmp_path: Path) -> None:
    small = blobs(per_class=6)
    small.save(tmp_path / "small.npz")
    order = Order(classifier(small, steps=4, is_mapped=True), small.data_hash(), augmented=0)
    found, folder = done(order, tmp_path / "small.npz", tmp_path / "run")
    assert found.map is None
    assert not (folder / "map.npz").exists()


def test_closing_a_run_leaves_no_checkpoint_and_no_draws(tmp_path: Path, place: Path) -> None:
    made, folder = tmp_path / "made", tmp_path / "run"
    done(Order(generator(PATCHES, 0), PATCHES.data_hash()), place / "patches.npz", made)
    draws = DrawSpec(20, 0, (0,))
    order = Order(classifier(PATCHES, steps=100_000, draws=draws), PATCHES.data_hash())
    folder.mkdir()
    running = perform(order, (place / "patches.npz", folder, made / MODEL))
    while not next(running).metrics:
        assert not (folder / MODEL).exists()
    running.close()
    assert not (folder / MODEL).exists()
    assert not (folder / SYNTHETIC).exists()
