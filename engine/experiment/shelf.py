"""How a run's inputs reach a worker: by path on the same disk, else as bytes, once a machine.

An order to another machine first names its inputs by hash only. A worker that has one of them not
answers `Missing`, and the order comes again with the bytes, which are then kept on the machine's
shelf: a folder in its temporary folder that only this user can read, emptied when the worker ends
or after a day.
"""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
import time
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from engine.errors import EngineError
from engine.experiment.record import file_hash

KEPT_S = 24 * 3600.0
"""An input nobody asked for in this time is dropped, s."""


@dataclass(frozen=True)
class Input:
    """A file a run needs: its name in the order, its SHA-256, and one of its path or its bytes.

    A far worker is told no path: what lies there on its own disk is none of ours.
    """

    name: str
    sha256: str
    path: str
    content: bytes | None = field(default=None, repr=False)

    @staticmethod
    def of(name: str, path: Path) -> Input:
        """The file by name and hash only; OSError where it cannot be read."""
        return Input(name, file_hash(path), str(path.resolve()))

    def far(self) -> Input:
        """The same for a worker on another machine."""
        return replace(self, path="")

    def filled(self) -> Input:
        """The same with its bytes; EngineError where the file is not what it was."""
        try:
            content = Path(self.path).read_bytes()
        except OSError:
            content = b""
        if sha256(content).hexdigest() != self.sha256:
            raise EngineError(
                f"{Path(self.path).name} was changed while the experiment ran. Start it again; "
                "what is finished is kept."
            )
        return replace(self, content=content)


@dataclass(frozen=True)
class Missing:
    """SHA-256 of the inputs a worker does not have."""

    hashes: tuple[str, ...]


def gather(inputs: tuple[Input, ...], room: Path) -> dict[str, Path] | Missing:
    """Where each input lies, by name, for as long as `room` exists; or which are not at hand."""
    found = {one.name: _found(one, room) for one in inputs}
    missing = tuple(one.sha256 for one in inputs if found[one.name] is None)
    if missing:
        return Missing(missing)
    return {name: path for name, path in found.items() if path is not None}


def _found(one: Input, room: Path) -> Path | None:
    if one.path:
        return Path(one.path) if _is(Path(one.path), one.sha256) else None
    if one.content is not None:
        _put(one.sha256, one.content)
    copy, shelved = room / one.sha256, shelf_folder() / one.sha256
    try:
        if not copy.exists():
            shutil.copyfile(shelved, copy)  # another worker that ends may empty the shelf
        os.utime(shelved)
    except OSError:
        if one.content is None:
            return None
        copy.write_bytes(one.content)
    return copy if _is(copy, one.sha256) else None


def shelf_folder() -> Path:
    """This user's shelf on this machine, private to them; EngineError where it is not."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"blindread-shelf-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    private = os.name == "nt" or (facts.st_uid == user and not facts.st_mode & 0o077)
    if not (private and stat.S_ISDIR(facts.st_mode)):
        raise EngineError(
            f"{folder} on a worker can be read by others, and ROIs must not lie there. Remove it, "
            "then start the experiment again."
        )
    return folder


def _put(digest: str, content: bytes) -> None:
    """Keep the bytes under their hash; a full disk only means that they travel again."""
    folder = shelf_folder()
    _drop_old(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    partial = folder / f"{digest}.{os.getpid()}"
    try:
        partial.write_bytes(content)
        partial.replace(folder / digest)
    except OSError:
        partial.unlink(missing_ok=True)


def _drop_old(folder: Path) -> None:
    oldest = time.time() - KEPT_S
    for path in sorted(folder.iterdir()):
        try:
            if path.stat().st_mtime < oldest:
                path.unlink()
        except OSError:
            continue  # another worker was first


def _is(path: Path, digest: str) -> bool:
    try:
        return file_hash(path) == digest
    except OSError:
        return False
