"""The line under a dragging hand: its samples, or the pinned part of a magnetic line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from reader_app.widgets.slice_view.gesture import Point, Tracer
from studies.errors import StudyError
from studies.records import Points

PIN_PX = 12.0
"""A magnetic line is pinned each time the hand has gone this far, so that it can go round."""

LEAST_STRETCH = 5
"""Samples taken back at once; a tenth of a long line."""


@dataclass(frozen=True)
class _Stretch:
    """A piece taken back: the line's samples and pins from there on, and its loose end."""

    samples: Points
    pins: tuple[int, ...]
    loose: Points


class Trace:
    """Grows with the hand; stretches can be taken back and put back while the button is down.

    Without a tracer the samples are joined; with one the line keeps to edges. After a stretch was
    taken back the line rests until the hand has gone `reach` px, so that it does not jump there.
    """

    def __init__(self, start: Point, tracer: Tracer | None = None) -> None:
        self._samples: list[Point] = [start]
        self._pins: list[int] = [0]
        self._loose: Points = ()  # the magnetic part after the last pin
        self._tracer = tracer
        self._travel = 0.0  # of the hand since the last pin
        self._hand = start
        self._rests_at: Point | None = None
        self._undone: list[_Stretch] = []

    @property
    def start(self) -> Point:
        """Where the button went down."""
        return self._samples[0]

    @property
    def line(self) -> Points:
        """The line as it stands."""
        return (*self._samples, *self._loose)

    @property
    def length(self) -> float:
        """How long the line is."""
        return sum(math.dist(a, b) for a, b in pairwise(self.line))

    @property
    def seeds(self) -> Points:
        """Where a magnetic line was pinned, and its end; none of a plain one."""
        if self._tracer is None:
            return ()
        ends = self._loose[-1:]
        return (*(self._samples[pin] for pin in self._pins), *ends)

    def follow(self, at: Point, reach: float) -> None:
        """The hand moves on."""
        before, self._hand = self._hand, at
        if self._rests_at is not None:
            if math.dist(self._rests_at, at) <= reach:
                return
            self._rests_at = None
            self._undone.clear()
        if self._tracer is not None:
            self._cling(self._tracer, before, at)
        elif at != self._samples[-1]:
            self._samples.append(at)

    def _cling(self, tracer: Tracer, before: Point, at: Point) -> None:
        self._travel += math.dist(before, at)
        if math.dist(self._samples[-1], at) < 1.0:
            return
        self._loose = _traced(tracer, self._samples[-1], at)[1:]
        if self._travel > PIN_PX:
            keep = max(1, (len(self._loose) + 1) * 2 // 3 - 1)
            self._samples += self._loose[:keep]
            self._loose = self._loose[keep:]
            self._pins.append(len(self._samples) - 1)
            self._travel = 0.0

    def step_back(self) -> None:
        """Take the last stretch back; the start stays."""
        count = len(self._samples)
        keep = max(1, count - max(LEAST_STRETCH, count // 10))
        if count == 1 and not self._loose:
            return
        pins = tuple(pin for pin in self._pins if pin >= keep)
        self._undone.append(_Stretch(tuple(self._samples[keep:]), pins, self._loose))
        del self._samples[keep:]
        self._pins = [pin for pin in self._pins if pin < keep]
        self._loose, self._travel = (), 0.0
        self._rests_at = self._hand

    def step_forward(self) -> bool:
        """Put the stretch taken last back; False when there is none."""
        if not self._undone:
            return False
        stretch = self._undone.pop()
        self._samples += stretch.samples
        self._pins += stretch.pins
        self._loose = stretch.loose
        self._rests_at = self._hand
        return True


def _traced(tracer: Tracer, start: Point, end: Point) -> Points:
    """The tracer's line, or the straight one where it finds none."""
    try:
        found = tracer(start, end)
    except (StudyError, ValueError):
        return start, end
    is_sound = len(found) > 1 and all(math.isfinite(v) for point in found for v in point)
    return found if is_sound else (start, end)
