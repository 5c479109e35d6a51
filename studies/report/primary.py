"""The primary analysis as it was sealed, in one line: value, interval, n and method, or why not."""

from __future__ import annotations

from collections.abc import Sequence

from studies.records import ProtocolDraft
from studies.report.conditions import ACCURACY, ConditionResults
from studies.report.pairing import RaterPair
from studies.report.readers import ReaderResults, ReaderScore
from studies.report.readings import condition_rank
from studies.report.sentences import p_text
from studies.report.table import limits, points
from studies.statistics.mrmc import Pair

CLASS_ACCURACY = "Class accuracy, Wilson"
AGAINST_NETWORK = "Reader v CNN, exact McNemar"
EQUIVALENCE = "Real v synthetic, equivalence of balanced accuracy"
CONDITIONS = "Conditions, Obuchowski-Rockette"
NAMES = (CLASS_ACCURACY, AGAINST_NETWORK, EQUIVALENCE, CONDITIONS)
"""The analyses that a protocol can name and that are picked out here; other names are free text."""


def primary_sentence(
    draft: ProtocolDraft, results: ReaderResults, conditions: ConditionResults
) -> str:
    """`Primary analysis, as sealed: Class accuracy, Wilson: Reader 1 77.8 % [72.8, 82.1], n 302.`

    The sealed name says the method, so the figures do not say it again. Where the name is free
    text, or nothing could be computed, the sentence says so.
    """
    name = draft.primary_analysis.strip()
    lead = f"Primary analysis, as sealed: {name or 'none named'}"
    if name not in NAMES:
        return (
            f"{lead}. It was sealed in free words, so no figure is picked out for it here: the "
            "tables give what was computed."
        )
    found = _found(name, results, conditions)
    if found:
        return f"{lead}: {'; '.join(found)}."
    return f"{lead}: not computed. {_reason(name, conditions)}"


def _found(name: str, results: ReaderResults, conditions: ConditionResults) -> Sequence[str]:
    if name == CLASS_ACCURACY:
        return [_accuracy(s) for s in _people(results) if s.class_total.n]
    if name == AGAINST_NETWORK:
        networks = {s.reader for s in results.scores if s.kind == "model"}
        pairs = [p for p in results.pairs if not p.within and p.outcomes.n]
        return [_pair(p) for p in pairs if len(networks & {p.first, p.second}) == 1]
    if name == EQUIVALENCE:
        return [_equivalence(s) for s in _people(results) if s.detection is not None]
    return _differences(conditions)


def _people(results: ReaderResults) -> list[ReaderScore]:
    """The people's scores in the condition that stands for them."""
    people = [s for s in results.scores if s.kind != "model"]
    main = min((s.condition for s in people), key=condition_rank, default="")
    return [s for s in people if s.condition == main]


def _accuracy(score: ReaderScore) -> str:
    value = score.class_total
    return f"{score.reader} {value.percent} % {value.interval}, n {value.n}"


def _pair(pair: RaterPair) -> str:
    d = pair.difference
    return (
        f"{pair.first} minus {pair.second} {points(d.value, d.low, d.high)} points, n "
        f"{pair.outcomes.n}, p {p_text(pair.mcnemar.p)} (interval: {d.method})"
    )


def _equivalence(score: ReaderScore) -> str:
    if score.detection is None:
        return ""
    b, test = score.detection.balanced_accuracy, score.detection.equivalence
    interval = f"[{100 * b.low:.1f}, {100 * b.high:.1f}]"
    return (
        f"{score.reader} {100 * b.value:.1f} % {interval}, n {b.n}, margin "
        f"{100 * test.margin:.0f} points, p of equivalence {p_text(test.p)}, {test.method}"
    )


def _differences(conditions: ConditionResults) -> list[str]:
    return [
        _difference(conditions, pair)
        for analysis in conditions.analyses
        if analysis.figure == ACCURACY
        for found in (analysis.result.rrrc or analysis.result.frrc,)
        if found is not None
        for pair in found.pairs
    ]


def _difference(conditions: ConditionResults, pair: Pair) -> str:
    first, second = conditions.conditions[pair.first], conditions.conditions[pair.second]
    count = len(conditions.readers)
    return (
        f"class accuracy, {first} − {second} "
        f"{limits(pair.difference, pair.low, pair.high, 3, scale=2.0)}, n {conditions.items} real "
        f"ROIs by {count} {'reader' if count == 1 else 'readers'}, p {p_text(pair.p)}, "
        "jackknife"
    )


def _reason(name: str, conditions: ConditionResults) -> str:
    if name == CONDITIONS:
        return " ".join(conditions.declined) or "There is no difference of conditions."
    if name == AGAINST_NETWORK:
        return "No person and network have classed the same ROIs."
    if name == EQUIVALENCE:
        return "No person was asked whether the ROIs are real or synthetic."
    return "No person has classed an ROI yet."
