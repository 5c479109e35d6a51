"""What a hand does to a margin: modes, phases, what is shown meanwhile, what comes out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from studies.records import Points

Point = tuple[float, float]
Tracer = Callable[[Point, Point], Points]
"""The line from one point to another that keeps to edges, both ends in it."""


class Mode(Enum):
    """What a press on the picture begins."""

    DRAW = auto()
    NUDGE = auto()
    PROPOSE = auto()  # the view takes the click for itself


class Phase(Enum):
    """Where the tool stands. Every phase ends by release, click, Esc or `cancel`."""

    IDLE = auto()
    PRESSED = auto()  # the button is down and has not moved: a click or a drag to be
    FREEHAND = auto()
    MAGNETIC = auto()
    ANCHORS = auto()  # between the clicks of a polygon
    ANCHOR_HELD = auto()  # the newest anchor follows the pointer until release
    BENDING = auto()  # an anchor of a finished margin is dragged
    NUDGING = auto()


@dataclass(frozen=True)
class Finished:
    """A margin as drawn, px.

    `gap` is how far the drawn line was from closing; `anchors` are the clicks of a polygon, by
    which it re-opens; `seeds` the places where a magnetic line was pinned. `is_edit`: the margin
    under edit was changed (bent, pushed or redrawn), so this one takes its place.
    """

    points: Points
    tool: str  # freehand | polygon | magnetic | nudge | redraw, or an aid's
    gap: float = 0.0
    anchors: Points = ()
    seeds: Points = ()
    is_edit: bool = False


@dataclass(frozen=True)
class Preview:
    """What to show while drawing: the line, its anchors, and whether it would close now.

    `replaces`: the line would take the place of the margin under edit.
    """

    line: Points = ()
    anchors: Points = ()
    is_closed: bool = False
    closes_here: bool = False
    replaces: bool = False
