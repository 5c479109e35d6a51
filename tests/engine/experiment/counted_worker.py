"""A preload of Dask's workers: each writes a line when it begins a run, and one when it ends it."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

from engine.experiment import worker
from engine.experiment.worker import Order
from engine.jobs import Progress
from engine.outcome import Outcome

LINES = "RUNS_COUNTED_IN"


def dask_setup(_: object) -> None:
    """Called by Dask in each worker's process before it takes work."""
    inner = worker.perform

    def perform(order: Order, paths: tuple[Path, ...]) -> Generator[Progress, None, Outcome]:
        _say("begin", order.run.hash)
        found = yield from inner(order, paths)
        _say("end", order.run.hash)
        return found

    worker.perform = perform


def _say(what: str, run_hash: str) -> None:
    with Path(os.environ[LINES]).open("a", encoding="utf-8") as file:
        file.write(f"{what} {run_hash} {os.getpid()}\n")
