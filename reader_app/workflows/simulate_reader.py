"""A simulated reader: seeded answers of known skill, through the real reading package.

Wherever a figure of such a reader stands, it says simulated.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from engine.jobs import Progress
from studies import reading
from studies.errors import StudyError
from studies.package import Clock, PackageTrial, ReadingPackage, Response
from studies.reading import TrialTruth
from studies.records import Question, ReaderRecord
from studies.store import Store

TELL_EVERY = 10
NO_MEMORY = "A simulated reader remembers nothing, so there is nothing to wash out."
# Distances from the criterion, in standard deviations, from which a reader is surer of the origin.
SURER_FROM = (0.4, 0.8, 1.2, 1.6)


@dataclass(frozen=True)
class Skill:
    """What a simulated reader can do. ValueError for shares that are none.

    `accuracy` per class code, 0..1 (others: `usual_accuracy`); `d_prime` of real against synthetic
    with `criterion` (0 = leans to neither). `drift` and `d_prime_drift` are what the log odds of a
    right class and d' gain from a part's first trial to its last; in the middle they are as given.
    `missing` is the share of all trials, 0..1, that is left unanswered at the end. `seconds` is the
    median time of a trial.
    """

    accuracy: tuple[tuple[str, float], ...] = ()
    usual_accuracy: float = 0.75
    d_prime: float = 0.5
    criterion: float = 0.0
    seconds: float = 6.5
    drift: float = 0.0
    d_prime_drift: float = 0.0
    missing: float = 0.0

    def __post_init__(self) -> None:
        shares = (*(share for _, share in self.accuracy), self.usual_accuracy, self.missing)
        if not all(0 <= share <= 1 for share in shares):
            raise ValueError("accuracy and missing answers are shares between 0 and 1")

    def chance_right(self, category: str, place: float) -> float:
        """Chance of a right class, 0..1, at a `place` between the first trial, 0, and the last, 1.

        Example: Skill(usual_accuracy=0.5, drift=2.0) -> .269 at first, .5 halfway, .731 at last.
        """
        usual = dict(self.accuracy).get(category, self.usual_accuracy)
        if usual in (0.0, 1.0):
            return usual
        odds = usual / (1 - usual) * math.exp(self.drift * (place - 0.5))
        return odds / (1 + odds)

    def separation(self, place: float) -> float:
        """d' at a `place` between the first trial, 0, and the last, 1."""
        return self.d_prime + self.d_prime_drift * (place - 0.5)

    def answered(self, trials: int) -> int:
        """How many of so many trials are answered."""
        return trials - round(self.missing * trials)


class _SteppedClock:
    """A clock that goes on by each trial's time, so that a simulated reading takes no time."""

    def __init__(self) -> None:
        self._at = 0.0
        self._start = datetime.now(UTC) - timedelta(hours=1)

    def forward(self, seconds: float) -> None:
        self._at += seconds

    def wall(self) -> datetime:
        return self._start + timedelta(seconds=self._at)

    def monotonic_ns(self) -> int:
        return round(self._at * 1e9)


@dataclass(frozen=True)
class _Moment:
    """When a trial is shown, for how long, and how far the reading has come (0..1)."""

    shown: datetime
    seconds: float
    place: float


def simulate_reader(
    store: Store, name: str, skill: Skill, seed: int
) -> Generator[Progress, None, ReaderRecord]:
    """Enrol a reader of kind simulated in the newest protocol and let it read all its parts.

    No washout is waited for, since nothing is remembered. Training is passed at once, and an own
    answer is kept when a network's opinion is shown.
    """
    reader = reading.enrol(store, name, kind="simulated", note="simulated, no person")
    end = skill.answered(reader.trials)
    clock, rng = _SteppedClock(), np.random.default_rng(seed)
    while True:
        yield from _read_part(store, reader, skill, end, clock, rng)
        reader = reading.merge(store, reader.id)
        if reader.finished or reader.answered >= end:
            return reader
        reader = reading.issue_part(store, reader.id, override=NO_MEMORY)


def _read_part(
    store: Store,
    reader: ReaderRecord,
    skill: Skill,
    end: int,
    clock: _SteppedClock,
    rng: np.random.Generator,
) -> Generator[Progress, None, None]:
    """Answer the part at hand, up to trial `end` of the whole reading."""
    if reader.package is None:
        raise StudyError("The simulated reader has no reading package.")
    truths = {truth.trial_id: truth for truth in reading.simulation_key(store, reader.id)}
    package = ReadingPackage.open(reader.package, Clock(clock.wall, clock.monotonic_ns))
    try:
        end, last = end - reader.answered, max(package.total - 1, 1)
        while (trial := package.current) is not None and (position := package.position) < end:
            if position % TELL_EVERY == 0:
                yield Progress(position, package.total, f"{reader.pseudonym} reads")
            seconds = float(np.exp(rng.normal(np.log(skill.seconds), 0.35)))
            moment = _Moment(clock.wall(), seconds, position / last)
            clock.forward(seconds)
            own = package.answer_of(trial)
            if own is not None and package.standing.step == 2:
                package.record(replace(own, step=2, shown_at=_text(moment.shown)))
                continue
            truth = truths[trial.trial_id]
            package.record(_answer(package.questions, trial, truth, skill, rng, moment))
    finally:
        package.close()


def _answer(
    questions: tuple[Question, ...],
    trial: PackageTrial,
    truth: TrialTruth,
    skill: Skill,
    rng: np.random.Generator,
    moment: _Moment,
) -> Response:
    """Every question that is asked; the confidence is of the class where that is asked too."""
    asked = {question.code: question for question in questions}
    said, origin, sure = "", "", None
    if "diagnosis" in asked:
        codes = tuple(choice.value for choice in asked["diagnosis"].choices)
        right = 1.0 if trial.right else skill.chance_right(truth.category, moment.place)
        said = _diagnosis(truth.category, codes, right, rng)
        sure = _confidence(said == truth.category, rng) if "confidence" in asked else None
    if "origin" in asked:
        evidence = _evidence(truth.origin, skill.separation(moment.place), rng) - skill.criterion
        origin = "synthetic" if evidence > 0 else "real"
        if "confidence" in asked and not said:
            sure = 1 + sum(abs(evidence) > step for step in SURER_FROM)
    return Response(
        trial_id=trial.trial_id,
        diagnosis=said,
        origin=origin,
        confidence=sure,
        shown_at=_text(moment.shown),
        first_key_ms=moment.seconds * 1000 * float(rng.uniform(0.4, 0.8)),
        commit_ms=moment.seconds * 1000,
        active_ms=moment.seconds * 1000,
    )


def _diagnosis(truth: str, codes: tuple[str, ...], right: float, rng: np.random.Generator) -> str:
    if rng.random() < right:
        return truth
    return str(rng.choice([code for code in codes if code != truth]))


def _evidence(truth: str, d_prime: float, rng: np.random.Generator) -> float:
    """Evidence for synthetic: equal-variance signal detection, centred between the two kinds."""
    return float(rng.normal(d_prime / 2 if truth == "synthetic" else -d_prime / 2, 1.0))


def _confidence(right: bool, rng: np.random.Generator) -> int:
    """1..5, surer when right."""
    drawn = rng.normal(3.6 if right else 2.6, 1.0)
    return int(np.clip(round(float(drawn)), 1, 5))


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
