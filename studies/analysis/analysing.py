"""What ratings allow: MRMC for graded ratings and for right and wrong, agreement, accuracy."""

from __future__ import annotations

from dataclasses import dataclass

from studies.analysis.against import Against, against_readers
from studies.analysis.answers import Declined, gap_sentence
from studies.analysis.classes import (
    Accuracy,
    Coefficients,
    accuracy_of,
    agreement_of,
    classes_of,
    right_answers,
)
from studies.analysis.grades import Grades, grades
from studies.errors import StudyError
from studies.exchange.ratings import Ratings
from studies.statistics.mrmc import (
    COVARIANCES,
    FIGURES,
    Crossed,
    CrossedAnswers,
    CrossedRatings,
    ObuchowskiRockette,
    UStatistics,
    obuchowski_rockette,
    u_statistics,
)


@dataclass(frozen=True)
class Analysis:
    """Parts that do not apply are None or empty, with the reason in `declined`.

    `ratings` are those analysed, without the algorithm where one is compared. `positive_at` is
    the threshold used, given or found; `counts` the positive and negative cases.
    """

    ratings: Ratings
    mrmc: ObuchowskiRockette | None
    areas: UStatistics | None
    agreement: Coefficients
    accuracy: tuple[Accuracy, ...]
    against: tuple[Against, ...]
    declined: Declined
    positive_at: float | None
    counts: tuple[int, int] | None


@dataclass(frozen=True)
class _Choice:
    """What was asked for."""

    figure: str
    covariance: str
    positive_at: float | None

    def check(self) -> None:
        """Raise StudyError for a choice that nothing can carry out."""
        for word, known, what in (
            (self.figure, FIGURES, "figure of merit"),
            (self.covariance, COVARIANCES, "covariance"),
        ):
            if word not in known:
                raise StudyError(f"The {what} is {', '.join(known)}, not {word}.")
        if self.covariance == "delong" and self.figure != "auc":
            raise StudyError(
                f"The delong covariance is defined for the AUC only; use jackknife for "
                f"{self.figure}."
            )


def analyse(
    ratings: Ratings,
    *,
    figure: str = "auc",
    covariance: str = "jackknife",
    positive_at: float | None = None,
    against: str = "",
) -> Analysis:
    """All that the ratings allow.

    Truth of two values, positive and negative, with numbers as ratings is a graded study:
    MRMC. Ratings out of a few classes are nominal: agreement, and accuracy where there is
    truth. Both may apply. `against` names the reader that is an algorithm: it is compared with
    the others and left out of MRMC and agreement. Raises StudyError when a choice cannot be
    carried out.
    """
    choice = _Choice(figure, covariance, positive_at)
    choice.check()
    compared, gaps = _against(ratings, against, choice)
    people = ratings.only(r for r in ratings.readers if r != against) if against else ratings
    graded, declined = grades(people, positive_at) if people.rows else (None, _NOBODY)
    mrmc, reasons = _mrmc(people, graded, declined, choice)
    areas, no_areas = _areas(graded) if figure == "auc" else (None, ())
    classes = classes_of(people)
    agreement, apart = agreement_of(people, classes)
    at = graded.positive_at if graded is not None else positive_at
    return Analysis(
        people,
        mrmc,
        areas,
        agreement,
        accuracy_of(ratings, classes or classes_of(ratings), at),
        compared,
        (*reasons, *no_areas, *apart, *gaps),
        at,
        _counts(graded),
    )


_NOBODY: Declined = (("MRMC", "there is no reader beside the algorithm"),)


def _against(
    ratings: Ratings, algorithm: str, choice: _Choice
) -> tuple[tuple[Against, ...], Declined]:
    if not algorithm:
        return (), ()
    return against_readers(ratings, algorithm, choice.figure, choice.covariance, choice.positive_at)


def _counts(graded: Grades | None) -> tuple[int, int] | None:
    if graded is None:
        return None
    return int(graded.positive.sum()), int((~graded.positive).sum())


def _mrmc(
    ratings: Ratings, graded: Grades | None, declined: Declined, choice: _Choice
) -> tuple[ObuchowskiRockette | None, Declined]:
    """Obuchowski-Rockette of grades, or of right and wrong answers in classes."""
    crossed, reasons = _graded(graded, choice) if graded is not None else (None, declined)
    if graded is None and ratings.rows:
        crossed, reasons = _classes(ratings, declined, choice)
    if crossed is None:
        return None, reasons
    try:
        found = obuchowski_rockette(crossed, choice.figure, choice.covariance)
    except ValueError as error:
        raise StudyError(f"{str(error)[0].upper()}{str(error)[1:]}.") from error
    return found, (*reasons, *found.declined)


def _graded(graded: Grades, choice: _Choice) -> tuple[Crossed | None, Declined]:
    if choice.figure != "auc" and graded.positive_at is None:
        raise StudyError(
            f"{choice.figure.capitalize()} needs the rating from which on an answer is positive. "
            "Give it with --positive-at."
        )
    if graded.answers.missing.any():
        return None, (("MRMC", gap_sentence(graded.answers, graded.positive)),)
    if min(graded.positive.sum(), (~graded.positive).sum()) < 2:
        return None, (("MRMC", "at least two positive and two negative cases are needed"),)
    return CrossedRatings(graded.answers.values, graded.positive, graded.positive_at), ()


def _classes(
    ratings: Ratings, declined: Declined, choice: _Choice
) -> tuple[Crossed | None, Declined]:
    answers = right_answers(ratings) if classes_of(ratings) else None
    if answers is None:
        return None, declined
    if choice.figure != "accuracy":
        hint = "--figure-of-merit accuracy compares right answers"
        return None, tuple((what, f"{reason}; {hint}") for what, reason in declined)
    if answers.missing.any():
        return None, (("MRMC", gap_sentence(answers)),)
    return CrossedAnswers(answers.values > 0.5), ()


def _areas(graded: Grades | None) -> tuple[UStatistics | None, Declined]:
    """U-statistics of the areas, which bear gaps."""
    if graded is None:
        return None, ()
    try:
        return u_statistics(graded.answers.values, graded.positive), ()
    except ValueError as error:
        return None, (("areas by U-statistics (BDG)", str(error)),)
