"""Two readings of the same items: who said what, who was right, and how far they agree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from studies.records import AnswerRecord
from studies.report.readings import Reading, condition_rank, main_readings
from studies.statistics.agreement import (
    Coefficient,
    PairOutcomes,
    brennan_prediger,
    code_ratings,
    cohen,
    cohen_table,
    conger,
    fleiss,
    gwet_ac1,
    krippendorff_alpha,
    pair_outcomes,
)
from studies.statistics.clustered import ClusteredMcNemar, clustered_mcnemar
from studies.statistics.holm import holm
from studies.statistics.paired import McNemar, PairedDifference, mcnemar, paired_difference


@dataclass(frozen=True)
class RaterPair:
    """Two readings of the same items: who said what, who was right.

    `within` is one reader under two conditions, in the protocol's order. `p_holm` is the exact p
    adjusted over all pairs of readers (nan: there is one pair only); `clustered` allows for lesions
    that share a patient (None: none do).
    """

    first: str
    second: str
    simulated: bool
    table: tuple[tuple[int, ...], ...]  # first's class in rows
    outcomes: PairOutcomes
    coefficients: tuple[Coefficient, ...]
    mcnemar: McNemar
    difference: PairedDifference  # class accuracy, first minus second
    within: bool = False
    p_holm: float = math.nan
    clustered: ClusteredMcNemar | None = None


def pairs_of(
    found: Sequence[Reading],
    classes: Sequence[str],
    simulated_study: bool,
    planned: Sequence[str] = (),
) -> tuple[RaterPair, ...]:
    """Every two readers by their main readings, then each reader's conditions against the main.

    `planned` are the protocol's conditions: what it names first is the first of a pair.
    """
    mains = main_readings(found)
    between = [_pair(a, b, classes, simulated_study) for a, b in combinations(mains, 2)]
    within = [
        replace(_pair(*_ordered(main, other, planned), classes, simulated_study), within=True)
        for main in mains
        for other in found
        if other.reader == main.reader and other.kind == main.kind and not other.is_main
    ]
    return (*_adjusted(between), *within)


def coefficients(
    columns: Sequence[Sequence[str]], classes: Sequence[str]
) -> tuple[Coefficient, ...]:
    """Agreement of two or more columns of classes, "" = unanswered: chance-corrected.

    Cohen's kappa of two, Conger's and Fleiss' of more, then Brennan-Prediger, Gwet's AC1 and
    Krippendorff's alpha.
    """
    ratings, q = code_ratings(columns, classes), len(classes)
    if len(columns) == 2:
        own = cohen(cohen_table(columns[0], columns[1], classes)).kappa
    else:
        own = conger(ratings, q)
    several = () if len(columns) == 2 else (fleiss(ratings, q),)
    return (
        own,
        *several,
        brennan_prediger(ratings, q),
        gwet_ac1(ratings, q),
        krippendorff_alpha(ratings),
    )


def _ordered(one: Reading, other: Reading, planned: Sequence[str]) -> tuple[Reading, Reading]:
    first, second = sorted((one, other), key=lambda r: condition_rank(r.condition, planned))
    return first, second


def _adjusted(pairs: list[RaterPair]) -> list[RaterPair]:
    tested = [pair for pair in pairs if pair.outcomes.n]
    if len(tested) < 2:
        return pairs
    values = dict(zip(map(id, tested), holm([pair.mcnemar.p for pair in tested]), strict=True))
    return [replace(pair, p_holm=values.get(id(pair), math.nan)) for pair in pairs]


def _pair(
    first: Reading, second: Reading, classes: Sequence[str], simulated_study: bool
) -> RaterPair:
    one = {a.item: a for a in first.asked}
    other = {a.item: a for a in second.asked}
    items = [item for item in one if item in other]
    truth = [one[i].truth_category for i in items]
    left, right = [one[i].diagnosis for i in items], [other[i].diagnosis for i in items]
    outcomes = pair_outcomes(truth, left, right)
    return RaterPair(
        first.name,
        second.name,
        simulated_study or "simulated" in (first.kind, second.kind),
        cohen_table(left, right, classes),
        outcomes,
        coefficients([left, right], classes) if outcomes.n else (),
        mcnemar(outcomes.table),
        paired_difference(outcomes.table)
        if outcomes.n
        else PairedDifference(math.nan, math.nan, math.nan, 0, "no shared item"),
        clustered=_clustered([(one[i], other[i]) for i in items]),
    )


def _clustered(answers: list[tuple[AnswerRecord, AnswerRecord]]) -> ClusteredMcNemar | None:
    """With the patient as the unit; a synthetic item is a unit of its own."""
    units = [cluster(a) for a, _ in answers]
    if len(set(units)) == len(units):
        return None
    return clustered_mcnemar(
        [a.diagnosis == a.truth_category for a, _ in answers],
        [b.diagnosis == b.truth_category for _, b in answers],
        units,
    )


def cluster(answer: AnswerRecord) -> str:
    """The patient of a real item; the item itself where no patient is known."""
    return f"patient {answer.patient}" if answer.patient else f"item {answer.item}"
