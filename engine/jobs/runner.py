"""Jobs in threads: what the window and the command line start and watch."""

from __future__ import annotations

import itertools
import queue
import threading
import time
import traceback
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from engine.errors import EngineError
from engine.jobs.progress import Failure, JobState, Progress

T = TypeVar("T")


class Job:
    """One long work: its state, last progress, result or failure.

    Listeners are called with the job, from the worker thread, at every change.
    """

    def __init__(
        self,
        number: int,
        title: str,
        factory: Callable[[], Generator[Progress, None, Any]],
        expected: tuple[type[Exception], ...],
    ) -> None:
        self.id = number
        self.title = title
        self.state = JobState.QUEUED
        self.progress = Progress(0, 0, "Waiting")
        self.result: Any = None
        self.failure: Failure | None = None
        self.started: float | None = None  # time.monotonic()
        self.finished = threading.Event()
        self._factory = factory
        self._expected = expected
        self._cancel = threading.Event()
        self._listeners: list[Callable[[Job], None]] = []

    def listen(self, listener: Callable[[Job], None]) -> None:
        """Call `listener(job)` at every change from now on."""
        self._listeners.append(listener)

    def cancel(self) -> None:
        """Ask the job to stop at its next yield; a queued one never starts."""
        self._cancel.set()

    def drive(self) -> None:
        """Run the generator to its end in this thread; never raises."""
        try:
            self._drive()
        except Exception as error:  # noqa: BLE001 (it becomes the job's failure)
            self.failure = describe(error, self._expected)
            self._become(JobState.FAILED)
        finally:
            self.finished.set()

    def _drive(self) -> None:
        if self._cancel.is_set():
            self._become(JobState.CANCELLED)
            return
        self.started = time.monotonic()
        self._become(JobState.RUNNING)
        generator = self._factory()
        try:
            while not self._cancel.is_set():
                self.progress = next(generator)
                self._tell()
        except StopIteration as stop:
            self.result = stop.value
            self._become(JobState.SUCCEEDED)
            return
        finally:
            generator.close()
        self._become(JobState.CANCELLED)

    def _become(self, state: JobState) -> None:
        self.state = state
        self._tell()

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener(self)


def describe(error: Exception, expected: tuple[type[Exception], ...]) -> Failure:
    """The exception as a sentence for the user and the details behind it."""
    details = "".join(traceback.format_exception(error))
    kind = type(error).__name__
    if isinstance(error, expected):
        return Failure(kind, str(error), details, True)
    sentence = "Something unexpected stopped this work. Nothing that was saved is lost."
    return Failure(kind, sentence, details, False)


class JobRunner:
    """Owns the background threads: a lane runs its jobs one after another.

    `expected` are the exceptions whose text is a sentence for the user.
    """

    def __init__(
        self, expected: tuple[type[Exception], ...] = (EngineError,), small_threads: int = 2
    ) -> None:
        self._expected = expected
        self._numbers = itertools.count(1)
        self._lanes: dict[str, queue.SimpleQueue[Job | None]] = {}
        self._jobs: list[Job] = []
        self._threads: list[threading.Thread] = []
        self._small: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._small_threads = small_threads
        self._closing = False

    def submit(
        self,
        title: str,
        factory: Callable[[], Generator[Progress, None, Any]],
        *,
        lane: str = "work",
        listener: Callable[[Job], None] | None = None,
    ) -> Job:
        """Queue a job in its lane; `listener` hears every change from the first on."""
        job = Job(next(self._numbers), title, factory, self._expected)
        if listener:
            job.listen(listener)
        self._jobs = [one for one in self._jobs if not one.state.is_final] + [job]
        self._lane(lane).put(job)
        return job

    def small(
        self,
        call: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Failure], None],
    ) -> None:
        """Run a short call (I/O, prefetch) in a thread; the callbacks run in that thread."""
        if not any(thread.name.startswith("small") for thread in self._threads):
            for number in range(self._small_threads):
                self._start(f"small-{number}", self._drive_small)
        self._small.put(lambda: self._one_small(call, done, failed))

    @property
    def active(self) -> tuple[Job, ...]:
        """Jobs that are queued or running, in the order they were submitted."""
        return tuple(job for job in self._jobs if not job.state.is_final)

    def shutdown(self, timeout: float = 5.0) -> bool:
        """Cancel everything and wait; True when every thread ended within `timeout` seconds."""
        self._closing = True
        for job in self._jobs:
            job.cancel()
        for lane in self._lanes.values():
            lane.put(None)
        for _ in range(self._small_threads):
            self._small.put(None)
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _lane(self, name: str) -> queue.SimpleQueue[Job | None]:
        if name not in self._lanes:
            lane: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
            self._lanes[name] = lane
            self._start(f"lane-{name}", lambda: self._drive_lane(lane))
        return self._lanes[name]

    def _start(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _drive_lane(self, lane: queue.SimpleQueue[Job | None]) -> None:
        while (job := lane.get()) is not None:
            job.drive()

    def _drive_small(self) -> None:
        while (call := self._small.get()) is not None:
            if not self._closing:
                call()

    def _one_small(
        self,
        call: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Failure], None],
    ) -> None:
        try:
            result = call()
        except Exception as error:  # noqa: BLE001 (it goes to the caller)
            failed(describe(error, self._expected))
        else:
            done(result)
