"""The quality of synthetic ROIs: read when its tab is shown, measured as a background job."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.jobs import Failure, Progress
from reader_app.messages import Messages
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import GalleryPointer, StudyState
from studies.records import Category
from studies.store import Store

if TYPE_CHECKING:
    from studies.report.quality import GeneratorQuality
    from studies.report.table import Table

_TOPICS = ("runs", "synthetic", "lesions", "study")


class ResultsQuality(QObject):
    """The only writer of what the tab shows; `changed` when any of it does."""

    changed = Signal()

    def __init__(self, study: StudyState, jobs: Jobs, messages: Messages) -> None:
        super().__init__()
        self._study, self._jobs, self._messages = study, jobs, messages
        self.found: tuple[GeneratorQuality, ...] | None = None
        self.measuring = False
        self.trouble = ""
        self.category, self.arm = "", ""
        self._active, self._stale, self._turn = False, True, 0
        study.opened.connect(self._opened)
        study.changed.connect(self._changed)

    # --- what is shown ----------------------------------------------------------------------

    @property
    def categories(self) -> tuple[Category, ...]:
        """The study's classes."""
        return self._study.categories

    @property
    def shown(self) -> tuple[GeneratorQuality, ...]:
        """Generators that pass the filters, class by class."""
        codes = [category.code for category in self.categories]
        passing = (
            one
            for one in self.found or ()
            if self.category in ("", one.category) and self.arm in ("", one.run.arm)
        )
        known = (one for one in passing if one.category in codes)
        return tuple(sorted(known, key=lambda one: codes.index(one.category)))

    @property
    def unjudged(self) -> int:
        """Generators and classes whose distances can be measured and are not."""
        return sum(one.can_judge and not one.is_judged for one in self.found or ())

    @property
    def unaudited(self) -> int:
        """Those with drawn ROIs whose limits of copies and membership are not known."""
        return sum(one.audited.n > 0 and one.audited.limits is None for one in self.found or ())

    @property
    def read_only(self) -> bool:
        """Whether nothing can be measured, since nothing can be written."""
        return self._study.read_only

    # --- choices ----------------------------------------------------------------------------

    def filter_category(self, code: str) -> None:
        """Only one class; "" for all."""
        self.category = code
        self.changed.emit()

    def filter_arm(self, arm: str) -> None:
        """Only one kind of generator; "" for all."""
        self.arm = arm
        self.changed.emit()

    def measure(self) -> None:
        """Measure what is missing, in the background."""
        store = self._study.store
        if store is None or self.measuring:
            return
        self.measuring = True
        self.changed.emit()
        self._jobs.run(
            "Measuring synthetic quality",
            lambda: _measure(store),
            self._measured,
            self._not_measured,
            cancelled=self._ended,
        )

    def save_table(self, path: Path, table: Table) -> None:
        """Write a table as CSV."""
        self._jobs.small(lambda: _write(path, table), self._saved, self._say_failure)

    def point_to_gallery(self, run_id: int, category: str) -> None:
        """Ask the synthetic gallery, which is shown next, for a generator's ROIs of a class."""
        self._study.gallery_pointed.emit(GalleryPointer(None, run_id, category))

    def activate(self) -> None:
        """The tab is shown: read what has changed since."""
        self._active = True
        if self._stale:
            self._load()

    def deactivate(self) -> None:
        """The tab is hidden: changes wait."""
        self._active = False

    # --- reading the study ------------------------------------------------------------------

    def _opened(self) -> None:
        self.found, self.trouble = None, ""
        self.category, self.arm = "", ""
        self._refresh()

    def _changed(self, topic: str) -> None:
        if topic in _TOPICS:
            self._refresh()

    def _refresh(self) -> None:
        self._stale = True
        self._turn += 1
        if self._active:
            self._load()

    def _load(self) -> None:
        store = self._study.store
        if store is None:
            self.changed.emit()
            return
        self._stale = False
        self._turn += 1
        turn = self._turn
        self._jobs.small(
            lambda: _read(store),
            lambda found: self._loaded(turn, found),
            lambda failure: self._not_loaded(turn, failure),
        )

    def _loaded(self, turn: int, found: tuple[GeneratorQuality, ...]) -> None:
        if turn == self._turn:
            self.found, self.trouble = found, ""
            self.changed.emit()

    def _not_loaded(self, turn: int, failure: Failure) -> None:
        if turn == self._turn:
            self.trouble = failure.sentence
            self._say_failure(failure)
            self.changed.emit()

    def _measured(self, count: int) -> None:
        self._messages.ok(
            "Synthetic quality was measured." if count else "There was nothing left to measure."
        )
        self._ended()

    def _not_measured(self, failure: Failure) -> None:
        self._say_failure(failure)
        self._ended()

    def _ended(self) -> None:
        self.measuring = False
        self.changed.emit()
        self._refresh()

    def _saved(self, path: Path) -> None:
        self._messages.ok(f"Wrote {path.name} to {path.parent}.")

    def _say_failure(self, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)


# Statistics and the engine's experiments are imported when first asked for.


def _read(store: Store) -> tuple[GeneratorQuality, ...]:
    from reader_app.workflows.measure_quality import read_quality

    return read_quality(store)


def _measure(store: Store) -> Generator[Progress, None, int]:
    from reader_app.workflows.measure_quality import measure_quality

    return (yield from measure_quality(store))


def _write(path: Path, table: Table) -> Path:
    from studies.report.csv_file import write_csv

    columns, rows = table.columns, table.rows
    if table.simulated:
        columns, rows = (*columns, "Data"), tuple((*row, "simulated") for row in rows)
    return write_csv(path, columns, rows)
