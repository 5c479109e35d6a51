"""Power of a planned study from a pilot's variance components, and the size that reaches it.

Source: Hillis, Obuchowski & Berbaum 2011, Acad Radiol 18:129, as RJafroc computes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from studies.statistics.mrmc.anova import NOTHING, VarianceComponents

Floats = npt.NDArray[np.float64]
MOST_CASES, MOST_READERS = 100_000, 1_000
_STEP = 1.1  # of the search for the first size that is enough
_NOTHING = "the pilot's variance is estimated as 0 or less; it needs ratings that differ"


@dataclass(frozen=True)
class Power:
    """Power to see `effect` with so many readers and cases, two conditions."""

    readers: int
    cases: int
    effect: float
    noncentrality: float
    df: float
    critical: float
    power: float


def power_random_readers(
    pilot: VarianceComponents,
    pilot_cases: int,
    *,
    readers: int,
    cases: int,
    effect: float,
    alpha: float = 0.05,
) -> Power:
    """Readers and cases random (RRRC).

    Example: Van Dyke's components, 10 readers, 165 cases, effect .0438 -> power .805.
    Raises ValueError with fewer than two readers, no cases, alpha outside 0..1, or a variance of 0
    or less.
    """
    _check(pilot_cases, readers, cases, alpha)
    law = _random_law(pilot, pilot_cases, np.array([readers]), np.array([cases]), effect, alpha)
    return law.power(0, readers, cases, effect)


def power_fixed_readers(
    pilot: VarianceComponents,
    pilot_cases: int,
    *,
    readers: int,
    cases: int,
    effect: float,
    alpha: float = 0.05,
) -> Power:
    """Readers fixed, cases random (FRRC): chi-square with one df.

    Example: Van Dyke's components, 10 readers, 131 cases, effect .0438 -> power .801.
    Raises ValueError as `power_random_readers`.
    """
    _check(pilot_cases, readers, cases, alpha)
    law = _fixed_law(pilot, pilot_cases, np.array([readers]), np.array([cases]), effect, alpha)
    return law.power(0, readers, cases, effect)


def smallest_cases(
    pilot: VarianceComponents,
    pilot_cases: int,
    *,
    readers: int,
    effect: float,
    power: float = 0.80,
    alpha: float = 0.05,
    readers_random: bool = True,
) -> Power | None:
    """The fewest cases with which `readers` readers reach `power`, or None where none do.

    Where readers differ much, more cases do not help beyond a point (with few random readers they
    may even cost degrees of freedom): None, also for over 100,000 cases. Example: Van Dyke's
    components, 10 readers, effect .0438 -> 131 cases with readers fixed, as RJafroc prints.
    Raises ValueError as `power_random_readers`, or for a power not in alpha..1.
    """
    _check(pilot_cases, readers, 1, alpha, power)
    law = _random_law if readers_random else _fixed_law

    def powers(cases: Floats) -> _Law:
        return law(pilot, pilot_cases, np.full(len(cases), readers), cases, effect, alpha)

    found = _first(powers, power, 1, MOST_CASES)
    return None if found is None else powers(np.array([found])).power(0, readers, found, effect)


def smallest_readers(
    pilot: VarianceComponents,
    pilot_cases: int,
    *,
    cases: int,
    effect: float,
    power: float = 0.80,
    alpha: float = 0.05,
    readers_random: bool = True,
) -> Power | None:
    """The fewest readers with whom `cases` cases reach `power`, or None where none do.

    Errors as `smallest_cases`; None also stands for over 1,000 readers. Example: Van Dyke's
    components, 131 cases, effect .0438 -> 10 readers where they are fixed.
    """
    _check(pilot_cases, 2, cases, alpha, power)
    law = _random_law if readers_random else _fixed_law

    def powers(readers: Floats) -> _Law:
        return law(pilot, pilot_cases, readers, np.full(len(readers), cases), effect, alpha)

    found = _first(powers, power, 2, MOST_READERS)
    return None if found is None else powers(np.array([found])).power(0, found, cases, effect)


@dataclass(frozen=True)
class _Law:
    """Non-central F (1, df), or chi-square where df is inf, of each planned size."""

    centre: Floats
    df: Floats
    critical: Floats
    powers: Floats

    def power(self, place: int, readers: int, cases: int, effect: float) -> Power:
        values = (float(a[place]) for a in (self.centre, self.df, self.critical, self.powers))
        return Power(readers, cases, effect, *values)


def _random_law(
    pilot: VarianceComponents, pilot_cases: int, readers: Floats, cases: Floats,
    effect: float, alpha: float,
) -> _Law:  # fmt: skip
    scale = pilot_cases / cases
    shared = max(pilot.cov2 - pilot.cov3, 0.0)
    between = max(pilot.condition_reader, 0.0)
    own = pilot.error - pilot.cov1
    spread = between + scale * (own + (readers - 1) * shared)
    inner = between + scale * (own - shared)
    if (np.minimum(spread, inner) <= NOTHING * scale).any():
        raise ValueError(_NOTHING)
    df = (spread / inner) ** 2 * (readers - 1)
    centre = readers * effect**2 / 2 / spread
    critical = np.asarray(stats.f.isf(alpha, 1, df))
    if effect == 0:  # scipy's non-central F is wrong at 0 (it gives -.95 for .05)
        return _Law(centre, df, critical, np.full(len(centre), alpha))
    return _Law(centre, df, critical, np.asarray(stats.ncf.sf(critical, 1, df, centre)))


def _fixed_law(
    pilot: VarianceComponents, pilot_cases: int, readers: Floats, cases: Floats,
    effect: float, alpha: float,
) -> _Law:  # fmt: skip
    shared = max(pilot.cov2 - pilot.cov3, 0.0)
    spread = pilot_cases / cases * (pilot.error - pilot.cov1 + (readers - 1) * shared)
    if (spread <= NOTHING * pilot_cases / cases).any():
        raise ValueError(_NOTHING)
    centre = readers * effect**2 / 2 / spread
    critical = np.full(len(centre), float(stats.chi2.isf(alpha, 1)))
    df = np.full(len(centre), math.inf)
    return _Law(centre, df, critical, np.asarray(stats.ncx2.sf(critical, 1, centre)))


def _first(law: Callable[[Floats], _Law], power: float, low: int, high: int) -> int | None:
    """The least size in low..high that reaches `power`: a coarse climb, then by halving.

    Not by halving alone, for power may fall again after its height.
    """
    steps = math.ceil(math.log(high / low) / math.log(_STEP)) + 1
    sizes = np.unique(np.rint(np.geomspace(low, high, steps)))
    enough = np.flatnonzero(law(sizes).powers >= power)
    if not len(enough):
        return None
    place = int(enough[0])
    if place == 0:
        return int(sizes[0])
    short, reached = int(sizes[place - 1]), int(sizes[place])
    while reached - short > 1:
        middle = (short + reached) // 2
        if law(np.array([float(middle)])).powers[0] >= power:
            reached = middle
        else:
            short = middle
    return reached


def _check(
    pilot_cases: int, readers: int, cases: int, alpha: float, power: float | None = None
) -> None:
    if readers < 2 or cases < 1:
        raise ValueError("a plan needs two or more readers and at least one case")
    if pilot_cases < 1:
        raise ValueError("the pilot has no case")
    if not 0 < alpha < 1:
        raise ValueError("alpha lies between 0 and 1")
    if power is not None and not alpha < power < 1:
        raise ValueError("the power lies between alpha and 1")
