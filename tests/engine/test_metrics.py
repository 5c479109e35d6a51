"""KID, diversity and spectrum against known cases and published formulas."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from skimage.metrics import structural_similarity
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

from engine.errors import TooFewError
from engine.metrics import (
    MS_SSIM_WEIGHTS,
    diversity,
    kid,
    mmd2,
    ms_ssim,
    radial_spectrum,
    random_features,
    ssim_terms,
)

FloatArray = npt.NDArray[np.float32]


def discs(count: int, seed: int, radius: float = 14, noise: float = 0.08) -> FloatArray:
    """Dark discs of varying place and size on a noisy bright ground."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:64, :64] + 0.5
    images = np.empty((count, 64, 64))
    for image in images:
        cx, cy = rng.uniform(27, 37, 2)
        inside = np.hypot(x - cx, y - cy) < radius * rng.uniform(0.8, 1.2)
        image[:] = np.where(inside, 0.2, 0.7) + rng.normal(0, noise, (64, 64))
    return np.clip(images, 0, 1).astype(np.float32)


def test_mmd_is_the_double_sum_of_its_definition() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(5, 3)), rng.normal(size=(4, 3))

    def k(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
        return float((x @ y / 3 + 1) ** 3)

    own = sum(k(a[i], a[j]) for i in range(5) for j in range(5) if i != j) / 20
    other = sum(k(b[i], b[j]) for i in range(4) for j in range(4) if i != j) / 12
    cross = sum(k(x, y) for x in a for y in b) / 20
    assert mmd2(a, b) == pytest.approx(own + other - 2 * cross)


def test_mmd_is_unbiased_for_equal_distributions() -> None:
    rng = np.random.default_rng(1)
    values = [mmd2(rng.normal(size=(20, 4)), rng.normal(size=(20, 4))) for _ in range(400)]
    standard_error = np.std(values) / 20
    assert abs(np.mean(values)) < 3 * standard_error


def test_kid_of_like_images_lies_in_the_band_and_of_unlike_ones_above() -> None:
    real = discs(60, 1)
    like, unlike = kid(real, discs(60, 2)), kid(real, discs(60, 3, radius=9))
    assert like.band_low <= like.value <= like.band_high
    assert unlike.low > unlike.band_high
    assert (like.block, like.real, like.fake) == (30, 60, 60)
    assert like.low < like.value < like.high


def test_kid_grows_as_images_are_spoiled() -> None:
    real = discs(40, 1)
    values = [kid(real, discs(40, 2, noise=noise)).value for noise in (0.08, 0.16, 0.3)]
    assert values[0] < values[1] < values[2]


def test_kid_takes_any_features_and_repeats_itself() -> None:
    real, fake = discs(12, 1), discs(9, 2)

    def moments(images: FloatArray) -> npt.NDArray[np.float64]:
        return np.stack([images.mean((1, 2)), images.std((1, 2))], 1).astype(np.float64)

    first = kid(real, fake, features=moments)
    assert first == kid(real, fake, features=moments)
    assert first != kid(real, fake, features=moments, seed=1)


def test_too_few_rois_are_a_sentence() -> None:
    with pytest.raises(TooFewError, match="at least 4 real"):
        kid(discs(3, 1), discs(9, 2))
    with pytest.raises(TooFewError, match="two ROIs"):
        diversity(discs(1, 1))


def test_random_features_are_fixed_and_do_not_depend_on_batches() -> None:
    images = discs(70, 4)
    features = random_features(images)
    assert features.shape == (70, 448)
    np.testing.assert_allclose(features[65:], random_features(images[65:]), rtol=1e-4, atol=1e-5)
    state = torch.random.get_rng_state()
    random_features(images[:2])
    assert torch.equal(state, torch.random.get_rng_state())


def test_ms_ssim_agrees_with_torchmetrics() -> None:
    left, right = torch.from_numpy(discs(6, 1)), torch.from_numpy(discs(6, 2))
    total = sum(MS_SSIM_WEIGHTS)
    theirs = multiscale_structural_similarity_index_measure(
        left[:, None],
        right[:, None],
        data_range=1.0,
        kernel_size=11,
        sigma=1.5,
        betas=tuple(weight / total for weight in MS_SSIM_WEIGHTS),
        normalize="relu",
        reduction="none",
    )
    # Theirs also averages the coarsest scale over reflected edges, ours over whole windows only.
    torch.testing.assert_close(ms_ssim(left, right), theirs, atol=0.05, rtol=0.05)


def test_one_scale_of_ssim_agrees_with_scikit_image() -> None:
    left, right = discs(1, 1)[0], discs(1, 2)[0]
    _, full = structural_similarity(
        left,
        right,
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    luminance, contrast = ssim_terms(
        torch.from_numpy(left)[None, None], torch.from_numpy(right)[None, None]
    )
    np.testing.assert_allclose((luminance * contrast)[0, 0], full[5:-5, 5:-5], atol=1e-4)


def test_diversity_is_zero_for_one_image_repeated_and_falls_with_collapse() -> None:
    varied = discs(20, 1)
    collapsed = np.repeat(varied[:2], 10, axis=0)
    assert diversity(np.repeat(varied[:1], 5, axis=0)).value == pytest.approx(0, abs=1e-5)
    assert diversity(collapsed).value < 0.7 * diversity(varied).value
    assert diversity(varied[:4]).pairs == 6


def test_white_noise_has_a_flat_spectrum_of_its_variance() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, (200, 64, 64)).astype(np.float32)
    spectrum = radial_spectrum(noise)
    np.testing.assert_allclose(spectrum.power[4:], 0.01, rtol=0.08)
    assert (spectrum.frequency[0], spectrum.frequency[-1]) == (0, 0.5)


def test_a_checkerboard_peaks_at_its_frequency() -> None:
    x = np.arange(64)
    wave = np.sin(2 * np.pi * x / 4)[None, None].repeat(64, 1).astype(np.float32)
    spectrum = radial_spectrum(wave)
    assert spectrum.frequency[spectrum.power.argmax()] == 0.25
