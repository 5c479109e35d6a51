"""Train a recipe or a whole experiment: one run after another, live, in a child process."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from engine import journal
from engine.errors import EngineError
from engine.experiment.data import TrainingData
from engine.experiment.forecast import work_of
from engine.experiment.grid import Experiment, plan
from engine.experiment.recipe import Recipe
from engine.experiment.run import Plan, Run
from engine.experiment.worker import Order
from engine.files import RESUME
from engine.jobs import Child, ChildError, JobSpec, Progress
from engine.outcome import Outcome
from reader_app.workflows.patches import training_data
from reader_app.workflows.recording import finished, keep, new_run, seal
from studies import learning
from studies.errors import ReadOnlyError, StudyError
from studies.records import TrainingRunRecord
from studies.store import Store

PERFORM = "engine.experiment.worker:perform"


@dataclass(frozen=True)
class TrainProgress(Progress):
    """Progress of the whole recipe, with the run it is at; `run_done` of `run_total` steps."""

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
class TrainResult:
    """The recipe's runs, all finished; `skipped` of them stood finished before."""

    runs: tuple[TrainingRunRecord, ...]
    skipped: int
    timings: tuple[Timing, ...]


def train(store: Store, recipe: Recipe) -> Generator[Progress, None, TrainResult]:
    """Run what the recipe asks for and is not finished yet; every network gets its t-SNE map.

    Closing the generator (Cancel) ends the child; the run at hand and those behind it become
    cancelled and leave no files. StudyError or EngineError with a sentence; the study stays whole.
    """
    data = yield from _read(store, recipe.folds, recipe.kind.slices)
    return (yield from _train(store, data, plan((recipe,), data, all_maps=True)))


def train_all(store: Store, experiment: Experiment) -> Generator[Progress, None, TrainResult]:
    """`train` of every arm and group of an experiment, in one order, each run once."""
    data = yield from _read(store, experiment.folds, experiment.slices)
    return (yield from _train(store, data, experiment.plan(data)))


def close_stale(store: Store) -> int:
    """Cancel runs that a program which ended left queued or running; returns how many.

    Their last saved state stays: the same run, queued again, goes on from there.
    """
    stale = [run for run in learning.runs(store) if run.state in ("queued", "running")]
    for run in stale:
        learning.update_run(
            store, run.id, state="cancelled", message="The program ended during this run."
        )
        if not (run.folder / RESUME).exists():
            _drop(run.folder)
    return len(stale)


def _read(store: Store, folds: int, slices: int) -> Generator[Progress, None, TrainingData]:
    if store.read_only:
        raise ReadOnlyError("This study is open read-only, so nothing can be trained in it.")
    yield Progress(0, 1, "Reading ROIs")
    return training_data(store, folds, slices)


def _train(
    store: Store, data: TrainingData, planned: Plan
) -> Generator[Progress, None, TrainResult]:
    standing = [finished(store, run.hash) for run in planned.runs]
    queue = tuple(run for run, done in zip(planned.runs, standing, strict=True) if done is None)
    done = {record.run_hash: record for record in standing if record is not None}
    skipped = len(done)
    waiting = {run.hash: learning.start_run(store, new_run(run)).id for run in queue}
    work = _Work(store, data, queue, waiting)
    timings: list[Timing] = []
    try:
        for run in queue:
            record, timing = yield from work.run(run)
            done[run.hash] = record
            timings.append(timing)
    finally:
        work.close()
    return TrainResult(tuple(done[run.hash] for run in planned.runs), skipped, tuple(timings))


class _Work:
    """The child and what is still to do in one call of `train`."""

    def __init__(
        self, store: Store, data: TrainingData, queue: tuple[Run, ...], waiting: dict[str, int]
    ) -> None:
        self._store, self._data = store, data
        self._waiting = waiting
        self._child = Child()
        self._total = sum(run.steps for run in queue)
        self._before = 0

    def run(self, run: Run) -> Generator[Progress, None, tuple[TrainingRunRecord, Timing]]:
        """Train one run and keep what came of it."""
        run_id = self._waiting[run.hash]
        record = learning.update_run(self._store, run_id, state="running")
        _begin(record.folder)
        try:
            result = yield from self._performed(run, record)
            keep(self._store, run_id, run, self._data, result)
            seal(record.folder, run, self._data, result, record.started)
        except (EngineError, StudyError, ChildError) as error:
            sentence = error.sentence if isinstance(error, ChildError) else str(error)
            learning.update_run(self._store, run_id, state="failed", message=sentence)
            (record.folder / RESUME).unlink(missing_ok=True)  # the same again would fail again
            del self._waiting[run.hash]
            raise
        record = learning.update_run(self._store, run_id, state="finished")
        del self._waiting[run.hash]
        self._before += run.steps
        timing = Timing(run.profile, work_of(run), int(result.steps), float(result.seconds))
        return record, timing

    def close(self) -> None:
        """End the child; runs that did not end are cancelled and leave no files."""
        self._child.close()
        for run_id in self._waiting.values():
            run = learning.update_run(
                self._store, run_id, state="cancelled", message="Cancelled before it was finished."
            )
            _drop(run.folder)

    def _performed(self, run: Run, record: TrainingRunRecord) -> Generator[Progress, None, Outcome]:
        needed = (self._store.runs_folder / need.run / need.file for need in run.needs)
        paths = (self._data.path, record.folder, *needed)
        running = self._child.run(JobSpec(PERFORM, Order(run, self._data.data_hash), paths))
        while True:
            try:
                progress = next(running)
            except StopIteration as stop:
                outcome: Outcome = stop.value
                return outcome
            journal.note(record.folder, progress)
            yield self._placed(run, record.id, progress)

    def _placed(self, run: Run, run_id: int, progress: Progress) -> TrainProgress:
        """A run's progress as a part of the whole recipe's."""
        share = min(1.0, progress.done / progress.total) if progress.total else 0.0
        return TrainProgress(
            self._before + round(share * run.steps),
            self._total,
            f"{run.title}: {progress.message}",
            progress.metrics,
            progress.images,
            run_id,
            run.title,
            progress.done,
            progress.total,
        )


def _begin(folder: Path) -> None:
    """An empty folder, or the one of the same run with the state it was stopped in."""
    if not (folder / RESUME).exists():
        _drop(folder)
    folder.mkdir(parents=True, exist_ok=True)


def _drop(folder: Path) -> None:
    """Remove what a run that did not finish left behind."""
    if folder.exists() and not folder.is_symlink():
        shutil.rmtree(folder)
