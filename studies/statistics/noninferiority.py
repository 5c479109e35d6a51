"""Is one reader, or network, at most a margin worse than another on the same items?"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

from studies.statistics.paired import PairedTable
from studies.statistics.tango import tango_difference, tango_z


@dataclass(frozen=True)
class NonInferiority:
    """One-sided test that first is not worse than second by `margin` or more.

    `value` is first minus second; `low`..`high` the score interval of confidence 1 - 2 alpha,
    whose lower end lies above -margin exactly where `p` < alpha.
    """

    value: float
    margin: float
    z: float
    p: float
    low: float
    high: float
    n: int
    alpha: float = 0.025
    method: str = "non-inferiority, Tango's score, one-sided"

    @property
    def shown(self) -> bool:
        """Whether the first is shown to be no worse than the margin allows."""
        return self.p < self.alpha


def noninferiority(table: PairedTable, margin: float, alpha: float = 0.025) -> NonInferiority:
    """Test of first - second <= -margin from the counts of who was right.

    Source: Nam 1997, Biometrics 53:1422; Tango 1998, Stat Med 17:891. Equal answers throughout
    still need items enough: z is then sqrt(n margin / (1 - margin)). For lesions that share
    patients, hold the patient bootstrap's lower limit against the margin instead.
    Raises ValueError for an empty table, a margin not between 0 and 1, an alpha not between 0
    and .5. Example (Tango's contact lenses): 0 and 1 discordant of 44, margin .1 -> z 1.709,
    p .044.
    """
    if not 0 < margin < 1:
        raise ValueError("the margin lies between 0 and 1")
    if not 0 < alpha < 0.5:
        raise ValueError("alpha lies between 0 and .5")
    z = tango_z(table, -margin)
    span = tango_difference(table, 1 - 2 * alpha)
    p = NormalDist().cdf(-z)
    return NonInferiority(span.value, margin, z, p, span.low, span.high, table.n, alpha)
