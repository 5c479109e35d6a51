"""Gabor features of ROIs: a bank of band-pass filters, applied by FFT.

Manjunath & Ma 1996: frequencies in a geometric row, half-power contours that touch.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]

LOWEST, HIGHEST = 0.025, 0.4
"""Centre frequencies, cycles per px; a lesion, about 40 px of an ROI's 64, is one lowest cycle."""

MARGIN = 16
"""Mirrored px on each side: without them an FFT joins opposite edges, and the step between them
answers louder than the lesion."""

FAINTEST = 1e-6
"""Added before the logarithm: an answer below one grey level in 10^6 tells nothing."""

BINS = 32


def roi_features(image: FloatArray, *, scales: int = 4, orientations: int = 6) -> DoubleArray:
    """Mean, SD, energy and entropy (bits) of each filter's magnitude, one row.

    The first three are logarithms: contrast multiplies them. `image` (h, w) in 0..1, at least
    MARGIN px; EngineError where it holds values that are no numbers.
    """
    if not np.isfinite(image).all():
        raise EngineError("An ROI holds values that are not numbers; draw its margin again.")
    centred = np.pad(image.astype(np.float64) - float(image.mean()), MARGIN, mode="symmetric")
    bank = _bank(centred.shape[0], scales, orientations)
    found = np.abs(np.fft.ifft2(np.fft.fft2(centred)[None] * bank))
    flat = found[:, MARGIN:-MARGIN, MARGIN:-MARGIN].reshape(len(bank), -1)
    sizes = (flat.mean(1), flat.std(1), (flat**2).mean(1))
    return np.concatenate([*(np.log(one + FAINTEST) for one in sizes), _entropies(flat)])


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
