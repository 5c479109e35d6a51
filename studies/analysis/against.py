"""One algorithm against the readers of the same file, over all of them and one by one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from studies.analysis.answers import Answers, Bools, Declined, Floats
from studies.analysis.choice import Choice
from studies.analysis.classes import right_answers
from studies.analysis.grades import Grades, grades, shared_cut
from studies.errors import StudyError
from studies.exchange.ratings import Ratings
from studies.statistics.holm import holm
from studies.statistics.mrmc import (
    FIGURES,
    LEAST_READERS,
    AlgorithmDifference,
    Crossed,
    CrossedAnswers,
    CrossedRatings,
    algorithm_against_readers,
)
from studies.statistics.paired import mcnemar, paired_difference, paired_table
from studies.statistics.roc import compare_paired


@dataclass(frozen=True)
class OneReader:
    """Algorithm minus one reader, on the `n` cases that both have answered and that count."""

    reader: str
    figure: str
    difference: float
    low: float
    high: float
    p: float
    n: int
    method: str
    p_holm: float = math.nan  # over the readers, within this figure of merit


@dataclass(frozen=True)
class Against:
    """The algorithm against the readers of one condition: every figure of merit, and each reader.

    `figures` hold the figure asked for first; they are empty where fewer than three readers or a
    gap decline them. `own_condition` is where the algorithm answered, if elsewhere.
    """

    algorithm: str
    condition: str
    readers: tuple[str, ...]
    cases: int
    figures: tuple[AlgorithmDifference, ...]
    paired: tuple[OneReader, ...]
    declined: Declined
    own_condition: str = ""


@dataclass(frozen=True)
class _Answers:
    """Readers of one condition and the algorithm: rating (or right and wrong) of (readers, cases).

    nan is a missing answer; `own_condition` as in `Against`.
    """

    condition: str
    own_condition: str
    readers: tuple[str, ...]
    values: Floats
    known: _Known


@dataclass(frozen=True)
class _Known:
    """What all conditions share: truth, threshold, and the figures asked for or declined."""

    positive: Bools | None  # None: classes, `values` are right or wrong
    positive_at: float | None
    figures: tuple[str, ...]
    declined: Declined


def against_readers(
    ratings: Ratings, algorithm: str, choice: Choice, people: Grades | None
) -> tuple[tuple[Against, ...], Declined]:
    """Compare under every condition in which the algorithm has answered.

    An algorithm that answered under no condition of the readers is compared with the readers of
    every condition. `people`: the readers' own grades. Raises StudyError where the file has no
    such reader.
    """
    if algorithm not in ratings.readers:
        raise StudyError(
            f"There is no reader '{algorithm}'. The file has: {', '.join(ratings.readers)}."
        )
    graded, _ = grades(ratings, choice.positive_at, algorithm=algorithm)
    if graded is not None:
        at, why = shared_cut(people, ratings, algorithm, choice.positive_at)
        answers, known = graded.answers, _graded(graded, at, why, choice.figure)
    else:
        right = right_answers(ratings)
        if right is None:
            return (), ((_WHAT, "there is no truth to tell right from wrong"),)
        answers, known = right, _classes(choice.figure)
    blocks, apart = _blocks(answers, algorithm, known)
    found = tuple(_one(one, algorithm, choice.covariance) for one in blocks)
    reasons = tuple(reason for one in found for reason in one.declined)
    return found, (*known.declined, *apart, *reasons)


_WHAT = "algorithm against readers"
_WORDS = {"auc": "AUC"}


def _graded(graded: Grades, at: float | None, why: str, figure: str) -> _Known:
    """The figures that these answers have, the one asked for first; it is never another one."""
    asked = sorted(FIGURES, key=lambda name: name != figure)
    lacking = {
        name: graded.lacks(name) or (why if name != "auc" and at is None else "") for name in asked
    }
    if lacking[figure]:
        what = f"{_WHAT}, {_WORDS.get(figure, figure)}"
        return _Known(graded.positive, at, (), ((what, lacking[figure]),))
    figures = tuple(name for name in asked if not lacking[name])
    declined = [
        (f"{_WHAT}, {', '.join(n for n in asked if lacking[n] == reason)}", reason)
        for reason in dict.fromkeys(lacking[n] for n in asked if lacking[n])
    ]
    return _Known(graded.positive, at, figures, tuple(declined))


def _classes(figure: str) -> _Known:
    if figure in ("auc", "accuracy"):
        return _Known(None, None, ("accuracy",), ())
    reason = f"answers in classes have an accuracy, no {figure}"
    return _Known(None, None, (), ((f"{_WHAT}, {figure}", reason),))


def _blocks(
    answers: Answers, algorithm: str, known: _Known
) -> tuple[tuple[_Answers, ...], Declined]:
    """The algorithm beside the readers of each condition."""
    place = answers.readers.index(algorithm)
    there: Bools = np.asarray(np.isfinite(answers.values).any(2))  # (conditions, readers)
    own = [i for i in range(len(there)) if there[i, place]]
    others = [i for i in range(len(there)) if np.delete(there[i], place).any()]
    shared = [(i, i) for i in own if i in others]
    pairs = shared or [(i, k) for i in own for k in others]
    found = []
    for i, k in pairs:
        kept = there[k].copy()
        kept[place] = True
        values = answers.values[k].copy()
        values[place] = answers.values[i, place]
        readers = tuple(r for r, is_kept in zip(answers.readers, kept, strict=True) if is_kept)
        elsewhere = answers.conditions[i] if i != k else ""
        found.append(_Answers(answers.conditions[k], elsewhere, readers, values[kept], known))
    alone = [answers.conditions[i] for i in own if i not in others] if shared or not others else []
    reason = "nobody else read under it"
    return tuple(found), tuple((f"{_WHAT}, {name}", reason) for name in alone)


def _one(data: _Answers, algorithm: str, covariance: str) -> Against:
    place = data.readers.index(algorithm)
    others = tuple(reader for reader in data.readers if reader != algorithm)
    asked = data.known.figures
    whole = np.isfinite(data.values).all(0)
    figures, reason = _over_readers(data, place, asked, covariance) if asked else ((), "")
    what = f"{algorithm} against readers as a random sample, {data.condition}"
    return Against(
        algorithm,
        data.condition,
        others,
        int(whole.sum()),
        figures,
        tuple(one for name in asked for one in _each(data, place, others, name)),
        ((what, reason),) if reason else (),
        data.own_condition,
    )


def _each(data: _Answers, place: int, others: tuple[str, ...], figure: str) -> list[OneReader]:
    """Each reader by itself, p values adjusted for their number where there is a test."""
    found = [
        one for name in others for one in _paired(data, place, data.readers.index(name), figure)
    ]
    tested = [one for one in found if not math.isnan(one.p)]
    adjusted = dict(zip(map(id, tested), holm([one.p for one in tested]), strict=True))
    return [replace(one, p_holm=adjusted.get(id(one), math.nan)) for one in found]


def _over_readers(
    data: _Answers, place: int, asked: tuple[str, ...], covariance: str
) -> tuple[tuple[AlgorithmDifference, ...], str]:
    if len(data.readers) - 1 < LEAST_READERS:
        return (), "three or more readers are needed beside the algorithm"
    missing = np.argwhere(~np.isfinite(data.values))
    if len(missing):
        reader = data.readers[int(missing[0][0])]
        count = "1 rating is" if len(missing) == 1 else f"{len(missing)} ratings are"
        return (), f"{count} missing, the first by {reader}"
    crossed: Crossed
    known = data.known
    if known.positive is None:
        crossed = CrossedAnswers(data.values[None] > 0.5)
    else:
        crossed = CrossedRatings(data.values[None], known.positive, known.positive_at)
    try:
        return tuple(
            algorithm_against_readers(crossed, place, name, _defined(covariance, name))
            for name in asked
        ), ""
    except ValueError as error:
        return (), str(error)


def _defined(covariance: str, figure: str) -> str:
    """DeLong's covariance is the AUC's alone; a proportion takes the jackknife beside it."""
    return covariance if figure == "auc" or covariance != "delong" else "jackknife"


def _paired(data: _Answers, algorithm: int, reader: int, figure: str) -> list[OneReader]:
    first, second = data.values[algorithm], data.values[reader]
    both = np.isfinite(first) & np.isfinite(second)
    name = data.readers[reader]
    positive = data.known.positive
    if figure == "auc" and positive is not None:
        return _by_delong(name, first, second, both & positive, both & ~positive)
    right = [_right(data.known, values) for values in (first, second)]
    kept = both & _concerned(data, figure)
    if not kept.any():
        return []
    table = paired_table([bool(v) for v in right[0][kept]], [bool(v) for v in right[1][kept]])
    value = paired_difference(table)
    method = f"exact McNemar; {value.method} for the interval"
    return [
        OneReader(
            name, figure, value.value, value.low, value.high, mcnemar(table).p, table.n, method
        )
    ]


def _by_delong(
    name: str, first: Floats, second: Floats, positive: Bools, negative: Bools
) -> list[OneReader]:
    if min(positive.sum(), negative.sum()) < 2:
        return []
    both = np.stack([first, second], 1)
    found = compare_paired(both[positive], both[negative])
    n = int(positive.sum() + negative.sum())
    return [
        OneReader(name, "auc", found.difference, found.low, found.high, found.p, n, found.method)
    ]


def _right(known: _Known, values: Floats) -> Bools:
    if known.positive is None or known.positive_at is None:
        return np.asarray(values > 0.5)
    return np.asarray((values >= known.positive_at) == known.positive)


def _concerned(data: _Answers, figure: str) -> Bools:
    positive = data.known.positive
    if positive is None or figure == "accuracy":
        return np.ones(data.values.shape[1], bool)
    return positive if figure == "sensitivity" else ~positive
