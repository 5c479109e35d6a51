"""How near synthetic ROIs are to real ones: KID, diversity and power spectrum.

No pretrained network is used: features come from a fixed random network, or from any function
that the caller gives (a fold's own classifier). Values of different feature functions, and of
different studies, do not compare; the real-v-real band beside each value is its yardstick.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from engine.errors import TooFewError

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]
Features = Callable[[FloatArray], DoubleArray]
"""Images (n, h, w) in 0..1 to features (n, d)."""

NETWORK_SEED = 64
WIDTHS = (32, 64, 128)

MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001)
"""Wang, Simoncelli & Bovik 2003, the first three of five scales, made to sum to 1: at the fourth
a 64-px image is smaller than the 11-px window."""


@dataclass(frozen=True)
class Kid:
    """Kernel Inception distance between real and synthetic ROIs, on features without Inception.

    `value` is the mean over `blocks` random blocks of `block` images a side, `low`..`high` the
    central 95 % of the blocks; `band_low`..`band_high` the same of real against other real.
    """

    value: float
    low: float
    high: float
    band_low: float
    band_high: float
    block: int
    blocks: int
    real: int
    fake: int


@dataclass(frozen=True)
class Diversity:
    """1 - MS-SSIM of random pairs (0 = all the same): mean and its 95 % interval."""

    value: float
    low: float
    high: float
    pairs: int


@dataclass(frozen=True)
class Spectrum:
    """Mean power by radial frequency (cycles per px); a peak at .5 tells a checkerboard."""

    frequency: DoubleArray = field(repr=False)
    power: DoubleArray = field(repr=False)


# --- features -------------------------------------------------------------------------------


def random_features(images: FloatArray, *, seed: int = NETWORK_SEED) -> DoubleArray:
    """Features (n, 448) of a fixed random conv network: mean and SD of every channel.

    Three 5x5 stride-2 convolutions of He-normal weights with ReLU; both moments of each of the
    32 + 64 + 128 channels. Random networks of one architecture rank image sets much alike
    (Xu et al. 2018, arXiv:1806.07755 uses random ConvNets as one of its feature spaces).
    """
    layers = _random_layers(seed)
    batches = [_moments(images[at : at + 64], layers) for at in range(0, len(images), 64)]
    return np.concatenate(batches) if batches else np.zeros((0, 2 * sum(WIDTHS)))


def _random_layers(seed: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    layers, before = [], 1
    for width in WIDTHS:
        weight = torch.randn(width, before, 5, 5, generator=generator)
        layers.append(weight * math.sqrt(2 / (before * 25)))
        before = width
    return layers


@torch.no_grad()
def _moments(images: FloatArray, layers: list[torch.Tensor]) -> DoubleArray:
    signal = torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32))[:, None] * 2 - 1
    found = []
    for weight in layers:
        signal = functional.relu(functional.conv2d(signal, weight, stride=2, padding=2))
        found += [signal.mean((2, 3)), signal.std((2, 3))]
    return np.asarray(torch.cat(found, 1).double().numpy())


# --- KID ------------------------------------------------------------------------------------


def kid(
    real: FloatArray,
    fake: FloatArray,
    *,
    features: Features = random_features,
    block: int = 50,
    blocks: int = 60,
    seed: int = 0,
) -> Kid:
    """KID of ROIs (n, h, w) against (m, h, w) in 0..1; TooFewError under 4 real or 2 fake."""
    return kid_of_features(features(real), features(fake), block=block, blocks=blocks, seed=seed)


def kid_of_features(
    real: DoubleArray, fake: DoubleArray, *, block: int = 50, blocks: int = 60, seed: int = 0
) -> Kid:
    """KID of features (n, d) against (m, d).

    Unbiased MMD^2 with the kernel (x·y/d + 1)^3 (Binkowski et al. 2018, arXiv:1801.01401), in
    blocks of equal size drawn without replacement, at most half the real set so that the band
    of real against real is of the same size. Features are divided by the real set's root mean
    square, one number, so that the kernel sees values of order 1 whatever network made them.
    """
    if len(real) < 4 or len(fake) < 2:
        raise TooFewError(
            "KID needs at least 4 real and 2 synthetic ROIs of a class; draw or synthesise more."
        )
    size = min(block, len(real) // 2, len(fake))
    rng = np.random.default_rng(seed)
    scale = float(np.sqrt((real**2).mean())) or 1.0
    real, fake = real / scale, fake / scale
    values, band = np.empty(blocks), np.empty(blocks)
    for one in range(blocks):
        order = rng.permutation(len(real))
        left, right = real[order[:size]], real[order[size : 2 * size]]
        values[one] = mmd2(left, fake[rng.permutation(len(fake))[:size]])
        band[one] = mmd2(left, right)
    low, high = np.quantile(values, (0.025, 0.975))
    band_low, band_high = np.quantile(band, (0.025, 0.975))
    return Kid(
        float(values.mean()),
        float(low),
        float(high),
        float(band_low),
        float(band_high),
        size,
        blocks,
        len(real),
        len(fake),
    )


def mmd2(left: DoubleArray, right: DoubleArray) -> float:
    """Unbiased squared MMD of (n, d) against (m, d), kernel (x·y/d + 1)^3; may be negative."""
    n, m = len(left), len(right)
    own, other, cross = _kernel(left, left), _kernel(right, right), _kernel(left, right)
    within = (own.sum() - np.trace(own)) / (n * (n - 1))
    across = (other.sum() - np.trace(other)) / (m * (m - 1))
    return float(within + across - 2 * cross.mean())


def _kernel(left: DoubleArray, right: DoubleArray) -> DoubleArray:
    return np.asarray((left @ right.T / left.shape[1] + 1) ** 3)


# --- diversity ------------------------------------------------------------------------------


def diversity(images: FloatArray, *, pairs: int = 200, seed: int = 0) -> Diversity:
    """1 - MS-SSIM of up to `pairs` random pairs of ROIs (n, h, w) in 0..1; TooFewError under 2."""
    if len(images) < 2:
        raise TooFewError("Diversity needs at least two ROIs; synthesise more.")
    first, second = _pairs(len(images), pairs, np.random.default_rng(seed))
    tensor = torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32))
    unlike = 1 - ms_ssim(tensor[first], tensor[second]).double().numpy()
    half = 1.96 * unlike.std(ddof=1) / math.sqrt(len(unlike)) if len(unlike) > 1 else 0.0
    mean = float(unlike.mean())
    return Diversity(mean, mean - float(half), mean + float(half), len(unlike))


def _pairs(
    count: int, wanted: int, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Distinct unordered pairs of different images."""
    first, second = np.triu_indices(count, 1)
    chosen = rng.permutation(len(first))[:wanted]
    return first[chosen].astype(np.int64), second[chosen].astype(np.int64)


@torch.no_grad()
def ms_ssim(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """MS-SSIM (n,) of images (n, h, w) in 0..1, three scales, 11-px Gaussian window, SD 1.5.

    Wang, Simoncelli & Bovik 2003; negative terms count as 0.
    """
    weights = torch.tensor(MS_SSIM_WEIGHTS) / sum(MS_SSIM_WEIGHTS)
    product = torch.ones(len(left))
    a, b = left[:, None], right[:, None]
    for scale, weight in enumerate(weights):
        luminance, contrast = _ssim_terms(a, b)
        last = scale == len(weights) - 1
        term = (luminance * contrast if last else contrast).mean((1, 2, 3))
        product = product * functional.relu(term) ** weight
        a, b = functional.avg_pool2d(a, 2), functional.avg_pool2d(b, 2)
    return product


def _ssim_terms(a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Luminance and contrast-structure maps of SSIM with K1 .01, K2 .03, range 1."""
    window = torch.exp(-((torch.arange(11.0) - 5) ** 2) / (2 * 1.5**2))
    window = window / window.sum()
    kernel = torch.outer(window, window)[None, None]
    stacked = torch.cat([a, b, a * a, b * b, a * b], 1)
    smooth = functional.conv2d(stacked, kernel.expand(5, 1, 11, 11), groups=5)
    mean_a, mean_b, square_a, square_b, product = torch.split(smooth, 1, 1)
    c1, c2 = 0.01**2, 0.03**2
    luminance = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    variances = square_a - mean_a**2 + square_b - mean_b**2
    return luminance, (2 * (product - mean_a * mean_b) + c2) / (variances + c2)


# --- power spectrum -------------------------------------------------------------------------


def radial_spectrum(images: FloatArray) -> Spectrum:
    """Mean power of ROIs (n, s, s) by radial frequency 0..0.5 cycles per px, mean removed.

    A Hann window keeps the edges from leaking; power is per pixel, so noise of variance v has v.
    """
    side = images.shape[-1]
    hann = np.hanning(side + 1)[:side]
    window = np.outer(hann, hann)
    centred = images.astype(np.float64) - images.mean((1, 2), keepdims=True)
    power = np.abs(np.fft.fft2(centred * window)) ** 2 / (window**2).sum()
    frequency = np.fft.fftfreq(side)
    radius = np.hypot(frequency[:, None], frequency[None, :])
    ring = np.rint(radius * side).astype(np.int64)
    inside = ring <= side // 2
    total = np.bincount(ring[inside], power.mean(0)[inside])
    return Spectrum(np.arange(len(total)) / side, total / np.bincount(ring[inside]))
