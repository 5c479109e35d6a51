"""Chance-corrected agreement of any number of readers, with answers missing.

Ratings are an integer array (items, readers): 0-based categories, MISSING where unanswered.
Estimates and errors follow Gwet 2014, Handbook of Inter-Rater Reliability, 4th ed., ch. 3-6;
items are a sample, readers are fixed; intervals are t with n - 1 df, cut at 1 (a share also at
0), and absent (nan) where the error is estimated as 0. An item with one answer tells how the
classes are used, not who agrees; in the error it stands as an item without agreement, as in
Gwet, which makes intervals too wide rather than too narrow. `weights` are none | linear |
quadratic, for classes in order. Where several items are of one case (read under two conditions,
say), `cases` gives each item's case, and the case is the unit of the error. All raise ValueError
where no item has two answers, where fewer than two classes are named or more are used than named,
for other weights, and where an item has no case.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from studies.statistics.agreement.coefficient import (
    NO_SPREAD,
    ONE_CLASS,
    ONE_ITEM,
    Coefficient,
)
from studies.statistics.agreement.weights import weight_matrix, weighted_name

Ratings = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
MISSING = -1


def code_ratings(columns: Sequence[Sequence[str]], classes: Sequence[str]) -> Ratings:
    """Answers of each reader (a sequence a reader, "" = unanswered) as an (items, readers) array.

    Raises ValueError for an answer that is not among `classes`, and for readers who were not
    asked about the same number of items. Example: code_ratings(["ab", "bb"], "ab") -> 0 1, 1 1.
    """
    position = {name: i for i, name in enumerate(classes)} | {"": MISSING}
    unknown = {a for column in columns for a in column} - position.keys()
    if unknown:
        raise ValueError(f"not among the classes: {', '.join(sorted(unknown))}")
    if len({len(column) for column in columns}) > 1:
        raise ValueError("every reader needs an answer, or an empty one, for every item")
    coded = [[position[answer] for answer in column] for column in columns]
    return np.asarray(np.asarray(coded, np.int64).T)


def percent_agreement(
    ratings: Ratings,
    level: float = 0.95,
    *,
    weights: str = "none",
    categories: int | None = None,
    cases: Sequence[int] | None = None,
) -> Coefficient:
    """Mean share of agreeing pairs of readers over the items with at least two answers.

    With weights, a pair of different classes counts by its weight; `categories` is then how many
    classes there are, by default as many as were used. Example (Gwet's 4 raters): .8182.
    """
    used = max(2, int(ratings.max(initial=MISSING)) + 1)
    table = _table(ratings, used if categories is None else categories, weights, cases)
    influence = np.where(table.several, table.pairs * table.scale, 0.0)
    name = weighted_name("Percent agreement", weights)
    result = _result(name, table.agreement, influence, table.cases, level)
    return replace(result, low=max(0.0, result.low)) if math.isfinite(result.low) else result


def brennan_prediger(
    ratings: Ratings,
    categories: int,
    level: float = 0.95,
    *,
    weights: str = "none",
    cases: Sequence[int] | None = None,
) -> Coefficient:
    """Brennan-Prediger: chance agreement is 1 / categories, whatever the readers do.

    With weights, chance agreement is their mean. Source: Brennan & Prediger 1981, Educ Psychol
    Meas 41:687; Gwet 2014. Example: 222 of 302 with 3 classes -> .6026.
    """
    table = _table(ratings, categories, weights, cases)
    chance = float(table.weight.mean())
    flat = np.full(len(table.counts), chance)
    return _chance(weighted_name("Brennan-Prediger", weights), table, chance, flat, level)


def gwet_ac1(
    ratings: Ratings,
    categories: int,
    level: float = 0.95,
    *,
    cases: Sequence[int] | None = None,
) -> Coefficient:
    """Gwet's AC1, steady where one class is common. Source: Gwet 2008, Br J Math 61:29.

    Example (Gwet's 4 raters): .7754, error .14295.
    """
    return _gwet("Gwet's AC1", ratings, categories, "none", level, cases)


def gwet_ac2(
    ratings: Ratings,
    categories: int,
    weights: str = "quadratic",
    level: float = 0.95,
    *,
    cases: Sequence[int] | None = None,
) -> Coefficient:
    """Gwet's AC2: AC1 with weights for classes in order; without weights it is AC1.

    Chance agreement is T / (q (q - 1)) · sum of use · (1 - use), T the sum of all weights.
    Source: Gwet 2014, ch. 4. Example (Gwet's 4 raters, quadratic): .914, error .104.
    """
    name = weighted_name("Gwet's AC2", weights)
    return _gwet(name, ratings, categories, weights, level, cases)


def fleiss(
    ratings: Ratings,
    categories: int,
    level: float = 0.95,
    *,
    weights: str = "none",
    cases: Sequence[int] | None = None,
) -> Coefficient:
    """Fleiss' kappa (for two readers: Scott's pi). Source: Fleiss 1971, Psychol Bull 76:378.

    Its error is the sampling error for an interval; `fleiss_test` has the null's error.
    Example (Fleiss 1971, 30 patients, 6 raters): .4302.
    """
    table = _table(ratings, categories, weights, cases)
    shares = table.shares
    use = shares.mean(0)
    alike = table.weight @ use
    name = weighted_name("Fleiss' kappa", weights)
    chance = float(use @ alike)
    return _chance(name, table, chance, 2 * (shares @ alike) - chance, level)


def conger(
    ratings: Ratings,
    categories: int,
    level: float = 0.95,
    *,
    weights: str = "none",
    cases: Sequence[int] | None = None,
) -> Coefficient:
    """Conger's kappa: each reader's own use of the classes (for two readers: Cohen's kappa).

    Source: Conger 1980, Psychol Bull 88:322; error by linearising in each reader's shares.
    Raises ValueError also where a reader answered nothing.
    Example (Gwet's 4 raters): .7628, error .14917.
    """
    table = _table(ratings, categories, weights, cases)
    ratings = ratings[_answered(ratings)]
    chosen = ratings[:, :, None] == np.arange(categories)  # (items, readers, categories)
    present = ratings != MISSING
    totals = present.sum(0)
    if (totals == 0).any():
        raise ValueError("a reader answered no item")
    use = chosen.sum(0) / totals[:, None]
    readers = ratings.shape[1]
    pairs = readers * (readers - 1)
    others = (use.sum(0) - use) @ table.weight
    chance = float((use * others).sum() / pairs)
    change = (chosen - present[:, :, None] * use) * (len(ratings) / totals)[None, :, None]
    each = chance + (change * (2 * others / pairs)).sum((1, 2))
    return _chance(weighted_name("Conger's kappa", weights), table, chance, each, level)


# --- the frame that all of them share -------------------------------------------------------


@dataclass(frozen=True)
class _Table:
    """Answers by item: `counts` (items, q), weighted share of agreeing `pairs` (items,)."""

    counts: Floats
    pairs: Floats
    several: npt.NDArray[np.bool_]  # items with two answers or more
    weight: Floats  # (q, q)
    cases: Ratings | None  # (items,) the case of each, 0-based; None: each item is its own

    @property
    def shares(self) -> Floats:
        return np.asarray(self.counts / self.counts.sum(1, keepdims=True))

    @property
    def agreement(self) -> float:
        return float(self.pairs[self.several].mean())

    @property
    def scale(self) -> float:
        """Items for each item that tells of agreement."""
        return len(self.counts) / float(self.several.sum())


def _answered(ratings: Ratings) -> npt.NDArray[np.bool_]:
    """Which items anybody answered."""
    if ratings.ndim != 2:
        raise ValueError("ratings are an array of items by readers")
    if not ((ratings != MISSING).sum(1) >= 2).any():
        raise ValueError("no item was answered by two readers")
    return np.asarray((ratings != MISSING).any(1))


def _table(ratings: Ratings, categories: int, weights: str, cases: Sequence[int] | None) -> _Table:
    there = _answered(ratings)
    kept = ratings[there]
    if categories < 2:
        raise ValueError("agreement beyond chance needs at least two classes")
    if kept.max() >= categories:
        raise ValueError("there are more classes in the answers than were named")
    weight = weight_matrix(categories, weights)
    counts = (kept[:, :, None] == np.arange(categories)).sum(1).astype(np.float64)
    total = counts.sum(1)
    several = total >= 2
    possible = np.where(several, total * (total - 1), 1.0)
    alike = (counts * (counts @ weight - 1)).sum(1)
    grouped = None if cases is None else numbered_cases(cases, len(ratings))[there]
    return _Table(counts, np.where(several, alike, 0.0) / possible, several, weight, grouped)


def numbered_cases(cases: Sequence[int], items: int) -> Ratings:
    """The case of each item as (items,) whole numbers.

    Raises ValueError where a case is missing. Example: numbered_cases([4, 4, 9], 3) -> 4 4 9.
    """
    if len(cases) != items:
        raise ValueError("every item needs its case")
    return np.asarray(cases, np.int64)


def by_case(influence: Floats, cases: Ratings) -> Floats:
    """(cases,) what each case adds to a mean of centred `influence` (items,), times the cases.

    Source: the ultimate cluster, Hansen, Hurwitz & Madow 1953. A case with its share of the items
    adds the mean of them. Example: by_case([1, 1, -1, -1], [0, 0, 1, 1]) -> 1, -1.
    """
    _, place = np.unique(cases, return_inverse=True)
    totals = np.bincount(place, influence)
    return np.asarray(totals * len(totals) / len(influence))


def _gwet(
    name: str,
    ratings: Ratings,
    categories: int,
    weights: str,
    level: float,
    cases: Sequence[int] | None,
) -> Coefficient:
    table = _table(ratings, categories, weights, cases)
    shares = table.shares
    use = shares.mean(0)
    spread = float(table.weight.sum()) / (categories * (categories - 1))
    chance = spread * float((use * (1 - use)).sum())
    each = 2 * spread * (shares @ (1 - use)) - chance
    return _chance(name, table, chance, each, level)


def _chance(name: str, table: _Table, chance: float, each: Floats, level: float) -> Coefficient:
    """(pa - pe) / (1 - pe); `each` is every item's linearised share in pe, of mean pe."""
    if math.isclose(chance, 1.0):
        return _silent(name, math.nan, table.cases, len(table.counts), level, ONE_CLASS, name)
    value = (table.agreement - chance) / (1 - chance)
    own = np.where(table.several, table.scale * (table.pairs - chance) / (1 - chance), 0.0)
    influence = own - (1 - value) * (each - chance) / (1 - chance)
    return _result(name, value, influence, table.cases, level)


def _silent(
    name: str, value: float, cases: Ratings | None, items: int, level: float, why: str, method: str
) -> Coefficient:
    n, of = (items, 0) if cases is None else (len(np.unique(cases)), items)
    return Coefficient(name, value, *(math.nan,) * 3, n, method, level, why, of)


def _result(
    name: str, value: float, influence: Floats, cases: Ratings | None, level: float
) -> Coefficient:
    items = len(influence)
    parts = influence - value if cases is None else by_case(influence - value, cases)
    n, method = len(parts), f"{name}, linearised error, t"
    if cases is not None:
        method = f"{method}, the case as the unit"
    if n < 2:
        return _silent(name, value, cases, items, level, ONE_ITEM, name)
    se = math.sqrt(float((parts**2).sum()) / (n * (n - 1)))
    if se < 1e-12:  # every item agrees alike: a width of 0 would claim certainty
        return _silent(name, value, cases, items, level, NO_SPREAD, method)
    half = float(stats.t.ppf((1 + level) / 2, n - 1)) * se
    of = 0 if cases is None else items
    return Coefficient(
        name, value, se, value - half, min(1.0, value + half), n, method, level, items=of
    )
