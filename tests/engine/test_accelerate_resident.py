"""Augmentation on the device gives the ROIs of engine.augment."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.accelerate.resident import TOLERANCE, ResidentCrops, blurred
from engine.augment import Placement, Placements, plan, sample, sample_all
from engine.patches import Native
from engine.specs import AugmentationSpec

CPU = torch.device("cpu")
SPEC = AugmentationSpec(rotations=4)


def native(side: int, diameter: float, spacing: tuple[float, float], seed: int) -> Native:
    """A noisy lesion whose values leave the window on both sides."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, : side + 7].astype(np.float32)
    pixels = 75 + 260 * np.sin(x / 7) * np.cos(y / 9) + rng.normal(0, 20, x.shape)
    center = (side / 2 + 3.2, side / 2 - 0.4)
    return Native(pixels.astype(np.float32), center, *spacing, diameter, -100.0, 250.0)


LESIONS = (
    native(62, 20.0, (0.78, 0.78), 0),
    native(150, 45.0, (0.6, 1.1), 1),
    native(308, 100.0, (0.78, 0.78), 2),
    native(40, 40.0, (0.8, 0.8), 3),  # the ROI reaches far beyond the crop
)


@pytest.mark.parametrize("lesion", range(len(LESIONS)))
def test_rois_are_those_of_the_engines_augmentation(lesion: int) -> None:
    placements = plan(LESIONS[lesion], SPEC, (7, lesion))
    found = ResidentCrops(LESIONS, CPU).sample_all(lesion, placements)
    expected = sample_all(LESIONS[lesion], placements)
    assert found.shape == (len(placements), 1, 64, 64)
    assert expected.min() == 0.0
    assert expected.std() > 0.1
    np.testing.assert_allclose(found[:, 0].numpy(), expected, atol=TOLERANCE)


def test_rois_of_several_lesions_come_in_one_call() -> None:
    crops = ResidentCrops(LESIONS, CPU)
    placements = Placements.of([Placement(20.0, flip_x=True), Placement(0.0, margin=0.4)])
    parts = [crops.cuts(lesion, placements) for lesion in (0, 2)]
    together = type(parts[0])(
        torch.cat([part.crops for part in parts]), torch.cat([part.turns for part in parts])
    )
    expected = [
        sample(LESIONS[lesion], placements.placement(row)) for lesion in (0, 2) for row in (0, 1)
    ]
    np.testing.assert_allclose(crops.sample(together)[:, 0].numpy(), expected, atol=TOLERANCE)


def test_a_blur_keeps_the_mean_and_widens_each_axis_by_its_own_sigma() -> None:
    dot = torch.zeros(61, 61)
    dot[30, 30] = 1
    spread = blurred(dot, 2.0, 0.8)
    ticks = torch.arange(61) - 30.0
    assert float(spread.sum()) == pytest.approx(1, abs=1e-5)
    assert float((spread.sum(0) * ticks**2).sum()) ** 0.5 == pytest.approx(2.0, rel=0.01)
    assert float((spread.sum(1) * ticks**2).sum()) ** 0.5 == pytest.approx(0.8, rel=0.01)
    assert torch.equal(blurred(dot, 0.0, 0.0), dot)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_on_cuda_rois_are_those_of_the_cpu() -> None:
    placements = plan(LESIONS[1], SPEC, (7,))
    found = ResidentCrops(LESIONS, torch.device("cuda")).sample_all(1, placements).cpu()
    np.testing.assert_allclose(
        found[:, 0].numpy(), sample_all(LESIONS[1], placements), atol=4 * TOLERANCE
    )
