"""Bending, nudging and closing a margin; pure geometry in px."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from studies.imaging import contour
from studies.records import Points

Point = tuple[float, float]
Array = npt.NDArray[np.float64]

MOST_HANDLES, HANDLE_PX = 12, 7.0


def _run(vertices: Array) -> Array:
    """Length along the closed line at each vertex, and the whole length last."""
    ring = np.vstack((vertices, vertices[:1]))
    steps = np.linalg.norm(np.diff(ring, axis=0), axis=1)
    return np.concatenate(([0.0], np.cumsum(steps)))


def _places(whole: float, apart: float) -> Array:
    """Where along a closed line its anchors lie: evenly, 12 at most, 4 at least."""
    count = int(min(MOST_HANDLES, max(4, whole // max(apart, HANDLE_PX))))
    return np.arange(count) * whole / count


def _along(vertices: Array, run: Array, at: Array) -> Array:
    """The points at lengths `at` of the closed line."""
    ring = np.vstack((vertices, vertices[:1]))
    return np.column_stack([np.interp(at, run, ring[:, axis]) for axis in (0, 1)])


def length(points: Points) -> float:
    """How long the closed line is, px; 0 below two vertices."""
    return float(_run(np.asarray(points, dtype=np.float64))[-1]) if len(points) > 1 else 0.0


def breadth(points: Points) -> float:
    """The longer side of the upright box around the points, px; 0 without any."""
    return float(np.ptp(np.asarray(points, dtype=np.float64), axis=0).max()) if points else 0.0


def handles(points: Points, apart: float = HANDLE_PX) -> Points:
    """Where the anchors of a margin lie, about `apart` px or more; none below three vertices."""
    if len(points) < 3:
        return ()
    vertices = np.asarray(points, dtype=np.float64)
    run = _run(vertices)
    return _points(_along(vertices, run, _places(run[-1], apart)))


def nearest(candidates: Points, at: Point, reach: float) -> int | None:
    """The candidate nearest to `at` and within `reach`; None without one."""
    if not candidates:
        return None
    distance = [math.dist(candidate, at) for candidate in candidates]
    best = int(np.argmin(distance))
    return best if distance[best] <= reach else None


def bend(points: Points, grip: int, to: Point, apart: float = HANDLE_PX) -> Points:
    """Move anchor number `grip` to `to`; the line up to its neighbours follows smoothly.

    `apart` as given to `handles`. The vertices beyond the neighbours stay exactly as they were.
    """
    vertices = np.asarray(points, dtype=np.float64)
    run = _run(vertices)
    whole = float(run[-1])
    places = _places(whole, apart)
    if not 0 <= grip < len(places):
        return points
    spacing, at = whole / len(places), float(places[grip])
    dense = (at + np.arange(-round(spacing), round(spacing) + 1)) % whole
    lengths = np.unique(np.concatenate((run[:-1], dense)))
    line = _along(vertices, run, lengths)
    offset = np.abs((lengths - at + whole / 2) % whole - whole / 2)
    weight = np.where(offset < spacing, np.cos(offset / spacing * np.pi / 2) ** 2, 0.0)
    moved = line + weight[:, None] * (np.asarray(to) - _along(vertices, run, np.array([at])))
    return contour.close(_points(moved), 1e-6)


def nudge(points: Points, before: Point, at: Point, radius: float) -> Points:
    """Push the line out of the way of a circle that moves from `before` to `at`.

    The circle goes in steps of a third of its radius, so that it cannot jump over the line.
    """
    if len(points) < 3:
        return points
    dense = np.asarray(contour.resample(points, max(0.5, radius / 8)), dtype=np.float64)
    steps = max(1, math.ceil(math.dist(before, at) / (radius / 3)))
    touched = False
    for step in range(1, steps + 1):
        center = np.asarray(before) + (np.asarray(at) - before) * step / steps
        away = dense - center
        distance = np.linalg.norm(away, axis=1)
        inside = distance < radius
        if inside.any():
            touched = True
            safe = np.maximum(distance[inside, None], 1e-9)
            dense[inside] = center + away[inside] / safe * radius
    if not touched:
        return points
    return contour.simplify(contour.close(_points(dense), 0.05), 0.05)


def closed_loop(line: Points) -> Points:
    """The loop within a hand-drawn line: tails beyond the place where its ends cross are cut.

    Only crossings of the first third with the last third count; others are the hand's will and
    are warned of, not mended.
    """
    n = len(line)
    if n < 9:
        return line
    vertices = np.asarray(line, dtype=np.float64)
    third = n // 3
    best: tuple[int, int, Point] | None = None
    for i in range(third):
        crossing = _first_crossing(vertices, i, n - third)
        if crossing is not None:
            best = (i, *crossing)
            break
    if best is None:
        return line
    i, j, at = best
    return (at, *line[i + 1 : j + 1])


def _first_crossing(vertices: Array, i: int, start: int) -> tuple[int, Point] | None:
    """The last of the sides from `start` on that crosses side i, and where."""
    a, u = vertices[i], vertices[i + 1] - vertices[i]
    c, v = vertices[start:-1], np.diff(vertices[start:], axis=0)
    cross = u[0] * v[:, 1] - u[1] * v[:, 0]
    usable = np.abs(cross) > 1e-12
    cross = np.where(usable, cross, 1.0)
    w = c - a
    s = (w[:, 0] * v[:, 1] - w[:, 1] * v[:, 0]) / cross
    t = (w[:, 0] * u[1] - w[:, 1] * u[0]) / cross
    hits = np.flatnonzero(usable & (s >= 0) & (s <= 1) & (t >= 0) & (t <= 1))
    if not len(hits):
        return None
    hit = int(hits[-1])
    x, y = a + s[hit] * u
    return start + hit, (float(x), float(y))


def _points(vertices: Array) -> Points:
    return tuple((float(x), float(y)) for x, y in vertices)
