"""Waiting for processes, and looking at them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from threading import Event

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def environment_of(**own: str) -> dict[str, str]:
    """The environment of a program that finds the engine and these tests."""
    path = os.pathsep.join(map(str, (ROOT, ROOT / "tests", HERE)))
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", **own}


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something to become true."""
    tick = Event()
    for _ in range(round(seconds / 0.05)):
        if true():
            return
        tick.wait(0.05)
    raise AssertionError("it did not happen")


def alive(pid: int) -> bool:
    """The process is there, and no corpse."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return False


def children(pid: int) -> list[int]:
    """Processes that this one started."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8")
    return [int(word) for word in text.split()]
