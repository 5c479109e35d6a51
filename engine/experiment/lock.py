"""One program at a time on an experiment's folder."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from engine.errors import EngineError

LOCK = "experiment.lock"
_FAR = 1 << 30
"""The byte Windows locks: far behind the words, which stay readable."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder; EngineError saying who holds it.

    The system's own lock is taken, which ends with its holder, even by kill -9: the file that a
    dead program leaves is simply taken over.
    """
    path = folder / LOCK
    with path.open("a+b") as file:
        if not _lock(file):
            raise EngineError(
                f"This experiment runs already: {_words(path)}. Wait for it, stop it there, or "
                "choose another folder."
            )
        try:
            file.truncate(0)
            file.write(_me().encode())
            file.flush()
            yield
        finally:
            file.truncate(0)
            _unlock(file)


def _words(path: Path) -> str:
    words = path.read_bytes().decode(errors="replace").strip("\0 \n")
    return words or "another program has just begun it"


def _me() -> str:
    since = datetime.now().astimezone().isoformat(sep=" ", timespec="minutes")
    return f"process {os.getpid()} on {platform.node()}, since {since}"


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> bool:
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: BinaryIO) -> None:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks: nobody can be told apart there
            return True
        return True

    def _unlock(file: BinaryIO) -> None:
        with suppress(OSError):
            fcntl.flock(file.fileno(), fcntl.LOCK_UN)
