"""From how alike to a verdict: the null of other patients' real ROIs, and what lies beyond it.

How alike two different patients' lesions are is the yardstick of both measures. *Close* is what
fewer than one in twenty held-out real ROIs reach by either measure (a split-conformal limit: Vovk
et al. 2005; Angelopoulos & Bates 2021, arXiv:2107.07511, section 1). *Copy* is what no pair of
patients comes near: see `Thresholds`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.audit.correlation import Nearest
from engine.audit.likeness import NearestFeatures

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]

ENOUGH_REAL = 10
"""Below this many real ROIs the null is too small; fixed thresholds are used."""

FIXED_CLOSE, FIXED_COPY = 0.75, 0.85
"""NCC; no pair of different patients among 147 ultrasound ROIs reached the first."""

LEVEL = 0.05
"""Held-out real ROIs that may be called close, half of them by each measure."""

CLEAR, CLOSE, COPY = "clear", "close", "copy"


@dataclass(frozen=True)
class Thresholds:
    """From these NCC on a ROI is called close or copy; `null` (n,) is what they rest on.

    `copy` lies a third of the way from the null's `top` to 1.
    """

    close: float
    copy: float
    null: FloatArray = field(repr=False)
    top: float = 1.0


@dataclass(frozen=True)
class FeatureThresholds:
    """Up to these feature distances a ROI is called close or copy; `null` (n,) as above.

    `copy` is half the null's smallest distance, `nearest`. All -1 where the null is too small.
    """

    close: float
    copy: float
    nearest: float
    null: DoubleArray = field(repr=False)


def thresholds(null_similarity: FloatArray) -> Thresholds:
    """Limits from NCC (n,) of real ROIs with other patients' nearest."""
    null_similarity = null_similarity[np.isfinite(null_similarity)]  # -inf: no other patient
    if len(null_similarity) < ENOUGH_REAL:
        return Thresholds(FIXED_CLOSE, FIXED_COPY, null_similarity)
    top = float(null_similarity.max())
    close = _conformal(np.asarray(null_similarity, dtype=np.float64))
    return Thresholds(close, top + (1 - top) / 3, null_similarity, top)


def feature_thresholds(null_distance: DoubleArray) -> FeatureThresholds:
    """Limits from feature distances (n,) of real ROIs to other patients' nearest."""
    null_distance = null_distance[np.isfinite(null_distance)]
    if len(null_distance) < ENOUGH_REAL:
        return FeatureThresholds(-1.0, -1.0, -1.0, null_distance)
    least = float(null_distance.min())
    return FeatureThresholds(-_conformal(-null_distance), least / 2, least, null_distance)


def verdicts_of(
    nearest: Nearest,
    limits: Thresholds,
    features: NearestFeatures,
    feature_limits: FeatureThresholds,
) -> tuple[str, ...]:
    """clear | close | copy of each ROI.

    Copy: beyond either copy limit, or nearer than any pair of patients by both measures at once
    and to the same real ROI. Close: beyond either close limit.
    """
    ncc, distance = nearest.similarity, features.distance
    both = (ncc > limits.top) & (distance < feature_limits.nearest)
    copied = (ncc >= limits.copy) | (distance <= feature_limits.copy)
    copied |= both & (nearest.index == features.index)
    closed = (ncc > limits.close) | (distance < feature_limits.close)
    return tuple(
        COPY if copy else CLOSE if close else CLEAR
        for copy, close in zip(copied.tolist(), closed.tolist(), strict=True)
    )


def _conformal(null: DoubleArray) -> float:
    """The value that a new one of the same kind passes with a chance of at most LEVEL / 2.

    The rank is ceil((n + 1) (1 - level)); with under 39 real ROIs that passes n, and the null's
    top stands in, whose chance of being passed is 1 / (n + 1).
    """
    rank = math.ceil((len(null) + 1) * (1 - LEVEL / 2))
    return float(np.sort(null)[min(rank, len(null)) - 1])
