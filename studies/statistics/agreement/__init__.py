"""Agreement between readers: percent, who was right, and chance-corrected coefficients."""

from studies.statistics.agreement.alpha import krippendorff_alpha
from studies.statistics.agreement.coefficient import Coefficient
from studies.statistics.agreement.cohen import Cohen, cohen, cohen_over_cases, cohen_table
from studies.statistics.agreement.fleiss_null import FleissTest, fleiss_test, fleiss_z
from studies.statistics.agreement.intra import IntraReader, intra_reader
from studies.statistics.agreement.outcomes import PairOutcomes, pair_outcomes
from studies.statistics.agreement.raters import (
    MISSING,
    brennan_prediger,
    code_ratings,
    conger,
    fleiss,
    gwet_ac1,
    gwet_ac2,
    percent_agreement,
)
from studies.statistics.agreement.weights import weight_matrix

__all__ = [
    "MISSING",
    "Coefficient",
    "Cohen",
    "FleissTest",
    "IntraReader",
    "PairOutcomes",
    "brennan_prediger",
    "code_ratings",
    "cohen",
    "cohen_over_cases",
    "cohen_table",
    "conger",
    "fleiss",
    "fleiss_test",
    "fleiss_z",
    "gwet_ac1",
    "gwet_ac2",
    "intra_reader",
    "krippendorff_alpha",
    "pair_outcomes",
    "percent_agreement",
    "weight_matrix",
]
