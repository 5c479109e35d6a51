"""Is a reader's balanced accuracy equivalent to guessing? Two one-sided tests around .5."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from studies.statistics.detection import TwoByTwo

LARGEST_EXACT = 400  # items; beyond it the normal approximation is used
_GRID = 401
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Equivalence:
    """TOST of balanced accuracy: equivalent to .5 within `margin` where `p` is below alpha."""

    value: float
    margin: float
    p_above_low: float  # against balanced accuracy <= .5 - margin
    p_below_high: float  # against balanced accuracy >= .5 + margin
    n: int
    method: str

    @property
    def p(self) -> float:
        """The larger of the two one-sided p values."""
        return max(self.p_above_low, self.p_below_high)


def equivalence(table: TwoByTwo, margin: float = 0.10) -> Equivalence:
    """Two one-sided tests that balanced accuracy lies within .5 -/+ margin.

    Source: Schuirmann 1987, J Pharmacokinet Biopharm 15:657. Up to 400 items exact and
    unconditional: outcomes are ordered by the estimate and the p value is the largest over all
    pairs of rates on the boundary (Chan 1998, Stat Med 17:1403; a grid of 401 pairs). Beyond,
    normal with the estimate's own error. Raises ValueError where a kind of item is absent or
    the margin is not between 0 and .5.
    """
    if not 0 < margin < 0.5:
        raise ValueError("the margin lies between 0 and .5")
    if not table.signal or not table.noise:
        raise ValueError("real and synthetic items are both needed")
    value = (table.hits / table.signal + table.correct_rejections / table.noise) / 2
    n = table.signal + table.noise
    if n <= LARGEST_EXACT:
        above = _exact_tail(table, 0.5 - margin)
        mirrored = TwoByTwo(table.misses, table.hits, table.correct_rejections, table.false_alarms)
        below = _exact_tail(mirrored, 0.5 - margin)
        return Equivalence(value, margin, above, below, n, "TOST, exact by enumeration")
    above, below = _normal_tails(table, value, margin)
    return Equivalence(value, margin, above, below, n, "TOST, normal")


def _exact_tail(table: TwoByTwo, null: float) -> float:
    """Largest P(estimate >= the one seen) over rates whose mean is `null`."""
    seen = table.hits * table.noise + table.correct_rejections * table.signal
    hits = np.arange(table.signal + 1)
    needed = np.ceil((seen - hits * table.noise) / table.signal - 1e-9)
    first = np.linspace(max(0.0, 2 * null - 1), min(1.0, 2 * null), _GRID)
    chance: Floats = stats.binom.pmf(hits[None, :], table.signal, first[:, None])
    tail = stats.binom.sf(needed[None, :] - 1, table.noise, 2 * null - first[:, None])
    return float(min(1.0, (chance * tail).sum(1).max()))


def _normal_tails(table: TwoByTwo, value: float, margin: float) -> tuple[float, float]:
    rates = ((table.hits, table.signal), (table.correct_rejections, table.noise))
    # Half a success is added so that a rate of 0 or 1 keeps an error.
    smooth = [((k + 0.5) / (n + 1), n) for k, n in rates]
    se = math.sqrt(sum(p * (1 - p) / n for p, n in smooth)) / 2
    above = float(stats.norm.sf((value - 0.5 + margin) / se))
    below = float(stats.norm.sf((0.5 + margin - value) / se))
    return above, below


def equivalence_power(signal: int, noise: int, margin: float = 0.10, alpha: float = 0.05) -> float:
    """Power of the test when the truth is exactly .5, by normal approximation, 0..1.

    Example: 120 synthetic and 182 real items -> .92 at a margin of .10, .04 at .05.
    """
    se = math.sqrt(0.25 / signal + 0.25 / noise) / 2
    reach = margin / se - float(stats.norm.isf(alpha))
    return max(0.0, 2 * float(stats.norm.cdf(reach)) - 1)
