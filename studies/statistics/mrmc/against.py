"""One algorithm against readers: is its figure of merit that of the readers' mean?

The algorithm is fixed, readers and cases are random. Each reader's difference from the algorithm
is the figure analysed by Hillis 2007's method for one condition (Stat Med 26:596, section 5.3),
as in Chakraborty 2017, Observer Performance Methods, chapter 22 (RJafroc: 1T-RRRC).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from studies.statistics.mrmc.anova import NOTHING
from studies.statistics.mrmc.merit import Crossed, merits
from studies.statistics.mrmc.obuchowski import LEAST_READERS
from studies.statistics.mrmc.spread import covariance

METHOD = "Hillis, one condition, readers and cases random, algorithm fixed (1T-RRRC)"


@dataclass(frozen=True)
class AlgorithmDifference:
    """Algorithm minus the mean of the readers; nan for what a variance of 0 does not allow."""

    figure: str
    covariance_method: str
    algorithm: float
    readers: tuple[float, ...]
    difference: float
    se: float
    df: float
    t: float
    p: float
    low: float
    high: float
    square: float  # between the readers' differences
    cov2: float
    method: str = METHOD

    @property
    def mean(self) -> float:
        """The readers' mean."""
        return sum(self.readers) / len(self.readers)


def algorithm_against_readers(
    data: Crossed,
    algorithm: int,
    figure: str = "auc",
    method: str = "jackknife",
    level: float = 0.95,
) -> AlgorithmDifference:
    """Test the reader at place `algorithm` against the mean of the others, one condition.

    The statistic is that of Obuchowski-Rockette where the algorithm's ratings, repeated for every
    reader, stand as the other condition. Raises ValueError with more than one condition, or with
    fewer than three readers beside the algorithm.
    Example: Van Dyke, condition 1, the first reader as algorithm -> .0283, t .779 of 5.48, p .468.
    """
    theta = merits(data, figure)
    if len(theta) != 1:
        raise ValueError("an algorithm is compared under one condition")
    others = [j for j in range(theta.shape[1]) if j != algorithm]
    if len(others) < LEAST_READERS:
        raise ValueError("three or more readers beside the algorithm are needed")
    cov = covariance(data, figure, method)
    psi = theta[0, algorithm] - theta[0, others]
    apart = np.eye(len(psi), dtype=bool)
    own = cov[algorithm, others]
    shared = cov[np.ix_(others, others)] - own[:, None] - own[None, :] + cov[algorithm, algorithm]
    square, cov2 = float(psi.var(ddof=1)), float(shared[~apart].mean())
    return _tested(
        figure, method, float(theta[0, algorithm]), tuple(float(v) for v in theta[0, others]),
        square, cov2, level,
    )  # fmt: skip


def _tested(
    figure: str,
    method: str,
    algorithm: float,
    readers: tuple[float, ...],
    square: float,
    cov2: float,
    level: float,
) -> AlgorithmDifference:
    j = len(readers)
    difference = algorithm - sum(readers) / j
    total = square + j * max(cov2, 0.0)
    if total <= NOTHING:
        nan = math.nan
        return AlgorithmDifference(
            figure, method, algorithm, readers, difference, nan, nan, nan, nan, nan, nan, square,
            cov2,
        )  # fmt: skip
    se = math.sqrt(total / j)
    df = total**2 / (square**2 / (j - 1)) if square > NOTHING else math.inf
    law = stats.t(df) if math.isfinite(df) else stats.norm()
    half, t = float(law.ppf((1 + level) / 2)) * se, difference / se
    p = float(2 * law.sf(abs(t)))
    return AlgorithmDifference(
        figure, method, algorithm, readers, difference, se, df, t, p,
        difference - half, difference + half, square, cov2,
    )  # fmt: skip
