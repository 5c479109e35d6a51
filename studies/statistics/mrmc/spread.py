"""Covariances of the figures of merit over cases: jackknife, DeLong, unbiased."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studies.statistics.mrmc.merit import CrossedRatings, case_scores

Floats = npt.NDArray[np.float64]
COVARIANCES = ("jackknife", "delong", "unbiased")


def covariance(data: CrossedRatings, figure: str = "auc", method: str = "jackknife") -> Floats:
    """(readings, readings) covariance of the figures of merit, readers within conditions.

    jackknife: leave one case out, over the cases that the figure rests on. delong and unbiased
    (Gallas 2006, one-shot moments) are of the AUC only. Raises ValueError otherwise.
    """
    if method == "jackknife":
        return _jackknife(data, figure)
    if method not in COVARIANCES:
        raise ValueError(f"the covariance is {', '.join(COVARIANCES)}, not {method}")
    if figure != "auc":
        raise ValueError(f"the {method} covariance is defined for the AUC only; use jackknife")
    return _delong(data) if method == "delong" else _unbiased(data)


def _jackknife(data: CrossedRatings, figure: str) -> Floats:
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
    positive, negative = case_scores(data, "auc").blocks
    return np.atleast_2d(np.cov(positive) / positive.shape[1] + np.cov(negative)
                         / negative.shape[1])  # fmt: skip


def _unbiased(data: CrossedRatings) -> Floats:
    """Gallas 2006, Acad Radiol 13:353: each moment over distinct cases, so none is biased."""
    wins = _wins(data)
    readings, m, n = wins.shape
    flat = wins.reshape(readings, m * n)
    rows, columns = wins.sum(2), wins.sum(1)
    total = rows.sum(1)
    same = flat @ flat.T
    same_positive, same_negative = rows @ rows.T, columns @ columns.T
    m11 = same / (m * n)
    m10 = (same_positive - same) / (m * n * (n - 1))
    m01 = (same_negative - same) / (m * n * (m - 1))
    apart = np.outer(total, total) - same_positive - same_negative + same
    m00 = apart / (m * (m - 1) * n * (n - 1))
    weight = 1.0 / (m * n)
    return np.asarray(
        weight * m11
        + weight * (n - 1) * m10
        + weight * (m - 1) * m01
        + (weight * (m - 1) * (n - 1) - 1) * m00
    )


def _wins(data: CrossedRatings) -> Floats:
    """(readings, positives, negatives): 1 where the positive is rated higher, .5 for a tie."""
    high, low = data.flat[:, data.positive], data.flat[:, ~data.positive]
    if high.shape[1] < 2 or low.shape[1] < 2:
        raise ValueError("at least two cases of each kind are needed")
    gap = high[:, :, None] - low[:, None, :]
    return np.asarray((gap > 0) + 0.5 * (gap == 0), np.float64)
