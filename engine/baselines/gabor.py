"""Gabor features of ROIs: a bank of band-pass filters, applied by FFT.

Manjunath & Ma 1996: frequencies in octaves of a geometric row, half-power contours that touch.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]

LOWEST, HIGHEST = 0.05, 0.4
"""Centre frequencies, cycles per px."""

BINS = 32


def roi_features(image: FloatArray, *, scales: int = 4, orientations: int = 6) -> DoubleArray:
    """Mean, SD, energy and entropy (bits) of each filter's magnitude, one row."""
    centred = image.astype(np.float64) - float(image.mean())
    bank = _bank(image.shape[0], scales, orientations)
    found = np.abs(np.fft.ifft2(np.fft.fft2(centred)[None] * bank))
    flat = found.reshape(len(bank), -1)
    rows = (flat.mean(1), flat.std(1), (flat**2).mean(1), _entropies(flat))
    return np.concatenate(rows)


@lru_cache(maxsize=4)
def _bank(side: int, scales: int, orientations: int) -> DoubleArray:
    """Transfer functions (scales x orientations, side, side): Gaussians beside the origin."""
    v, u = np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side), indexing="ij")
    step = (HIGHEST / LOWEST) ** (1 / max(1, scales - 1))
    filters = []
    for scale in range(scales):
        centre = HIGHEST / step**scale
        along = centre * (step - 1) / ((step + 1) * math.sqrt(2 * math.log(2)))
        across = centre * math.tan(math.pi / (2 * orientations)) / math.sqrt(2 * math.log(2))
        for turn in range(orientations):
            angle = math.pi * turn / orientations
            radial = u * math.cos(angle) + v * math.sin(angle) - centre
            tangential = v * math.cos(angle) - u * math.sin(angle)
            filters.append(np.exp(-0.5 * ((radial / along) ** 2 + (tangential / across) ** 2)))
    return np.stack(filters)


def _entropies(rows: DoubleArray) -> DoubleArray:
    """Entropy of each row's histogram between 0 and its own largest value."""
    found = []
    for row in rows:
        top = float(row.max())
        counts = np.histogram(row, BINS, (0.0, top))[0] if top > 0 else np.array([row.size])
        share = counts[counts > 0] / row.size
        found.append(float(-(share * np.log2(share)).sum()))
    return np.array(found)
