"""Train a recipe or a whole experiment: one run after another, live, in a child process.

A run that is paused, stopped or cut off keeps its state and goes on from it, to the same bytes.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from engine import frames, journal
from engine.errors import EngineError, OutOfMemoryError
from engine.experiment.data import TrainingData
from engine.experiment.forecast import work_of
from engine.experiment.grid import Experiment, plan
from engine.experiment.recipe import Recipe
from engine.experiment.run import Plan
from engine.experiment.worker import Order
from engine.files import RESUME
from engine.jobs import Child, ChildError, JobSpec, Progress
from engine.outcome import Outcome
from reader_app.workflows.patches import experiment_data, training_data
from reader_app.workflows.recording import finished, keep, seal
from reader_app.workflows.training_line import (
    ENDED_WITH_PROGRAM,
    Line,
    Waiting,
    begin,
    end,
    fitted,
    halt_words,
    next_run,
    put_in,
    steps_of,
)
from studies import learning
from studies.errors import ReadOnlyError, StudyError
from studies.records import TrainingRunRecord
from studies.store import Store

PERFORM = "engine.experiment.worker:perform"


@dataclass(frozen=True)
class TrainProgress(Progress):
    """Progress of the whole line, with the run it is at; `run_done` of `run_total` steps."""

    run_id: int = 0
    run_title: str = ""
    run_done: int = 0
    run_total: int = 0


@dataclass(frozen=True)
class Timing:
    """What a finished run took: the rate behind the next forecast; `kind` as in `work_of`."""

    profile: str
    kind: str
    steps: int
    seconds: float


@dataclass(frozen=True)
class Enqueued:
    """A recipe's runs in the line: the ids of the new ones, how many stand finished already."""

    ids: tuple[int, ...]
    plan: Plan
    data: TrainingData
    skipped: int


@dataclass(frozen=True)
class TrainResult:
    """The runs that finished; `skipped` of them stood finished before.

    `paused` is the run that was interrupted, to be put back into the line; 0 for none.
    """

    runs: tuple[TrainingRunRecord, ...]
    skipped: int
    timings: tuple[Timing, ...]
    paused: int = 0


def train(store: Store, recipe: Recipe, threads: int = 1) -> Generator[Progress, None, TrainResult]:
    """Run what the recipe asks for and is not finished yet; every network gets its t-SNE map.

    Closing the generator (Cancel) ends the child; the run at hand keeps its state and those behind
    it become cancelled. `threads` of the child are part of what makes weights equal. StudyError or
    EngineError with a sentence, once the runs that can be done are done.
    """
    return (yield from _train(store, (yield from enqueue(store, recipe)), threads))


def train_all(
    store: Store, experiment: Experiment, threads: int = 1
) -> Generator[Progress, None, TrainResult]:
    """`train` of every arm and group of an experiment, in one order, each run once."""
    return (yield from _train(store, (yield from enqueue(store, experiment)), threads))


def enqueue(store: Store, wanted: Recipe | Experiment) -> Generator[Progress, None, Enqueued]:
    """Record what is not finished and does not wait yet as queued, each with its order.

    StudyError or EngineError where the study or the recipe does not allow it.
    """
    if store.read_only:
        raise ReadOnlyError("This study is open read-only, so nothing can be trained in it.")
    yield Progress(0, 1, "Reading ROIs")
    if isinstance(wanted, Recipe):
        data = training_data(store, wanted.folds, wanted.kind.slices, leave_out=wanted.leave_out)
        planned = plan((wanted,), data, all_maps=True)
    else:
        data = experiment_data(store, wanted, keep=True)
        planned = wanted.plan(data)
    done = [run for run in planned.runs if finished(store, run.hash) is not None]
    going = {run.run_hash for run in learning.runs(store) if run.state in ("queued", "running")}
    held = {run.hash for run in done} | going
    ids = put_in(store, (run for run in planned.runs if run.hash not in held), data)
    return Enqueued(ids, planned, data, len(done))


def work(
    store: Store, line: Line, threads: int = 1, known: tuple[TrainingData, ...] = ()
) -> Generator[Progress, None, TrainResult]:
    """Train the runs of the line until none can begin, or it is paused.

    A run that fails is told of at the end, by its own error, and the others go on; not so where
    memory or disk gave out. Closing the generator ends all: the run at hand keeps its state.
    """
    working = _Work(store, line, threads, known)
    done: list[TrainingRunRecord] = []
    timings: list[Timing] = []
    paused = 0
    try:
        while not line.is_paused and (waiting := working.next()) is not None:
            found = yield from working.run(waiting)
            if isinstance(found, int):
                paused = found
            elif found is not None:
                done.append(found[0])
                timings.append(found[1])
    finally:
        working.close()
    if working.failure is not None:
        raise working.failure
    return TrainResult(tuple(done), 0, tuple(timings), paused)


def close_stale(store: Store) -> int:
    """End runs that a program which ended left queued or running; returns how many.

    Their last saved state stays: the same run, put back, goes on from there.
    """
    stale = [run for run in learning.runs(store) if run.state in ("queued", "running")]
    for run in stale:
        end(store, run.id, ENDED_WITH_PROGRAM)
    return len(stale)


def _train(store: Store, queued: Enqueued, threads: int) -> Generator[Progress, None, TrainResult]:
    line = Line(queued.ids)
    try:
        found = yield from work(store, line, threads, (queued.data,))
    finally:
        for run_id in line.ids:
            if learning.run(store, run_id).state == "queued":
                end(store, run_id, "Cancelled before it began.")
    runs = (finished(store, run.hash) for run in queued.plan.runs)
    return TrainResult(tuple(run for run in runs if run is not None), queued.skipped, found.timings)


class _Work:
    """The child and what is at hand in one call of `work`."""

    def __init__(
        self, store: Store, line: Line, threads: int, known: tuple[TrainingData, ...]
    ) -> None:
        self._store, self._line = store, line
        self._data = {data.patches.slices: data for data in known}
        self._child = Child(threads)
        self._begun: set[int] = set()
        self._running: Waiting | None = None
        self._steps: dict[int, int] = {}
        self._before = 0
        self.failure: Exception | None = None

    def next(self) -> Waiting | None:
        """Whose turn it is."""
        return next_run(self._store, self._line, self._begun)

    def run(
        self, waiting: Waiting
    ) -> Generator[Progress, None, tuple[TrainingRunRecord, Timing] | int | None]:
        """Train a run and keep what came of it.

        Returns its number where it was paused, None where it was stopped or failed.
        """
        run_id, run = waiting.record.id, waiting.order.run
        self._begun.add(run_id)
        record = learning.update_run(self._store, run_id, state="running", message="")
        self._running = Waiting(record, waiting.order)
        try:
            data = yield from self._data_of(self._running)
            begin(record.folder)
            result = yield from self._performed(self._running, data)
            if result is None:
                return self._halted(self._running)
            keep(self._store, run_id, run, data, result)
            seal(record.folder, run, data, result, record.started)
        except (EngineError, StudyError, ChildError) as error:
            self._failed(record, error)
            return None
        except OSError as error:
            self._failed(record, _no_room(record, error))
            return None
        self._running = None
        record = learning.update_run(self._store, run_id, state="finished")
        self._before += run.steps
        return record, Timing(run.profile, work_of(run), int(result.steps), float(result.seconds))

    def close(self) -> None:
        """End the child; the run at hand is paused where it stands."""
        self._child.close()
        if self._running is not None:
            record, order = self._running.record, self._running.order
            self._running = None
            end(self._store, record.id, halt_words(record.folder, order.run.steps, "Paused"))

    def _data_of(self, waiting: Waiting) -> Generator[Progress, None, TrainingData]:
        """The ROIs the order was made on; read anew where others are at hand."""
        order = waiting.order
        held = self._data.get(order.slices)
        if held is None or held.data_hash != order.data_hash:
            yield self._placed(waiting, Progress(0, 1, "Reading ROIs"))
            held = training_data(self._store, order.folds, order.slices)
            self._data[order.slices] = fitted(held, order)
        return held

    def _halted(self, waiting: Waiting) -> int | None:
        """The child ended because it was asked to."""
        record, stops = waiting.record, self._line.stopping == waiting.record.id
        self._running = None
        self._child.close()
        verb = "Stopped" if stops else "Paused"
        end(self._store, record.id, halt_words(record.folder, waiting.order.run.steps, verb))
        return None if stops else record.id

    def _failed(self, record: TrainingRunRecord, error: Exception) -> None:
        """Note the failure; raise it at once where the next run would meet it too."""
        sentence = error.sentence if isinstance(error, ChildError) else str(error)
        learning.update_run(self._store, record.id, state="failed", message=sentence)
        self._running = None
        was_ended = isinstance(error, OutOfMemoryError) or isinstance(
            error.__cause__, EOFError | OSError
        )
        if not was_ended:  # what failed once from its saved state would fail again
            (record.folder / RESUME).unlink(missing_ok=True)
        if was_ended or not isinstance(error, EngineError):
            raise error
        self.failure = self.failure or error

    def _performed(
        self, waiting: Waiting, data: TrainingData
    ) -> Generator[Progress, None, Outcome | None]:
        """The child's work on a run; None where it was asked to stop before its last step."""
        record, run = waiting.record, waiting.order.run
        needed = (self._store.runs_folder / need.run / need.file for need in run.needs)
        paths = (data.path, record.folder, *needed)
        running = self._child.run(JobSpec(PERFORM, Order(run, data.data_hash), paths))
        asked = False
        while True:
            try:
                progress = next(running)
            except StopIteration as stop:
                if asked:
                    self._child.close()  # it takes no further run
                outcome: Outcome | None = stop.value
                return outcome
            journal.note(record.folder, progress)
            frames.keep(record.folder, progress)
            self._remember(record, progress)
            yield self._placed(waiting, progress)
            wanted = self._line.is_paused or self._line.stopping == record.id
            if wanted and not asked and not _is_at_the_end(progress):
                asked = True
                self._child.stop()

    def _remember(self, record: TrainingRunRecord, progress: Progress) -> None:
        """A return to a snapshot, and a collapse, stay with the run in words."""
        told = dict(progress.metrics)
        if "returned_to" in told or told.get("health", 0.0) > 1:
            learning.update_run(self._store, record.id, message=progress.message)

    def _behind(self) -> int:
        """Steps of the runs that wait behind the one at hand."""
        waiting = [one for one in self._line.ids if one not in self._begun]
        for run_id in waiting:
            if run_id not in self._steps:
                self._steps[run_id] = steps_of(self._store, run_id)
        return sum(self._steps[run_id] for run_id in waiting)

    def _placed(self, waiting: Waiting, progress: Progress) -> TrainProgress:
        """A run's progress as a part of the whole line's."""
        run, record = waiting.order.run, waiting.record
        share = min(1.0, progress.done / progress.total) if progress.total else 0.0
        return TrainProgress(
            self._before + round(share * run.steps),
            self._before + run.steps + self._behind(),
            f"{run.title}: {progress.message}",
            progress.metrics,
            progress.images,
            record.id,
            run.title,
            progress.done,
            progress.total,
        )


def _no_room(record: TrainingRunRecord, cause: OSError) -> EngineError:
    """A full or vanished disk as a sentence; what was saved of the run stays."""
    error = EngineError(
        f"{record.folder} cannot be written to ({cause.strerror}). Free some space, or bring the "
        "folder back, then choose Resume."
    )
    error.__cause__ = cause
    return error


def _is_at_the_end(progress: Progress) -> bool:
    """The last step is done; what follows takes seconds and would have to be done again."""
    return progress.total > 0 and progress.done >= progress.total
