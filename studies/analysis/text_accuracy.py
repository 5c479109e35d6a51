"""Agreement, accuracy and comparisons of readers, as lines for a person."""

from __future__ import annotations

import math

from studies.analysis.accuracy import Accuracy, Comparisons
from studies.analysis.wording import NOT_SHOWN, counted, four, interval, p_words, three
from studies.statistics.agreement import Coefficient
from studies.statistics.cochran import CochranQ, ReaderComparison
from studies.statistics.confusion import ConfusionMatrix
from studies.statistics.proportions import Proportion
from studies.statistics.roc import Auc


def agreement_line(key: str, c: Coefficient) -> str:
    """A coefficient with its interval, cases and reading."""
    n = f"n {c.n}" if not c.items else f"n {counted(c.n, 'case')}, {counted(c.items, 'item')}"
    limits = interval(c.low, c.high)
    return f"{c.name}: {four(c.value)} {limits}, {n}: {_agreement_reading(key, c)}; {c.method}."


def _agreement_reading(key: str, c: Coefficient) -> str:
    if math.isnan(c.low):
        return f"no interval, as {c.reason or 'no variance can be estimated'}"
    if key == "percent":
        return "the share of pairs of readers who agree, chance not taken off"
    if c.low > 0:
        return "more agreement than chance gives"
    return "less agreement than chance gives" if c.high < 0 else "no more than chance is shown"


def accuracy_lines(a: Accuracy) -> list[str]:
    """A reader's share of right answers, each class, the confusion matrix and the area."""
    head = f"{a.condition}, {a.reader}"
    lines = []
    if a.value is not None and not a.value.n:
        return [f"{head}: no answer."]
    if a.value is not None:
        reading = f"right {_share(a.value)}: {_share_reading(a.value, 'answers')}"
        lines.append(f"{head}: {reading}; {a.value.method}.")
    if a.matrix is not None:
        lines += [f"  {line}." for line in _matrix_lines(a.matrix, a.positive)]
    if a.area is not None:
        lines.append(f"{'  ' if lines else f'{head}: '}{_area(a.area)}.")
    return lines


def _share(p: Proportion) -> str:
    return f"{p.successes}/{p.n} = {p.percent} {p.interval} %, n {p.n}" if p.n else "no case"


def _share_reading(p: Proportion, what: str) -> str:
    if p.low > 0.5:
        return f"more than half of the {what} are right"
    if p.high < 0.5:
        return f"less than half of the {what} are right"
    return "whether it is more than half is not shown"


def _matrix_lines(matrix: ConfusionMatrix, positive: str) -> list[str]:
    lines = []
    for i, name in enumerate(matrix.classes):
        if positive and name != positive:
            continue  # of two classes one says it all
        found, spared = matrix.sensitivity(i), matrix.specificity(i)
        lines.append(
            f"{name}: sensitivity {_share(found)}, specificity {_share(spared)}: "
            f"{found.successes} of {found.n} found, "
            f"{counted(spared.n - spared.successes, 'false alarm')}; {found.method}"
        )
    rows = "; ".join(
        f"{name}: {' '.join(map(str, row))}"
        for name, row in zip(matrix.classes, matrix.counts, strict=True)
    )
    head = ", ".join(matrix.classes)
    unanswered = f", {matrix.unanswered} unanswered" if matrix.unanswered else ""
    lines.append(
        f"confusion, a row a true class, called {head}: {rows}; n {matrix.n}{unanswered}: "
        f"{counted(matrix.n - matrix.correct, 'answer')} off the diagonal"
    )
    lines.append(
        f"weighted by class size: sensitivity {four(matrix.weighted_sensitivity)}, specificity "
        f"{four(matrix.weighted_specificity)}, n {matrix.n}: the mean over "
        f"{counted(len(matrix.classes), 'class').replace('classs', 'classes')}"
    )
    return lines


def _area(a: Auc) -> str:
    cases = f"n {a.positives} positive, {a.negatives} negative"
    reading = "better than guessing" if a.logit.low > 0.5 else "better than guessing is not shown"
    if a.logit.high < 0.5:
        reading = "worse than guessing: is the scale turned?"
    limits = interval(a.logit.low, a.logit.high)
    if math.isnan(a.se):
        return f"AUC {four(a.value)} {limits}, {cases}: {reading}; {a.method}"
    limits = f"{limits} on the logit scale, {interval(a.low, a.high)} by DeLong"
    return f"AUC {four(a.value)} {limits}, {cases}: {reading}; {a.method}"


def comparison_lines(one: Comparisons) -> list[str]:
    """Cochran's Q over the readers, and every pair."""
    lines = [f"{one.condition}, right answers of {counted(len(one.readers), 'reader')} compared:"]
    if one.test is not None:
        lines.append(f"  {_q_words(one.test)}.")
    return lines + [f"  {_pair_words(pair)}." for pair in one.pairs]


def _q_words(q: CochranQ) -> str:
    left = f", {q.left_out} not answered by all left out" if q.left_out else ""
    reading = "the readers are not right equally often" if q.p < 0.05 else NOT_SHOWN
    return f"all: Q({q.df}) = {three(q.q)}, {p_words(q.p)}, n {q.n}{left}: {reading}; {q.method}"


def _pair_words(pair: ReaderComparison) -> str:
    table, d = pair.mcnemar.table, pair.difference
    reading = NOT_SHOWN
    if pair.p_holm < 0.05:
        reading = f"{pair.first if d.value > 0 else pair.second} is more often right"
    return (
        f"{pair.first} minus {pair.second}: {four(d.value)} {interval(d.low, d.high)}, "
        f"{p_words(pair.mcnemar.p)} (Holm {p_words(pair.p_holm)}), n {table.n}, only one right "
        f"{table.only_first} and {table.only_second}: {reading}; {pair.method}"
    )
