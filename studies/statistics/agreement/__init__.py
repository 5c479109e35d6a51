"""Agreement between readers: percent, who was right, and chance-corrected coefficients."""

from studies.statistics.agreement.alpha import krippendorff_alpha
from studies.statistics.agreement.coefficient import Coefficient
from studies.statistics.agreement.cohen import Cohen, cohen, cohen_table
from studies.statistics.agreement.outcomes import PairOutcomes, pair_outcomes
from studies.statistics.agreement.raters import (
    MISSING,
    brennan_prediger,
    code_ratings,
    conger,
    fleiss,
    fleiss_z,
    gwet_ac1,
    percent_agreement,
)

__all__ = [
    "MISSING",
    "Coefficient",
    "Cohen",
    "PairOutcomes",
    "brennan_prediger",
    "code_ratings",
    "cohen",
    "cohen_table",
    "conger",
    "fleiss",
    "fleiss_z",
    "gwet_ac1",
    "krippendorff_alpha",
    "pair_outcomes",
    "percent_agreement",
]
