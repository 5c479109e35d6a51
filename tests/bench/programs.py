"""Whole programs in processes of their own, clocked from their start to what they tell."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 240


@dataclass(frozen=True)
class Told:
    """What a program printed: seconds from its start to each word, and its processor time."""

    at: dict[str, float]
    cpu: float
    errors: str


def environment(home: Path) -> dict[str, str]:
    """A user folder of its own, no screen."""
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "BLINDREAD_HOME": str(home)}


def clocked(script: Path, home: Path, *options: str) -> Told:
    """Run a script that prints `word <time.monotonic()>`; its words from the process's start."""
    before, began = os.times(), time.monotonic()
    done = subprocess.run(
        [sys.executable, *options, str(script)],
        cwd=ROOT, env=environment(home), capture_output=True, text=True, timeout=PATIENCE_S,
        check=False,
    )  # fmt: skip
    after = os.times()
    assert done.returncode == 0, done.stderr[-2000:]
    words = re.findall(r"^(\w+) ([\d.]+)$", done.stdout, flags=re.M)
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return Told({word: float(at) - began for word, at in words}, cpu, done.stderr)


def wait_until(so: Callable[[], bool], seconds: float) -> float:
    """Look every 10 ms; when it was so, on the clock of `time.monotonic`."""
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while not so():
        assert time.monotonic() < deadline, "it did not happen in time"
        pause.wait(0.01)
    return time.monotonic()
