"""Train a recipe: its generators and classifiers, one run after another in a child process."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.draws import DrawSpec
from engine.errors import EngineError, TooFewError
from engine.jobs import Child, ChildError, JobSpec, Progress
from engine.outcome import Outcome
from engine.specs import BaselineTraining, CnnTraining
from reader_app.workflows import journal
from reader_app.workflows.embed import embed_run
from reader_app.workflows.patches import TrainingData, training_data
from reader_app.workflows.recipe import PlannedRun, Recipe, arm_name, group_name, plan
from studies import cases, learning
from studies.errors import ReadOnlyError, StudyError
from studies.records import PredictionRecord, TrainingRunRecord
from studies.store import Store

__all__ = [
    "Recipe",
    "Timing",
    "TrainProgress",
    "TrainResult",
    "arm_name",
    "close_stale",
    "group_name",
    "train",
]

CLASSIFIER, GENERATOR = "engine.outcome:classify", "engine.outcome:generate"
BASELINE = "engine.outcome:baseline"
SYNTHESIS = "engine.draws:draw_file"
MODEL, SYNTHETIC = "model.safetensors", "synthetic.npz"


@dataclass(frozen=True)
class TrainProgress(Progress):
    """Progress of the whole recipe, with the run it is at; `run_done` of `run_total` steps."""

    run_id: int = 0
    run_title: str = ""
    run_done: int = 0
    run_total: int = 0


@dataclass(frozen=True)
class Timing:
    """What a finished run took: the rate behind the next forecast."""

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
    """Run what the recipe asks for and is not finished yet.

    Closing the generator (Cancel) ends the child; the run at hand and those behind it become
    cancelled and leave no files. StudyError or EngineError with a sentence; the study stays whole.
    """
    if store.read_only:
        raise ReadOnlyError("This study is open read-only, so nothing can be trained in it.")
    yield Progress(0, 1, "Reading ROIs")
    data = training_data(store, recipe.folds)
    planned = plan(recipe, data, cases.study(store).scheme)
    standing = [_finished(store, one) for one in planned]
    queue = tuple(one for one, run in zip(planned, standing, strict=True) if run is None)
    finished = {run.run_hash: run for run in standing if run is not None}
    skipped = len(finished)
    waiting = {one.run_hash: learning.start_run(store, one.new).id for one in queue}
    work = _Work(store, data, queue, waiting)
    timings: list[Timing] = []
    try:
        for one in queue:
            run, timing = yield from work.run(one)
            finished[one.run_hash] = run
            timings.append(timing)
    finally:
        work.close()
    runs = tuple(finished[one.run_hash] for one in planned)
    return TrainResult(runs, skipped, tuple(timings))


def target_of(one: PlannedRun) -> str:
    """The engine's function that does this run."""
    if isinstance(one.spec, BaselineTraining):
        return BASELINE
    return CLASSIFIER if isinstance(one.spec, CnnTraining) else GENERATOR


def close_stale(store: Store) -> int:
    """Cancel runs that a program which ended left queued or running; returns how many."""
    stale = [run for run in learning.runs(store) if run.state in ("queued", "running")]
    for run in stale:
        learning.update_run(
            store, run.id, state="cancelled", message="The program ended during this run."
        )
        _drop(run.folder)
    return len(stale)


class _Work:
    """The child and what is still to do in one call of `train`."""

    def __init__(
        self,
        store: Store,
        data: TrainingData,
        queue: tuple[PlannedRun, ...],
        waiting: dict[str, int],
    ) -> None:
        self._store, self._data, self._queue = store, data, queue
        self._waiting = waiting
        self._child = Child()
        self._total = sum(one.steps for one in queue)
        self._before = 0

    def run(self, one: PlannedRun) -> Generator[Progress, None, tuple[TrainingRunRecord, Timing]]:
        """Train one run and keep what came of it."""
        run_id = self._waiting[one.run_hash]
        run = learning.update_run(self._store, run_id, state="running")
        _drop(run.folder)
        run.folder.mkdir(parents=True)
        (run.folder / "spec.json").write_text(one.new.spec, "utf-8")
        try:
            result = yield from self._trained(one, run)
            run = self._keep(one, run, result)
            if isinstance(one.spec, CnnTraining):
                yield from self._mapped(one, run)
        except (EngineError, StudyError, ChildError) as error:
            sentence = error.sentence if isinstance(error, ChildError) else str(error)
            learning.update_run(self._store, run_id, state="failed", message=sentence)
            del self._waiting[one.run_hash]
            raise
        run = learning.update_run(self._store, run_id, state="finished")
        del self._waiting[one.run_hash]
        self._before += one.steps
        kind = "baseline" if isinstance(one.spec, BaselineTraining) else one.new.kind
        timing = Timing(one.new.profile, kind, int(result.steps), float(result.seconds))
        return run, timing

    def close(self) -> None:
        """End the child; runs that did not end are cancelled and leave no files."""
        self._child.close()
        for run_id in self._waiting.values():
            run = learning.update_run(
                self._store, run_id, state="cancelled", message="Cancelled before it was finished."
            )
            _drop(run.folder)

    def _trained(
        self, one: PlannedRun, run: TrainingRunRecord
    ) -> Generator[Progress, None, Outcome]:
        target = target_of(one)
        paths = [self._data.path, run.folder]
        if one.generators:
            paths.append((yield from self._synthetic(one, run)))
        running = self._child.run(JobSpec(target, one.spec, tuple(paths)))
        while True:
            try:
                progress = next(running)
            except StopIteration as stop:
                outcome: Outcome = stop.value
                return outcome
            journal.note(run.folder, progress)
            yield self._placed(one, run.id, progress)

    def _synthetic(
        self, one: PlannedRun, run: TrainingRunRecord
    ) -> Generator[Progress, None, Path]:
        """Draw D_synth from the run's generators; its seeds are never those of readers' draws."""
        assert isinstance(one.spec, CnnTraining)
        count = one.spec.synthetic * (self._data.fold_count - 1)
        targets = tuple(range(len(one.generators)))
        spec = DrawSpec(count, one.spec.seed, targets)
        checkpoints = (self._store.runs_folder / name / MODEL for name in one.generators)
        paths = (run.folder / SYNTHETIC, *checkpoints)
        running = self._child.run(JobSpec(SYNTHESIS, spec, paths))
        while True:
            try:
                progress = next(running)
            except StopIteration as stop:
                path: Path = stop.value
                return path
            yield self._placed(one, run.id, replace(progress, done=0, metrics=()))

    def _mapped(self, one: PlannedRun, run: TrainingRunRecord) -> Generator[Progress, None, None]:
        """Lay the test fold out as a t-SNE map, where it has enough ROIs for one."""
        running = embed_run(self._store, run, self._data, self._child)
        while True:
            try:
                progress = next(running)
            except StopIteration:
                return
            except TooFewError:
                return  # a small fold has no map; its page says so
            yield self._placed(one, run.id, replace(progress, done=one.steps, total=one.steps))

    def _keep(self, one: PlannedRun, run: TrainingRunRecord, result: Outcome) -> TrainingRunRecord:
        """Write down the run's numbers, and a classifier's predictions."""
        if one.new.kind == "generator":
            return learning.update_run(
                self._store,
                run.id,
                kid=result.kid,
                seconds=result.seconds,
                device=result.device,
            )
        learning.save_predictions(self._store, run.id, _predictions(run.id, self._data, result))
        return learning.update_run(
            self._store,
            run.id,
            accuracy=result.accuracy,
            correct=result.correct,
            n=result.n,
            seconds=result.seconds,
            device=result.device,
        )

    def _placed(self, one: PlannedRun, run_id: int, progress: Progress) -> TrainProgress:
        """A run's progress as a part of the whole recipe's."""
        share = min(1.0, progress.done / progress.total) if progress.total else 0.0
        return TrainProgress(
            self._before + round(share * one.steps),
            self._total,
            f"{one.title}: {progress.message}",
            progress.metrics,
            progress.images,
            run_id,
            one.title,
            progress.done,
            progress.total,
        )


def _predictions(run_id: int, data: TrainingData, result: Outcome) -> tuple[PredictionRecord, ...]:
    """The classifier's probabilities for its test fold, with each lesion's truth."""
    classes = data.patches.classes
    truth = dict(zip(data.patches.ids, data.patches.targets, strict=True))
    return tuple(
        PredictionRecord(
            run_id,
            int(lesion),
            classes[int(truth[lesion])],
            classes[int(np.argmax(row))],
            tuple(float(value) for value in row),
        )
        for lesion, row in zip(result.ids, result.probabilities, strict=True)
    )


def _finished(store: Store, one: PlannedRun) -> TrainingRunRecord | None:
    """The finished run of the same content whose checkpoint is still there."""
    run = learning.find_run(store, one.run_hash)
    if run is None or run.state != "finished" or not (run.folder / MODEL).exists():
        return None
    return run


def _drop(folder: Path) -> None:
    """Remove what a run that did not finish left behind."""
    if folder.exists() and not folder.is_symlink():
        shutil.rmtree(folder)
