"""Telling synthetic from real: 2x2 counts, d', criterion, balanced accuracy, tests and AUC.

The signal is "synthetic": a hit is a synthetic item called synthetic, a false alarm a real
item called synthetic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from studies.statistics.proportions import wilson
from studies.statistics.roc import Auc, auc


@dataclass(frozen=True)
class TwoByTwo:
    """Counts of one reader's real-or-synthetic answers; none below 0, else ValueError."""

    hits: int
    misses: int
    false_alarms: int
    correct_rejections: int

    def __post_init__(self) -> None:
        if min(self.hits, self.misses, self.false_alarms, self.correct_rejections) < 0:
            raise ValueError("counts of answers cannot be below 0")

    @property
    def signal(self) -> int:
        """Synthetic items."""
        return self.hits + self.misses

    @property
    def noise(self) -> int:
        """Real items."""
        return self.false_alarms + self.correct_rejections

    @property
    def correct(self) -> int:
        """Right answers of both kinds."""
        return self.hits + self.correct_rejections


@dataclass(frozen=True)
class Estimate:
    """A number on a real scale with standard error and interval."""

    value: float
    se: float
    low: float
    high: float
    n: int
    method: str
    level: float = 0.95


@dataclass(frozen=True)
class BinomialTest:
    """Exact two-sided test of `successes` of `n` against the proportion `null`."""

    successes: int
    n: int
    null: float
    p: float
    method: str = "exact binomial, two-sided"


def d_prime(table: TwoByTwo, *, corrected: bool = True, level: float = 0.95) -> Estimate:
    """Sensitivity index d' = z(H) - z(F); 0 means that synthetic cannot be told from real.

    With `corrected`, .5 is added to hits and false alarms and 1 to each total (log-linear,
    Hautus 1995, Behav Res Methods 27:46). Variance: Gourevitch & Galanter 1967, Psychometrika
    32:25. Example: 22/30 hits, 3/30 false alarms, uncorrected -> 1.9045.
    Raises ValueError when one kind of item is absent, or uncorrected with a rate of 0 or 1.
    """
    hit, false_alarm = _rates(table, corrected)
    z_hit, z_false = float(stats.norm.ppf(hit)), float(stats.norm.ppf(false_alarm))
    variance = _probit_variance(hit, z_hit, table.signal)
    variance += _probit_variance(false_alarm, z_false, table.noise)
    return _normal(z_hit - z_false, variance, table, corrected, level, "d'")


def criterion(table: TwoByTwo, *, corrected: bool = True, level: float = 0.95) -> Estimate:
    """Response bias c = -(z(H) + z(F)) / 2; above 0 the reader leans to "real".

    Source: Macmillan & Creelman 2005, Detection Theory, ch. 2; variance is a quarter of d''s.
    Example: 22/30 hits, 3/30 false alarms, uncorrected -> .3293. Raises as `d_prime`.
    """
    hit, false_alarm = _rates(table, corrected)
    z_hit, z_false = float(stats.norm.ppf(hit)), float(stats.norm.ppf(false_alarm))
    variance = _probit_variance(hit, z_hit, table.signal)
    variance += _probit_variance(false_alarm, z_false, table.noise)
    return _normal(-(z_hit + z_false) / 2, variance / 4, table, corrected, level, "c")


def balanced_accuracy(table: TwoByTwo, level: float = 0.95) -> Estimate:
    """Mean of the right answers on synthetic and on real items, 0..1; .5 is guessing.

    Interval: MOVER from the two Wilson intervals (Zou & Donner 2008, Stat Med 27:1693).
    Raises ValueError when one kind of item is absent.
    Example: 22/30 hits, 3/30 false alarms -> .8167 [.6983, .8871].
    """
    _require_both(table)
    first = wilson(table.hits, table.signal, level)
    second = wilson(table.correct_rejections, table.noise, level)
    value = (first.estimate + second.estimate) / 2
    below = math.hypot(first.estimate - first.low, second.estimate - second.low) / 2
    above = math.hypot(first.high - first.estimate, second.high - second.estimate) / 2
    variance = sum(p.estimate * (1 - p.estimate) / p.n for p in (first, second)) / 4
    n = table.signal + table.noise
    method = "mean of two proportions, MOVER of Wilson"
    return Estimate(value, math.sqrt(variance), value - below, value + above, n, method, level)


def binomial_test(successes: int, n: int, null: float) -> BinomialTest:
    """Exact two-sided binomial test (sum of outcomes no likelier than the one seen, as R).

    Example: binomial_test(189, 302, 182 / 302).p -> .4447. Raises ValueError for n = 0.
    """
    return BinomialTest(successes, n, null, float(stats.binomtest(successes, n, null).pvalue))


def prevalence_test(table: TwoByTwo) -> BinomialTest:
    """Are all right answers together more (or fewer) than one answer throughout would score?

    The null is the share of the commoner kind: with 182 real and 120 synthetic items saying
    "real" throughout scores 60.3 %. Source: READING section 5; exact two-sided binomial test.
    Example: 189 right of 302 -> p .4447. Raises ValueError when one kind of item is absent.
    """
    _require_both(table)
    n = table.signal + table.noise
    return binomial_test(table.correct, n, max(table.signal, table.noise) / n)


def origin_auc(
    synthetic: npt.ArrayLike, said_synthetic: npt.ArrayLike, confidence: npt.ArrayLike,
    level: float = 0.95,
) -> Auc:  # fmt: skip
    """Area under the ROC of confidence that an item is synthetic, 0..1, with DeLong's interval.

    Args, each (n,): the truth, the answer, and confidence >= 0 in that answer. The rating is
    +confidence after "synthetic" and -confidence after "real" (READING section 5), ties one half.
    Example: confidence 1 throughout gives the balanced accuracy. Raises ValueError for unequal
    lengths, a negative or missing confidence, or when one kind of item is absent.
    """
    truth, said = np.asarray(synthetic, np.bool_), np.asarray(said_synthetic, np.bool_)
    sure = np.asarray(confidence, np.float64)
    if not truth.shape == said.shape == sure.shape or truth.ndim != 1:
        raise ValueError("truth, answers and confidence must list the same items")
    if not (np.isfinite(sure).all() and (sure >= 0).all()):
        raise ValueError("confidence must be a number of 0 or more for every item")
    rating = np.where(said, sure, -sure)
    return auc(rating[truth], rating[~truth], level)


def _require_both(table: TwoByTwo) -> None:
    if not table.signal or not table.noise:
        raise ValueError("real and synthetic items are both needed")


def _rates(table: TwoByTwo, corrected: bool) -> tuple[float, float]:
    _require_both(table)
    add = 0.5 if corrected else 0.0
    hit = (table.hits + add) / (table.signal + 2 * add)
    false_alarm = (table.false_alarms + add) / (table.noise + 2 * add)
    if not (0 < hit < 1 and 0 < false_alarm < 1):
        raise ValueError("a rate of 0 or 1 has no z value without the correction")
    return hit, false_alarm


def _probit_variance(rate: float, z: float, n: int) -> float:
    return rate * (1 - rate) / (n * float(stats.norm.pdf(z)) ** 2)


def _normal(
    value: float, variance: float, table: TwoByTwo, corrected: bool, level: float, name: str
) -> Estimate:
    if not 0 < level < 1:
        raise ValueError(f"the confidence level {level} is not between 0 and 1")
    se = math.sqrt(variance)
    half = float(stats.norm.ppf((1 + level) / 2)) * se
    method = f"{name}, log-linear correction" if corrected else name
    n = table.signal + table.noise
    return Estimate(value, se, value - half, value + half, n, method, level)
