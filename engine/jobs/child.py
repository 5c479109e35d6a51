"""Work in a spawned child process: named by a JobSpec, heard over a pipe."""

from __future__ import annotations

import importlib
import os
import pickle
import queue
import signal
import threading
import time
import traceback
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from engine import errors
from engine.errors import EngineError
from engine.jobs.progress import ChildError, Progress

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

KILL_AFTER_S = 4.0
"""A child that ignores its cancellation this long is killed; below the 5 s a quit may take."""

BEAT_S = 0.1
"""A silent child is looked after, and a cancellation seen, this often."""

NICENESS = 10

STOP = b""
"""Sent to a child in place of a spec: end the work at hand, in good order and without haste."""


@dataclass(frozen=True)
class JobSpec:
    """Names a child's work: `target` "module:function" is called as function(spec, paths).

    `spec` is a frozen dataclass that pickles; `threads` is the child's number of threads.
    """

    target: str
    spec: object
    paths: tuple[Path, ...] = ()
    threads: int = 1


def in_child(spec: JobSpec) -> Generator[Progress, None, Any]:
    """Run the target's generator in a spawned child; yields its Progress, returns its result.

    Raises the child's EngineError again, `ChildError` for any other exception, EngineError when
    the child was ended from outside. Closing this generator ends the child.
    """
    child = Child(spec.threads)
    try:
        return (yield from child.run(spec))
    finally:
        child.close()


class _ChildProcess(Protocol):
    """What this module needs of multiprocessing's process."""

    pid: int | None
    exitcode: int | None

    def start(self) -> None: ...
    def join(self, timeout: float | None = None) -> None: ...
    def kill(self) -> None: ...
    def is_alive(self) -> bool: ...


class Child:
    """A spawned process that runs one JobSpec after another, so that torch loads only once."""

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._process: _ChildProcess | None = None
        self._connection: Connection[bytes, bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the living child, None before the first run and after `close`."""
        return self._process.pid if self._process else None

    def run(self, spec: JobSpec) -> Generator[Progress, None, Any]:
        """Yields the target's Progress and returns its result; see `in_child`."""
        connection = self._started()
        completed = False
        try:
            connection.send_bytes(pickle.dumps(spec))
            result = yield from self._messages(connection)
            completed = True
            return result
        except (BrokenPipeError, ConnectionResetError) as error:
            raise self._ended() from error
        finally:
            if not completed:
                self.close()

    def stop(self) -> None:
        """Ask the work at hand to end after its step, however long that takes.

        Its generator is closed at its next yield; `run` then returns None, or its result where it
        had ended. The child ends with it. Nothing happens where no work runs.
        """
        if self._connection is not None:
            with suppress(BrokenPipeError, ConnectionResetError):
                self._connection.send_bytes(STOP)

    def close(self) -> None:
        """End the child: at its next yield, by force after KILL_AFTER_S."""
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if connection is not None:
            connection.close()
        if process is not None:
            process.join(KILL_AFTER_S)
            if process.is_alive():
                process.kill()
                process.join(1.0)

    def _started(self) -> Connection[bytes, bytes]:
        if self._connection is not None:
            return self._connection
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._threads), daemon=True)
        process.start()
        theirs.close()
        self._process = cast(_ChildProcess, process)
        self._connection = cast("Connection[bytes, bytes]", ours)
        return self._connection

    def _messages(self, connection: Connection[bytes, bytes]) -> Generator[Progress, None, Any]:
        last = Progress(0, 0, "Starting the worker process")
        while True:
            if not connection.poll(BEAT_S):
                yield replace(last, metrics=(), images=())
                continue
            try:
                name, content = pickle.loads(connection.recv_bytes())
            except EOFError as error:
                raise self._ended() from error
            if name == "progress":
                last = content
                yield last
            elif name == "result":
                return content
            else:
                raise _raised_again(*content)

    def _ended(self) -> EngineError:
        process = self._process
        if process is not None:
            process.join(1.0)
        code = process.exitcode if process else None
        return EngineError(
            f"The worker process was ended from outside (exit code {code}), often because memory "
            "ran out. What is finished is kept: close other programs, then start it again."
        )


def _raised_again(kind: str, sentence: str, details: str) -> Exception:
    """The child's exception as one of ours: an EngineError of its kind, or ChildError."""
    told = ChildError(kind, sentence, details)
    if kind in ("MemoryError", "torch.OutOfMemoryError"):
        error: Exception = errors.OutOfMemoryError(
            "There is too little memory for this recipe. Choose a smaller profile or close "
            "other programs, then queue it again."
        )
    else:
        found = getattr(errors, kind, None)
        if not (isinstance(found, type) and issubclass(found, EngineError)):
            return told
        error = found(sentence)
    error.__cause__ = told
    return error


def _serve(connection: Connection[bytes, bytes], threads: int) -> None:
    """The child's main function: run what arrives until the pipe ends or it is cancelled."""
    prepare_child(threads)
    orders: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    cancelled = threading.Event()
    threading.Thread(target=_listen, args=(connection, orders, cancelled), daemon=True).start()
    while (order := orders.get()) is not None:  # one that came just before STOP is answered too
        _serve_one(connection, order, cancelled)


def prepare_child(threads: int) -> None:
    """Thread counts before any numeric library loads; a priority below the window's.

    Ctrl-C in a terminal reaches parent and child alike: the parent decides and closes the pipe.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    else:
        _lower_windows_priority()


def _lower_windows_priority() -> None:
    import ctypes

    below_normal = 0x4000
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    kernel.SetPriorityClass(kernel.GetCurrentProcess(), below_normal)


def _listen(
    connection: Connection[bytes, bytes],
    orders: queue.SimpleQueue[bytes | None],
    cancelled: threading.Event,
) -> None:
    """Take orders; STOP cancels; the end of the pipe (parent closed it, died) also ends us."""
    try:
        while True:
            order = connection.recv_bytes()
            if order == STOP:
                cancelled.set()
                orders.put(None)
            else:
                orders.put(order)
    except (EOFError, OSError):
        cancelled.set()
        orders.put(None)
    # Work that reaches no yield must not outlive the program that asked for it.
    time.sleep(KILL_AFTER_S)
    os._exit(1)


def _serve_one(
    connection: Connection[bytes, bytes], order: bytes, cancelled: threading.Event
) -> None:
    try:
        connection.send_bytes(pickle.dumps(_run_order(connection, order, cancelled)))
    except (BrokenPipeError, ConnectionResetError):
        cancelled.set()


def _run_order(
    connection: Connection[bytes, bytes], order: bytes, cancelled: threading.Event
) -> tuple[str, Any]:
    """Drive the named generator; returns ("result", it) or ("error", (kind, sentence, text))."""
    try:
        spec: JobSpec = pickle.loads(order)
        module, function = spec.target.split(":")
        generator = getattr(importlib.import_module(module), function)(spec.spec, spec.paths)
        try:
            while not cancelled.is_set():
                connection.send_bytes(pickle.dumps(("progress", next(generator))))
        except StopIteration as stop:
            return "result", stop.value
        finally:
            generator.close()
        return "result", None  # cancelled: nobody reads it
    except (BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:  # noqa: BLE001 (it travels to the parent)
        kind = type(error).__name__
        if kind == "OutOfMemoryError" and not isinstance(error, EngineError):
            kind = "torch.OutOfMemoryError"
        return "error", (kind, str(error), traceback.format_exc())
