"""Krippendorff's alpha by the coincidence matrix, interval by bootstrap over items."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from studies.statistics.agreement.coefficient import NO_SPREAD, ONE_CLASS, ONE_ITEM, Coefficient
from studies.statistics.agreement.raters import MISSING, numbered_cases

Floats = npt.NDArray[np.float64]


def krippendorff_alpha(
    ratings: npt.NDArray[np.int64],
    metric: str = "nominal",
    *,
    draws: int = 2000,
    seed: int = 20118,
    level: float = 0.95,
    values: Sequence[float] | None = None,
    cases: Sequence[int] | None = None,
) -> Coefficient:
    """Krippendorff's alpha of (items, readers) ratings, MISSING where unanswered.

    `metric`: nominal | ordinal | interval. For interval, `values` gives each category's value, by
    default its number; `cases` (items,) gives each item's case where several are of one: then
    cases are resampled. Items with fewer than two answers say nothing and are left out. Source:
    Krippendorff 2011, Computing alpha-reliability; interval: percentiles of `draws` resamplings
    of items with `seed`. Where every answer is the same class alpha is undefined (nan).
    Raises ValueError when no item has two answers, for another metric, for too few values, for
    an item without a case.
    Example (Krippendorff's 15 units, 3 coders): nominal .6914, ordinal .8067, interval .8108.
    """
    units = _coincidences(ratings)
    items = 0 if cases is None else len(units)
    if cases is not None:
        units = _of_cases(units, numbered_cases(cases, len(ratings))[_told(ratings)])
    n, q = units.shape[:2]
    place = np.arange(q, dtype=np.float64) if values is None else np.asarray(values, np.float64)
    if len(place) < q:
        raise ValueError("there are more classes in the answers than values were given")
    place = place[:q]
    value = float(_alpha(units.sum(0)[None], metric, place)[0])
    rng = np.random.default_rng(seed)
    times = rng.multinomial(n, np.full(n, 1.0 / n), size=draws).astype(np.float64)
    resampled = (times @ units.reshape(n, q * q)).reshape(draws, q, q)
    spread = _alpha(resampled, metric, place)
    spread = spread[np.isfinite(spread)]
    name = "Krippendorff's alpha"
    unit = "items" if cases is None else "cases"
    method = f"{name}, {metric}, bootstrap over {unit} ({draws} draws, seed {seed})"
    reason = _silence(value, n, spread, draws)
    if reason:
        return Coefficient(name, value, *(math.nan,) * 3, n, method, level, reason, items)
    low, high = np.quantile(spread, [(1 - level) / 2, (1 + level) / 2])
    se = float(spread.std(ddof=1))
    return Coefficient(name, value, se, float(low), float(high), n, method, level, items=items)


def _silence(value: float, n: int, spread: Floats, draws: int) -> str:
    """Why there is no interval, or nothing."""
    if not math.isfinite(value):
        return ONE_CLASS
    if n < 2:
        return ONE_ITEM
    if len(spread) < draws // 2 or float(np.ptp(spread)) < 1e-12:
        return NO_SPREAD
    return ""


def _told(ratings: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Items with two answers or more."""
    return np.asarray((ratings != MISSING).sum(1) >= 2)


def _of_cases(units: Floats, cases: npt.NDArray[np.int64]) -> Floats:
    """Each case's share of the coincidence matrix: the sum of its items'."""
    names, place = np.unique(cases, return_inverse=True)
    summed = np.zeros((len(names), *units.shape[1:]))
    np.add.at(summed, place, units)
    return summed


def _coincidences(ratings: npt.NDArray[np.int64]) -> Floats:
    """Each item's share (q, q) of the coincidence matrix, items with two or more answers."""
    kept = ratings[_told(ratings)]
    if not len(kept):
        raise ValueError("no item was answered by two readers")
    counts = (kept[:, :, None] == np.arange(kept.max() + 1)).sum(1).astype(np.float64)
    total = counts.sum(1)
    pairs = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(counts.shape[1])
    pairs[:, diagonal, diagonal] -= counts
    return np.asarray(pairs / (total - 1)[:, None, None])


def _alpha(coincidence: Floats, metric: str, place: Floats) -> Floats:
    """Alpha of each (draws, q, q) coincidence matrix; nan where only one value occurs."""
    use = coincidence.sum(2)
    total = use.sum(1)
    distance = _distance(use, metric, place)
    seen = (coincidence * distance).sum((1, 2))
    expected = (use[:, :, None] * use[:, None, :] * distance).sum((1, 2)) / (total - 1)
    return np.where(expected > 0, 1 - seen / np.where(expected > 0, expected, 1.0), np.nan)


def _distance(use: Floats, metric: str, place: Floats) -> Floats:
    q = use.shape[1]
    if metric == "nominal":
        return np.broadcast_to(1.0 - np.eye(q), (len(use), q, q))
    if metric == "interval":
        step = np.subtract.outer(place, place) ** 2
        return np.broadcast_to(step, (len(use), q, q))
    if metric == "ordinal":
        middle = np.cumsum(use, axis=1) - use / 2
        return np.asarray((middle[:, :, None] - middle[:, None, :]) ** 2)
    raise ValueError(f"the metric is nominal, ordinal or interval, not {metric}")
