"""An analysis as JSON: schema 1, full precision; numbers that do not exist are null."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from studies.analysis.against import Against, OneReader
from studies.analysis.analysing import Analysis
from studies.analysis.classes import Accuracy
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


@dataclass(frozen=True)
class _Named:
    """A JSON object in the making; absent parts are left out."""

    fields: tuple[tuple[str, Any], ...]

    @staticmethod
    def of(*fields: tuple[str, Any]) -> _Named:
        """An object of these fields."""
        return _Named(fields)

    def plain(self) -> Any:
        """Standard types for the encoder."""
        return {name: _plain(value) for name, value in self.fields if value is not None}


def as_json(analysis: Analysis, *, details: bool = False) -> str:
    """The analysis in the published schema.

    Beyond it: `against` where an algorithm was compared, `pairwise` inside each test where there
    are more than two conditions, and with `details` a part of that name: mean squares, DBM
    components, single readings, each reader's tests, fixed-factor means and U-statistics.
    """
    ratings = analysis.ratings
    sizes = _Named.of(
        ("readers", len(ratings.readers)),
        ("cases", len(ratings.truth)),
        ("conditions", len(ratings.conditions)),
    )
    whole = _Named.of(
        ("schema", 1),
        ("n", sizes),
        ("mrmc", _mrmc(analysis, analysis.mrmc) if analysis.mrmc else None),
        ("agreement", _agreement(analysis) if analysis.agreement else None),
        ("accuracy", _accuracy(analysis) if analysis.accuracy else None),
        ("against", _against(analysis.against) if analysis.against else None),
        ("details", _details(analysis) if details else None),
        (
            "declined",
            [_Named.of(("analysis", a), ("reason", r)) for a, r in analysis.declined],
        ),
    )
    return json.dumps(whole.plain(), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, _Named):
        return value.plain()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _mrmc(analysis: Analysis, mrmc: ObuchowskiRockette) -> _Named:
    ratings, c = analysis.ratings, mrmc.components
    values = _Named(
        tuple(
            (condition, _Named((*zip(ratings.readers, row, strict=True), ("mean", _mean(row)))))
            for condition, row in zip(ratings.conditions, mrmc.merits, strict=True)
        )
    )
    single = _means(analysis, mrmc.single) if mrmc.single else None
    return _Named.of(
        ("figure_of_merit", mrmc.figure),
        ("covariance", mrmc.covariance_method),
        ("auc", values),  # of whichever figure of merit: the schema's name for the block
        (
            "variance_components",
            _Named(tuple((name, getattr(c, name)) for name in _COMPONENTS)) if c else None,
        ),
        *((kind, _difference(analysis, getattr(mrmc, kind))) for kind in _KINDS),
        ("single", single),
    )


def _mean(row: tuple[float, ...]) -> float:
    return sum(row) / len(row)


def _means(analysis: Analysis, means: tuple[ConditionMean, ...]) -> _Named:
    return _Named(
        tuple(
            (name, _Named.of(("mean", m.mean), ("se", m.se), ("df", m.df), ("ci", [m.low, m.high])))
            for name, m in zip(analysis.ratings.conditions, means, strict=True)
        )
    )


def _difference(analysis: Analysis, d: Difference | None) -> _Named | None:
    if d is None:
        return None
    t = d.difference / d.se
    tests: tuple[tuple[str, Any], ...] = {
        "rrrc": (("f", d.statistic), ("ndf", d.ndf), ("df", d.df), ("t", t)),
        "frrc": (("x2", d.statistic), ("df", d.ndf)),
        "rrfc": (("f", d.statistic), ("t", t), ("df", d.df)),
    }[d.kind]
    rest = (("p", d.p), ("difference", d.difference), ("se", d.se), ("ci", [d.low, d.high]))
    pairs = [_pair(analysis, pair) for pair in d.pairs] if len(d.pairs) > 1 else None
    return _Named((*tests, *rest, ("pairwise", pairs)))


def _pair(analysis: Analysis, pair: Pair) -> _Named:
    names = analysis.ratings.conditions
    fixed = math.isinf(pair.df)
    return _Named.of(
        ("first", names[pair.first]),
        ("second", names[pair.second]),
        ("difference", pair.difference),
        ("se", pair.se),
        ("z" if fixed else "t", pair.statistic),
        ("df", None if fixed else pair.df),
        ("p", pair.p),
        ("ci", [pair.low, pair.high]),
    )


def _agreement(analysis: Analysis) -> _Named:
    return _Named(tuple((key, _coefficient(value)) for key, value in analysis.agreement))


def _coefficient(c: Coefficient) -> _Named:
    return _Named.of(
        ("value", c.value), ("se", c.se), ("ci", [c.low, c.high]), ("method", c.method)
    )


def _accuracy(analysis: Analysis) -> _Named:
    """{condition: {reader: value, correct, n, ci, method}}."""
    by_condition = dict.fromkeys(a.condition for a in analysis.accuracy)
    return _Named(
        tuple(
            (
                condition,
                _Named(
                    tuple(
                        (a.reader, _proportion(a))
                        for a in analysis.accuracy
                        if a.condition == condition
                    )
                ),
            )
            for condition in by_condition
        )
    )


def _proportion(accuracy: Accuracy) -> _Named:
    p = accuracy.value
    return _Named.of(
        ("value", p.estimate),
        ("correct", p.successes),
        ("n", p.n),
        ("ci", [p.low, p.high]),
        ("method", p.method),
    )


def _against(found: tuple[Against, ...]) -> _Named:
    """The first condition's comparison at the top; all of them by name where there are more."""
    first = _one_against(found[0])
    if len(found) == 1:
        return first
    named = _Named(tuple((one.condition, _one_against(one)) for one in found))
    return _Named((*first.fields, ("by_condition", named)))


def _one_against(one: Against) -> _Named:
    asked = _algorithm(one.figures[0]).fields if one.figures else ()
    others = [(f.figure, _algorithm(f)) for f in one.figures]
    names = dict.fromkeys(p.reader for p in one.paired)
    paired = [
        (name, _Named(tuple((p.figure, _one_reader(p)) for p in one.paired if p.reader == name)))
        for name in names
    ]
    return _Named.of(
        ("algorithm", one.algorithm),
        ("condition", one.condition),
        ("n", _Named.of(("readers", len(one.readers)), ("cases", one.cases))),
        *asked,
        ("figures", _Named(tuple(others)) if others else None),
        ("paired", _Named(tuple(paired))),
    )


def _algorithm(f: AlgorithmDifference) -> _Named:
    """Difference: algorithm minus the readers' mean."""
    return _Named.of(
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


def _one_reader(p: OneReader) -> _Named:
    return _Named.of(
        ("difference", p.difference),
        ("ci", [p.low, p.high]),
        ("p", p.p),
        ("p_holm", p.p_holm),
        ("n", p.n),
        ("method", p.method),
    )


def _details(analysis: Analysis) -> _Named:
    mrmc = analysis.mrmc
    parts: list[tuple[str, Any]] = [("positive_at", analysis.positive_at)]
    if analysis.counts is not None:
        parts.append(("cases", _Named(tuple(zip(("positive", "negative"), analysis.counts,
                                                strict=True)))))  # fmt: skip
    if mrmc is not None:
        parts += _mrmc_details(analysis, mrmc)
    if analysis.areas is not None:
        parts.append(("u_statistics", _areas(analysis)))
    return _Named(tuple(parts))


def _mrmc_details(analysis: Analysis, mrmc: ObuchowskiRockette) -> list[tuple[str, Any]]:
    ratings, squares, c = analysis.ratings, mrmc.squares, mrmc.components
    cases = sum(analysis.counts) if analysis.counts else len(ratings.truth)
    errors = tuple(
        (name, _Named(tuple(zip(ratings.readers, row, strict=True))))
        for name, row in zip(ratings.conditions, mrmc.errors, strict=True)
    )
    return [
        (
            "mean_squares",
            _Named.of(("t", squares.condition), ("r", squares.reader), ("tr", squares.both))
            if squares
            else None,
        ),
        ("dbm", _Named(c.dbm(_resting(analysis, cases))) if c else None),
        ("se", _Named(errors)),
        ("single_fixed_readers", _means(analysis, mrmc.single_fixed_readers)),
        (
            "single_fixed_cases",
            _means(analysis, mrmc.single_fixed_cases) if mrmc.single_fixed_cases else None,
        ),
        (
            "by_reader",
            [
                _Named((("reader", ratings.readers[r.reader]), *_pair(analysis, r.pair).fields))
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


def _areas(analysis: Analysis) -> _Named:
    names, areas = analysis.ratings.conditions, analysis.areas
    assert areas is not None
    means = tuple(zip(names, (_area(a) for a in areas.means), strict=True))
    differences = [
        _Named((("first", names[d.first]), ("second", names[d.second]), *_area(d.value).fields))
        for d in areas.differences
    ]
    return _Named.of(("means", _Named(means)), ("differences", differences))


def _area(a: AreaEstimate) -> _Named:
    return _Named.of(
        ("value", a.estimate),
        ("variance", a.biased_variance if a.guarded else a.unbiased_variance),
        ("unbiased_variance", a.unbiased_variance),
        ("df", a.df),
        ("se", a.se),
        ("p", a.p),
        ("p_normal", a.p_normal),
        ("ci", [a.low, a.high]),
        ("bck", _Named(tuple(vars(a.components).items()))),
        ("method", a.method),
    )
