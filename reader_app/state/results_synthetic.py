"""Synthetic ROIs on the t-SNE maps: which there are, placing them, and the one that is chosen."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.jobs import Failure, Progress
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import GalleryPointer, StudyState
from studies import learning
from studies.records import Category, SyntheticRoiRecord
from studies.store import Store

if TYPE_CHECKING:
    from reader_app.state.results_loading import NetworkMap
    from reader_app.workflows.neighbours import Neighbour, Yardstick


@dataclass(frozen=True)
class PlacedRoi:
    """A synthetic ROI as maps know it: class code, verdict, and words under the pointer."""

    id: int
    category: str
    words: str


@dataclass(frozen=True)
class SyntheticDetail:
    """The chosen one: its ROI, generator, audit, decision, and the real ROIs most like it."""

    roi: SyntheticRoiRecord
    category: Category
    generator: str
    near: tuple[Neighbour, ...] = field(repr=False, compare=False, default=())


@dataclass(frozen=True, eq=False)
class _Known:
    rois: tuple[SyntheticRoiRecord, ...]
    generators: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class _Try:
    """Which reading of the ROIs was to be placed on which maps (run, time it was made)."""

    known: _Known | None
    maps: tuple[tuple[int, str], ...]


class MapSynthetic(QObject):
    """`changed` when ROIs were read or placed; `chosen_changed` with another choice.

    Nothing is read before `ask()`: synthetic ROIs are shown when somebody wants to see them.
    """

    changed = Signal()
    chosen_changed = Signal()

    def __init__(self, study: StudyState, jobs: Jobs, failed: Callable[[Failure], None]) -> None:
        super().__init__()
        self._study, self._jobs, self._failed = study, jobs, failed
        self._known: _Known | None = None
        self._turn = self._detail_turn = 0
        self._tried: _Try | None = None
        self._yardsticks: dict[tuple[int, str], Yardstick] = {}
        self.placing = False
        self.detail: SyntheticDetail | None = None
        study.opened.connect(self._forget)
        study.changed.connect(self._changed)

    @property
    def is_known(self) -> bool:
        """Whether the study's synthetic ROIs were read."""
        return self._known is not None

    @property
    def rois(self) -> tuple[PlacedRoi, ...]:
        """The synthetic ROIs of the study's classes; none before they were asked for."""
        if self._known is None:
            return ()
        names = {category.code: category.name for category in self._categories}
        generators = dict(self._known.generators)
        return tuple(
            PlacedRoi(roi.id, roi.category, _words(roi, names[roi.category], generators))
            for roi in self._known.rois
            if roi.category in names
        )

    @property
    def _categories(self) -> tuple[Category, ...]:
        return self._study.categories

    def ask(self) -> None:
        """Read the synthetic ROIs, unless that was done; `changed` follows."""
        store = self._study.store
        if store is None or self._known is not None:
            return
        self._turn += 1
        turn = self._turn
        self._jobs.small(lambda: _read(store), lambda known: self._read(turn, known), self._failed)

    def lacks(self, maps: tuple[NetworkMap, ...]) -> bool:
        """Whether ROIs that belong on these maps are not there; False before they were read."""
        if self._known is None:
            return False
        from reader_app.workflows.embed import unplaced

        return any(unplaced(one.run, one.embedding, self._known.rois) for one in maps)

    def place(self, maps: tuple[NetworkMap, ...]) -> None:
        """Place them on every map of the study, in the background.

        Once for the same ROIs and maps: what failed, or was cancelled, waits for `retry`.
        """
        store, wanted = self._study.store, self._attempt(maps)
        if store is None or self.placing or self._study.read_only or wanted == self._tried:
            return
        self._tried, self.placing = wanted, True
        self.changed.emit()
        self._jobs.run(
            "Placing synthetic ROIs on the maps",
            lambda: _place(store),
            self._placed,
            self._not_placed,
            cancelled=self._ended,
        )

    def retry(self) -> None:
        """Let `place` try again what it has tried."""
        self._tried = None

    def point_to_gallery(self, pointer: GalleryPointer) -> None:
        """Ask the synthetic gallery, which is shown next, to turn to ROIs."""
        self._study.gallery_pointed.emit(pointer)

    def _attempt(self, maps: tuple[NetworkMap, ...]) -> _Try:
        made = tuple((one.run.id, one.embedding.created) for one in maps)
        return _Try(self._known, made)

    def choose(self, synthetic_id: int | None) -> None:
        """Show one in detail; its nearest real ROIs follow from the background."""
        store, self.detail = self._study.store, None
        self._detail_turn += 1
        turn = self._detail_turn
        rois = self._known.rois if self._known is not None else ()
        roi = next((one for one in rois if one.id == synthetic_id), None)
        category = next((c for c in self._categories if roi and c.code == roi.category), None)
        if store is not None and roi is not None and category is not None:
            assert self._known is not None
            generator = dict(self._known.generators).get(roi.run_id, roi.run_hash[:6])
            self.detail = SyntheticDetail(roi, category, generator)
            found, known = self.detail, self._yardsticks.get((roi.run_id, roi.category))
            self._jobs.small(
                lambda: _with_neighbours(store, found, known),
                lambda looked: self._detailed(turn, *looked),
                self._failed,
            )
        self.chosen_changed.emit()

    def _read(self, turn: int, known: _Known) -> None:
        if turn == self._turn:
            self._known = known
            self.changed.emit()

    def _detailed(self, turn: int, detail: SyntheticDetail, among: Yardstick) -> None:
        if turn == self._detail_turn:
            self._yardsticks[detail.roi.run_id, detail.roi.category] = among
            self.detail = detail
            self.chosen_changed.emit()

    def _placed(self, _count: int) -> None:
        self.placing = False
        self._study.notify("results")  # the maps are read again, with what stands on them now
        self.changed.emit()

    def _not_placed(self, failure: Failure) -> None:
        self._failed(failure)
        self._placed(0)  # the maps before the one that failed have theirs

    def _ended(self) -> None:
        self.placing = False
        self.changed.emit()

    def _changed(self, topic: str) -> None:
        if topic in ("lesions", "study"):
            self._yardsticks = {}
        if topic in ("synthetic", "runs", "study") and self._known is not None:
            self._known = None
            self._turn += 1
            self.ask()

    def _forget(self) -> None:
        self._tried, self._yardsticks = None, {}
        self._known, self.detail, self.placing = None, None, False
        self._turn += 1
        self._detail_turn += 1
        self.chosen_changed.emit()
        self.changed.emit()


def _words(roi: SyntheticRoiRecord, name: str, generators: dict[int, str]) -> str:
    kept = "" if roi.accepted else ", kept out"
    likeness = f", NCC {roi.similarity:.2f}" if roi.similarity is not None else ""
    return (
        f"Synthetic {roi.id}\n{name}\n{generators.get(roi.run_id, roi.run_hash[:6])}\n"
        f"{roi.audit}{kept}{likeness}"
    )


# The engine is imported when first asked for, never on the way to the window.


def _read(store: Store) -> _Known:
    from reader_app.state.gallery_loading import generator_name

    names = tuple((run.id, generator_name(run)) for run in learning.runs(store))
    return _Known(learning.synthetic_rois(store), names)


def _place(store: Store) -> Generator[Progress, None, int]:
    from reader_app.workflows.embed import place_synthetic

    return (yield from place_synthetic(store))


def _with_neighbours(
    store: Store, detail: SyntheticDetail, known: Yardstick | None
) -> tuple[SyntheticDetail, Yardstick]:
    from reader_app.workflows.neighbours import neighbours, yardstick

    among = known or yardstick(store, detail.roi.run_id, detail.roi.category)
    return replace(detail, near=neighbours(detail.roi, among)), among
