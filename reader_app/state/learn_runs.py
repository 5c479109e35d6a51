"""The training runs on the page: the table, and the one run whose curves and samples are shown."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from engine import journal
from engine.halted import saved_step
from engine.jobs import Progress, SampleGrid
from engine.journal import CurvePoint, RunCurves
from reader_app.messages import Messages
from reader_app.state.job_signals import Jobs
from reader_app.state.learn_rows import QUEUED, RunRow, halts_of, run_rows
from reader_app.state.learn_shown import ShownRun
from reader_app.state.study_state import StudyState
from reader_app.workflows.run_bin import restore_from_bin
from reader_app.workflows.train import TrainProgress
from studies import learning
from studies.errors import StudyError
from studies.records import ClassScheme, TrainingRunRecord
from studies.report.arms import short_name
from studies.store import Store


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
        """Training ended; classes it did not come to show what they had before."""
        self.running, self.share = 0, 0.0
        self._read_samples()
        if self.shown is not None:
            self.live_changed.emit()

    def sample_words(self, category: str) -> str:
        """What stands beside a class's samples: their epoch, or that they wait."""
        grid = self.samples.get(category)
        return f"epoch {grid.epoch}" if grid is not None else self.waiting_words(category)

    def waiting_words(self, category: str) -> str:
        """Why a class has no samples."""
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
        self._jobs.small(lambda: curves_of(run), lambda curves: self._show(run, curves))

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
            pooled_folds(self.rows, run.id),
        )
        self.samples = {**self.samples, **{grid.category: grid for grid in curves.samples}}
        self.live_changed.emit()

    def _state_of(self, run: TrainingRunRecord) -> str:
        """The table's word for it."""
        return next((row.state for row in self.rows if run.id in row.ids), run.state)

    def runs_of(self, run_ids: tuple[int, ...]) -> tuple[TrainingRunRecord, ...]:
        """Those of the table with these numbers."""
        return tuple(run for row in self.rows for run in row.runs if run.id in run_ids)

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
            self._began(progress)
        self.share = progress.run_done / progress.run_total if progress.run_total else 0.0
        for grid in progress.images:
            self.samples = {**self.samples, grid.category: grid}
        if self.shown is not None and self.shown.run_id == progress.run_id:
            self.shown = _grown(self.shown, progress)
        self.live_changed.emit()

    def _began(self, progress: TrainProgress) -> None:
        """A new run began: the one before it ended, so the table is read again."""
        store = self._study.store
        if store is None:
            return
        self.running = progress.run_id
        run = learning.run(store, progress.run_id)
        if run.kind == "generator" and run.category in ("", self._first_class()):
            self.samples = {}
        if not progress.run_done and saved_step(run.folder) is None:
            self._joined(run, RunCurves())  # what lies in its folder is of a run taken out
        elif self._follow:
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
            learning.delete_runs(store, run_ids)
        except StudyError as error:
            self._messages.error(str(error))
        else:
            words = "The run was taken out." if len(run_ids) == 1 else "The runs were taken out."
            self._messages.ok(words, "Undo", lambda: self._restore(store, run_ids))
        self._study.notify("runs")

    def _restore(self, store: Store, run_ids: tuple[int, ...]) -> None:
        """Put runs back in a thread, while their study is open; those without files stay out."""
        if store is self._study.store:
            self._jobs.small(
                lambda: restore_from_bin(store, run_ids),
                lambda count: self._restored(len(run_ids) - count),
                lambda failure: self._messages.error(failure.sentence, failure.details),
            )

    def _restored(self, left_out: int) -> None:
        if left_out:
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
        at = self._place_of_shown()
        self.rows = rows
        self._follow_rows()
        if self.shown is None and rows and not self.running:
            near = rows[min(at, len(rows) - 1)]
            self._look_at(near.runs[-1])  # whatever trains next is still followed
        self.changed.emit()

    def _place_of_shown(self) -> int:
        """Which row the shown run is in; 0 where it is in none."""
        shown = self.shown.run_id if self.shown is not None else 0
        return next((at for at, row in enumerate(self.rows) if shown in row.ids), 0)

    def _follow_rows(self) -> None:
        """The shown run is as its row says; gone with its samples where it was taken out."""
        if self.shown is None:
            return
        found = [(row, run) for row in self.rows for run in row.runs if run.id == self.shown.run_id]
        if not found:
            self.shown = None
            if not self.running:
                self.samples = {}
                self._read_samples()
            self.live_changed.emit()
            return
        row, run = found[0]
        folds = pooled_folds((row,), run.id)
        if (self.shown.state, self.shown.folds) != (row.state, folds):
            self.shown = replace(
                self.shown, state=row.state, correct=run.correct, n=run.n, folds=folds
            )
            self.live_changed.emit()


def curves_of(run: TrainingRunRecord) -> RunCurves:
    """What a run has left of its curves so far; looks into its folder.

    A run that waits and has no saved state begins anew: what lies in its folder is of a run of
    the same content that was taken out.
    """
    if run.state == "queued" and saved_step(run.folder) is None:
        return RunCurves()
    return journal.read(run.folder)


def pooled_folds(rows: tuple[RunRow, ...], run_id: int) -> str:
    """ "1-3" where a run's row pools its folds, "" where the row is the run's own."""
    return next((row.fold for row in rows if run_id in row.ids and len(row.ids) > 1), "")


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
