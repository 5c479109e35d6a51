"""Which files an import is made of: folders walked, zips unpacked, DICOMDIRs followed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from studies.imaging.dicom.directory import follow_index
from studies.imaging.dicom.listing import Source, refused, spelled
from studies.imaging.dicom.zips import LARGEST_FILE, Room, is_zip, unpacked
from studies.records import FileVerdict

_GONE = "There is no such file or folder. Check the path."
_SPECIAL = "Neither a file nor a folder (a pipe, socket or device); it is not opened."
_LINKED = "A link to a folder is not followed. Import that folder itself."
_BROKEN = "A link that leads nowhere."


def sources(paths: tuple[Path, ...], workspace: Path) -> Iterator[Source | FileVerdict]:
    """Every file below these paths once; zips are unpacked below `workspace`.

    A path that gives no file gets a verdict with the reason. A DICOMDIR stands for the files it
    names, also where they lie in other letters' case; those that are missing are listed.
    """
    seen: dict[Path, str] = {}
    room = Room()
    for number, path in enumerate(paths):
        for found in _below(path, workspace / str(number), room):
            if isinstance(found, FileVerdict):
                yield found
            elif (resolved := found.path.resolve()) not in seen:
                seen[resolved] = found.name
                yield from _followed(found, seen)
            elif seen[resolved] != found.name:
                yield from _named_twice(found, resolved, seen)


def _followed(found: Source, seen: dict[Path, str]) -> Iterator[Source | FileVerdict]:
    """The file itself; or an index' verdict, and those of its files not seen before."""
    for one in follow_index(found):
        if isinstance(one, FileVerdict) or one is found:
            yield one
        elif (resolved := one.path.resolve()) not in seen:
            seen[resolved] = ""  # if the folder names it too, that is no second file
            yield one


def _named_twice(
    found: Source, resolved: Path, seen: dict[Path, str]
) -> Iterator[Source | FileVerdict]:
    if seen[resolved]:
        yield refused(found.name, f"The same file as {seen[resolved]}.")
    elif found.path.is_symlink():
        yield refused(found.name, "A link to a file that is in this import already.")


def _below(path: Path, workspace: Path, room: Room) -> Iterator[Source | FileVerdict]:
    try:
        if path.is_dir():
            yield from _folder(path, workspace, room)
        elif path.is_file():
            yield from _file(path, workspace, room)
        else:
            yield refused(spelled(path), _SPECIAL if path.exists() else _GONE)
    except (OSError, ValueError) as error:  # a name the system refuses
        yield refused(spelled(path), f"The path cannot be read ({_cause(error)}).")


def _folder(folder: Path, workspace: Path, room: Room) -> Iterator[Source | FileVerdict]:
    """All below a folder, by name; folders wait on a stack, so that depth costs nothing."""
    waiting, number, is_empty = [folder], 0, True
    while waiting:
        standing = waiting.pop()
        try:
            entries = sorted(os.scandir(standing), key=lambda entry: entry.name)
        except OSError as error:
            is_empty = False
            yield refused(spelled(standing), f"The folder cannot be read ({_cause(error)}).")
            continue
        inner: list[Path] = []
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                inner.append(Path(entry.path))
            else:
                is_empty, number = False, number + 1
                yield from _entry(entry, workspace / str(number), room)
        waiting += reversed(inner)
    if is_empty:
        yield refused(spelled(folder), "The folder is empty.")


def _entry(entry: os.DirEntry[str], workspace: Path, room: Room) -> Iterator[Source | FileVerdict]:
    path = Path(entry.path)
    try:
        is_file, is_folder = entry.is_file(), entry.is_dir()
    except OSError:  # a link in a circle
        is_file = is_folder = False
    if is_file:
        yield from _file(path, workspace, room)
    elif entry.is_symlink():
        yield refused(spelled(path), _LINKED if is_folder else _BROKEN)
    else:
        yield refused(spelled(path), _SPECIAL)


def _file(path: Path, workspace: Path, room: Room) -> Iterator[Source | FileVerdict]:
    name = spelled(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(132)
    except OSError as error:
        yield refused(name, f"The file cannot be read ({_cause(error)}).")
        return
    if is_zip(start):
        yield from unpacked(path, name, workspace, room)
    elif size > LARGEST_FILE:
        yield refused(name, "The file is larger than 2 GB, more than a CT series takes.")
    else:
        yield Source(name, path, str(PurePosixPath(name).parent))


def _cause(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or "its name is unusable"
