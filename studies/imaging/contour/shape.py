"""Sizes of a margin: area, calipers, circle. Points in px, lengths in mm."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from studies.imaging.contour.region import region_area
from studies.records import Points

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Point = tuple[float, float]


@dataclass(frozen=True)
class Caliper:
    """A measured distance: its length in mm and its two ends (x, y) in px."""

    length_mm: float
    start: Point
    end: Point


@dataclass(frozen=True)
class Circle:
    """A circle in mm space: centre (x, y) in px, radius in mm."""

    center: Point
    radius_mm: float


def in_mm(points: Points, row_spacing: float, column_spacing: float) -> Array:
    """The vertices (n, 2) in mm: x times the column spacing, y times the row spacing."""
    return np.asarray(points, dtype=np.float64).reshape(-1, 2) * (column_spacing, row_spacing)


def area_mm2(points: Points, row_spacing: float = 1.0, column_spacing: float = 1.0) -> float:
    """The polygon's area in mm², never negative; 0 below three vertices.

    The shoelace formula; of a line that crosses itself what `mask` fills (even-odd rule), where
    the formula would take one loop from the other.
    """
    vertices = in_mm(points, row_spacing, column_spacing)
    if len(vertices) < 3:
        return 0.0
    return region_area(vertices)


def perimeter_mm(points: Points, row_spacing: float = 1.0, column_spacing: float = 1.0) -> float:
    """The closed polygon's length in mm."""
    vertices = in_mm(points, row_spacing, column_spacing)
    return float(np.linalg.norm(np.roll(vertices, -1, axis=0) - vertices, axis=1).sum())


def centroid(points: Points) -> Point:
    """Centre of the polygon's area (x, y) in px; of its vertices where it has no area."""
    vertices = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    origin = vertices.mean(axis=0)
    local = vertices - origin
    following = np.roll(local, -1, axis=0)
    cross = local[:, 0] * following[:, 1] - following[:, 0] * local[:, 1]
    doubled = cross.sum()
    extent = float(np.abs(local).max(initial=0.0))
    if len(vertices) < 3 or abs(doubled) <= 1e-12 * extent**2:
        return float(origin[0]), float(origin[1])
    center = origin + ((local + following) * cross[:, None]).sum(axis=0) / (3 * doubled)
    return float(center[0]), float(center[1])


def length_uncertainty_mm(row_spacing: float, column_spacing: float) -> float:
    """What a caliper may be off by: half a pixel at each end, of the coarser direction."""
    return max(row_spacing, column_spacing)


def area_uncertainty_mm2(points: Points, row_spacing: float, column_spacing: float) -> float:
    """What an area may be off by when the whole margin lies half a pixel in or out."""
    half = length_uncertainty_mm(row_spacing, column_spacing) / 2
    return perimeter_mm(points, row_spacing, column_spacing) * half


def feret(points: Points, row_spacing: float = 1.0, column_spacing: float = 1.0) -> Caliper:
    """The largest caliper (RECIST long axis): the two vertices farthest apart in mm.

    Raises:
        ValueError: without a vertex.
    """
    vertices, outer = _with_corners(points, row_spacing, column_spacing)
    x, y = vertices[outer].T
    squares = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2
    first, second = (outer[at] for at in divmod(int(squares.argmax()), len(outer)))
    length = math.dist(vertices[first].tolist(), vertices[second].tolist())
    return Caliper(length, _point(points[first]), _point(points[second]))


def short_axis(
    points: Points,
    row_spacing: float = 1.0,
    column_spacing: float = 1.0,
    long: Caliper | None = None,
) -> Caliper:
    """The longest distance across the margin at a right angle (in mm) to the long axis.

    As in RECIST 1.1 (Eisenhauer 2009): both ends lie on one line perpendicular to the largest
    caliper, and all between them lies inside the margin (even-odd rule): of a horseshoe it is the
    width of an arm, not what the arms enclose. The width changes linearly between vertices (of
    a line that does not cross itself), so lines just before and behind each vertex suffice.
    `long` is the long axis where it is known already.
    """
    vertices = in_mm(points, row_spacing, column_spacing)
    long = long or feret(points, row_spacing, column_spacing)
    spacing = np.array((column_spacing, row_spacing))
    along = (np.array(long.end) - long.start) * spacing
    if long.length_mm == 0.0:
        return Caliper(0.0, long.start, long.start)
    along /= long.length_mm
    across = np.array((-along[1], along[0]))
    at, low, high = _widest(vertices @ along, vertices @ across)
    start, end = (at * along + low * across) / spacing, (at * along + high * across) / spacing
    return Caliper(float(high - low), _point(start), _point(end))


def _widest(t: Array, s: Array) -> tuple[float, float, float]:
    """The position along `t` where a piece inside the polygon (t, s) is longest, and its ends."""
    t2, s2 = np.roll(t, -1), np.roll(s, -1)
    low, high, at = np.minimum(t, t2), np.maximum(t, t2), t[:, None]
    best = float(t[0]), 0.0, 0.0
    for crossed in ((low < at) & (at <= high), (low <= at) & (at < high)):
        line, side = np.nonzero(crossed)
        value = s[side] + (t[line] - t[side]) / (t2 - t)[side] * (s2 - s)[side]
        order = np.lexsort((value, line))  # each line's crossings in turn: in, out, in, out
        pieces = value[order].reshape(-1, 2)
        longest = int((pieces[:, 1] - pieces[:, 0]).argmax())
        first, last = pieces[longest].tolist()
        if last - first > best[2] - best[1]:
            best = float(t[line[order[2 * longest]]]), first, last
    return best


def _with_corners(
    points: Points, row_spacing: float, column_spacing: float
) -> tuple[Array, list[int]]:
    """The vertices in mm, and which of them are the hull's corners."""
    vertices = in_mm(points, row_spacing, column_spacing)
    if not len(vertices):
        raise ValueError("a margin needs at least one point")
    return vertices, list(_corners(vertices.tobytes()))


@lru_cache(maxsize=16)  # a margin on show is asked for its axes, its circle and its warnings
def _corners(vertices: bytes) -> tuple[int, ...]:
    return tuple(hull(np.frombuffer(vertices, dtype=np.float64).reshape(-1, 2)))


def hull(vertices: Array) -> list[int]:
    """Indices of the convex hull's corners (Andrew's monotone chain)."""
    order = np.lexsort((vertices[:, 1], vertices[:, 0])).tolist()
    xy = vertices.tolist()
    if len(order) < 3:
        return [int(i) for i in order]
    lower, upper = _half_hull(order, xy), _half_hull(order[::-1], xy)
    return lower[:-1] + upper[:-1]


def _half_hull(order: list[int], xy: list[list[float]]) -> list[int]:
    chain: list[int] = []
    for i in order:
        while len(chain) > 1 and _turn(xy[chain[-2]], xy[chain[-1]], xy[i]) <= 0:
            chain.pop()
        chain.append(i)
    return chain


def _turn(a: list[float], b: list[float], c: list[float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def smallest_circle(
    points: Points, row_spacing: float = 1.0, column_spacing: float = 1.0
) -> Circle:
    """The smallest circle (in mm) around all vertices (Welzl 1991, incremental form).

    Raises:
        ValueError: without a vertex.
    """
    vertices, outer = _with_corners(points, row_spacing, column_spacing)
    x, y, radius = _enclosing([(float(a), float(b)) for a, b in vertices[outer]])
    return Circle((x / column_spacing, y / row_spacing), radius)


_Disc = tuple[float, float, float]


def _enclosing(corners: list[Point]) -> _Disc:
    """In a shuffled order, always the same one, the time is linear in the corners (Welzl 1991)."""
    random.Random(0).shuffle(corners)
    disc = (*corners[0], 0.0)
    for i, a in enumerate(corners):
        if _within(disc, a):
            continue
        disc = (*a, 0.0)
        for j, b in enumerate(corners[:i]):
            if _within(disc, b):
                continue
            disc = _between(a, b)
            for c in corners[:j]:
                if not _within(disc, c):
                    disc = _through(a, b, c)
    return disc


def _within(disc: _Disc, point: Point) -> bool:
    return math.dist(disc[:2], point) <= disc[2] * (1 + 1e-12) + 1e-12


def _between(a: Point, b: Point) -> _Disc:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2, math.dist(a, b) / 2


def _through(a: Point, b: Point, c: Point) -> _Disc:
    """The circle through three corners; of nearly collinear ones, around the farthest two."""
    bx, by, cx, cy = b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]
    doubled = 2 * (bx * cy - by * cx)
    b2, c2 = bx * bx + by * by, cx * cx + cy * cy
    if abs(doubled) <= 1e-12 * max(b2, c2):
        return max((_between(*pair) for pair in ((a, b), (a, c), (b, c))), key=lambda d: d[2])
    x, y = (cy * b2 - by * c2) / doubled, (bx * c2 - cx * b2) / doubled
    return a[0] + x, a[1] + y, math.hypot(x, y)


def is_simple(points: Points) -> bool:
    """Whether no two sides of the closed polygon cross or touch, but neighbours at their vertex."""
    start = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    start = start[np.any(start != np.roll(start, 1, axis=0), axis=1)]
    n = len(start)
    if n < 3:
        return False
    end = np.roll(start, -1, axis=0)
    for first, second in _near_pairs(start, end):
        if _cross(start[first], end[first], start[second], end[second]).any():
            return False
    return not bool(_folds_back(start, end).any())


SIDES_AT_ONCE = 256


def _near_pairs(start: Array, end: Array) -> Iterator[tuple[Indices, Indices]]:
    """Pairs of sides whose boxes meet, neighbours left out; some sides at a time, so that the
    thousands of an imported outline need no table of all pairs."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    n = len(start)
    for at in range(0, n, SIDES_AT_ONCE):
        rows = slice(at, at + SIDES_AT_ONCE)
        meet = np.ones((len(low[rows]), n), dtype=bool)
        for axis in (0, 1):
            meet &= low[rows, None, axis] <= high[None, :, axis]
            meet &= low[None, :, axis] <= high[rows, None, axis]
        first, second = np.nonzero(meet)
        first = first + at
        apart = (second > first + 1) & ~((first == 0) & (second == n - 1))
        yield first[apart], second[apart]


def _cross(a: Array, b: Array, c: Array, d: Array) -> npt.NDArray[np.bool_]:
    """Whether segments ab and cd, whose boxes meet, share a point, pair by pair."""
    split_by_ab = np.sign(_side(a, b, c)) * np.sign(_side(a, b, d)) <= 0
    split_by_cd = np.sign(_side(c, d, a)) * np.sign(_side(c, d, b)) <= 0
    return np.asarray(split_by_ab & split_by_cd)


def _side(a: Array, b: Array, point: Array) -> Array:
    u, v = b - a, point - a
    return np.asarray(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])


def _folds_back(start: Array, end: Array) -> npt.NDArray[np.bool_]:
    """Whether a side runs back over the one before it."""
    u, v = end - start, np.roll(end, -1, axis=0) - end
    straight = u[:, 0] * v[:, 1] == u[:, 1] * v[:, 0]
    return np.asarray(straight & ((u * v).sum(axis=1) < 0))


def _point(xy: Point | Array) -> Point:
    return float(xy[0]), float(xy[1])
