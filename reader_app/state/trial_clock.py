"""The times of one presentation, from a monotonic clock: jumps of the wall clock do not matter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


class TrialClock:
    """Starts when the ROI is painted; stands still while paused.

    An idle gap is one without any input longer than `idle_seconds`.
    """

    def __init__(self, ticks: Callable[[], int], idle_seconds: float) -> None:
        self._ticks = ticks
        self._idle_ns = int(idle_seconds * 1e9)
        self._start = ticks()
        self._painted = False
        self._first_key: int | None = None
        self._paused_at: int | None = None
        self._paused_ns = 0
        self._idle_total = 0
        self._last_input = self._start
        self.shown_at = _utc()
        self.focus_losses = 0
        self.window_changes = 0

    def painted(self) -> None:
        """The ROI is on the screen: time counts from here, pauses before it do not."""
        if not self._painted:
            self._painted = True
            self._paused_ns = self._idle_total = 0
            self._start = self._last_input = self._ticks()
            self.shown_at = _utc()

    def touched(self) -> None:
        """The reader pressed something."""
        now = self._ticks()
        if self._first_key is None:
            self._first_key = now
        self._close_gap(now)

    def stirred(self) -> None:
        """The reader looked around without answering: not idle, and no first key."""
        self._close_gap(self._ticks())

    def pause(self) -> None:
        """Stop the clock."""
        if self._paused_at is None:
            self._paused_at = self._ticks()
            self._close_gap(self._paused_at)

    def resume(self) -> None:
        """Let the clock go on."""
        if self._paused_at is not None:
            now = self._ticks()
            self._paused_ns += now - self._paused_at
            self._paused_at, self._last_input = None, now

    @property
    def first_key_ms(self) -> float:
        """From paint to the first key, ms; 0 before it."""
        return _ms(self._first_key - self._start) if self._first_key is not None else 0.0

    @property
    def commit_ms(self) -> float:
        """From paint to now, ms."""
        return _ms(self._ticks() - self._start)

    @property
    def active_ms(self) -> float:
        """From paint to now without pauses, ms."""
        return _ms(self._ticks() - self._start - self._paused_ns)

    @property
    def idle_ms(self) -> float:
        """Time in idle gaps, ms."""
        return _ms(self._idle_total)

    def _close_gap(self, now: int) -> None:
        gap = now - self._last_input
        self._last_input = now
        if gap > self._idle_ns:
            self._idle_total += gap


def _ms(nanoseconds: int) -> float:
    return round(max(nanoseconds, 0) / 1e6, 3)


def _utc() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
