"""Multi-reader multi-case analysis by Obuchowski and Rockette, with Hillis' degrees of freedom."""

from studies.statistics.mrmc.merit import FIGURES, CrossedRatings, merits
from studies.statistics.mrmc.obuchowski import (
    ConditionMean,
    Difference,
    ObuchowskiRockette,
    VarianceComponents,
    obuchowski_rockette,
)
from studies.statistics.mrmc.sample_size import Power, power_fixed_readers, power_random_readers
from studies.statistics.mrmc.spread import COVARIANCES, covariance

__all__ = [
    "COVARIANCES",
    "FIGURES",
    "ConditionMean",
    "CrossedRatings",
    "Difference",
    "ObuchowskiRockette",
    "Power",
    "VarianceComponents",
    "covariance",
    "merits",
    "obuchowski_rockette",
    "power_fixed_readers",
    "power_random_readers",
]
