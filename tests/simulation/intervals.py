"""How often the intervals that the program prints hold the truth: counted, and simulated."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats
from simulation.monte_carlo import Share

from studies.statistics.proportions import wilson
from studies.statistics.roc import auc

Floats = npt.NDArray[np.float64]
SHARES = np.linspace(0.50, 0.95, 91)  # the proportions that coverage is averaged over


def wilson_holds(n: int, shares: Floats) -> npt.NDArray[np.bool_]:
    """(n + 1, shares): whether the interval of k of n holds each true share."""
    found = [wilson(k, n) for k in range(n + 1)]
    low, high = (np.array([getattr(one, end) for one in found]) for end in ("low", "high"))
    return np.asarray((low[:, None] <= shares) & (shares <= high[:, None]))


def exact_wilson(n: int, shares: Floats) -> Floats:
    """(shares,) coverage by enumeration of every count (Brown, Cai & DasGupta 2001, eq. 1)."""
    chance = stats.binom.pmf(np.arange(n + 1)[:, None], n, shares)
    return np.asarray((chance * wilson_holds(n, shares)).sum(0))


def simulated_wilson(n: int, shares: Floats, count: int, seed: int) -> Share:
    """Coverage in `count` samples of each share, all together."""
    drawn = np.random.default_rng(seed).binomial(n, shares, (count, len(shares)))
    holds = wilson_holds(n, shares)[drawn, np.arange(len(shares))]
    return Share(int(holds.sum()), holds.size)


@dataclass(frozen=True)
class AreaCoverage:
    """How often the intervals of an area hold it, and on which side the others lie."""

    delong: Share
    logit: Share
    delong_below: Share  # the truth lies below the interval
    logit_below: Share


def simulated_area(
    area: float, positives: int, negatives: int, count: int, seed: int
) -> AreaCoverage:
    """Coverage of the intervals for two normal kinds of equal variance with this area."""
    rng = np.random.default_rng(seed)
    shift = math.sqrt(2) * float(stats.norm.ppf(area))
    found = [
        auc(rng.normal(shift, 1.0, positives), rng.normal(0.0, 1.0, negatives))
        for _ in range(count)
    ]
    return AreaCoverage(
        Share.of(one.low <= area <= one.high for one in found),
        Share.of(one.logit.low <= area <= one.logit.high for one in found),
        Share.of(area < one.low for one in found),
        Share.of(area < one.logit.low for one in found),
    )
