"""Is Fleiss' kappa more than chance? The test with the error that holds under the null."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from studies.statistics.agreement.raters import MISSING, Ratings

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FleissTest:
    """Fleiss' kappa of `n` items against 0; `se0` is its error when readers answer by chance.

    `left_out` items were not answered by every reader.
    """

    kappa: float
    se0: float
    z: float
    p: float
    n: int
    readers: int
    left_out: int
    method: str = "Fleiss' kappa, null error, two-sided"


def fleiss_test(ratings: Ratings, categories: int) -> FleissTest:
    """Test of Fleiss' kappa = 0 on (items, readers) ratings, MISSING where unanswered.

    Items with a missing answer are left out, as R irr kappam.fleiss does. Source: Fleiss, Nee &
    Landis 1979, Psychol Bull 86:974. Raises ValueError where no item is left, where there is one
    reader, and where every answer is the same class (kappa is then undefined).
    Example (Fleiss 1971, 30 patients, 6 raters): kappa .4302, z 17.65.
    """
    whole = ratings[(ratings != MISSING).all(1)]
    if not len(whole):
        raise ValueError("no item was answered by every reader")
    if whole.max() >= categories:
        raise ValueError("there are more classes in the answers than were named")
    counts = (whole[:, :, None] == np.arange(categories)).sum(1).astype(np.float64)
    kappa, se0 = _kappa(counts)
    z = kappa / se0
    left_out = len(ratings) - len(whole)
    p = float(2 * stats.norm.sf(abs(z)))
    return FleissTest(kappa, se0, z, p, len(whole), whole.shape[1], left_out)


def fleiss_z(counts: npt.ArrayLike) -> float:
    """z of Fleiss' kappa against 0 for (items, categories) counts with equal readers an item.

    Source: Fleiss, Nee & Landis 1979, Psychol Bull 86:974 (as R irr kappam.fleiss). Raises
    ValueError for unequal readers, fewer than two, and where all answers are one class.
    Example: fleiss_z([[3, 0], [0, 3], [2, 1], [1, 2]]) -> 1.155.
    """
    kappa, se0 = _kappa(np.asarray(counts, np.float64))
    return kappa / se0


def _kappa(table: Floats) -> tuple[float, float]:
    """Kappa and its null error from (items, categories) counts."""
    readers = float(table.sum(1)[0])
    if not np.allclose(table.sum(1), readers):
        raise ValueError("every item needs the same number of answers")
    if readers < 2:
        raise ValueError("agreement needs two readers")
    use = table.sum(0) / table.sum()
    spread = use * (1 - use)
    if math.isclose(float(use.max()), 1.0):
        raise ValueError("every answer is the same class, so kappa is undefined")
    agree = float(((table * (table - 1)).sum(1) / (readers * (readers - 1))).mean())
    kappa = (agree - float((use**2).sum())) / float(spread.sum())
    inner = float(spread.sum() ** 2 - (spread * (1 - 2 * use)).sum())
    se0 = math.sqrt(2 * inner / (len(table) * readers * (readers - 1))) / float(spread.sum())
    return kappa, se0
