"""Generators that the tests of jobs run in a spawned child, found there by name."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import TooFewError
from engine.jobs import Progress


@dataclass(frozen=True)
class Order:
    """What a target is told."""

    steps: int = 3
    number: int = 7


def count(spec: Order, paths: tuple[Path, ...]) -> Generator[Progress, None, tuple[int, int]]:
    """Yields `steps` times; returns the number and its own process id."""
    for step in range(spec.steps):
        yield Progress(step + 1, spec.steps, "counting", (("step", float(step)),))
    return spec.number, os.getpid()


def environment(
    spec: Order, paths: tuple[Path, ...]
) -> Generator[Progress, None, tuple[str, int, bool]]:
    """Thread setting, niceness, and whether torch was loaded unasked."""
    import sys

    yield Progress(1, 1, "looking")
    return os.environ["OMP_NUM_THREADS"], os.nice(0), "torch" in sys.modules


def too_few(spec: Order, paths: tuple[Path, ...]) -> Generator[Progress, None, None]:
    """Fails as expected."""
    yield Progress(0, 1, "starting")
    raise TooFewError("Add two more hemangiomas.")


class AwkwardError(Exception):
    """An exception that does not pickle: it wants two arguments."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} and {second}")


def awkward(spec: Order, paths: tuple[Path, ...]) -> Generator[Progress, None, None]:
    """Fails unexpectedly, with an exception that cannot cross the pipe."""
    yield Progress(0, 1, "starting")
    raise AwkwardError(1, 2)


def no_memory(spec: Order, paths: tuple[Path, ...]) -> Generator[Progress, None, None]:
    """Runs out of memory."""
    yield Progress(0, 1, "starting")
    raise MemoryError


def endless(spec: Order, paths: tuple[Path, ...]) -> Generator[Progress, None, None]:
    """Writes its pid into the first path, runs until closed, then leaves a file beside it."""
    pid_file, closed_file = paths
    pid_file.write_text(str(os.getpid()))
    tick = threading.Event()
    try:
        while True:
            yield Progress(0, 0, "running")
            tick.wait(0.02)
    finally:
        closed_file.write_text("closed")


def deaf(spec: Order, paths: tuple[Path, ...]) -> Generator[Progress, None, None]:
    """Yields once, then never again."""
    yield Progress(0, 0, "running")
    paths[0].write_text(str(os.getpid()))
    threading.Event().wait()


def decode_or_crash(_: object, paths: tuple[Path, ...]) -> Generator[None, None, str]:
    """Stands for a codec: the file "bad" ends its process as a C library's fault does."""
    import numpy as np

    if paths[0].name == "bad":
        os.abort()
    np.save(paths[1], np.asarray([1, 2]))
    yield from ()
    return ""


def decode_without_end(_: object, paths: tuple[Path, ...]) -> Generator[Progress, None, None]:
    """Stands for a codec that a damaged file keeps busy."""
    while True:
        threading.Event().wait(0.01)
        yield Progress(0, 0, "busy")
