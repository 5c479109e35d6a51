"""Sensitivity from pairs: which of two is the signal (two-alternative forced choice)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

from studies.statistics.detection import Estimate, TwoByTwo, criterion, d_prime
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


@dataclass(frozen=True)
class SidedSensitivity:
    """d' of pairs that allows for a preferred side, and that preference.

    `bias` is c: below 0 the left side is chosen too often, above 0 the right one.
    """

    d_prime: Estimate
    bias: Estimate


def sided_d_prime(
    table: TwoByTwo, *, corrected: bool = True, level: float = 0.95
) -> SidedSensitivity:
    """d' = (z(H) - z(F)) / sqrt(2) and c = -(z(H) + z(F)) / 2 of pairs shown side by side.

    `table` counts the answer "left": H is its share of the pairs with the signal at the left, F of
    those with it at the right; so hits are left said of left, false alarms left said of right.
    Source: Macmillan & Creelman 2005, Detection Theory, ch. 7; errors and correction as `d_prime`.
    Example: of 20 pairs with the signal at the left 15 are called left, of 20 at the right 5,
    uncorrected -> d' .9539 and c 0, as `paired_d_prime` of 30 in 40.
    Raises ValueError when the signal was never at one of the sides, or as `d_prime`.
    """
    single = d_prime(table, corrected=corrected, level=level)
    root = math.sqrt(2)
    own = replace(
        single,
        value=single.value / root,
        low=single.low / root,
        high=single.high / root,
        se=single.se / root,
    )
    return SidedSensitivity(own, criterion(table, corrected=corrected, level=level))


def paired_d_prime(
    correct: int, n: int, *, corrected: bool = True, level: float = 0.95
) -> PairedSensitivity:
    """d' = sqrt(2) z(p), p the share of pairs in which the signal was found; 0 is guessing.

    It takes no side to be preferred: one who prefers a side gets a lower d' than is due, and
    `sided_d_prime` allows for it.
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
