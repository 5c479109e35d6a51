"""What ratings allow: MRMC for graded ratings, agreement and accuracy for classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studies.analysis.ratings import Rating, Ratings, number
from studies.errors import StudyError
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
from studies.statistics.mrmc import CrossedRatings, ObuchowskiRockette, obuchowski_rockette
from studies.statistics.proportions import Proportion, wilson

_POSITIVE = ("1", "1.0", "true", "yes", "positive", "abnormal", "poor", "diseased")
_NEGATIVE = ("0", "0.0", "false", "no", "negative", "normal", "good", "healthy")
_MOST_CLASSES = 20


@dataclass(frozen=True)
class Accuracy:
    """A reader's right answers under a condition."""

    condition: str
    reader: str
    value: Proportion


@dataclass(frozen=True)
class Analysis:
    """Parts that do not apply are None or empty, with the reason in `declined`."""

    ratings: Ratings
    mrmc: ObuchowskiRockette | None
    agreement: tuple[tuple[str, Coefficient], ...]  # JSON key, value
    accuracy: tuple[Accuracy, ...]
    declined: tuple[tuple[str, str], ...]


def analyse(
    ratings: Ratings,
    *,
    figure: str = "auc",
    covariance: str = "jackknife",
    positive_at: float | None = None,
) -> Analysis:
    """All that the ratings allow.

    Truth of two values, positive and negative, with numbers as ratings is a graded study:
    MRMC. Ratings out of a few classes are nominal: agreement, and accuracy where there is
    truth. Both may apply. Raises StudyError when a choice cannot be carried out.
    """
    declined: list[tuple[str, str]] = []
    graded = _graded(ratings, declined)
    mrmc = None
    if graded is not None:
        mrmc = _mrmc(graded, positive_at, figure, covariance)
        declined += mrmc.declined
    classes = _classes(ratings)
    agreement = _agreement(ratings, classes, declined)
    return Analysis(
        ratings, mrmc, agreement, _accuracy(ratings, classes, positive_at), tuple(declined)
    )


def _truth_sign(text: str) -> bool | None:
    plain = text.casefold()
    return True if plain in _POSITIVE else False if plain in _NEGATIVE else None


def _graded(ratings: Ratings, declined: list[tuple[str, str]]) -> CrossedRatings | None:
    """The crossed array, or None with the reason declined."""
    truth = ratings.truth
    signs = {case: _truth_sign(text) for case, text in truth.items()}
    if None in signs.values() or len(set(signs.values())) < 2:
        declined.append(("MRMC", "the truth is not positive and negative (1 and 0) for every case"))
        return None
    for row in ratings.rows:
        if row.value and number(row.value) is None:
            if any(number(r.value) is not None for r in ratings.rows if r.value):
                raise StudyError(
                    f"Line {row.line}: the rating '{row.value}' is not a number, others are."
                )
            declined.append(("MRMC", "the ratings are words, not grades"))
            return None
    return _crossed(ratings, [bool(signs[case]) for case in truth], declined)


def _crossed(
    ratings: Ratings, positive: Sequence[bool], declined: list[tuple[str, str]]
) -> CrossedRatings | None:
    readers, conditions, cases = ratings.readers, ratings.conditions, tuple(ratings.truth)
    place = [{name: i for i, name in enumerate(names)} for names in (conditions, readers, cases)]
    array = np.full((len(conditions), len(readers), len(cases)), np.nan)
    for row in ratings.rows:
        value = number(row.value)
        if value is not None:
            array[place[0][row.condition], place[1][row.reader], place[2][row.case]] = value
    missing = np.argwhere(np.isnan(array))
    if len(missing):
        i, j, k = (int(v) for v in missing[0])
        reason = (
            f"{len(missing)} ratings are missing, the first of case {cases[k]} by reader "
            f"{readers[j]} under {conditions[i]}; every reader must rate every case"
        )
        declined.append(("MRMC", reason))
        return None
    if min(sum(positive), len(positive) - sum(positive)) < 2:
        declined.append(("MRMC", "at least two positive and two negative cases are needed"))
        return None
    return CrossedRatings(array, np.array(positive))


def _mrmc(
    data: CrossedRatings, positive_at: float | None, figure: str, covariance: str
) -> ObuchowskiRockette:
    try:
        crossed = CrossedRatings(data.ratings, data.positive, positive_at)
        return obuchowski_rockette(crossed, figure, covariance)
    except ValueError as error:
        raise StudyError(f"{str(error)[0].upper()}{str(error)[1:]}.") from error


def _classes(ratings: Ratings) -> tuple[str, ...]:
    """Classes answered or true, sorted; none where the ratings are grades of something else."""
    said = {row.value for row in ratings.rows if row.value}
    truth = {text for text in ratings.truth.values() if text}
    words = any(number(text) is None for text in said)
    nominal = words or (bool(truth) and said <= truth) or not truth
    found = tuple(sorted(said | truth))
    return found if nominal and 2 <= len(found) <= _MOST_CLASSES else ()


def _agreement(
    ratings: Ratings, classes: tuple[str, ...], declined: list[tuple[str, str]]
) -> tuple[tuple[str, Coefficient], ...]:
    if not classes:
        declined.append(("agreement", "the ratings are grades, not classes"))
        return ()
    if len(ratings.readers) < 2:
        declined.append(("agreement", "there is only one reader"))
        return ()
    columns = _columns(ratings)
    coded = code_ratings(columns, classes)
    if not ((coded >= 0).sum(1) >= 2).any():
        declined.append(("agreement", "no case was answered by two readers"))
        return ()
    q = len(classes)
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
    return tuple(found)


def _columns(ratings: Ratings) -> list[list[str]]:
    """Each reader's answers; an item is a case under a condition."""
    items = dict.fromkeys((row.condition, row.case) for row in ratings.rows)
    said = {(row.reader, row.condition, row.case): row.value for row in ratings.rows}
    return [[said.get((reader, *item), "") for item in items] for reader in ratings.readers]


def _accuracy(
    ratings: Ratings, classes: tuple[str, ...], positive_at: float | None
) -> tuple[Accuracy, ...]:
    known = [text for text in ratings.truth.values() if text]
    signed = all(_truth_sign(text) is not None for text in known)
    cut = positive_at if signed else None  # a threshold says nothing about classes in words
    if not known or (not classes and cut is None):
        return ()
    found = []
    for condition in ratings.conditions:
        for reader in ratings.readers:
            own = [
                row
                for row in ratings.rows
                if (row.condition, row.reader) == (condition, reader) and row.value and row.truth
            ]
            right = sum(_right(row, cut) for row in own)
            found.append(Accuracy(condition, reader, wilson(right, len(own))))
    return tuple(found)


def _right(row: Rating, positive_at: float | None) -> bool:
    value = number(row.value)
    if positive_at is None or value is None:
        return row.value == row.truth
    return (value >= positive_at) == _truth_sign(row.truth)
