"""How large a study must be, said before it starts: widths, McNemar, equivalence, MRMC."""

from studies.statistics.planning.conjecture import Conjecture, auc_variance, conjectured_components
from studies.statistics.planning.curve import Curve
from studies.statistics.planning.equivalence import EquivalencePlan, items_for_equivalence
from studies.statistics.planning.mcnemar import McNemarPlan, items_for_mcnemar, mcnemar_power
from studies.statistics.planning.mrmc import (
    ReaderRow,
    cases_by_readers,
    curve_over_cases,
    curve_over_readers,
)
from studies.statistics.planning.widths import (
    WidthPlan,
    expected_half_width,
    half_width,
    items_for_half_width,
)

__all__ = [
    "Conjecture",
    "Curve",
    "EquivalencePlan",
    "McNemarPlan",
    "ReaderRow",
    "WidthPlan",
    "auc_variance",
    "cases_by_readers",
    "conjectured_components",
    "curve_over_cases",
    "curve_over_readers",
    "expected_half_width",
    "half_width",
    "items_for_equivalence",
    "items_for_half_width",
    "items_for_mcnemar",
    "mcnemar_power",
]
