"""An analysis as JSON: schema 1, full precision; numbers that do not exist are null."""

from __future__ import annotations

import json
import math
from typing import Any

from studies.analysis.against import Against, OneReader
from studies.analysis.analysing import Analysis
from studies.analysis.json_accuracy import accuracy_block
from studies.analysis.named import Named
from studies.errors import StudyError
from studies.statistics.agreement import Coefficient
from studies.statistics.mrmc import (
    AlgorithmDifference,
    AreaEstimate,
    ConditionMean,
    Difference,
    ObuchowskiRockette,
    Pair,
)

_COMPONENTS = ("reader", "condition_reader", "error", "cov1", "cov2", "cov3")
_KINDS = ("rrrc", "frrc", "rrfc")


def as_json(analysis: Analysis, *, details: bool = False) -> str:
    """The analysis in the published schema.

    Beyond it: `against` where an algorithm was compared, and with `details` a part of that name:
    mean squares, DBM components, single readings, each reader's tests, fixed-factor means and
    U-statistics. With more than two conditions a test is of all of them, and each difference,
    with its interval, stands in its `pairwise` alone. Agreement adds `n`, the cases, and `items`
    where a case was read under several conditions.

    accuracy: {condition: {reader: {value, correct, n, ci, method, classes: {class: {sensitivity,
    specificity}}, weighted_sensitivity, weighted_specificity, confusion: {classes, counts (truth
    in rows), unanswered}, auc: {value, se, ci, n, method}}}}; a share is {value, correct, n, ci,
    method}. accuracy.comparisons: {condition: {pairs: [{first, second, n, only_first,
    only_second, difference, ci, p, p_holm, method}], cochran_q: {q, df, p, n, method}}}.

    Raises StudyError where a reader or a condition is called as one of these keys.
    """
    _check_names(analysis)
    ratings = analysis.ratings
    sizes = Named.of(
        ("readers", len(ratings.readers)),
        ("cases", len(ratings.truth)),
        ("conditions", len(ratings.conditions)),
    )
    whole = Named.of(
        ("schema", 1),
        ("n", sizes),
        ("mrmc", _mrmc(analysis, analysis.mrmc) if analysis.mrmc else None),
        ("agreement", _agreement(analysis) if analysis.agreement else None),
        ("accuracy", accuracy_block(analysis) if analysis.accuracy else None),
        ("against", _against(analysis.against) if analysis.against else None),
        ("details", _details(analysis) if details else None),
        (
            "declined",
            [Named.of(("analysis", a), ("reason", r)) for a, r in analysis.declined],
        ),
    )
    return json.dumps(whole.plain(), ensure_ascii=False, allow_nan=False)


def _check_names(analysis: Analysis) -> None:
    """A name that is a key of the schema would overwrite what stands there."""
    if analysis.mrmc is not None and "mean" in analysis.ratings.readers:
        raise StudyError(
            "A reader is called 'mean', which in the JSON is the readers' mean. Give the reader "
            "another name."
        )
    if any(one.condition == "comparisons" for one in analysis.accuracy):
        raise StudyError(
            "A condition is called 'comparisons', which in the JSON is where readers are "
            "compared. Give the condition another name."
        )


def _mrmc(analysis: Analysis, mrmc: ObuchowskiRockette) -> Named:
    ratings, c = analysis.ratings, mrmc.components
    values = Named(
        tuple(
            (condition, Named((*zip(ratings.readers, row, strict=True), ("mean", _mean(row)))))
            for condition, row in zip(ratings.conditions, mrmc.merits, strict=True)
        )
    )
    single = _means(analysis, mrmc.single) if mrmc.single else None
    return Named.of(
        ("figure_of_merit", mrmc.figure),
        ("covariance", mrmc.covariance_method),
        ("auc", values),  # of whichever figure of merit: the schema's name for the block
        (
            "variance_components",
            Named(tuple((name, getattr(c, name)) for name in _COMPONENTS)) if c else None,
        ),
        *((kind, _difference(analysis, getattr(mrmc, kind))) for kind in _KINDS),
        ("single", single),
    )


def _mean(row: tuple[float, ...]) -> float:
    return sum(row) / len(row)


def _means(analysis: Analysis, means: tuple[ConditionMean, ...]) -> Named:
    return Named(
        tuple(
            (name, Named.of(("mean", m.mean), ("se", m.se), ("df", m.df), ("ci", [m.low, m.high])))
            for name, m in zip(analysis.ratings.conditions, means, strict=True)
        )
    )


def _difference(analysis: Analysis, d: Difference | None) -> Named | None:
    if d is None:
        return None
    several = len(d.pairs) > 1
    t = None if several else d.difference / d.se
    tests: tuple[tuple[str, Any], ...] = {
        "rrrc": (("f", d.statistic), ("ndf", d.ndf), ("df", d.df), ("t", t)),
        "frrc": (("x2", d.statistic), ("df", d.ndf)),
        "rrfc": (("f", d.statistic), ("t", t), ("df", d.df)),
    }[d.kind]
    if several:
        pairs = [_pair(analysis, pair) for pair in d.pairs]
        return Named((*tests, ("p", d.p), ("pairwise", pairs)))
    rest = (("p", d.p), ("difference", d.difference), ("se", d.se), ("ci", [d.low, d.high]))
    return Named((*tests, *rest))


def _pair(analysis: Analysis, pair: Pair) -> Named:
    names = analysis.ratings.conditions
    fixed = math.isinf(pair.df)
    return Named.of(
        ("first", names[pair.first]),
        ("second", names[pair.second]),
        ("difference", pair.difference),
        ("se", pair.se),
        ("z" if fixed else "t", pair.statistic),
        ("df", None if fixed else pair.df),
        ("p", pair.p),
        ("ci", [pair.low, pair.high]),
    )


def _agreement(analysis: Analysis) -> Named:
    return Named(tuple((key, _coefficient(value)) for key, value in analysis.agreement))


def _coefficient(c: Coefficient) -> Named:
    return Named.of(
        ("value", c.value),
        ("se", c.se),
        ("ci", [c.low, c.high]),
        ("n", c.n),
        ("items", c.items or None),
        ("method", c.method),
    )


def _against(found: tuple[Against, ...]) -> Named:
    """The first condition's comparison at the top; all of them by name where there are more."""
    first = _one_against(found[0])
    if len(found) == 1:
        return first
    own = {one.own_condition for one in found}
    named = Named(
        tuple(
            (
                one.condition if len(own) == 1 else f"{one.own_condition}, {one.condition}",
                _one_against(one),
            )
            for one in found
        )
    )
    return Named((*first.fields, ("by_condition", named)))


def _one_against(one: Against) -> Named:
    asked = _algorithm(one.figures[0]).fields if one.figures else ()
    others = [(f.figure, _algorithm(f)) for f in one.figures]
    names = dict.fromkeys(p.reader for p in one.paired)
    paired = [
        (name, Named(tuple((p.figure, _one_reader(p)) for p in one.paired if p.reader == name)))
        for name in names
    ]
    return Named.of(
        ("algorithm", one.algorithm),
        ("condition", one.condition),
        ("algorithm_condition", one.own_condition or None),
        ("n", Named.of(("readers", len(one.readers)), ("cases", one.cases))),
        *asked,
        ("figures", Named(tuple(others)) if others else None),
        ("paired", Named(tuple(paired))),
    )


def _algorithm(f: AlgorithmDifference) -> Named:
    """Difference: algorithm minus the readers' mean."""
    return Named.of(
        ("figure_of_merit", f.figure),
        ("covariance", f.covariance_method),
        ("algorithm_value", f.algorithm),
        ("readers_mean", f.mean),
        ("difference", f.difference),
        ("se", f.se),
        ("t", f.t),
        ("df", f.df),
        ("p", f.p),
        ("ci", [f.low, f.high]),
        ("method", f.method),
    )


def _one_reader(p: OneReader) -> Named:
    return Named.of(
        ("difference", p.difference),
        ("ci", [p.low, p.high]),
        ("p", p.p),
        ("p_holm", p.p_holm),
        ("n", p.n),
        ("method", p.method),
    )


def _details(analysis: Analysis) -> Named:
    mrmc = analysis.mrmc
    parts: list[tuple[str, Any]] = [("positive_at", analysis.positive_at)]
    if analysis.counts is not None:
        parts.append(("cases", Named(tuple(zip(("positive", "negative"), analysis.counts,
                                                strict=True)))))  # fmt: skip
    if mrmc is not None:
        parts += _mrmc_details(analysis, mrmc)
    if analysis.areas is not None:
        parts.append(("u_statistics", _areas(analysis)))
    return Named(tuple(parts))


def _mrmc_details(analysis: Analysis, mrmc: ObuchowskiRockette) -> list[tuple[str, Any]]:
    ratings, squares, c = analysis.ratings, mrmc.squares, mrmc.components
    cases = sum(analysis.counts) if analysis.counts else len(ratings.truth)
    errors = tuple(
        (name, Named(tuple(zip(ratings.readers, row, strict=True))))
        for name, row in zip(ratings.conditions, mrmc.errors, strict=True)
    )
    return [
        (
            "mean_squares",
            Named.of(("t", squares.condition), ("r", squares.reader), ("tr", squares.both))
            if squares
            else None,
        ),
        ("dbm", Named(c.dbm(_resting(analysis, cases))) if c else None),
        ("se", Named(errors)),
        ("single_fixed_readers", _means(analysis, mrmc.single_fixed_readers)),
        (
            "single_fixed_cases",
            _means(analysis, mrmc.single_fixed_cases) if mrmc.single_fixed_cases else None,
        ),
        (
            "by_reader",
            [
                Named((("reader", ratings.readers[r.reader]), *_pair(analysis, r.pair).fields))
                for r in mrmc.by_reader
            ],
        ),
    ]


def _resting(analysis: Analysis, cases: int) -> int:
    """How many cases the figure of merit rests on."""
    if analysis.mrmc is None or analysis.counts is None:
        return cases
    return {"sensitivity": analysis.counts[0], "specificity": analysis.counts[1]}.get(
        analysis.mrmc.figure, cases
    )


def _areas(analysis: Analysis) -> Named:
    names, areas = analysis.ratings.conditions, analysis.areas
    assert areas is not None
    means = tuple(zip(names, (_area(a) for a in areas.means), strict=True))
    differences = [
        Named((("first", names[d.first]), ("second", names[d.second]), *_area(d.value).fields))
        for d in areas.differences
    ]
    return Named.of(("means", Named(means)), ("differences", differences))


def _area(a: AreaEstimate) -> Named:
    return Named.of(
        ("value", a.estimate),
        ("variance", a.biased_variance if a.guarded else a.unbiased_variance),
        ("unbiased_variance", a.unbiased_variance),
        ("df", a.df),
        ("se", a.se),
        ("p", a.p),
        ("p_normal", a.p_normal),
        ("ci", [a.low, a.high]),
        ("bck", Named(tuple(vars(a.components).items()))),
        ("method", a.method),
    )
