"""Answers out of a few classes: agreement, right and wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from studies.analysis.answers import Answers, Declined, arranged
from studies.analysis.grades import is_two_sided
from studies.exchange.ratings import Rating, Ratings, number, sign
from studies.statistics.agreement import (
    Coefficient,
    brennan_prediger,
    code_ratings,
    cohen,
    cohen_table,
    conger,
    fleiss,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
)
from studies.statistics.proportions import Proportion, wilson

_MOST_CLASSES = 20
Coefficients = tuple[tuple[str, Coefficient], ...]  # JSON key, value


@dataclass(frozen=True)
class Accuracy:
    """A reader's right answers under a condition."""

    condition: str
    reader: str
    value: Proportion


def classes_of(ratings: Ratings) -> tuple[str, ...]:
    """Classes answered or true, sorted; none where the ratings are grades of something else."""
    said = {row.value for row in ratings.rows if row.value}
    truth = {text for text in ratings.truth.values() if text}
    words = any(number(text) is None for text in said)
    nominal = words or (bool(truth) and said <= truth) or not truth
    found = tuple(sorted(said | truth))
    return found if nominal and 2 <= len(found) <= _MOST_CLASSES else ()


def agreement_of(ratings: Ratings, classes: tuple[str, ...]) -> tuple[Coefficients, Declined]:
    """The readers' agreement by every coefficient, an item being a case under a condition."""
    if not classes:
        return (), (("agreement", "the ratings are grades, not classes"),)
    if len(ratings.readers) < 2:
        return (), (("agreement", "there is only one reader"),)
    columns = _columns(ratings)
    coded = code_ratings(columns, classes)
    if not ((coded >= 0).sum(1) >= 2).any():
        return (), (("agreement", "no case was answered by two readers"),)
    q, declined = len(classes), list[tuple[str, str]]()
    found = [("percent", percent_agreement(coded))]
    if len(columns) == 2:
        found.append(("cohen", cohen(cohen_table(columns[0], columns[1], classes)).kappa))
    found.append(("fleiss", fleiss(coded, q)))
    silent = [r for r, said in zip(ratings.readers, columns, strict=True) if not any(said)]
    if silent:
        declined.append(("Conger's kappa", f"reader {silent[0]} has answered no case"))
    else:
        found.append(("conger", conger(coded, q)))
    found += [
        ("gwet_ac1", gwet_ac1(coded, q)),
        ("brennan_prediger", brennan_prediger(coded, q)),
        ("krippendorff_alpha", krippendorff_alpha(coded)),
    ]
    return tuple(found), tuple(declined)


def _columns(ratings: Ratings) -> list[list[str]]:
    """Each reader's answers; an item is a case under a condition."""
    items = dict.fromkeys((row.condition, row.case) for row in ratings.rows)
    said = {(row.reader, row.condition, row.case): row.value for row in ratings.rows}
    return [[said.get((reader, *item), "") for item in items] for reader in ratings.readers]


def accuracy_of(
    ratings: Ratings, classes: tuple[str, ...], positive_at: float | None
) -> tuple[Accuracy, ...]:
    """Right answers by condition and reader, where there is truth to tell them by."""
    known = [text for text in ratings.truth.values() if text]
    cut = positive_at if is_two_sided(known) else None  # it says nothing about classes in words
    if not known or (not classes and cut is None):
        return ()
    ratings = _in_the_words_of_truth(ratings)
    counts: dict[tuple[str, str], list[bool]] = {}
    for row in ratings.rows:
        own = counts.setdefault((row.condition, row.reader), [])
        if row.value and row.truth:
            own.append(_is_right(row, cut))
    return tuple(
        Accuracy(condition, reader, wilson(sum(own), len(own)))
        for condition in ratings.conditions
        for reader in ratings.readers
        for own in [counts.get((condition, reader), [])]
    )


def _in_the_words_of_truth(ratings: Ratings) -> Ratings:
    """Yes and no answered where the truth is 1 and 0, say: each answer as the truth calls it."""
    truth = {sign(text): text for text in ratings.truth.values() if text}
    said = {row.value for row in ratings.rows if row.value}
    if not (is_two_sided(ratings.truth.values()) and is_two_sided(said)):
        return ratings
    return Ratings(tuple(replace(r, value=truth.get(sign(r.value), r.value)) for r in ratings.rows))


def _is_right(row: Rating, positive_at: float | None) -> bool:
    value = number(row.value)
    if positive_at is not None and value is not None:
        return (value >= positive_at) == sign(row.truth)
    return row.value == row.truth


def right_answers(ratings: Ratings) -> Answers | None:
    """Right (1) and wrong (0) of answers in classes; None where any case's truth is unknown."""
    if not all(ratings.truth.values()):
        return None
    rows = _in_the_words_of_truth(ratings).rows
    return arranged(ratings, [float(_is_right(r, None)) if r.value else math.nan for r in rows])
