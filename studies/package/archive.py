"""Zips that travel: written alike every time, and judged whole before anything is unpacked.

Members are stored, not compressed: how far a picture can be packed would tell readers apart which
pictures are smooth. A zip that somebody packed anew is read as well.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from studies.errors import ImportRefusedError, ReadOnlyError
from studies.files import sync_folder

_STEP = 1 << 20
_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX, _PLAIN_FILE = 3, (stat.S_IFREG | 0o644) << 16
_BOMB_FROM, _BOMB_RATIO = 8 << 20, 200
_ENCRYPTED = 0x1
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, NotImplementedError,
    ValueError, OverflowError, KeyError, IndexError, MemoryError,
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """What a zip may hold: a pattern that every name keeps to, how many members, how many bytes."""

    names: re.Pattern[str]
    members: int
    member_bytes: int
    total_bytes: int


class CheckedZip:
    """An open zip whose list of members was judged; `checked_zip` makes one."""

    def __init__(self, path: Path, packed: zipfile.ZipFile, limits: Limits) -> None:
        self._path = path
        self._packed = packed
        self._members = _judged(path, packed.infolist(), limits)

    @property
    def names(self) -> tuple[str, ...]:
        """The members' names, in order of the alphabet."""
        return tuple(sorted(self._members))

    def read_through(self) -> None:
        """Read every member to its end without keeping it: what is cut off or damaged shows."""
        for name in self.names:
            for _ in self._chunks(name):
                pass

    def read(self, name: str) -> bytes:
        """A member's bytes; ImportRefusedError where it is absent or damaged."""
        return b"".join(self._chunks(name))

    def write(self, name: str, target: Path) -> None:
        """Write a member to a new file, on the disk when this returns. Raises OSError."""
        with target.open("xb") as file:
            for chunk in self._chunks(name):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        os.utime(target, (0, 0))

    def _chunks(self, name: str) -> Iterator[bytes]:
        """A member piece by piece, never more than it claimed."""
        member = self._members.get(name)
        if member is None:
            raise ImportRefusedError(f"{self._path.name} lacks its {name}. Ask for it anew.")
        left = member.file_size
        with _foreign(self._path), self._packed.open(member) as file:
            while chunk := file.read(min(_STEP, left + 1)):
                left -= len(chunk)
                if left < 0:
                    break
                yield chunk
        if left:
            raise _damaged(self._path)


@contextmanager
def checked_zip(path: Path, limits: Limits) -> Iterator[CheckedZip]:
    """A zip from elsewhere, its members judged by name, kind, number and size; nothing is written.

    Raises ImportRefusedError for names outside `limits` (so for any that lead elsewhere), names
    that occur twice, links, encrypted members, other compression than deflate, and bombs.
    """
    if not path.is_file():
        raise ImportRefusedError(f"There is no file {path}. Check the path.")
    with _foreign(path):
        packed = zipfile.ZipFile(path)
    with packed:
        yield CheckedZip(path, packed, limits)


def write_zip(path: Path, members: Sequence[tuple[str, Path | bytes]]) -> Path:
    """Write `members` (name, file or bytes) as a zip that is whole or not there.

    The same members give the same bytes: names in order, one date, one mode, nothing compressed.
    Raises ReadOnlyError where the folder is full, read-only or gone.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
                for name, content in sorted(members, key=lambda member: member[0]):
                    _add(packed, name, content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise ReadOnlyError(
            f"{path.name} could not be written to {path.parent} ({error.strerror}). Free some "
            "space or choose another folder."
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return path


def _add(packed: zipfile.ZipFile, name: str, content: Path | bytes) -> None:
    member = zipfile.ZipInfo(name, _DATE)
    member.create_system, member.external_attr = _UNIX, _PLAIN_FILE
    if isinstance(content, bytes):
        packed.writestr(member, content)
        return
    member.file_size = content.stat().st_size  # known beforehand: more than 2 GiB may follow
    with content.open("rb") as source, packed.open(member, "w") as target:
        _copy(source, target)


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    while chunk := source.read(_STEP):
        target.write(chunk)


def _judged(
    path: Path, members: list[zipfile.ZipInfo], limits: Limits
) -> dict[str, zipfile.ZipInfo]:
    if not members:
        raise ImportRefusedError(f"{path.name} is empty. Ask for it anew.")
    if len(members) > limits.members:
        raise ImportRefusedError(
            f"{path.name} holds {len(members)} files, more than it can need; it is not opened."
        )
    for member in members:
        _judge(path, member, limits)
    if len({member.filename for member in members}) < len(members):
        raise ImportRefusedError(f"{path.name} holds two files of one name; it is not opened.")
    total, packed = sum(member.file_size for member in members), path.stat().st_size
    if total > limits.total_bytes or (total > _BOMB_FROM and total > _BOMB_RATIO * packed):
        raise ImportRefusedError(
            f"{path.name} would unpack to {total >> 20} MB from {packed >> 20} MB; it is not "
            "opened."
        )
    return {member.filename: member for member in members}


def _judge(path: Path, member: zipfile.ZipInfo, limits: Limits) -> None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        why = f"a link or folder ({member.filename!r})"
    elif not limits.names.fullmatch(member.orig_filename):
        why = f"a file that does not belong there ({member.orig_filename!r})"
    elif member.flag_bits & _ENCRYPTED:
        why = "a file that is locked with a password"
    elif member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        why = "a file that is compressed in a way not used here"
    elif member.file_size > limits.member_bytes:
        why = f"a file larger than {limits.member_bytes >> 20} MB ({member.filename!r})"
    else:
        return
    raise ImportRefusedError(f"{path.name} holds {why}; nothing of it was opened.")


@contextmanager
def _foreign(path: Path) -> Iterator[None]:
    """Whatever is wrong with a zip from elsewhere is one sentence."""
    try:
        yield
    except _DAMAGE as error:
        raise _damaged(path) from error
    except OSError as error:
        if error.errno is None or error.strerror is None or error.filename is None:
            raise _damaged(path) from error  # as a seek before the beginning
        raise ImportRefusedError(f"{path} cannot be read ({error.strerror}).") from error


def _damaged(path: Path) -> ImportRefusedError:
    return ImportRefusedError(
        f"{path.name} is damaged, cut off or no zip. Copy it again from where it was made, or ask "
        "for a new one."
    )
