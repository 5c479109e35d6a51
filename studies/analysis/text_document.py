"""An analysis as lines for a person: each number with its method, interval, n and a reading."""

from __future__ import annotations

import math

from studies.analysis.analysing import Analysis
from studies.analysis.text_accuracy import accuracy_lines, agreement_line, comparison_lines
from studies.analysis.text_against import against_lines
from studies.analysis.wording import (
    FIGURES,
    NOT_SHOWN,
    VOID,
    counted,
    degrees,
    four,
    interval,
    p_words,
    three,
)
from studies.statistics.mrmc import (
    AreaDifference,
    AreaEstimate,
    ConditionMean,
    Difference,
    ObuchowskiRockette,
    Pair,
)

_KINDS = {
    "rrrc": "readers and cases random",
    "frrc": "readers fixed, cases random",
    "rrfc": "readers random, cases fixed",
}


def as_text(analysis: Analysis) -> str:
    """The analysis for a person."""
    lines = [_sizes(analysis)]
    if analysis.mrmc is not None:
        lines += _mrmc_lines(analysis, analysis.mrmc)
    if analysis.areas is not None:
        lines += _area_lines(analysis)
    for one in analysis.against:
        lines += against_lines(one)
    lines += [agreement_line(key, c) for key, c in analysis.agreement]
    for a in analysis.accuracy:
        lines += accuracy_lines(a)
    for comparison in analysis.comparisons:
        lines += comparison_lines(comparison)
    lines += [f"Not done: {what}: {why}." for what, why in analysis.declined]
    return "\n".join(lines)


def _sizes(analysis: Analysis) -> str:
    ratings = analysis.ratings
    sizes = (
        (len(ratings.readers), "reader"),
        (len(ratings.truth), "case"),
        (len(ratings.conditions), "condition"),
    )
    words = ", ".join(counted(n, word) for n, word in sizes)
    if analysis.counts is not None:
        words += f"; {analysis.counts[0]} positive, {analysis.counts[1]} negative"
    return f"{words}."


def _mrmc_lines(analysis: Analysis, mrmc: ObuchowskiRockette) -> list[str]:
    names = analysis.ratings.conditions
    cut = ""
    if mrmc.figure != "auc" and analysis.positive_at is not None:
        cut = f" (a rating of {analysis.positive_at:g} or more is positive)"
    lines = [
        f"Obuchowski-Rockette, {FIGURES[mrmc.figure]}{cut}, {mrmc.covariance_method} covariance:"
    ]
    n = _n(analysis)
    for i, name in enumerate(names):
        lines += _mean_lines(analysis, mrmc, i, name)
    for kind, words in _KINDS.items():
        d: Difference | None = getattr(mrmc, kind)
        if d is not None:
            lines += _difference_lines(names, words, d, mrmc.figure, n)
    lines += _reader_lines(analysis, mrmc)
    return lines


def _n(analysis: Analysis) -> str:
    return f"n {counted(len(analysis.ratings.readers), 'reader')}, {_cases(analysis)}"


def _cases(analysis: Analysis) -> str:
    """The cases that the figure of merit rests on."""
    cases, figure = len(analysis.ratings.truth), analysis.mrmc.figure if analysis.mrmc else "auc"
    if analysis.counts is not None and figure in ("sensitivity", "specificity"):
        of = 0 if figure == "sensitivity" else 1
        kind = ("positive case", "negative case")[of]
        return counted(analysis.counts[of], kind)
    return counted(cases, "case")


def _mean_lines(
    analysis: Analysis, mrmc: ObuchowskiRockette, condition: int, name: str
) -> list[str]:
    row, readers = mrmc.merits[condition], analysis.ratings.readers
    mean = mrmc.single[condition] if mrmc.single else mrmc.single_fixed_readers[condition]
    whose = "readers random" if mrmc.single else "these readers"
    each = zip(readers, row, mrmc.errors[condition], strict=True)
    words = ", ".join(f"{r} {four(v)} (SE {four(e)})" for r, v, e in each)
    high, low = max(row), min(row)
    apart = "all alike" if high == low else f"from {four(low)} to {four(high)}"
    return [
        f"  {name}: mean {four(sum(row) / len(row))}{_spread(mean)} ({whose}), {_n(analysis)}: "
        f"{_mean_reading(mean, mrmc.figure)}",
        f"    by reader: {words}, n {_cases(analysis)} each: {apart}",
    ]


def _mean_reading(mean: ConditionMean, figure: str) -> str:
    if math.isnan(mean.se):
        return "how sure it is cannot be said"
    if mean.low > 0.5:
        return "better than guessing" if figure == "auc" else "more than one half"
    if mean.high < 0.5:
        return "worse than guessing" if figure == "auc" else "less than one half"
    return f"{'better than guessing' if figure == 'auc' else 'more than one half'} is not shown"


def _spread(mean: ConditionMean) -> str:
    if not mean.se > 0:
        return ", no interval: its variance is estimated as 0"
    return f" [{four(mean.low)}, {four(mean.high)}], df {degrees(mean.df)}"


def _difference_lines(
    names: tuple[str, ...], words: str, d: Difference, figure: str, n: str
) -> list[str]:
    difference = f"difference {four(d.difference)}"
    if len(d.pairs) == 1:
        test = f" {interval(d.low, d.high)}, {_test(d)}, {n}" if _is_tested(d) else f", {n}, {VOID}"
        return [f"  {words}: {difference}{test}: {_reading(names, d.pairs[0], figure)}."]
    test = f"{_test(d)}, {n}: {_joint_reading(d)}" if _is_tested(d) else f"{n}: {VOID}"
    lines = [f"  {words}, all conditions equal: {test}."]
    return lines + [f"    {_pair_words(names, pair, figure, n)}." for pair in d.pairs]


def _joint_reading(d: Difference) -> str:
    return "the conditions differ; the pairs say which" if d.p < 0.05 else NOT_SHOWN


def _is_tested(d: Difference) -> bool:
    return math.isfinite(d.statistic)


def _test(d: Difference) -> str:
    law = f"X2({d.ndf})" if d.kind == "frrc" else f"F({d.ndf}, {degrees(d.df)})"
    return f"{law} = {three(d.statistic)}, {p_words(d.p)}"


def _pair_words(names: tuple[str, ...], pair: Pair, figure: str, n: str) -> str:
    words = f"{names[pair.first]} minus {names[pair.second]}: {four(pair.difference)}"
    if math.isnan(pair.se):
        return f"{words}, {n}: {VOID}"
    law = "z" if math.isinf(pair.df) else f"t({degrees(pair.df)})"
    return (
        f"{words} [{four(pair.low)}, {four(pair.high)}], {law} = {three(pair.statistic)}, "
        f"{p_words(pair.p)}, {n}: {_reading(names, pair, figure)}"
    )


def _reading(names: tuple[str, ...], pair: Pair, figure: str) -> str:
    if math.isnan(pair.se):
        return "nothing can be concluded"
    if pair.p >= 0.05:
        return NOT_SHOWN
    higher, lower = (pair.first, pair.second)[:: 1 if pair.difference > 0 else -1]
    return f"{FIGURES[figure]} is higher under {names[higher]} than under {names[lower]}"


def _reader_lines(analysis: Analysis, mrmc: ObuchowskiRockette) -> list[str]:
    if not mrmc.by_reader:
        return []
    names, readers = analysis.ratings.conditions, analysis.ratings.readers
    lines = ["  each reader alone, cases random (not adjusted for their number):"]
    for one in mrmc.by_reader:
        pair = one.pair
        words = f"{names[pair.first]} minus {names[pair.second]}: {four(pair.difference)}"
        n, limits = f"n {_cases(analysis)}", interval(pair.low, pair.high)
        told = f"{words} {limits}, z = {three(pair.statistic)}, {p_words(pair.p)}, {n}"
        if math.isnan(pair.se):
            told = f"{words}, {n}, variance 0"
        lines.append(f"    {readers[one.reader]}, {told}: {_reading(names, pair, mrmc.figure)}")
    return lines


def _area_lines(analysis: Analysis) -> list[str]:
    names, areas = analysis.ratings.conditions, analysis.areas
    assert areas is not None
    lines = ["Areas by U-statistics (BDG, Gallas), readers and cases random, as iMRMC:"]
    n = _n(analysis)
    for name, one in zip(names, areas.means, strict=True):
        words = _area_words(one, n, is_tested=False)
        reading = "better than guessing" if one.low > 0.5 else "better than guessing is not shown"
        lines.append(f"  {name}: mean {four(one.estimate)}{words}: {reading}")
    for d in areas.differences:
        words = f"{names[d.first]} minus {names[d.second]}: {four(d.value.estimate)}"
        lines.append(
            f"  {words}{_area_words(d.value, n, is_tested=True)}: {_area_reading(names, d)}"
        )
    return lines


def _area_reading(names: tuple[str, ...], d: AreaDifference) -> str:
    v = d.value
    pair = Pair(d.first, d.second, v.estimate, v.se, v.df, math.nan, v.p, v.low, v.high)
    return _reading(names, pair, "auc")


def _area_words(one: AreaEstimate, n: str, *, is_tested: bool) -> str:
    if math.isnan(one.se):
        return f", {n}, no interval: its variance is estimated as 0 or less"
    words = f" [{four(one.low)}, {four(one.high)}], df {degrees(one.df)}"
    if is_tested:
        words += f", {p_words(one.p)}"
    return f"{words}, {n}" + (
        "; biased variance, as the unbiased one is not positive" * one.guarded
    )
