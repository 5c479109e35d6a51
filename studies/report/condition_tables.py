"""Tables and sentences of conditions over readers, of networks against readers, and of times."""

from __future__ import annotations

import math

from studies.records import ClassScheme
from studies.report.conditions import AREA, ConditionAnalysis, ConditionResults
from studies.report.sentences import LEVEL, join_words, p_text
from studies.report.table import Table, limits
from studies.report.times import ReaderTimes
from studies.statistics.agreement.coefficient import without_zero
from studies.statistics.mrmc import Difference, Pair
from studies.statistics.trend import Trend

_KINDS = {
    "rrrc": "readers and cases random (Hillis' df)",
    "frrc": "these readers, cases random",
    "rrfc": "readers random, these cases",
}


def figure_words(analysis: ConditionAnalysis, scheme: ClassScheme) -> str:
    """`Class accuracy` or `AUC, Cyst v rest`."""
    if analysis.figure == AREA:
        return f"AUC, {scheme.category(analysis.category).name} v rest"
    return "Class accuracy"


def condition_tables(results: ConditionResults, scheme: ClassScheme) -> tuple[Table, ...]:
    """Means by condition, differences, and networks; tables with nothing in them are left out."""
    made = (
        _means(results, scheme),
        _differences(results, scheme),
        _networks(results),
    )
    return tuple(table for table in made if table.rows)


def condition_sentences(results: ConditionResults, scheme: ClassScheme) -> tuple[str, ...]:
    """What the conditions did, a line a figure of merit, then what was declined."""
    told = [
        _sentence(results, analysis, difference, pair, scheme)
        for analysis in results.analyses
        for difference in (analysis.result.rrrc or analysis.result.frrc,)
        if difference is not None
        for pair in difference.pairs
    ]
    return (*told, *(network_sentence(results, k) for k in range(len(results.networks))),
            *results.declined)  # fmt: skip


def network_sentence(results: ConditionResults, place: int) -> str:
    """A network against the readers' mean, with interval and p."""
    one = results.networks[place]
    d = one.difference
    shown = "differs from" if d.p < LEVEL else "is not shown to differ from"
    return (
        f"{one.network} {shown} the mean of {len(d.readers)} readers in class accuracy: "
        f"{without_zero(d.algorithm)} v {without_zero(d.mean)}, difference "
        f"{limits(d.difference, d.low, d.high, scale=2.0)}, p {p_text(d.p)} ({d.method})."
    )


def _sentence(
    results: ConditionResults,
    analysis: ConditionAnalysis,
    difference: Difference,
    pair: Pair,
    scheme: ClassScheme,
) -> str:
    means = [sum(row) / len(row) for row in analysis.result.merits]
    first, second = results.conditions[pair.first], results.conditions[pair.second]
    shown = "differ" if pair.p < LEVEL else "are not shown to differ"
    return (
        f"{figure_words(analysis, scheme)}: {first} and {second} {shown}: "
        f"{without_zero(means[pair.first])} v {without_zero(means[pair.second])}, difference "
        f"{limits(pair.difference, pair.low, pair.high, scale=2.0)}, p {p_text(pair.p)}, "
        f"{_KINDS[difference.kind]}."
    )


def _means(results: ConditionResults, scheme: ClassScheme) -> Table:
    rows = tuple(
        (
            figure_words(analysis, scheme),
            condition,
            _mean(analysis, i),
            *(without_zero(value, 3) for value in analysis.result.merits[i]),
        )
        for analysis in results.analyses
        for i, condition in enumerate(results.conditions)
    )
    columns = ("Figure of merit", "Condition", "Readers' mean [95 %]", *results.readers)
    left = f" {results.left_out} lack an answer and are left out." if results.left_out else ""
    note = (
        f"{results.items} real ROIs that every reader answered under every condition.{left} "
        "Obuchowski-Rockette, jackknife; the mean's interval takes readers and cases as random "
        "(Hillis 2007), or, with fewer than three readers, cases only."
    )
    title = "Readers' means by condition"
    return Table("mrmc_means", title, columns, rows, note, results.simulated)


def _mean(analysis: ConditionAnalysis, condition: int) -> str:
    means = analysis.result.single or analysis.result.single_fixed_readers
    one = means[condition]
    return limits(one.mean, one.low, one.high, 3, scale=1.0)


def _differences(results: ConditionResults, scheme: ClassScheme) -> Table:
    rows = tuple(
        (
            figure_words(analysis, scheme),
            f"{results.conditions[pair.first]} − {results.conditions[pair.second]}",
            _KINDS[difference.kind],
            limits(pair.difference, pair.low, pair.high, 3, scale=2.0),
            without_zero(pair.se, 4),
            "∞" if math.isinf(pair.df) else f"{pair.df:.1f}",
            p_text(pair.p),
            p_text(difference.p),
        )
        for analysis in results.analyses
        for difference in (analysis.result.rrrc, analysis.result.frrc, analysis.result.rrfc)
        if difference is not None
        for pair in difference.pairs
    )
    columns = (
        "Figure of merit", "Conditions", "Taken as random", "Difference [95 %]", "SE", "df", "p",
        "p, all conditions equal",
    )  # fmt: skip
    note = (
        "Obuchowski & Rockette 1995 with the degrees of freedom of Hillis 2007; jackknife "
        "covariances. The first line of a figure of merit is the one to report."
    )
    title = "Differences of conditions (MRMC)"
    return Table("mrmc_differences", title, columns, rows, note, results.simulated)


def _networks(results: ConditionResults) -> Table:
    rows = tuple(
        (
            one.network,
            without_zero(d.algorithm, 3),
            without_zero(d.mean, 3),
            limits(d.difference, d.low, d.high, 3, scale=2.0),
            f"{d.df:.1f}",
            p_text(d.p),
        )
        for one in results.networks
        for d in (one.difference,)
    )
    columns = ("Network", "Its accuracy", "Readers' mean", "Difference [95 %]", "df", "p")
    note = f"{results.networks[0].difference.method}." if results.networks else ""
    title = "Networks against the readers' mean"
    return Table("mrmc_networks", title, columns, rows, note, results.simulated)


# --- times ----------------------------------------------------------------------------------


def time_tables(times: tuple[ReaderTimes, ...]) -> tuple[Table, ...]:
    """Seconds a trial, learning and fatigue, time by correctness; empty without times."""
    rows = tuple(map(_time_row, times))
    columns = (
        "Reader", "n", "Median s [95 %]", "Time per 100 trials, ratio", "p",
        "Odds of right per 100 trials, ratio", "p", "Median s, right", "Median s, wrong",
        "Right to wrong, ratio", "p",
    )  # fmt: skip
    note = (
        "Active seconds, pauses left out. Ratios with 95 % interval by generalised estimating "
        "equations, trials of one patient clustered (Liang & Zeger 1986; Mancl & DeRouen 2001 "
        "where clusters are few). Medians: interval by order statistics."
    )
    simulated = any(one.simulated for one in times)
    title = "Times and trends over the trials"
    return (Table("times", title, columns, rows, note, simulated),) if rows else ()


def time_sentences(times: tuple[ReaderTimes, ...]) -> tuple[str, ...]:
    """Learning, fatigue and time by correctness of each reader, in words."""
    return tuple(time_sentence(one) for one in times)


def time_sentence(one: ReaderTimes) -> str:
    """One reader's trends, and what could not be computed."""
    found = [one.time, one.accuracy, one.correctness.difference if one.correctness else None]
    parts = [trend.reading for trend in found if trend is not None]
    return f"{one.reader}: " + " ".join([*parts, *one.declined])


def trend_methods(one: ReaderTimes) -> str:
    """The methods of a reader's trends, each once."""
    found = [one.time, one.accuracy, one.correctness.difference if one.correctness else None]
    return join_words(list(dict.fromkeys(t.method for t in found if t is not None)) or ["none"])


def _time_row(one: ReaderTimes) -> tuple[str, ...]:
    m, c = one.median, one.correctness
    return (
        one.reader,
        str(m.n),
        f"{m.value:.1f} [{m.low:.1f}, {m.high:.1f}]",
        *_ratio(one.time),
        *_ratio(one.accuracy),
        f"{c.right.value:.1f}" if c else "–",
        f"{c.wrong.value:.1f}" if c else "–",
        *_ratio(c.difference if c else None),
    )


def _ratio(trend: Trend | None) -> tuple[str, str]:
    if trend is None:
        return ("–", "–")
    value, low, high = trend.ratio
    return (f"{_short(value)} [{_short(low)}, {_short(high)}]", p_text(trend.p))


def _short(value: float) -> str:
    """Three digits: a wide interval is not exact to the hundredth.

    Example: 9.274 -> "9.27", 260.04 -> "260".
    """
    if value >= 1000:
        return "> 1,000"
    return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f}"
