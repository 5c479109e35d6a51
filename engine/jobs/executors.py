"""Where the runs of an experiment are done: this process, worker processes, or a Dask cluster."""

from __future__ import annotations

import importlib
import math
import os
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent import futures
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any

from engine.errors import EngineError
from engine.jobs.child import prepare_child
from engine.jobs.progress import Progress

__all__ = [
    "Executor",
    "Future",
    "arrived",
    "cluster",
    "executor_of",
    "failure_of",
    "in_process",
    "pool",
    "processors",
    "settle",
    "shares_disk",
    "slots_of",
    "start",
]

Steps = Callable[..., Generator[Progress, None, Any]]

CLOSED_WITHIN_S = 5.0
"""Closing an executor takes no longer than this; what runs then is ended."""

ANSWERS_WITHIN_S = 15
"""A scheduler that is silent this long counts as absent."""

COUNTED_EVERY_S = 2.0
FORMS = "local, local:N, in-process, dask://host:port"
IN_PROCESS = "in-process"

GIB_A_WORKER = 1.5
"""A worker at the paper's largest group: 30,000 images, twice while they are joined."""


class _InProcess(ThreadPoolExecutor):
    """One thread: torch's global random state has one user at a time."""

    slots = 1

    def __init__(self) -> None:
        super().__init__(1, thread_name_prefix="experiment")
        self._is_open = threading.Event()
        self._is_open.set()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Queue a call; a work of steps ends at its next step once this is shut down."""
        more = (self._is_open.is_set,) if fn is _driven else ()
        return super().submit(fn, *args, *more, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Give up what is queued and what runs."""
        self._is_open.clear()
        super().shutdown(wait=wait, cancel_futures=cancel_futures)


class _Spawned(SpawnContext):
    """Knows the processes a pool starts, which the pool itself does not tell."""

    def __init__(self) -> None:
        self._processes: list[BaseProcess] = []

    def Process(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]  # noqa: N802
        """A process of this context, remembered."""
        process = SpawnContext.Process(*args, **kwargs)
        self._processes.append(process)
        return process

    def end(self, seconds: float) -> None:
        """Wait for all of them; who is there after this time is killed."""
        deadline = time.monotonic() + seconds
        for process in self._processes:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join(1.0)


class _Pool(ProcessPoolExecutor):
    """Spawned workers that end when the other end of their lifeline is closed."""

    def __init__(
        self, workers: int, context: _Spawned, prepared: tuple[int, Connection[Any, Any]]
    ) -> None:
        self.slots = workers
        super().__init__(
            workers, mp_context=context, initializer=_prepare_worker, initargs=prepared
        )


class _Cluster(Executor):
    """A Dask cluster's workers, whoever joins or leaves while the experiment runs."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._inner = client.get_executor(pure=False)
        self._closed = threading.Event()
        self.slots = 1
        self._count()
        threading.Thread(target=self._keep_counting, daemon=True).start()

    def _count(self) -> None:
        """The workers that are there, at least 1: work waits for one to join."""
        with suppress(OSError):  # the scheduler went away; what was submitted will say so
            workers = self._client.scheduler_info(n_workers=-1).get("workers", ())
            self.slots = max(1, len(workers))

    def _keep_counting(self) -> None:
        """Beside the rest: a scheduler that is away answers only after many seconds."""
        while not self._closed.wait(COUNTED_EVERY_S):
            self._count()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Queue a call; a worker that dies has its calls done again by another."""
        called = _driven_on_cluster if fn is _driven else fn
        submitted: Future[Any] = self._inner.submit(called, *args, **kwargs)
        return submitted

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster as it was; nothing of ours stays queued."""
        self._closed.set()
        self._inner.shutdown(wait=wait and not cancel_futures)


@contextmanager
def in_process() -> Iterator[Executor]:
    """One thread of this process: nothing to start, but a window beside it would feel it."""
    executor = _InProcess()
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def pool(workers: int, threads: int = 1) -> Iterator[Executor]:
    """`workers` spawned processes of `threads` threads each, at lowered priority.

    They end within 5 s of the end of the `with`, whatever they are doing, and when this process
    dies, even by kill -9. EngineError for fewer than one worker.
    """
    if workers < 1 or threads < 1:
        raise EngineError("At least one worker process of one thread is needed.")
    theirs, ours = get_context("spawn").Pipe(duplex=False)
    context = _Spawned()
    executor = _Pool(workers, context, (threads, theirs))
    try:
        yield executor
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        ours.close()  # the workers hear it and end
        context.end(CLOSED_WITHIN_S - 1)
        theirs.close()


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The workers of a Dask scheduler at "dask://host:port" (or tcp://, tls://).

    Each is started as `dask worker ADDRESS --nthreads 1`, on a machine with this version of the
    program: two runs in one process would share torch's random state. They need no shared disk.
    Who reaches the scheduler can run code on its workers: use tls:// on a network you do not trust.
    EngineError where Dask is not installed or the scheduler is silent for 15 s.
    """
    distributed = _distributed()
    place = address.replace("dask://", "tcp://", 1)
    try:
        client = distributed.Client(place, timeout=ANSWERS_WITHIN_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise EngineError(
            f"No Dask scheduler answers at {address}. Start one with “dask scheduler” and workers "
            f"with “dask worker {place} --nthreads 1”, or correct the address."
        ) from error
    executor = _Cluster(client)
    try:
        yield executor
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        client.close(timeout=CLOSED_WITHIN_S)


@contextmanager
def executor_of(text: str) -> Iterator[Executor]:
    """The executor a user named: local | local:N | in-process | dask://host:port.

    "local" takes a worker for each processor, as far as memory goes. EngineError for anything else.
    """
    workers = workers_of(text)
    if workers is None:
        chosen = cluster(text)
    else:
        chosen = in_process() if text == IN_PROCESS else pool(workers)
    with chosen as executor:
        yield executor


def workers_of(text: str) -> int | None:
    """How many workers of this machine an executor's name means; None of a cluster.

    EngineError where the name means nothing.
    """
    name, _, rest = text.partition(":")
    if text == IN_PROCESS:
        return 1
    if text == "local":
        return max(1, min(processors(), int(memory_gib() / GIB_A_WORKER) or 1))
    if name == "local" and rest.isdecimal() and int(rest) > 0:
        return int(rest)
    if name in ("dask", "tcp", "tls") and rest.startswith("//"):
        return None
    raise EngineError(f"“{text}” is no place to run an experiment; choose one of {FORMS}.")


def memory_gib() -> float:
    """Physical memory, GiB; endless where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (AttributeError, ValueError, OSError):
        return math.inf


def processors() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def start(executor: Executor, steps: Steps, *args: object) -> Future[Any]:
    """Queue a work of steps: `steps(*args)` is driven to its end, its result is the future's.

    `steps` is a generator function that pickles by name. On a cluster, a cancelled future ends
    the work at its next step.
    """
    try:
        return executor.submit(_driven, steps, args)
    except futures.BrokenExecutor as error:  # it broke since the last result was taken
        failed: Future[Any] = Future()
        failed.set_exception(error)
        return failed


def slots_of(executor: Executor) -> int:
    """How many calls the executor does at once, now."""
    return int(getattr(executor, "slots", 1))


def shares_disk(executor: Executor) -> bool:
    """Its workers see this machine's files by the same paths."""
    return isinstance(executor, ThreadPoolExecutor | ProcessPoolExecutor)


def arrived(waiting: Sequence[Future[Any]], seconds: float) -> tuple[Future[Any], ...]:
    """The futures that are done, in order; waits up to `seconds` for the first of them."""
    done = futures.wait(waiting, seconds, futures.FIRST_COMPLETED).done
    return tuple(one for one in waiting if one in done)


def settle(waiting: Sequence[Future[Any]]) -> None:
    """Cancel what has not begun and wait, up to CLOSED_WITHIN_S, for what has."""
    for one in waiting:
        one.cancel()
    futures.wait(waiting, CLOSED_WITHIN_S)


def failure_of(future: Future[Any]) -> BaseException | None:
    """Why a done future has no result; EngineError where the worker or its cluster went away."""
    if future.cancelled():
        return EngineError(
            "The cluster gave this work up, often because its scheduler ended. Finished runs are "
            "kept: start the scheduler and its workers, then start the experiment again."
        )
    error = future.exception()
    if isinstance(error, futures.BrokenExecutor):
        return EngineError(
            "A worker process was ended from outside, often because memory ran out. Finished runs "
            "are kept: close other programs or take fewer workers, then start it again."
        )
    if type(error).__name__ == "KilledWorker":
        return EngineError(
            "Several workers of the cluster died at this run, often because memory ran out. "
            "Finished runs are kept: take larger machines, then start the experiment again."
        )
    return error


def _distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ModuleNotFoundError as error:
        raise EngineError(
            "Running on a cluster needs Dask, which is not installed. Install it with "
            "“pip install blindread[cluster]”."
        ) from error


def _driven(
    steps: Steps, args: tuple[object, ...], is_wanted: Callable[[], bool] | None = None
) -> Any:
    """In a worker: drive the work to its end, or (None) until nobody wants it any more."""
    running = steps(*args)
    try:
        while True:
            next(running)
            if is_wanted is not None and not is_wanted():
                return None
    except StopIteration as stop:
        return stop.value
    finally:
        running.close()


def _driven_on_cluster(steps: Steps, args: tuple[object, ...]) -> Any:
    """In a cluster's worker; one that would do several calls at once in a process is refused."""
    worker = _distributed().get_worker()
    if worker.state.nthreads > 1:
        raise EngineError(
            "A worker of the cluster has several threads, which would mix the random numbers of "
            "its runs. Start the workers with “--nthreads 1”."
        )
    key = worker.get_current_task()

    def is_wanted() -> bool:
        task = worker.state.tasks.get(key)
        return task is not None and task.state == "executing"

    return _driven(steps, args, is_wanted)


def _prepare_worker(threads: int, lifeline: Connection[Any, Any]) -> None:
    """As every child (threads, priority, Ctrl-C), with a watcher of its parent."""
    prepare_child(threads)
    threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()


def _end_with_parent(lifeline: Connection[Any, Any]) -> None:
    """A worker must not outlive the program that asked for it, even one killed by kill -9."""
    parent = parent_process()
    wait([lifeline, *([parent.sentinel] if parent else [])])
    os._exit(1)
