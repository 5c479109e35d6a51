"""Precision, recall, density and coverage: balls around each point as a set's manifold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DoubleArray = npt.NDArray[np.float64]

PRECISION_K, DENSITY_K = 3, 5
"""Neighbours that set a ball's radius: the values of the two papers."""


@dataclass(frozen=True)
class Manifold:
    """How two sets overlap: shares 0..1; density may pass 1 where synthetic ROIs crowd."""

    precision: float
    recall: float
    density: float
    coverage: float


def manifold(real: DoubleArray, fake: DoubleArray) -> Manifold:
    """Overlap of features (n, d) and (m, d), at least 2 each.

    A set's manifold is the union of balls around its points that reach to the k-th nearest other
    point. Precision: share of fakes in the real manifold; recall: share of reals in the fake one
    (k = 3; Kynkaanniemi et al. 2019, arXiv:1904.06991). Density: real balls a fake lies in, over
    k; coverage: share of real balls that hold a fake (k = 5; Naeem et al. 2020,
    arXiv:2002.09797). Smaller sets take k = n - 1.
    """
    across = squared_distances(real, fake)
    own_real, own_fake = squared_distances(real, real), squared_distances(fake, fake)
    in_real = across <= _radii(own_real, PRECISION_K)[:, None]
    in_fake = across <= _radii(own_fake, PRECISION_K)[None, :]
    k = min(DENSITY_K, len(real) - 1)
    held = across <= _radii(own_real, k)[:, None]
    return Manifold(
        precision=float(in_real.any(0).mean()),
        recall=float(in_fake.any(1).mean()),
        density=float(held.sum(0).mean() / k),
        coverage=float(held.any(1).mean()),
    )


def squared_distances(left: DoubleArray, right: DoubleArray) -> DoubleArray:
    """Squared Euclidean distances (n, m) of the rows, never below 0."""
    squares = (left**2).sum(1)[:, None] + (right**2).sum(1)[None, :]
    return np.asarray(np.maximum(squares - 2 * left @ right.T, 0.0))


def _radii(own: DoubleArray, k: int) -> DoubleArray:
    """Squared distance to the k-th nearest other point: the nearest of all is the point itself."""
    k = min(k, len(own) - 1)
    others = own + np.diag(np.full(len(own), np.inf))
    return np.asarray(np.partition(others, k - 1, axis=1)[:, k - 1])
