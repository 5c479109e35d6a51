"""The ruler: a distance between two ends in image px, either of which can be moved."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from reader_app.widgets.slice_view.gesture import Point


@dataclass(frozen=True)
class Ruler:
    """Two ends in image px."""

    start: Point
    end: Point

    def grip(self, at: Point, reach: float) -> int | None:
        """Which end lies within `reach` of a point: 0, 1 or none; the nearer one."""
        apart = (math.dist(self.start, at), math.dist(self.end, at))
        nearest = int(apart[1] <= apart[0])
        return nearest if apart[nearest] <= reach else None

    def moved(self, grip: int, to: Point) -> Ruler:
        """One end somewhere else."""
        return replace(self, end=to) if grip else replace(self, start=to)

    def length(self, row_spacing: float, column_spacing: float) -> float:
        """How long, in the unit of the spacings."""
        across = (self.end[0] - self.start[0]) * column_spacing
        return math.hypot(across, (self.end[1] - self.start[1]) * row_spacing)
