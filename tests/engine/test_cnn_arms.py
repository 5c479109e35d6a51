"""The classifier's further arms: on the fly, held-back folds, extra cases, slices, layouts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_sets import blobs, folds_of, result_of

from engine.augment import Placement, augmentations, sample
from engine.checkpoint import load
from engine.cnn.evaluation import layer_of, probabilities
from engine.cnn.examples import Examples, gather
from engine.cnn.fresh import Fresh
from engine.cnn.layouts import LAYOUTS, with_layout
from engine.cnn.networks import LesionCnn, build, parameters
from engine.cnn.training import CnnResult, total_steps, train
from engine.errors import EngineError, TooFewError
from engine.patches import EXTRA, LesionPatches, Native
from engine.specs import CnnSpec, CnnTraining, profile

SMOKE = profile("smoke")


def _spec(patches: LesionPatches, **changes: object) -> CnnTraining:
    spec = CnnTraining(SMOKE.cnn, SMOKE.augmentation, folds_of(patches), 0, 1, steps=6)
    return replace(spec, **changes)


def _trained(folder: Path, patches: LesionPatches, spec: CnnTraining) -> CnnResult:
    folder.mkdir(exist_ok=True, parents=True)
    patches.save(folder / "patches.npz")
    return result_of(train(spec, (folder / "patches.npz", folder)))


# --- on the fly -----------------------------------------------------------------------------


def _smooth(side: int) -> Native:
    """A lesion of 20 mm in a crop of `side` px, 34 mm wide: smooth waves, so resizing is mild."""
    y, x = np.mgrid[:side, :side] * (34 / side)
    pixels = 100 + 60 * np.sin(x / 3) * np.cos(y / 4)
    return Native(pixels.astype(np.float32), (side / 2, side / 2), 34 / side, 34 / side, 20, 0, 200)


def _fresh(patches: LesionPatches, seed: int = 1) -> tuple[Examples, Fresh]:
    spec = _spec(patches, on_the_fly=True)
    examples = gather(patches, spec, None)
    return examples, Fresh(patches, examples, spec.augmentation, seed)


def test_an_original_looks_different_each_time_and_the_same_again():
    examples, fresh = _fresh(blobs(5))
    batch = np.array([3, 3, 7])
    first, other = fresh.images(batch, 1), fresh.images(batch, 2)
    assert first.shape == (3, 64, 64)
    assert 0 <= first.min() < first.max() <= 1
    assert not np.allclose(first[0], first[1])
    assert not np.allclose(first, other)
    np.testing.assert_array_equal(first, _fresh(blobs(5))[1].images(batch, 1))
    assert not np.allclose(first, _fresh(blobs(5), seed=2)[1].images(batch, 1))
    np.testing.assert_array_equal(examples.images, blobs(5).images[examples.originals])


def test_what_is_drawn_is_the_classic_augmentation_of_the_lesion():
    patches = blobs(5)
    examples, fresh = _fresh(patches)
    one = replace(SMOKE.augmentation, rotations=1)
    native = patches.native_of(int(examples.originals[4]))
    wanted = sample(native, augmentations(native, one, (1, 9, 0))[0])
    np.testing.assert_allclose(fresh.images(np.array([4]), 9)[0], wanted, atol=1e-6)


@pytest.mark.parametrize("side", [85, 530])
def test_a_finer_crop_shows_the_same_lesion(side: int):
    """Thinned once to what a ROI can show, a large lesion's draws stay what they were."""
    patches = replace(blobs(5), native=(_smooth(side),) * 15)
    _, fresh = _fresh(patches)
    drawn = fresh.images(np.arange(8), 3)
    one = replace(SMOKE.augmentation, rotations=1)
    plans = [augmentations(_smooth(side), one, (1, 3, place))[0] for place in range(8)]
    wanted = np.stack([sample(_smooth(side), placement) for placement in plans])
    assert any(placement != Placement(placement.angle) for placement in plans)
    assert np.abs(drawn - wanted).max() < 0.02


def test_synthetic_rois_stay_as_they_are(tmp_path: Path):
    patches = blobs(5)
    spec = _spec(patches, on_the_fly=True, synthetic=1)
    grey = np.full((3, 64, 64), 0.5, np.float32)
    np.savez(tmp_path / "synthetic.npz", images=grey, targets=np.arange(3))
    examples = gather(patches, spec, tmp_path / "synthetic.npz")
    shown = Fresh(patches, examples, spec.augmentation, 1).images(np.array([0, 10, 12]), 1)
    np.testing.assert_array_equal(shown[1:], grey[:2])
    assert not (shown[0] == 0.5).any()


def test_on_the_fly_there_is_no_fixed_group_and_steps_are_given():
    patches = blobs(5)
    spec = _spec(patches, on_the_fly=True, classic=30, steps=77)
    assert len(gather(patches, spec, None).targets) == 10
    assert total_steps(spec, 10) == 77


def test_on_the_fly_it_learns(tmp_path: Path):
    patches = blobs(12)
    cnn = replace(SMOKE.cnn, channels=(8, 8, 16), dense=32)
    spec = _spec(patches, cnn=cnn, on_the_fly=True, steps=120, seed=2)
    result = _trained(tmp_path, patches, spec)
    assert result.accuracy is not None
    assert result.accuracy > 0.6


def test_on_the_fly_the_same_seed_writes_the_same_bytes(tmp_path: Path):
    patches = blobs(5)
    spec = _spec(patches, on_the_fly=True)
    first = _trained(tmp_path / "1", patches, spec)
    second = _trained(tmp_path / "2", patches, spec)
    other = _trained(tmp_path / "3", patches, replace(spec, on_the_fly=False))
    assert first.checkpoint.read_bytes() == second.checkpoint.read_bytes()
    left, right = load(first.checkpoint).tensors, load(other.checkpoint).tensors
    assert not np.array_equal(left["dense.weight"], right["dense.weight"])


# --- folds held back, extra cases -----------------------------------------------------------


def test_folds_held_back_give_nothing_to_the_network(tmp_path: Path):
    patches = blobs(6)
    spec = _spec(patches, without=(1,), classic=20)
    held = np.isin(np.asarray(spec.folds), [0, 1])
    examples = gather(patches, spec, None)
    assert set(examples.originals) == set(np.flatnonzero(~held))
    assert len(examples.targets) == 6 + 20
    images = patches.images.copy()
    images[held] = 1 - images[held]
    first = _trained(tmp_path / "1", patches, spec)
    second = _trained(tmp_path / "2", replace(patches, images=images), spec)
    assert first.n == 6
    for name, tensor in load(first.checkpoint).tensors.items():
        np.testing.assert_array_equal(tensor, load(second.checkpoint).tensors[name])


def _with_extra() -> tuple[LesionPatches, tuple[int, ...]]:
    """18 own ROIs and 6 extra ones."""
    patches = blobs(8)
    patches = replace(patches, extra=np.arange(24) >= 18)
    return patches, (0, 0, 0, 1, 1, 1, 2, 2, 2) * 2 + (EXTRA,) * 6


def test_extra_cases_join_with_as_many_augmentations_a_class_as_asked():
    patches, folds = _with_extra()
    spec = _spec(blobs(8), folds=folds, classic=30, use_extra=True, extra=10)
    examples = gather(patches, spec, None)
    own = gather(patches, replace(spec, use_extra=False, extra=0), None)
    assert len(examples.targets) == len(own.targets) + 6 + 3 * 2 * 10
    assert np.bincount(examples.targets[-60:]).tolist() == [20, 20, 20]
    np.testing.assert_array_equal(examples.images[18:78], own.images[12:])  # the same D_aug


def test_extra_cases_that_do_not_exist_are_a_sentence():
    patches = blobs(8)
    with pytest.raises(TooFewError, match="add lesions"):
        gather(patches, _spec(patches, use_extra=True, extra=10), None)


# --- slices and layouts ---------------------------------------------------------------------


def test_a_network_of_five_slices_reads_them_all():
    spec = replace(SMOKE.cnn, slices=5)
    network = build(spec, torch.Generator().manual_seed(0)).eval()
    images = torch.rand(3, 5, 64, 64, generator=torch.Generator().manual_seed(1))
    changed = images.clone()
    changed[:, 4] = 1 - changed[:, 4]
    assert network(images).shape == (3, 3)
    assert not torch.allclose(network(images), network(changed))
    assert network.mean_image.shape == (1, 5, 64, 64)
    assert probabilities(network, images.numpy()).shape == (3, 3)
    assert layer_of(network, images.numpy()).shape == (3, spec.dense)
    for other in (images[:, :3], images[:, 0], images[:, :1]):
        with pytest.raises(EngineError, match="64x64 px in 5 slices"):
            probabilities(network, other.numpy())


def test_rois_of_slices_have_a_mean_image_a_slice():
    images = np.random.default_rng(0).random((4, 5, 64, 64)).astype(np.float32)
    examples = Examples(images, np.zeros(4, np.int64), np.arange(4))
    np.testing.assert_allclose(examples.mean_image(), images.mean(0), atol=1e-6)
    flat = replace(examples, images=images[:, 0])
    assert flat.mean_image().shape == (1, 64, 64)


def test_slices_that_the_rois_do_not_have_are_a_sentence():
    patches = blobs(5)
    deep = _spec(patches, cnn=replace(SMOKE.cnn, slices=5))
    with pytest.raises(EngineError, match=r"reads 5 neighbouring slices.*these ROIs hold 1"):
        gather(patches, deep, None)
    stacked = replace(patches, images=np.repeat(patches.images[:, None], 5, axis=1))
    assert gather(stacked, deep, None).images.shape == (10, 5, 64, 64)
    with pytest.raises(EngineError, match="without synthetic ROIs"):
        gather(stacked, replace(deep, synthetic=10), None)


@pytest.mark.parametrize(
    ("name", "count"), [(LAYOUTS[0][0], 1_306_115), (LAYOUTS[1][0], 1_271_171)]
)
def test_layouts_of_the_papers_size_are_offered_by_name(name: str, count: int):
    base = replace(CnnSpec(), micro_batch=32, precision="bf16", channels=(4, 4, 4))
    spec = with_layout(base, name)
    assert parameters(LesionCnn(spec)) == count
    assert (spec.micro_batch, spec.precision) == (32, "bf16")


def test_an_unknown_layout_is_a_sentence():
    with pytest.raises(EngineError, match="choose one of 32-64-128 k5, 64-128-128 k3"):
        with_layout(CnnSpec(), "vgg")
