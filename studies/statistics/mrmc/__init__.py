"""Multi-reader multi-case analysis: Obuchowski-Rockette with Hillis' degrees of freedom, BDG."""

from studies.statistics.mrmc.against import AlgorithmDifference, algorithm_against_readers
from studies.statistics.mrmc.anova import MeanSquares, VarianceComponents
from studies.statistics.mrmc.difference import Difference, Pair, ReaderPair
from studies.statistics.mrmc.merit import FIGURES, Crossed, CrossedAnswers, CrossedRatings, merits
from studies.statistics.mrmc.obuchowski import (
    LEAST_READERS,
    ConditionMean,
    ObuchowskiRockette,
    obuchowski_rockette,
)
from studies.statistics.mrmc.sample_size import Power, power_fixed_readers, power_random_readers
from studies.statistics.mrmc.spread import COVARIANCES, covariance
from studies.statistics.mrmc.ustatistic import (
    AreaDifference,
    AreaEstimate,
    Components,
    UStatistics,
    u_statistics,
)

__all__ = [
    "COVARIANCES",
    "FIGURES",
    "LEAST_READERS",
    "AlgorithmDifference",
    "AreaDifference",
    "AreaEstimate",
    "Components",
    "ConditionMean",
    "Crossed",
    "CrossedAnswers",
    "CrossedRatings",
    "Difference",
    "MeanSquares",
    "ObuchowskiRockette",
    "Pair",
    "Power",
    "ReaderPair",
    "UStatistics",
    "VarianceComponents",
    "algorithm_against_readers",
    "covariance",
    "merits",
    "obuchowski_rockette",
    "power_fixed_readers",
    "power_random_readers",
    "u_statistics",
]
