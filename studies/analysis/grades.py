"""Ratings as an array of numbers over conditions, readers and cases, where they allow it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from studies.analysis.answers import Answers, Bools, Declined, arranged
from studies.errors import StudyError
from studies.exchange.ratings import Rating, Ratings, number, sign

NO_ANSWER = "there is no answer"


@dataclass(frozen=True)
class Grades:
    """Ratings as numbers, and each case's truth: `positive` (cases,).

    `positive_at`: the rating from which on an answer is positive, None where nobody said so.
    `in_words`: the answers are yes and no, which mean the same whoever gives them.
    """

    answers: Answers
    positive: Bools
    positive_at: float | None
    in_words: bool = False

    def lacks(self, figure: str) -> str:
        """Which cases the figure of merit lacks, in words, or nothing."""
        positives, negatives = int(self.positive.sum()), int((~self.positive).sum())
        if figure == "auc":
            return _both_lack(positives, negatives)
        if figure == "sensitivity" and positives < 2:
            return "at least two positive cases are needed"
        if figure == "specificity" and negatives < 2:
            return "at least two negative cases are needed"
        return "at least two cases are needed" if positives + negatives < 2 else ""


def grades(
    ratings: Ratings, positive_at: float | None = None, *, algorithm: str = ""
) -> tuple[Grades | None, Declined]:
    """The grades, or None and the reason why the ratings are none.

    Two words for yes and no count as 1 and 0, or lie on either side of the threshold that is
    given; `algorithm` may answer in numbers where the readers use words. Of two distinct ratings
    the greater is positive, if no threshold is given. Cases may all be of one kind. Raises
    StudyError where numbers and words are mixed.
    """
    if not any(row.value for row in ratings.rows):
        return None, (("MRMC", NO_ANSWER),)
    reason = _truth_lacks(ratings)
    if reason:
        return None, (("MRMC", reason),)
    values = _numbers(ratings.rows, positive_at, algorithm)
    if values is None:
        word = next(row.value for row in ratings.rows if row.value and number(row.value) is None)
        return None, (("MRMC", f"the ratings are words, such as '{word}', not grades"),)
    answers = arranged(ratings, values)
    in_words = any(row.value and number(row.value) is None for row in ratings.rows)
    at = _cut(answers, in_words) if positive_at is None else positive_at
    positive = np.array([bool(sign(text)) for text in ratings.truth.values()])
    return Grades(answers, positive, at, in_words), ()


def _cut(answers: Answers, in_words: bool) -> float | None:
    """The greater of two distinct ratings; yes of yes and no."""
    if in_words:
        return 1.0
    distinct = np.unique(answers.values[~answers.missing])
    return float(distinct[1]) if len(distinct) == 2 else None


def shared_cut(
    readers: Grades | None, ratings: Ratings, algorithm: str, positive_at: float | None
) -> tuple[float | None, str]:
    """The readers' threshold where it holds for the algorithm's answers too, or None and why not.

    A threshold that was found in the readers' answers holds where the algorithm gives the same
    two; one that was asked for, where the algorithm's answers lie on both sides of it.
    """
    if readers is None or readers.positive_at is None:
        return None, "nobody said from which rating on an answer is positive; --positive-at does"
    at = readers.positive_at
    texts = [row.value for row in ratings.rows if row.reader == algorithm and row.value]
    if not texts:
        return None, f"{algorithm} has given no answer"
    numbers = [number(text) for text in texts]
    own = sorted({value for value in numbers if value is not None})
    if not own and (readers.in_words or positive_at is not None):
        return at, ""
    if not own:
        return None, f"{algorithm} answers in words, the readers in numbers"
    if positive_at is not None:
        if own[0] < at <= own[-1]:
            return at, ""
        return None, f"the answers of {algorithm}, {_range(own)}, lie on one side of {at:g}"
    answers = readers.answers
    theirs = np.unique(answers.values[~answers.missing]).tolist()
    if own == theirs:
        return at, ""
    return None, (
        f"{algorithm} answers {_range(own)} where the readers answer {_range(theirs)}, so that "
        "their threshold says nothing about it; give one for both with --positive-at"
    )


def _range(values: list[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:g}"
    joint = "or" if len(values) == 2 else "to"
    return f"{values[0]:g} {joint} {values[-1]:g}"


def is_two_sided(texts: Iterable[str]) -> bool:
    """Whether these are one word for yes and one for no; normal, benign and malignant are not."""
    signs = {text.casefold(): sign(text) for text in texts if text}
    found = list(signs.values())
    return None not in found and len(found) == len(set(found))


def _truth_lacks(ratings: Ratings) -> str:
    signs = {case: sign(text) for case, text in ratings.truth.items()}
    if not any(ratings.truth.values()):
        return "there is no truth"
    for case, found in signs.items():
        if found is None:
            return (
                "the truth is not positive and negative (1 and 0) for every case: that of case "
                f"{case} is '{ratings.truth[case]}'"
            )
    if not is_two_sided(ratings.truth.values()):
        return "the truth has more than one word for positive or for negative; use 1 and 0"
    return ""


def _both_lack(positives: int, negatives: int) -> str:
    if not (positives and negatives):
        only, lacking = ("positive", "negative") if positives else ("negative", "positive")
        return f"every case is {only}; {lacking} cases are needed too"
    if min(positives, negatives) < 2:
        return "at least two positive and two negative cases are needed"
    return ""


def _numbers(
    rows: tuple[Rating, ...], positive_at: float | None, algorithm: str
) -> list[float] | None:
    """Each row's number, nan for a missing answer; None where the ratings are words."""
    people = _told([row for row in rows if row.reader != algorithm], positive_at)
    own = _told([row for row in rows if row.reader == algorithm], positive_at)
    if people is None or own is None:
        return None
    return [(own if row.reader == algorithm else people).get(row.value, math.nan) for row in rows]


def _told(rows: list[Rating], positive_at: float | None) -> dict[str, float] | None:
    """Each answer's number; None where they are words other than yes and no."""
    said = {row.value for row in rows if row.value}
    numbers = {text: value for text in said if (value := number(text)) is not None}
    if len(numbers) == len(said):
        return numbers
    if numbers:
        odd = next(row for row in rows if row.value and row.value not in numbers)
        raise StudyError(
            f"{odd.place}: the rating '{odd.value}' is not a number, others are. Leave the cell "
            "empty where an answer is missing."
        )
    if not is_two_sided(said):
        return None
    yes = 1.0 if positive_at is None else positive_at
    return {text: yes if sign(text) else yes - 1 for text in said}
