"""Mean squares and mean covariances of (conditions, readers) figures of merit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
NOTHING = 1e-12  # of a variance: less than ratings can give, more than rounding leaves


@dataclass(frozen=True)
class VarianceComponents:
    """OR's components: `error` is the mean variance, `cov1` same reader, `cov2` same condition.

    `reader` and `condition_reader` are ANOVA estimates, which may be negative (Hillis 2014).
    """

    reader: float
    condition_reader: float
    error: float
    cov1: float
    cov2: float
    cov3: float

    def dbm(self, cases: int) -> tuple[tuple[str, float], ...]:
        """Dorfman-Berbaum-Metz components of pseudovalues over `cases`, by name.

        Source: Hillis, Obuchowski, Schartz & Berbaum 2005, Stat Med 24:1579; with the jackknife
        they are those of the pseudovalues' own analysis of variance. Example: Van Dyke -> C .02725.
        """
        k = cases
        return (
            ("R", self.reader),
            ("C", k * self.cov3),
            ("TR", self.condition_reader),
            ("TC", k * (self.cov2 - self.cov3)),
            ("RC", k * (self.cov1 - self.cov3)),
            ("TRC_error", k * (self.error - self.cov1 - self.cov2 + self.cov3)),
        )


@dataclass(frozen=True)
class MeanSquares:
    """Of the conditions, the readers and their interaction; nan where there is only one."""

    condition: float
    reader: float
    both: float


@dataclass(frozen=True)
class Table:
    """(conditions, readers) figures of merit, their mean squares and mean covariances."""

    theta: Floats
    squares: MeanSquares
    error: float
    cov1: float
    cov2: float
    cov3: float

    @property
    def shared(self) -> float:
        """max(cov2 - cov3, 0): OR's guard against a negative estimate, in every denominator."""
        return max(self.cov2 - self.cov3, 0.0)

    @property
    def components(self) -> VarianceComponents:
        """Estimates of Hillis 2014, Stat Med 33:330, unguarded as Iowa and MRMCaov print them."""
        i, ms = len(self.theta), self.squares
        reader = (ms.reader - ms.both) / i - self.cov1 + self.cov3
        both = ms.both - self.error + self.cov1 + self.cov2 - self.cov3
        return VarianceComponents(reader, both, self.error, self.cov1, self.cov2, self.cov3)


def anova(theta: Floats, cov: Floats) -> Table:
    """Table of (i, j) figures and the (ij, ij) covariance, readers within conditions.

    Source: Hillis 2007, Stat Med 26:596. Example: Van Dyke, jackknife -> mean squares .004796 of
    the conditions, .003836 of the readers, .000551 of both; cov1 .000347.
    """
    i, j = theta.shape
    condition, reader = np.repeat(np.arange(i), j), np.tile(np.arange(j), i)
    same_condition = condition[:, None] == condition[None, :]
    same_reader = reader[:, None] == reader[None, :]

    def mean(mask: npt.NDArray[np.bool_]) -> float:
        return float(cov[mask].mean()) if mask.any() else 0.0

    return Table(
        theta,
        _squares(theta),
        mean(same_condition & same_reader),
        mean(~same_condition & same_reader),
        mean(same_condition & ~same_reader),
        mean(~same_condition & ~same_reader),
    )


def _squares(theta: Floats) -> MeanSquares:
    i, j = theta.shape
    by_condition, by_reader, grand = theta.mean(1), theta.mean(0), theta.mean()
    rest = theta - by_condition[:, None] - by_reader[None, :] + grand

    def over(sum_of_squares: float, df: int) -> float:
        return sum_of_squares / df if df else math.nan

    return MeanSquares(
        over(j * float(((by_condition - grand) ** 2).sum()), i - 1),
        over(i * float(((by_reader - grand) ** 2).sum()), j - 1),
        over(float((rest**2).sum()), (i - 1) * (j - 1)),
    )
