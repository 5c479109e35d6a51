"""What a disk may hold after the power went: a model of files, names and what was synced.

What was written before a file's last sync is there. Each later write is there or not by a coin,
whole or torn, in whole sectors of 512 bytes as the page cache held them; the last one may be torn
after any sector. A name that was made, moved or removed is so on the disk once its folder was
synced, else by a coin too, but never without an earlier change of the same name. That is stricter
than ext4 with data=ordered, whose journal also keeps the order among different names.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

SECTOR = 512
FOLDER = -1  # in place of a file's number


@dataclass(frozen=True)
class Write:
    """Bytes written to a file at an offset."""

    file: int
    offset: int
    data: bytes


@dataclass(frozen=True)
class Truncate:
    """A file's new length."""

    file: int
    size: int


@dataclass(frozen=True)
class Sync:
    """fsync or fdatasync of a file."""

    file: int


@dataclass(frozen=True)
class Renaming:
    """Names that change in one step: (path, file, FOLDER, or None where it is gone)."""

    changes: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True)
class FolderSync:
    """fsync of a folder: its names are on the disk."""

    folder: str


@dataclass(frozen=True)
class Said:
    """A line on the standard output."""

    line: str


Operation = Write | Truncate | Sync | Renaming | FolderSync | Said


@dataclass(frozen=True)
class StoredFile:
    """A file below the recorded folder: its path there, its number, its bytes."""

    path: str
    file: int
    data: bytes


@dataclass
class _Content:
    """A file: what is on the disk for sure, and what was written since."""

    durable: bytearray
    pending: list[Write | Truncate] = field(default_factory=list)

    def sync(self) -> None:
        for change in self.pending:
            _apply(self.durable, change)
        self.pending.clear()

    def cached(self) -> bytes:
        whole = bytearray(self.durable)
        for change in self.pending:
            _apply(whole, change)
        return bytes(whole)

    def survivor(self, chance: float, rng: random.Random, last: Operation | None) -> bytes:
        cache, disk = bytearray(self.durable), bytearray(self.durable)
        for change in self.pending:
            _apply(cache, change)
            if isinstance(change, Truncate):
                if rng.random() < chance:
                    _apply(disk, change)
                continue
            for sector in _surviving(change, chance, rng, change is last):
                _copy_sector(cache, disk, sector)
        return bytes(disk)


class Disk:
    """Files and names while operations go by; `after_power_cut` draws what is left of them."""

    def __init__(self, files: Iterable[StoredFile]) -> None:
        self._contents: dict[int, _Content] = {}
        self._names: dict[str, int | None] = {}
        self._folders: set[str] = set()  # made while operations went by
        self._renamings: list[Renaming] = []
        self._last: Operation | None = None
        for one in files:
            self._contents[one.file] = _Content(bytearray(one.data))
            self._names[one.path] = one.file

    def do(self, operation: Operation) -> None:
        """One more operation has happened."""
        self._last = operation
        if isinstance(operation, Write | Truncate):
            self._content(operation.file).pending.append(operation)
        elif isinstance(operation, Sync):
            self._content(operation.file).sync()
        elif isinstance(operation, Renaming):
            self._renamings.append(operation)
            self._folders |= {path for path, file in operation.changes if file == FOLDER}
        elif isinstance(operation, FolderSync):
            self._sync_names(operation.folder)

    def after_power_cut(self, rng: random.Random) -> tuple[StoredFile, ...]:
        """One state that the disk may be in if the power goes now."""
        chance = rng.random()
        names, torn = dict(self._names), set[str]()
        for renaming in self._renamings:
            touched = {path for path, _ in renaming.changes}
            if touched & torn or rng.random() >= chance:
                torn |= touched
            else:
                names.update(renaming.changes)
        found = self._files(names)
        kept = {file: self._content(file).survivor(chance, rng, self._last) for _, file in found}
        return tuple(StoredFile(path, file, kept[file]) for path, file in found)

    def shut_down(self) -> tuple[StoredFile, ...]:
        """What every program sees, and what is there after a proper shutdown."""
        names = dict(self._names)
        for renaming in self._renamings:
            names.update(renaming.changes)
        return tuple(
            StoredFile(path, file, self._content(file).cached())
            for path, file in self._files(names)
        )

    def _content(self, file: int) -> _Content:
        return self._contents.setdefault(file, _Content(bytearray()))

    def _sync_names(self, folder: str) -> None:
        """A synced name takes with it every earlier change of the names it touches."""
        wanted, kept, synced = set[str](), list[Renaming](), list[Renaming]()
        for renaming in reversed(self._renamings):
            touched = {path for path, _ in renaming.changes}
            if touched & wanted or any(_parent(path) == folder for path in touched):
                wanted |= touched
                synced.append(renaming)
            else:
                kept.append(renaming)
        for renaming in reversed(synced):
            self._names.update(renaming.changes)
        self._renamings = kept[::-1]

    def _files(self, names: dict[str, int | None]) -> list[tuple[str, int]]:
        """Names of files, but for those in folders that were made and are not there."""
        lost = {folder for folder in self._folders if names.get(folder) != FOLDER}
        return [
            (path, file)
            for path, file in sorted(names.items())
            if file is not None
            and file != FOLDER
            and not lost & {str(above) for above in PurePosixPath(path).parents}
        ]


def _surviving(write: Write, chance: float, rng: random.Random, last: bool) -> list[int]:
    """The sectors of a write that are on the disk."""
    sectors = list(range(write.offset // SECTOR, -(-(write.offset + len(write.data)) // SECTOR)))
    if last:
        return sectors[: rng.randrange(len(sectors) + 1)]
    if rng.random() >= chance:
        return []
    torn = rng.random() < 0.25
    return [sector for sector in sectors if not torn or rng.random() < 0.5]


def _copy_sector(cache: bytearray, disk: bytearray, sector: int) -> None:
    start, end = sector * SECTOR, min((sector + 1) * SECTOR, len(cache))
    if len(disk) < end:
        disk.extend(bytes(end - len(disk)))
    disk[start:end] = cache[start:end]


def _apply(content: bytearray, change: Write | Truncate) -> None:
    if isinstance(change, Truncate):
        del content[change.size :]
        content.extend(bytes(change.size - len(content)))
        return
    end = change.offset + len(change.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[change.offset : end] = change.data


def _parent(path: str) -> str:
    return str(PurePosixPath(path).parent)
