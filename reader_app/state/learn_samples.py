"""The samples on show: each class's newest, its best, or those of any moment of the training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from engine import frames, journal
from engine.frames import Frame
from engine.jobs import SampleGrid
from reader_app.state.job_signals import Jobs
from reader_app.state.learn_rows import RunRow
from reader_app.state.learn_runs import RunsState
from reader_app.state.study_state import StudyState
from studies.records import TrainingRunRecord

LATEST, BEST, OVER_TIME = "Latest", "Best", "Over time"
MODES = (LATEST, BEST, OVER_TIME)


@dataclass(frozen=True)
class Track:
    """The moments kept of a run; `best` is the one with the least KID, by its place."""

    run_id: int
    frames: tuple[Frame, ...]
    best: int | None


class SamplesState(QObject):
    """For each class the grid to show; the scrubber's place is a share of the training."""

    changed = Signal()

    def __init__(self, study: StudyState, jobs: Jobs, runs: RunsState) -> None:
        super().__init__()
        self._study, self._jobs, self._runs = study, jobs, runs
        self.mode, self.place = LATEST, 1.0
        self._tracks: dict[str, Track] = {}  # by class
        self._grids: dict[str, SampleGrid] = {}
        self._asked = 0
        runs.live_changed.connect(self._live_changed)
        runs.changed.connect(self._rows_changed)
        study.opened.connect(self._opened)

    @property
    def grids(self) -> dict[str, SampleGrid]:
        """What is shown, by class."""
        return self._runs.samples if self.mode == LATEST else self._grids

    @property
    def moments(self) -> int:
        """How many moments the longest track has."""
        return max((len(track.frames) for track in self._tracks.values()), default=0)

    def words(self, category: str) -> str:
        """What stands beside a class's samples."""
        grid = self.grids.get(category)
        if self.mode == LATEST:
            return self._runs.sample_words(category)
        if grid is None:
            return self._runs.waiting_words(category)
        word = "best, epoch" if self.mode == BEST else "epoch"
        return f"{word} {grid.epoch}"

    def choose_mode(self, mode: str) -> None:
        """Newest, best, or any moment."""
        if mode != self.mode:
            self.mode = mode
            self._read_tracks()

    def seek(self, place: float) -> None:
        """Another moment, 0..1 of what was kept of each training."""
        self.place = min(1.0, max(0.0, place))
        self._read_grids()

    def step(self, by: int) -> None:
        """The next or an earlier moment."""
        self.seek(self.place + by / max(1, self.moments - 1))

    # --- reading ----------------------------------------------------------------------------

    def _opened(self) -> None:
        self._tracks, self._grids, self.place = {}, {}, 1.0
        self._read_tracks()

    def _live_changed(self) -> None:
        if self.mode == LATEST:
            self.changed.emit()

    def _rows_changed(self) -> None:
        """What waits, and which moments there are, may be others."""
        self._read_tracks()

    def _read_tracks(self) -> None:
        """In a thread: which moments each class's run has."""
        if self.mode == LATEST:
            self.changed.emit()
            return
        shown = self._runs.shown.run_id if self._runs.shown is not None else 0
        begun = begun_generators(self._runs.rows, shown)
        self._jobs.small(lambda: _tracks(drawing_runs(begun, _has_moments)), self._take_tracks)

    def _take_tracks(self, tracks: dict[str, Track]) -> None:
        self._tracks = tracks
        self._read_grids()

    def _read_grids(self) -> None:
        """In a thread: the pictures of the moment; an older answer is dropped."""
        self._asked += 1
        number, wanted = self._asked, self._wanted()
        self._jobs.small(
            lambda: tuple(grid for frame in wanted for grid in frames.read(frame)),
            lambda grids: self._take_grids(number, grids),
        )

    def _wanted(self) -> tuple[Frame, ...]:
        found = []
        for track in self._tracks.values():
            at = round(self.place * (len(track.frames) - 1))
            if self.mode == BEST and track.best is not None:
                at = track.best
            if track.frames:
                found.append(track.frames[at])
        return tuple(dict.fromkeys(found))

    def _take_grids(self, number: int, grids: tuple[SampleGrid, ...]) -> None:
        if number == self._asked:
            self._grids = {grid.category: grid for grid in grids}
            self.changed.emit()


def begun_generators(rows: tuple[RunRow, ...], shown: int) -> tuple[TrainingRunRecord, ...]:
    """The generators that do not wait: the shown one, then the newest first."""
    begun = [
        run for row in rows for run in row.runs if run.kind == "generator" and run.state != "queued"
    ]
    return tuple(sorted(begun, key=lambda run: (run.id == shown, run.id), reverse=True))


def drawing_runs(
    begun: tuple[TrainingRunRecord, ...], has_moments: Callable[[TrainingRunRecord], bool]
) -> tuple[TrainingRunRecord, ...]:
    """The generators whose moments are shown: each class's first that has any.

    A conditional generator, which draws every class, stands alone where it comes first.
    """
    found: dict[str, TrainingRunRecord] = {}
    for run in begun:
        if run.category in found or not has_moments(run):
            continue
        if not run.category:  # draws all classes
            return (run,) if not found else tuple(found.values())
        found[run.category] = run
    return tuple(found.values())


def _has_moments(run: TrainingRunRecord) -> bool:
    return bool(frames.listed(run.folder))


def _tracks(runs: tuple[TrainingRunRecord, ...]) -> dict[str, Track]:
    return {run.category: _track(run) for run in runs}


def _track(run: TrainingRunRecord) -> Track:
    kept = frames.listed(run.folder)
    looks = [
        (kid, point.done)
        for point in journal.read(run.folder).points
        if (kid := point.value("kid")) is not None
    ]
    if not looks or not kept:
        return Track(run.id, kept, None)
    step = min(looks)[1]
    best = min(range(len(kept)), key=lambda at: abs(kept[at].step - step))
    return Track(run.id, kept, best)
