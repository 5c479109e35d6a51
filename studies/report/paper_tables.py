"""The paper's Tables 1-3 and 5-7 for this study, the printed values beside ours and marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from studies.records import ClassScheme
from studies.report.arms import arm_name
from studies.report.classifier import ClassifierResults, GroupResult
from studies.report.paper import TABLES_5_AND_6, PaperMethod, paper_matrix
from studies.report.pictures import GeneratorTraining, RecipeLine
from studies.report.table import WEIGHTED, Table, average_specificity, exact_percent
from studies.statistics.confusion import ConfusionMatrix
from studies.statistics.proportions import Proportion

GENERATIVE = ("cnn-aug-gan", "cnn-aug-acgan", "acgan-d")
"""The arms of Table 5; our further generative arms join them."""
_PAPER_ARMS = tuple(m.arm for m in TABLES_5_AND_6)
_MATRIX_NUMBERS = {"cnn-aug": "Table 2. ", "cnn-aug-gan": "Table 3. "}


def exact(proportion: Proportion) -> str:
    """`44/64 = 68.75 [56.6, 78.8]`: counts, the exact percentage, Wilson's interval."""
    if not proportion.n:
        return "–"
    counts = f"{proportion.successes}/{proportion.n}"
    return f"{counts} = {exact_percent(proportion)} {proportion.interval}"


def algorithm_table(
    results: ClassifierResults,
    generators: Sequence[GeneratorTraining],
    lesions: int,
    simulated: bool,
) -> Table:
    """Table 1: the training algorithm, step by step, as it was run here."""
    classic = sorted({g.classic for g in results.groups})
    made = sorted({g.synthetic for g in results.groups if g.arm != "cnn-extra"} - {0})
    rows = [
        (
            "Training data",
            f"{lesions} ROIs of {len(results.classes)} classes; each network trains on all folds "
            f"but one of {results.folds}",
            "182 ROIs of 3 classes, 3 folds",
        ),
        (
            "Extend by classic augmentation",
            f"{_numbers(classic)} images added a fold",
            "0 to 15,000 a fold, optimum 5,000",
        ),
        (
            "Train a generator of each class",
            "; ".join(map(_generator_words, generators)) or "no generator was trained",
            "DCGAN a class, 70 epochs; ACGAN",
        ),
        (
            "Train the classifier on originals, augmented and synthetic images",
            f"{_numbers(made)} synthetic ROIs added a fold" if made else "no synthetic ROI added",
            "100 × 3 to 4,000 × 3 a fold, optimum 1,000 × 3",
        ),
    ]
    columns = ("Step", "As run here", "Paper")
    title = "Table 1. The training algorithm as it was run"
    return Table("table_1", title, columns, tuple(rows), "", simulated)


def _generator_words(one: GeneratorTraining) -> str:
    way = "all classes in one" if one.is_conditional else "one a class"
    return f"{arm_name(one.kind)}: {way}, {one.runs} runs, {one.steps}"


def _numbers(values: Iterable[int]) -> str:
    return ", ".join(f"{v:,}" for v in values) or "0"


def recipe_table(lines: Sequence[RecipeLine]) -> Table:
    """Every field of what was run, beside the paper's; one row a field."""
    rows = tuple((one.who, one.field, one.value, one.paper or "not said") for one in lines)
    who = dict.fromkeys((one.who, one.users) for one in lines)
    users = " ".join(f"{name}: {arms}." for name, arms in who)
    note = (
        f"{users} From the recipes stored with the runs. “Paper”: as it prints, “not said” "
        "where it is silent; the value here is then this program's choice."
    )
    columns = ("Of", "Field", "As run here", "Paper")
    return Table("recipe", "Table 1, in full: every field of the recipes", columns, rows, note)


def matrix_tables(results: ClassifierResults, scheme: ClassScheme) -> tuple[Table, ...]:
    """Tables 2 and 3, and one of each further arm: counts, exact shares, the paper's beside."""
    return tuple(_matrix(group, scheme) for group in results.chosen if group.lead.matrix.n)


def _matrix(group: GroupResult, scheme: ClassScheme) -> Table:
    matrix, printed = group.lead.matrix, paper_matrix(group.arm)
    theirs = printed[1] if printed and printed[1].classes == matrix.classes else None
    shorts = tuple(scheme.category(code).short for code in matrix.classes)
    columns = ("True \\ said", *shorts, "Sensitivity, %")
    if theirs is not None:
        columns += (*(f"Paper: {short}" for short in shorts), "Paper: sens., %")
    rows = [
        (scheme.category(code).name, *_row(matrix, i), *(_row(theirs, i) if theirs else ()))
        for i, code in enumerate(matrix.classes)
    ]
    rows.append(("Specificity, %", *_foot(matrix), *(_foot(theirs) if theirs is not None else ())))
    said = f" The paper's {printed[0]} beside, recomputed from its counts." if theirs and printed \
        else ""  # fmt: skip
    note = (
        f"Out of fold, {len(group.lead.folds)} folds pooled, seed {group.lead.seed}. Total "
        f"accuracy, %: {exact(matrix.accuracy)}. Counts, exact percentages and Wilson's 95 % "
        f"interval.{said}"
    )
    number = _MATRIX_NUMBERS.get(group.arm, "")
    title = f"{number}Confusion matrix: {group.name}, {group.group}"
    key = f"confusion_{group.arm}"
    return Table(key, title, columns, tuple(rows), note, group.simulated)


def _row(matrix: ConfusionMatrix, place: int) -> tuple[str, ...]:
    return (*map(str, matrix.counts[place]), exact(matrix.sensitivity(place)))


def _foot(matrix: ConfusionMatrix) -> tuple[str, ...]:
    places = range(len(matrix.classes))
    return (*(exact(matrix.specificity(i)) for i in places), "")


def method_tables(results: ClassifierResults) -> tuple[Table, ...]:
    """Tables 5 and 6; a table without any arm of this study is left out."""
    generative = [m for m in TABLES_5_AND_6 if m.arm in GENERATIVE]
    others = [m for m in TABLES_5_AND_6 if m.arm not in ("cnn-aug-acgan", "acgan-d")]
    more = [g for g in results.chosen if g.arm not in _PAPER_ARMS]
    ours = [g for g in more if _is_generative(g)]
    rest = [g for g in more if not _is_generative(g)]
    made = (
        _methods("methods_generative", "Table 5. Generative models", generative, ours, results),
        _methods("methods", "Table 6. Other methods", others, rest, results),
    )
    return tuple(table for table in made if table.rows)


def _is_generative(group: GroupResult) -> bool:
    """Whether a generator's ROIs were added, or one was taught; extra real cases are none."""
    return group.arm != "cnn-extra" and (group.synthetic > 0 or group.arm.startswith("acgan"))


def _methods(
    key: str,
    title: str,
    printed: Sequence[PaperMethod],
    more: Sequence[GroupResult],
    results: ClassifierResults,
) -> Table:
    rows = [_method(m.method, results.of_arm(m.arm), m) for m in printed]
    rows += [_method(g.name, g, None) for g in more]
    if not any(row[1] != _NOT_RUN for row in rows):
        rows = []
    note = (
        "Weighted by class size: sensitivity is then total accuracy, with Wilson's 95 % interval; "
        f"specificity with {WEIGHTED}. Of each arm the group with the highest accuracy, chosen on "
        "the same folds: a little optimistic. “Paper”: printed there, on other lesions."
    )
    columns = ("Method", "Group", "Sensitivity, %", "Specificity, %", "n", "Paper: sens., %",
               "Paper: spec., %")  # fmt: skip
    return Table(key, title, columns, tuple(rows), note, results.simulated)


_NOT_RUN = "not run in this study"


def _method(name: str, group: GroupResult | None, paper: PaperMethod | None) -> tuple[str, ...]:
    theirs = (f"{paper.sensitivity:.1f}", f"{paper.specificity:.1f}") if paper else ("–", "–")
    if group is None or not group.lead.matrix.n:
        return (name, _NOT_RUN, "–", "–", "–", *theirs)
    matrix = group.lead.matrix
    specificity = average_specificity(matrix)
    return (name, group.group, exact(matrix.accuracy), specificity, str(matrix.n), *theirs)


def class_table(results: ClassifierResults, scheme: ClassScheme) -> Table:
    """Table 7: sensitivity and specificity of each class, and weighted averages."""
    rows = tuple(row for group in results.chosen for row in _class_rows(group, scheme))
    note = (
        "Counts, exact percentages and Wilson's 95 % interval; of the average specificity "
        f"{WEIGHTED}. The paper's are recomputed from its counts: it prints 68.75, 81.25 and 91.45 "
        "cut to one decimal."
    )
    columns = ("Arm", "Class", "Sensitivity, %", "Specificity, %", "Paper: sens., %",
               "Paper: spec., %")  # fmt: skip
    title = "Table 7. Classes"
    return Table("classes_of_networks", title, columns, rows, note, results.simulated)


def _class_rows(group: GroupResult, scheme: ClassScheme) -> Iterable[tuple[str, ...]]:
    matrix, printed = group.lead.matrix, paper_matrix(group.arm)
    theirs = printed[1] if printed and printed[1].classes == matrix.classes else None
    if not matrix.n:
        return
    for i, code in enumerate(matrix.classes):
        beside = ("–", "–")
        if theirs is not None:
            beside = (exact_percent(theirs.sensitivity(i)), exact_percent(theirs.specificity(i)))
        own = (exact(matrix.sensitivity(i)), exact(matrix.specificity(i)))
        yield (group.name, scheme.category(code).name, *own, *beside)
    beside = _averages(theirs) if theirs is not None else ("–", "–")
    own = (exact(matrix.accuracy), average_specificity(matrix, 2))
    yield (group.name, "Weighted average", *own, *beside)


def _averages(matrix: ConfusionMatrix) -> tuple[str, str]:
    return f"{100 * matrix.weighted_sensitivity:.2f}", f"{100 * matrix.weighted_specificity:.2f}"
