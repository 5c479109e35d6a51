"""A reading that goes by a script: answers, second answers, undos, notes, pauses, new sittings.

What is done next follows from the seed and the number of acts in the log alone, so that a reading
that was cut off and opened again goes on as it would have. An act is an answer or an undo.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studies.chain import ChainEvent
from studies.package import (
    PackageContents,
    PackageTrial,
    ReadingPackage,
    Response,
    WindowChange,
    create,
    new_opaque,
)
from studies.protocols.pipeline import image_hash
from studies.protocols.questions import questions
from studies.records import DEFAULT_SCHEME

FIRST_SITTING, AIDED_EVERY = 215, 5  # rows: more than are kept in the write-ahead log; trials
ACTS = frozenset(("response", "undo"))
SHOWN = "2026-01-01T00:00:00.000+00:00"


@dataclass(frozen=True)
class Saved:
    """What a reading stands at once an act was acknowledged: acts, rows, head, what is next."""

    acts: int
    rows: int
    hash: str
    trial: str  # "-" when all are answered
    step: int

    @classmethod
    def of(cls, package: ReadingPackage) -> Saved:
        """The standing of an open package."""
        events, trial = package.events, package.current
        return cls(
            sum(event.kind in ACTS for event in events),
            len(events),
            events[-1].hash if events else package.genesis,
            trial.trial_id if trial else "-",
            package.standing.step,
        )

    @classmethod
    def parse(cls, line: str) -> Saved:
        """The standing that a child told."""
        word, acts, rows, head, trial, step = line.split()
        assert word == "saved"
        return cls(int(acts), int(rows), head, trial, int(step))

    def __str__(self) -> str:
        return f"saved {self.acts} {self.rows} {self.hash} {self.trial} {self.step}"


def make_package(folder: Path, trials: int) -> Path:
    """A package of `trials` flat pictures; every fifth trial has a network's opinion."""
    images = tuple(bytes([k % 251]) * 4096 for k in range(trials))
    opinion = (0.2, 0.5, 0.3)
    contents = PackageContents(
        uid=new_opaque(),
        title="Reader",
        questions=questions(("diagnosis", "origin", "confidence"), DEFAULT_SCHEME),
        trials=tuple(
            PackageTrial(
                new_opaque(), False, image_hash(image),
                opinion=opinion if place % AIDED_EVERY == 3 else (),
            )
            for place, image in enumerate(images)
        ),
    )  # fmt: skip
    return create(folder, contents, images)


def read(
    folder: Path,
    seed: int,
    tell: Callable[[Saved], None],
    wait: Callable[[], None] = lambda: None,
) -> None:
    """Read to the end in several sittings; `tell` after each act, `wait` before it."""
    limit = FIRST_SITTING
    while not _sitting(folder, seed, limit, tell, wait):
        limit = random.Random(f"{seed} {limit}").randrange(15, 40)


def act(package: ReadingPackage, seed: int) -> None:
    """The next act of the script; the package must have a trial at hand."""
    trial = package.current
    assert trial is not None
    acts = Saved.of(package).acts
    rng = random.Random(f"{seed} {acts}")
    last = next((e.kind for e in reversed(package.events) if e.kind in ACTS), "")
    if last == "response" and package.can_undo() and rng.random() < 0.15:
        package.undo()
        return
    if rng.random() < 0.1:
        package.log("pause")
    if rng.random() < 0.15:
        package.note(WindowChange(-100.0, 250.0), at_once=False)
    then = (WindowChange(0.0, 200.0),) if rng.random() < 0.1 else ()
    package.record(given(trial.trial_id, package.standing.step, rng), *then)


def given(trial_id: str, step: int, rng: random.Random) -> Response:
    """A complete answer, drawn."""
    first = round(rng.uniform(200, 900), 3)
    commit = round(first + rng.uniform(100, 4000), 3)
    diagnosis = rng.choice(("cyst", "metastasis", "hemangioma"))
    origin, confidence = rng.choice(("real", "synthetic")), rng.randrange(1, 6)
    return Response(
        trial_id, diagnosis, origin, confidence, SHOWN, first, commit, commit, step=step
    )


def rows_kept(events: tuple[ChainEvent, ...], told: Sequence[Saved]) -> int:
    """How many of the rows that were told as saved are there, each as it was."""
    return max(
        (
            one.rows
            for one in told
            if one.rows == 0 or (one.rows <= len(events) and events[one.rows - 1].hash == one.hash)
        ),
        default=0,
    )


def _sitting(
    folder: Path, seed: int, rows: int, tell: Callable[[Saved], None], wait: Callable[[], None]
) -> bool:
    """One sitting of at most about `rows` rows; whether all is answered."""
    package = ReadingPackage.open(folder)
    tell(Saved.of(package))
    end = len(package.events) + rows
    while package.current is not None and len(package.events) < end:
        wait()
        act(package, seed)
        tell(Saved.of(package))
        package.settle()
    package.close()
    tell(Saved.of(package))
    return package.current is None
