"""Imports of the Cases page: dropped, told apart, looked through, chosen, taken."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.jobs import Failure, Progress
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.cases_import import (
    Imported,
    ImportSummary,
    begun,
    sentence,
    summary,
    taken,
)
from reader_app.state.cases_offer import Offer, Offered, rows_of
from reader_app.state.cases_rows import counted
from reader_app.state.cases_sorting import Dropped, sorted_by_content
from reader_app.state.job_signals import Jobs, JobView
from reader_app.state.study_state import StudyState
from reader_app.workflows.import_offer import ImportOffer
from studies.store import Store

TAKES_ALL = "import/take_all"
Ended = tuple[Imported, ImportSummary] | Offered
Work = Callable[[], Generator[Progress, None, Ended]]


class Importing(QObject):
    """`changed` with progress and offers; `ended` (summary or None) when a study may have changed.

    `margins_found` with the files of margins that lay beside the pictures.
    """

    changed = Signal()
    ended = Signal(object)  # ImportSummary | None
    margins_found = Signal(object)  # tuple[Path, ...]

    def __init__(
        self, study: StudyState, jobs: Jobs, messages: Messages, settings: Settings
    ) -> None:
        super().__init__()
        self._study, self._jobs, self._messages, self._settings = study, jobs, messages, settings
        self.offer = Offer(jobs)
        self.progress: JobView | None = None
        self.is_seen = False  # the page is on the screen, and shows itself what was found
        self._running: dict[int, Store] = {}
        self._sorting: list[Store] = []  # what was dropped is being told apart
        self.offer.changed.connect(self.changed)
        jobs.changed.connect(self._job_changed)

    @property
    def is_busy(self) -> bool:
        """Whether an import runs or waits; an offer waits for the person only."""
        return bool(self._running or self._sorting)

    @property
    def takes_all(self) -> bool:
        """Whether everything is taken from now on without asking."""
        return self._settings.flag(TAKES_ALL)

    def set_takes_all(self, on: bool) -> None:
        """Ask from now on which series to take, or do not."""
        if on != self.takes_all:
            self._settings.set(TAKES_ALL, on)
            self.changed.emit()

    @property
    def start_folder(self) -> str:
        """Where the last import came from."""
        return self._settings.text("import/folder", str(Path.home()))

    # --- looking ----------------------------------------------------------------------------

    def begin(self, store: Store, paths: tuple[Path, ...]) -> None:
        """Look through files, folders, zips or a manifest; margins are told apart by content."""
        self._settings.set("import/folder", str(paths[0].parent))
        self._sorting.append(store)
        self._jobs.small(
            lambda: sorted_by_content(paths),
            lambda found: self._sorted(store, found),
            lambda failure: self._not_sorted(store, failure),
        )
        self.changed.emit()

    def _sorted(self, store: Store, found: Dropped) -> None:
        if store in self._sorting:  # else it was cancelled, or another study is open
            self._sorting.remove(store)
            if found.pictures:
                self._look(store, found)
            else:
                self.margins_found.emit(found.margins)
        self.changed.emit()

    def _not_sorted(self, store: Store, failure: Failure) -> None:
        if store in self._sorting:
            self._sorting.remove(store)
            self._failed(failure)
        self.changed.emit()

    def _look(self, store: Store, found: Dropped) -> None:
        """Margins that lie beside the pictures are asked about when those are in."""
        paths, asks = found.pictures, not self.takes_all

        def work() -> Generator[Progress, None, Ended]:
            done = yield from begun(store, paths, asks=asks)
            if isinstance(done, ImportOffer):
                return Offered(store, done, found.margins, rows_of(done, found.margins))
            return done, summary(done)

        name = paths[0].name or paths[0]
        self._run(f"Import {name}", store, work, found.margins)

    # --- the person's word ------------------------------------------------------------------

    def take(self) -> bool:
        """Import the series that are ticked; False where none is, which is said."""
        chosen = self.offer.ticked
        if self.offer.standing is not None and not chosen:
            self._messages.info("No series is ticked. Tick one, or take nothing.")
        offered = self.offer.answered() if chosen else None
        if offered is None:
            return False

        def work() -> Generator[Progress, None, Ended]:
            done = yield from taken(offered.store, offered.offer, chosen)
            return done, summary(done)

        title = f"Import {counted(len(chosen), 'series')}"
        self._run(title, offered.store, work, offered.margins, offered.offer)
        self.changed.emit()
        return True

    def take_nothing(self) -> None:
        """Let the standing offer go; margins that lay beside it are still asked about."""
        offered = self.offer.answered()
        if offered is not None:
            offered.offer.close()
            self._messages.info("Nothing was taken.")
            self.margins_found.emit(offered.margins)
            self.changed.emit()

    def cancel(self) -> None:
        """Stop what runs; series that are in their place stay."""
        self._sorting.clear()
        for job in self._running:
            self._jobs.cancel(job)

    def forget(self) -> None:
        """Another study is open: stop what runs, let the offers go."""
        self.cancel()
        self.offer.clear()

    # --- the jobs ---------------------------------------------------------------------------

    def _run(
        self,
        title: str,
        store: Store,
        work: Work,
        margins: tuple[Path, ...],
        offer: ImportOffer | None = None,
    ) -> None:
        job = self._jobs.run(
            title,
            work,
            lambda end: self._ended(store, end, margins),
            self._failed,
            cancelled=lambda: self._cancelled(offer),
        )
        self._running[job] = store

    def _ended(self, store: Store, end: Ended, margins: tuple[Path, ...]) -> None:
        if isinstance(end, Offered):
            if store is self._study.store:
                self.offer.add(end)
                found = counted(len(end.offer.takeable), "series")
                if not self.is_seen:
                    self._messages.info(f"{found} found. Choose on Cases what comes in.")
            else:
                end.offer.close()
            return
        if store is not self._study.store:
            return
        done, told = end
        if done.report.series:
            self._messages.ok(sentence(done))
        else:
            left = done.report.left_out
            self._messages.warning(
                f"Nothing was imported. {left[0].reason if left else ''}".strip()
            )
        self.ended.emit(told)
        self.margins_found.emit(margins)

    def _failed(self, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)
        self.ended.emit(None)

    def _cancelled(self, offer: ImportOffer | None) -> None:
        if offer is not None:  # one that was cancelled while it waited has not closed it itself
            offer.close()
        self._messages.info("Import cancelled. Series that were in already stay in.")
        self.ended.emit(None)

    def _job_changed(self, view: JobView) -> None:
        if view.id not in self._running:
            return
        if view.is_final:
            del self._running[view.id]
        self.progress = None if view.is_final else view
        self.changed.emit()
