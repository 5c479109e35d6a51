"""The real ROI nearest to each other ROI in feature space: the eye for what NCC cannot place.

Features of a fixed random network, blind to brightness and contrast, over the 8 flips and
rotations. They pool over the image, so shifts, small rotations and changes of size move them
little; blurring first makes them deaf to grain.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.audit.correlation import TURNS, turned
from engine.jobs import Progress

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

BLUR = 2.0
"""px, SD of the Gaussian before the network."""

BATCH = 16
"""ROIs seen at once: a fraction of a second on a slow core."""


@dataclass(frozen=True)
class NearestFeatures:
    """Of each of m ROIs: `index` of the real one nearest in feature space, and its distance."""

    index: IntArray
    distance: DoubleArray


@dataclass(frozen=True)
class RealFeatures:
    """Features (n, 8, d) of n real ROIs in their 8 positions, the upright one first."""

    turned: DoubleArray = field(repr=False)

    def distances(self, upright: DoubleArray) -> DoubleArray:
        """Euclidean (m, n) of features (m, d) to each real ROI in its nearest position."""
        from engine.metrics.manifold import squared_distances

        count, turns, width = self.turned.shape
        flat = squared_distances(upright, self.turned.reshape(count * turns, width))
        return np.asarray(np.sqrt(flat.reshape(len(upright), count, turns).min(2)))

    def among(self, allowed: BoolArray) -> DoubleArray:
        """Distances (n,) to the nearest allowed (n, n) other ROI; endless where there is none."""
        own = self.distances(self.turned[:, 0])
        return np.asarray(np.where(allowed, own, np.inf).min(1))


def nearest_of(distances: DoubleArray) -> NearestFeatures:
    """The nearest real ROI by distances (m, n)."""
    index = distances.argmin(1).astype(np.int64)
    return NearestFeatures(index, distances[np.arange(len(index)), index])


def real_features(images: FloatArray) -> Generator[Progress, None, RealFeatures]:
    """Features of real ROIs (n, s, s) in 0..1 in all 8 positions."""
    every = np.concatenate(
        [np.stack([turned(one, turn) for one in images]) for turn in range(TURNS)]
    )
    rows = yield from upright_features(every)
    return RealFeatures(np.moveaxis(rows.reshape(TURNS, len(images), -1), 0, 1))


def upright_features(images: FloatArray) -> Generator[Progress, None, DoubleArray]:
    """Features (m, d) of ROIs (m, s, s) in 0..1 as they lie."""
    from scipy.ndimage import gaussian_filter

    from engine.metrics.features import blind_features

    rows = []
    for first in range(0, len(images), BATCH):
        part = gaussian_filter(images[first : first + BATCH], (0, BLUR, BLUR), mode="nearest")
        rows.append(blind_features(part))
        yield Progress(min(first + BATCH, len(images)), len(images), "Comparing features")
    return np.concatenate(rows) if rows else blind_features(images)
