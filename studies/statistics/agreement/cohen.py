"""Cohen's kappa of two readers, plain or weighted, with its asymptotic errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from studies.statistics.agreement.coefficient import NO_SPREAD, ONE_CLASS, Coefficient
from studies.statistics.agreement.raters import by_case, numbered_cases
from studies.statistics.agreement.weights import weight_matrix, weighted_name

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
    """Counts of first reader's class (rows) by the second's; unanswered items are left out.

    Raises ValueError for an answer that is not among `classes`, or unequal lengths.
    Example: cohen_table(["a", "b"], ["a", "a"], ["a", "b"]) -> ((1, 0), (1, 0)).
    """
    position = {name: i for i, name in enumerate(classes)}
    unknown = {answer for answer in (*first, *second) if answer} - position.keys()
    if unknown:
        raise ValueError(f"not among the classes: {', '.join(sorted(unknown))}")
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
    is 0 (one reader used one class, or they never differ) there is no interval (nan); where the
    null's error is 0 there is no z. Raises ValueError for an empty table or one not square.
    Example (Agresti's film critics): 24 8 13, 8 13 11, 10 9 64 -> .389, error .060.
    """
    counts = _checked(table)
    n = int(counts.sum())
    share = counts / n
    weight = weight_matrix(len(counts), weights)
    rows, columns = share.sum(1), share.sum(0)
    observed = float((weight * share).sum())
    expected = float((weight * np.outer(rows, columns)).sum())
    name = weighted_name("Cohen's kappa", weights)
    if math.isclose(expected, 1.0):
        nothing = Coefficient(name, *(math.nan,) * 4, n, name, level, ONE_CLASS)
        return Cohen(nothing, math.nan, math.nan, math.nan)
    kappa = (observed - expected) / (1 - expected)
    se, se0 = _errors(share, weight, kappa, expected, n)
    z = kappa / se0 if se0 > 1e-9 else math.nan
    value = _interval(name, kappa, se, n, level)
    return Cohen(value, se0, z, float(2 * stats.norm.sf(abs(z))))


def cohen_over_cases(
    first: Sequence[str],
    second: Sequence[str],
    classes: Sequence[str],
    cases: Sequence[int],
    *,
    weights: str = "none",
    level: float = 0.95,
) -> Coefficient:
    """Cohen's kappa of answers item by item where several items are of one case: its unit.

    Source: the error of `cohen` summed within cases (Hansen, Hurwitz & Madow 1953); with an item
    a case it is that of `cohen`. `n` counts cases. Raises ValueError as `cohen_table` and `cohen`,
    and where an item has no case. Example: every item of a table twice -> the table's own error.
    """
    table = cohen_table(first, second, classes)
    whole = cohen(table, weights, level).kappa
    both = np.array([bool(a and b) for a, b in zip(first, second, strict=True)])
    kept = numbered_cases(cases, len(both))[both]
    n, items = len(np.unique(kept)), int(both.sum())
    if math.isnan(whole.value):
        return replace(whole, n=n, items=items)
    place = {name: i for i, name in enumerate(classes)}
    rows = [place[a] for a, b in zip(first, second, strict=True) if a and b]
    columns = [place[b] for a, b in zip(first, second, strict=True) if a and b]
    share = np.asarray(table, np.float64) / items
    each = _influence(share, weight_matrix(len(classes), weights), whole.value)[rows, columns]
    se = math.sqrt(float((by_case(each - each.mean(), kept) ** 2).sum())) / n
    found = _interval(whole.name, whole.value, se, n, level)
    return replace(found, method=f"{found.method}, the case as the unit", items=items)


def _influence(share: Floats, weight: Floats, kappa: float) -> Floats:
    """What an item of each cell (q, q) adds to kappa, up to a constant."""
    rows, columns = share.sum(1), share.sum(0)
    mean = np.add.outer(weight @ columns, rows @ weight)
    expected = float((weight * np.outer(rows, columns)).sum())
    return np.asarray((weight - mean * (1 - kappa)) / (1 - expected))


def _checked(table: npt.ArrayLike) -> Floats:
    counts = np.asarray(table, np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or (counts < 0).any():
        raise ValueError("a square table of counts is needed, both readers' classes in one order")
    if counts.sum() == 0:
        raise ValueError("no item was answered by both readers")
    return counts


def _interval(name: str, kappa: float, se: float, n: int, level: float) -> Coefficient:
    method = f"{name}, asymptotic error"
    if se < 1e-9:  # one class only, or no disagreement: the asymptotic error says nothing
        return Coefficient(name, kappa, *(math.nan,) * 3, n, method, level, NO_SPREAD)
    half = float(stats.norm.ppf((1 + level) / 2)) * se
    return Coefficient(name, kappa, se, kappa - half, min(1.0, kappa + half), n, method, level)


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
