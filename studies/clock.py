"""The time written into records."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """This moment in UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def moment() -> str:
    """This moment in UTC, ISO 8601 to the microsecond: for what is put in order by its time."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def apart_s(one: str, other: str) -> float:
    """Seconds between two moments, of either kind; never negative."""
    between = datetime.fromisoformat(other) - datetime.fromisoformat(one)
    return abs(between.total_seconds())
