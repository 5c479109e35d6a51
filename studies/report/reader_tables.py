"""Table 4 and what stands beside it: agreement, detection, ROC, time, changes, repeats."""

from __future__ import annotations

import math

from studies.records import ClassScheme
from studies.report.agreement_tables import agreement_tables
from studies.report.paper import TABLE_4, PaperExpert
from studies.report.readers import ReaderResults, ReaderScore
from studies.report.sentences import p_text, reader_sentences, unfinished_sentences
from studies.report.table import Table, area_text, coefficient, signed, with_interval
from studies.statistics.agreement import IntraReader
from studies.statistics.agreement.coefficient import without_zero
from studies.statistics.roc import Auc


def reader_tables(results: ReaderResults, scheme: ClassScheme) -> tuple[Table, ...]:
    """Table 4 and what stands beside it; tables with nothing in them are left out."""
    made = (
        *accuracy_tables(results, scheme),
        *agreement_tables(results),
        *detection_tables(results),
        *roc_tables(results, scheme),
        *conduct_tables(results),
    )
    return tuple(table for table in made if table.rows)


def accuracy_tables(results: ReaderResults, scheme: ClassScheme) -> tuple[Table, ...]:
    """Table 4, sensitivity and specificity by class, and accuracy with patients as clusters."""
    return (_table_4(results), _class_table(results, scheme), _clustered_table(results))


def detection_tables(results: ReaderResults) -> tuple[Table, ...]:
    """Real or synthetic: d', criterion, balanced accuracy and its tests."""
    return (_detection_table(results),)


def roc_tables(results: ReaderResults, scheme: ClassScheme) -> tuple[Table, ...]:
    """Areas under the ROC curves, a row a reader and class."""
    return (_roc_table(results, scheme),)


def conduct_tables(results: ReaderResults) -> tuple[Table, ...]:
    """Time, answers changed with the result of first answers, and hidden repeats."""
    return (_reading_table(results), _repeat_table(results))


def _label(score: ReaderScore) -> str:
    kind = {"model": "network", "simulated": "simulated reader"}.get(score.kind, "")
    if not kind or score.reader.lower().startswith(kind):
        return score.reader
    return f"{score.reader} ({kind})"


def _table_4(results: ReaderResults) -> Table:
    rows: list[tuple[str, ...]] = [
        (
            _label(s),
            with_interval(s.class_real),
            with_interval(s.class_synthetic),
            _total(results, s),
            with_interval(s.origin_total),
        )
        for s in results.scores
    ]
    if rows:
        rows += [_paper_row(expert) for expert in TABLE_4]
    parts = ["Percent right with Wilson's 95 % interval."]
    if any(s.origin_total for s in results.scores):
        parts.append(f"Always saying “real” scores {with_interval(results.always_real)}.")
    note = " ".join([*parts, "Hidden repeats are not counted.", *unfinished_sentences(results)])
    quoted = len(TABLE_4) if rows else 0
    columns = ("Reader", "Class, real", "Class, synthetic", "Class, all", "Real or synthetic")
    title = "Table 4: readers and networks on the same ROIs"
    told = reader_sentences(results)
    return Table(
        "table_4", title, columns, tuple(rows), note, results.simulated, quoted, " ".join(told[:1])
    )


def _total(results: ReaderResults, score: ReaderScore) -> str:
    return (
        "– (real items only)" if results.is_real_only(score) else with_interval(score.class_total)
    )


def _paper_row(expert: PaperExpert) -> tuple[str, ...]:
    values = (
        expert.class_real,
        expert.class_synthetic,
        expert.class_total,
        expert.origin_total,
    )
    return (f"{expert.name} (paper)", *map(with_interval, values))


def _class_table(results: ReaderResults, scheme: ClassScheme) -> Table:
    rows = tuple(
        (
            _label(score),
            scheme.category(code).name,
            with_interval(score.matrix.sensitivity(i)),
            with_interval(score.matrix.specificity(i)),
        )
        for score in results.scores
        for i, code in enumerate(results.classes)
    )
    columns = ("Reader", "Class", "Sensitivity, %", "Specificity, %")
    note = "Each class against the rest, real and synthetic ROIs together; Wilson's 95 % interval."
    return Table("classes", "Readers by class", columns, rows, note, results.simulated)


def _clustered_table(results: ReaderResults) -> Table:
    rows = tuple(
        (
            _label(s),
            f"{c.successes}/{c.n}",
            str(c.patients),
            f"{c.percent} {c.interval}",
            without_zero(c.design_effect) if not math.isnan(c.design_effect) else c.reason,
            f"{c.effective_n:.0f}",
        )
        for s in results.scores
        if (c := s.clustered_real) is not None
    )
    columns = (
        "Reader", "Right", "Patients", "Class, real, %", "Design effect", "Effective n",
    )  # fmt: skip
    note = (
        "Real ROIs, lesions clustered in patients: Wilson's 95 % interval at Rao-Scott's effective "
        "sample size (Rao & Scott 1992). A design effect above 1 widens it."
    )
    title = "Accuracy where patients have several lesions"
    return Table("class_clustered", title, columns, rows, note, results.simulated)


def _detection_table(results: ReaderResults) -> Table:
    rows = []
    for score in results.scores:
        if score.detection is None:
            continue
        d, c = score.detection, score.detection.counts
        area = area_text(d.auc) if d.auc else "–"
        b = d.balanced_accuracy
        rows.append(
            (
                _label(score),
                f"{c.hits}/{c.signal}",
                f"{c.correct_rejections}/{c.noise}",
                signed(d.d_prime),
                signed(d.criterion),
                f"{100 * b.value:.1f} [{100 * b.low:.1f}, {100 * b.high:.1f}]",
                area,
                p_text(d.equivalence.p),
                p_text(d.prevalence.p),
            )
        )
    columns = (
        "Reader", "Synthetic called synthetic", "Real called real", "d'", "c",
        "Balanced accuracy, %", "AUC of confidence", "p equivalence", "p v always real",
    )  # fmt: skip
    note = (
        "d' and c with log-linear correction (Hautus 1995), variance of Gourevitch & Galanter "
        "1967; c above 0 leans to “real”. Balanced accuracy: MOVER of two Wilson intervals, "
        "50 is guessing; p of its equivalence to 50 within the sealed margin by two one-sided "
        "tests. AUC: of confidence in real or synthetic, where that was asked; logit of DeLong's "
        "interval. Last p: "
        "exact binomial against always giving the commoner answer."
    )
    title = "Real or synthetic"
    return Table("real_or_synthetic", title, columns, tuple(rows), note, results.simulated)


def _roc_table(results: ReaderResults, scheme: ClassScheme) -> Table:
    rows = tuple(
        (
            roc.reader,
            f"{scheme.category(roc.category).name} v rest",
            area_text(roc.auc),
            _delong(roc.auc),
            f"{roc.auc.positives} v {roc.auc.negatives}",
            roc.auc.method,
        )
        for roc in results.rocs
    )
    columns = ("Reader", "Class", "AUC [95 %, logit]", "DeLong [95 %]", "n", "Method")
    note = (
        "Real ROIs only. Rating: confidence where the class was chosen, else minus confidence; of "
        "a network the probability of the class, out of fold. Ties count one half. Logit: DeLong's "
        "standard error taken to the logit scale and back (Pepe 2003; Qin & Hotilovac 2008), the "
        "one to report, since DeLong's own holds areas near 1 too seldom."
    )
    return Table("roc", "ROC by class", columns, rows, note, results.simulated)


def _reading_table(results: ReaderResults) -> Table:
    shown = [s for s in results.scores if s.kind != "model"]
    rows = tuple(
        (
            _label(s),
            _seconds(s.times.median),
            _seconds(s.times.right),
            _seconds(s.times.wrong),
            str(s.changed),
            with_interval(s.class_total),
            with_interval(s.first_total),
            with_interval(s.origin_total),
            with_interval(s.first_origin),
        )
        for s in shown
    )
    columns = (
        "Reader", "Median s a trial", "When right", "When wrong", "Answers changed", "Class, %",
        "Class, first answers, %", "Real or synthetic, %", "Real or synthetic, first answers, %",
    )  # fmt: skip
    note = (
        "Active time without pauses. Answers changed: trials whose standing answer differs from "
        "the first. All other tables use the standing answers. Wilson's 95 % interval."
    )
    return Table(
        "reading", "Time and answers changed", columns, rows, note, results.simulated,
        reading=_change_words(shown),
    )  # fmt: skip


def _change_words(shown: list[ReaderScore]) -> str:
    changed = sum(s.changed for s in shown)
    if not changed:
        return "No answer was changed: first and standing answers are the same."
    moved = max(abs(s.class_total.estimate - s.first_total.estimate) for s in shown)
    were = "1 answer was" if changed == 1 else f"{changed} answers were"
    return (
        f"{were} changed; counting first answers moves no reader's class accuracy by more than "
        f"{100 * moved:.1f} points."
    )


def _repeat_table(results: ReaderResults) -> Table:
    rows = tuple(
        (
            _label(s),
            task,
            with_interval(intra.same),
            _of_cohen(intra),
            coefficient(intra.gwet.value, intra.gwet.low, intra.gwet.high),
            str(intra.unanswered),
        )
        for s in results.scores
        for task, intra in (("class", s.intra), ("real or synthetic", s.intra_origin))
        if intra is not None
    )
    columns = ("Reader", "Task", "Same answer, %", "Cohen κ", "Gwet AC1", "Unanswered")
    note = (
        "Hidden repeats against the first presentation in the same part: Wilson's 95 % interval, "
        "κ with asymptotic error, AC1 with linearised error. Few repeats make wide intervals."
    )
    title = "Intra-reader agreement on hidden repeats"
    return Table("repeats", title, columns, rows, note, results.simulated)


def _of_cohen(intra: IntraReader) -> str:
    kappa = intra.kappa.kappa
    return coefficient(kappa.value, kappa.low, kappa.high)


def _seconds(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1f}"


def _delong(area: Auc) -> str:
    """DeLong's own limits; a dash where they are void and what stands for them is shown already."""
    if math.isnan(area.se):
        return "–"
    return f"[{without_zero(area.low, 3)}, {without_zero(area.high, 3)}]"
