"""Texture baselines: what they learn, that they see no test fold, and what they refuse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from learning_sets import blobs, folds_of, result_of

from engine import checkpoint
from engine.baselines import gabor, machine
from engine.baselines.training import predict, train
from engine.errors import CheckpointError, EngineError, TooFewError
from engine.files import MODEL
from engine.outcome import Outcome
from engine.patches import LesionPatches
from engine.specs import BaselineSpec, BaselineTraining


def _run(folder: Path, patches: LesionPatches, kind: str, fold: int | None = 0) -> Outcome:
    folder.mkdir(parents=True)
    patches.save(folder / "patches.npz")
    spec = BaselineTraining(BaselineSpec(kind), folds_of(patches), fold, 7)
    return result_of(train(spec, (folder / "patches.npz", folder)))


@pytest.mark.parametrize("kind", ["glcm", "gabor"])
def test_a_baseline_learns_and_reads_the_same_from_its_file(kind: str, tmp_path: Path):
    patches = blobs()
    found = _run(tmp_path / "a", patches, kind)

    assert found.accuracy is not None
    assert found.accuracy > 0.6
    chosen = [patches.ids.index(one) for one in found.ids]
    assert np.array_equal(predict(found.checkpoint, patches.images[chosen]), found.probabilities)
    assert np.allclose(found.probabilities.sum(1), 1)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path):
    first, again = (_run(tmp_path / name, blobs(6), "gabor") for name in ("a", "b"))

    assert first.checkpoint.read_bytes() == again.checkpoint.read_bytes()


def test_nothing_of_the_test_fold_is_learnt(tmp_path: Path):
    patches = blobs()
    tested = np.array(folds_of(patches)) == 0
    images = patches.images.copy()
    images[tested] = np.random.default_rng(3).random((int(tested.sum()), 64, 64))
    plain = checkpoint.load(_run(tmp_path / "a", patches, "glcm").checkpoint).tensors
    poisoned = checkpoint.load(
        _run(tmp_path / "b", replace(patches, images=images), "glcm").checkpoint
    ).tensors

    assert all(np.array_equal(plain[name], poisoned[name]) for name in plain)


def test_gabor_answers_to_its_own_direction():
    x = np.tile(np.arange(64), (64, 1))
    upright = np.sin(2 * np.pi * 0.2 * x).astype(np.float32)
    means = gabor.roi_features(upright)[:24].reshape(4, 6)

    assert np.unravel_index(means.argmax(), means.shape) == (1, 0)
    turned = gabor.roi_features(upright.T)[:24].reshape(4, 6)
    assert np.unravel_index(turned.argmax(), turned.shape) == (1, 3)


def test_gabor_does_not_join_opposite_edges():
    ramp = np.tile(np.linspace(0.2, 0.8, 64, dtype=np.float32), (64, 1))
    step = np.roll(ramp, 32, axis=1)

    smooth, broken = (gabor.roi_features(one)[:6] for one in (ramp, step))

    assert smooth[0] < broken[0] - 0.7  # natural logarithms: a real edge answers twice as loud


def test_gabor_reads_contrast_as_a_factor():
    image = blobs(per_class=1).images[2]
    plain, faint = gabor.roi_features(image), gabor.roi_features(image / 2)

    assert np.allclose(plain[:48] - faint[:48], np.log(2), atol=0.01)
    assert np.allclose(plain[72:], faint[72:], atol=0.02)


def test_one_patient_a_class_is_refused_in_words(tmp_path: Path):
    patches = blobs()
    folds = tuple(0 if target == 2 else 1 for target in patches.targets)
    patches.save(tmp_path / "patches.npz")
    spec = BaselineTraining(BaselineSpec("glcm"), folds, 0, 1)

    with pytest.raises(TooFewError, match="no ROI in the training folds"):
        result_of(train(spec, (tmp_path / "patches.npz", tmp_path)))
    assert not (tmp_path / MODEL).exists()


def test_cancelling_leaves_no_checkpoint(tmp_path: Path):
    blobs().save(tmp_path / "patches.npz")
    spec = BaselineTraining(BaselineSpec("glcm"), folds_of(blobs()), 0, 1)
    running = train(spec, (tmp_path / "patches.npz", tmp_path))
    next(running)
    running.close()

    assert not (tmp_path / MODEL).exists()


def test_the_least_held_out_loss_chooses_the_machine():
    rng = np.random.default_rng(6)
    targets = np.arange(60) % 3
    features = rng.normal(size=(60, 8)) + 1.8 * np.eye(3, 8)[targets]
    patients = tuple(f"P{one}" for one in range(60))

    found = result_of(machine.fit(features, targets, patients, 3, 5, 0))

    fresh = rng.normal(size=(300, 8)) + 1.8 * np.eye(3, 8)[np.arange(300) % 3]
    chances = found.probabilities(fresh)
    right = chances.argmax(1) == np.arange(300) % 3
    assert right.mean() > 0.6
    assert abs(chances.max(1).mean() - right.mean()) < 0.12  # as sure as it is right


def test_noise_gives_a_machine_that_is_not_sure():
    rng = np.random.default_rng(8)
    patients = tuple(f"P{one}" for one in range(60))

    found = result_of(machine.fit(rng.normal(size=(60, 20)), np.arange(60) % 3, patients, 3, 5, 0))

    assert found.probabilities(rng.normal(size=(50, 20))).max(1).mean() < 0.5


def test_foreign_files_and_sizes_are_refused_in_words(tmp_path: Path):
    found = _run(tmp_path / "a", blobs(), "gabor")
    with pytest.raises(EngineError, match="64x64"):
        predict(found.checkpoint, np.zeros((1, 32, 32), np.float32))
    content = bytearray(found.checkpoint.read_bytes())
    content[-3] ^= 1
    found.checkpoint.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged"):
        predict(found.checkpoint, blobs().images)
    with pytest.raises(EngineError, match="no baseline"):
        _run(tmp_path / "b", blobs(), "laws")
