"""Who is right: each reader's accuracy, confusion matrix and area, and the readers compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from studies.analysis.answers import Declined
from studies.analysis.classes import classes_of
from studies.analysis.grades import is_two_sided
from studies.exchange.ratings import Rating, Ratings, number, sign
from studies.statistics.cochran import CochranQ, ReaderComparison, cochran_q, compare_readers
from studies.statistics.confusion import ConfusionMatrix, confusion_matrix
from studies.statistics.proportions import Proportion
from studies.statistics.roc import Auc, auc

_LEAST_FOR_Q = 3


@dataclass(frozen=True)
class Cuts:
    """The rating from which on an answer is positive: the readers' and the algorithm's own."""

    readers: float | None
    algorithm: str = ""
    own: float | None = None

    def of(self, reader: str) -> float | None:
        """The threshold for this reader."""
        return self.own if reader == self.algorithm else self.readers


@dataclass(frozen=True)
class Accuracy:
    """A reader under a condition: answers right, the confusion matrix, the area of grades.

    `value` and `matrix` are None where no answer is right or wrong (grades without a threshold);
    `area` is None where the answers are no grades of positive and negative cases. `positive` is
    the truth's word for positive where it has two, else "".
    """

    condition: str
    reader: str
    value: Proportion | None
    matrix: ConfusionMatrix | None
    area: Auc | None
    positive: str = ""


@dataclass(frozen=True)
class Comparisons:
    """The readers of a condition against each other: every pair, and all of them by Cochran's Q.

    `test` is None with fewer than three readers, and where no case was answered by all.
    """

    condition: str
    readers: tuple[str, ...]
    pairs: tuple[ReaderComparison, ...]
    test: CochranQ | None


def accuracy_of(ratings: Ratings, cuts: Cuts) -> tuple[tuple[Accuracy, ...], Declined]:
    """Each reader under each condition, where there is truth to tell right from wrong.

    Cases of unknown truth are left out.
    """
    known = Ratings(tuple(row for row in ratings.rows if row.truth))
    if not known.rows:
        return (), ()
    by_reading: dict[tuple[str, str], list[Rating]] = {}
    for row in ratings.rows:
        by_reading.setdefault((row.condition, row.reader), []).append(row)
    people, why = classes_of(_without(known, cuts.algorithm))
    everybody, _ = classes_of(known)
    found = []
    for condition in ratings.conditions:
        for reader in ratings.readers:
            rows = by_reading.get((condition, reader), [])
            classes = everybody if reader == cuts.algorithm else people
            one = _one(condition, reader, [r for r in rows if r.truth], classes, cuts, known)
            if rows and one is not None:
                found.append(one)
    return tuple(found), _declined(found, why, is_two_sided(known.truth.values()))


def _declined(found: list[Accuracy], why: str, graded: bool) -> Declined:
    if any(one.value is not None for one in found):
        return ()
    if graded and found:
        why = "nobody said from which rating on an answer is positive; --positive-at does"
    return (("accuracy", why),) if why else ()


def _without(ratings: Ratings, algorithm: str) -> Ratings:
    return ratings.only(reader for reader in ratings.readers if reader != algorithm)


def _one(
    condition: str,
    reader: str,
    rows: list[Rating],
    classes: tuple[str, ...],
    cuts: Cuts,
    known: Ratings,
) -> Accuracy | None:
    truth = set(known.truth.values())
    two_sided = is_two_sided(truth)
    said = [_called(row, truth, cuts.of(reader)) for row in rows]
    named = _named({text for text in said if text}, truth, classes)
    in_numbers = any(number(row.value) is not None for row in rows)
    uncut = two_sided and in_numbers and cuts.of(reader) is None
    if uncut and (reader == cuts.algorithm or not classes):
        named = ()  # grades that nobody has cut, though they may look like the truth's own
    matrix = confusion_matrix([row.truth for row in rows], said, named) if named else None
    area = _area(rows) if two_sided else None
    if matrix is None and area is None:
        return None
    positive = next((text for text in truth if sign(text)), "") if two_sided else ""
    return Accuracy(condition, reader, matrix.accuracy if matrix else None, matrix, area, positive)


def _named(said: set[str], truth: set[str], classes: tuple[str, ...]) -> tuple[str, ...]:
    """The classes of the confusion matrix; none where the answers are no classes of the truth."""
    in_numbers = all(number(text) is not None for text in said)
    if is_two_sided(truth):
        if said <= set(_two_words(truth)):
            return _two_words(truth)
        if in_numbers:
            return ()  # grades without a threshold
    elif said and in_numbers and not said & truth:
        return ()  # scores, where the truth is in words
    return tuple(name for name in classes if name in said | truth)


def _two_words(truth: set[str]) -> tuple[str, ...]:
    """The truth's words, negative first; 0 or 1 for the one that no case has."""
    words = {sign(text): text for text in truth}
    return words.get(False, "0"), words.get(True, "1")


def _called(row: Rating, truth: set[str], cut: float | None) -> str:
    """The answer as a class: itself, or the truth's word for yes, no or its side of the cut."""
    value, said = number(row.value), sign(row.value)
    if not is_two_sided(truth):
        return row.value
    if cut is not None and value is not None:
        return _two_words(truth)[int(value >= cut)]
    return row.value if said is None else _two_words(truth)[int(said)]


def _area(rows: Iterable[Rating]) -> Auc | None:
    """The area of one reading's grades, DeLong's interval; None without cases of both kinds."""
    sides: tuple[list[float], list[float]] = ([], [])
    for row in rows:
        value = number(row.value)
        if row.value and value is None:
            value = None if sign(row.value) is None else float(bool(sign(row.value)))
            if value is None:
                return None
        if value is not None:
            sides[int(bool(sign(row.truth)))].append(value)
    negative, positive = sides
    return auc(positive, negative) if positive and negative else None


def comparisons_of(ratings: Ratings, cuts: Cuts) -> tuple[tuple[Comparisons, ...], Declined]:
    """Exact McNemar between every pair of readers by condition, and Cochran's Q for three or more.

    The algorithm is left out: it is compared by itself.
    """
    people = _without(ratings, cuts.algorithm)
    found, declined = list[Comparisons](), list[tuple[str, str]]()
    for condition in people.conditions:
        rows = tuple(r for r in people.rows if r.condition == condition and r.truth and r.value)
        try:
            found += _compared(Ratings(rows), condition, people, cuts)
        except ValueError as error:
            declined.append((f"readers compared, {condition}", str(error)))
    return tuple(found), tuple(declined)


def _compared(
    ratings: Ratings, condition: str, people: Ratings, cuts: Cuts
) -> tuple[Comparisons, ...]:
    readers = ratings.readers
    if len(readers) < 2:
        return ()
    truth = {text for text in people.truth.values() if text}
    place = {case: n for n, case in enumerate(ratings.truth)}
    right = np.full((len(place), len(readers)), np.nan)
    for row in ratings.rows:
        is_right = _called(row, truth, cuts.readers) == row.truth
        right[place[row.case], readers.index(row.reader)] = float(is_right)
    pairs = compare_readers(readers, right)
    whole = bool((~np.isnan(right)).all(1).any())
    test = cochran_q(right) if len(readers) >= _LEAST_FOR_Q and whole else None
    return (Comparisons(condition, readers, pairs, test),)
