"""A run's images on the device are those the CPU gathers; its memory is not estimated too low."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_sets import blobs, folds_of

from engine.accelerate.drawing import lay
from engine.accelerate.memory import UNKNOWN, bytes_of, images_at_most, parameters, room_on
from engine.accelerate.resident import TOLERANCE, ResidentCrops
from engine.cnn import networks
from engine.cnn.examples import gather
from engine.device import Device
from engine.errors import TooFewError
from engine.patches import EXTRA, LesionPatches
from engine.specs import CnnSpec, CnnTraining, profile

CPU = torch.device("cpu")
SIZES = profile("smoke")


def with_extra_cases() -> tuple[LesionPatches, tuple[int, ...]]:
    """36 ROIs in three folds, the last nine of them extra cases."""
    patches = blobs()
    extra = np.arange(len(patches)) >= 27
    folds = tuple(
        EXTRA if further else fold for fold, further in zip(folds_of(patches), extra, strict=True)
    )
    return replace(patches, extra=extra), folds


PATCHES, FOLDS = with_extra_cases()
PLAIN = CnnTraining(SIZES.cnn, SIZES.augmentation, FOLDS, 1, 3)


@pytest.fixture
def synthetic(tmp_path: Path) -> Path:
    """Six synthetic ROIs, two a class."""
    path = tmp_path / "synthetic.npz"
    images = np.random.default_rng(0).random((6, 64, 64), dtype=np.float32)
    np.savez(path, images=images, targets=np.repeat(np.arange(3), 2))
    return path


VARIETY = {
    "originals": PLAIN,
    "classic": replace(PLAIN, classic=25),
    "fewer than one each": replace(PLAIN, classic=4),
    "extra cases in proportion": replace(PLAIN, classic=25, use_extra=True),
    "extra cases of their own": replace(PLAIN, classic=25, use_extra=True, extra=7),
    "a fold held back": replace(PLAIN, classic=25, without=(2,)),
    "all folds": replace(PLAIN, classic=25, test_fold=None),
    "synthetic": replace(PLAIN, classic=25, synthetic=1),
}


@pytest.mark.parametrize("name", VARIETY)
def test_drawn_from_the_resident_crops_the_images_are_those_of_the_cpu(
    name: str, synthetic: Path
) -> None:
    spec = VARIETY[name]
    expected = gather(PATCHES, spec, synthetic)
    found = lay(PATCHES, spec, synthetic, CPU, ResidentCrops.of(PATCHES, CPU))
    assert found.images.shape == (len(expected.targets), 1, 64, 64)
    np.testing.assert_array_equal(found.targets.numpy(), expected.targets)
    np.testing.assert_allclose(found.images[:, 0].numpy(), expected.images, atol=TOLERANCE)
    np.testing.assert_allclose(found.mean.numpy(), expected.mean_image(), atol=TOLERANCE)
    assert len(expected.targets) <= images_at_most(spec) <= len(expected.targets) + len(PATCHES)


def test_without_crops_the_images_are_the_cpus_own_bytes(synthetic: Path) -> None:
    spec = VARIETY["synthetic"]
    expected, found = gather(PATCHES, spec, synthetic), lay(PATCHES, spec, synthetic, CPU)
    np.testing.assert_array_equal(found.images[:, 0].numpy(), expected.images)
    np.testing.assert_array_equal(found.mean.numpy(), expected.mean_image())


def test_more_than_the_rois_can_give_is_refused_on_the_device_too() -> None:
    spec = replace(PLAIN, classic=100_000)
    with pytest.raises(TooFewError, match="choose a smaller group"):
        lay(PATCHES, spec, None, CPU, ResidentCrops.of(PATCHES, CPU))


@pytest.mark.parametrize("spec", [CnnSpec(), SIZES.cnn, CnnSpec(slices=5, channels=(8, 16))])
def test_weights_are_counted_as_the_network_has_them(spec: CnnSpec) -> None:
    network = networks.build(spec, torch.Generator().manual_seed(0))
    assert parameters(spec) == networks.parameters(network)


def test_the_papers_largest_run_is_estimated_at_about_a_gigabyte() -> None:
    paper = profile("paper")
    folds = (0,) * 61 + (1,) * 61 + (2,) * 60
    spec = CnnTraining(paper.cnn, paper.augmentation, folds, 0, 0, classic=15000)
    assert bytes_of(spec) == pytest.approx(1.26e9, rel=0.05)
    assert bytes_of(replace(spec, classic=0)) < 0.3e9


def test_a_cpu_gives_a_quarter_of_its_memory() -> None:
    assert room_on(Device("cpu", "CPU", 8.0)) == 2 << 30
    assert room_on(Device("cpu", "CPU", 0.0)) == UNKNOWN
