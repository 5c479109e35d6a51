"""Margins that are proposed and not saved: between drawn slices, and under the pointer. No Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence

from studies.imaging import aids, contour
from studies.imaging.aids import Beside
from studies.imaging.contour import SliceLine
from studies.imaging.volume import Slice
from studies.records import Points

AIR_HU = -800
"""Darker than the faintest nodule of a lung: nothing to be outlined."""

Point = tuple[float, float]
Owner = tuple[int | None, str]
"""A lesion's id and its author: what one person drew proposes nothing to another."""


class Proposals:
    """Lines of one lesion for slices without a margin; taken or dropped one by one or at once."""

    def __init__(self) -> None:
        self._owner: Owner = (None, "")
        self._lines: dict[int, Points] = {}
        self._ends: tuple[SliceLine, ...] = ()

    @property
    def owner(self) -> Owner:
        """Whose proposals there are."""
        return self._owner

    def fill(
        self,
        owner: Owner,
        drawn: Sequence[SliceLine],
        positions: Sequence[float],
        spacing: tuple[float, float],
    ) -> int:
        """A line for every slice between two drawn ones; how many there are."""
        found = contour.fill_between(drawn, positions, *spacing)
        self._owner, self._ends = owner, tuple(drawn)
        self._lines = {line.slice_index: line.points for line in found}
        return len(self._lines)

    def of(self, owner: Owner) -> tuple[SliceLine, ...]:
        """The lines proposed for a lesion to its author, in z order."""
        if owner[0] is None or owner != self._owner:
            return ()
        return tuple(SliceLine(index, self._lines[index]) for index in sorted(self._lines))

    def at(self, owner: Owner, index: int) -> Points:
        """What is proposed on a slice; () for nothing."""
        return self._lines.get(index, ()) if owner == self._owner else ()

    def forget(self, index: int | None = None) -> bool:
        """Drop the line of a slice, or all; whether there was one."""
        had = bool(self._lines) if index is None else index in self._lines
        if index is None:
            self._lines = {}
        else:
            self._lines.pop(index, None)
        return had

    def forget_unless(self, drawn: Sequence[SliceLine]) -> bool:
        """Drop all if a line that they lie between is gone or changed; whether any was dropped."""
        return not set(self._ends) <= set(drawn) and self.forget()

    def nearest(self, index: int) -> int | None:
        """The slice nearest to this one that still has a line."""
        return min(self._lines, key=lambda other: (abs(other - index), other), default=None)


class Hover:
    """The proposal under the pointer, computed once a place: what is seen is what is saved."""

    def __init__(self) -> None:
        self._at: Point | None = None
        self._sop_uid = ""
        self._points: Points = ()

    def points(
        self, shown: Slice | None, at: Point, has_hu: bool, beside: Sequence[Beside] = ()
    ) -> Points:
        """The margin that stands out around a place of the slice; () for none.

        `beside` are slices before and after it. Without HU the picture is taken for a
        magnified one, on which no size is likelier.
        """
        if shown is None:
            return ()
        if (shown.sop_uid, at) != (self._sop_uid, self._at):
            self._sop_uid, self._at = shown.sop_uid, at
            air = has_hu and _value(shown, at) < AIR_HU
            self._points = () if air else aids.proposal(shown.pixels, at, not has_hu, beside)
        return self._points


def _value(shown: Slice, at: Point) -> float:
    """The value under a place of the slice, HU; air beyond it."""
    row, column = math.floor(at[1]), math.floor(at[0])
    rows, columns = shown.pixels.shape
    inside = 0 <= row < rows and 0 <= column < columns
    return float(shown.pixels[row, column]) if inside else -math.inf
