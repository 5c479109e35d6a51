"""Difference of two proportions on the same items by its score: Tango's test and interval."""

from __future__ import annotations

import math
from statistics import NormalDist

from studies.statistics.paired import PairedDifference, PairedTable

_HALVINGS = 60  # of a range of at most 2: far below what a float tells apart


def tango_z(table: PairedTable, difference: float) -> float:
    """Score z of the hypothesis that first minus second is `difference`, -1 < difference < 1.

    Variance with the one free probability at its maximum under the hypothesis. At 0 its square is
    McNemar's chi-square. Source: Tango 1998, Stat Med 17:891 (= Nam 1997, Biometrics 53:1422).
    Where the items show just this difference z is 0.
    Raises ValueError for an empty table or a difference out of range.
    Example (Tango's contact lenses): 0 and 1 discordant of 44, difference -.1 -> 1.709.
    """
    if table.n == 0:
        raise ValueError("no item was answered by both")
    if not -1 < difference < 1:
        raise ValueError(f"the difference {difference} is not between -1 and 1")
    first, second, n = table.only_first, table.only_second, table.n
    distance = first - second - n * difference
    variance = n * (2 * _second_only(table, difference) + difference * (1 - difference))
    if distance == 0:
        return 0.0
    return distance / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, distance)


def _second_only(table: PairedTable, difference: float) -> float:
    """Likeliest probability that only the second is right, given the difference."""
    first, second, n = table.only_first, table.only_second, table.n
    b = (2 * n - first + second) * difference - first - second
    c = -second * difference * (1 - difference)
    root = math.sqrt(max(0.0, b * b - 8 * n * c))
    return max(0.0, -difference, (root - b) / (4 * n))


def tango_difference(table: PairedTable, level: float = 0.95) -> PairedDifference:
    """Difference of the two proportions right, with Tango's score interval.

    All differences that the score test would not reject; it agrees with McNemar's chi-square
    about 0 and keeps a width where no item is discordant. Source: Tango 1998, Stat Med 17:891.
    Raises ValueError for an empty table or an impossible level.
    Example: 59 both, 6 and 16 discordant, 80 neither -> -.0621 [-.1240, -.0054].
    """
    if table.n == 0:
        raise ValueError("no item was answered by both")
    if not 0 < level < 1:
        raise ValueError(f"the confidence level {level} is not between 0 and 1")
    value = (table.only_first - table.only_second) / table.n
    reach = NormalDist().inv_cdf((1 + level) / 2)
    high = _upper(table, value, reach)
    low = -_upper(_turned(table), -value, reach)
    return PairedDifference(value, low, high, table.n, "Tango score", level)


def _turned(table: PairedTable) -> PairedTable:
    """The same items with the answerers changed over."""
    return PairedTable(table.both, table.only_second, table.only_first, table.neither)


def _upper(table: PairedTable, value: float, reach: float) -> float:
    """The difference above `value` at which z falls to -reach, by halving."""
    inside, outside = value, 1.0
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if not inside < middle < outside:
            break
        if tango_z(table, middle) > -reach:
            inside = middle
        else:
            outside = middle
    return outside
