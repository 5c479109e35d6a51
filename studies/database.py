"""SQLite as a study uses it: durable, foreign keys on, every write one immediate transaction.

WAL + synchronous=FULL lost no acknowledged row in simulated power cuts. SQLite below 3.51.3 can
lose pages when a WAL is reset under load, and WAL needs shared memory that network folders lack:
both get TRUNCATE + EXTRA.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import QueuePool

from studies.errors import NotAStudyError, ReadOnlyError, StudyError

try:
    import pysqlite3.dbapi2 as pysqlite3
except ImportError:  # Windows and macOS: Python's own
    pysqlite3 = None

WAIT_SECONDS = 10.0
SAFE_WAL = (3, 51, 3)


def sqlite_module() -> ModuleType:
    """pysqlite3 where it is installed (Linux), else Python's sqlite3."""
    return pysqlite3 if pysqlite3 is not None else sqlite3


def journal_mode(on_network: bool) -> tuple[str, str]:
    """(journal_mode, synchronous) that survive a power cut with this SQLite on this folder."""
    safe = sqlite_module().sqlite_version_info >= SAFE_WAL
    return ("WAL", "FULL") if safe and not on_network else ("TRUNCATE", "EXTRA")


def open_engine(
    path: Path, *, read_only: bool, on_network: bool = False, foreign_keys: bool = True
) -> Engine:
    """The engine of one SQLite file, which must exist; an empty file is a new database.

    `connection.execution_options(begin="IMMEDIATE")` takes the write lock at BEGIN. Migrations
    rebuild tables that others point to and go without `foreign_keys`.
    """

    def connect() -> Any:
        if read_only:
            return _connect_read_only(path)
        return _connect(path, journal_mode(on_network), foreign_keys)

    engine = create_engine(
        "sqlite+pysqlite://",
        module=sqlite_module(),
        creator=connect,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=24,
    )
    event.listen(engine, "begin", _begin)
    return engine


def _connect(path: Path, mode: tuple[str, str], foreign_keys: bool) -> Any:
    """`mode=rw`: a study that vanished must not come back as an empty file."""
    connection = _plain(path.as_uri() + "?mode=rw")
    try:
        connection.execute(f"PRAGMA journal_mode = {mode[0]}")
        connection.execute(f"PRAGMA synchronous = {mode[1]}")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
    except sqlite_module().Error:
        connection.close()
        raise
    return connection


def _connect_read_only(path: Path) -> Any:
    """Beside a writer its WAL is shared; in a folder that cannot be written the file is fixed.

    A fixed file is read without its WAL, so one that still has rows there is refused.
    """
    connection = _plain(path.as_uri() + "?mode=ro")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite_module().OperationalError:
        connection.close()
        if _has_wal(path):
            raise
        return _plain(path.as_uri() + "?mode=ro&immutable=1")
    except sqlite_module().Error:
        connection.close()
        raise
    return connection


def _has_wal(path: Path) -> bool:
    wal = path.with_name(f"{path.name}-wal")
    return wal.exists() and wal.stat().st_size > 0


def _plain(uri: str) -> Any:
    return sqlite_module().connect(
        uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
    )


def _begin(connection: Connection) -> None:
    kind = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {kind}")


@contextmanager
def in_words(folder: Path) -> Iterator[None]:
    """Turns what the database says into a sentence that names the study's folder."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise _sentence(str(error.orig).lower(), folder) from error
    except sqlite_module().Error as error:
        raise _sentence(str(error).lower(), folder) from error
    except OSError as error:
        raise StudyError(
            f"{folder} could not be used ({error.strerror}). Check the disk, then try again."
        ) from error


_SENTENCES: tuple[tuple[str, type[StudyError], str], ...] = (
    (
        "full",
        StudyError,
        "The disk of {folder} is full. Nothing was lost, the last change was not saved: make "
        "room, then do it again.",
    ),
    (
        "readonly",
        ReadOnlyError,
        "{folder} cannot be written. Ask for write access or copy the study to another folder; "
        "the last change was not saved.",
    ),
    (
        "locked",
        StudyError,
        "Another program is writing to {folder}. The last change was not saved: try again in a "
        "moment.",
    ),
    (
        "not a database",
        NotAStudyError,
        "{folder} holds a study.sqlite that is no study. Open another folder.",
    ),
    (
        "malformed",
        NotAStudyError,
        "The study in {folder} is damaged. Restore the newest copy from its backup folder.",
    ),
    (
        "no such table",
        NotAStudyError,
        "{folder} holds a study.sqlite of another program. Open another folder.",
    ),
    (
        "unable to open",
        StudyError,
        "{folder} cannot be reached. Check that the disk is connected, then open it again.",
    ),
    (
        "disk i/o",
        StudyError,
        "The disk of {folder} does not answer. The last change was not saved: check the disk, "
        "then try again.",
    ),
)


def _sentence(reason: str, folder: Path) -> Exception:
    for words, kind, sentence in _SENTENCES:
        if words in reason:
            return kind(sentence.format(folder=folder))
    return StudyError(f"The study in {folder} could not be used ({reason}).")
