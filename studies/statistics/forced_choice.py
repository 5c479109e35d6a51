"""Sensitivity from pairs: which of two is the signal (two-alternative forced choice)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from studies.statistics.proportions import wilson


@dataclass(frozen=True)
class PairedSensitivity:
    """d' of pairs with its interval; `corrected` tells whether the log-linear rule was used."""

    value: float
    low: float
    high: float
    n: int
    corrected: bool
    method: str = "sqrt(2) z(share right), limits from Wilson's"
    level: float = 0.95


def paired_d_prime(
    correct: int, n: int, *, corrected: bool = True, level: float = 0.95
) -> PairedSensitivity:
    """d' = sqrt(2) z(p), p the share of pairs in which the signal was found; 0 is guessing.

    Source: Green & Swets 1966, Signal Detection Theory, ch. 2; Macmillan & Creelman 2005, ch. 7.
    With `corrected`, .5 is added to the right answers and 1 to the pairs (Hautus 1995). Wilson's
    limits of p go through the same formula; infinite where one is 0 or 1.
    Example: 15 of 20, uncorrected -> .9539 (z(.75) = .6745).
    Raises ValueError without pairs, for impossible counts, or uncorrected where all or none is
    right.
    """
    if n < 1:
        raise ValueError("there is no pair to take a sensitivity from")
    limits = wilson(correct, n, level)
    share = (correct + 0.5) / (n + 1) if corrected else correct / n
    if not 0 < share < 1:
        raise ValueError("a share of 0 or 1 has no sensitivity without the correction")
    value = math.sqrt(2) * NormalDist().inv_cdf(share)
    return PairedSensitivity(value, _limit(limits.low), _limit(limits.high), n, corrected)


def _limit(share: float) -> float:
    if share in (0.0, 1.0):
        return math.inf if share else -math.inf
    return math.sqrt(2) * NormalDist().inv_cdf(share)
