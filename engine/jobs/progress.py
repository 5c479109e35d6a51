"""What a long work tells while it runs, and how it may end."""

from __future__ import annotations

import enum
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

T = TypeVar("T")
Step = TypeVar("Step")


@dataclass(frozen=True)
class SampleGrid:
    """Pictures shown while a generator trains: the same seeds at every epoch.

    `images` (n, h, w) float32 in 0..1; `category` is the class's name as the study writes it.
    """

    category: str
    epoch: int
    images: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Progress:
    """How far a long work is: `done` of `total` steps, a line for the user, numbers, pictures."""

    done: int
    total: int
    message: str
    metrics: tuple[tuple[str, float], ...] = ()
    images: tuple[SampleGrid, ...] = ()


class JobState(enum.StrEnum):
    """Where a job is in its life; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Nothing will change any more."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True)
class Failure:
    """Why a job failed. `expected`: the sentence is written for the user and says what to do."""

    kind: str
    sentence: str
    details: str
    expected: bool


def result_of(running: Generator[object, None, T]) -> T:
    """The result of a work that is driven at once, whatever it tells on the way."""
    while True:
        try:
            next(running)
        except StopIteration as stop:
            result: T = stop.value
            return result


def passed_on(
    running: Generator[Step, None, T], tell: Progress | Callable[[Step], Progress]
) -> Generator[Progress, None, T]:
    """A work as part of another: its result; its steps as `tell` makes them, or always `tell`.

    Closing this generator closes the work.
    """
    with closing(running):
        while True:
            try:
                inner = next(running)
            except StopIteration as stop:
                result: T = stop.value
                return result
            yield tell if isinstance(tell, Progress) else tell(inner)


class ChildError(Exception):
    """An unexpected exception of a child process: its kind, sentence and traceback as text."""

    def __init__(self, kind: str, sentence: str, details: str) -> None:
        super().__init__(f"{kind}: {sentence}\n\nIn the worker process:\n{details}")
        self.kind = kind
        self.sentence = sentence
        self.details = details
