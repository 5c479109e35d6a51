"""Seconds a trial over a reading: medians, learning, fatigue, and time by correctness."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from studies.records import AnswerRecord
from studies.report.pairing import cluster
from studies.report.readings import Answers, Reading, readings
from studies.statistics.trend import (
    Median,
    TimeByCorrectness,
    Trend,
    accuracy_trend,
    median,
    time_by_correctness,
    time_trend,
)

Made = TypeVar("Made")
BLOCK = 25
"""Trials a median of the curve is taken of."""
FEWEST = 60
"""A ratio per 100 trials from fewer trials than this is read far beyond what was seen."""


@dataclass(frozen=True)
class TimedTrial:
    """A trial by its place in the order (1, 2, …), with its active seconds."""

    position: int
    seconds: float
    right: bool


@dataclass(frozen=True)
class BlockMedian:
    """Median seconds of consecutive trials; `position` is the middle of the block."""

    position: float
    seconds: float


@dataclass(frozen=True)
class ReaderTimes:
    """One reading's times. A trend is None where `declined` says why it cannot be computed."""

    reader: str
    kind: str
    simulated: bool
    trials: tuple[TimedTrial, ...]
    blocks: tuple[BlockMedian, ...]
    median: Median
    time: Trend | None
    accuracy: Trend | None
    correctness: TimeByCorrectness | None
    declined: tuple[str, ...]


def assemble_times(answers: Answers, *, simulated_study: bool = False) -> tuple[ReaderTimes, ...]:
    """Times of every person's readings, ROI first; networks take none that could tell anything.

    Practice and hidden repeats are left out. Trials of one patient form a cluster, other items are
    alone.
    """
    people = [one for one in readings(answers) if one.kind != "model"]
    return tuple(_times(one, simulated_study) for one in people if _timed(one))


def _timed(own: Reading) -> Answers:
    """Of the class where it was asked, else of the origin; times of 0 are none."""
    return tuple(a for a in own.asked or own.asked_origin if a.seconds > 0)


def _is_right(answer: AnswerRecord) -> bool:
    if answer.diagnosis:
        return answer.diagnosis == answer.truth_category
    return answer.origin == answer.truth_origin


def _times(own: Reading, simulated_study: bool) -> ReaderTimes:
    answers = sorted(_timed(own), key=lambda a: a.position)
    start = min(a.position for a in own.class_answers or own.origin_answers) - 1
    seconds, right = [a.seconds for a in answers], [_is_right(a) for a in answers]
    position, units = [a.position - start for a in answers], [cluster(a) for a in answers]
    reasons: list[str] = []
    enough = len(answers) >= FEWEST
    if not enough:
        reasons.append(
            f"Trends of time and accuracy are not computed: {len(answers)} trials are too few for "
            f"a trend per 100 trials, which takes {FEWEST}."
        )
    return ReaderTimes(
        reader=own.name,
        kind=own.kind,
        simulated=simulated_study or own.kind == "simulated",
        trials=tuple(map(TimedTrial, position, seconds, right)),
        blocks=tuple(_blocks(position, seconds)),
        median=median(seconds),
        time=_tried(lambda: time_trend(seconds, position, units), "Trend of time", reasons)
        if enough
        else None,
        accuracy=_tried(
            lambda: accuracy_trend(right, position, units), "Trend of accuracy", reasons
        )
        if enough
        else None,
        correctness=_tried(
            lambda: time_by_correctness(seconds, right, units), "Time by correctness", reasons
        ),
        declined=tuple(reasons),
    )


def _tried(compute: Callable[[], Made], name: str, reasons: list[str]) -> Made | None:
    """The result, or None with the reason why these trials do not allow it."""
    try:
        return compute()
    except ValueError as error:
        reasons.append(f"{name} is not computed: {error}.")
        return None


def _blocks(position: Sequence[int], seconds: Sequence[float]) -> Iterable[BlockMedian]:
    for start in range(0, len(seconds), BLOCK):
        places = position[start : start + BLOCK]
        yield BlockMedian(sum(places) / len(places), median(seconds[start : start + BLOCK]).value)
