"""An analysis as JSON (schema 1, full precision) and as lines for a person."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from studies.analysis.analysing import Analysis
from studies.report.sentences import p_text
from studies.report.tables import with_interval
from studies.statistics.agreement import Coefficient
from studies.statistics.agreement.coefficient import without_zero
from studies.statistics.mrmc import ConditionMean, Difference, ObuchowskiRockette

_KINDS = {
    "rrrc": "readers and cases random",
    "frrc": "readers fixed, cases random",
    "rrfc": "readers random, cases fixed",
}


@dataclass(frozen=True)
class _Named:
    """A JSON object in the making; absent parts are left out."""

    fields: tuple[tuple[str, Any], ...]

    def plain(self) -> Any:
        return {name: _plain(value) for name, value in self.fields if value is not None}


def as_json(analysis: Analysis) -> str:
    """The analysis in the published schema; numbers that do not exist are null."""
    ratings = analysis.ratings
    whole = _Named(
        (
            ("schema", 1),
            (
                "n",
                _Named(
                    (
                        ("readers", len(ratings.readers)),
                        ("cases", len(ratings.truth)),
                        ("conditions", len(ratings.conditions)),
                    )
                ),
            ),
            ("mrmc", _mrmc(analysis, analysis.mrmc) if analysis.mrmc else None),
            ("agreement", _agreement(analysis) if analysis.agreement else None),
            ("accuracy", _accuracy(analysis) if analysis.accuracy else None),
            (
                "declined",
                [_Named((("analysis", a), ("reason", r))) for a, r in analysis.declined],
            ),
        )
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
    parts = ("reader", "condition_reader", "error", "cov1", "cov2", "cov3")
    singles = tuple(
        (
            condition,
            _Named((("mean", s.mean), ("se", s.se), ("df", s.df), ("ci", [s.low, s.high]))),
        )
        for condition, s in zip(ratings.conditions, mrmc.single, strict=False)
    )
    return _Named(
        (
            ("figure_of_merit", mrmc.figure),
            ("covariance", mrmc.covariance_method),
            ("auc", values),
            (
                "variance_components",
                _Named(tuple((name, getattr(c, name)) for name in parts)) if c else None,
            ),
            *((kind, _difference(getattr(mrmc, kind))) for kind in _KINDS),
            ("single", _Named(singles) if singles else None),
        )
    )


def _mean(row: tuple[float, ...]) -> float:
    return sum(row) / len(row)


def _difference(d: Difference | None) -> _Named | None:
    if d is None:
        return None
    t = d.difference / d.se if d.se and d.se > 0 else math.nan
    tests: tuple[tuple[str, Any], ...] = {
        "rrrc": (("f", d.statistic), ("ndf", d.ndf), ("df", d.df), ("t", t)),
        "frrc": (("x2", d.statistic), ("df", d.ndf)),
        "rrfc": (("f", d.statistic), ("t", t), ("df", d.df)),
    }[d.kind]
    rest = (("p", d.p), ("difference", d.difference), ("se", d.se), ("ci", [d.low, d.high]))
    return _Named((*tests, *rest))


def _agreement(analysis: Analysis) -> _Named:
    return _Named(tuple((key, _coefficient(value)) for key, value in analysis.agreement))


def _coefficient(c: Coefficient) -> _Named:
    return _Named((("value", c.value), ("se", c.se), ("ci", [c.low, c.high]), ("method", c.method)))


def _accuracy(analysis: Analysis) -> _Named:
    by_condition = []
    for condition in analysis.ratings.conditions:
        own = [a for a in analysis.accuracy if a.condition == condition]
        by_condition.append((condition, _Named(tuple((a.reader, _proportion(a)) for a in own))))
    return _Named(tuple(by_condition))


def _proportion(accuracy: Any) -> _Named:
    p = accuracy.value
    return _Named(
        (
            ("value", p.estimate),
            ("correct", p.successes),
            ("n", p.n),
            ("ci", [p.low, p.high]),
            ("method", p.method),
        )
    )


def as_text(analysis: Analysis) -> str:
    """The analysis for a person: each number with its method, interval and n."""
    ratings = analysis.ratings
    sizes = (
        (len(ratings.readers), "reader"),
        (len(ratings.truth), "case"),
        (len(ratings.conditions), "condition"),
    )
    lines = [", ".join(f"{n} {word}{'s' if n != 1 else ''}" for n, word in sizes) + "."]
    if analysis.mrmc is not None:
        lines += _mrmc_lines(analysis, analysis.mrmc)
    for _, c in analysis.agreement:
        interval = f"[{without_zero(c.low, 4)}, {without_zero(c.high, 4)}]"
        lines.append(f"{c.name}: {without_zero(c.value, 4)} {interval}, n {c.n}; {c.method}.")
    for a in analysis.accuracy:
        told = f"right {with_interval(a.value)} %, Wilson" if a.value.n else "no answer"
        lines.append(f"{a.condition}, {a.reader}: {told}.")
    lines += [f"Not done: {what}: {why}." for what, why in analysis.declined]
    return "\n".join(lines)


def _mrmc_lines(analysis: Analysis, mrmc: ObuchowskiRockette) -> list[str]:
    lines = [f"Obuchowski-Rockette, {mrmc.figure}, {mrmc.covariance_method} covariance:"]
    for i, condition in enumerate(analysis.ratings.conditions):
        spread = _spread(mrmc.single[i]) if mrmc.single else ""
        lines.append(f"  {condition}: mean {without_zero(_mean(mrmc.merits[i]), 4)}{spread}")
    for kind, name in _KINDS.items():
        d: Difference | None = getattr(mrmc, kind)
        if d is not None:
            lines.append(f"  {name}: difference {without_zero(d.difference, 4)}{_test(d)}.")
    return lines


def _spread(mean: ConditionMean) -> str:
    if not mean.se > 0:
        return ", no interval: its variance is estimated as 0"
    return f" [{without_zero(mean.low, 4)}, {without_zero(mean.high, 4)}], df {_degrees(mean.df)}"


def _test(d: Difference) -> str:
    if not math.isfinite(d.statistic):
        return ", no interval and no test: its variance is estimated as 0 or less"
    law = f"X2({d.ndf})" if d.kind == "frrc" else f"F({d.ndf}, {_degrees(d.df)})"
    return (
        f" [{without_zero(d.low, 4)}, {without_zero(d.high, 4)}], "
        f"{law} = {d.statistic:.3f}, p {p_text(d.p)}"
    )


def _degrees(df: float) -> str:
    return f"{df:.2f}" if math.isfinite(df) else "∞"
