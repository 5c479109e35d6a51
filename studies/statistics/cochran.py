"""More than two readers on the same items: is any of them more often right?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy import stats

from studies.statistics.holm import holm
from studies.statistics.paired import (
    McNemar,
    PairedDifference,
    mcnemar,
    paired_difference,
    paired_table,
)

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CochranQ:
    """Cochran's test that all readers are right equally often, over `n` items.

    `differing` items were not answered alike (all right or all wrong) and alone bear on `q`;
    `left_out` items were not answered by everybody.
    """

    q: float
    df: int
    p: float
    n: int
    differing: int
    left_out: int
    method: str = "Cochran's Q, chi-square"


@dataclass(frozen=True)
class ReaderComparison:
    """Two readers of several: exact McNemar, and its p adjusted by Holm over all pairs."""

    first: str
    second: str
    mcnemar: McNemar
    difference: PairedDifference
    p_holm: float
    method: str = "exact McNemar, Holm over all pairs"


def cochran_q(right: npt.ArrayLike) -> CochranQ:
    """Cochran's Q of (items, readers) answers: 1 right, 0 wrong, nan unanswered.

    Items that anybody left unanswered are left out. For two readers Q is McNemar's chi-square
    without correction. Source: Cochran 1950, Biometrika 37:256. Where no item tells the readers
    apart Q is 0 and p is 1. Raises ValueError for fewer than two readers, for no item answered by
    all, and for other values. Example (SAS FREQ, three drugs, 46 patients): Q 8.4706, p .0145.
    """
    table, left_out = _answered_by_all(right)
    readers = table.shape[1]
    columns, rows = table.sum(0), table.sum(1)
    differing = int(((rows > 0) & (rows < readers)).sum())
    df = readers - 1
    below = readers * float(rows.sum()) - float((rows**2).sum())
    if below == 0:
        return CochranQ(0.0, df, 1.0, len(table), 0, left_out)
    q = df * (readers * float((columns**2).sum()) - float(columns.sum()) ** 2) / below
    return CochranQ(q, df, float(stats.chi2.sf(q, df)), len(table), differing, left_out)


def compare_readers(names: Sequence[str], right: npt.ArrayLike) -> tuple[ReaderComparison, ...]:
    """Every pair of readers over the items that both answered, exact McNemar with Holm.

    `right` as in `cochran_q`, a column a name. Source: McNemar 1947; Holm 1979, Scand J Stat
    6:65; difference: Newcombe 1998, method 10. Raises ValueError as `cochran_q`, and where a pair
    has no item in common. Example: readers right on 3, 3 and 0 of 3 items -> p .25 twice and 1,
    by Holm .75, .75 and 1.
    """
    table = _checked(right)
    if table.shape[1] != len(names):
        raise ValueError("every reader needs a name and a column")
    pairs = list(combinations(range(len(names)), 2))
    tests = [_pair(table[:, i], table[:, j]) for i, j in pairs]
    adjusted = holm([test.p for test, _ in tests])
    return tuple(
        ReaderComparison(names[i], names[j], test, difference, p)
        for (i, j), (test, difference), p in zip(pairs, tests, adjusted, strict=True)
    )


def _pair(first: FloatArray, second: FloatArray) -> tuple[McNemar, PairedDifference]:
    both = ~(np.isnan(first) | np.isnan(second))
    table = paired_table((first[both] == 1).tolist(), (second[both] == 1).tolist())
    return mcnemar(table), paired_difference(table)


def _answered_by_all(right: npt.ArrayLike) -> tuple[FloatArray, int]:
    table = _checked(right)
    whole = table[~np.isnan(table).any(1)]
    if not len(whole):
        raise ValueError("no item was answered by every reader")
    return whole, len(table) - len(whole)


def _checked(right: npt.ArrayLike) -> FloatArray:
    table = np.asarray(right, np.float64)
    if table.ndim != 2 or table.shape[1] < 2:
        raise ValueError("at least two readers are needed, a column each")
    if not (np.isnan(table) | (table == 0) | (table == 1)).all():
        raise ValueError("an answer is right (1), wrong (0) or missing (nan)")
    return table
