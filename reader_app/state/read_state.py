"""The coordinator's side of reading: draft, order, audit, seal, readers; and the open session."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs
from reader_app.state.read_preview import LoadedDraft, Preview, load_draft, preview
from reader_app.state.reading_session import ReadingSession
from reader_app.state.study_state import StudyState
from reader_app.workflows.assess_model import assess_model, model_names
from studies import reading, receipt
from studies.errors import StudyError
from studies.package import ReadingPackage
from studies.reading import Available, JournalRow, TryOut, VerifyReport
from studies.records import ClassScheme, ProtocolDraft, ProtocolRecord, ReaderRecord
from studies.store import Store

LOOK_AFTER_MS = 250


class ReadState(QObject):
    """`changed` when the page should look again, `previewed` after a draft was tried out."""

    changed = Signal()
    previewed = Signal()
    asked = Signal(str)
    reading_started = Signal()
    reading_ended = Signal()

    def __init__(
        self, study: StudyState, jobs: Jobs, messages: Messages, settings: Settings
    ) -> None:
        super().__init__()
        self._study, self._jobs = study, jobs
        self._messages, self._settings = messages, settings
        self.draft: ProtocolDraft | None = None
        self._default: ProtocolDraft | None = None
        self.available: Available | None = None  # None until it was looked up
        self._watched, self._stale = False, True
        self.protocols: tuple[ProtocolRecord, ...] = ()
        self.readers: tuple[ReaderRecord, ...] = ()
        self.journal: tuple[JournalRow, ...] = ()
        self.models: tuple[str, ...] = ()  # arms that could read
        self.verified: VerifyReport | None = None
        self.reader_number = 1
        self.preview: Preview | None = None
        self.session: ReadingSession | None = None
        self._reader_id: int | None = None
        self._read_in: Store | None = None  # the study whose reader reads
        self._try_out: TryOut | None = None
        self.is_reader = False
        self._round = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LOOK_AFTER_MS)
        self._timer.timeout.connect(self._look)
        study.opened.connect(self._reload)
        study.changed.connect(self._hear)
        self._reload()

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
    def author(self) -> str:
        """Who is at this computer."""
        return self._settings.author

    @property
    def may_unblind(self) -> str:
        """ "Empty when the newest protocol can be unblinded, else why not."""
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
        """A reader sees who reads and nothing that a coordinator plans."""
        if is_reader != self.is_reader:
            self.is_reader = is_reader
            self.changed.emit()

    # --- the draft

    def edit(self, draft: ProtocolDraft) -> None:
        """Take an edited draft; order and audit follow in the background."""
        if draft == self.draft:
            return
        other = self.draft is None or draft.generator != self.draft.generator
        self._stale = self._stale or other
        self.draft = draft
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

    def seal(self, override: str = "") -> None:
        """Seal the draft as the next version."""
        store, draft = self._study.store, self.draft
        if store is not None and draft is not None:
            self._jobs.small(
                lambda: reading.seal(store, draft, override=override), self._sealed, self._failed
            )

    def unblind(self, by: str, reason: str) -> None:
        """Take in what people have read so far, then open the newest protocol."""
        store = self._study.store
        if store is not None:
            people = tuple(self._mergeable())
            self._jobs.small(
                lambda: _unblind(store, people, by, reason), self._unblinded, self._failed
            )

    # --- readers

    def add_reader(self, name: str, note: str) -> None:
        """Enrol a person in the newest protocol."""
        store = self._study.store
        if store is not None:
            self._jobs.small(
                lambda: reading.enrol(store, name, note=note), self._enrolled, self._failed
            )

    def open_reading(self, reader_id: int) -> None:
        """Start or go on with a person's reading in the full window."""
        reader = next((one for one in self.readers if one.id == reader_id), None)
        if reader is not None and reader.package is not None:
            self._reader_id, self._read_in = reader_id, self._study.store
            self._start(reader.package)

    def try_as_reader(self) -> None:
        """Ten trials of the draft in the full window; nothing of them is recorded."""
        store, draft = self._study.store, self.draft
        if store is None or draft is None:
            return
        try:
            self._try_out = reading.try_out(store, draft, Path(tempfile.mkdtemp()))
        except StudyError as error:
            self._messages.error(str(error))
            return
        self._start(self._try_out.folder)

    def end_reading(self) -> None:
        """Leave the reading screen; what was read is taken into the study."""
        if self.session is None:
            return
        self.session.close()
        self.session = None
        self.reading_ended.emit()
        if self._try_out is not None:
            shutil.rmtree(self._try_out.folder.parent, ignore_errors=True)
            receipt.forget(f"{self._try_out.uid}.reading")
            self._try_out = None
        elif self._reader_id is not None and self._read_in is self._study.store:
            self._merge((self._reader_id,))
        self._reader_id = self._read_in = None
        self.changed.emit()

    def take_in(self) -> None:
        """Take in what every person has read so far."""
        self._merge(tuple(self._mergeable()))

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

    def _mergeable(self) -> list[int]:
        current = self.protocol
        if current is None or current.unblinded or self.read_only:
            return []
        return [
            reader.id
            for reader in self.readers
            if reader.package is not None and reader.protocol_id == current.id
        ]

    def _merge(self, reader_ids: tuple[int, ...]) -> None:
        store = self._study.store
        if store is not None and reader_ids:
            self._jobs.small(
                partial(_take_in, store, reader_ids),
                self._taken_in,
                self._failed,
            )

    def _taken_in(self, problems: tuple[str, ...]) -> None:
        for sentence in problems:
            self._messages.error(sentence)
        self._study.notify("readers")

    def _start(self, folder: Path) -> None:
        try:
            self.session = ReadingSession(ReadingPackage.open(folder))
        except StudyError as error:
            self._messages.error(str(error))
            return
        self.session.left.connect(self.end_reading)
        self.reading_started.emit()

    def _reload(self) -> None:
        if self.session is not None:
            self.end_reading()
        self.draft = self._default = self.preview = self.verified = self.available = None
        self.reader_number = 1
        self._read(items_too=True)

    def _hear(self, topic: str) -> None:
        if topic in ("lesions", "synthetic", "protocol", "study", "runs", "readers"):
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
        self._stale = False
        untouched = self.draft == self._default  # nobody has edited it: it follows the study
        self._jobs.small(
            partial(load_draft, store, self.draft, self.protocol, untouched),
            partial(self._loaded, store),
            self._failed,
        )

    def _loaded(self, store: Store, found: LoadedDraft) -> None:
        if store is not self._study.store:
            return
        self.available = found.available
        if found.draft is not None:
            self.draft = self._default = found.draft
            self._timer.start()
        self.changed.emit()

    def _look(self) -> None:
        store, draft = self._study.store, self.draft
        if store is None or draft is None or not self.has_items:
            return
        self._round += 1
        number = self.reader_number
        self._jobs.small(
            partial(preview, store, draft, number),
            partial(self._previewed, self._round),
            self._failed,
        )

    def _previewed(self, round_: int, found: Preview) -> None:
        if round_ == self._round:
            self.preview = found
            self.previewed.emit()

    def _sealed(self, protocol: ProtocolRecord) -> None:
        self._messages.ok(f"Version {protocol.version} is sealed: {protocol.items} items.")
        self.draft = self._default = None
        self._study.notify("protocol")

    def _enrolled(self, reader: ReaderRecord) -> None:
        self._messages.ok(f"{reader.pseudonym} can read: {reader.trials} trials.")
        self._study.notify("readers")

    def _unblinded(self, protocol: ProtocolRecord) -> None:
        self._messages.ok(f"Version {protocol.version} is unblinded. See Results.")
        self._study.notify("protocol")
        self._study.notify("results")

    def _was_verified(self, report: VerifyReport) -> None:
        self.verified = report
        self.changed.emit()

    def _failed(self, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)


def _take_in(store: Store, reader_ids: tuple[int, ...]) -> tuple[str, ...]:
    """Merge each package by itself, so that a damaged one keeps nobody else's answers out."""
    names = {one.id: one.pseudonym for one in reading.readers(store)}
    problems = []
    for reader_id in reader_ids:
        try:
            reading.merge(store, reader_id)
        except StudyError as error:
            problems.append(f"{names.get(reader_id, 'A reader')}: {error}")
    return tuple(problems)


def _unblind(store: Store, people: tuple[int, ...], by: str, reason: str) -> ProtocolRecord:
    problems = _take_in(store, people)
    if problems:
        raise StudyError(f"{problems[0]} Nothing was unblinded.")
    return reading.unblind(store, by, reason)
