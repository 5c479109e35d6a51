"""Components of variance without a pilot, by Obuchowski's conventions."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import integrate, stats

from studies.statistics.mrmc.anova import VarianceComponents

SMALL, MODERATE, LARGE = 0.01, 0.05, 0.10
"""Ranges of AUC between readers, best less worst: Obuchowski 2000, AJR 175:603."""


@dataclass(frozen=True)
class Conjecture:
    """What is supposed of readers and cases where no pilot has been read.

    `auc` is the readers' mean, above .5 and below 1; `reader_sd` the standard deviation of their
    true AUCs and `repeat_sd` that of one reader's AUC on a second reading of the same images.
    Correlations, 0..1: `same_readers` of the readers' true AUCs under the two conditions (rb);
    `rho1` of AUCs from the same cases by one reader under two conditions, `rho2` by two readers
    under one, `rho3` by two readers under two. Defaults: rho1 .47 of Rockette et al. 1999, Acad
    Radiol 6:723, rb .8 and rho2 = rho3, as R's MRMCsamplesize takes them from Obuchowski. `ratio`
    is negative cases to each positive one. ValueError for impossible values.
    """

    auc: float
    reader_sd: float
    repeat_sd: float = 0.0
    same_readers: float = 0.8
    rho1: float = 0.47
    rho2: float = 0.3
    rho3: float = 0.3
    ratio: float = 1.0

    def __post_init__(self) -> None:
        if not 0.5 < self.auc < 1:
            raise ValueError("the mean AUC lies above .5 and below 1")
        if not (0 <= self.reader_sd < 0.5 and 0 <= self.repeat_sd < 0.5):
            raise ValueError("the standard deviations of AUC lie between 0 and .5")
        if not all(0 <= r <= 1 for r in (self.same_readers, self.rho1, self.rho2, self.rho3)):
            raise ValueError("the correlations lie between 0 and 1")
        if not self.rho3 <= min(self.rho1, self.rho2):
            raise ValueError("rho3 is at most rho1 and rho2, for it shares the least")
        if self.rho1 == 1:
            raise ValueError("rho1 lies below 1, else the conditions cannot differ")
        if not 0.01 <= self.ratio <= 100:
            raise ValueError("the ratio of negative to positive cases lies between .01 and 100")


def auc_variance(auc: float, positives: float, negatives: float) -> float:
    """Variance of one reader's estimated AUC over samples of cases, for binormal ratings.

    Source: Obuchowski 1994, Invest Radiol 29:238: with a = 1.414 z(AUC) and r negatives to a
    positive, .0099 exp(-a²/2) ((5a² + 8) + (a² + 8) / r) / positives. Raises ValueError for an AUC
    outside .5..1 or no cases. Made for ratings in categories: against simulated continuous
    ratings it is .94 of their variance at AUC .60, 1.2 at .75 and 1.5 at .90. Example:
    AUC .75, 25 and 25 cases -> .0054.
    """
    if not 0.5 <= auc < 1:
        raise ValueError("the AUC lies from .5 to below 1")
    if positives <= 0 or negatives <= 0:
        raise ValueError("positive and negative cases are both needed")
    a2 = (1.414 * float(stats.norm.ppf(auc))) ** 2
    ratio = negatives / positives
    return 0.0099 * math.exp(-a2 / 2) * ((5 * a2 + 8) + (a2 + 8) / ratio) / positives


def conjectured_components(guess: Conjecture, cases: int) -> VarianceComponents:
    """Obuchowski and Rockette's components for `cases` cases, to be used as a pilot's.

    Source: Obuchowski & Rockette 1995, Commun Stat 24:285; Zhou, Obuchowski & McClish 2011,
    Statistical Methods in Diagnostic Medicine, 2nd ed., ch. 6. The variance between readings of
    one reader does not shrink with more cases there, so it is put with the readers' own. Raises
    ValueError for fewer than two cases. Example: AUC .75, 10 readers of SD .0325, repeats of SD
    .0443: 25 + 25 cases give power .80 for a difference of .10 (R's MRMCsamplesize).
    """
    if cases < 2:
        raise ValueError("at least two cases are needed")
    positives = cases / (1 + guess.ratio)
    error = auc_variance(guess.auc, positives, cases - positives)
    between = guess.reader_sd**2
    return VarianceComponents(
        between * guess.same_readers,
        between * (1 - guess.same_readers) + guess.repeat_sd**2,
        error,
        guess.rho1 * error,
        guess.rho2 * error,
        guess.rho3 * error,
    )


def sd_of_range(spread: float, readers: int) -> float:
    """Standard deviation of readers whose AUCs are expected to differ by `spread`, best less worst.

    The range of a normal sample: its expectation for `readers` in units of the SD (Tippett 1925,
    Biometrika 17:364). Raises ValueError for fewer than two readers or a negative range. Example:
    range .1 of 10 readers -> .0325.
    """
    if readers < 2:
        raise ValueError("a range needs two or more readers")
    if not 0 <= spread < 1:
        raise ValueError("the range of AUC lies between 0 and 1")

    def outside(x: float) -> float:
        below = float(stats.norm.cdf(x))
        return 1.0 - below**readers - (1.0 - below) ** readers

    expected, _ = integrate.quad(outside, -8.0, 8.0)
    return spread / float(expected)
