"""Chance-corrected agreement of any number of readers, with answers missing.

Ratings are an integer array (items, readers): 0-based categories, MISSING where unanswered.
Estimates and errors follow Gwet 2014, Handbook of Inter-Rater Reliability, 4th ed., ch. 5-6;
items are a sample, readers are fixed; intervals are t with n - 1 df, cut at 1 (a share also at
0), and absent (nan) where the error is estimated as 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from studies.statistics.agreement.coefficient import Coefficient

Ratings = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
MISSING = -1


def code_ratings(columns: Sequence[Sequence[str]], classes: Sequence[str]) -> Ratings:
    """Answers of each reader (a sequence a reader, "" = unanswered) as an (items, readers) array.

    Raises ValueError for an answer that is not among `classes`.
    """
    position = {name: i for i, name in enumerate(classes)} | {"": MISSING}
    unknown = {a for column in columns for a in column} - position.keys()
    if unknown:
        raise ValueError(f"not among the classes: {', '.join(sorted(unknown))}")
    coded = [[position[answer] for answer in column] for column in columns]
    return np.asarray(np.asarray(coded, np.int64).T)


def percent_agreement(ratings: Ratings, level: float = 0.95) -> Coefficient:
    """Mean share of agreeing pairs of readers over the items with at least two answers."""
    counts, pairs, several = _counts(ratings)
    value = float(pairs[several].mean())
    influence = np.where(several, pairs * len(counts) / several.sum(), 0.0)
    result = _result("Percent agreement", value, influence, level)
    return replace(result, low=max(0.0, result.low)) if math.isfinite(result.low) else result


def brennan_prediger(ratings: Ratings, categories: int, level: float = 0.95) -> Coefficient:
    """Brennan-Prediger: chance agreement is 1 / categories, whatever the readers do.

    Source: Brennan & Prediger 1981, Educ Psychol Meas 41:687.
    Example: 222 of 302 with 3 classes -> .6026.
    """
    counts, _, _ = _counts(ratings)
    flat = np.full(len(counts), 1.0 / categories)
    return _chance("Brennan-Prediger", ratings, 1.0 / categories, flat, level)


def gwet_ac1(ratings: Ratings, categories: int, level: float = 0.95) -> Coefficient:
    """Gwet's AC1, steady where one class is common. Source: Gwet 2008, Br J Math 61:29."""
    counts, _, _ = _counts(ratings)
    shares = _shares(counts, categories)
    use = shares.mean(0)
    chance = float((use * (1 - use)).sum() / (categories - 1))
    each = 2 * (shares @ (1 - use)) / (categories - 1) - chance
    return _chance("Gwet's AC1", ratings, chance, each, level)


def fleiss(ratings: Ratings, categories: int, level: float = 0.95) -> Coefficient:
    """Fleiss' kappa (for two readers: Scott's pi). Source: Fleiss 1971, Psychol Bull 76:378."""
    counts, _, _ = _counts(ratings)
    shares = _shares(counts, categories)
    use = shares.mean(0)
    chance = float((use * use).sum())
    return _chance("Fleiss' kappa", ratings, chance, 2 * (shares @ use) - chance, level)


def conger(ratings: Ratings, categories: int, level: float = 0.95) -> Coefficient:
    """Conger's kappa: each reader's own use of the classes (for two readers: Cohen's kappa).

    Source: Conger 1980, Psychol Bull 88:322; error by linearising in each reader's shares.
    """
    ratings = _answered(ratings)
    chosen = ratings[:, :, None] == np.arange(categories)  # (items, readers, categories)
    present = ratings != MISSING
    totals = present.sum(0)
    if (totals == 0).any():
        raise ValueError("a reader answered no item")
    use = chosen.sum(0) / totals[:, None]
    readers = ratings.shape[1]
    pairs = readers * (readers - 1)
    chance = float(((use.sum(0) ** 2) - (use**2).sum(0)).sum() / pairs)
    slope = 2 * (use.sum(0) - use) / pairs
    change = (chosen - present[:, :, None] * use) * (len(ratings) / totals)[None, :, None]
    each = chance + (change * slope).sum((1, 2))
    return _chance("Conger's kappa", ratings, chance, each, level)


def fleiss_z(counts: npt.ArrayLike) -> float:
    """z of Fleiss' kappa against 0 for (items, categories) counts with equal readers an item.

    Source: Fleiss, Nee & Landis 1979, Psychol Bull 86:974 (as R irr kappam.fleiss).
    """
    table = np.asarray(counts, np.float64)
    readers = float(table.sum(1)[0])
    if not np.allclose(table.sum(1), readers):
        raise ValueError("every item needs the same number of answers")
    use = table.sum(0) / table.sum()
    spread = use * (1 - use)
    agree = float(((table * (table - 1)).sum(1) / (readers * (readers - 1))).mean())
    kappa = (agree - (use**2).sum()) / (1 - (use**2).sum())
    inner = spread.sum() ** 2 - (spread * (1 - 2 * use)).sum()
    se = math.sqrt(2 * inner / (len(table) * readers * (readers - 1))) / spread.sum()
    return float(kappa / se)


def _answered(ratings: Ratings) -> Ratings:
    kept: Ratings = ratings[(ratings != MISSING).any(1)]
    if not ((kept != MISSING).sum(1) >= 2).any():
        raise ValueError("no item was answered by two readers")
    return kept


def _counts(ratings: Ratings) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Answers a category (items, q), agreeing share of pairs an item, items with two or more."""
    kept = _answered(ratings)
    counts = (kept[:, :, None] == np.arange(kept.max() + 1)).sum(1).astype(np.float64)
    total = counts.sum(1)
    several = total >= 2
    possible = np.where(several, total * (total - 1), 1.0)
    return counts, np.asarray((counts * (counts - 1)).sum(1) / possible), several


def _shares(counts: Floats, categories: int) -> Floats:
    if categories < max(2, counts.shape[1]):
        raise ValueError("there are more classes in the answers than were named")
    padded = np.zeros((len(counts), categories))
    padded[:, : counts.shape[1]] = counts / counts.sum(1, keepdims=True)
    return padded


def _chance(name: str, ratings: Ratings, chance: float, each: Floats, level: float) -> Coefficient:
    """(pa - pe) / (1 - pe); `each` is every item's linearised share in pe, of mean pe."""
    counts, pairs, several = _counts(ratings)
    if math.isclose(chance, 1.0):
        nan = math.nan
        return Coefficient(name, nan, nan, nan, nan, len(counts), name, level)
    value = (float(pairs[several].mean()) - chance) / (1 - chance)
    scale = len(counts) / several.sum()
    own = np.where(several, scale * (pairs - chance) / (1 - chance), 0.0)
    influence = own - (1 - value) * (each - chance) / (1 - chance)
    return _result(name, value, influence, level)


def _result(name: str, value: float, influence: Floats, level: float) -> Coefficient:
    n = len(influence)
    if n < 2:
        return Coefficient(name, value, math.nan, math.nan, math.nan, n, name, level)
    se = math.sqrt(float(((influence - value) ** 2).sum()) / (n * (n - 1)))
    if se < 1e-12:  # every item agrees alike: a width of 0 would claim certainty
        se = math.nan
    half = float(stats.t.ppf((1 + level) / 2, n - 1)) * se
    method = f"{name}, linearised error, t"
    high = min(1.0, value + half) if math.isfinite(half) else math.nan
    return Coefficient(name, value, se, value - half, high, n, method, level)
