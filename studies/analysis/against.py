"""One algorithm against the readers of the same file, over all of them and one by one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from studies.analysis.answers import Bools, Declined, Floats
from studies.analysis.classes import right_answers
from studies.analysis.grades import grades
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
    """The algorithm under one condition: every figure of merit, and each reader by itself.

    `figures` hold the figure asked for first; they are empty where fewer than three readers or a
    gap decline them.
    """

    algorithm: str
    condition: str
    readers: tuple[str, ...]
    cases: int
    figures: tuple[AlgorithmDifference, ...]
    paired: tuple[OneReader, ...]
    declined: Declined


@dataclass(frozen=True)
class _Answers:
    """One condition: rating (or right and wrong) of (readers, cases), nan where missing."""

    condition: str
    readers: tuple[str, ...]
    values: Floats
    positive: Bools | None  # None: classes, `values` are right or wrong
    positive_at: float | None


def against_readers(
    ratings: Ratings, algorithm: str, figure: str, covariance: str, positive_at: float | None
) -> tuple[tuple[Against, ...], Declined]:
    """Compare under every condition in which the algorithm has answered.

    Raises StudyError where the file has no such reader.
    """
    if algorithm not in ratings.readers:
        raise StudyError(
            f"There is no reader '{algorithm}'. The file has: {', '.join(ratings.readers)}."
        )
    answers = _answers(ratings, figure, positive_at)
    if not answers:
        return (), (("algorithm against readers", "there is no truth to tell right from wrong"),)
    found = [
        _one(one, algorithm, figure, covariance) for one in answers if algorithm in one.readers
    ]
    return tuple(found), tuple(reason for one in found for reason in one.declined)


def _answers(ratings: Ratings, figure: str, positive_at: float | None) -> tuple[_Answers, ...]:
    graded, _ = grades(ratings, positive_at)
    if graded is not None:
        values, positive, at = graded.answers.values, graded.positive, graded.positive_at
    else:
        right = right_answers(ratings)
        if right is None:
            return ()
        values, positive, at = right.values, None, None
    found = []
    for name, block in zip(ratings.conditions, values, strict=True):
        there = np.isfinite(block).any(1)
        readers = tuple(r for r, is_there in zip(ratings.readers, there, strict=True) if is_there)
        found.append(_Answers(name, readers, block[there], positive, at))
    return tuple(found)


def _one(data: _Answers, algorithm: str, figure: str, covariance: str) -> Against:
    place = data.readers.index(algorithm)
    others = tuple(reader for reader in data.readers if reader != algorithm)
    asked = _figures(data, figure)
    whole = np.isfinite(data.values).all(0)
    figures, reason = _over_readers(data, place, asked, covariance)
    what = f"{algorithm} against readers as a random sample, {data.condition}"
    return Against(
        algorithm,
        data.condition,
        others,
        int(whole.sum()),
        figures,
        tuple(one for name in asked for one in _each(data, place, others, name)),
        ((what, reason),) if reason else (),
    )


def _each(data: _Answers, place: int, others: tuple[str, ...], figure: str) -> list[OneReader]:
    """Each reader by itself, p values adjusted for their number where there is a test."""
    found = [
        one for name in others for one in _paired(data, place, data.readers.index(name), figure)
    ]
    tested = [one for one in found if not math.isnan(one.p)]
    adjusted = dict(zip(map(id, tested), holm([one.p for one in tested]), strict=True))
    return [replace(one, p_holm=adjusted.get(id(one), math.nan)) for one in found]


def _figures(data: _Answers, figure: str) -> tuple[str, ...]:
    """The figures that these answers have, the one asked for first."""
    if data.positive is None:
        return ("accuracy",)
    known = FIGURES if data.positive_at is not None else ("auc",)
    return tuple(sorted(known, key=lambda name: name != figure))


def _over_readers(
    data: _Answers, place: int, asked: tuple[str, ...], covariance: str
) -> tuple[tuple[AlgorithmDifference, ...], str]:
    if len(data.readers) - 1 < LEAST_READERS:
        return (), "three or more readers are needed beside the algorithm"
    missing = np.argwhere(~np.isfinite(data.values))
    if len(missing):
        reader = data.readers[int(missing[0][0])]
        return (), f"{len(missing)} ratings are missing, the first by {reader}"
    crossed: Crossed
    if data.positive is None:
        crossed = CrossedAnswers(data.values[None] > 0.5)
    else:
        crossed = CrossedRatings(data.values[None], data.positive, data.positive_at)
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
    if figure == "auc" and data.positive is not None:
        return _by_delong(name, first, second, both & data.positive, both & ~data.positive)
    right = [_right(data, values) for values in (first, second)]
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


def _right(data: _Answers, values: Floats) -> Bools:
    if data.positive is None or data.positive_at is None:
        return np.asarray(values > 0.5)
    return np.asarray((values >= data.positive_at) == data.positive)


def _concerned(data: _Answers, figure: str) -> Bools:
    if data.positive is None or figure == "accuracy":
        return np.ones(data.values.shape[1], bool)
    return data.positive if figure == "sensitivity" else ~data.positive
