"""Cohen's kappa of two readers, plain or weighted, with its asymptotic errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from studies.statistics.agreement.coefficient import Coefficient

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cohen:
    """Kappa with its interval; `z` and `p` test kappa = 0 with the null's error `se0`."""

    kappa: Coefficient
    se0: float
    z: float
    p: float


def cohen_table(
    first: Sequence[str], second: Sequence[str], classes: Sequence[str]
) -> tuple[tuple[int, ...], ...]:
    """Counts of first reader's class (rows) by the second's; unanswered items are left out."""
    position = {name: i for i, name in enumerate(classes)}
    counts = [[0] * len(classes) for _ in classes]
    for a, b in zip(first, second, strict=True):
        if a and b:
            counts[position[a]][position[b]] += 1
    return tuple(map(tuple, counts))


def cohen(table: npt.ArrayLike, weights: str = "none", level: float = 0.95) -> Cohen:
    """Cohen's kappa from a (q, q) table of counts.

    `weights`: none | linear | quadratic (classes in order). Source: Cohen 1960, 1968; errors:
    Fleiss, Cohen & Everitt 1969, Psychol Bull 72:323, as SAS FREQ prints them.
    Where both readers used one class only, kappa is undefined (nan); where the asymptotic error
    is 0 (one reader used one class, or they never differ) there is no interval (nan).
    """
    counts = np.asarray(table, np.float64)
    n = int(counts.sum())
    if n == 0:
        raise ValueError("no item was answered by both readers")
    share = counts / n
    weight = _weights(len(counts), weights)
    rows, columns = share.sum(1), share.sum(0)
    observed = float((weight * share).sum())
    expected = float((weight * np.outer(rows, columns)).sum())
    name = "Cohen's kappa" if weights == "none" else f"Cohen's kappa, {weights} weights"
    if math.isclose(expected, 1.0):
        nothing = Coefficient(name, *(math.nan,) * 4, n=n, method=name, level=level)
        return Cohen(nothing, math.nan, math.nan, math.nan)
    kappa = (observed - expected) / (1 - expected)
    se, se0 = _errors(share, weight, kappa, expected, n)
    if se < 1e-9:  # one class only, or no disagreement: the asymptotic error says nothing
        se = math.nan
    half = float(stats.norm.ppf((1 + level) / 2)) * se
    method = f"{name}, asymptotic error"
    high = min(1.0, kappa + half) if math.isfinite(half) else math.nan
    value = Coefficient(name, kappa, se, kappa - half, high, n, method, level)
    z = kappa / se0 if se0 > 0 else math.nan
    return Cohen(value, se0, z, float(2 * stats.norm.sf(abs(z))))


def _weights(size: int, kind: str) -> Floats:
    distance = np.abs(np.subtract.outer(np.arange(size), np.arange(size))).astype(np.float64)
    if kind == "none":
        return np.eye(size)
    if kind == "linear":
        return np.asarray(1 - distance / max(1, size - 1))
    if kind == "quadratic":
        return np.asarray(1 - (distance / max(1, size - 1)) ** 2)
    raise ValueError(f"weights are none, linear or quadratic, not {kind}")


def _errors(
    share: Floats, weight: Floats, kappa: float, expected: float, n: int
) -> tuple[float, float]:
    rows, columns = share.sum(1), share.sum(0)
    mean = np.add.outer(weight @ columns, rows @ weight)
    spread = float((share * (weight - mean * (1 - kappa)) ** 2).sum())
    variance = (spread - (kappa - expected * (1 - kappa)) ** 2) / (n * (1 - expected) ** 2)
    null = float((np.outer(rows, columns) * (weight - mean) ** 2).sum()) - expected**2
    null_variance = null / (n * (1 - expected) ** 2)
    return math.sqrt(max(0.0, variance)), math.sqrt(max(0.0, null_variance))
