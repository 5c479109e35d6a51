"""The networks' tables: accuracy by group, methods and classes beside the paper's, the runs."""

from __future__ import annotations

from studies.records import ClassScheme
from studies.report.classifier import ClassifierResults, GroupResult
from studies.report.paper import TABLES_5_AND_6, paper_matrix
from studies.report.table import WEIGHTED, Table, average_specificity, exact_percent, with_interval


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
        "Weighted by class size: sensitivity with Wilson's 95 % interval, specificity with "
        f"{WEIGHTED}. Of each arm the group with the highest accuracy, chosen on the "
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
        f"{matrix.accuracy.percent} {matrix.accuracy.interval}",
        average_specificity(matrix),
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
