"""One coordinator a study: a lock that dies with its process and says who holds it."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

FAR = 1 << 20  # the locked byte, beyond the words, which stay readable on Windows


class FolderLock:
    """The lock file of a study folder; held from a successful `take` to `release`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def take(self) -> bool:
        """Takes the lock; False when another program (or window) holds it."""
        stream = self._path.open("a+b", buffering=0)
        if not _lock(stream):
            stream.close()
            return False
        self._file = stream
        self._sign(stream)
        return True

    @staticmethod
    def _sign(stream: BinaryIO) -> None:
        """On a full disk the lock holds all the same; it only cannot say who has it."""
        with suppress(OSError):
            stream.truncate(0)
            stream.write(me().encode())

    def holder(self) -> str:
        """Who holds the lock, in words."""
        words = self._path.read_bytes().decode(errors="replace").strip()
        return words or "another program"

    def release(self) -> None:
        """Lets go; harmless when not held."""
        if self._file is not None:
            _unlock(self._file)
            self._file.close()
            self._file = None


def me() -> str:
    """This user on this computer, as another coordinator will read it."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        user = "unnamed user"
    return f"{user} on {socket.gethostname()} (process {os.getpid()})"


if sys.platform == "win32":
    import msvcrt

    def _lock(stream: BinaryIO) -> bool:
        stream.seek(FAR)
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(stream: BinaryIO) -> None:
        stream.seek(FAR)
        msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(stream: BinaryIO) -> bool:
        try:
            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(stream: BinaryIO) -> None:
        fcntl.flock(stream.fileno(), fcntl.LOCK_UN)
