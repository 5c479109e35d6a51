"""The classifier: the paper's size, real learning, fold safety, determinism."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_sets import blobs, folds_of, result_of

from engine.checkpoint import load, read_facts
from engine.cnn.evaluation import features, predict
from engine.cnn.examples import gather
from engine.cnn.networks import LesionCnn, build, parameters
from engine.cnn.training import CnnResult, total_steps, train
from engine.patches import LesionPatches
from engine.specs import CnnSpec, CnnTraining, profile

SMOKE = profile("smoke")


def _spec(patches: LesionPatches, **changes: object) -> CnnTraining:
    spec = CnnTraining(SMOKE.cnn, SMOKE.augmentation, folds_of(patches), 0, 1, steps=12)
    return replace(spec, **changes)


def _trained(folder: Path, patches: LesionPatches, spec: CnnTraining) -> CnnResult:
    folder.mkdir(exist_ok=True, parents=True)
    patches.save(folder / "patches.npz")
    return result_of(train(spec, (folder / "patches.npz", folder)))


@pytest.mark.parametrize(
    ("spec", "count"),
    [
        (CnnSpec(), 1_306_115),
        (CnnSpec(channels=(64, 128, 128), kernel=3), 1_271_171),
    ],
)
def test_the_network_has_the_papers_size(spec: CnnSpec, count: int):
    assert parameters(LesionCnn(spec)) == count


@pytest.mark.parametrize("classes", [2, 6])
def test_it_fits_any_class_scheme(classes: int):
    network = LesionCnn(replace(SMOKE.cnn, classes=classes))
    assert network(torch.zeros(2, 1, 64, 64)).shape == (2, classes)


def test_weights_are_glorot_uniform_and_biases_zero():
    network = build(CnnSpec(), torch.Generator().manual_seed(0))
    weight = network.dense.weight.detach()
    limit = (6 / (weight.shape[0] + weight.shape[1])) ** 0.5
    assert weight.abs().max() <= limit
    assert weight.std() == pytest.approx(limit / 3**0.5, rel=0.01)
    assert not network.dense.bias.any()


def test_steps_are_the_papers():
    """300, 23,850 and 37,800 steps for D^1, D^6 and the best GAN arm (last batch kept)."""
    spec = CnnTraining(CnnSpec(), SMOKE.augmentation, (), 0, 0)
    assert total_steps(spec, 121) == 300
    assert total_steps(spec, 121 + 10_000) == 23_850
    assert total_steps(spec, 121 + 10_000 + 6_000) == 37_800


def test_it_learns_what_can_be_learnt(tmp_path: Path):
    patches = blobs(14)
    cnn = replace(SMOKE.cnn, channels=(8, 8, 16), dense=32)
    spec = _spec(patches, cnn=cnn, steps=120, classic=60)
    result = _trained(tmp_path, patches, spec)
    assert result.n == 14
    assert result.accuracy is not None
    assert result.accuracy > 0.7


def test_the_result_can_be_made_again_from_its_checkpoint(tmp_path: Path):
    patches = blobs(6)
    result = _trained(tmp_path, patches, _spec(patches))
    tested = [patches.ids.index(name) for name in result.ids]
    again = predict(result.checkpoint, patches.images[tested])
    np.testing.assert_allclose(again, result.probabilities, atol=1e-6)
    np.testing.assert_allclose(again.sum(1), 1, atol=1e-5)
    assert features(result.checkpoint, patches.images).shape == (18, SMOKE.cnn.dense)
    assert result.correct == int((again.argmax(1) == patches.targets[tested]).sum())
    assert read_facts(tmp_path).steps == result.steps == 12


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path):
    patches = blobs(5)
    spec = _spec(patches, classic=10)
    first = _trained(tmp_path / "1", patches, spec)
    second = _trained(tmp_path / "2", patches, spec)
    other = _trained(tmp_path / "3", patches, replace(spec, seed=2))
    assert first.checkpoint.read_bytes() == second.checkpoint.read_bytes()
    assert first.checkpoint.read_bytes() != other.checkpoint.read_bytes()


def test_parts_of_a_batch_make_the_batch(tmp_path: Path):
    patches = blobs(5)
    whole = replace(SMOKE.cnn, dropout=0.0)
    parts = replace(whole, micro_batch=5)
    first = _trained(tmp_path / "1", patches, _spec(patches, cnn=whole, steps=3))
    second = _trained(tmp_path / "2", patches, _spec(patches, cnn=parts, steps=3))
    np.testing.assert_allclose(first.probabilities, second.probabilities, atol=1e-4)


def test_nothing_of_the_test_fold_reaches_the_network(tmp_path: Path):
    """Change every test image: mean image and weights stay the same, byte for byte."""
    patches = blobs(5)
    spec = _spec(patches)
    tested = np.asarray(spec.folds) == 0
    images = patches.images.copy()
    images[tested] = 1 - images[tested]
    first = _trained(tmp_path / "1", patches, spec)
    second = _trained(tmp_path / "2", replace(patches, images=images), spec)
    left, right = load(first.checkpoint), load(second.checkpoint)
    for name, tensor in left.tensors.items():
        np.testing.assert_array_equal(tensor, right.tensors[name])


def test_groups_are_counted_per_training_fold():
    patches = blobs(6)
    examples = gather(patches, _spec(patches, classic=30), None)
    assert len(examples.targets) == 12 + 2 * 30


def test_trained_on_all_folds_there_is_nothing_to_test(tmp_path: Path):
    patches = blobs(5)
    result = _trained(tmp_path, patches, _spec(patches, test_fold=None))
    assert (result.accuracy, result.correct, result.n, result.ids) == (None, None, None, ())


def test_synthetic_rois_join_the_training(tmp_path: Path):
    patches = blobs(5)
    file = tmp_path / "synthetic.npz"
    np.savez(file, images=np.full((6, 64, 64), 0.5, np.float32), targets=np.array([0, 1, 2] * 2))
    examples = gather(patches, _spec(patches, synthetic=1), file)
    assert len(examples.targets) == 10 + 6
    assert (examples.images[-1] == 0.5).all()
