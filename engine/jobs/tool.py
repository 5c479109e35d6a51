"""Foreign programs: the only place that may run one, with a time limit and bounded output."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LONGEST_S = 60.0
MOST_BYTES = 256 * 1024
_CHUNK = 16 * 1024


@dataclass(frozen=True)
class ToolResult:
    """How a program ended: `code` (negative: killed by a signal) and what it said, both streams
    together; `cut` where it said more than was kept, `timed_out` where it was stopped."""

    code: int
    output: str
    cut: bool
    timed_out: bool

    @property
    def is_complete(self) -> bool:
        """Whether it ended by itself and all of its words are here."""
        return not self.cut and not self.timed_out


def find_tool(name: str) -> Path | None:
    """The program of this name beside this Python or on the PATH; None where there is none."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which(name, path=beside) or shutil.which(name)
    return Path(found) if found else None


def run_tool(
    name: str,
    arguments: Sequence[str | Path],
    *,
    timeout_s: float = LONGEST_S,
    most_bytes: int = MOST_BYTES,
) -> ToolResult | None:
    """Run a program to its end; None where it is not on this machine.

    It gets no input, and its first `most_bytes` of output are kept. After `timeout_s` seconds it
    is stopped together with the programs it started. No shell is involved.
    """
    program = find_tool(name)
    if program is None:
        return None
    try:
        process = subprocess.Popen(
            [str(program), *(str(argument) for argument in arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=sys.platform != "win32",
        )
    except OSError:  # it is there, but cannot run here
        return None
    return _followed(process, timeout_s, most_bytes)


def _followed(process: subprocess.Popen[bytes], timeout_s: float, most_bytes: int) -> ToolResult:
    late = threading.Event()

    def stop() -> None:
        late.set()
        _kill(process)

    timer = threading.Timer(timeout_s, stop)
    timer.daemon = True
    timer.start()
    try:
        assert process.stdout is not None  # it was opened as a pipe
        with process.stdout as stream:
            kept, cut = _bounded(stream, most_bytes)
        process.wait()
    finally:
        timer.cancel()
        _kill(process)
        process.wait()
    return ToolResult(process.returncode, kept.decode("utf-8", "replace"), cut, late.is_set())


def _bounded(stream: IO[bytes], most_bytes: int) -> tuple[bytes, bool]:
    """The first bytes of a stream, and whether there were more; the rest is read and dropped."""
    kept, cut = bytearray(), False
    while chunk := stream.read(_CHUNK):
        room = most_bytes - len(kept)
        kept += chunk[:room]
        cut = cut or len(chunk) > room
    return bytes(kept), cut


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a program that still runs, and on POSIX whatever it started."""
    if process.poll() is not None:
        return
    with suppress(OSError):  # it ended meanwhile
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
