"""Occlusion finds what the answer rests on; integrated gradients add up to the change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.cnn.networks import build
from engine.errors import EngineError
from engine.explain import (
    ExplainSpec,
    explain_file,
    integrated_gradients,
    occlusion_map,
)
from engine.jobs import result_of
from engine.specs import CnnSpec

CLASSES = ("cyst", "metastasis", "hemangioma")
SMALL = CnnSpec(channels=(4, 8, 8), dense=16)


def planted(images):
    """Says class 1 as far as the square at rows 20-27, columns 40-47 is bright."""
    bright = images[:, 20:28, 40:48].mean(axis=(1, 2))
    return np.stack([1 - bright, bright], axis=1).astype(np.float32)


def roi():
    image = np.full((64, 64), 0.3, dtype=np.float32)
    image[20:28, 40:48] = 0.9
    return image


def network(spec=SMALL, seed=3):
    """With biases, as trained ones have: without them any path would be complete at once."""
    draws = torch.Generator().manual_seed(seed)
    made = build(spec, draws)
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(0, 0.3, generator=draws)
    made.mean_image.copy_(torch.full_like(made.mean_image, 0.4))
    return made.eval()


def run(spec, paths):
    return result_of(explain_file(spec, paths))


def test_occlusion_finds_a_planted_patch():
    found = occlusion_map(planted, roi(), 1, 0.3, patch=8, stride=4)
    assert found.shape == (64, 64)
    top, left = np.unravel_index(int(found.argmax()), found.shape)
    assert 20 <= top < 28
    assert 40 <= left < 48
    assert found[:8, :8] == pytest.approx(0, abs=1e-6)
    # patches of 8 at every 4 px: the square itself is covered whole once, .9 -> .3
    assert found.max() > 0.3


def test_what_speaks_against_a_class_is_negative():
    against = occlusion_map(planted, roi(), 0, 0.3, patch=8, stride=4)
    assert against.min() < -0.3
    assert against.max() == pytest.approx(0, abs=1e-6)


def test_a_patch_as_large_as_the_stride_reads_one_fall_a_pixel():
    found = occlusion_map(planted, roi(), 1, 0.3, patch=4, stride=4)
    assert found[22, 42] == pytest.approx(0.6 / 4, abs=1e-6)  # a quarter of the square covered


@pytest.mark.parametrize(("patch", "stride"), [(4, 8), (0, 0), (65, 4)])
def test_patches_that_leave_pixels_out_are_refused(patch, stride):
    with pytest.raises(ValueError, match="fits into the picture"):
        occlusion_map(planted, roi(), 1, 0.3, patch=patch, stride=stride)


@pytest.mark.parametrize("target", [0, 1, 2])
def test_integrated_gradients_are_complete(target):
    image = np.random.default_rng(5).random((64, 64)).astype(np.float32)
    found = integrated_gradients(network(), image, target, steps=128)
    own = network()
    with torch.inference_mode():
        ends = own(torch.stack([torch.from_numpy(image)[None], own.mean_image[0]]))[:, target]
    assert found.change == pytest.approx(float(ends[0] - ends[1]), abs=1e-5)
    assert abs(found.gap) < 0.02 * max(1.0, abs(found.change))
    assert float(found.map.sum()) == pytest.approx(found.change + found.gap, abs=1e-4)


def test_more_steps_leave_a_smaller_gap():
    image = np.random.default_rng(6).random((64, 64)).astype(np.float32)
    coarse = integrated_gradients(network(), image, 0, steps=1)
    fine = integrated_gradients(network(), image, 0, steps=64)
    assert abs(fine.gap) < abs(coarse.gap)


def test_the_mean_image_itself_has_no_attribution():
    found = integrated_gradients(network(), np.full((64, 64), 0.4, np.float32), 1, steps=4)
    assert np.abs(found.map).max() == pytest.approx(0, abs=1e-7)
    assert found.change == pytest.approx(0, abs=1e-6)


def test_a_path_without_steps_is_refused():
    with pytest.raises(ValueError, match="at least one step"):
        integrated_gradients(network(), roi(), 0, steps=0)


@pytest.fixture
def checkpoint_of(tmp_path):
    from engine import checkpoint
    from engine.checkpoint import CheckpointMeta
    from engine.specs import AugmentationSpec, CnnTraining, to_json

    def save(spec=SMALL):
        training = CnnTraining(spec, AugmentationSpec(), (0, 1, 2), 0, 1)
        meta = CheckpointMeta(
            "cnn", to_json(training), ("cyst", "metastasis", "hemangioma"), "d", 1
        )
        checkpoint.save(tmp_path / "m.safetensors", dict(network(spec).state_dict()), meta)
        return tmp_path / "m.safetensors"

    return save


def test_a_checkpoint_is_explained_from_files(checkpoint_of, tmp_path):
    np.savez(tmp_path / "roi.npz", image=roi())
    found = run(
        ExplainSpec(2, patch=16, stride=16, steps=8), (tmp_path / "roi.npz", checkpoint_of())
    )
    assert sum(found.probabilities) == pytest.approx(1, abs=1e-5)
    assert found.occlusion.shape == (64, 64)
    assert found.gradients is not None
    assert np.isfinite(found.gradients.map).all()


def test_what_cannot_be_explained_is_said(checkpoint_of, tmp_path):
    np.savez(tmp_path / "roi.npz", image=roi())
    with pytest.raises(EngineError, match="does not know that class"):
        run(ExplainSpec(3), (tmp_path / "roi.npz", checkpoint_of()))
    deep = checkpoint_of(replace(SMALL, slices=5))
    with pytest.raises(EngineError, match="reads 5 slices"):
        run(ExplainSpec(0), (tmp_path / "roi.npz", deep))
    np.savez(tmp_path / "odd.npz", image=np.zeros((32, 32), np.float32))
    with pytest.raises(EngineError, match="64x64"):
        run(ExplainSpec(0), (tmp_path / "odd.npz", checkpoint_of()))
