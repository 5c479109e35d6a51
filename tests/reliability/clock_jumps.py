"""A reading on a computer whose wall clock jumps by hours, beside the same one without jumps."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reliability.scripted_reading import SHOWN, given

from reader_app.state.trial_clock import TrialClock
from studies.package import Clock, ReadingPackage, response_of
from studies.package.reading_package import CLOCK_TOLERANCE_S

HOURS = 12


@dataclass
class Clocks:
    """A wall clock that can be set, and a monotonic one that cannot."""

    wall: datetime = field(default_factory=lambda: datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    ticks: int = 0

    def pass_by(self, seconds: float) -> None:
        """Time goes by, on both."""
        self.wall += timedelta(seconds=seconds)
        self.ticks += round(seconds * 1e9)

    def jump(self, seconds: float) -> None:
        """Somebody sets the wall clock."""
        self.wall += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Timed:
    """What a log says: answers in order with their durations and monotonic times; jumps in s."""

    order: tuple[str, ...]
    durations: tuple[tuple[float, float, float, float], ...]  # first key, commit, active, idle, ms
    monotonic_ns: tuple[int, ...]
    jumps: tuple[float, ...]
    whole: bool


def jumps_drawn(trials: int, seed: int, share: float = 0.4) -> tuple[float, ...]:
    """Seconds by which the wall clock is set during each trial, 0 where it is not.

    A share of the trials has a jump of more than the tolerance, of up to 12 h forward or back;
    others are set right by less than the tolerance. The first trial has none: there is no earlier
    row to hold it against.
    """
    rng = random.Random(seed)
    drawn = [0.0]
    for _ in range(trials - 1):
        way = rng.choice((-1, 1))
        far = rng.uniform(CLOCK_TOLERANCE_S + 0.5, HOURS * 3600)
        near = rng.choice((0.0, rng.uniform(0, CLOCK_TOLERANCE_S - 0.5)))
        drawn.append(round(way * (far if rng.random() < share else near), 3))
    return tuple(drawn)


def read_timed(folder: Path, jumps: tuple[float, ...], seed: int) -> Timed:
    """Read a package with the product's clock of a trial, the wall clock jumping as given."""
    clocks, rng = Clocks(), random.Random(seed)
    package = ReadingPackage.open(folder, Clock(lambda: clocks.wall, lambda: clocks.ticks))
    for jump in jumps:
        _answer_one(package, clocks, jump, rng)
    found = _timed(package)
    package.close()
    return found


def _answer_one(package: ReadingPackage, clocks: Clocks, jump: float, rng: random.Random) -> None:
    """Look, wait, pause now and then, commit; the jump comes at one of these moments."""
    trial = package.current
    assert trial is not None
    watch, moment = TrialClock(lambda: clocks.ticks, 5.0), rng.randrange(4)
    watch.painted()
    for step, deed in enumerate((watch.touched, watch.pause, watch.resume, watch.stirred)):
        clocks.pass_by(rng.uniform(0.1, 8.0))
        if step == moment:
            clocks.jump(jump)
        deed()
    answer = replace(
        given(trial.trial_id, package.standing.step, rng),
        shown_at=SHOWN,
        first_key_ms=watch.first_key_ms,
        commit_ms=watch.commit_ms,
        active_ms=watch.active_ms,
        idle_ms=watch.idle_ms,
    )
    package.record(answer)


def _timed(package: ReadingPackage) -> Timed:
    events = package.events
    answers = [event for event in events if event.kind == "response"]
    given_ = [response_of(event) for event in answers]
    jumps = (json.loads(e.payload)["seconds"] for e in events if e.kind == "clock jump")
    return Timed(
        tuple(one.trial_id for one in given_),
        tuple((one.first_key_ms, one.commit_ms, one.active_ms, one.idle_ms) for one in given_),
        tuple(event.monotonic_ns for event in answers),
        tuple(jumps),
        package.verify().ok and [e.sequence for e in events] == list(range(1, len(events) + 1)),
    )
