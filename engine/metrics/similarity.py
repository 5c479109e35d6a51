"""How alike images are to the eye: SSIM, MS-SSIM, and the diversity of a set."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from engine.errors import TooFewError

FloatArray = npt.NDArray[np.float32]

MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001)
"""Wang, Simoncelli & Bovik 2003, the first three of five scales, made to sum to 1: at the fourth
a 64-px image is smaller than the 11-px window."""


@dataclass(frozen=True)
class Diversity:
    """1 - MS-SSIM of random pairs (0 = all the same): mean and its 95 % interval."""

    value: float
    low: float
    high: float
    pairs: int


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
        luminance, contrast = ssim_terms(a, b)
        last = scale == len(weights) - 1
        term = (luminance * contrast if last else contrast).mean((1, 2, 3))
        product = product * functional.relu(term) ** weight
        a, b = functional.avg_pool2d(a, 2), functional.avg_pool2d(b, 2)
    return product


def ssim_terms(a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
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
