"""The SQLite file of a reading package: contents, and the append-only chain of events.

WAL with `synchronous=FULL`: an appended event is on the disk when `append` returns. SQLite below
3.51.3 has the WAL-reset bug; there the journal is TRUNCATE with `synchronous=EXTRA`.
The write-ahead log is folded into the file by `fold`, never inside an append: that would sync the
disk twice more while the reader waits for the next picture.

A package comes from elsewhere: a file with tables, views or triggers that are not ours is refused
before anything of it is used, and its schema is not trusted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from studies.chain import ChainEvent, ChainHead, digest, link
from studies.errors import NotAStudyError, ReadOnlyError, SealedError, StudyError
from studies.package.contents import PackageContents
from studies.package.standing import Standing

try:
    import pysqlite3 as sqlite
except ImportError:  # Windows and macOS bring a SQLite that is new enough
    import sqlite3 as sqlite

FILE_NAME = "reading.sqlite"
_SAFE_WAL = (3, 51, 3)
_TABLES = (
    "CREATE TABLE contents (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL)",
    "CREATE TABLE event (sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, "
    "trial_id TEXT NOT NULL, payload TEXT NOT NULL, at TEXT NOT NULL, "
    "monotonic_ns INTEGER NOT NULL, hash TEXT NOT NULL)",
    "CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL, "
    "hash TEXT NOT NULL)",
    *(
        f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in ("contents", "event")
        for action in ("UPDATE", "DELETE")
    ),
    "CREATE TRIGGER event_no_replace BEFORE INSERT ON event "
    "WHEN EXISTS (SELECT 1 FROM event WHERE sequence = NEW.sequence) "
    "BEGIN SELECT RAISE(ABORT, 'event is append-only'); END",
)
_INSERT = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)"
_MOVE_HEAD = "UPDATE head SET count = ?, hash = ? WHERE id = 1"


@dataclass(frozen=True)
class Row:
    """What an event says, before it is linked into the chain."""

    kind: str
    trial_id: str
    payload: str
    at: str
    monotonic_ns: int


class PackageLog:
    """One connection to a package's log; used from one thread."""

    def __init__(self, folder: Path) -> None:
        """Open the log of `folder`; NotAStudyError where there is none or it is damaged."""
        self._folder = folder
        self._path = folder / FILE_NAME
        if not self._path.is_file():
            raise NotAStudyError(
                f"{folder.name} is no reading package. Choose the folder that the coordinator gave."
            )
        self._connection = _connect(self._path)
        self._inode = self._path.stat().st_ino
        self._unfolded = 0  # events in the write-ahead log
        try:
            self._refuse_foreign_schema()
            row = self._connection.execute("SELECT json FROM contents").fetchone()
            self.contents = str(row[0])
            self.events = tuple(
                _event(row)
                for row in self._connection.execute(
                    "SELECT sequence, kind, trial_id, payload, at, monotonic_ns, hash "
                    "FROM event ORDER BY sequence"
                )
            )
            self.kept_head = self._read_head()
        except (sqlite.Error, TypeError, ValueError) as error:
            self._connection.close()
            raise NotAStudyError(
                f"The reading package {folder.name} is damaged. Ask the coordinator for a new one."
            ) from error
        last = self.events[-1] if self.events else None
        self.head = ChainHead(last.sequence, last.hash) if last else ChainHead(0, self.genesis)

    @property
    def genesis(self) -> str:
        """The hash the chain starts from: that of the package's contents."""
        return digest(self.contents)

    def append(self, rows: Sequence[Row]) -> tuple[ChainEvent, ...]:
        """Add events in one transaction; they are synced to the disk before this returns.

        Raises SealedError when another window has written meanwhile, ReadOnlyError where the
        folder is full, read-only or gone. Then nothing was written.
        """
        events, head = self._linked(rows)
        try:
            self._check_still_there()
            self._connection.execute("BEGIN IMMEDIATE")
            if self._read_head() != self.head:
                raise SealedError(
                    "This reading is also open in another window, which has gone on. "
                    "Close this one and continue there."
                )
            self._insert(events, head)
            self._connection.execute("COMMIT")
        except (sqlite.Error, OSError) as error:
            raise ReadOnlyError(_sentence(error, self._folder)) from error
        finally:
            self._roll_back()
        self.head = self.kept_head = head
        self.events = (*self.events, *events)
        self._unfolded += len(events)
        return events

    def fold(self, *, at_least: int = 1) -> None:
        """Fold the write-ahead log into the file once it holds `at_least` events.

        The answers are on the disk without it. What another program holds up waits until later.
        """
        if self._unfolded >= at_least:
            with contextlib.suppress(sqlite.Error):
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
                self._unfolded = 0

    def close(self) -> None:
        """Close the file; the write-ahead log is folded into it."""
        self._connection.close()

    def _linked(self, rows: Sequence[Row]) -> tuple[tuple[ChainEvent, ...], ChainHead]:
        events, head = [], self.head
        for row in rows:
            event = link(head, row.kind, row.trial_id, row.payload, row.at, row.monotonic_ns)
            head = ChainHead(event.sequence, event.hash)
            events.append(event)
        return tuple(events), head

    def _insert(self, events: tuple[ChainEvent, ...], head: ChainHead) -> None:
        self._connection.executemany(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)", [astuple(event) for event in events]
        )
        self._connection.execute(
            "UPDATE head SET count = ?, hash = ? WHERE id = 1", (head.count, head.hash)
        )

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.rollback()

    def _read_head(self) -> ChainHead:
        count, text = self._connection.execute("SELECT count, hash FROM head").fetchone()
        return ChainHead(int(count), str(text))

    def _refuse_foreign_schema(self) -> None:
        """A missing guard is left to the chain; a view or trigger of others could do anything."""
        found = {row[0] for row in self._connection.execute("SELECT sql FROM sqlite_master")}
        if not found <= set(_TABLES):
            raise ValueError("tables of another program")

    def _check_still_there(self) -> None:
        """A deleted file can still be written to: its answers would be lost without a word."""
        if self._path.stat().st_ino != self._inode:
            raise FileNotFoundError(self._path)


def create_log(folder: Path, contents: str, events: Sequence[ChainEvent] = ()) -> None:
    """Make the log of a package whose contents are `contents` (canonical JSON).

    `events` are those of a verified chain, for a copy: it holds them and nothing else.
    """
    connection = _connect(folder / FILE_NAME)
    try:
        connection.execute("BEGIN IMMEDIATE")
        for statement in _TABLES:
            connection.execute(statement)
        connection.execute("INSERT INTO contents VALUES (1, ?)", (contents,))
        connection.execute("INSERT INTO head VALUES (1, 0, ?)", (digest(contents),))
        connection.executemany(_INSERT, (_columns(event) for event in events))
        if events:
            connection.execute(_MOVE_HEAD, (events[-1].sequence, events[-1].hash))
        connection.execute("COMMIT")
    except sqlite.Error as error:
        raise ReadOnlyError(_sentence(error, folder)) from error
    finally:
        connection.close()


def answers_given(folder: Path, step: int = 1) -> int:
    """Trials of a package with an answer, also while it is being read; 0 where it cannot be read.

    `step` 2 counts those answered after the opinion (aided reading).

    A count for a list of readers: nothing is verified, `ReadingPackage.open` does that.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return 0
    try:
        with contextlib.closing(sqlite.connect(path, timeout=0.2, isolation_level=None)) as log:
            row = log.execute(
                "SELECT COUNT(DISTINCT trial_id) FROM event WHERE kind = 'response' "
                "AND COALESCE(json_extract(payload, '$.step'), 1) >= ?",
                (step,),
            ).fetchone()
    except sqlite.Error:
        return 0
    return int(row[0])


def answers_standing(folder: Path, contents: PackageContents) -> int:
    """Like `answers_given`, without those of a training that was not passed."""
    path, standing = folder / FILE_NAME, Standing(contents)
    if not path.is_file():
        return 0
    try:
        with contextlib.closing(sqlite.connect(path, timeout=0.2, isolation_level=None)) as log:
            rows = log.execute(
                "SELECT sequence, kind, trial_id, payload, at, monotonic_ns, hash "
                "FROM event WHERE kind IN ('response', 'undo') ORDER BY sequence"
            )
            for row in rows:
                standing.replay(_event(row))
    except (sqlite.Error, TypeError, ValueError, StudyError):
        return 0
    return standing.answered


def _columns(event: ChainEvent) -> tuple[object, ...]:
    return (
        event.sequence,
        event.kind,
        event.trial_id,
        event.payload,
        event.at,
        event.monotonic_ns,
        event.hash,
    )


def _event(row: tuple[object, ...]) -> ChainEvent:
    """A row as read; a value of another type than we write breaks the chain at its own row."""
    sequence, kind, trial_id, payload, at, ticks, link_hash = row
    return ChainEvent(
        _number(sequence), str(kind), str(trial_id), str(payload), str(at), _number(ticks),
        str(link_hash),
    )  # fmt: skip


def _number(value: object) -> int:
    return value if isinstance(value, int) else -1


def _connect(path: Path) -> sqlite.Connection:
    try:
        connection = sqlite.connect(path, timeout=5.0, isolation_level=None)
        connection.execute("PRAGMA trusted_schema = OFF")
        safe = sqlite.sqlite_version_info >= _SAFE_WAL
        connection.execute(f"PRAGMA journal_mode = {'WAL' if safe else 'TRUNCATE'}")
        connection.execute(f"PRAGMA synchronous = {'FULL' if safe else 'EXTRA'}")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # see `PackageLog.fold`
    except sqlite.DatabaseError as error:
        raise NotAStudyError(
            f"The reading package {path.parent.name} cannot be opened: {error}. "
            "Check that its folder can be written, or ask the coordinator for a new one."
        ) from error
    return connection


def _sentence(error: Exception, folder: Path) -> str:
    text = str(error)
    if "full" in text or "No space" in text:
        why = "the disk is full. Free some space"
    elif "readonly" in text or "Read-only" in text:
        why = "the folder is read-only. Make it writable"
    elif "locked" in text:
        why = "another program holds the file. Close it"
    else:
        why = f"the folder cannot be written ({text}). Check that the disk is connected"
    return f"Not saved in {folder}: {why}, then answer again. Nothing given before is lost."
