"""The report of a group of synthetic ROIs, and the distance of spectra."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from learning_sets import CLASSES, blobs
from torch import nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from engine import checkpoint
from engine.checkpoint import CheckpointMeta
from engine.cnn.evaluation import features as dense_features
from engine.cnn.networks import build
from engine.errors import TooFewError
from engine.metrics import (
    OWN,
    RANDOM,
    frechet,
    nearness,
    radial_spectra,
    radial_spectrum,
    random_features,
    report_nearness,
    spectrum_distance,
)
from engine.specs import AugmentationSpec, CnnTraining, profile, to_json

FloatArray = npt.NDArray[np.float32]


def discs(count: int, seed: int, noise: float = 0.08) -> FloatArray:
    patches = blobs(count, noise, seed)
    return patches.images[patches.targets == 0]


def a_classifier(folder: Path) -> Path:
    spec = profile("smoke").cnn
    network = build(spec, torch.Generator().manual_seed(0))
    training = CnnTraining(spec, AugmentationSpec(), (), None, 0)
    meta = CheckpointMeta("cnn", to_json(training), CLASSES, "0" * 64, 0)
    checkpoint.save(folder / "model.safetensors", network.state_dict(), meta)
    return folder / "model.safetensors"


class RandomNetwork(nn.Module):
    """Our random features as the network that torchmetrics asks for."""

    num_features = 448

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(random_features(images[:, 0].float().numpy()))


def test_the_report_has_both_spaces_and_their_numbers_are_nearness(tmp_path: Path) -> None:
    real, fake, path = discs(24, 1), discs(16, 2), a_classifier(tmp_path)
    found = report_nearness(real, fake, group="cyst", classifier=path, blocks=20, seed=3)
    random = nearness(random_features(real), random_features(fake), RANDOM, blocks=20, seed=3)
    seen = (dense_features(path, one).astype(np.float64) for one in (real, fake))
    assert found.spaces == (random, nearness(*seen, OWN, blocks=20, seed=3))
    assert report_nearness(real, fake, blocks=20, seed=3).spaces == (random,)


def test_the_printed_report_shows_block_n_interval_and_band() -> None:
    found = report_nearness(discs(24, 1), discs(16, 2), group="cyst, 16 draws", blocks=20)
    text, kid = str(found), found.spaces[0].kid
    assert text.startswith("cyst, 16 draws\nfixed random network (20 blocks of 12, 24 real, 16 ")
    assert f"KID: {kid.value:.3f} [{kid.low:.3f}, {kid.high:.3f}]" in text
    assert f"real against real [{kid.band_low:.3f}, {kid.band_high:.3f}]" in text
    assert text.count("\n") == 7


def test_like_rois_lie_in_the_bands_and_noisy_ones_do_not() -> None:
    real = discs(40, 1)
    assert report_nearness(real, discs(40, 2), blocks=20).is_within_bands
    assert not report_nearness(real, discs(40, 2, noise=0.2), blocks=20).is_within_bands


@pytest.mark.filterwarnings("ignore:Metric `Kernel Inception")
def test_the_reports_kid_agrees_with_torchmetrics() -> None:
    real, fake = discs(40, 1), discs(40, 2, noise=0.12)
    found = report_nearness(real, fake, block=20, blocks=200).spaces[0]
    scale = float(np.sqrt((random_features(real) ** 2).mean()))
    theirs = KernelInceptionDistance(
        feature=RandomNetwork(), subsets=200, subset_size=20, gamma=1 / 448 / scale**2
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs.update(torch.from_numpy(real)[:, None], real=True)
        theirs.update(torch.from_numpy(fake)[:, None], real=False)
        mean, spread = (float(number) for number in theirs.compute())
    assert found.kid.value == pytest.approx(mean, abs=5 * spread / np.sqrt(100))
    assert found.kid.value > 0.01


def test_frechet_of_random_features_agrees_with_torchmetrics() -> None:
    """Only with more ROIs than features is theirs defined; the first 12 features stand in."""

    class First(RandomNetwork):
        num_features = 12

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return super().forward(images)[:, :12]

    real, fake = discs(40, 1), discs(40, 2, noise=0.12)
    theirs = FrechetInceptionDistance(feature=First(), normalize=True)
    theirs.set_dtype(torch.float64)
    theirs.update(torch.from_numpy(real)[:, None], real=True)
    theirs.update(torch.from_numpy(fake)[:, None], real=False)
    ours = frechet(random_features(real)[:, :12], random_features(fake)[:, :12])
    assert ours == pytest.approx(float(theirs.compute()), rel=1e-4)


def test_too_few_rois_are_a_sentence() -> None:
    with pytest.raises(TooFewError, match="at least 4 real"):
        report_nearness(discs(3, 1), discs(9, 2))
    with pytest.raises(TooFewError, match="spectra need"):
        spectrum_distance(discs(3, 1), discs(9, 2))


def test_each_rois_spectrum_has_the_mean_of_the_set() -> None:
    images = discs(6, 1)
    np.testing.assert_allclose(radial_spectra(images).mean(0), radial_spectrum(images).power)


def test_the_distance_of_spectra_is_the_ratio_of_powers_in_decibels() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, (60, 64, 64)).astype(np.float32)
    twice = spectrum_distance(noise, (noise * np.sqrt(10)).astype(np.float32))
    assert twice.value == pytest.approx(10, abs=1e-3)
    assert 0 < twice.band_low < twice.band_high < 1


def test_like_spectra_are_near_and_smooth_or_flat_ones_are_far() -> None:
    real = discs(30, 1)
    like = spectrum_distance(real, discs(30, 2))
    smooth = spectrum_distance(real, discs(30, 2, noise=0.02))
    flat = spectrum_distance(real, np.full((4, 64, 64), 0.5, np.float32))
    assert like.value < 2 * like.band_high < smooth.value < flat.value
    assert (like.real, like.fake) == (30, 30)
    assert flat.value > 40
