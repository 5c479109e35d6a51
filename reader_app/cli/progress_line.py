"""A job's progress as one line on stderr: bar, count, time left."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TextIO, TypeVar

from engine.jobs import Progress

T = TypeVar("T")
_BAR = 24
_QUIET_EVERY_S = 10.0
_DRAW_EVERY_S = 0.1


def time_words(seconds: float) -> str:
    """Seconds in words: "40 s", "3 min", "2 h 10 min"."""
    if seconds < 55:
        return f"{max(1, round(seconds))} s"
    minutes = max(1, round(seconds / 60))
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


@dataclass
class ProgressLine:
    """Redrawn in place on a terminal; elsewhere a plain line at a new message or every 10 s."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    started: float = field(default_factory=time.monotonic)
    _last: float = 0.0
    _message: str = ""
    _drawn: bool = False

    def show(self, progress: Progress) -> None:
        """Show where the job stands."""
        now = time.monotonic()
        if self.stream.isatty():
            if now - self._last >= _DRAW_EVERY_S or progress.done >= progress.total:
                self._last, self._drawn = now, True
                width = shutil.get_terminal_size().columns - 1
                self.stream.write("\r" + self.words(progress, now)[:width].ljust(width))
        elif self._is_due(progress, now):
            self._plain(progress, now)
        self.stream.flush()

    def _is_due(self, progress: Progress, now: float) -> bool:
        waited = now - self._last
        is_new = progress.message != self._message
        return waited >= (_QUIET_EVERY_S / 10 if is_new else _QUIET_EVERY_S)

    def _plain(self, progress: Progress, now: float) -> None:
        self._last, self._message = now, progress.message
        self.stream.write(self.words(progress, now) + "\n")

    def words(self, progress: Progress, now: float) -> str:
        """The line: `[######    ] 42/70  Message  3 min left`."""
        share = progress.done / progress.total if progress.total > 0 else 0.0
        bar = ("#" * round(_BAR * min(share, 1.0))).ljust(_BAR)
        words = f"[{bar}] {progress.done}/{progress.total}  {progress.message}"
        if 0.02 < share < 1.0:
            words += f"  {time_words((now - self.started) / share * (1 - share))} left"
        return words

    def end(self) -> None:
        """Leave the line."""
        if self._drawn:
            self.stream.write("\n")
            self.stream.flush()


def follow(work: Generator[Progress, None, T]) -> T:
    """Drive a workflow to its end, showing its progress; returns its result.

    However it ends, the workflow is closed, so that it tidies up.
    """
    line = ProgressLine()
    try:
        while True:
            line.show(next(work))
    except StopIteration as ended:
        return ended.value  # type: ignore[no-any-return]
    finally:
        line.end()
        work.close()
