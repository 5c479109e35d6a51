"""A simulated reader: seeded answers of known skill, through the real reading package.

Wherever a figure of such a reader stands, it says simulated.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Skill:
    """What a simulated reader can do.

    `accuracy` per class code (others: `usual_accuracy`); `d_prime` of real against synthetic with
    `criterion` (0 = leans to neither); `seconds` is the median time of a trial.
    """

    accuracy: tuple[tuple[str, float], ...] = ()
    usual_accuracy: float = 0.75
    d_prime: float = 0.5
    criterion: float = 0.0
    seconds: float = 6.5


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


def simulate_reader(
    store: Store, name: str, skill: Skill, seed: int
) -> Generator[Progress, None, ReaderRecord]:
    """Enrol a reader of kind simulated in the newest protocol and let it answer every trial."""
    reader = reading.enrol(store, name, kind="simulated", note="simulated, no person")
    if reader.package is None:
        raise StudyError("The simulated reader has no reading package.")
    truths = {truth.trial_id: truth for truth in reading.simulation_key(store, reader.id)}
    clock, rng = _SteppedClock(), np.random.default_rng(seed)
    package = ReadingPackage.open(reader.package, Clock(clock.wall, clock.monotonic_ns))
    try:
        while (trial := package.current) is not None:
            if package.position % TELL_EVERY == 0:
                yield Progress(package.position, package.total, f"{name} reads")
            seconds = float(np.exp(rng.normal(np.log(skill.seconds), 0.35)))
            shown = clock.wall()
            clock.forward(seconds)
            truth = truths[trial.trial_id]
            package.record(_answer(package.questions, trial, truth, skill, rng, seconds, shown))
    finally:
        package.close()
    return reading.merge(store, reader.id)


def _answer(
    questions: tuple[Question, ...],
    trial: PackageTrial,
    truth: TrialTruth,
    skill: Skill,
    rng: np.random.Generator,
    seconds: float,
    shown: datetime,
) -> Response:
    asked = {question.code: question for question in questions}
    said, sure = "", None
    if "diagnosis" in asked:
        codes = tuple(choice.value for choice in asked["diagnosis"].choices)
        said = _diagnosis(truth.category, codes, skill, rng)
    if "confidence" in asked:
        sure = _confidence(said == truth.category, rng)
    return Response(
        trial_id=trial.trial_id,
        diagnosis=said,
        origin=_origin(truth.origin, skill, rng) if "origin" in asked else "",
        confidence=sure,
        shown_at=shown.isoformat(timespec="milliseconds"),
        first_key_ms=seconds * 1000 * float(rng.uniform(0.4, 0.8)),
        commit_ms=seconds * 1000,
        active_ms=seconds * 1000,
    )


def _diagnosis(truth: str, codes: tuple[str, ...], skill: Skill, rng: np.random.Generator) -> str:
    right = dict(skill.accuracy).get(truth, skill.usual_accuracy)
    if rng.random() < right:
        return truth
    return str(rng.choice([code for code in codes if code != truth]))


def _origin(truth: str, skill: Skill, rng: np.random.Generator) -> str:
    """Equal-variance signal detection: evidence for synthetic above the criterion."""
    mean = skill.d_prime / 2 if truth == "synthetic" else -skill.d_prime / 2
    return "synthetic" if rng.normal(mean, 1.0) > skill.criterion else "real"


def _confidence(right: bool, rng: np.random.Generator) -> int:
    """1..5, surer when right."""
    drawn = rng.normal(3.6 if right else 2.6, 1.0)
    return int(np.clip(round(float(drawn)), 1, 5))
