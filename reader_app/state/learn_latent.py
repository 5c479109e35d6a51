"""What lies between the seeds of a finished generator: which one, which class, which seeds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from engine.files import MODEL
from engine.jobs import Failure, JobSpec, in_child
from engine.walk import WalkSpec
from reader_app.messages import Messages
from reader_app.state.job_signals import Jobs
from reader_app.state.learn_runs import RunsState
from reader_app.state.study_state import StudyState
from studies.records import Category, TrainingRunRecord

WALK = "engine.gan.interpolation:walk"
STEPS = 8


@dataclass(frozen=True)
class Walk:
    """A walk on show: `images` (n, 64, 64) in 0..1 in rows of `steps`; none while it is drawn."""

    run_id: int
    category: str
    seeds: tuple[int, ...]
    steps: int = STEPS
    images: npt.NDArray[np.float32] | None = field(default=None, repr=False, compare=False)

    @property
    def words(self) -> str:
        """What a saved picture is named after."""
        seeds = " ".join(str(seed) for seed in self.seeds)
        return f"run {self.run_id} {self.category} seeds {seeds}"


class LatentState(QObject):
    """Draws in a child process; an answer to an older question is dropped."""

    changed = Signal()
    forgotten = Signal()  # another study is open: its generators are others

    def __init__(self, study: StudyState, jobs: Jobs, messages: Messages, runs: RunsState) -> None:
        super().__init__()
        self._jobs, self._messages = jobs, messages
        self._runs = runs
        self._job: int | None = None
        self.walk: Walk | None = None
        study.opened.connect(self._forget)

    @property
    def generators(self) -> tuple[TrainingRunRecord, ...]:
        """The finished generators, the shown one first, then the newest."""
        shown = self._runs.shown.run_id if self._runs.shown is not None else 0
        found = [
            run
            for row in self._runs.rows
            for run in row.runs
            if run.kind == "generator" and run.state == "finished"
        ]
        return tuple(sorted(found, key=lambda run: (run.id != shown, -run.id)))

    def title(self, run: TrainingRunRecord) -> str:
        """A generator in words."""
        return self._runs.title_of(run)

    def classes_of(self, run: TrainingRunRecord) -> tuple[Category, ...]:
        """The classes it can draw."""
        scheme = self._runs.scheme
        if scheme is None:
            return ()
        return (scheme.category(run.category),) if run.category else scheme.categories

    def draw(self, run: TrainingRunRecord, category: str, seeds: tuple[int, ...]) -> None:
        """Draw what lies between two or four seeds."""
        scheme = self._runs.scheme
        if scheme is None:
            return
        wanted = Walk(run.id, category, seeds)
        self.walk = wanted
        spec = WalkSpec(seeds, STEPS, scheme.codes.index(category))
        self._give_up()
        self._job = self._jobs.run(
            "Drawing between seeds",
            lambda: in_child(JobSpec(WALK, spec, (run.folder / MODEL,))),
            lambda images: self._take(wanted, images),
            lambda failure: self._failed(wanted, failure),
            lane="latent",
        )
        self.changed.emit()

    def _forget(self) -> None:
        """Another study is open, or none: what was drawn, or is being drawn, is of no use there."""
        self._give_up()
        self.walk = None
        self.changed.emit()
        self.forgotten.emit()

    def _give_up(self) -> None:
        """Stop drawing what nobody looks at any more."""
        if self._job is not None:
            self._jobs.cancel(self._job)
            self._job = None

    def _take(self, wanted: Walk, images: npt.NDArray[np.float32]) -> None:
        if self.walk is wanted:
            self.walk = replace(wanted, images=images)
            self.changed.emit()

    def _failed(self, wanted: Walk, failure: Failure) -> None:
        if self.walk is wanted:
            self.walk = None
            self.changed.emit()
            self._messages.error(failure.sentence, failure.details)

    def wrote(self, done: bool, path: Path) -> None:
        """Say what became of a picture that was to be saved."""
        if done:
            self._messages.ok(f"The picture was saved as {path.name}.")
        else:
            self._messages.error(f"{path} cannot be written. Choose another folder.")
