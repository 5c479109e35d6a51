"""Sums over pairs of a positive and a negative case, for every two readings (U-statistics).

A reading wins a pair where it rates the positive case higher; a tie is half a win. Counted in
blocks of positive cases, so that no array of (readings, positives, negatives) is ever whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_CELLS = 1_000_000  # of a block; products of wins, in quarters, stay exact in 32-bit floats

# From sums over all pairs of pairs to sums over pairs that share what the row says only:
# both cases; the positive one; the negative one; neither (inclusion and exclusion).
DISTINCT = np.array([[1, 0, 0, 0], [-1, 1, 0, 0], [-1, 0, 1, 0], [1, -1, -1, 1]], np.float64)


@dataclass(frozen=True)
class PairSums:
    """(4, readings, readings): over the same pair, same positive, same negative, and all pairs.

    `wins` sums the products of two readings' wins, `counts` how many products there are.
    """

    wins: Floats
    counts: Floats

    def unbiased(self) -> tuple[Floats, Floats]:
        """Moments over distinct cases and their weights in an area's variance, (4, r, r) each."""
        wins = np.tensordot(DISTINCT, self.wins, 1)
        counts = np.tensordot(DISTINCT, self.counts, 1)
        moments = np.divide(wins, counts, out=np.full_like(wins, np.nan), where=counts > 0)
        return moments, counts / self.counts[3]


def pair_sums(readings: Floats, positive: npt.NDArray[np.bool_]) -> PairSums:
    """Count readings (r, cases); nan is a missing rating, and its pairs do not count.

    Source of the sums: Gallas, Bandos, Samuelson & Wagner 2009, Commun Stat Theory 38:2586.
    Example: one reading that rates two positive cases 3 and two negative ones 1 and 2 wins 4 pairs,
    8 products that share the positive case, 16 in all.
    """
    high, low = readings[:, positive], readings[:, ~positive]
    same, rows, columns = _won(high, low)
    total = rows.sum(1)
    wins = np.stack([same, rows @ rows.T, columns @ columns.T, np.outer(total, total)])
    return PairSums(wins, _counted(np.isfinite(high), np.isfinite(low)))


def _won(high: Floats, low: Floats) -> tuple[Floats, Floats, Floats]:
    """Products over the same pair (r, r), wins by positive (r, m) and by negative case (r, n)."""
    r, m, n = len(high), high.shape[1], low.shape[1]
    same, rows, columns = np.zeros((r, r)), np.zeros((r, m)), np.zeros((r, n))
    step = max(1, _CELLS // max(1, r * n))
    for begin in range(0, m, step):
        block = high[:, begin : begin + step, None]
        doubled = (block > low[:, None, :]).astype(np.float32)
        doubled += block >= low[:, None, :]
        flat = doubled.reshape(r, -1)
        same += (flat @ flat.T).astype(np.float64) / 4
        rows[:, begin : begin + step] = doubled.sum(2) / 2
        columns += doubled.sum(1) / 2
    return same, rows, columns


def _counted(high: npt.NDArray[np.bool_], low: npt.NDArray[np.bool_]) -> Floats:
    """How many products each sum has; a rated case is rated whatever it is compared with."""
    positives, negatives = high.astype(np.float64), low.astype(np.float64)
    m, n = positives.sum(1), negatives.sum(1)
    m_both, n_both = positives @ positives.T, negatives @ negatives.T
    m_each, n_each = np.outer(m, m), np.outer(n, n)
    return np.stack([m_both * n_both, m_both * n_each, m_each * n_both, m_each * n_each])
