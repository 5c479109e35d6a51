"""Frechet, precision, recall, density, coverage and bands, beside torchmetrics and by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn
from torchmetrics.functional.image import structural_similarity_index_measure
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from engine import checkpoint
from engine.checkpoint import CheckpointMeta
from engine.cnn.networks import build
from engine.errors import EngineError, TooFewError
from engine.metrics import (
    RANDOM,
    blind_features,
    checkerboard,
    classifier_features,
    frechet,
    kid_of_features,
    manifold,
    mmd2,
    nearness,
    random_features,
    ssim_terms,
)
from engine.specs import AugmentationSpec, CnnTraining, profile, to_json

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]


def clouds(count: int, seed: int, moved: float = 0.0, width: int = 6) -> DoubleArray:
    return np.random.default_rng(seed).normal(moved, 1.0, (count, width))


class Features(nn.Module):
    """The identity, as the feature network that torchmetrics asks for."""

    num_features = 6

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return rows


@pytest.mark.filterwarnings("ignore:Metric `Kernel Inception")
def test_kid_agrees_with_torchmetrics() -> None:
    real, fake = clouds(20, 1), clouds(20, 2, 0.7)
    theirs = KernelInceptionDistance(feature=Features(), subsets=1, subset_size=20)
    theirs.update(torch.from_numpy(real), real=True)
    theirs.update(torch.from_numpy(fake), real=False)
    mean, _ = theirs.compute()
    assert mmd2(real, fake) == pytest.approx(float(mean), rel=1e-6)
    assert mmd2(real, fake) > 0.1


@pytest.mark.filterwarnings("ignore:Metric `Kernel Inception")
def test_kid_over_blocks_agrees_with_torchmetrics_over_subsets() -> None:
    real, fake = clouds(60, 1), clouds(60, 2, 0.7)
    scale = np.sqrt((real**2).mean())
    theirs = KernelInceptionDistance(feature=Features(), subsets=300, subset_size=30)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs.update(torch.from_numpy(real / scale), real=True)
        theirs.update(torch.from_numpy(fake / scale), real=False)
        mean, spread = (float(number) for number in theirs.compute())
    ours = kid_of_features(real, fake, block=30, blocks=300)
    assert ours.value == pytest.approx(mean, abs=5 * spread / np.sqrt(150))


def test_frechet_agrees_with_torchmetrics() -> None:
    real, fake = clouds(80, 1), clouds(70, 2, 0.4) * 1.5
    theirs = FrechetInceptionDistance(feature=Features())
    theirs.set_dtype(torch.float64)
    theirs.update(torch.from_numpy(real), real=True)
    theirs.update(torch.from_numpy(fake), real=False)
    assert frechet(real, fake) == pytest.approx(float(theirs.compute()), rel=1e-6)


def test_frechet_of_two_gaussians_is_the_formula() -> None:
    """Diagonal covariances: |mu|² + sum (s1 - s2)²."""
    rng = np.random.default_rng(0)
    whole = np.linalg.qr(rng.normal(size=(400, 4)) - 0)[0]
    white = np.linalg.qr(whole - whole.mean(0))[0] * np.sqrt(399)
    white -= white.mean(0)
    other = white * np.array([1.0, 2.0, 3.0, 0.5]) + np.array([1.0, 0.0, 2.0, 0.0])
    assert frechet(white, other) == pytest.approx(5 + 0 + 1 + 4 + 0.25, rel=1e-9)


def test_frechet_is_exact_with_fewer_rows_than_features() -> None:
    rows = clouds(10, 3, width=200)
    assert frechet(rows, rows) == pytest.approx(0, abs=1e-9)
    assert frechet(rows, rows + 0.5) == pytest.approx(200 * 0.25, rel=1e-9)


def test_ssim_agrees_with_torchmetrics() -> None:
    rng = np.random.default_rng(0)
    left, right = (torch.from_numpy(rng.random((3, 1, 64, 64), np.float32)) for _ in range(2))
    right = 0.6 * left + 0.4 * right
    _, theirs = structural_similarity_index_measure(
        right, left, data_range=1.0, sigma=1.5, kernel_size=11, return_full_image=True
    )
    luminance, contrast = ssim_terms(left, right)
    inner = torch.as_tensor(theirs)[..., 5:-5, 5:-5]  # theirs mirrors the image at its edges
    torch.testing.assert_close(luminance * contrast, inner, atol=1e-4, rtol=0)


def by_hand(real: DoubleArray, fake: DoubleArray, k: int, density_k: int) -> tuple[float, ...]:
    """The papers' definitions, loop by loop."""

    def radius(points: DoubleArray, at: int, near: int) -> float:
        return float(sorted(np.linalg.norm(points - points[at], axis=1))[near])

    def inside(point: DoubleArray, points: DoubleArray, near: int) -> int:
        return sum(
            bool(np.linalg.norm(point - points[i]) <= radius(points, i, near))
            for i in range(len(points))
        )

    precision = np.mean([inside(one, real, k) > 0 for one in fake])
    recall = np.mean([inside(one, fake, k) > 0 for one in real])
    density = sum(inside(one, real, density_k) for one in fake) / density_k / len(fake)
    nearest = [min(np.linalg.norm(fake - one, axis=1)) for one in real]
    coverage = np.mean([near <= radius(real, i, density_k) for i, near in enumerate(nearest)])
    return float(precision), float(recall), float(density), float(coverage)


def test_manifold_is_the_papers_definition() -> None:
    real, fake = clouds(14, 5, width=2), clouds(11, 6, 0.9, width=2)
    found = manifold(real, fake)
    wanted = by_hand(real, fake, 3, 5)
    assert 0 < wanted[0] < 1
    assert 0 < wanted[3] < 1
    assert (found.precision, found.recall, found.density, found.coverage) == pytest.approx(wanted)


def test_a_collapsed_set_keeps_its_precision_and_loses_recall_and_coverage() -> None:
    real = clouds(60, 1)
    varied = nearness(real, clouds(60, 2), "given")
    collapsed = nearness(real, np.repeat(real[:3], 20, axis=0), "given")
    assert varied.recall.is_within_band
    assert varied.coverage.is_within_band
    assert collapsed.precision.value > 0.9
    assert collapsed.recall.high < collapsed.recall.band_low
    assert collapsed.coverage.high < collapsed.coverage.band_low


def test_nearness_names_its_sizes_and_its_kid_is_kid() -> None:
    real, fake = clouds(30, 1), clouds(9, 2)
    found, kid = nearness(real, fake, RANDOM, seed=4), kid_of_features(real, fake, seed=4)
    assert (found.block, found.blocks, found.real, found.fake) == (9, 60, 30, 9)
    assert found.kid.value == pytest.approx(kid.value)
    assert found.kid.band_high == pytest.approx(kid.band_high)
    assert found.features == "fixed random network"
    assert found != nearness(real, fake, RANDOM, seed=5)


def test_the_frechet_band_grows_as_blocks_shrink() -> None:
    real = clouds(80, 1)
    few, many = (nearness(real, clouds(80, 2), "given", block=b) for b in (8, 40))
    assert few.frechet.band_low > many.frechet.band_high
    assert few.frechet.is_within_band


def test_what_cannot_be_compared_is_a_sentence() -> None:
    with pytest.raises(TooFewError, match="at least 4 real"):
        nearness(clouds(3, 1), clouds(9, 2), "given")
    with pytest.raises(EngineError, match="not numbers"):
        nearness(np.full((9, 2), np.nan), clouds(9, 2, width=2), "given")
    with pytest.raises(TooFewError, match="spectrum"):
        checkerboard(np.zeros((0, 64, 64), np.float32))


def test_a_classifiers_features_are_its_dense_layer(tmp_path: Path) -> None:
    spec = profile("smoke").cnn
    network = build(spec, torch.Generator().manual_seed(0))
    training = CnnTraining(spec, AugmentationSpec(), (), None, 0)
    meta = CheckpointMeta("cnn", to_json(training), ("a", "b", "c"), "0" * 64, 0)
    checkpoint.save(tmp_path / "model.safetensors", network.state_dict(), meta)
    images = np.random.default_rng(0).random((5, 64, 64), np.float32)
    found = classifier_features(tmp_path / "model.safetensors")(images)
    with torch.no_grad():
        wanted = network.eval().features(torch.from_numpy(images)[:, None])
    np.testing.assert_allclose(found, wanted.double().numpy(), rtol=1e-5, atol=1e-6)


def test_blind_features_do_not_see_brightness_and_contrast() -> None:
    images = np.random.default_rng(0).random((4, 64, 64), np.float32)
    lighter = (0.5 * images + 0.3).astype(np.float32)
    np.testing.assert_allclose(blind_features(images), blind_features(lighter), atol=1e-4)
    assert np.abs(random_features(images) - random_features(lighter)).max() > 0.1
    assert np.isfinite(blind_features(np.full((2, 64, 64), 0.5, np.float32))).all()


def test_noise_has_no_checkerboard_and_a_faint_one_is_found() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0.5, 0.1, (40, 64, 64)).astype(np.float32)
    x = np.arange(64)
    wave = 0.02 * np.cos(np.pi * x / 2)[None] * np.ones((64, 1))
    plain, marked = checkerboard(noise), checkerboard((noise + wave).astype(np.float32))
    assert 0.8 < plain.low < plain.value < plain.high < 2
    assert marked.low > 5
    assert (abs(marked.frequency[0]), marked.frequency[1]) == (0.25, 0)
    assert marked.count == 40
