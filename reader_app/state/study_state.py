"""The open study: the one place that holds the Store; views see records and signals only.

While the study is locked, or a reader has the computer, every page finds no study at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from reader_app.messages import Messages
from studies import cases, reading
from studies.access import ANALYST, COORDINATOR, LOCKED, Access, PassphraseState, set_passphrase
from studies.errors import StudyError
from studies.records import Category, ClassScheme, StudyCounts, StudyRecord
from studies.store import Store

TOPICS = ("cases", "lesions", "runs", "synthetic", "protocol", "readers", "results", "study")

_BESIDE_PROTOCOL = ("cases", "lesions", "runs", "synthetic", "readers")
"""Topics of writes that neither seal nor unblind."""


@dataclass(frozen=True)
class Pointer:
    """What another page is asked to show: a case, one of its series, one of its lesions."""

    case_id: int
    series_id: int | None = None
    lesion_id: int | None = None


@dataclass(frozen=True)
class GalleryPointer:
    """What the synthetic gallery is asked to show: a ROI, or those of a generator and class.

    0 and "" leave generator and class open.
    """

    synthetic_id: int | None = None
    run_id: int = 0
    category: str = ""


class StudyState(QObject):
    """`opened` after another study (or none) is open or another role; `changed(topic)` on writes.

    Topics: cases, lesions, runs, synthetic, protocol, readers, results, study. `pointed` asks
    the page that is shown next to turn to a case, `gallery_pointed` the synthetic gallery to a ROI.
    """

    opened = Signal()
    changed = Signal(str)
    pointed = Signal(object)  # Pointer
    gallery_pointed = Signal(object)  # GalleryPointer

    def __init__(self, messages: Messages) -> None:
        super().__init__()
        self._messages = messages
        self._store: Store | None = None
        self._study: StudyRecord | None = None
        self._role, self._who = COORDINATOR, ""
        self._away = False  # a reader has the computer
        self._shut = False  # the passphrase is asked for, though jobs may still hold the store
        self._counts: StudyCounts | None = None
        self._turn = 0  # how often what is counted may have changed
        self._unblinded: bool | None = None
        self.opened.connect(self._forget)  # before anyone else hears of it
        self.changed.connect(self._forget)

    @property
    def store(self) -> Store | None:
        """The open Store, for states only; None without a study or while it is locked."""
        return self._store if self._study is not None else None

    @property
    def scheme(self) -> ClassScheme | None:
        """The open study's classes; None without a study."""
        return self.study.scheme if self.study else None

    @property
    def categories(self) -> tuple[Category, ...]:
        """The open study's classes; () without a study."""
        return self.study.scheme.categories if self.study else ()

    @property
    def is_simulated(self) -> bool:
        """Whether the open study's images are simulated."""
        return self.study is not None and self.study.simulated

    @property
    def study(self) -> StudyRecord | None:
        """The open study's record; None without a study."""
        return self._study

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written (also without a study)."""
        store = self.store
        return store is None or store.read_only or store.access.role == ANALYST

    @property
    def is_locked(self) -> bool:
        """Whether a study is open that wants its passphrase."""
        return self._store is not None and (self._shut or not self._store.access.unlocked)

    @property
    def access(self) -> Access:
        """As whom the study is open."""
        return self._store.access if self._store is not None else LOCKED

    @property
    def title(self) -> str:
        """The study's name, also while it is locked; "" without a study."""
        if self._study is not None:
            return self._study.name
        return self._store.title if self._store is not None else ""

    @property
    def passphrase(self) -> PassphraseState:
        """Whether the study has a passphrase, also while it is locked."""
        if self._store is None:
            return PassphraseState(is_set=False)
        return self._store.passphrase_state

    def counts(self) -> StudyCounts | None:
        """The numbers of the five-step line; None without a study.

        Counted once a change, however many ask: of hundreds of lesions it takes a while.
        """
        if self.store is None:
            return None
        if self._counts is None:
            self._counts = cases.counts(self.store)
        return self._counts

    @property
    def turn(self) -> int:
        """Another number after each change: by it `take_counts` tells what is out of date."""
        return self._turn

    def take_counts(self, counts: StudyCounts, turn: int) -> None:
        """What was counted in a thread that began at this turn, for whoever asks next."""
        if turn == self._turn:
            self._counts = counts

    @property
    def is_unblinded(self) -> bool:
        """Whether the newest protocol's truth is open; nothing is counted for it."""
        if self.store is None:
            return False
        if self._unblinded is None:
            newest = reading.protocol(self.store)
            self._unblinded = newest is not None and bool(newest.unblinded)
        return self._unblinded

    def _forget(self, topic: str = "") -> None:
        """What was counted may have changed."""
        self._counts = None
        self._turn += 1
        if topic not in _BESIDE_PROTOCOL:
            self._unblinded = None

    def open(self, folder: Path) -> bool:
        """Open a study in place of the present one; False (and a sentence) when it cannot be."""
        if self._store is not None and self._store.folder == folder.absolute():
            return True
        return self._swap(lambda: Store.open(folder, role=self._role, who=self._who))

    def create(self, folder: Path, name: str, *, kind: str = "ct") -> bool:
        """Make and open a new study; False (and a sentence) when it cannot be made."""
        return self._swap(lambda: self._created(folder, name, kind))

    def work_as(self, role: str, who: str, *, away: bool = False) -> None:
        """In which role studies open from now on; `away` while a reader has the computer."""
        self._role, self._who, self._away = role, who, away

    def enter(self, passphrase: str, role: str, who: str) -> bool:
        """Unlock in a role; False (and a sentence) for a wrong passphrase."""
        if self._store is None:
            return False
        try:
            self._store.unlock(passphrase, role, who)
            self._role, self._who = role, who
            self._study = cases.study(self._store)
        except StudyError as error:
            self._messages.error(str(error))
            return False
        self._away = self._shut = False
        self.opened.emit()
        return True

    def refusal(self, passphrase: str) -> str:
        """Why this passphrase is not that of the unlocked study, "" where it is."""
        if self._store is None:
            return ""
        access = self._store.access
        try:
            self._store.unlock(passphrase, access.role or self._role, access.who)
        except StudyError as error:
            return str(error)
        return ""

    def hand_over(self, away: bool = True) -> None:
        """Shut the study where it has a passphrase; a reader (`away`) finds no study at all."""
        self._away = away
        if self._store is None:
            return
        self._shut = self._store.passphrase_state.is_set
        if away or self._shut:
            self._study = None
        self.opened.emit()

    def lock(self) -> None:
        """Lock the store of a shut study, once no job writes through it any more."""
        if self._store is not None and self._shut and self._store.access.unlocked:
            self._store.lock()

    def protect(self, passphrase: str, old: str = "") -> bool:
        """Give the study a passphrase; False (and a sentence) when it cannot have this one."""
        if self.store is None:
            return False
        try:
            set_passphrase(self.store, passphrase, old=old)
        except StudyError as error:
            self._messages.error(str(error))
            return False
        self.notify("study")
        return True

    def close(self) -> None:
        """Close the study."""
        self._let_go()
        self.opened.emit()

    def notify(self, topic: str) -> None:
        """Tell everyone that something of a topic was written; ValueError for an unknown one."""
        if topic not in TOPICS:
            raise ValueError(topic)
        if self.store is not None and topic in ("study", "protocol", "cases"):
            self._study = cases.study(self.store)
        self.changed.emit(topic)

    def _created(self, folder: Path, name: str, kind: str) -> Store:
        store = Store.create(folder, name, kind=kind)
        store.unlock("", self._role, self._who)
        return store

    def _swap(self, make: Callable[[], Store]) -> bool:
        try:
            store = make()
            is_open = store.access.unlocked and not self._away
            study = cases.study(store) if is_open else None
        except StudyError as error:
            self._messages.error(str(error))
            return False
        self._let_go()
        self._store, self._study = store, study
        self.opened.emit()
        if store.read_only and study is not None:
            self._messages.warning(_read_only_sentence(study))
        return True

    def _let_go(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store = self._study = None
        self._shut = False


def _read_only_sentence(study: StudyRecord) -> str:
    if study.lock_holder:
        return (
            f"{study.name} is open read-only: {study.lock_holder} is working in it. To change "
            "something, open it again when it is closed there."
        )
    return (
        f"{study.name} is open read-only: its folder cannot be written. To change something, copy "
        "the folder to a disk that can be written, and open the copy."
    )
