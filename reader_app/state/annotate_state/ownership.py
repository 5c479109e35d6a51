"""Whose margin a finished line is: the chosen lesion's, another one's, or a new lesion's. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studies.imaging import contour
from studies.records import Points

DRIFT = 0.5
"""mm in the plane per mm between slices: about as oblique as a lesion runs, 27°."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """A lesion's margin on a slice, px."""

    lesion_id: int
    slice_index: int
    points: Points


@dataclass(frozen=True)
class Steps:
    """mm between rows, columns and slices."""

    row: float
    column: float
    slice: float


def whose(line: Drawn, drawn: Sequence[Drawn], steps: Steps) -> int | None:
    """The lesion a line belongs to, drawn with `line.lesion_id` chosen; None = a new lesion.

    It is the chosen lesion's while that has no margin, or where the line meets its margin on this
    slice or lies near its nearest one on another. Else it is the lesion's whose margin it meets.
    """
    own = [one for one in drawn if one.lesion_id == line.lesion_id]
    if not own or _belongs(line, min(own, key=lambda one: _off(one, line)), steps):
        return line.lesion_id
    here = [one for one in drawn if not _off(one, line) and meet(one.points, line.points)]
    return min(here, key=lambda one: _apart(one, line, steps)).lesion_id if here else None


def _off(one: Drawn, other: Drawn) -> int:
    return abs(one.slice_index - other.slice_index)


def _belongs(line: Drawn, nearest: Drawn, steps: Steps) -> bool:
    """On one slice the two lines meet; on two, circles around them nearly do."""
    if not _off(line, nearest):
        return meet(line.points, nearest.points)
    reach = sum(
        contour.feret(one.points, steps.row, steps.column).length_mm / 2 for one in (line, nearest)
    )
    return _apart(line, nearest, steps) <= reach + DRIFT * steps.slice * _off(line, nearest)


def _apart(one: Drawn, other: Drawn, steps: Steps) -> float:
    """Between the two centroids in the plane, mm."""
    (x, y), (u, v) = contour.centroid(one.points), contour.centroid(other.points)
    return math.hypot((x - u) * steps.column, (y - v) * steps.row)


def meet(one: Points, other: Points) -> bool:
    """Whether two closed lines cross or touch, or one lies within the other."""
    ours, theirs = (np.asarray(contour.close(points), dtype=np.float64) for points in (one, other))
    if (ours.max(axis=0) < theirs.min(axis=0)).any() or (
        theirs.max(axis=0) < ours.min(axis=0)
    ).any():
        return False
    return _holds(ours, theirs[0]) or _holds(theirs, ours[0]) or _cross(ours, theirs)


def _holds(ring: Array, point: Array) -> bool:
    """Whether a point lies within a closed line, by the even-odd rule."""
    start, end = ring, np.roll(ring, -1, axis=0)
    spans = (start[:, 1] > point[1]) != (end[:, 1] > point[1])
    start, end = start[spans], end[spans]
    share = (point[1] - start[:, 1]) / (end[:, 1] - start[:, 1])
    return bool(np.count_nonzero(start[:, 0] + share * (end[:, 0] - start[:, 0]) > point[0]) % 2)


def _cross(ours: Array, theirs: Array) -> bool:
    """Whether any two sides share a point."""
    a, b = ours[:, None], np.roll(ours, -1, axis=0)[:, None]
    c, d = theirs[None], np.roll(theirs, -1, axis=0)[None]
    boxes = np.minimum(a, b) <= np.maximum(c, d)
    near = (boxes & (np.minimum(c, d) <= np.maximum(a, b))).all(axis=-1)
    split = (np.sign(_side(a, b, c)) * np.sign(_side(a, b, d)) <= 0) & (
        np.sign(_side(c, d, a)) * np.sign(_side(c, d, b)) <= 0
    )
    return bool((near & split).any())


def _side(a: Array, b: Array, point: Array) -> Array:
    u, v = b - a, point - a
    return np.asarray(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0])
