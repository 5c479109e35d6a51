"""Ratings as an array of numbers over conditions, readers and cases, where they allow it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from studies.analysis.answers import Answers, Bools, Declined, arranged
from studies.errors import StudyError
from studies.exchange.ratings import Rating, Ratings, number, sign


@dataclass(frozen=True)
class Grades:
    """Ratings as numbers, and each case's truth: `positive` (cases,).

    `positive_at`: the rating from which on an answer is positive, None where nobody said so.
    """

    answers: Answers
    positive: Bools
    positive_at: float | None


def grades(ratings: Ratings, positive_at: float | None = None) -> tuple[Grades | None, Declined]:
    """The grades, or None and the reason why the ratings are none.

    Two words for yes and no count as 1 and 0. Of two distinct ratings the greater is positive,
    if no threshold is given. Raises StudyError where numbers and words are mixed.
    """
    reason = _truth_lacks(ratings)
    if reason:
        return None, (("MRMC", reason),)
    values = _numbers(ratings.rows)
    if values is None:
        return None, (("MRMC", "the ratings are words, not grades"),)
    answers = arranged(ratings, values)
    distinct = np.unique(answers.values[~answers.missing])
    at = float(distinct[1]) if positive_at is None and len(distinct) == 2 else positive_at
    positive = np.array([bool(sign(text)) for text in ratings.truth.values()])
    return Grades(answers, positive, at), ()


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
    kinds = set(signs.values())
    if len(kinds) == 1:
        only, lacking = ("positive", "negative") if True in kinds else ("negative", "positive")
        return f"every case is {only}; {lacking} cases are needed too"
    return ""


def _numbers(rows: tuple[Rating, ...]) -> list[float] | None:
    """Each row's number, nan for a missing answer; None where the ratings are words."""
    said = {row.value for row in rows if row.value}
    as_numbers = {text: number(text) for text in said}
    if None not in as_numbers.values():
        return [_known(as_numbers.get(row.value)) for row in rows]
    if any(value is not None for value in as_numbers.values()):
        odd = next(row for row in rows if row.value and as_numbers[row.value] is None)
        raise StudyError(
            f"{odd.place}: the rating '{odd.value}' is not a number, others are. Leave the cell "
            "empty where an answer is missing."
        )
    if not said or not is_two_sided(said):
        return None
    return [float(bool(sign(row.value))) if row.value else math.nan for row in rows]


def _known(value: float | None) -> float:
    return math.nan if value is None else value
