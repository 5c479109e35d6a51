"""What of the readers' results is read only when it is looked at: times, pictures, one item."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.jobs import Failure
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from studies.store import Store

if TYPE_CHECKING:
    from reader_app.state.results_loading import Image, ItemDetail, LoadedResults
    from studies.report.gallery import GalleryItem
    from studies.report.times import ReaderTimes


class ReaderDetails(QObject):
    """Each part is asked for once; a signal follows when it has been read."""

    times_read = Signal()
    pictures_read = Signal()
    item_read = Signal()

    def __init__(self, study: StudyState, jobs: Jobs, failed: Callable[[Failure], None]) -> None:
        super().__init__()
        self._study, self._jobs, self._failed = study, jobs, failed
        self._turn = self._item_turn = 0
        self._protocol: int | None = None
        self._asked: set[str] = set()
        self.times: tuple[ReaderTimes, ...] | None = None
        self.pictures: tuple[tuple[int, Image], ...] | None = None
        self.item: ItemDetail | None = None

    def forget(self, protocol_id: int | None = None) -> None:
        """Results are read anew, of a version: what belongs to the old ones goes."""
        self._protocol = protocol_id
        self._turn += 1
        self._item_turn += 1
        self._asked.clear()
        self.times = self.pictures = self.item = None

    def ask_times(self) -> None:
        """Read times and trends, unless that was asked already."""
        store = self._first("times")
        if store is not None:
            turn, protocol = self._turn, self._protocol
            self._jobs.small(
                lambda: _load_times(store, protocol),
                lambda found: self._set_times(turn, found),
                self._failed,
            )

    def ask_pictures(self, loaded: LoadedResults) -> None:
        """Read the gallery's pictures, unless that was asked already."""
        protocol = loaded.protocol
        store = self._first("pictures") if protocol is not None and loaded.gallery else None
        if store is not None and protocol is not None:
            turn = self._turn
            self._jobs.small(
                lambda: _load_gallery(store, protocol.id, loaded.gallery),
                lambda found: self._set_pictures(turn, found),
                self._failed,
            )

    def choose(self, loaded: LoadedResults, item: GalleryItem) -> None:
        """Read what is known of an item of the gallery."""
        store, protocol = self._study.store, loaded.protocol
        if store is None or protocol is None:
            return
        self._item_turn += 1
        turn = self._item_turn
        self._jobs.small(
            lambda: _load_item(store, protocol.id, item),
            lambda found: self._set_item(turn, found),
            self._failed,
        )

    def _first(self, what: str) -> Store | None:
        """The store where this is the first time of asking, else None."""
        if what in self._asked or self._study.store is None:
            return None
        self._asked.add(what)
        return self._study.store

    def _set_times(self, turn: int, found: tuple[ReaderTimes, ...]) -> None:
        if turn == self._turn:
            self.times = found
            self.times_read.emit()

    def _set_pictures(self, turn: int, found: tuple[tuple[int, Image], ...]) -> None:
        if turn == self._turn:
            self.pictures = found
            self.pictures_read.emit()

    def _set_item(self, turn: int, found: ItemDetail) -> None:
        if turn == self._item_turn:
            self.item = found
            self.item_read.emit()


# Statistics are imported when first asked for, never on the way to the window.


def _load_times(store: Store, protocol_id: int | None) -> tuple[ReaderTimes, ...]:
    from reader_app.state.results_loading import load_times

    return load_times(store, protocol_id)


def _load_gallery(
    store: Store, protocol_id: int, items: tuple[GalleryItem, ...]
) -> tuple[tuple[int, Image], ...]:
    from reader_app.state.results_loading import load_gallery

    return load_gallery(store, protocol_id, items)


def _load_item(store: Store, protocol_id: int, item: GalleryItem) -> ItemDetail:
    from reader_app.state.results_loading import load_item

    return load_item(store, protocol_id, item)
