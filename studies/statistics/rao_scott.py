"""Proportions of lesions where several belong to one patient: intervals that know it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from studies.statistics.proportions import percent_text, wilson_limits

FloatArray = npt.NDArray[np.float64]

ALL_ALIKE = "all lesions were answered alike, so patients are counted in place of lesions"
ONE_PATIENT = "all lesions belong to one patient, who is counted once"


@dataclass(frozen=True)
class ClusteredProportion:
    """`successes` of `n` lesions in `patients` patients; shares 0..1.

    `se` is the ratio estimator's error; `design_effect` its variance over the binomial one;
    `effective_n` the number of independent lesions that tell as much, never above `n`.
    `low`..`high` is Wilson's interval at `effective_n`, `wald_low`..`wald_high` estimate -/+ z se.
    Where no error can be estimated `se`, `design_effect` and the Wald limits are nan, `effective_n`
    is the number of patients, and `reason` says why. With n = 0 as `Proportion`.
    """

    successes: int
    n: int
    patients: int
    estimate: float
    se: float
    design_effect: float
    effective_n: float
    low: float
    high: float
    wald_low: float
    wald_high: float
    level: float = 0.95
    method: str = "Wilson at Rao-Scott's effective sample size"
    reason: str = ""

    @property
    def percent(self) -> str:
        """The estimate in percent with one decimal, rounded half up from the counts."""
        return percent_text(self.successes, self.n)

    @property
    def interval(self) -> str:
        """The interval in percent, as `[72.8, 82.1]`."""
        return f"[{100 * self.low:.1f}, {100 * self.high:.1f}]"


def clustered_proportion(
    right: Sequence[bool], patients: Sequence[str], level: float = 0.95
) -> ClusteredProportion:
    """Share of lesions right, with intervals widened for lesions that share a patient.

    With x_k right of n_k in patient k of K, and p the share of all N: variance of the ratio
    K/(K-1) sum (x_k - p n_k)² / N² (Cochran 1977; Obuchowski 1998, Stat Med 17:1495), effective
    size N / design effect (Rao & Scott 1992, Biometrics 48:577), at most N (Korn & Graubard 1998,
    Surv Methodol 24:193). Raises ValueError for unequal lengths or an impossible level.
    Example (Genders et al. 2012, Radiology 265:910): 50 of 93 segments of 38 patients ->
    .538, ratio estimator .414 to .662.
    """
    if len(right) != len(patients):
        raise ValueError("the answers and the patients must list the same lesions")
    if not 0 < level < 1:
        raise ValueError(f"the confidence level {level} is not between 0 and 1")
    nan = math.nan
    if not len(right):
        return ClusteredProportion(0, 0, 0, nan, nan, nan, 0.0, 0.0, 1.0, nan, nan, level)
    successes, sizes = _by_patient(right, patients)
    total, n, count = int(successes.sum()), len(right), len(sizes)
    p = total / n
    reason = ALL_ALIKE if total in (0, n) else ONE_PATIENT if count == 1 else ""
    if reason:
        low, high = wilson_limits(p, count, level)
        return ClusteredProportion(
            total, n, count, p, nan, nan, count, low, high, nan, nan, level, reason=reason
        )
    spread = float(((successes - p * sizes) ** 2).sum())
    variance = count / (count - 1) * spread / n**2
    effect = n * variance / (p * (1 - p))
    effective = n / max(1.0, effect)
    reach = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(variance)
    return ClusteredProportion(
        total,
        n,
        count,
        p,
        math.sqrt(variance),
        effect,
        effective,
        *wilson_limits(p, effective, level),
        max(0.0, p - reach),
        min(1.0, p + reach),
        level,
    )


def _by_patient(right: Sequence[bool], patients: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Right answers and lesions of each patient, (K,) each."""
    numbers: dict[str, int] = {}
    owner = [numbers.setdefault(name, len(numbers)) for name in patients]
    told = np.asarray([bool(one) for one in right], np.float64)
    return np.bincount(owner, told).astype(np.float64), np.bincount(owner).astype(np.float64)
