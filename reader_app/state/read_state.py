"""The coordinator's side of reading: draft, order, audit, seal; the readers through a desk."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs
from reader_app.state.planning_state import PlanningState
from reader_app.state.read_items import ReadItems
from reader_app.state.read_monitor import ReadMonitor
from reader_app.state.read_preview import (
    FormFacts,
    LoadedDraft,
    Preview,
    load_draft,
    pool_of,
    preview,
)
from reader_app.state.read_separation import ReadSeparation
from reader_app.state.reading_desk import ReadingDesk, unblind
from reader_app.state.reading_launch import Launcher, ReadingProcess
from reader_app.state.study_state import StudyState
from reader_app.workflows.assess_model import assess_model, model_names
from studies import reading
from studies.reading import Available, JournalRow, VerifyReport
from studies.records import ClassScheme, ProtocolDraft, ProtocolRecord, ReaderRecord
from studies.store import Store

if TYPE_CHECKING:
    from reader_app.state.reading_session import ReadingSession

LOOK_AFTER_MS = 250
_NO_LOOK = "The draft could not be tried out. Press Run again."


class ReadState(QObject):
    """`changed` when the page should look again, `previewed` after a draft was tried out.

    `reading_started` and `reading_ended` are of a reading inside this window; `reading_beside`
    tells of every reading that runs in a process of its own (a tuple of ReadingBeside).
    """

    changed = Signal()
    previewed = Signal()
    asked = Signal(str)
    passphrase_asked = Signal()
    reading_started = Signal()
    reading_ended = Signal()
    reading_beside = Signal(tuple)

    def __init__(
        self,
        study: StudyState,
        jobs: Jobs,
        messages: Messages,
        settings: Settings,
        launcher: Launcher | None = None,
    ) -> None:
        super().__init__()
        self._study, self._jobs = study, jobs
        self._messages, self._settings = messages, settings
        self.desk = ReadingDesk(study, jobs, messages, launcher or ReadingProcess())
        self.monitor = ReadMonitor(study, jobs, messages)
        self.items = ReadItems(study, jobs, messages)
        self.planning = PlanningState(jobs, messages)
        self.pixels = ReadSeparation(study, jobs, messages)
        self.draft: ProtocolDraft | None = None
        self._default: ProtocolDraft | None = None
        self.available: Available | None = None  # None until it was looked up
        self.arms: tuple[str, ...] = ()  # whose opinion could be shown
        self._watched, self._stale = False, True
        self.protocols: tuple[ProtocolRecord, ...] = ()
        self.readers: tuple[ReaderRecord, ...] = ()
        self.journal: tuple[JournalRow, ...] = ()
        self.models: tuple[str, ...] = ()  # arms that could read
        self.verified: VerifyReport | None = None
        self.reader_number = 1
        self.preview: Preview | None = None
        self.is_reader = False
        self.is_sealing = False
        self.is_current = False  # whether the preview is of the draft as it stands
        self._round = 0
        self._timer = QTimer(self, singleShot=True, interval=LOOK_AFTER_MS)
        self._timer.timeout.connect(self._look)
        self._connect()
        self._reload()

    def _connect(self) -> None:
        self._study.opened.connect(self._reload)
        self._study.changed.connect(self._hear)
        self.desk.changed.connect(self._tell_beside)
        self.desk.began.connect(self._began)
        self.desk.ended.connect(self._ended)

    # --- what the page shows

    @property
    def has_study(self) -> bool:
        """Whether a study is open."""
        return self._study.study is not None

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written."""
        return self._study.read_only

    @property
    def scheme(self) -> ClassScheme:
        """The open study's classes; without a study there are none."""
        study = self._study.study
        return study.scheme if study is not None else ClassScheme(())

    @property
    def facts(self) -> FormFacts | None:
        """What the form must know; None until the study was looked through."""
        study = self._study.study
        if study is None or self.available is None:
            return None
        return FormFacts(
            self.available, study.scheme, self.next_version, study.kind == "ct", self.arms
        )

    @property
    def session(self) -> ReadingSession | None:
        """The reading inside this window, None where it has a process of its own."""
        return self.desk.launcher.session

    @property
    def has_items(self) -> bool:
        """Whether any ROI could be read (or may, before that is known), or was sealed before."""
        if self.protocols or self.available is None:
            return True
        return any(count for _, count in (*self.available.real, *self.available.synthetic))

    @property
    def protocol(self) -> ProtocolRecord | None:
        """The newest sealed protocol."""
        return self.protocols[-1] if self.protocols else None

    @property
    def next_version(self) -> int:
        """The version that the draft would become."""
        return self.protocol.version + 1 if self.protocol else 1

    @property
    def has_passphrase(self) -> bool:
        """Whether the study is unlocked with a passphrase."""
        return self._study.passphrase.is_set

    @property
    def author(self) -> str:
        """Who is at this computer."""
        return self._settings.author

    @property
    def may_unblind(self) -> str:
        """Empty when the newest protocol can be unblinded, else why not."""
        if self.protocol is None:
            return "Nothing is sealed yet."
        if self.protocol.unblinded:
            return f"Version {self.protocol.version} is unblinded already."
        if not any(reader.answered for reader in self.readers):
            return "Nobody has read anything yet."
        return "The study is open read-only." if self.read_only else ""

    def watch(self, watched: bool) -> None:
        """Whether the page is on the screen; only then are the study's ROIs looked through."""
        self._watched = watched
        self._load_if_watched()

    def hear_role(self, is_reader: bool) -> None:
        """A reader opens a package here and sees nothing that a coordinator plans."""
        if is_reader != self.is_reader:
            self.is_reader = is_reader
            self.changed.emit()

    # --- the draft

    def edit(self, draft: ProtocolDraft) -> None:
        """Take an edited draft; order and audit follow in the background."""
        if draft == self.draft:
            return
        other = self.draft is None or pool_of(draft) != pool_of(self.draft)
        self._stale = self._stale or other
        self.draft = draft
        self.is_current = False
        self._load_if_watched()
        self._timer.start()
        self.changed.emit()

    def show_reader(self, number: int) -> None:
        """Preview the order of another reader."""
        self.reader_number = number
        self._look()

    def redraw(self) -> None:
        """Take a new seed."""
        if self.draft is not None:
            self.edit(replace(self.draft, seed=reading.new_seed()))

    def look_again(self) -> None:
        """Draw items afresh and audit them again."""
        self._look()

    def seal(self, override: str = "", draft: ProtocolDraft | None = None) -> None:
        """Seal the draft that was agreed to, or the one at hand, as the next version, once."""
        store, draft = self._study.store, draft or self.draft
        if store is None or draft is None or self.is_sealing:
            return
        self.is_sealing = True
        measured = self.pixels.of(draft)
        call = partial(reading.seal, store, draft, override=override)
        self._jobs.small(partial(call, separation=measured), self._sealed, self._not_sealed)
        self.changed.emit()

    def unblind(self, by: str, reason: str) -> None:
        """Take in what people have read so far, then open the newest protocol."""
        store = self._study.store
        if store is not None:
            call = partial(unblind, store, self._mergeable(), by, reason)
            self._jobs.small(call, self._unblinded, self._failed)

    # --- readers

    def add_reader(self, name: str, note: str, override: str = "") -> None:
        """Enrol a person in the newest protocol; a reason allows what the washout forbids."""
        self.desk.add(name, note, override)

    def open_reading(self, reader_id: int) -> None:
        """Start or go on with a person's reading."""
        reader = next((one for one in self.readers if one.id == reader_id), None)
        if reader is not None:
            self.desk.open(reader)

    def pack(self, reader_id: int, to: Path) -> None:
        """Save a person's package for another computer."""
        reader = next((one for one in self.readers if one.id == reader_id), None)
        if reader is not None:
            self.desk.pack(reader, to)

    def try_as_reader(self) -> None:
        """Ten trials of the draft; nothing of them is recorded."""
        if self.draft is not None:
            self.desk.try_out(self.draft)

    def end_reading(self) -> None:
        """Leave the reading screen; what was read is taken into the study."""
        self.desk.launcher.stop()

    def take_in(self) -> None:
        """Take in what every person has read so far."""
        self.desk.take_in(self._mergeable())

    def verify(self) -> None:
        """Check seals, pictures and chains."""
        store = self._study.store
        if store is not None:
            self._jobs.small(lambda: reading.verify(store), self._was_verified, self._failed)

    def let_model_read(self, arm: str) -> None:
        """Let an arm's networks read the newest protocol, as a job."""
        store = self._study.store
        if store is not None:
            self._jobs.run(
                f"{arm.upper()} reads the sealed ROIs",
                lambda: assess_model(store, arm),
                lambda _: self._study.notify("readers"),
                self._failed,
            )

    # --- inside

    def _mergeable(self) -> tuple[int, ...]:
        current = self.protocol
        if current is None or current.unblinded or self.read_only:
            return ()
        ours = (one for one in self.readers if one.protocol_id == current.id)
        return tuple(one.id for one in ours if one.package is not None)

    def _tell_beside(self) -> None:
        self.reading_beside.emit(self.desk.beside)
        self.changed.emit()

    def _began(self) -> None:
        if self.session is not None:
            self.reading_started.emit()

    def _ended(self) -> None:
        if self.desk.launcher.is_here:
            self.reading_ended.emit()

    def _reload(self) -> None:
        self.end_reading()
        self.draft = self._default = self.preview = self.verified = self.available = None
        self.reader_number = 1
        self.is_current = False
        self._read(items_too=True)

    def _hear(self, topic: str) -> None:
        if topic in ("lesions", "synthetic", "protocol", "study", "runs", "readers"):
            self.items.forget()
            self._read(items_too=topic != "readers")

    def _read(self, *, items_too: bool) -> None:
        store = self._study.store
        self.protocols = reading.protocols(store) if store else ()
        current = self.protocol
        self.readers = reading.readers(store, current.id) if store and current else ()
        self.journal = reading.journal(store, current.id) if store and current else ()
        readable = store is not None and current is not None and not current.unblinded
        self.models = model_names(store) if store and readable and not store.read_only else ()
        self._stale = self._stale or items_too
        self._load_if_watched()
        self.changed.emit()

    def _load_if_watched(self) -> None:
        """ROIs may have to be cut: in a thread, and only while someone looks at the page."""
        store = self._study.store
        if not (self._watched and self._stale) or store is None:
            return
        self._stale = self.is_current = False
        untouched = self.draft == self._default  # nobody has edited it: it follows the study
        self._jobs.small(
            partial(load_draft, store, self.draft, self.protocol, untouched),
            partial(self._loaded, store),
            self._not_loaded,
        )

    def _loaded(self, store: Store, found: LoadedDraft) -> None:
        if store is not self._study.store:
            return
        self.available, self.arms = found.available, found.arms
        if found.draft is not None:
            self.draft = self._default = found.draft
        self._timer.start()
        self.changed.emit()

    def _not_loaded(self, failure: Failure) -> None:
        self._stale = True  # the next look at the page tries again
        self._failed(failure)

    def _look(self) -> None:
        store, draft = self._study.store, self.draft
        if store is None or draft is None or not self.has_items:
            return
        self._round += 1
        if self.is_current:
            self.is_current = False
            self.changed.emit()
        number = self.reader_number
        self._jobs.small(
            partial(preview, store, draft, number, self.protocol),
            partial(self._previewed, self._round),
            partial(self._not_previewed, self._round),
        )

    def _previewed(self, round_: int, found: Preview) -> None:
        if round_ == self._round:
            self.preview = found
            self.is_current = not self._timer.isActive()
            self.previewed.emit()

    def _not_previewed(self, round_: int, failure: Failure) -> None:
        self._failed(failure)
        self._previewed(round_, Preview(problem=_NO_LOOK))

    def _sealed(self, protocol: ProtocolRecord) -> None:
        self._messages.ok(f"Version {protocol.version} is sealed: {protocol.items} items.")
        self.is_sealing = self.is_current = False
        self.draft = self._default = None
        self._study.notify("protocol")

    def _not_sealed(self, failure: Failure) -> None:
        self.is_sealing = False
        self._failed(failure)
        self.changed.emit()

    def _unblinded(self, protocol: ProtocolRecord) -> None:
        self._messages.ok(f"Version {protocol.version} is unblinded. See Results.")
        self._study.notify("protocol")
        self._study.notify("results")

    def _was_verified(self, report: VerifyReport) -> None:
        self.verified = report
        self.changed.emit()

    def _failed(self, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)
