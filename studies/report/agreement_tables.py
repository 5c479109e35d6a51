"""Tables of readers in pairs and together: agreement, differences, one reader twice."""

from __future__ import annotations

from studies.report.pairing import RaterPair
from studies.report.readers import ReaderResults
from studies.report.sentences import LEVEL, p_text, pair_sentence
from studies.report.table import Table, coefficient, points, with_interval


def agreement_tables(results: ReaderResults) -> tuple[Table, ...]:
    """Agreement, beyond chance, of all together, and differences in accuracy; some may be empty."""
    return (
        _agreement_table(results),
        _chance_table(results),
        _panel_table(results),
        _paired_table(results),
        _within_table(results),
    )


def _agreement_table(results: ReaderResults) -> Table:
    rows = tuple(_agreement_row(pair) for pair in _between(results))
    columns = (
        "Readers", "n", "Same class, %", "Both right", "Only first", "Only second", "Both wrong",
        "Same wrong class", "McNemar p",
    )  # fmt: skip
    note = (
        "Share of ROIs given the same class with Wilson's 95 % interval. McNemar: exact, "
        "two-sided, on right and wrong."
    )
    title = "Agreement of readers in pairs"
    told = " ".join(map(_agreement_words, _between(results)[:1]))
    return Table("agreement", title, columns, rows, note, results.simulated, reading=told)


def _agreement_words(pair: RaterPair) -> str:
    o = pair.outcomes
    return (
        f"{pair.first} and {pair.second} gave the same class to {o.agree} of {o.n} ROIs; on "
        f"{o.agree_wrong} of these both were wrong."
    )


def _agreement_row(pair: RaterPair) -> tuple[str, ...]:
    o = pair.outcomes
    counts = (o.both_correct, o.only_first, o.only_second, o.both_wrong, o.agree_wrong)
    return (
        f"{pair.first} and {pair.second}",
        str(o.n),
        with_interval(o.agreement),
        *map(str, counts),
        p_text(pair.mcnemar.p),
    )


def _chance_table(results: ReaderResults) -> Table:
    rows = tuple(
        (
            f"{pair.first} and {pair.second}",
            str(pair.outcomes.n),
            *(coefficient(c.value, c.low, c.high) for c in pair.coefficients),
        )
        for pair in _between(results)
    )
    columns = ("Readers", "n", "Cohen κ", "Brennan-Prediger", "Gwet AC1", "Krippendorff α")
    note = (
        "95 % intervals. κ: asymptotic error; Brennan-Prediger and AC1: linearised error, t; "
        "α: nominal, bootstrap over items."
    )
    title = "Agreement beyond chance in pairs"
    return Table("agreement_beyond_chance", title, columns, rows, note, results.simulated)


def _panel_table(results: ReaderResults) -> Table:
    rows = tuple(
        (c.name, coefficient(c.value, c.low, c.high), str(c.n), c.method) for c in results.panel
    )
    columns = ("Coefficient", "Value [95 %]", "n", "Method")
    note = _cochran_words(results)
    title = "Agreement of all people together"
    return Table("panel", title, columns, rows, note, results.simulated)


def _cochran_words(results: ReaderResults) -> str:
    q = results.cochran
    if q is None:
        return ""
    shown = "differ" if q.p < LEVEL else "are not shown to differ"
    return (
        f"Over the {q.n} ROIs that all people classed, they {shown} in how often they are right: "
        f"{q.method} {q.q:.2f}, df {q.df}, p {p_text(q.p)}."
    )


def _paired_table(results: ReaderResults) -> Table:
    rows = tuple(map(_paired_row, _between(results)))
    columns = (
        "Readers", "n", "First minus second, points", "Only first", "Only second", "Exact p",
        "p by Holm", "Mid-p", "p, patients as clusters",
    )  # fmt: skip
    title = "Difference in class accuracy, pairs of readers"
    return Table("paired", title, columns, rows, _PAIRED, results.simulated)


_PAIRED = (
    "Newcombe's method 10, 95 %. Exact McNemar, two-sided; Holm over all pairs of the table; mid-p "
    "beside it; clustered McNemar (Obuchowski 1998) where patients have several lesions."
)


def _within_table(results: ReaderResults) -> Table:
    shown = [pair for pair in results.pairs if pair.within and pair.outcomes.n]
    rows = tuple(
        (cells[0], cells[1], with_interval(pair.outcomes.agreement), *cells[2:6], *cells[7:])
        for pair, cells in ((pair, _paired_row(pair)) for pair in shown)
    )
    columns = (
        "Readings", "n", "Same class, %", "First minus second, points", "Only first",
        "Only second", "Exact p", "Mid-p", "p, patients as clusters",
    )  # fmt: skip
    note = f"The same reader on the same real ROIs under two conditions. {_PAIRED}"
    title = "Each reader under another condition"
    told = " ".join(map(pair_sentence, shown[:3]))
    return Table("conditions_paired", title, columns, rows, note, results.simulated, reading=told)


def _paired_row(pair: RaterPair) -> tuple[str, ...]:
    d, table, test = pair.difference, pair.outcomes.table, pair.mcnemar
    return (
        f"{pair.first} and {pair.second}",
        str(pair.outcomes.n),
        points(d.value, d.low, d.high),
        str(table.only_first),
        str(table.only_second),
        p_text(test.p),
        p_text(pair.p_holm),
        p_text(test.mid_p),
        p_text(pair.clustered.p) if pair.clustered is not None else "–",
    )


def _between(results: ReaderResults) -> list[RaterPair]:
    return [pair for pair in results.pairs if not pair.within and pair.outcomes.n]
