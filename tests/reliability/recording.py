"""What a process does to the files of one folder, call by call, as strace sees it.

The process runs the product's own code; nothing in it knows that it is watched. Bytes that go
through a shared memory map are not seen: of SQLite's files that is `-shm` alone, which SQLite
makes anew from the write-ahead log after a power cut.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from reliability.disk import (
    FOLDER,
    Disk,
    FolderSync,
    Operation,
    Renaming,
    Said,
    StoredFile,
    Sync,
    Truncate,
    Write,
)

CHANGING = (
    "open,openat,creat,close,dup,dup2,dup3,lseek,write,pwrite64,writev,pwritev,pwritev2,ftruncate,"
    "truncate,fallocate,copy_file_range,fsync,fdatasync,sync_file_range,rename,renameat,renameat2,"
    "unlink,unlinkat,link,linkat,symlink,symlinkat,mkdir,mkdirat,rmdir"
)
MAPPED = "-shm"
_CALL = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)")
_CUT_SHORT = re.compile(r"^(\d+) +(.*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_LEFT_ALONE = frozenset(("lseek", "dup", "dup2", "dup3", "close"))


@dataclass(frozen=True)
class Recording:
    """The files of `root` before, and every operation on them in order (paths below `root`)."""

    root: Path
    before: tuple[StoredFile, ...]
    operations: tuple[Operation, ...]


def tracer() -> str:
    """strace; without it a test is skipped, or fails where the test tools are required.

    A machine that forbids to watch a process lacks no tool: there the test is always skipped.
    """
    found = shutil.which("strace")
    if found is None:
        reason = "strace (a Debian test tool: python3 start.py tools) is not on this machine"
        if os.environ.get("BLINDREAD_REQUIRE_TOOLS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    if subprocess.run([found, "-o", os.devnull, "true"], capture_output=True).returncode:
        pytest.skip("this machine does not let strace watch a process")
    return found


def record(command: Sequence[str], root: Path, environment: dict[str, str]) -> Recording:
    """Run a command to its end and record what it did below `root`."""
    before, log = _stored(root), root.with_name(f"{root.name}.strace")
    watched = [tracer(), "-f", "-qq", "--seccomp-bpf", "-e", f"trace={CHANGING}", "-e",
               "signal=none", "-xx", "-s", "16777216", "-o", str(log)]  # fmt: skip
    done = subprocess.run(
        [*watched, *command], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    watch = _Watch(root, before)
    with log.open(encoding="ascii") as lines:
        operations = tuple(one for line in _whole(lines) for one in watch.operations(line))
    log.unlink()
    return Recording(root, before, operations)


def differing(recording: Recording) -> tuple[str, ...]:
    """Files that the recording, played to its end, does not give byte for byte as they are."""
    disk = Disk(recording.before)
    for operation in recording.operations:
        disk.do(operation)
    played = {one.path: one.data for one in disk.shut_down()}
    real = {one.path: one.data for one in _stored(recording.root)}
    paths = sorted(played.keys() | real.keys())
    return tuple(p for p in paths if not p.endswith(MAPPED) and played.get(p) != real.get(p))


def _stored(root: Path) -> tuple[StoredFile, ...]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return tuple(
        StoredFile(str(path.relative_to(root)), number, path.read_bytes())
        for number, path in enumerate(files)
    )


def _whole(lines: Iterator[str]) -> Iterator[str]:
    """Calls that another thread's came between are put together again."""
    begun: dict[str, str] = {}
    for line in lines:
        if cut := _CUT_SHORT.match(line.rstrip()):
            begun[cut[1]] = cut[2]
        elif resumed := _RESUMED.match(line.rstrip()):
            yield f"{resumed[1]} {begun.pop(resumed[1])}{resumed[2]}"
        else:
            yield line


@dataclass
class _Open:
    """An open file: its number (FOLDER for a folder), its path, where it is written next."""

    file: int
    path: str
    place: int = 0
    appends: bool = False


@dataclass
class _Watch:
    """Follows names and descriptors, and turns calls into operations."""

    root: Path
    before: tuple[StoredFile, ...]
    _names: dict[str, int] = field(default_factory=dict)
    _sizes: dict[int, int] = field(default_factory=dict)
    _opened: dict[int, _Open] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._names = {one.path: one.file for one in self.before}
        self._sizes = {one.file: len(one.data) for one in self.before}

    def operations(self, line: str) -> Iterator[Operation]:
        """The operations of one line of strace."""
        call = _CALL.match(line)
        if call is None or int(call[3]) < 0:
            return
        name, arguments, result = call[1], call[2], int(call[3])
        texts = [bytes.fromhex(one.replace("\\x", "")) for one in _TEXT.findall(arguments)]
        numbers = _numbers(_TEXT.sub("", arguments))
        if name in ("open", "openat", "creat"):
            yield from self._open(self._below(texts[0]), arguments, name, result)
        elif name.startswith(("rename", "unlink", "link", "mkdir", "rmdir", "symlink", "trunc")):
            yield from self._name(name, [self._below(text) for text in texts])
        elif name == "write" and numbers[0] == 1:
            yield from (Said(line) for line in texts[0].decode().splitlines())
        elif numbers[0] in self._opened:
            yield from self._change(name, self._opened[numbers[0]], texts, numbers, result)

    def _below(self, text: bytes) -> str | None:
        """A path below the root, None for any other."""
        path = Path(os.fsdecode(text))
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else None

    def _open(
        self, path: str | None, arguments: str, name: str, number: int
    ) -> Iterator[Operation]:
        self._opened.pop(number, None)
        if path is None:
            return
        if (self.root / path).is_dir() or "O_DIRECTORY" in arguments:
            self._opened[number] = _Open(FOLDER, path)
            return
        if path not in self._names:
            yield self._made(path, len(self._sizes))
        opened = _Open(self._names[path], path, appends="O_APPEND" in arguments)
        self._opened[number] = opened
        if ("O_TRUNC" in arguments or name == "creat") and self._sizes[opened.file]:
            yield self._resized(opened.file, 0)

    def _made(self, path: str, file: int) -> Renaming:
        self._names[path] = file
        self._sizes[file] = 0
        return Renaming(((path, file),))

    def _resized(self, file: int, size: int) -> Truncate:
        self._sizes[file] = size
        return Truncate(file, size)

    def _name(self, name: str, paths: list[str | None]) -> Iterator[Operation]:
        known = [path for path in paths if path is not None]
        if not known:
            return
        assert len(known) == len(paths), "a file was moved into or out of the folder"
        if name.startswith("mkdir"):
            yield Renaming(((known[0], FOLDER),))
        elif name.startswith("unlink"):
            del self._names[known[0]]
            yield Renaming(((known[0], None),))
        elif name.startswith("rename"):
            file = self._names[known[1]] = self._names.pop(known[0])
            yield Renaming(((known[0], None), (known[1], file)))
        elif name.startswith("link"):
            file = self._names[known[1]] = self._names[known[0]]
            yield Renaming(((known[1], file),))
        else:
            raise AssertionError(f"the model knows no {name}")

    def _change(
        self, name: str, opened: _Open, texts: list[bytes], numbers: list[int], result: int
    ) -> Iterator[Operation]:
        if name in ("fsync", "fdatasync"):
            folder = opened.file == FOLDER
            yield FolderSync(opened.path) if folder else Sync(opened.file)
        elif name == "pwrite64":
            yield self._written(opened.file, numbers[-1], texts[0][:result])
        elif name in ("write", "writev"):
            place = self._sizes[opened.file] if opened.appends else opened.place
            opened.place = place + result
            yield self._written(opened.file, place, b"".join(texts)[:result])
        elif name == "ftruncate":
            yield self._resized(opened.file, numbers[-1])
        elif name == "lseek":
            opened.place = result
        elif name.startswith("dup"):
            self._opened[result] = opened
        elif name == "close":
            del self._opened[numbers[0]]
        else:
            raise AssertionError(f"the model knows no {name}")

    def _written(self, file: int, offset: int, data: bytes) -> Write:
        self._sizes[file] = max(self._sizes[file], offset + len(data))
        return Write(file, offset, data)


def _numbers(arguments: str) -> list[int]:
    return [int(word) for word in re.findall(r"(?<![\w.])-?\d+(?!\w)", arguments)] or [-1]
