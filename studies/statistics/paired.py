"""Two readers (or a reader and a network) on the same items."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

from studies.statistics.proportions import wilson


@dataclass(frozen=True)
class PairedTable:
    """How often two answerers were right on the same items."""

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def n(self) -> int:
        """Items answered by both."""
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def discordant(self) -> int:
        """Items on which exactly one was right."""
        return self.only_first + self.only_second


@dataclass(frozen=True)
class McNemar:
    """McNemar's test; `p` is exact, the chi-squares and the mid-p are given beside it.

    `mid_p` counts half of the outcome seen: less cautious than `p`, seldom above its level.
    """

    table: PairedTable
    p: float
    chi2: float
    chi2_p: float
    corrected_chi2: float
    corrected_p: float
    mid_p: float
    method: str = "exact McNemar, two-sided"


@dataclass(frozen=True)
class PairedDifference:
    """Difference of two proportions on the same items, first minus second, -1..1."""

    value: float
    low: float
    high: float
    n: int
    method: str
    level: float = 0.95


def paired_table(first_right: Sequence[bool], second_right: Sequence[bool]) -> PairedTable:
    """Count right and wrong of two answerers over the same items in the same order.

    Raises ValueError for unequal lengths. Example: paired_table([1, 1, 0], [1, 0, 0]) -> 1 1 0 1.
    """
    cells = list(zip(first_right, second_right, strict=True))
    return PairedTable(
        sum(a and b for a, b in cells),
        sum(a and not b for a, b in cells),
        sum(b and not a for a, b in cells),
        sum(not a and not b for a, b in cells),
    )


def mcnemar(table: PairedTable) -> McNemar:
    """Exact McNemar test of equal proportions, from the discordant items.

    Source: McNemar 1947, Psychometrika 12:153; exact form: binomial at .5; mid-p: Fagerland,
    Lydersen & Laake 2013, BMC Med Res Methodol 13:91. Without discordant items p is 1.
    Example: 50 and 24 discordant -> p .00337 (chi-square 9.135, .0025); 6 and 16 -> p .0525,
    mid-p .0347.
    """
    first, second, n = table.only_first, table.only_second, table.discordant
    if n == 0:
        return McNemar(table, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0)
    chi2 = (first - second) ** 2 / n
    corrected = max(0, abs(first - second) - 1) ** 2 / n
    exact = float(stats.binomtest(first, n, 0.5).pvalue)
    return McNemar(
        table,
        exact,
        chi2,
        float(stats.chi2.sf(chi2, 1)),
        corrected,
        float(stats.chi2.sf(corrected, 1)),
        _mid_p(first, n, exact),
    )


def _mid_p(first: int, n: int, exact: float) -> float:
    """The exact p less the chance of the outcome seen; half of it where the two sides are even."""
    seen = float(stats.binom.pmf(first, n, 0.5))
    return 1 - seen / 2 if 2 * first == n else exact - seen


def paired_difference(table: PairedTable, level: float = 0.95) -> PairedDifference:
    """Difference of the two proportions right, with Newcombe's square-and-add interval.

    Source: Newcombe 1998, Stat Med 17:2635, method 10 (Wilson limits, phi with correction).
    Raises ValueError for an empty table. Example (his table II): 36 both, 12 and 2 discordant,
    0 neither -> .20 [.0569, .3404].
    """
    if table.n == 0:
        raise ValueError("no item was answered by both")
    first = wilson(table.both + table.only_first, table.n, level)
    second = wilson(table.both + table.only_second, table.n, level)
    phi = _corrected_phi(table)
    value = (table.only_first - table.only_second) / table.n
    down = _combine(first.estimate - first.low, second.high - second.estimate, phi)
    up = _combine(first.high - first.estimate, second.estimate - second.low, phi)
    return PairedDifference(value, value - down, value + up, table.n, "Newcombe, method 10", level)


def _combine(a: float, b: float, phi: float) -> float:
    return math.sqrt(max(0.0, a * a - 2 * phi * a * b + b * b))


def _corrected_phi(table: PairedTable) -> float:
    """Newcombe's phi: the numerator is reduced by n/2, towards 0, where it is positive."""
    margins = (
        (table.both + table.only_first)
        * (table.only_second + table.neither)
        * (table.both + table.only_second)
        * (table.only_first + table.neither)
    )
    if margins == 0:
        return 0.0
    determinant: float = table.both * table.neither - table.only_first * table.only_second
    if determinant > 0:
        determinant = max(0.0, determinant - table.n / 2)
    return determinant / math.sqrt(margins)
