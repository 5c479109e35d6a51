"""What a live curve's card shows; made by states, drawn by views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reader_app.widgets.plots import LineLook


@dataclass(frozen=True)
class Series:
    """A named line of a card; `low` and `high`, where given, are its interval at each point."""

    name: str
    look: LineLook
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


@dataclass(frozen=True)
class Event:
    """Something that happened at `x`, in words; `role`: ok | warning | error."""

    x: float
    words: str
    role: str = "warning"


@dataclass(frozen=True)
class CardContent:
    """All a card shows; `band` (low, high) is the real-v-real range with its name."""

    title: str
    hint: str
    value: str
    series: tuple[Series, ...]
    band: tuple[float, float] | None = None
    band_name: str = ""
    x_end: float = 1.0
    low: float | None = 0.0
    high: float | None = None
    events: tuple[Event, ...] = ()
    x_name: str = "step"
    note: str = ""
