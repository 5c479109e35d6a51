"""The training runs on the page: the table, and the one run whose curves and samples are shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from PySide6.QtCore import QObject, Signal

from engine import journal
from engine.jobs import Progress, SampleGrid
from engine.journal import CurvePoint, RunCurves
from reader_app.messages import Messages
from reader_app.state.job_signals import Jobs
from reader_app.state.learn_rows import QUEUED, RunRow, halts_of, run_rows
from reader_app.state.study_state import StudyState
from reader_app.workflows.train import TrainProgress
from studies import learning
from studies.errors import StudyError
from studies.records import ClassScheme, TrainingRunRecord
from studies.report.arms import short_name
from studies.store import Store

MOST_POINTS = 1000
"""Of a curve as drawn, five times a second: about a card's width in px."""


@dataclass(frozen=True)
class ShownRun:
    """The run whose curves are on the page; `running` while it trains."""

    run_id: int
    title: str
    kind: str
    category: str
    seed: int
    done: int
    total: int
    state: str
    curves: RunCurves = field(default_factory=RunCurves)
    group: str = ""
    correct: int | None = None
    n: int | None = None

    @cached_property
    def drawn(self) -> ShownRun:
        """The same with no more points than can be told apart on the page."""
        points = journal.thinned(self.curves.points, MOST_POINTS)
        return replace(self, curves=RunCurves(points, self.curves.samples))

    @property
    def is_generator(self) -> bool:
        """Whether a generator's curves are shown."""
        return self.kind != "classifier"

    @property
    def badge(self) -> tuple[str, str]:
        """Word and role of the badge: the watchdog's while it runs, else how it ended."""
        health = self._newest("health")
        if self.state == "running":
            if health is None:
                return "training", "running"
            words = ("healthy", "warning", "collapsed")
            return words[int(health)], ("done", "warning", "error")[int(health)]
        roles = {"finished": "done", "failed": "error", "paused": "warning", "stopped": "warning"}
        word = "done" if self.state == "finished" else self.state
        return word, roles.get(self.state, "neutral")

    @property
    def reason(self) -> str:
        """What the watchdog last said of it, "" where all is sound."""
        for point in reversed(self.curves.points):
            if point.value("health") is not None:
                return point.words
        return ""

    @property
    def words(self) -> str:
        """How far it is, in the axis' unit, and where its KID was least."""
        if not self.total:
            return ""
        epoch, best = self._newest("epoch"), self.best
        done = f"step {self.done:,} of {self.total:,}"
        if epoch is not None and self.done:
            whole = epoch * self.total / self.done
            done = f"epoch {int(epoch):,} of {int(whole):,}"
        return done if best is None else f"{done} · best by KID: {self.place(best):,.0f}"

    @property
    def axis(self) -> str:
        """What the curves run over."""
        return "x: epoch" if self.by_epoch else "x: step"

    @cached_property  # asked for each point's place
    def by_epoch(self) -> bool:
        """Whether every point says its epoch."""
        points = self.curves.points
        return bool(points) and all(point.value("epoch") is not None for point in points)

    @property
    def best(self) -> CurvePoint | None:
        """The look with the least KID; None before the second look."""
        looks = [point for point in self.curves.points if point.value("kid") is not None]
        if len(looks) < 2:
            return None
        return min(looks, key=lambda point: point.value("kid") or 0.0)

    def place(self, point: CurvePoint) -> float:
        """Where a point lies on the axis."""
        epoch = point.value("epoch") if self.by_epoch else None
        return float(point.done) if epoch is None else epoch

    @property
    def end(self) -> float:
        """The axis' end: the last epoch or step of the run."""
        if not self.total:
            return 1.0
        if not self.by_epoch:
            return float(self.total)
        last = self.curves.points[-1]
        return self.place(last) * self.total / max(1, last.done)

    def _newest(self, name: str) -> float | None:
        """The last value of a number."""
        values = (point.value(name) for point in reversed(self.curves.points))
        return next((value for value in values if value is not None), None)


class RunsState(QObject):
    """Rows of the runs table; the shown run follows the training one unless another is chosen."""

    changed = Signal()  # the rows
    live_changed = Signal()  # the shown run, its curves, the samples

    def __init__(self, study: StudyState, jobs: Jobs, messages: Messages) -> None:
        super().__init__()
        self._study, self._jobs, self._messages = study, jobs, messages
        self.rows: tuple[RunRow, ...] = ()
        self.shown: ShownRun | None = None
        self.samples: dict[str, SampleGrid] = {}
        self.running, self.share = 0, 0.0  # the run that trains, and how far it is
        self.order: tuple[int, ...] = ()  # those that wait, in turn
        self._follow, self._reading = True, 0
        study.opened.connect(self._opened)
        study.changed.connect(self._changed)
        self._opened()

    @property
    def scheme(self) -> ClassScheme | None:
        """The open study's classes; None without a study."""
        return self._study.scheme

    def follow(self) -> None:
        """Show whatever trains from now on."""
        self._follow = True

    def stopped(self) -> None:
        """Training ended."""
        self.running, self.share = 0, 0.0
        if self.shown is not None:
            self.live_changed.emit()

    def sample_words(self, category: str) -> str:
        """What stands beside a class's samples: their epoch, or that they wait."""
        grid = self.samples.get(category)
        if grid is not None:
            return f"epoch {grid.epoch}"
        queued = any(
            row.state == QUEUED and run.category == category
            for row in self.rows
            for run in row.runs
        )
        return "queued" if queued else "not drawn yet"

    def show_run(self, run_id: int) -> None:
        """Show a run's curves; the running one is followed again."""
        run = next((r for row in self.rows for r in row.runs if r.id == run_id), None)
        if run is None:
            return
        self._follow = run.state == "running"
        self._look_at(run)

    def _look_at(self, run: TrainingRunRecord) -> None:
        """Read its curves in a thread, then show them."""
        self._jobs.small(lambda: journal.read(run.folder), lambda curves: self._show(run, curves))

    def _show(self, run: TrainingRunRecord, curves: RunCurves) -> None:
        last = curves.points[-1] if curves.points else CurvePoint(0, 0, ())
        self.shown = ShownRun(
            run.id,
            self.title_of(run),
            run.kind,
            run.category,
            run.seed,
            last.done,
            last.total,
            self._state_of(run),
            curves,
            run.group,
            run.correct,
            run.n,
        )
        self.samples = {**self.samples, **{grid.category: grid for grid in curves.samples}}
        self.live_changed.emit()

    def _state_of(self, run: TrainingRunRecord) -> str:
        """The table's word for it."""
        return next((row.state for row in self.rows if run.id in row.ids), run.state)

    def title_of(self, run: TrainingRunRecord) -> str:
        """A run in words: arm or generator, class, fold, seed."""
        parts = [short_name(run.arm)]
        if run.category and self.scheme is not None:
            parts.append(self.scheme.category(run.category).name.lower())
        if run.fold is not None:
            parts.append(f"fold {run.fold + 1}")
        return ", ".join([*parts, f"seed {run.seed}"])

    def progressed(self, progress: TrainProgress) -> None:
        """Take over a training job's progress."""
        if progress.run_id != self.running:
            self._began(progress.run_id)
        self.share = progress.run_done / progress.run_total if progress.run_total else 0.0
        for grid in progress.images:
            self.samples = {**self.samples, grid.category: grid}
        if self.shown is not None and self.shown.run_id == progress.run_id:
            self.shown = _grown(self.shown, progress)
        self.live_changed.emit()

    def _began(self, run_id: int) -> None:
        """A new run began: the one before it ended, so the table is read again."""
        store = self._study.store
        if store is None:
            return
        self.running = run_id
        run = learning.run(store, run_id)
        if run.kind == "generator" and run.category in ("", self._first_class()):
            self.samples = {}
        if self._follow:
            self._jobs.small(lambda: journal.read(run.folder), lambda old: self._joined(run, old))
        self._study.notify("runs")

    def _joined(self, run: TrainingRunRecord, curves: RunCurves) -> None:
        """The run that trains is shown, with what its earlier sittings left."""
        if self._follow and run.id == self.running:
            self._show(replace(run, state="running"), curves)

    def set_order(self, ids: tuple[int, ...]) -> None:
        """The line changed: those that wait stand in turn."""
        if ids != self.order:
            self.order = ids
            self._study.notify("runs")

    # --- runs -------------------------------------------------------------------------------

    def delete_runs(self, run_ids: tuple[int, ...]) -> None:
        """Take runs out of lists and results; the message offers to put them back."""
        store = self._study.store
        if store is None:
            return
        try:
            for run_id in run_ids:
                learning.delete_run(store, run_id)
        except StudyError as error:
            self._messages.error(str(error))
        else:
            words = "The run was taken out." if len(run_ids) == 1 else "The runs were taken out."
            self._messages.ok(words, "Undo", lambda: self._restore(run_ids))
        self._study.notify("runs")

    def _restore(self, run_ids: tuple[int, ...]) -> None:
        """Put runs back; those whose files left with the bin stay out."""
        store = self._study.store
        if store is None:
            return
        there = [one for one in run_ids if learning.run(store, one).folder.is_dir()]
        for run_id in there:
            learning.restore_run(store, run_id)
        if len(there) < len(run_ids):
            self._messages.warning("The bin was emptied since: such runs cannot be put back.")
        self._study.notify("runs")

    def _first_class(self) -> str:
        return self.scheme.codes[0] if self.scheme else ""

    def _opened(self) -> None:
        self.shown, self.samples, self._follow = None, {}, True
        self._read()
        self._read_samples()
        self.live_changed.emit()

    def _read_samples(self) -> None:
        """Each class's last samples, in a thread; what trains meanwhile shows newer ones."""
        store = self._study.store
        if store is None:
            return
        newest = newest_generators(self.rows)
        self._jobs.small(
            lambda: tuple(grid for run in newest for grid in journal.read_samples(run.folder)),
            lambda found: self._take_samples(found) if store is self._study.store else None,
        )

    def _take_samples(self, found: tuple[SampleGrid, ...]) -> None:
        if self.running:
            return
        read = {grid.category: grid for grid in found}
        self.samples = {**read, **self.samples}
        self.live_changed.emit()

    def _changed(self, topic: str) -> None:
        if topic == "runs" and (self.running or self.order):
            self._read_behind()
        elif topic in ("runs", "study"):
            self._read()

    def _read(self) -> None:
        store, scheme = self._study.store, self.scheme
        self._reading += 1
        self._take(_rows(store, scheme, self.order) if store and scheme else ())

    def _read_behind(self) -> None:
        """In a thread, while training runs: the window must not wait."""
        store, scheme = self._study.store, self.scheme
        if store is None or scheme is None:
            return
        self._reading += 1
        number, order = self._reading, self.order
        self._jobs.small(
            lambda: _rows(store, scheme, order),
            lambda rows: self._take(rows) if number == self._reading else None,
        )

    def _take(self, rows: tuple[RunRow, ...]) -> None:
        self.rows = rows
        states = {run.id: row.state for row in rows for run in row.runs}
        if self.shown is not None and self.shown.run_id not in states:
            self.shown = None
            self.live_changed.emit()
        elif self.shown is not None and self.shown.state != states[self.shown.run_id]:
            self.shown = replace(self.shown, state=states[self.shown.run_id])
            self.live_changed.emit()
        if self.shown is None and self.rows and not self.running:
            self._look_at(self.rows[0].runs[-1])  # whatever trains next is still followed
        self.changed.emit()


def newest_generators(rows: tuple[RunRow, ...]) -> tuple[TrainingRunRecord, ...]:
    """Each class's newest finished generator; one trained on all folds before those of a fold.

    A conditional generator, which draws every class, counts as a class of its own.
    """
    newest: dict[str, TrainingRunRecord] = {}
    for run in (run for row in rows for run in row.runs):
        if run.kind == "generator" and run.state == "finished":
            held = newest.get(run.category)
            if held is None or (run.fold is None, run.id) > (held.fold is None, held.id):
                newest[run.category] = run
    return tuple(sorted(newest.values(), key=lambda run: run.id))


def _rows(store: Store, scheme: ClassScheme, order: tuple[int, ...]) -> tuple[RunRow, ...]:
    """Read the runs and how the unfinished ones stand."""
    runs = learning.runs(store)
    return run_rows(runs, scheme, halts_of(runs), order)


def _grown(shown: ShownRun, progress: TrainProgress) -> ShownRun:
    """The shown run with a progress' numbers added to its curves."""
    curves = shown.curves
    if progress.metrics:
        point = journal.point_of(_own(progress))
        curves = RunCurves(journal.grown(curves.points, point), curves.samples)
    return replace(
        shown, done=progress.run_done, total=progress.run_total, state="running", curves=curves
    )


def _own(progress: TrainProgress) -> Progress:
    """The run's progress within the line's, its words without the run's title."""
    words = progress.message.removeprefix(f"{progress.run_title}: ")
    return Progress(progress.run_done, progress.run_total, words, progress.metrics)
