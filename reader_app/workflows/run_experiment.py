"""The paper's experiment on a study: every arm and group of a profile, each run done once.

Runs are content-hashed and done by any executor: processes of this machine or a Dask cluster. A
killed or cancelled experiment continues where it stopped; what the window trained counts.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine import checkpoint
from engine.errors import CheckpointError
from engine.experiment import execution, on_device, record
from engine.experiment.data import TrainingData
from engine.experiment.execution import ExperimentProgress
from engine.experiment.grid import Experiment, plan
from engine.experiment.recipe import Recipe
from engine.experiment.record import RunRecord
from engine.experiment.run import Plan, Run
from engine.files import MODEL
from engine.jobs import Executor, Progress, executor_of
from engine.outcome import Outcome
from reader_app.workflows.patches import experiment_data
from reader_app.workflows.recording import finished, is_finished, keep, new_run, seal
from studies import learning
from studies.errors import ReadOnlyError
from studies.records import TrainingRunRecord
from studies.store import Store

LOCAL = "local"
"""The executor by default: as many processes as the machine has cores."""

DEVICE = "device"
"""In this process on one graphics device, folds and seeds of a group trained together."""


@dataclass(frozen=True)
class ExperimentResult:
    """The experiment's runs in the plan's order; `skipped` of them stood finished before."""

    runs: tuple[TrainingRunRecord, ...]
    skipped: int


@dataclass(frozen=True)
class GroupStatus:
    """One recipe of an experiment: how many of its runs are finished."""

    recipe: Recipe
    finished: int
    total: int

    @property
    def is_done(self) -> bool:
        """Nothing of this group is left to do."""
        return self.finished == self.total


def run_experiment(
    store: Store, experiment: Experiment, executor: str = LOCAL
) -> Generator[Progress, None, ExperimentResult]:
    """Do what is not finished of the experiment; each run is recorded as it finishes.

    `executor`: local | local:N | in-process | device | dask://host:port. Closing the generator
    stops it, running it again continues it. StudyError or EngineError with a sentence.
    """
    if store.read_only:
        raise ReadOnlyError("This study is open read-only, so nothing can be trained in it.")
    yield Progress(0, 1, "Reading ROIs")
    data = experiment_data(store, experiment, keep=True)
    planned = experiment.plan(data)
    skipped = sum(finished(store, run.hash) is not None for run in planned.runs)
    for run in planned.runs:
        _hand_over(store, run, data)
    with _where(executor) as workers:
        folder = store.runs_folder
        running = (
            on_device.run_on_device(planned, folder)
            if workers is None
            else execution.run(planned, workers, folder)
        )
        try:
            yield from _recorded(store, planned, data, running)
        finally:
            running.close()
    runs = tuple(_keep(store, planned, data, run.hash) for run in planned.runs)
    return ExperimentResult(runs, skipped)


@contextmanager
def _where(executor: str) -> Iterator[Executor | None]:
    """The executor of this name; None for the one graphics device, which needs none."""
    if executor == DEVICE:
        yield None
        return
    with executor_of(executor) as workers:
        yield workers


def experiment_status(store: Store, experiment: Experiment) -> tuple[GroupStatus, ...]:
    """How far each group is; trains nothing and stores nothing."""
    data = experiment_data(store, experiment)
    done = {run.run_hash for run in learning.runs(store) if is_finished(run)}
    return tuple(
        _status(recipe, experiment, data, done) for recipe in experiment.recipes(data.has_extra)
    )


def _status(
    recipe: Recipe, experiment: Experiment, data: TrainingData, done: set[str]
) -> GroupStatus:
    runs = plan((recipe,), data, is_nested=experiment.is_nested).runs
    return GroupStatus(recipe, sum(run.hash in done for run in runs), len(runs))


def _recorded(
    store: Store,
    planned: Plan,
    data: TrainingData,
    running: Generator[Progress, None, tuple[RunRecord, ...]],
) -> Generator[Progress, None, None]:
    """Pass on the progress; what finished is in the study before the next report."""
    while True:
        try:
            progress = next(running)
        except StopIteration:
            return
        if isinstance(progress, ExperimentProgress) and progress.finished is not None:
            _keep(store, planned, data, progress.finished.hash)
        yield progress


def _keep(store: Store, planned: Plan, data: TrainingData, run_hash: str) -> TrainingRunRecord:
    """The study's record of a finished run, made from the engine's where it is missing."""
    standing = finished(store, run_hash)
    if standing is not None:
        return standing
    run, folder = planned.run_of(run_hash), store.runs_folder
    row = learning.start_run(store, new_run(run))
    learning.update_run(store, row.id, state="running")
    keep(store, row.id, run, data, record.outcome_of(record.read(folder / run_hash), folder))
    return learning.update_run(store, row.id, state="finished")


def _hand_over(store: Store, run: Run, data: TrainingData) -> None:
    """Give the engine its record of a run that the study has finished, so that it is not redone.

    A run whose checkpoint is damaged is not handed over: the engine does it again.
    """
    standing = finished(store, run.hash)
    if standing is None:
        return
    try:
        record.read(standing.folder)
        return
    except CheckpointError:
        said = learning.predictions(store, run_id=standing.id)
    try:
        checkpoint.load(standing.folder / MODEL)
    except CheckpointError:
        return
    outcome = Outcome(
        standing.folder,
        standing.seconds or 0.0,
        run.steps,
        standing.device,
        accuracy=standing.accuracy,
        correct=standing.correct,
        n=standing.n,
        kid=standing.kid,
        ids=tuple(str(one.lesion_id) for one in said),
        probabilities=_rows(tuple(one.probabilities for one in said)),
    )
    seal(standing.folder, run, data, outcome, standing.started)


def _rows(shares: tuple[tuple[float, ...], ...]) -> npt.NDArray[np.float32]:
    """Probabilities as an array (n, classes); (0, 0) of a run that predicts nothing."""
    return np.asarray(shares, np.float32) if shares else np.zeros((0, 0), np.float32)
