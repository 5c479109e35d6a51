"""The study on disk: a folder with study.sqlite, series, runs, items, exports and backups."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, update
from sqlalchemy.orm import Session

from studies import schema
from studies.access import (
    COORDINATOR,
    LOCKED,
    Access,
    PassphraseState,
    admitted,
    refuse_locked,
    stored_state,
)
from studies.clock import now
from studies.database import in_words, open_engine
from studies.errors import NotAStudyError, ReadOnlyError, StudyError
from studies.lock import FolderLock
from studies.model.imaging import StudyRow
from studies.model.learning import TrainingRunRow
from studies.network_folder import on_network
from studies.records import DEFAULT_SCHEME, ClassScheme

DATABASE = "study.sqlite"
LOCK = "study.lock"
KINDS = ("ct", "roi")


class Store:
    """An open study and the only maker of sessions; `create` or `open` makes one.

    A study with a passphrase may be locked: then it tells `title` and `hint`, and no more.
    """

    def __init__(self, folder: Path, engine: Engine, lock: FolderLock, holder: str | None) -> None:
        self.folder = folder
        self._engine = engine
        self._writer = engine.execution_options(begin="IMMEDIATE")
        self._lock = lock
        self._inode = _inode(folder / DATABASE)
        self._access = LOCKED
        self.read_only = holder is not None
        self.lock_holder = holder or ""

    @classmethod
    def create(
        cls,
        folder: Path,
        name: str,
        *,
        kind: str = "ct",
        simulated: bool = False,
        scheme: ClassScheme = DEFAULT_SCHEME,
        window: tuple[float, float] = (-100.0, 250.0),
    ) -> Store:
        """A new study in an empty or absent folder; `kind` ct or roi, `window` in HU.

        Raises StudyError when the folder is in use or cannot be written.
        """
        _check_new(folder, name, kind, window)
        folder = folder.absolute()
        with in_words(folder):
            _make(folder, name, kind, simulated, scheme, window)
        return cls.open(folder)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        read_only: bool = False,
        passphrase: str | None = None,
        role: str = COORDINATOR,
        who: str = "",
    ) -> Store:
        """The study of a folder, upgraded after a backup where its tables are older.

        A second coordinator, or one without write access, gets it read-only; without the
        passphrase that it needs it is locked. Raises NotAStudyError when the folder holds no
        study, or one of a newer program, BlindingError for a wrong passphrase.
        """
        folder = folder.absolute()
        _check_exists(folder)
        lock = FolderLock(folder / LOCK)
        holder = "" if read_only else _take(lock)
        try:
            with in_words(folder):
                store = cls._opened(folder, lock, holder)
            return store._entered(passphrase, role, who)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _opened(cls, folder: Path, lock: FolderLock, holder: str | None) -> Store:
        network = on_network(folder)
        database = folder / DATABASE
        found = _version(database, folder)
        if found != schema.HEAD:
            _upgrade(folder, found, holder, network)
        engine = open_engine(database, read_only=holder is not None, on_network=network)
        store = cls(folder, engine, lock, holder)
        if not store.read_only:
            store._settle()
        return store

    def _entered(self, passphrase: str | None, role: str, who: str) -> Store:
        try:
            with self._reading() as session:
                self._access = admitted(session, passphrase, role, who)
        except StudyError:
            self.close()
            raise
        return self

    @property
    def access(self) -> Access:
        """As whom the study is open, or that it is locked."""
        return self._access

    @property
    def title(self) -> str:
        """The study's name, also while it is locked."""
        with self._reading() as session:
            return session.get_one(StudyRow, 1).name

    @property
    def hint(self) -> str:
        """The passphrase of a study that shows it, else ""; also while it is locked."""
        return self.passphrase_state.hint

    @property
    def passphrase_state(self) -> PassphraseState:
        """Whether the study has a passphrase, also while it is locked."""
        with self._reading() as session:
            return stored_state(session)

    def unlock(self, passphrase: str, role: str = COORDINATOR, who: str = "") -> Access:
        """Open the study in a role, as `who`; BlindingError for a wrong passphrase.

        Then, and for a role that does not exist (StudyError), everything stays as it was.
        """
        with self._reading() as session:
            self._access = admitted(session, passphrase, role, who)
        return self._access

    def lock(self) -> None:
        """Close the study to everyone until `unlock`; StudyError where it has no passphrase."""
        if not self.passphrase_state.is_set:
            raise StudyError("This study has no passphrase, so it cannot be locked. Set one first.")
        self._access = LOCKED

    @property
    def series_folder(self) -> Path:
        """De-identified series."""
        return self.folder / "series"

    @property
    def runs_folder(self) -> Path:
        """Training runs, a folder each by hash."""
        return self.folder / "runs"

    @property
    def items_folder(self) -> Path:
        """Frozen images shown to readers."""
        return self.folder / "items"

    @property
    def exports_folder(self) -> Path:
        """What leaves the study."""
        return self.folder / "exports"

    @property
    def backup_folder(self) -> Path:
        """Copies of study.sqlite made before upgrades."""
        return self.folder / "backup"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One immediate write transaction: committed and synced at exit, rolled back on error.

        Raises BlindingError for a locked study, ReadOnlyError for one opened read-only,
        StudyError with the folder's name when it is full, gone or locked by another program.
        """
        refuse_locked(self._access)
        with self._writing() as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """One consistent state of the study, for reading; BlindingError while it is locked."""
        refuse_locked(self._access)
        with self._reading() as session:
            yield session

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        self._refuse_read_only()
        with in_words(self.folder), Session(self._writer, expire_on_commit=False) as session:
            self._refuse_vanished()
            session.connection()
            yield session
            session.commit()
            self._refuse_vanished()

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with in_words(self.folder), Session(self._engine) as session:
            yield session

    def close(self) -> None:
        """Closes the database and lets another coordinator in; harmless when called again."""
        self._engine.dispose()
        self._lock.release()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _refuse_read_only(self) -> None:
        if not self.read_only:
            return
        who = f" {self.lock_holder} has it open." if self.lock_holder else ""
        raise ReadOnlyError(f"The study in {self.folder} is open read-only.{who}")

    def _refuse_vanished(self) -> None:
        """SQLite goes on writing into a deleted file; what it then saves is lost."""
        if _inode(self.folder / DATABASE) != self._inode:
            raise StudyError(
                f"The study in {self.folder} was moved or deleted. The last change was not "
                "saved: put the folder back, then open it again."
            )

    def _settle(self) -> None:
        """Runs that the end of the last program cut off did fail."""
        cut_off = TrainingRunRow.state.in_(("queued", "running"))
        words = "The program ended before this run did. Choose Resume on Learn, or start it again."
        with self._writing() as session:
            session.execute(
                update(TrainingRunRow)
                .where(cut_off)
                .values(state="failed", message=words, finished=now())
            )


def _check_new(folder: Path, name: str, kind: str, window: tuple[float, float]) -> None:
    if not name.strip():
        raise StudyError("A study needs a name.")
    if kind not in KINDS:
        raise StudyError(f"A study is of kind {' or '.join(KINDS)}, not {kind}.")
    if not window[0] < window[1]:
        raise StudyError("The window's lower end must lie below its upper end.")
    if folder.exists() and not folder.is_dir():
        raise StudyError(f"{folder} is a file. Choose a new folder for the study.")
    if folder.is_dir() and any(folder.iterdir()):
        raise StudyError(f"{folder} is not empty. Choose a new folder for the study.")


def _check_exists(folder: Path) -> None:
    if not folder.exists():
        raise NotAStudyError(f"There is no folder {folder}. Check the path, or make a new study.")
    if not folder.is_dir():
        raise NotAStudyError(f"{folder} is a file. A study is a folder with a study.sqlite in it.")
    if not (folder / DATABASE).is_file():
        raise NotAStudyError(f"{folder} is no study: there is no study.sqlite in it.")


def _make(
    folder: Path,
    name: str,
    kind: str,
    simulated: bool,
    scheme: ClassScheme,
    window: tuple[float, float],
) -> None:
    """Builds the folder beside its place and moves it there whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    try:
        for part in ("series", "runs", "items", "exports", "backup"):
            (unfinished / part).mkdir(parents=True)
        (unfinished / DATABASE).touch()
        with _writing(unfinished / DATABASE, on_network(folder)) as connection:
            schema.make(connection)
            _insert_study(connection, name, kind, simulated, scheme, window)
        if folder.is_dir():
            folder.rmdir()
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _insert_study(
    connection: Connection,
    name: str,
    kind: str,
    simulated: bool,
    scheme: ClassScheme,
    window: tuple[float, float],
) -> None:
    with Session(connection) as session:
        session.add(
            StudyRow(
                id=1,
                uid=secrets.token_hex(16),
                name=name.strip(),
                kind=kind,
                simulated=simulated,
                scheme=scheme_rows(scheme),
                window_low=float(window[0]),
                window_high=float(window[1]),
                created=now(),
            )
        )
        session.flush()


def scheme_rows(scheme: ClassScheme) -> tuple[tuple[object, ...], ...]:
    """A scheme as it is stored; StudyError unless it has 2-6 categories told apart by key."""
    categories = scheme.categories
    if not 2 <= len(categories) <= 6:
        raise StudyError(f"A study has 2 to 6 classes, not {len(categories)}.")
    for words in ("code", "name", "key"):
        if len({getattr(c, words).casefold() for c in categories}) < len(categories):
            raise StudyError(f"Two classes have the same {words}. Give each its own.")
    return tuple(
        (c.code, c.name, c.short, c.key, c.color, c.print_color, c.marker, c.is_lesion)
        for c in categories
    )


def _take(lock: FolderLock) -> str | None:
    """None when the lock is ours, else who holds it ("" where the folder cannot be written)."""
    try:
        return None if lock.take() else lock.holder()
    except OSError:
        return ""


def _upgrade(folder: Path, found: str, holder: str | None, network: bool) -> None:
    if not schema.known(found):
        raise NotAStudyError(
            f"The study in {folder} was made by a newer Blindread (tables {found}, this program "
            f"knows {schema.HEAD}). Update the program, then open it again."
        )
    if holder is not None:
        raise ReadOnlyError(
            f"The study in {folder} is of an older version and must be upgraded once by someone "
            "who can write to it."
        )
    schema.back_up(folder / DATABASE, folder / "backup", found)
    with _writing(folder / DATABASE, network) as connection:
        schema.upgrade(connection)


def _version(database: Path, folder: Path) -> str:
    engine = open_engine(database, read_only=True)
    try:
        with engine.connect() as connection:
            return schema.version(connection, folder)
    finally:
        engine.dispose()


@contextmanager
def _writing(database: Path, network: bool) -> Iterator[Connection]:
    """One transaction that makes or rebuilds tables, so without foreign keys."""
    engine = open_engine(database, read_only=False, on_network=network, foreign_keys=False)
    try:
        with engine.execution_options(begin="IMMEDIATE").begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _inode(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return status.st_dev, status.st_ino
