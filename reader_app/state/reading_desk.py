"""The coordinator's deeds for readers: add, issue parts, start, pack, take in; never an answer."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.state.job_signals import Jobs
from reader_app.state.reading_launch import Launcher, ReadingBeside
from reader_app.state.study_state import StudyState
from studies import package, reading, receipt
from studies.errors import StudyError, WashoutError
from studies.reading import TryOut
from studies.records import ProtocolDraft, ProtocolRecord, ReaderRecord
from studies.store import Store


@dataclass(frozen=True)
class ReadingAgain:
    """Someone to be added whose washout is not over, with the sentence that says so."""

    name: str
    note: str
    sentence: str


class ReadingDesk(QObject):
    """`changed` when a reading began or ended, `study.notify("readers")` after each write.

    `repeat_asked` (ReadingAgain) when someone to be added has read the same lesions lately.
    """

    changed = Signal()
    repeat_asked = Signal(object)
    began = Signal()
    ended = Signal()

    def __init__(
        self, study: StudyState, jobs: Jobs, messages: Messages, launcher: Launcher
    ) -> None:
        super().__init__()
        self._study, self._jobs, self._messages = study, jobs, messages
        self.launcher = launcher
        self._readers: dict[Path, tuple[Store, int]] = {}  # who reads what, in which study
        self._names: dict[Path, str] = {}  # of those who read beside this window
        self._tries: dict[Path, TryOut] = {}
        launcher.began.connect(self._began)
        launcher.ended.connect(self._ended)
        launcher.refused.connect(self._refused)

    def is_reading(self, reader: ReaderRecord) -> bool:
        """Whether this window has started a reading of this person that has not ended."""
        return reader.package is not None and self.launcher.is_open(reader.package)

    @property
    def beside(self) -> tuple[ReadingBeside, ...]:
        """Readings that run in a process of their own; a try-out is the coordinator's own."""
        if self.launcher.is_here:
            return ()
        return tuple(
            ReadingBeside(package_folder, who)
            for package_folder, who in self._names.items()
            if self.launcher.is_open(package_folder)
        )

    def add(self, name: str, note: str, override: str = "") -> None:
        """Enrol a person in the newest protocol; asks for a reason where they read too soon."""
        self._write(partial(enrol, name=name, note=note, override=override), self._enrolled)

    def issue(self, reader_id: int, override: str = "") -> None:
        """Make the package of a person's next part; a reason cuts its washout short."""
        self._write(
            lambda store: reading.issue_part(store, reader_id, override=override), self._issued
        )

    def issue_ahead(self, reader_id: int) -> None:
        """Make the next part's package now; the reader's program opens it on its day."""
        self._write(
            lambda store: reading.issue_part(store, reader_id, ahead=True), self._issued_ahead
        )

    def open(self, reader: ReaderRecord) -> None:
        """Start or go on with a person's reading."""
        store = self._study.store
        if store is not None and reader.package is not None:
            self._readers[reader.package] = (store, reader.id)
            self._names[reader.package] = reader.pseudonym
            self.launcher.start(reader.package)

    def open_package(self, target: Path) -> None:
        """Read a package that was brought here; no study is needed."""
        self._names[target] = ""
        self.launcher.start(target)

    def try_out(self, draft: ProtocolDraft) -> None:
        """Ten trials of a draft; nothing of them is recorded."""
        store = self._study.store
        if store is None:
            return
        try:
            made = reading.try_out(store, draft, Path(tempfile.mkdtemp()))
        except StudyError as error:
            self._messages.error(str(error))
            return
        self._tries[made.folder] = made
        self.launcher.start(made.folder)

    def pack(self, reader: ReaderRecord, to: Path) -> None:
        """Save a person's package as one file that any computer can read."""
        folder = reader.package
        if folder is not None:
            self._jobs.small(lambda: package.pack(folder, to), self._packed, self._failed)

    def take_in_file(self, archive: Path) -> None:
        """Take in the answers that came back as a file."""
        self._write(lambda store: reading.merge_answers(store, archive), self._came_back)

    def take_in(self, reader_ids: tuple[int, ...]) -> None:
        """Take in what lies in these people's packages so far."""
        store = self._study.store
        if store is not None and reader_ids:
            self._jobs.small(partial(take_in, store, reader_ids), self._taken_in, self._failed)

    def _write(self, deed: Callable[[Store], object], done: Callable[..., None]) -> None:
        store = self._study.store
        if store is not None:
            self._jobs.small(partial(deed, store), done, self._failed)

    def _enrolled(self, reader: ReaderRecord | ReadingAgain) -> None:
        if isinstance(reader, ReadingAgain):
            self.repeat_asked.emit(reader)
            return
        self._messages.ok(f"{reader.pseudonym} can read: {reader.trials} trials.")
        self._study.notify("readers")

    def _issued(self, reader: ReaderRecord) -> None:
        number = sum(part.id is not None for part in reader.parts)
        self._messages.ok(f"Part {number} of {reader.pseudonym} can be read.")
        self._study.notify("readers")

    def _issued_ahead(self, reader: ReaderRecord) -> None:
        number = sum(part.id is not None for part in reader.parts)
        self._messages.ok(
            f"Part {number} of {reader.pseudonym} is made; it cannot be opened before its day."
        )
        self._study.notify("readers")

    def _packed(self, file: Path) -> None:
        self._messages.ok(f"{file.name} can be copied to any computer and read there.")

    def _came_back(self, reader: ReaderRecord) -> None:
        self._messages.ok(
            f"{reader.pseudonym}: {reader.answered} of {reader.trials} trials are answered."
        )
        self._study.notify("readers")

    def _taken_in(self, problems: tuple[str, ...]) -> None:
        for sentence in problems:
            self._messages.error(sentence)
        self._study.notify("readers")

    def _began(self, _package: Path) -> None:
        self.began.emit()
        self.changed.emit()

    def _ended(self, package_folder: Path) -> None:
        self.ended.emit()
        self._names.pop(package_folder, None)
        self._forget_tries()
        store, reader_id = self._readers.pop(package_folder, (None, 0))
        if store is not None and store is self._study.store:
            self.take_in((reader_id,))
        self.changed.emit()

    def _refused(self, sentence: str, details: str) -> None:
        self._messages.error(sentence, details)
        self._forget_tries()
        self.changed.emit()

    def _forget_tries(self) -> None:
        """Nothing of a try-out that has ended, or never began, is kept."""
        for folder in [one for one in self._tries if not self.launcher.is_open(one)]:
            tried = self._tries.pop(folder)
            shutil.rmtree(folder.parent, ignore_errors=True)
            receipt.forget(f"{tried.uid}.reading")

    def _failed(self, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)


def enrol(store: Store, *, name: str, note: str, override: str = "") -> ReaderRecord | ReadingAgain:
    """Add a person, or say that they read the same lesions too short a time ago."""
    try:
        return reading.enrol(store, name, note=note, override=override)
    except WashoutError as error:
        return ReadingAgain(name, note, str(error))


def take_in(store: Store, reader_ids: tuple[int, ...]) -> tuple[str, ...]:
    """Merge each package by itself, so that a damaged one keeps nobody else's answers out."""
    names = {one.id: one.pseudonym for one in reading.readers(store)}
    problems = []
    for reader_id in reader_ids:
        try:
            reading.merge(store, reader_id)
        except StudyError as error:
            problems.append(f"{names.get(reader_id, 'A reader')}: {error}")
    return tuple(problems)


def unblind(store: Store, people: tuple[int, ...], by: str, reason: str) -> ProtocolRecord:
    """Take in what these people have read, then open the newest version; StudyError, with
    nothing opened, where somebody's package is damaged.
    """
    problems = take_in(store, people)
    if problems:
        raise StudyError(f"{problems[0]} Nothing was unblinded.")
    return reading.unblind(store, by, reason)
