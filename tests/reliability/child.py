"""The process that is cut off: it reads, or takes answers in, and tells what was acknowledged.

    child.py read FOLDER SEED JOURNAL    a scripted reading from end to end
    child.py serve                       forks a process for each line of the standard input

JOURNAL is `product`, or a weaker setting of SQLite to hold against it: `wal-normal`, `delete-full`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from reliability.scripted_reading import Saved, read

from studies.package import log

WEAKER = {
    "wal-normal": ("PRAGMA synchronous = NORMAL",),
    "delete-full": ("PRAGMA journal_mode = DELETE", "PRAGMA synchronous = FULL"),
}
GO = "go"


def main(arguments: list[str]) -> None:
    """Do what the command line says."""
    if arguments[0] == "serve":
        serve()
        return
    folder, seed, journal = arguments[1:]
    weaken(WEAKER.get(journal, ()))
    read(Path(folder), int(seed), tell)


def weaken(pragmas: tuple[str, ...]) -> None:
    """Set the product's connections otherwise, after it has set them itself."""
    original = log._connect

    def connect(path: Path) -> log.sqlite.Connection:
        connection = original(path)
        for pragma in pragmas:
            connection.execute(pragma)
        return connection

    log._connect = connect


def tell(words: Saved | str) -> None:
    """One line, in one system call."""
    os.write(1, f"{words}\n".encode())


def hear() -> str:
    """The next line; the other side sends one at a time. "" at the end."""
    return os.read(0, 4096).decode().strip()


def wait() -> None:
    """Until the other side says go."""
    if hear() != GO:
        sys.exit(1)


def serve() -> None:
    """Fork for each line `read FOLDER SEED` or `merge STUDY READER`; a late go is passed over."""
    deeds: dict[str, Callable[[str, str], None]] = {"read": _read, "merge": _merge}
    import studies.reading  # noqa: F401 (imported once, before the forks)

    tell("ready")
    while line := hear():
        name, *rest = line.splitlines()[-1].split("\t")
        if name not in deeds:
            continue
        pid = os.fork()
        if pid == 0:
            deeds[name](*rest)
            hear()  # until it is killed
            os._exit(0)
        tell(f"process {pid}")
        os.waitpid(pid, 0)
        tell("ended")


def _read(folder: str, seed: str) -> None:
    wait()
    read(Path(folder), int(seed), tell, wait)


def _merge(folder: str, reader: str) -> None:
    from studies import reading
    from studies.store import Store

    wait()
    with Store.open(Path(folder)) as store:
        tell("open")
        wait()
        reading.merge(store, int(reader))
        tell("merged")


if __name__ == "__main__":
    main(sys.argv[1:])
