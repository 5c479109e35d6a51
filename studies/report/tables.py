"""Results as tables of text, the same for the page of the report and for CSV."""

from __future__ import annotations

import math
from dataclasses import dataclass

from studies.records import ClassScheme
from studies.report.classifier import ClassifierResults, GroupResult
from studies.report.paper import TABLE_4, TABLES_5_AND_6, PaperExpert, paper_matrix
from studies.report.readers import RaterPair, ReaderResults, ReaderScore
from studies.report.sentences import p_text, unfinished_sentences
from studies.statistics.agreement.coefficient import without_zero
from studies.statistics.confusion import ConfusionMatrix
from studies.statistics.detection import Estimate
from studies.statistics.proportions import Proportion, percent_text


@dataclass(frozen=True)
class Table:
    """A titled table of text; `key` is its file name. `note` says method and what it rests on."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    simulated: bool = False
    quoted: int = 0  # rows at the end that the paper prints: measured there, not here


def with_interval(proportion: Proportion | None) -> str:
    """`235/302 = 77.8 [72.8, 82.1]`, percent; a dash where nothing was asked."""
    if proportion is None or proportion.n == 0:
        return "–"
    return f"{proportion.successes}/{proportion.n} = {proportion.percent} {proportion.interval}"


def signed(estimate: Estimate) -> str:
    """`.61 [.32, .90]`."""
    low, high = without_zero(estimate.low), without_zero(estimate.high)
    return f"{without_zero(estimate.value)} [{low}, {high}]"


def reader_tables(results: ReaderResults, scheme: ClassScheme) -> tuple[Table, ...]:
    """Table 4 and what stands beside it; tables with nothing in them are left out."""
    made = (
        _table_4(results),
        _class_table(results, scheme),
        _agreement_table(results),
        _chance_table(results),
        _panel_table(results),
        _detection_table(results),
        _roc_table(results, scheme),
        _reading_table(results),
    )
    return tuple(table for table in made if table.rows)


def classifier_tables(results: ClassifierResults, scheme: ClassScheme) -> tuple[Table, ...]:
    """Accuracy by group (Fig. 8), Tables 5-6 and 7, and the runs behind them.

    Tables with nothing in them are left out.
    """
    made = (
        _group_table(results),
        _method_table(results),
        _arm_class_table(results, scheme),
        _run_table(results),
    )
    return tuple(table for table in made if table.rows)


def matrix_table(
    key: str, title: str, matrix: ConfusionMatrix, scheme: ClassScheme, simulated: bool = False
) -> Table:
    """A confusion matrix as the paper's Tables 2 and 3 print it, with exact percentages."""
    rows = []
    for i, code in enumerate(matrix.classes):
        name = scheme.category(code).name
        counts = tuple(str(count) for count in matrix.counts[i])
        rows.append((name, *counts, exact_percent(matrix.sensitivity(i))))
    specificity = [exact_percent(matrix.specificity(i)) for i in range(len(matrix.classes))]
    rows.append(("Specificity, %", *specificity, ""))
    note = f"Total accuracy, %: {with_interval(matrix.accuracy)}, Wilson."
    if matrix.unanswered:
        note += f" Not answered: {matrix.unanswered}."
    shorts = tuple(scheme.category(code).short for code in matrix.classes)
    return Table(
        key, title, ("True \\ said", *shorts, "Sensitivity, %"), tuple(rows), note, simulated
    )


def exact_percent(proportion: Proportion) -> str:
    """Percent with two decimals (the paper cuts 68.75 to 68.7)."""
    return percent_text(proportion.successes, proportion.n, 2)


def _label(score: ReaderScore) -> str:
    kind = {"model": "network", "simulated": "simulated reader"}.get(score.kind)
    return f"{score.reader} ({kind})" if kind else score.reader


def _table_4(results: ReaderResults) -> Table:
    rows: list[tuple[str, ...]] = [
        (
            _label(s),
            with_interval(s.class_real),
            with_interval(s.class_synthetic),
            with_interval(s.class_total),
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
    return Table("table_4", title, columns, tuple(rows), note, results.simulated, quoted)


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


def _agreement_table(results: ReaderResults) -> Table:
    rows = tuple(_agreement_row(pair) for pair in results.pairs if pair.outcomes.n)
    columns = (
        "Readers", "n", "Same class, %", "Both right", "Only first", "Only second", "Both wrong",
        "Same wrong class", "McNemar p",
    )  # fmt: skip
    note = (
        "Share of ROIs given the same class with Wilson's 95 % interval. McNemar: exact, "
        "two-sided, on right and wrong."
    )
    title = "Agreement of readers in pairs"
    return Table("agreement", title, columns, rows, note, results.simulated)


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
            *(_coefficient(c.value, c.low, c.high) for c in pair.coefficients),
        )
        for pair in results.pairs
        if pair.outcomes.n
    )
    columns = ("Readers", "n", "Cohen κ", "Brennan-Prediger", "Gwet AC1", "Krippendorff α")
    note = (
        "95 % intervals. κ: asymptotic error; Brennan-Prediger and AC1: linearised error, t; "
        "α: nominal, bootstrap over items."
    )
    title = "Agreement beyond chance in pairs"
    return Table("agreement_beyond_chance", title, columns, rows, note, results.simulated)


def _coefficient(value: float, low: float, high: float) -> str:
    if math.isnan(value):
        return "–"
    if math.isnan(low):
        return without_zero(value)
    return f"{without_zero(value)} [{without_zero(low)}, {without_zero(high)}]"


def _panel_table(results: ReaderResults) -> Table:
    rows = tuple(
        (c.name, _coefficient(c.value, c.low, c.high), str(c.n), c.method) for c in results.panel
    )
    columns = ("Coefficient", "Value [95 %]", "n", "Method")
    return Table("panel", "Agreement of all people together", columns, rows, "", results.simulated)


def _detection_table(results: ReaderResults) -> Table:
    rows = []
    for score in results.scores:
        if score.detection is None:
            continue
        d, c = score.detection, score.detection.counts
        area = f"{d.auc.value:.3f} [{d.auc.low:.3f}, {d.auc.high:.3f}]" if d.auc else "–"
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
        "tests. AUC: of confidence in real or synthetic, where that was asked; DeLong. Last p: "
        "exact binomial against always saying “real”."
    )
    title = "Real or synthetic"
    return Table("real_or_synthetic", title, columns, tuple(rows), note, results.simulated)


def _roc_table(results: ReaderResults, scheme: ClassScheme) -> Table:
    rows = tuple(
        (
            roc.reader,
            f"{scheme.category(roc.category).name} v rest",
            f"{roc.auc.value:.3f} [{roc.auc.low:.3f}, {roc.auc.high:.3f}]",
            f"{roc.auc.positives} v {roc.auc.negatives}",
            roc.auc.method,
        )
        for roc in results.rocs
    )
    columns = ("Reader", "Class", "AUC [95 %]", "n", "Method")
    note = (
        "Real ROIs only. Rating: confidence where the class was chosen, else minus confidence; "
        "ties count one half."
    )
    return Table("roc", "ROC by class", columns, rows, note, results.simulated)


def _reading_table(results: ReaderResults) -> Table:
    rows = tuple(
        (
            _label(s),
            _seconds(s.times.median),
            _seconds(s.times.right),
            _seconds(s.times.wrong),
            str(s.corrections),
            with_interval(s.first_total),
            with_interval(s.repeats),
        )
        for s in results.scores
        if s.kind != "model"
    )
    columns = (
        "Reader", "Median s a trial", "When right", "When wrong", "Corrections",
        "Class, first answers, %", "Same class on hidden repeats, %",
    )  # fmt: skip
    note = "Active time without pauses. The tables above use the corrected answers."
    return Table("reading", "Time, corrections and repeats", columns, rows, note, results.simulated)


def _seconds(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1f}"


def _group_table(results: ClassifierResults) -> Table:
    rows = tuple(_group_row(g) for g in results.groups)
    columns = (
        "Arm", "Group", "Added a fold", "Profile", "Folds", "Seeds", "Accuracy, %",
        "Range over seeds, %",
    )  # fmt: skip
    note = (
        "Out-of-fold predictions pooled over the folds; Wilson's 95 % interval of the first seed. "
        "The paper: 57 % without augmentation, 78.6 % at 5,000, 85.7 % at 5,000 + 1,000 x 3."
    )
    title = "Accuracy by augmentation group (the paper's Fig. 8)"
    return Table("accuracy_by_group", title, columns, rows, note, results.simulated)


def _group_row(group: GroupResult) -> tuple[str, ...]:
    low, high = group.seed_range
    spread = f"{100 * low:.1f} to {100 * high:.1f}" if len(group.seeds) > 1 else "–"
    return (
        group.name,
        group.group,
        str(group.examples),
        group.profile,
        str(len(group.lead.folds)),
        ", ".join(str(s.seed) for s in group.seeds),
        with_interval(group.accuracy),
        spread,
    )


def _method_table(results: ClassifierResults) -> Table:
    if not results.chosen:
        return Table("methods", "", (), ())
    ours = {g.arm: g for g in results.chosen}
    printed = {m.arm for m in TABLES_5_AND_6}
    rows = [
        (m.method, *_averages(ours.get(m.arm)), f"{m.sensitivity:.1f}", f"{m.specificity:.1f}")
        for m in TABLES_5_AND_6
    ]
    rows += [(g.name, *_averages(g), "–", "–") for g in results.chosen if g.arm not in printed]
    columns = ("Method", "Sensitivity, %", "Specificity, %", "Paper, sens.", "Paper, spec.")
    note = (
        "Weighted by class size. Of each arm the group with the highest accuracy, chosen on the "
        "same folds: a little optimistic. A dash is a method that has not been run here, or that "
        "the paper does not have."
    )
    title = "Methods beside the paper's Tables 5 and 6"
    return Table("methods", title, columns, tuple(rows), note, results.simulated)


def _run_table(results: ClassifierResults) -> Table:
    rows = tuple(
        (group.name, group.group, group.profile, str(seed.seed), str(fold + 1), run_hash)
        for group in results.groups
        for seed in group.seeds
        for fold, run_hash in zip(seed.folds, seed.run_hashes, strict=False)
    )
    columns = ("Arm", "Group", "Profile", "Seed", "Fold", "Run")
    note = (
        "Each run is a folder of this name in the study's runs: its checkpoint holds the whole "
        "recipe, the hash of the ROIs, the seed and the versions; run.json the time and the host."
    )
    return Table("runs", "The runs behind these numbers", columns, rows, note, results.simulated)


def _averages(group: GroupResult | None) -> tuple[str, str]:
    if group is None or not group.lead.matrix.n:
        return ("–", "–")
    matrix = group.lead.matrix
    return (
        f"{100 * matrix.weighted_sensitivity:.1f}",
        f"{100 * matrix.weighted_specificity:.1f}",
    )


def _arm_class_table(results: ClassifierResults, scheme: ClassScheme) -> Table:
    rows = []
    for group in results.chosen:
        paper = paper_matrix(group.arm)
        same = paper is not None and paper[1].classes == results.classes
        for i, code in enumerate(results.classes):
            printed = ("–", "–")
            if paper is not None and same:
                printed = (
                    exact_percent(paper[1].sensitivity(i)),
                    exact_percent(paper[1].specificity(i)),
                )
            rows.append(
                (
                    group.name,
                    scheme.category(code).name,
                    with_interval(group.lead.matrix.sensitivity(i)),
                    with_interval(group.lead.matrix.specificity(i)),
                    *printed,
                )
            )
    columns = ("Arm", "Class", "Sensitivity, %", "Specificity, %", "Paper, sens.", "Paper, spec.")
    note = (
        "Wilson's 95 % interval. The paper's values are recomputed from its counts: it prints "
        "68.75, 81.25 and 91.45 cut to one decimal."
    )
    title = "Classes beside the paper's Table 7"
    return Table("classes_of_networks", title, columns, tuple(rows), note, results.simulated)
