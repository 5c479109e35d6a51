"""Grey-level co-occurrence: matrices and Haralick's features, as IBSI defines them.

Haralick, Shanmugam & Dinstein 1973; Zwanenburg et al., Image Biomarker Standardisation
Initiative, section 3.6. The tests hold every feature against IBSI's digital phantom.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]
Offset = tuple[int, ...]

OUTSIDE = -1
"""The level of a pixel that is not looked at."""

PLANAR: tuple[Offset, ...] = ((0, 1), (1, 1), (1, 0), (1, -1))
"""The four directions of a slice: 0, 45, 90 and 135 degrees."""


@dataclass(frozen=True)
class Texture:
    """Features of one matrix, or (n,) of n matrices: Haralick's 13, and three more of IBSI's.

    Entropies are in bits. Sum and difference are those of the two pixels' levels.
    """

    energy: DoubleArray  # angular second moment
    contrast: DoubleArray
    correlation: DoubleArray
    variance: DoubleArray
    inverse_difference_moment: DoubleArray  # homogeneity
    inverse_difference: DoubleArray
    joint_entropy: DoubleArray  # bits
    joint_maximum: DoubleArray
    joint_average: DoubleArray
    sum_average: DoubleArray
    sum_variance: DoubleArray
    sum_entropy: DoubleArray
    difference_variance: DoubleArray
    difference_entropy: DoubleArray
    information_1: DoubleArray  # measures of correlation
    information_2: DoubleArray

    def rows(self) -> DoubleArray:
        """(features, ...) in the order of the fields."""
        return np.stack([getattr(self, one.name) for one in fields(self)])


def levels_of(image: FloatArray, count: int = 32) -> IntArray:
    """Levels 0..count-1 of an image in 0..1: a fixed window, so that ROIs compare."""
    if not np.isfinite(image).all():
        raise EngineError("An ROI holds values that are not numbers; draw its margin again.")
    return np.clip((image * count).astype(np.int64), 0, count - 1)


def matrix(levels: IntArray, offset: Offset, count: int) -> DoubleArray:
    """Symmetric co-occurrence counts (count, count) of an array of any rank at one offset.

    Pairs with a pixel OUTSIDE are left out. EngineError where the offset has another rank.
    """
    if levels.ndim != len(offset):
        raise EngineError("The offset of a co-occurrence matrix does not fit the image.")
    spans = zip(offset, levels.shape, strict=True)
    first = tuple(slice(max(0, -step), size - max(0, step)) for step, size in spans)
    spans = zip(offset, levels.shape, strict=True)
    second = tuple(slice(max(0, step), size - max(0, -step)) for step, size in spans)
    left, right = levels[first].ravel(), levels[second].ravel()
    inside = (left != OUTSIDE) & (right != OUTSIDE)
    pairs = left[inside] * count + right[inside]
    counted = np.bincount(pairs, minlength=count * count).reshape(count, count)
    return np.asarray(counted + counted.T, dtype=np.float64)


def texture(counts: DoubleArray) -> Texture:
    """Features of matrices (..., L, L) of counts; EngineError for a matrix without a pair."""
    total = counts.sum((-2, -1), keepdims=True)
    if not (total > 0).all():
        raise EngineError("An ROI is too small for this distance of its texture.")
    p = counts / total
    at = np.arange(p.shape[-1], dtype=np.float64)
    i, j = at[:, None], at[None, :]
    mean = (p * i).sum((-2, -1))
    variance = (p * i**2).sum((-2, -1)) - mean**2
    product = (p * i * j).sum((-2, -1)) - mean**2
    flat = variance <= 1e-12
    sums, differences = _along(p, i + j), _along(p, abs(i - j))
    information = _information(p)
    return Texture(
        energy=(p**2).sum((-2, -1)),
        contrast=(p * (i - j) ** 2).sum((-2, -1)),
        correlation=np.where(flat, 1.0, product / np.where(flat, 1.0, variance)),
        variance=variance,
        inverse_difference_moment=(p / (1 + (i - j) ** 2)).sum((-2, -1)),
        inverse_difference=(p / (1 + abs(i - j))).sum((-2, -1)),
        joint_entropy=_entropy(p, (-2, -1)),
        joint_maximum=p.max((-2, -1)),
        joint_average=mean,
        sum_average=_mean(sums),
        sum_variance=_variance(sums),
        sum_entropy=_entropy(sums, (-1,)),
        difference_variance=_variance(differences),
        difference_entropy=_entropy(differences, (-1,)),
        information_1=information[0],
        information_2=information[1],
    )


def _along(p: DoubleArray, value: DoubleArray) -> DoubleArray:
    """Distribution (..., values) of a function (L, L) of the two levels."""
    places = value.astype(np.int64).ravel()
    member = np.zeros((places.size, places.max() + 1))
    member[np.arange(places.size), places] = 1.0
    return np.asarray(p.reshape(*p.shape[:-2], -1) @ member)


def _mean(p: DoubleArray) -> DoubleArray:
    return np.asarray((p * np.arange(p.shape[-1])).sum(-1))


def _variance(p: DoubleArray) -> DoubleArray:
    return np.asarray((p * np.arange(p.shape[-1]) ** 2).sum(-1) - _mean(p) ** 2)


def _entropy(p: DoubleArray, axes: tuple[int, ...]) -> DoubleArray:
    return np.asarray(-(p * np.log2(np.where(p > 0, p, 1.0))).sum(axes))


def _information(p: DoubleArray) -> tuple[DoubleArray, DoubleArray]:
    """Haralick's two measures of correlation; 0 where one level fills the matrix."""
    edge = p.sum(-1)
    alone = _entropy(edge, (-1,))
    apart = edge[..., :, None] * edge[..., None, :]
    joint, product = _entropy(p, (-2, -1)), _entropy(apart, (-2, -1))
    crossed = -(p * np.log2(np.where(apart > 0, apart, 1.0))).sum((-2, -1))
    first = np.where(alone > 0, (joint - crossed) / np.where(alone > 0, alone, 1.0), 0.0)
    second = np.sqrt(np.maximum(0.0, 1 - np.exp(-2 * (product - joint))))
    return np.asarray(first), np.asarray(second)


def roi_features(
    image: FloatArray, *, distances: tuple[int, ...] = (1, 2, 3, 4), count: int = 32
) -> DoubleArray:
    """Mean and range over the four directions of each feature at each distance, one row."""
    levels = levels_of(image, count)
    found = []
    for distance in distances:
        counts = [matrix(levels, (y * distance, x * distance), count) for y, x in PLANAR]
        rows = texture(np.stack(counts)).rows()
        found += [rows.mean(1), np.ptp(rows, axis=1)]
    return np.concatenate(found)
