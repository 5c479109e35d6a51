"""A table of text, and the numbers in it: the same for the page of the report and for CSV."""

from __future__ import annotations

import math
from dataclasses import dataclass

from studies.records import ClassScheme
from studies.statistics.agreement.coefficient import without_zero
from studies.statistics.confusion import ConfusionMatrix
from studies.statistics.detection import Estimate
from studies.statistics.proportions import Proportion, percent_text
from studies.statistics.roc import Auc
from studies.statistics.weighted import weighted_specificity


@dataclass(frozen=True)
class Table:
    """A titled table of text; `key` is its file name. `note` says method and what it rests on."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    simulated: bool = False
    quoted: int = 0  # rows at the end that the paper prints: measured there, not here
    reading: str = ""  # what it says, in a line


def with_interval(proportion: Proportion | None) -> str:
    """`235/302 = 77.8 [72.8, 82.1]`, percent; a dash where nothing was asked."""
    if proportion is None or proportion.n == 0:
        return "–"
    return f"{proportion.successes}/{proportion.n} = {proportion.percent} {proportion.interval}"


def signed(estimate: Estimate) -> str:
    """`.61 [.32, .90]`."""
    return limits(estimate.value, estimate.low, estimate.high)


def area_text(area: Auc) -> str:
    """`.812 [.741, .867]`: an area with the interval that is made on the logit scale."""
    return limits(area.value, area.logit.low, area.logit.high, 3)


def limits(
    value: float, low: float, high: float, decimals: int = 2, *, scale: float = math.inf
) -> str:
    """`.61 [.32, .90]`; without an interval the value alone, without a value a dash.

    An interval wider than the `scale` of the value says that n is too small: `.61 [–]`.
    Example: limits(.5, -8.64, 1.0, scale=2) -> '.50 [–]'.
    """
    if math.isnan(value):
        return "–"
    if math.isnan(low):
        return without_zero(value, decimals)
    if high - low > scale:
        return f"{without_zero(value, decimals)} [–]"
    ends = f"{without_zero(low, decimals)}, {without_zero(high, decimals)}"
    return f"{without_zero(value, decimals)} [{ends}]"


def coefficient(value: float, low: float, high: float) -> str:
    """A coefficient of agreement, -1 to 1: `.61 [.32, .90]`, or `.61 [–]` where n is too small."""
    return limits(value, low, high, scale=2.0)


def points(value: float, low: float, high: float) -> str:
    """A difference of shares in points of percent: `+8.6 [3.0, 14.2]`."""
    if math.isnan(value):
        return "–"
    text = f"{100 * value:+.1f}"
    if not math.isnan(low):
        text += f" [{100 * low:.1f}, {100 * high:.1f}]"
    return text.replace("-", "−")


def matrix_table(
    key: str, title: str, matrix: ConfusionMatrix, scheme: ClassScheme, simulated: bool = False
) -> Table:
    """A confusion matrix as the paper's Tables 2 and 3 print it, with exact percentages."""
    rows = []
    for i, code in enumerate(matrix.classes):
        name = scheme.category(code).name
        counts = tuple(str(count) for count in matrix.counts[i])
        rows.append((name, *counts, exact_percent(matrix.sensitivity(i))))
    specificity = [exact_percent(matrix.specificity(i)) for i in range(len(matrix.classes))]
    rows.append(("Specificity, %", *specificity, ""))
    note = f"Total accuracy, %: {with_interval(matrix.accuracy)}, Wilson."
    if matrix.unanswered:
        note += f" Not answered: {matrix.unanswered}."
    shorts = tuple(scheme.category(code).short for code in matrix.classes)
    return Table(
        key, title, ("True \\ said", *shorts, "Sensitivity, %"), tuple(rows), note, simulated
    )


def exact_percent(proportion: Proportion) -> str:
    """Percent with two decimals (the paper cuts 68.75 to 68.7)."""
    return percent_text(proportion.successes, proportion.n, 2)


WEIGHTED = "Wilson's interval at the effective sample size (Korn & Graubard 1998)"
"""The method of an average specificity's interval, in the words of a note."""


def average_specificity(matrix: ConfusionMatrix, decimals: int = 1) -> str:
    """`88.4 [85.1, 91.0]`: specificities averaged by class size, percent; a dash without any."""
    found = weighted_specificity(matrix.counts)
    if math.isnan(found.estimate):
        return "–"
    return f"{100 * found.estimate:.{decimals}f} {found.interval}"
