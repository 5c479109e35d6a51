"""A mask's margin: a sub-pixel line whose pixel-centre fill gives back exactly the same mask.

Marching squares (Lorensen and Cline 1987) on the pixels' centres, each vertex on the way from a
centre inside to one outside. Wherever it stands on that way, the fill (`contour.mask`) stays the
same; so the vertices follow the level line of the smoothed mask, at the level whose area is the
mask's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from studies.imaging.contour import area_mm2, mask, simplify
from studies.records import Points

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Ring = npt.NDArray[np.float64]
Ways = npt.NDArray[np.int64]

MOST_RINGS = 64
"""A mask in more pieces than this on one slice is noise, no lesion."""
_SIGMA = 0.8
_REACH = 3
_NEAREST = 0.02
_TOLERANCES = (0.05, 0.02, 0.005)
_T, _R, _B, _L = range(4)
_WAYS: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((_T, _L),), 2: ((_R, _T),), 4: ((_B, _R),), 8: ((_L, _B),),
    14: ((_L, _T),), 13: ((_T, _R),), 11: ((_R, _B),), 7: ((_B, _L),),
    3: ((_R, _L),), 12: ((_L, _R),), 9: ((_T, _B),), 6: ((_B, _T),),
    5: ((_T, _R), (_B, _L)), 10: ((_L, _T), (_R, _B)),
}  # fmt: skip
"""Directed sides of a cell of four centres (top left 1, top right 2, bottom right 4, bottom left
8), the inside on the right hand; centres that touch at a corner belong together."""


@dataclass(frozen=True)
class Outline:
    """A mask's margin as one closed line, and what it is made of.

    `points` (x, y) px from the outer corner of the first pixel. Holes and further parts hang on it
    by a line walked there and back, which encloses nothing. Parts touch at least at a corner.
    """

    points: Points
    parts: int
    holes: int


def outline(pixels: Mask) -> Outline:
    """The margin of a (rows, columns) mask; `contour.mask` of its points is the mask again.

    Its area in px is the number of pixels within what the limits of each vertex allow.

    Raises:
        ValueError: for a mask without a pixel or in more than MOST_RINGS pieces.
    """
    inside = np.asarray(pixels, dtype=np.bool_)
    if not inside.any():
        raise ValueError("the mask holds no pixel")
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    top, left = int(rows[0]), int(columns[0])
    cut = np.pad(inside[top : rows[-1] + 1, left : columns[-1] + 1], _REACH + 1)
    chains = _chains(cut)
    if len(chains) > MOST_RINGS:
        raise ValueError(f"the mask falls into {len(chains)} pieces")
    rings = [_thinned(ring) for ring in _at_area(cut, chains)]
    holes = sum(_signed(ring) < 0 for ring in rings)
    shift = np.array((left, top)) - (_REACH + 1.0)
    points = joined([_points(ring + shift) for ring in rings])
    return Outline(points, len(rings) - holes, holes)


def joined(rings: list[Points]) -> Points:
    """Several closed lines as one, by even-odd: each next one hung on by a way there and back.

    The fill is that of all lines together; a line within another one counts as a hole, as its
    turn is made the opposite of what surrounds it. One line alone stays as it is.

    Raises:
        ValueError: without a line.
    """
    if not rings:
        raise ValueError("there is no line to join")
    if len(rings) == 1:
        return rings[0]
    first, *others = sorted(_turned(rings), key=lambda ring: -abs(_signed(ring)))
    whole, waiting = first, [_Waiting.near(ring, first) for ring in others]
    while waiting:
        way = min(waiting, key=lambda one: one.away)
        waiting.remove(way)
        start = int(np.flatnonzero((whole == way.start).all(axis=1))[0])
        ring = np.roll(way.ring, -way.end, axis=0)
        whole = np.vstack((whole[: start + 1], ring, ring[:1], whole[start:]))
        waiting = [one.nearer(ring) for one in waiting]
    return _points(whole)


@dataclass(frozen=True, eq=False)
class _Waiting:
    """A line not yet hung on, and the shortest way to it: from a point to its vertex `end`."""

    ring: Ring
    tree: Any
    away: float
    start: Array
    end: int

    @classmethod
    def near(cls, ring: Ring, whole: Ring) -> _Waiting:
        """The line with its shortest way from the vertices of another one."""
        from scipy.spatial import cKDTree  # here: the window starts without it

        return cls(ring, cKDTree(ring), math.inf, ring[0], 0).nearer(whole)

    def nearer(self, added: Ring) -> _Waiting:
        """The same line with the way from new vertices, where that is shorter."""
        away, ends = self.tree.query(added)
        at = int(away.argmin())
        if away[at] >= self.away:
            return self
        return replace(self, away=float(away[at]), start=added[at], end=int(ends[at]))


def crosses_itself(points: Points) -> bool:
    """Whether a closed line crosses or touches itself; quick also for thousands of vertices."""
    from shapely import LinearRing  # here: the window starts without it

    return not LinearRing(points).is_simple


def _turned(rings: list[Points]) -> list[Ring]:
    """The lines with outer ones clockwise on the screen and holes against it."""
    arrays = [np.asarray(ring, dtype=np.float64) for ring in rings]
    turned = []
    for number, ring in enumerate(arrays):
        around = sum(_holds(other, ring[0]) for at, other in enumerate(arrays) if at != number)
        wants_positive = around % 2 == 0
        turned.append(ring if (_signed(ring) > 0) == wants_positive else ring[::-1])
    return turned


def _holds(ring: Ring, point: Array) -> bool:
    """Whether a point lies within a closed line, even-odd."""
    (x1, y1), (x2, y2) = ring.T, np.roll(ring, -1, axis=0).T
    crossed = (y1 <= point[1]) != (y2 <= point[1])
    run = np.where(crossed, y2 - y1, 1.0)
    return bool((crossed & (x1 + (point[1] - y1) / run * (x2 - x1) <= point[0])).sum() % 2)


def _chains(inside: Mask) -> list[Ways]:
    """The vertices' ways in order, a chain a closed line: (n, 3) row, column and 1 for downwards.

    A way leads from the centre (row, column) to its right neighbour, or to the one below.
    """
    codes = inside.astype(np.int64)
    codes = codes[:-1, :-1] + 2 * codes[:-1, 1:] + 4 * codes[1:, 1:] + 8 * codes[1:, :-1]
    following: dict[tuple[int, int, int], tuple[int, int, int]] = {}
    for row, column in np.argwhere((codes > 0) & (codes < 15)).tolist():
        sides = ((row, column, 0), (row, column + 1, 1), (row + 1, column, 0), (row, column, 1))
        for start, end in _WAYS[int(codes[row, column])]:
            following[sides[start]] = sides[end]
    chains = []
    while following:
        first, way = following.popitem()
        chain = [first]
        while way != first:
            chain.append(way)
            way = following.pop(way)
        chains.append(np.asarray(chain, dtype=np.int64))
    return chains


def _at_area(inside: Mask, chains: list[Ways]) -> list[Ring]:
    """The lines at the level where they hold as many pixels as the mask, by halving."""
    soft, wanted = _softened(inside), float(inside.sum())
    low, high = 0.05, 0.95
    for _ in range(16):
        level = (low + high) / 2
        rings = [_placed(soft, inside, chain, level) for chain in chains]
        if sum(_signed(ring) for ring in rings) > wanted:
            low = level
        else:
            high = level
    return rings


def _softened(inside: Mask) -> Array:
    steps = np.arange(-_REACH, _REACH + 1)
    weights = np.exp(-0.5 * (steps / _SIGMA) ** 2)
    weights /= weights.sum()
    soft = inside.astype(np.float64)
    for axis in (0, 1):
        shifted = np.stack([np.roll(soft, step, axis=axis) for step in steps.tolist()])
        soft = np.tensordot(weights, shifted, axes=1)
    return np.asarray(soft)


def _placed(soft: Array, inside: Mask, chain: Ways, level: float) -> Ring:
    """Each vertex where the softened mask crosses the level on its way, never at a centre."""
    row, column, down = chain.T
    here, there = soft[row, column], soft[row + down, column + 1 - down]
    apart = there - here
    share = np.where(np.abs(apart) < 1e-9, 0.5, (level - here) / np.where(apart == 0, 1.0, apart))
    wrong = (apart > 0) == inside[row, column]  # the softened mask rises on the way out
    share = np.clip(np.where(wrong, 0.5, share), _NEAREST, 1 - _NEAREST)
    return np.column_stack((column + 0.5 + share * (1 - down), row + 0.5 + share * down))


def _thinned(ring: Ring) -> Ring:
    """Fewer vertices, where the line stays simple and its fill the same."""
    low = np.floor(ring.min(axis=0)) - 1
    shape = tuple(int(side) for side in (np.ceil(ring.max(axis=0)) + 1 - low)[::-1])
    local = ring - low
    before = mask(_points(local), (shape[0], shape[1]))
    for tolerance in _TOLERANCES:
        fewer = simplify(_points(local), tolerance)
        same = bool((mask(fewer, (shape[0], shape[1])) == before).all())
        if same and len(fewer) >= 3 and not crosses_itself(fewer) and _near(fewer, local):
            thinned: Ring = np.asarray(fewer, dtype=np.float64) + low
            return thinned
    return ring


def _near(fewer: Points, ring: Ring) -> bool:
    """Whether thinning kept the area to a thousandth."""
    before = abs(_signed(ring))
    return abs(area_mm2(fewer) - before) <= 1e-3 * before


def _signed(ring: Ring) -> float:
    """The area in px, positive for a line clockwise on the screen."""
    x, y = (ring - ring[0]).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def _points(ring: Ring) -> Points:
    return tuple((float(x), float(y)) for x, y in ring)
