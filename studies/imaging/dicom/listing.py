"""How a file is listed: one name a file, with nothing in it that a terminal or JSON takes ill."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studies.records import FileVerdict


@dataclass(frozen=True)
class Source:
    """One file to look at; `name` is how it is listed, `place` the folder it is grouped by."""

    name: str
    path: Path
    place: str


def spelled(path: Path | str) -> str:
    """A path as text: bytes that are no UTF-8 and control characters as escapes (\\xe9, \\n)."""
    try:
        text = str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half a character, which no name on a disk can hold
        text = ascii(str(path))
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


@dataclass(frozen=True)
class Stamp:
    """How a file looked when it was read: its bytes, and when it was written (ns)."""

    size: int
    written: int


def stamp(path: Path) -> Stamp | None:
    """How a file looks now; None where there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return Stamp(found.st_size, found.st_mtime_ns)


def refused(name: str, reason: str) -> FileVerdict:
    """The verdict on a file that is not looked into."""
    return FileVerdict(name, "left_out", reason)
