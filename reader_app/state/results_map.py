"""Lesions marked on the t-SNE maps: which, their pictures, and the list as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from engine.jobs import Failure
from reader_app.state.job_signals import Jobs
from reader_app.state.results_synthetic import MapSynthetic
from reader_app.state.study_state import Pointer, StudyState
from studies.records import AnswerRecord, LesionRecord
from studies.store import Store

if TYPE_CHECKING:
    from reader_app.state.results_loading import LoadedResults, NetworkMap

Image = npt.NDArray[np.float32]
PICTURES = 300
"""So many marked lesions have a picture in the list; the CSV has all."""


@dataclass(frozen=True)
class ReaderMark:
    """How many readings of a lesion gave its true class, of how many that were asked for it."""

    lesion_id: int
    right: int
    asked: int


@dataclass(frozen=True)
class MarkedTable:
    """The marked lesions as text, one row a lesion."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class MapSelection(QObject):
    """`changed` when other lesions are marked; `pictures_read` when their ROIs were read.

    All maps share it: what is marked on one is marked on the other.
    """

    changed = Signal()
    pictures_read = Signal()

    def __init__(
        self,
        study: StudyState,
        jobs: Jobs,
        written: Callable[[Path], None],
        failed: Callable[[Failure], None],
    ) -> None:
        super().__init__()
        self._study, self._jobs = study, jobs
        self._written, self._failed = written, failed
        self._turn = 0
        self.synthetic = MapSynthetic(study, jobs, failed)
        self.marked: tuple[int, ...] = ()
        self.pictures: tuple[tuple[int, Image], ...] = ()
        study.opened.connect(self._forget)

    def mark(self, lesion_ids: Iterable[int]) -> None:
        """Mark these lesions and no others; their pictures are read in the background."""
        marked = tuple(dict.fromkeys(lesion_ids))
        if marked == self.marked:
            return
        self.marked = marked
        self._turn += 1
        self.changed.emit()
        store, turn = self._study.store, self._turn
        wanted = frozenset(marked[:PICTURES]) - {i for i, _ in self.pictures}
        if store is not None and wanted:
            self._jobs.small(
                lambda: _pictures(store, wanted),
                lambda found: self._take(turn, found),
                self._failed,
            )

    def add(self, lesion_ids: Iterable[int]) -> None:
        """Mark these lesions as well."""
        self.mark((*self.marked, *lesion_ids))

    def toggle(self, lesion_id: int) -> None:
        """Mark a lesion, or let it go."""
        if lesion_id in self.marked:
            self.mark(i for i in self.marked if i != lesion_id)
        else:
            self.add((lesion_id,))

    def point_to(self, lesion: LesionRecord) -> None:
        """Ask the page that is shown next to turn to a lesion's slice."""
        self._study.pointed.emit(Pointer(lesion.case_id, lesion.series_id, lesion.id))

    def export(self, path: Path, table: MarkedTable) -> None:
        """Write the list as CSV in the background; a message follows."""
        self._jobs.small(lambda: _write(path, table), self._written, self._failed)

    def _forget(self) -> None:
        """Another study is open: its lesions have the same numbers."""
        self.pictures = ()
        self.mark(())

    def _take(self, turn: int, found: tuple[tuple[int, Image], ...]) -> None:
        if turn == self._turn:
            held = {i: image for i, image in (*self.pictures, *found) if i in self.marked}
            self.pictures = tuple(held.items())
            self.pictures_read.emit()


def reader_marks(answers: Iterable[AnswerRecord]) -> tuple[ReaderMark, ...]:
    """Right and all readings of each lesion, lesions in order.

    A reading is a reader's under one condition; of an aided one the answer after the opinion
    counts. Networks, hidden repeats, synthetic ROIs and trials without a class are left out.
    """
    last: dict[tuple[int, str, str], AnswerRecord] = {}
    for answer in sorted(answers, key=lambda one: (one.part, one.step)):
        by_person = answer.reader_kind != "model" and not answer.repeat
        if by_person and answer.lesion_id is not None and answer.diagnosis:
            last[answer.lesion_id, answer.reader, answer.condition] = answer
    said: dict[int, list[bool]] = {}
    for (lesion_id, _reader, _condition), answer in last.items():
        said.setdefault(lesion_id, []).append(answer.diagnosis == answer.truth_category)
    return tuple(ReaderMark(i, sum(right), len(right)) for i, right in sorted(said.items()))


def marked_table(
    loaded: LoadedResults, shown: tuple[NetworkMap, ...], marked: tuple[int, ...]
) -> MarkedTable:
    """The marked lesions with their facts, places on the shown maps, and who said what.

    Places are map units as stored; a lesion that a map does not show has none there.
    """
    lesions = {one.id: one for one in loaded.lesions}
    readers = {one.lesion_id: one for one in loaded.reader_marks}
    columns = ["patient", "lesion", "class", "basis", "fold", "diameter_mm"]
    for name in _map_names(shown):
        columns += [f"{name} {what}" for what in ("x", "y", "says")]
    columns += ["readings right", "readings", "data"]
    simulated = loaded.is_simulated("t-SNE")
    rows = []
    for lesion in (lesions[i] for i in marked if i in lesions):
        fold = "" if lesion.fold is None else str(lesion.fold + 1)
        size = "" if lesion.diameter_mm is None else f"{lesion.diameter_mm:.1f}"
        row = [lesion.patient, lesion.name, lesion.category, lesion.basis, fold, size]
        for one in shown:
            row += _on_map(one, lesion.id)
        mark = readers.get(lesion.id)
        row += [str(mark.right), str(mark.asked)] if mark else ["", ""]
        rows.append((*row, "simulated" if simulated else ""))
    return MarkedTable(tuple(columns), tuple(rows))


def _map_names(shown: tuple[NetworkMap, ...]) -> list[str]:
    """A map by its network, and its fold where one network has several."""
    names = [one.name for one in shown]
    return [
        f"{one.name}, {one.fold.lower()}" if names.count(one.name) > 1 else one.name
        for one in shown
    ]


def _on_map(shown: NetworkMap, lesion_id: int) -> list[str]:
    point = next(
        (p for p in shown.embedding.points if p.lesion_id == lesion_id and not p.augmented), None
    )
    said = next((p.predicted for p in shown.said if p.lesion_id == lesion_id), "")
    return [f"{point.x:.3f}", f"{point.y:.3f}", said] if point else ["", "", said]


def _pictures(store: Store, wanted: frozenset[int]) -> tuple[tuple[int, Image], ...]:
    from studies import cases

    return tuple((roi.lesion_id, roi.image) for roi in cases.rois(store) if roi.lesion_id in wanted)


def _write(path: Path, table: MarkedTable) -> Path:
    # The report's package brings statistics with it, so it waits for the first export.
    from studies.report.csv_file import write_csv

    return write_csv(path, table.columns, table.rows)
