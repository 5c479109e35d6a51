"""The bridge from background jobs to the window's thread: Qt signals instead of listeners."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from engine.jobs import Failure, Job, JobRunner, JobState, Progress
from engine.jobs.newest import Newest

Done = Callable[[Any], None]
Failed = Callable[[Failure], None]


@dataclass(frozen=True)
class JobView:
    """A job as the window shows it. `seconds_left` is None while it cannot be told."""

    id: int
    title: str
    lane: str
    state: JobState
    progress: Progress
    seconds: float
    seconds_left: float | None
    failure: Failure | None

    @property
    def is_final(self) -> bool:
        """The job has ended, one way or the other."""
        return self.state.is_final


@dataclass(frozen=True)
class _Calls:
    """What to call in the window's thread when a job ends."""

    done: Done | None
    failed: Failed | None
    cancelled: Callable[[], None] | None


class Jobs(QObject):
    """Runs jobs for the states; every signal and callback arrives in the window's thread."""

    changed = Signal(object)  # JobView
    held_changed = Signal()
    _heard = Signal(object, object, object)  # JobView | None, a callable, its argument

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._calls_open = 0
        self._views: dict[int, JobView] = {}
        self._jobs: dict[int, Job] = {}
        self._waiting: Newest[int, JobView] = Newest()
        self.held = ""  # what waits for a word to go on, as a sentence; "" for nothing
        self._heard.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        title: str,
        factory: Callable[[], Generator[Progress, None, Any]],
        done: Done | None = None,
        failed: Failed | None = None,
        *,
        cancelled: Callable[[], None] | None = None,
        lane: str = "work",
    ) -> int:
        """Queue a job, return its id; `done(result)`, `failed(failure)` or `cancelled()` follow."""
        calls = _Calls(done, failed, cancelled)
        job = self._runner.submit(
            title, factory, lane=lane, listener=lambda one: self._hear(one, lane, calls)
        )
        self._jobs[job.id] = job
        self._show(replace(_view(job, lane), state=JobState.QUEUED))
        return job.id

    def small(
        self, call: Callable[[], Any], done: Done | None = None, failed: Failed | None = None
    ) -> None:
        """Run a short call in a thread; `done(result)` or `failed(failure)` follow."""
        self._calls_open += 1
        self._runner.small(
            call,
            lambda result: self._heard.emit(None, done, result),
            lambda failure: self._heard.emit(None, failed, failure),
        )

    def cancel(self, job_id: int) -> None:
        """Ask a job to stop."""
        if job_id in self._jobs:
            self._jobs[job_id].cancel()

    def hold(self, words: str) -> None:
        """Say what waits for a word to go on, "" where nothing does any more."""
        if words != self.held:
            self.held = words
            self.held_changed.emit()

    @property
    def active(self) -> tuple[JobView, ...]:
        """Jobs that have not ended, oldest first."""
        return tuple(view for view in self._views.values() if not view.is_final)

    @property
    def is_quiet(self) -> bool:
        """No job and no short call is under way: the pages show what there is."""
        return self._calls_open == 0 and not self.active

    def shutdown(self, timeout: float = 5.0) -> bool:
        """Cancel everything and wait for the threads; True when all ended in time."""
        return self._runner.shutdown(timeout)

    def _hear(self, job: Job, lane: str, calls: _Calls) -> None:
        """In the worker thread. A bare progress waits for the one before it to be shown."""
        view = _view(job, lane)
        if view.is_final:
            call, argument = _ending(job, calls)
            self._heard.emit(view, call, argument)
            return
        bare = view.state is JobState.RUNNING and not (
            view.progress.metrics or view.progress.images
        )
        if not bare or self._waiting.put(job.id, view):
            self._heard.emit(view, None, None)

    def _deliver(self, view: JobView | None, call: Done | None, argument: object) -> None:
        if view is None:
            self._calls_open -= 1
        else:
            waiting = self._waiting.take(view.id)
            newest = view if view.is_final or view.progress.metrics else waiting or view
            self._show(newest)
        if call is not None:
            call(argument)

    def _show(self, view: JobView) -> None:
        if view.is_final:
            self._views.pop(view.id, None)
            self._jobs.pop(view.id, None)
        else:
            self._views[view.id] = view
        self.changed.emit(view)


def _ending(job: Job, calls: _Calls) -> tuple[Done | None, object]:
    if job.state is JobState.SUCCEEDED:
        return calls.done, job.result
    if job.state is JobState.FAILED:
        return calls.failed, job.failure
    cancelled = calls.cancelled
    return (lambda _: cancelled()) if cancelled else None, None


def _view(job: Job, lane: str) -> JobView:
    seconds = time.monotonic() - job.started if job.started is not None else 0.0
    progress = job.progress
    share = progress.done / progress.total if progress.total else 0.0
    left = seconds * (1 - share) / share if share > 0.02 and seconds > 2 else None
    return JobView(job.id, job.title, lane, job.state, progress, seconds, left, job.failure)
