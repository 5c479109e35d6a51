"""What ratings allow: MRMC for graded ratings and for right and wrong, agreement, accuracy."""

from __future__ import annotations

from dataclasses import dataclass

from studies.analysis.accuracy import Accuracy, Comparisons, Cuts, accuracy_of, comparisons_of
from studies.analysis.against import Against, against_readers
from studies.analysis.answers import Declined, gap_sentence
from studies.analysis.choice import Choice
from studies.analysis.classes import (
    Coefficients,
    agreement_of,
    classes_of,
    in_the_words_of_truth,
    one_spelling,
    right_answers,
)
from studies.analysis.grades import Grades, grades, shared_cut
from studies.errors import StudyError
from studies.exchange.ratings import Ratings
from studies.statistics.mrmc import (
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
    comparisons: tuple[Comparisons, ...]
    against: tuple[Against, ...]
    declined: Declined
    positive_at: float | None
    counts: tuple[int, int] | None


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
    choice = Choice(figure, covariance, positive_at)
    choice.check()
    ratings = one_spelling(ratings)
    people = ratings.only(r for r in ratings.readers if r != against) if against else ratings
    graded, declined = grades(people, positive_at) if people.rows else (None, _NOBODY)
    compared, gaps = against_readers(ratings, against, choice, graded) if against else ((), ())
    mrmc, reasons = _mrmc(people, graded, declined, choice)
    areas, no_areas = _areas(graded) if figure == "auc" else (None, ())
    agreement, apart = _agreement(people)
    at = graded.positive_at if graded is not None else positive_at
    own = shared_cut(graded, ratings, against, positive_at)[0] if against else None
    accuracy, comparisons, unsaid = _accuracy(ratings, Cuts(at, against, own))
    return Analysis(
        people,
        mrmc,
        areas,
        agreement,
        accuracy,
        comparisons,
        compared,
        (*reasons, *no_areas, *apart, *gaps, *unsaid, *_unclustered(ratings)),
        at,
        _counts(graded),
    )


def _unclustered(ratings: Ratings) -> Declined:
    """That cases of one patient are taken as unrelated, where the file says that there are any."""
    shared = ratings.shared_patients
    if not shared:
        return ()
    patients = "1 patient has" if shared == 1 else f"{shared} patients have"
    reason = (
        f"{patients} several cases, which are taken as unrelated here; where cases of a patient "
        "are alike, the intervals are too short and the p too small"
    )
    return (("patients as clusters", reason),)


_NOBODY: Declined = (("MRMC", "there is no reader beside the algorithm"),)


def _agreement(people: Ratings) -> tuple[Coefficients, Declined]:
    if not people.rows:
        return (), ()
    worded = in_the_words_of_truth(people)
    return agreement_of(worded, *classes_of(worded))


def _accuracy(
    ratings: Ratings, cuts: Cuts
) -> tuple[tuple[Accuracy, ...], tuple[Comparisons, ...], Declined]:
    found, declined = accuracy_of(ratings, cuts)
    if not any(one.value for one in found if one.reader != cuts.algorithm):
        return found, (), declined
    comparisons, gaps = comparisons_of(ratings, cuts)
    return found, comparisons, (*declined, *gaps)


def _counts(graded: Grades | None) -> tuple[int, int] | None:
    if graded is None:
        return None
    return int(graded.positive.sum()), int((~graded.positive).sum())


def _mrmc(
    ratings: Ratings, graded: Grades | None, declined: Declined, choice: Choice
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


def _graded(graded: Grades, choice: Choice) -> tuple[Crossed | None, Declined]:
    if choice.figure != "auc" and graded.positive_at is None:
        raise StudyError(
            f"{choice.figure.capitalize()} needs the rating from which on an answer is positive. "
            "Give it with --positive-at."
        )
    lacking = graded.lacks(choice.figure)
    if lacking:
        return None, (("MRMC", lacking),)
    if graded.answers.missing.any():
        return None, (("MRMC", gap_sentence(graded.answers, graded.positive)),)
    return CrossedRatings(graded.answers.values, graded.positive, graded.positive_at), ()


def _classes(
    ratings: Ratings, declined: Declined, choice: Choice
) -> tuple[Crossed | None, Declined]:
    answers = right_answers(ratings) if classes_of(ratings)[0] else None
    if answers is None:
        return None, declined
    if choice.figure != "accuracy":
        hint = "--figure-of-merit accuracy compares right answers"
        return None, tuple((what, f"{reason}; {hint}") for what, reason in declined)
    if answers.missing.any():
        return None, (("MRMC", gap_sentence(answers)),)
    if len(answers.cases) < 2:
        return None, (("MRMC", "at least two cases are needed"),)
    return CrossedAnswers(answers.values > 0.5), ()


def _areas(graded: Grades | None) -> tuple[UStatistics | None, Declined]:
    """U-statistics of the areas, which bear gaps."""
    if graded is None or graded.lacks("auc"):
        return None, ()
    try:
        return u_statistics(graded.answers.values, graded.positive), ()
    except ValueError as error:
        return None, (("areas by U-statistics (BDG)", str(error)),)
