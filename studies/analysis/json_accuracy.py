"""The part `accuracy` of the JSON: each reader, and the readers of a condition compared."""

from __future__ import annotations

from typing import Any

from studies.analysis.accuracy import Accuracy, Comparisons
from studies.analysis.analysing import Analysis
from studies.analysis.named import Named
from studies.statistics.cochran import ReaderComparison
from studies.statistics.confusion import ConfusionMatrix
from studies.statistics.proportions import Proportion
from studies.statistics.roc import Auc


def accuracy_block(analysis: Analysis) -> Named:
    """Readers by condition, and `comparisons` by condition where readers can be compared."""
    by_condition = dict.fromkeys(a.condition for a in analysis.accuracy)
    fields: list[tuple[str, Any]] = []
    for condition in by_condition:
        own = [(a.reader, _reader(a)) for a in analysis.accuracy if a.condition == condition]
        fields.append((condition, Named(tuple(own))))
    compared = [(one.condition, _comparisons(one)) for one in analysis.comparisons]
    if compared:
        fields.append(("comparisons", Named(tuple(compared))))
    return Named(tuple(fields))


def _reader(a: Accuracy) -> Named:
    share = _share(a.value).fields if a.value is not None else ()
    matrix = _matrix_fields(a.matrix) if a.matrix is not None else ()
    return Named((*share, *matrix, ("auc", _area(a.area) if a.area is not None else None)))


def _share(p: Proportion) -> Named:
    return Named.of(
        ("value", p.estimate),
        ("correct", p.successes),
        ("n", p.n),
        ("ci", [p.low, p.high]),
        ("method", p.method),
    )


def _matrix_fields(matrix: ConfusionMatrix) -> tuple[tuple[str, Any], ...]:
    classes = [
        (
            name,
            Named.of(
                ("sensitivity", _share(matrix.sensitivity(i))),
                ("specificity", _share(matrix.specificity(i))),
            ),
        )
        for i, name in enumerate(matrix.classes)
    ]
    confusion = Named.of(
        ("classes", matrix.classes), ("counts", matrix.counts), ("unanswered", matrix.unanswered)
    )
    return (
        ("classes", Named(tuple(classes))),
        ("weighted_sensitivity", matrix.weighted_sensitivity),
        ("weighted_specificity", matrix.weighted_specificity),
        ("confusion", confusion),
    )


def _area(a: Auc) -> Named:
    return Named.of(
        ("value", a.value),
        ("se", a.se),
        ("ci", [a.low, a.high]),
        ("ci_logit", [a.logit.low, a.logit.high]),
        ("n", Named.of(("positive", a.positives), ("negative", a.negatives))),
        ("method", a.method),
    )


def _comparisons(one: Comparisons) -> Named:
    q = one.test
    test = q and Named.of(
        ("q", q.q), ("df", q.df), ("p", q.p), ("n", q.n), ("left_out", q.left_out),
        ("method", q.method),
    )  # fmt: skip
    return Named.of(("pairs", [_pair(pair) for pair in one.pairs]), ("cochran_q", test))


def _pair(pair: ReaderComparison) -> Named:
    table = pair.mcnemar.table
    return Named.of(
        ("first", pair.first),
        ("second", pair.second),
        ("n", table.n),
        ("only_first", table.only_first),
        ("only_second", table.only_second),
        ("difference", pair.difference.value),
        ("ci", [pair.difference.low, pair.difference.high]),
        ("p", pair.mcnemar.p),
        ("p_holm", pair.p_holm),
        ("method", f"{pair.method}; {pair.difference.method} for the interval"),
    )
