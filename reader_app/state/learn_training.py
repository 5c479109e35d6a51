"""The trainings that run and wait: queued, paused, put back, stopped, moved and taken out."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.experiment.grid import Experiment
from engine.experiment.recipe import Recipe
from engine.jobs import Failure, JobState
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs, JobView
from reader_app.state.learn_runs import RunsState
from reader_app.state.study_state import StudyState
from reader_app.workflows.train import (
    Enqueued,
    TrainProgress,
    TrainResult,
    close_stale,
    enqueue,
    work,
)
from reader_app.workflows.training_line import Line, PutBack, put_back_all, take_out_all
from studies import learning
from studies.store import Store

LANE, QUEUE_LANE = "training", "queueing"


class TrainingState(QObject):
    """The only writer of the line; one job works through it."""

    changed = Signal()  # what runs, waits or is paused
    timed = Signal(object)  # tuple[Timing, ...] of what finished

    def __init__(
        self,
        study: StudyState,
        jobs: Jobs,
        messages: Messages,
        settings: Settings,
        runs: RunsState,
    ) -> None:
        super().__init__()
        self._study, self._jobs, self._messages = study, jobs, messages
        self._settings, self._runs = settings, runs
        self._line = Line()
        self._queueing: set[int] = set()
        self._worker: int | None = None
        self._at: Store | None = None  # the study whose line this is
        self._skipped = 0
        self._writing = 0  # short calls that put runs back or take them out
        self._paused: tuple[int, ...] = ()  # the run that a pause interrupted
        jobs.changed.connect(self._job_changed)
        for heard in (self.changed, runs.changed):
            heard.connect(self._say_held)

    # --- what is shown ----------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Whether a run trains, or is being put into the line."""
        return self._worker is not None or bool(self._queueing) or self._writing > 0

    @property
    def is_pausing(self) -> bool:
        """Whether the run at hand is ending its step to be paused."""
        return self._worker is not None and self._line.is_paused

    @property
    def is_paused(self) -> bool:
        """Whether the line waits for a word to go on."""
        return self._worker is None and self._line.is_paused

    @property
    def waiting(self) -> tuple[int, ...]:
        """Ids of the runs that wait, in turn, without the one at hand."""
        return tuple(one for one in self._line.ids if one != self._runs.running)

    @property
    def paused_words(self) -> str:
        """What a paused line would go on with, as a sentence; "" while it is not paused."""
        if not self.is_paused:
            return ""
        names = [self._runs.title_of(run) for run in self._runs.runs_of(self._paused)]
        waiting = len(self._line.ids)
        if not names and not waiting:
            return ""
        at = f" at {names[0]}" if names else ""
        more = "" if not names else " more"
        runs = f"; {waiting:,}{more} run{' waits' if waiting == 1 else 's wait'}" if waiting else ""
        return f"Training is paused{at}{runs}. To go on, press Resume on the page Learn."

    def _say_held(self) -> None:
        self._jobs.hold(self.paused_words)

    # --- the line ---------------------------------------------------------------------------

    def queue(self, wanted: Recipe | Experiment, title: str) -> None:
        """Put what is not finished of a recipe into the line, and begin."""
        store = self._study.store
        if store is None:
            return
        self._runs.follow()
        job = self._jobs.run(
            f"Queueing {title}",
            lambda: enqueue(store, wanted),
            lambda found: self._enqueued(store, found),
            self._failed,
            lane=QUEUE_LANE,
        )
        self._queueing.add(job)
        self.changed.emit()

    def _enqueued(self, store: Store, found: Enqueued) -> None:
        if store is not self._study.store:
            return
        self._skipped += found.skipped
        self._line.add(found.ids)
        if not found.ids and self._worker is None:
            self._tell_finished(0)
        self._begin()

    def pause(self) -> None:
        """Stop after the step at hand, keep the state and give the processor back."""
        self._line.is_paused = True
        self.changed.emit()

    def resume(self, run_ids: tuple[int, ...] = ()) -> None:
        """Go on: with the line, and first with these runs, which were paused, stopped or failed."""
        store = self._study.store
        if store is None:
            return
        wanted, self._paused = (*self._paused, *run_ids), ()
        self._line.is_paused = False
        self._runs.follow()
        if wanted:
            self._writing += 1
            self._jobs.small(
                lambda: put_back_all(store, wanted),
                lambda found: self._put_back(store, found),
                self._not_written,
            )
            self.changed.emit()
        else:
            self._begin()

    def _put_back(self, store: Store, found: PutBack) -> None:
        self._writing -= 1
        for words in found.refused:
            self._messages.error(words)
        if store is self._study.store:
            self._line.add(found.ids, first=True)
            self._begin()

    def _not_written(self, failure: Failure) -> None:
        self._writing -= 1
        self._failed(failure)
        self._begin()

    def stop(self) -> None:
        """End the run at hand for good, as far as it came; the next one begins."""
        self._line.stopping = self._runs.running
        self.changed.emit()

    def cancel(self) -> None:
        """End the run at hand and take out all that wait."""
        if self._worker is not None:
            self._jobs.cancel(self._worker)
        else:
            self._take_out_all()

    def take_out(self, run_id: int) -> None:
        """A run that waits is not done; it can be put back."""
        self._line.take_out(run_id)
        self._end_all((run_id,))

    def move(self, run_id: int, by: int) -> None:
        """A run that waits changes place with its neighbour: -1 up, 1 down."""
        self._line.move(run_id, by)
        self._say_order()

    def opened(self) -> None:
        """Another study: its line is empty; runs a program left open are ended."""
        store = self._study.store
        if self.is_busy and store in (None, self._at):  # locked, or unlocked again
            return
        if self._worker is not None:  # its run keeps its state; nobody watches it any more
            self._jobs.cancel(self._worker)
        self._line, self._paused, self._skipped = Line(), (), 0
        if self._worker is None:
            self._at = store
        self._say_order()
        if store is not None and not store.read_only and close_stale(store):
            self._study.notify("runs")

    def _say_order(self) -> None:
        self._runs.set_order(self._line.ids)
        self.changed.emit()

    # --- the job ----------------------------------------------------------------------------

    def _begin(self) -> None:
        """Start working through the line where nothing does, then show it.

        In this order: what is read for the tables would keep the worker's thread from starting.
        """
        store, idle = self._study.store, self._worker is None and not self._line.is_paused
        if store is not None and idle and self._line.ids:
            self._work(store)
        self._say_order()

    def _work(self, store: Store) -> None:
        line, threads = self._line, self._settings.threads
        self._line.stopping = 0
        self._at = store
        self._worker = self._jobs.run(
            "Training",
            lambda: work(store, line, threads),
            lambda result: self._worked(result) if line is self._line else None,
            lambda failure: self._gave_up(failure) if line is self._line else None,
            cancelled=lambda: self._cancelled(line),
            lane=LANE,
        )

    def _worked(self, result: TrainResult) -> None:
        self.timed.emit(result.timings)
        if self._line.is_paused:
            self._paused = (result.paused,) if result.paused else ()
            self._messages.info("Training is paused. Its state is kept, also when you close.")
            self.changed.emit()
        elif self._line.ids:
            self._begin()  # what came at the last moment
        else:
            self._tell_finished(len(result.runs))

    def _tell_finished(self, done: int) -> None:
        words = f"{done} run{'' if done == 1 else 's'} finished."
        if self._skipped:
            words += f" {self._skipped} stood finished before and were kept."
        self._skipped = 0
        self._messages.ok(words)

    def _failed(self, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)

    def _gave_up(self, failure: Failure) -> None:
        """What still waits is not begun by itself after memory or disk gave out."""
        self._line.is_paused = bool(self._line.ids)
        self._failed(failure)
        self.changed.emit()

    def _cancelled(self, line: Line) -> None:
        if line is not self._line:
            self._messages.info("The other study's training is paused; Resume there goes on.")
            return
        self._take_out_all()
        self._messages.info(
            "Training was cancelled. Finished runs are kept; the run at hand can go on."
        )

    def _take_out_all(self) -> None:
        waiting, self._line.ids = self._line.ids, ()
        self._line.is_paused = False
        self._end_all(waiting)

    def _end_all(self, run_ids: tuple[int, ...]) -> None:
        """Runs that wait no longer, in a thread: there may be a hundred."""
        store = self._study.store
        self._say_order()
        if store is not None and not store.read_only:
            self._writing += 1
            self._jobs.small(
                lambda: take_out_all(store, run_ids), self._taken_out, self._not_written
            )

    def _taken_out(self, _nothing: object) -> None:
        self._writing -= 1
        self._study.notify("runs")
        self.changed.emit()

    def _job_changed(self, view: JobView) -> None:
        if view.id in self._queueing and view.is_final:
            self._queueing.discard(view.id)
            self.changed.emit()
        if view.id != self._worker:
            return
        if view.is_final:
            self._ended()
        elif view.state is JobState.RUNNING and isinstance(view.progress, TrainProgress):
            self._runs.progressed(view.progress)

    def _ended(self) -> None:
        """What ended leaves the line; what came into it at the last moment is begun."""
        self._worker = None
        self._runs.stopped()
        store = self._study.store
        if store is not self._at:  # another study was opened meanwhile
            self._at = store
            self._begin()
            return
        if store is not None and store.access.unlocked:
            still = {run.id for run in learning.runs(store) if run.state == "queued"}
            self._line.ids = tuple(one for one in self._line.ids if one in still)
        self._say_order()
        self._study.notify("runs")
