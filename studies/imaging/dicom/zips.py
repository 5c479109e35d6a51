"""Zips as they come from an archive: judged before anything is written, then unpacked by file."""

from __future__ import annotations

import errno
import shutil
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from studies.errors import ImportRefusedError
from studies.imaging.dicom.foreign import guarded
from studies.imaging.dicom.listing import Source, refused, spelled
from studies.records import FileVerdict

LARGEST_FILE = 2 << 30
LARGEST_ZIP = 16 << 30
MOST_MEMBERS = 200_000
BOMB_RATIO, BOMB_FROM = 200, 50 << 20
DEEPEST = 3
"""Zips in zips in zips are opened; what is packed deeper is listed, not opened."""

STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ENCRYPTED = 0x1
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


class Room:
    """The bytes that all zips of an import may still unpack to, those inside others included."""

    def __init__(self, left: int = LARGEST_ZIP) -> None:
        self._left = left

    def take(self, size: int, workspace: Path) -> None:
        """ImportRefusedError when so much may not, or cannot, be unpacked any more."""
        if size > self._left:
            raise ImportRefusedError(
                f"The zips together would unpack to more than {LARGEST_ZIP >> 30} GB. Import them "
                "one by one, or unpacked."
            )
        workspace.mkdir(parents=True, exist_ok=True)
        if size > shutil.disk_usage(workspace).free:
            raise ImportRefusedError(
                f"Unpacking takes {size >> 20} MB and the temporary folder {workspace} has "
                "too little room. Unpack the zip on a larger disk and import the folder."
            )
        self._left -= size


def is_zip(start: bytes) -> bool:
    """Whether a file with these first 132 bytes is a zip, not DICOM behind any preamble."""
    return start.startswith(STARTS) and start[128:132] != b"DICM"


def unpacked(
    path: Path, name: str, workspace: Path, room: Room, depth: int = 1
) -> Iterator[Source | FileVerdict]:
    """The files of a zip, each written below `workspace` under a number.

    One member that is damaged, locked or oddly packed is listed and stops no other.
    """
    try:
        archive = guarded(lambda: zipfile.ZipFile(path), "The zip is damaged or cut short.")
        with archive:
            members = guarded(
                lambda: checked_members(archive, path.stat().st_size), "The zip is damaged."
            )
            room.take(sum(member.file_size for member in members), workspace)
            if not members:
                yield refused(name, "The zip is empty.")
            for number, member in enumerate(members):
                inner, target = f"{name}/{spelled(member.filename)}", workspace / f"{number:06d}"
                yield from _member(archive, member, inner, target, room, depth)
    except ImportRefusedError as error:
        yield refused(name, str(error))


def _member(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    name: str,
    target: Path,
    room: Room,
    depth: int,
) -> Iterator[Source | FileVerdict]:
    try:
        _refuse_locked(member)
        guarded(lambda: _unpack(archive, member, target), "It is damaged inside the zip.")
    except ImportRefusedError as error:
        target.unlink(missing_ok=True)
        yield refused(name, str(error))
        return
    with target.open("rb") as file:
        start = file.read(132)
    if not is_zip(start):
        yield Source(name, target, str(PurePosixPath(name).parent))
    elif depth < DEEPEST:
        yield from unpacked(target, name, target.with_suffix(".inside"), room, depth + 1)
        target.unlink(missing_ok=True)
    else:
        yield refused(name, "A zip too deep inside other zips is not opened. Unpack it first.")


def checked_members(archive: zipfile.ZipFile, size: int) -> list[zipfile.ZipInfo]:
    """The zip's files, judged before anything is written; `size` of the zip in bytes.

    Raises ImportRefusedError for names that lead outside, links, names that occur twice, members
    that share their bytes, and bombs (total size, ratio, number of members).
    """
    infos = archive.infolist()
    files = [info for info in infos if not info.is_dir()]
    if len(infos) > MOST_MEMBERS:
        raise ImportRefusedError(f"The zip has {len(infos)} members, more than a study needs.")
    for info in infos:
        _check_member(info)
    if len({info.filename.casefold() for info in files}) < len(files):
        raise ImportRefusedError("The zip holds two files of one name. Pack it again.")
    total, packed = (sum(i.file_size for i in files), sum(i.compress_size for i in files))
    if packed > size:
        raise ImportRefusedError("The zip's files share their bytes, as bombs do; not opened.")
    if total > LARGEST_ZIP or (total > BOMB_FROM and total / max(1, packed) > BOMB_RATIO):
        raise ImportRefusedError(
            f"The zip would unpack to {total >> 20} MB from {packed >> 20} MB; it is not opened."
        )
    return files


def _check_member(info: zipfile.ZipInfo) -> None:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    has_drive = any(part[1:2] == ":" for part in path.parts[:1])
    if path.is_absolute() or ".." in path.parts or has_drive:
        raise ImportRefusedError(
            f"The zip holds a name that leads outside its folder ({spelled(info.filename)})."
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise ImportRefusedError(
            f"The zip holds a link ({spelled(info.filename)}); links are refused."
        )


def _refuse_locked(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & _ENCRYPTED:
        raise ImportRefusedError("It is protected by a password. Unpack the zip first.")
    if member.compress_type not in _READABLE:
        raise ImportRefusedError(
            f"It is packed by a method (number {member.compress_type}) that is not read here. "
            "Unpack the zip first."
        )
    if member.file_size > LARGEST_FILE:
        raise ImportRefusedError("It is larger than 2 GB, more than a CT series takes.")


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """Write one member under our own name, never more than it claims."""
    try:
        with archive.open(member) as packed, target.open("wb") as file:
            shutil.copyfileobj(packed, file, 1 << 20)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ImportRefusedError(
                f"There is no room left in {target.parent} to unpack it. Make room and try again."
            ) from error
        raise
    if target.stat().st_size != member.file_size:
        raise ImportRefusedError("It is damaged inside the zip.")
