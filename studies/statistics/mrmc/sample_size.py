"""Power of a planned study from a pilot's variance components.

Source: Hillis, Obuchowski & Berbaum 2011, Acad Radiol 18:129, as RJafroc computes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy import stats

from studies.statistics.mrmc.obuchowski import VarianceComponents

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
    Raises ValueError with fewer than two readers, no cases, or a variance of 0 or less.
    """
    _check(readers, cases)
    scale = pilot_cases / cases
    shared = max(pilot.cov2 - pilot.cov3, 0.0)
    between = max(pilot.condition_reader, 0.0)
    own = pilot.error - pilot.cov1
    spread = between + scale * (own + (readers - 1) * shared)
    inner = between + scale * (own - shared)
    if min(spread, inner) <= 0:
        raise ValueError(_NOTHING)
    df = (spread / inner) ** 2 * (readers - 1)
    centre = readers * effect**2 / 2 / spread
    critical = float(stats.f.isf(alpha, 1, df))
    power = float(stats.ncf.sf(critical, 1, df, centre))
    return Power(readers, cases, effect, centre, df, critical, power)


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
    _check(readers, cases)
    shared = max(pilot.cov2 - pilot.cov3, 0.0)
    spread = pilot_cases / cases * (pilot.error - pilot.cov1 + (readers - 1) * shared)
    if spread <= 0:
        raise ValueError(_NOTHING)
    centre = readers * effect**2 / 2 / spread
    critical = float(stats.chi2.isf(alpha, 1))
    power = float(stats.ncx2.sf(critical, 1, centre))
    return Power(readers, cases, effect, centre, float("inf"), critical, power)


def _check(readers: int, cases: int) -> None:
    if readers < 2 or cases < 1:
        raise ValueError("a plan needs two or more readers and at least one case")
