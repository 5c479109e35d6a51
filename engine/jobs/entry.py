"""What a program's entry does for threads and processes before anything else."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from types import TracebackType

ExceptionHook = Callable[[type[BaseException], BaseException, TracebackType | None], None]


def prepare_entry() -> None:
    """Let a frozen program start its worker processes; call it first in `main`."""
    multiprocessing.freeze_support()


def hear_thread_faults(hook: ExceptionHook) -> None:
    """Send exceptions that nobody catches in a thread to the same hook as `sys.excepthook`."""

    def hear(info: threading.ExceptHookArgs) -> None:
        error = info.exc_value or info.exc_type()
        hook(info.exc_type, error, info.exc_traceback)

    threading.excepthook = hear
