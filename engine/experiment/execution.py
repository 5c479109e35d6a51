"""Doing a plan on an executor: what is finished is skipped, what finishes is kept at once."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.experiment import lock
from engine.experiment.ledger import (
    SCRATCH,
    ExperimentProgress,
    Ledger,
    filled,
    named,
    opened,
    scratch_in,
)
from engine.experiment.record import RunRecord
from engine.experiment.run import Plan, Run
from engine.experiment.shelf import Input, Missing
from engine.experiment.worker import Order, Parcel, executing
from engine.jobs import (
    Executor,
    Future,
    Progress,
    arrived,
    failure_of,
    settle,
    shares_disk,
    slots_of,
    start,
)

GIVEN_UP = (
    "its working folder vanished while it ran, perhaps by a clean-up of temporary files. Finished "
    "runs are kept: start the experiment again."
)


__all__ = ["SCRATCH", "ExperimentProgress", "run"]

BEAT_S = 0.15
"""Results are waited for this long before the next report."""


def run(
    plan: Plan,
    executor: Executor,
    folder: Path,
    *,
    runs_at_once: int | None = None,
    threads: int = 1,
) -> Generator[Progress, None, tuple[RunRecord, ...]]:
    """Do what is not finished of the plan; returns every run's record once, in the plan's order.

    Each run lies in `folder`/<hash>; equal hashes are done once. `runs_at_once` None takes as many
    as the executor has workers; `threads` is each run's. Progress comes at least every 250 ms.
    Where a run fails nothing more is begun, what runs is still kept, then its EngineError is
    raised, named; so is one where workers die for good or another program holds the folder.
    Closing the generator gives up what runs; starting again continues.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with lock.held(folder), scratch_in(folder) as scratch:
        ledger = yield from opened(plan, folder)
        work = _Work(ledger, executor, scratch, threads)
        try:
            yield work.told()
            while work.is_open:
                work.begin(runs_at_once or slots_of(executor))
                yield from work.took(BEAT_S)
        finally:
            work.close()
        return ledger.records()


@dataclass(frozen=True)
class _Flight:
    """A run on its way, and what went with it."""

    run: Run
    inputs: tuple[Input, ...]


class _Work:
    """What is under way on the executor, and what came back."""

    def __init__(self, ledger: Ledger, executor: Executor, scratch: Path, threads: int) -> None:
        self._ledger, self._executor = ledger, executor
        self._scratch, self._threads = scratch, threads
        self._flights: dict[Future[Any], _Flight] = {}
        self._failure: BaseException | None = None
        self._at_once = 1

    @property
    def is_open(self) -> bool:
        """Something is to be done or under way; raises the failure once nothing is."""
        if self._failure and not self._flights:
            raise self._failure
        return bool(self._flights or self._ledger.queue)

    def begin(self, at_once: int) -> None:
        """Submit runs whose needs are finished, in the plan's order, up to so many at once."""
        self._at_once = max(1, at_once)
        while self._failure is None and len(self._flights) < self._at_once:
            ready = next(self._ledger.ready(), None)
            if ready is None:
                return
            self._ledger.queue.remove(ready)
            self._submit(_Flight(ready, self._ledger.inputs(ready)))

    def took(self, seconds: float) -> Iterator[Progress]:
        """Take what comes within the time; at least one report."""
        kept = [self._take(future) for future in arrived(tuple(self._flights), seconds)]
        yield from map(self.told, [one for one in kept if one is not None] or (None,))

    def told(self, finished: RunRecord | None = None) -> ExperimentProgress:
        """How far the plan is."""
        titles = tuple(flight.run.title for flight in self._flights.values())
        return self._ledger.told(titles, self._at_once, finished)

    def close(self) -> None:
        """Give up what is under way; its workers notice that their folder is gone."""
        if self._flights:
            shutil.rmtree(self._scratch, ignore_errors=True)
            settle(tuple(self._flights))

    def _submit(self, flight: _Flight) -> None:
        order = Order(flight.run, self._ledger.plan.data_hash, self._threads)
        inputs, scratch = flight.inputs, str(self._scratch)
        if not shares_disk(self._executor):
            inputs, scratch = tuple(one.far() for one in inputs), ""
        future = start(self._executor, executing, order, inputs, scratch)
        self._flights[future] = flight

    def _take(self, future: Future[Any]) -> RunRecord | None:
        """Keep what a future brought; a failure is remembered."""
        flight = self._flights.pop(future)
        error = failure_of(future)
        if error is not None:
            self._failure = self._failure or named(flight.run, error)
            return None
        brought = future.result()
        if isinstance(brought, Parcel):
            return self._ledger.keep(flight.run, brought)
        if isinstance(brought, Missing):
            if self._failure is None:
                self._submit(replace(flight, inputs=filled(flight.inputs, brought)))
            return None
        self._failure = self._failure or named(flight.run, EngineError(GIVEN_UP))
        return None
