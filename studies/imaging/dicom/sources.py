"""Which files an import is made of: folders walked, zips unpacked, DICOMDIRs followed."""

from __future__ import annotations

import shutil
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from studies.errors import ImportRefusedError
from studies.records import FileVerdict

LARGEST_FILE = 2 << 30
LARGEST_ZIP = 16 << 30
MOST_MEMBERS = 200_000
BOMB_RATIO, BOMB_FROM = 200, 50 << 20


@dataclass(frozen=True)
class Source:
    """One file to look at; `name` is how it is listed, `place` the folder it is grouped by."""

    name: str
    path: Path
    place: str


def sources(paths: tuple[Path, ...], workspace: Path) -> Iterator[Source | FileVerdict]:
    """Every file below these paths once; zips are unpacked below `workspace`.

    A path that gives no file gets a verdict with the reason.
    """
    seen: set[Path] = set()
    for number, path in enumerate(paths):
        for found in _below(path, workspace / str(number)):
            if isinstance(found, FileVerdict):
                yield found
            elif (resolved := found.path.resolve()) not in seen:
                seen.add(resolved)
                yield found


def _below(path: Path, workspace: Path) -> Iterator[Source | FileVerdict]:
    if path.is_dir():
        yield from _folder(path, workspace)
    elif path.is_file():
        yield from _file(path, str(path), workspace)
    else:
        yield _refused(str(path), "There is no such file or folder. Check the path.")


def _folder(folder: Path, workspace: Path) -> Iterator[Source | FileVerdict]:
    empty = True
    for number, path in enumerate(sorted(folder.rglob("*"))):
        if path.is_symlink() or not path.is_file():
            continue
        empty = False
        yield from _file(path, str(path), workspace / str(number))
    if empty:
        yield _refused(str(folder), "The folder is empty.")


def _file(path: Path, name: str, workspace: Path) -> Iterator[Source | FileVerdict]:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        yield _refused(name, f"The file cannot be read ({error.strerror}).")
        return
    if size > LARGEST_FILE and start != b"PK\x03\x04":
        yield _refused(name, "The file is larger than 2 GB, more than a CT series takes.")
    elif start in (b"PK\x03\x04", b"PK\x05\x06"):
        yield from _zip(path, name, workspace)
    else:
        yield Source(name, path, str(PurePosixPath(name).parent))


def _zip(path: Path, name: str, workspace: Path) -> Iterator[Source | FileVerdict]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = checked_members(archive)
            if not members:
                yield _refused(name, "The zip is empty.")
            for number, member in enumerate(members):
                inner = f"{name}/{member.filename}"
                target = workspace / f"{number:06d}"
                _unpack(archive, member, target)
                if member.filename.lower().endswith(".zip"):
                    yield _refused(inner, "A zip inside a zip is not opened. Unpack it first.")
                else:
                    yield Source(inner, target, str(PurePosixPath(inner).parent))
    except ImportRefusedError as error:
        yield _refused(name, str(error))
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        yield _refused(name, f"The zip is damaged or protected by a password ({error}).")


def checked_members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The zip's files, judged before anything is written.

    Raises ImportRefusedError for names that lead outside, links, names that occur twice, and
    bombs (total size, ratio, number of members).
    """
    infos = archive.infolist()
    files = [info for info in infos if not info.is_dir()]
    if len(infos) > MOST_MEMBERS:
        raise ImportRefusedError(f"The zip has {len(infos)} members, more than a study needs.")
    for info in infos:
        _check_member(info)
    if len({info.filename.casefold() for info in files}) < len(files):
        raise ImportRefusedError("The zip holds two files of one name. Pack it again.")
    total = sum(info.file_size for info in files)
    packed = max(1, sum(info.compress_size for info in files))
    if total > LARGEST_ZIP or (total > BOMB_FROM and total / packed > BOMB_RATIO):
        raise ImportRefusedError(
            f"The zip would unpack to {total >> 20} MB from {packed >> 20} MB; it is not opened."
        )
    return files


def _check_member(info: zipfile.ZipInfo) -> None:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[:1]:
        raise ImportRefusedError(
            f"The zip holds a name that leads outside its folder ({info.filename!r})."
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise ImportRefusedError(f"The zip holds a link ({info.filename!r}); links are refused.")


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """Write one member under our own name, never more than it claims."""
    if member.file_size > LARGEST_FILE:
        raise ImportRefusedError(f"{member.filename!r} in the zip is larger than 2 GB.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as packed, target.open("wb") as file:
        shutil.copyfileobj(packed, file, 1 << 20)
    if target.stat().st_size != member.file_size:
        raise ImportRefusedError(f"{member.filename!r} in the zip is damaged.")


def _refused(name: str, reason: str) -> FileVerdict:
    return FileVerdict(name, "left_out", reason)
