"""Distances between two sets of features: unbiased MMD (of KID) and Frechet's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

DoubleArray = npt.NDArray[np.float64]


def mmd2(left: DoubleArray, right: DoubleArray) -> float:
    """Unbiased squared MMD of (n, d) against (m, d), kernel (x·y/d + 1)^3; may be negative.

    Binkowski et al. 2018, arXiv:1801.01401, n and m at least 2.
    """
    n, m = len(left), len(right)
    own, other, cross = _kernel(left, left), _kernel(right, right), _kernel(left, right)
    within = (own.sum() - np.trace(own)) / (n * (n - 1))
    across = (other.sum() - np.trace(other)) / (m * (m - 1))
    return float(within + across - 2 * cross.mean())


def frechet(left: DoubleArray, right: DoubleArray) -> float:
    """Frechet distance of the Gaussians fitted to (n, d) and (m, d), n and m at least 2.

    |mu1 - mu2|² + tr(S1 + S2 - 2 (S1 S2)^½) (Dowson & Landau 1982; Heusel et al. 2017). With
    S = A'A of the centred rows over sqrt(n - 1), the last trace is the nuclear norm of A1 A2',
    which is n x m and stays exact where there are fewer rows than features. Biased upwards, the
    more the fewer rows: compare only at equal n.
    """
    first, second = _centred(left), _centred(right)
    moved = float(((left.mean(0) - right.mean(0)) ** 2).sum())
    shared = float(np.linalg.svd(first @ second.T, compute_uv=False).sum())
    distance = moved + float((first**2).sum() + (second**2).sum()) - 2 * shared
    return max(0.0, distance)  # rounding may leave a tiny negative


def _centred(rows: DoubleArray) -> DoubleArray:
    return np.asarray((rows - rows.mean(0)) / np.sqrt(len(rows) - 1))


def _kernel(left: DoubleArray, right: DoubleArray) -> DoubleArray:
    return np.asarray((left @ right.T / left.shape[1] + 1) ** 3)
