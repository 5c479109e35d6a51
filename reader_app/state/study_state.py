"""The open study: the one place that holds the Store; views see records and signals only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from reader_app.messages import Messages
from studies import cases
from studies.errors import StudyError
from studies.records import StudyCounts, StudyRecord
from studies.store import Store

TOPICS = ("cases", "lesions", "runs", "synthetic", "protocol", "readers", "results", "study")


@dataclass(frozen=True)
class Pointer:
    """What another page is asked to show: a case, one of its series, one of its lesions."""

    case_id: int
    series_id: int | None = None
    lesion_id: int | None = None


class StudyState(QObject):
    """`opened` after another study (or none) is open; `changed(topic)` after a write.

    Topics: cases, lesions, runs, synthetic, protocol, readers, results, study. `pointed` asks
    the page that is shown next to turn to a case.
    """

    opened = Signal()
    changed = Signal(str)
    pointed = Signal(object)  # Pointer

    def __init__(self, messages: Messages) -> None:
        super().__init__()
        self._messages = messages
        self._store: Store | None = None
        self._study: StudyRecord | None = None

    @property
    def store(self) -> Store | None:
        """The open Store, for states only; None without a study."""
        return self._store

    @property
    def study(self) -> StudyRecord | None:
        """The open study's record; None without a study."""
        return self._study

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written (also without a study)."""
        return self._store is None or self._store.read_only

    def counts(self) -> StudyCounts | None:
        """The numbers of the five-step line; None without a study."""
        return cases.counts(self._store) if self._store else None

    def open(self, folder: Path) -> bool:
        """Open a study in place of the present one; False (and a sentence) when it cannot be."""
        if self._store is not None and self._store.folder == folder.absolute():
            return True
        return self._swap(lambda: Store.open(folder))

    def create(self, folder: Path, name: str, *, kind: str = "ct") -> bool:
        """Make and open a new study; False (and a sentence) when it cannot be made."""
        return self._swap(lambda: Store.create(folder, name, kind=kind))

    def close(self) -> None:
        """Close the study."""
        self._let_go()
        self.opened.emit()

    def notify(self, topic: str) -> None:
        """Tell everyone that something of a topic was written; ValueError for an unknown one."""
        if topic not in TOPICS:
            raise ValueError(topic)
        if self._store is not None and topic in ("study", "protocol", "cases"):
            self._study = cases.study(self._store)
        self.changed.emit(topic)

    def _swap(self, make: Callable[[], Store]) -> bool:
        try:
            store = make()
            study = cases.study(store)
        except StudyError as error:
            self._messages.error(str(error))
            return False
        self._let_go()
        self._store, self._study = store, study
        self.opened.emit()
        if store.read_only:
            self._messages.warning(_read_only_sentence(study))
        return True

    def _let_go(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store = self._study = None


def _read_only_sentence(study: StudyRecord) -> str:
    if study.lock_holder:
        return f"{study.name} is open read-only: {study.lock_holder} is working in it."
    return f"{study.name} is open read-only: its folder cannot be written."
