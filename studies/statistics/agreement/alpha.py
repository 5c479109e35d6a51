"""Krippendorff's alpha by the coincidence matrix, interval by bootstrap over items."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from studies.statistics.agreement.coefficient import Coefficient
from studies.statistics.agreement.raters import MISSING

Floats = npt.NDArray[np.float64]


def krippendorff_alpha(
    ratings: npt.NDArray[np.int64],
    metric: str = "nominal",
    *,
    draws: int = 2000,
    seed: int = 20118,
    level: float = 0.95,
) -> Coefficient:
    """Krippendorff's alpha of (items, readers) ratings, MISSING where unanswered.

    `metric`: nominal | ordinal | interval (category numbers are then the values). Items with
    fewer than two answers say nothing and are left out. Source: Krippendorff 2011, Computing
    alpha-reliability; interval: percentiles of `draws` resamplings of items with `seed`.
    Raises ValueError when no item has two answers.
    """
    units = _coincidences(ratings)
    value = float(_alpha(units.sum(0)[None], metric)[0])
    rng = np.random.default_rng(seed)
    n = len(units)
    times = rng.multinomial(n, np.full(n, 1.0 / n), size=draws).astype(np.float64)
    q = units.shape[1]
    resampled = (times @ units.reshape(n, q * q)).reshape(draws, q, q)
    spread = _alpha(resampled, metric)
    spread = spread[np.isfinite(spread)]
    method = f"Krippendorff's alpha, {metric}, bootstrap over items ({draws} draws, seed {seed})"
    name = "Krippendorff's alpha"
    if n < 2 or len(spread) < draws // 2 or float(np.ptp(spread)) < 1e-12:
        return Coefficient(name, value, *(math.nan,) * 3, n=n, method=method, level=level)
    low, high = np.quantile(spread, [(1 - level) / 2, (1 + level) / 2])
    se = float(spread.std(ddof=1))
    return Coefficient(name, value, se, float(low), float(high), n, method, level)


def _coincidences(ratings: npt.NDArray[np.int64]) -> Floats:
    """Each item's share (q, q) of the coincidence matrix, items with two or more answers."""
    kept = ratings[(ratings != MISSING).sum(1) >= 2]
    if not len(kept):
        raise ValueError("no item was answered by two readers")
    counts = (kept[:, :, None] == np.arange(kept.max() + 1)).sum(1).astype(np.float64)
    total = counts.sum(1)
    pairs = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(counts.shape[1])
    pairs[:, diagonal, diagonal] -= counts
    return np.asarray(pairs / (total - 1)[:, None, None])


def _alpha(coincidence: Floats, metric: str) -> Floats:
    """Alpha of each (draws, q, q) coincidence matrix; nan where only one value occurs."""
    use = coincidence.sum(2)
    total = use.sum(1)
    distance = _distance(use, metric)
    seen = (coincidence * distance).sum((1, 2))
    expected = (use[:, :, None] * use[:, None, :] * distance).sum((1, 2)) / (total - 1)
    return np.where(expected > 0, 1 - seen / np.where(expected > 0, expected, 1.0), np.nan)


def _distance(use: Floats, metric: str) -> Floats:
    q = use.shape[1]
    if metric == "nominal":
        return np.broadcast_to(1.0 - np.eye(q), (len(use), q, q))
    if metric == "interval":
        step = np.subtract.outer(np.arange(q), np.arange(q)).astype(np.float64) ** 2
        return np.broadcast_to(step, (len(use), q, q))
    if metric == "ordinal":
        middle = np.cumsum(use, axis=1) - use / 2
        return np.asarray((middle[:, :, None] - middle[:, None, :]) ** 2)
    raise ValueError(f"the metric is nominal, ordinal or interval, not {metric}")
