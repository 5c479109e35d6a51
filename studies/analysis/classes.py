"""Answers out of a few classes: which they are, and the readers' agreement on them."""

from __future__ import annotations

from dataclasses import replace

from studies.analysis.answers import Answers, Declined, arranged
from studies.analysis.grades import NO_ANSWER, is_two_sided
from studies.exchange.ratings import Ratings, label, number, sign
from studies.statistics.agreement import (
    Coefficient,
    brennan_prediger,
    code_ratings,
    cohen,
    cohen_over_cases,
    cohen_table,
    conger,
    fleiss,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
)

_MOST_CLASSES = 20
Coefficients = tuple[tuple[str, Coefficient], ...]  # JSON key, value


def one_spelling(ratings: Ratings) -> Ratings:
    """Each class as it is first spelt, in truth and answers alike: Cyst, cyst and CYST are one."""
    first: dict[str, str] = {}

    def spelt(text: str) -> str:
        return first.setdefault(label(text), text) if text else ""

    return Ratings(
        tuple(replace(r, truth=spelt(r.truth), value=spelt(r.value)) for r in ratings.rows)
    )


def in_the_words_of_truth(ratings: Ratings) -> Ratings:
    """Yes and no answered where the truth is 1 and 0, say: each answer as the truth calls it."""
    truth = {sign(text): text for text in ratings.truth.values() if text}
    said = {row.value for row in ratings.rows if row.value}
    if not (is_two_sided(ratings.truth.values()) and is_two_sided(said)):
        return ratings
    return Ratings(tuple(replace(r, value=truth.get(sign(r.value), r.value)) for r in ratings.rows))


def classes_of(ratings: Ratings) -> tuple[tuple[str, ...], str]:
    """Classes answered or true, sorted; or none, and why the ratings are not out of a few classes.

    Answers in numbers are classes where they are the truth's own, where the truth has more than
    two values and some answers are among them, and where there is no truth.
    """
    said = {row.value for row in ratings.rows if row.value}
    truth = {text for text in ratings.truth.values() if text}
    if not said:
        return (), NO_ANSWER
    words = any(number(text) is None for text in said)
    if not (words or said <= truth or (len(truth) > 2 and said & truth) or not truth):
        return (), "the ratings are grades, not classes"
    found = sorted(said | truth, key=_order)
    if len(found) > _MOST_CLASSES:
        return (), f"there are {len(found)} different answers, and {_MOST_CLASSES} classes at most"
    if len(found) < 2:
        single = sum(bool(row.value) for row in ratings.rows) == 1
        return (), "there is a single answer" if single else f"every answer is '{found[0]}'"
    return tuple(found), ""


def _order(text: str) -> tuple[float, str]:
    """Numbers by their size, then words by the alphabet."""
    value = number(text)
    return (float("inf") if value is None else value, text)


def agreement_of(
    ratings: Ratings, classes: tuple[str, ...], why_none: str
) -> tuple[Coefficients, Declined]:
    """The readers' agreement by every coefficient, an item being a case under a condition.

    Under several conditions the case is the unit of every interval.
    """
    if not classes:
        return (), (("agreement", why_none),)
    if len(ratings.readers) < 2:
        return (), (("agreement", "there is only one reader"),)
    columns, cases = _columns(ratings)
    coded = code_ratings(columns, classes)
    if not ((coded >= 0).sum(1) >= 2).any():
        return (), (("agreement", "no case was answered by two readers"),)
    q, declined = len(classes), list[tuple[str, str]]()
    found = [("percent", percent_agreement(coded, cases=cases))]
    if len(columns) == 2:
        found.append(("cohen", _cohen(columns, classes, cases)))
    found.append(("fleiss", fleiss(coded, q, cases=cases)))
    silent = [r for r, said in zip(ratings.readers, columns, strict=True) if not any(said)]
    if silent:
        declined.append(("Conger's kappa", f"reader {silent[0]} has answered no case"))
    else:
        found.append(("conger", conger(coded, q, cases=cases)))
    found += [
        ("gwet_ac1", gwet_ac1(coded, q, cases=cases)),
        ("brennan_prediger", brennan_prediger(coded, q, cases=cases)),
        ("krippendorff_alpha", krippendorff_alpha(coded, cases=cases)),
    ]
    return tuple(found), tuple(declined)


def _cohen(
    columns: list[list[str]], classes: tuple[str, ...], cases: list[int] | None
) -> Coefficient:
    if cases is None:
        return cohen(cohen_table(columns[0], columns[1], classes)).kappa
    return cohen_over_cases(columns[0], columns[1], classes, cases)


def _columns(ratings: Ratings) -> tuple[list[list[str]], list[int] | None]:
    """Each reader's answers by item, and each item's case where one is read more than once."""
    items = dict.fromkeys((row.condition, row.case) for row in ratings.rows)
    said = {(row.reader, row.condition, row.case): row.value for row in ratings.rows}
    columns = [[said.get((reader, *item), "") for item in items] for reader in ratings.readers]
    place = {case: n for n, case in enumerate(ratings.truth)}
    several = len(ratings.conditions) > 1
    return columns, [place[case] for _, case in items] if several else None


def right_answers(ratings: Ratings) -> Answers | None:
    """Right (1) and wrong (0) of answers in classes; None where any case's truth is unknown."""
    if not all(ratings.truth.values()):
        return None
    rows = in_the_words_of_truth(ratings).rows
    return arranged(ratings, [float(r.value == r.truth) if r.value else float("nan") for r in rows])
