"""The margin under edit: which of its places take a grip, and which leave the line free.

At least half of the line takes no grip at any zoom: there a stroke along it redraws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from reader_app.widgets.slice_view import redraw, reshape
from reader_app.widgets.slice_view.gesture import Point
from studies.imaging import contour
from studies.records import Points

ANCHOR_REACHES = 2.4
"""Anchors found along a margin lie at least so many `reach` apart, so that they never crowd."""

LARGE_REACHES = 4.0
"""A margin less broad than so many `reach` has no anchors: they would hide the lesion."""

GRIP_REACHES = 0.6
"""A press this near to an anchor, on its mark, takes it; beside it the line is free."""

GRIPPED_SHARE = 0.45
"""All grips together take no more of the line than this."""

NEAR_REACHES = 1.2
"""A stroke that begins and ends so near to the margin's line replaces a part of it."""

NEAR_SHARE = 1 / 12
"""Near to a small margin is no more than this share of its length, or all of it were near."""

LEAST_SHARE = 1 / 8
"""A stroke along so much of a small margin redraws it, however short it is on the screen."""


@dataclass(frozen=True)
class Standing:
    """A finished margin, px, and the anchors it was drawn through (none for a freehand one)."""

    points: Points = ()
    anchors: Points = ()

    @cached_property
    def length(self) -> float:
        """Along the closed line, px."""
        return reshape.length(self.points)

    @cached_property
    def breadth(self) -> float:
        """The longer side of the upright box around it, px."""
        return reshape.breadth(self.points)

    def is_large(self, reach: float) -> bool:
        """Whether it is broad enough on the screen to bear anchors."""
        return self.breadth >= LARGE_REACHES * reach

    def offered(self, reach: float) -> Points:
        """The anchors that can be seen and taken."""
        if not self.is_large(reach):
            return ()
        return self.anchors or reshape.handles(self.points, ANCHOR_REACHES * reach)

    def grip_at(self, at: Point, reach: float) -> int | None:
        """The number of the anchor that a press takes; None where the line is free."""
        offered = self.offered(reach)
        share = GRIPPED_SHARE * self.length / (2 * max(len(offered), 1))
        return reshape.nearest(offered, at, min(GRIP_REACHES * reach, share))

    def redrawn(self, line: Points, reach: float) -> Points | None:
        """The margin with a stroke in it; None for a stroke that is no part of it."""
        near = min(NEAR_REACHES * reach, NEAR_SHARE * self.length)
        least = min(NEAR_REACHES * reach, LEAST_SHARE * self.length)
        return redraw.redrawn(self.points, line, near, least)

    def redrawn_by_grip(
        self, line: Points, held: Point, bent: Points, reach: float
    ) -> Points | None:
        """The margin redrawn by a hand that led the anchor `held` along the line and back to it.

        To lay an anchor on the line beyond its neighbours, or to make the line cross itself
        (`bent`), is never meant. None where the hand bends.
        """
        apart = self.length / max(len(self.offered(reach)), 1)
        beyond = redraw.lies_on(self.points, line[-1], held, apart, GRIP_REACHES * reach)
        if not beyond and contour.is_simple(bent):
            return None
        return self.redrawn(line, reach)
