"""Covariances of the figures of merit over cases: jackknife, DeLong, unbiased."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studies.statistics.mrmc.merit import Crossed, CrossedRatings, case_scores
from studies.statistics.mrmc.pairs import pair_sums

Floats = npt.NDArray[np.float64]
COVARIANCES = ("jackknife", "delong", "unbiased")


def covariance(data: Crossed, figure: str = "auc", method: str = "jackknife") -> Floats:
    """(readings, readings) covariance of the figures of merit, readers within conditions.

    jackknife: leave one case out, over the cases that the figure rests on. delong: of the AUC
    only. unbiased: Gallas 2006's one-shot moments for the AUC; for a proportion the sample
    covariance over n, which is what the jackknife gives. Raises ValueError otherwise.
    Example: Van Dyke, variance of the first reading -> jackknife .0009075, delong .0008961,
    unbiased .0008926.
    """
    if method not in COVARIANCES:
        raise ValueError(f"the covariance is {', '.join(COVARIANCES)}, not {method}")
    if method == "jackknife" or (method == "unbiased" and figure != "auc"):
        return _jackknife(data, figure)
    if figure != "auc" or not isinstance(data, CrossedRatings):
        raise ValueError(f"the {method} covariance is defined for the AUC only; use jackknife")
    return _delong(data) if method == "delong" else _unbiased(data)


def _jackknife(data: Crossed, figure: str) -> Floats:
    """Leaving case k of a block of size m out turns a mean into (m mean - share) / (m - 1)."""
    scores = case_scores(data, figure)
    left_out = []
    for block in scores.blocks:
        m = block.shape[1]
        if m < 2:
            raise ValueError("at least two cases of each kind are needed")
        left_out.append((m * block.mean(1, keepdims=True) - block) / (m - 1))
    values = np.concatenate(left_out, axis=1)
    k = values.shape[1]
    centred = values - values.mean(1, keepdims=True)
    return np.asarray((k - 1) / k * centred @ centred.T)


def _delong(data: CrossedRatings) -> Floats:
    blocks = case_scores(data, "auc").blocks
    if min(block.shape[1] for block in blocks) < 2:
        raise ValueError("at least two cases of each kind are needed")
    return np.asarray(sum(np.atleast_2d(np.cov(b)) / b.shape[1] for b in blocks))


def _unbiased(data: CrossedRatings) -> Floats:
    """Gallas 2006, Acad Radiol 13:353: each moment over distinct cases, so none is biased."""
    counts = np.array([data.positive.sum(), (~data.positive).sum()])
    if counts.min() < 2:
        raise ValueError("at least two cases of each kind are needed")
    sums = pair_sums(data.flat, data.positive)
    moments, weights = sums.unbiased()
    weights[3] -= 1.0
    return np.asarray((moments * weights).sum(0))
