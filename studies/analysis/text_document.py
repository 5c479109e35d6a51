"""An analysis as lines for a person: each number with its method, interval, n and a reading."""

from __future__ import annotations

import math

from studies.analysis.against import Against, OneReader
from studies.analysis.analysing import Analysis
from studies.statistics.agreement import Coefficient
from studies.statistics.agreement.coefficient import without_zero
from studies.statistics.mrmc import (
    AlgorithmDifference,
    AreaDifference,
    AreaEstimate,
    ConditionMean,
    Difference,
    ObuchowskiRockette,
    Pair,
)
from studies.statistics.p_value import p_text

_KINDS = {
    "rrrc": "readers and cases random",
    "frrc": "readers fixed, cases random",
    "rrfc": "readers random, cases fixed",
}
_FIGURES = {"auc": "AUC", "accuracy": "accuracy", "sensitivity": "sensitivity",
            "specificity": "specificity"}  # fmt: skip
_VOID = "no interval and no test: its variance is estimated as 0 or less"


def as_text(analysis: Analysis) -> str:
    """The analysis for a person."""
    lines = [_sizes(analysis)]
    if analysis.mrmc is not None:
        lines += _mrmc_lines(analysis, analysis.mrmc)
    if analysis.areas is not None:
        lines += _area_lines(analysis)
    for one in analysis.against:
        lines += _against_lines(one)
    for key, c in analysis.agreement:
        interval = f"[{_four(c.low)}, {_four(c.high)}]"
        reading = _agreement_reading(key, c)
        lines.append(f"{c.name}: {_four(c.value)} {interval}, n {c.n}: {reading}; {c.method}.")
    for a in analysis.accuracy:
        v = a.value
        counts = f"right {v.successes}/{v.n} = {v.percent} {v.interval} %, {v.method}"
        lines.append(f"{a.condition}, {a.reader}: {counts if v.n else 'no answer'}.")
    lines += [f"Not done: {what}: {why}." for what, why in analysis.declined]
    return "\n".join(lines)


def _agreement_reading(key: str, c: Coefficient) -> str:
    if math.isnan(c.low):
        return "no interval, as no variance can be estimated"
    if key == "percent":
        return "the share of pairs of readers who agree, chance not taken off"
    if c.low > 0:
        return "more agreement than chance gives"
    return "less agreement than chance gives" if c.high < 0 else "no more than chance is shown"


def _four(value: float) -> str:
    return without_zero(value, 4)


def _three(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


def _sizes(analysis: Analysis) -> str:
    ratings = analysis.ratings
    sizes = (
        (len(ratings.readers), "reader"),
        (len(ratings.truth), "case"),
        (len(ratings.conditions), "condition"),
    )
    words = ", ".join(f"{n} {word}{'s' if n != 1 else ''}" for n, word in sizes)
    if analysis.counts is not None:
        words += f"; {analysis.counts[0]} positive, {analysis.counts[1]} negative"
    return f"{words}."


def _mrmc_lines(analysis: Analysis, mrmc: ObuchowskiRockette) -> list[str]:
    names = analysis.ratings.conditions
    cut = ""
    if mrmc.figure != "auc" and analysis.positive_at is not None:
        cut = f" (a rating of {analysis.positive_at:g} or more is positive)"
    lines = [
        f"Obuchowski-Rockette, {_FIGURES[mrmc.figure]}{cut}, {mrmc.covariance_method} covariance:"
    ]
    for i, name in enumerate(names):
        row = mrmc.merits[i]
        spread = _spread(mrmc.single[i] if mrmc.single else mrmc.single_fixed_readers[i])
        whose = "readers random" if mrmc.single else "these readers"
        lines.append(f"  {name}: mean {_four(sum(row) / len(row))}{spread} ({whose})")
        readers = zip(analysis.ratings.readers, row, mrmc.errors[i], strict=True)
        each = ", ".join(f"{r} {_four(v)} (SE {_four(e)})" for r, v, e in readers)
        lines.append(f"    by reader: {each}")
    for kind, words in _KINDS.items():
        d: Difference | None = getattr(mrmc, kind)
        if d is not None:
            lines += _difference_lines(names, words, d, mrmc.figure)
    lines += _reader_lines(analysis, mrmc)
    return lines


def _spread(mean: ConditionMean) -> str:
    if not mean.se > 0:
        return ", no interval: its variance is estimated as 0"
    return f" [{_four(mean.low)}, {_four(mean.high)}], df {_degrees(mean.df)}"


def _difference_lines(names: tuple[str, ...], words: str, d: Difference, figure: str) -> list[str]:
    difference = f"difference {_four(d.difference)}"
    if len(d.pairs) == 1:
        test = f"[{_four(d.low)}, {_four(d.high)}], {_test(d)}" if _is_tested(d) else _VOID
        joint = " " if _is_tested(d) else ", "
        return [f"  {words}: {difference}{joint}{test}: {_reading(names, d.pairs[0], figure)}."]
    test = _test(d) if _is_tested(d) else _VOID
    lines = [f"  {words}, all conditions equal: {test}."]
    return lines + [f"    {_pair_words(names, pair, figure)}." for pair in d.pairs]


def _is_tested(d: Difference) -> bool:
    return math.isfinite(d.statistic)


def _test(d: Difference) -> str:
    law = f"X2({d.ndf})" if d.kind == "frrc" else f"F({d.ndf}, {_degrees(d.df)})"
    return f"{law} = {_three(d.statistic)}, p {p_text(d.p)}"


def _pair_words(names: tuple[str, ...], pair: Pair, figure: str) -> str:
    words = f"{names[pair.first]} minus {names[pair.second]}: {_four(pair.difference)}"
    if math.isnan(pair.se):
        return f"{words}, {_VOID}"
    law = "z" if math.isinf(pair.df) else f"t({_degrees(pair.df)})"
    return (
        f"{words} [{_four(pair.low)}, {_four(pair.high)}], {law} = {_three(pair.statistic)}, "
        f"p {p_text(pair.p)}: {_reading(names, pair, figure)}"
    )


def _reading(names: tuple[str, ...], pair: Pair, figure: str) -> str:
    if math.isnan(pair.se):
        return "nothing can be concluded"
    if pair.p >= 0.05:
        return "no difference is shown, which does not show that there is none"
    higher, lower = (pair.first, pair.second)[:: 1 if pair.difference > 0 else -1]
    return f"{_FIGURES[figure]} is higher under {names[higher]} than under {names[lower]}"


def _reader_lines(analysis: Analysis, mrmc: ObuchowskiRockette) -> list[str]:
    if not mrmc.by_reader:
        return []
    names, readers = analysis.ratings.conditions, analysis.ratings.readers
    lines = ["  each reader alone, cases random (not adjusted for their number):"]
    for one in mrmc.by_reader:
        pair = one.pair
        words = f"{names[pair.first]} minus {names[pair.second]}: {_four(pair.difference)}"
        tested = (
            f"{words} [{_four(pair.low)}, {_four(pair.high)}], z = {_three(pair.statistic)}, "
            f"p {p_text(pair.p)}"
        )
        told = f"{words}, variance 0" if math.isnan(pair.se) else tested
        lines.append(f"    {readers[one.reader]}, {told}")
    return lines


def _degrees(df: float) -> str:
    return f"{df:.2f}" if math.isfinite(df) else "∞"


def _area_lines(analysis: Analysis) -> list[str]:
    names, areas = analysis.ratings.conditions, analysis.areas
    assert areas is not None
    lines = ["Areas by U-statistics (BDG, Gallas), readers and cases random, as iMRMC:"]
    for name, one in zip(names, areas.means, strict=True):
        lines.append(f"  {name}: mean {_four(one.estimate)}{_area_words(one, is_tested=False)}")
    for d in areas.differences:
        words = f"{names[d.first]} minus {names[d.second]}: {_four(d.value.estimate)}"
        lines.append(f"  {words}{_area_words(d.value, is_tested=True)}: {_area_reading(names, d)}")
    return lines


def _area_reading(names: tuple[str, ...], d: AreaDifference) -> str:
    v = d.value
    pair = Pair(d.first, d.second, v.estimate, v.se, v.df, math.nan, v.p, v.low, v.high)
    return _reading(names, pair, "auc")


def _area_words(one: AreaEstimate, *, is_tested: bool) -> str:
    if math.isnan(one.se):
        return ", no interval: its variance is estimated as 0 or less"
    words = f" [{_four(one.low)}, {_four(one.high)}], df {_degrees(one.df)}"
    if is_tested:
        words += f", p {p_text(one.p)}"
    return words + ("; biased variance, as the unbiased one is not positive" * one.guarded)


def _against_lines(one: Against) -> list[str]:
    lines = [
        f"{one.algorithm} against {len(one.readers)} readers, {one.condition}, {one.cases} cases "
        "(algorithm minus readers):"
    ]
    lines += [f"  {_algorithm_words(one, f)}." for f in one.figures]
    return lines + [f"  {_one_reader_words(p)}." for p in one.paired]


def _algorithm_words(one: Against, f: AlgorithmDifference) -> str:
    words = (
        f"{_FIGURES[f.figure]} {_four(f.algorithm)} against the readers' mean {_four(f.mean)}: "
        f"difference {_four(f.difference)}"
    )
    if math.isnan(f.se):
        return f"{words}, {_VOID}"
    verdict = "no difference is shown, which does not show that there is none"
    if f.p < 0.05:
        verdict = f"{one.algorithm} is {'better' if f.difference > 0 else 'worse'} than the mean"
    return (
        f"{words} [{_four(f.low)}, {_four(f.high)}], t({_degrees(f.df)}) = {_three(f.t)}, "
        f"p {p_text(f.p)}: {verdict}; {f.method}, {f.covariance_method} covariance"
    )


def _one_reader_words(p: OneReader) -> str:
    words = f"{p.reader}, {_FIGURES[p.figure]}: difference {_four(p.difference)}"
    interval = "" if math.isnan(p.low) else f" [{_four(p.low)}, {_four(p.high)}]"
    return f"{words}{interval}, p {p_text(p.p)} (Holm {p_text(p.p_holm)}), n {p.n}; {p.method}"
