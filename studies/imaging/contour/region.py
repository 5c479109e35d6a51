"""What a closed line encloses (even-odd rule, as `mask` fills it), exactly and not in pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def region_area(vertices: Array) -> float:
    """The area of a closed line (n, 2), n at least 3, in its own unit squared.

    A figure of eight has the area of both its loops; what a line runs around twice lies outside.
    nan for a line with a point that is no number.
    """
    return float(_region(vertices).area) if np.isfinite(vertices).all() else math.nan


def areas_of(first: Array, second: Array) -> tuple[tuple[float, float], float]:
    """The areas of two closed lines (n, 2), and what both enclose, in their unit squared.

    0 for a line with fewer than three vertices.
    """
    if min(len(first), len(second)) < 3:
        return (0.0, 0.0), 0.0
    one, other = _region(first), _region(second)
    return (float(one.area), float(other.area)), float(one.intersection(other).area)


def line_distances(points: Array, line: Array) -> Array:
    """The distance of each point (n, 2) from the nearest place on a closed line (m, 2)."""
    import shapely  # here: the window starts without it

    ring = shapely.linearrings(line)
    shapely.prepare(ring)
    return np.asarray(shapely.distance(ring, shapely.points(points)), dtype=np.float64)


def simpler(lines: Sequence[Array], tolerance: float) -> tuple[Array, ...]:
    """Each closed line (n, 2) with fewer vertices, none dropped farther than `tolerance` off.

    Douglas and Peucker (1973) as `simplify`, of hundreds of lines at once.
    """
    import shapely  # here: the window starts without it

    rings = [shapely.linearrings(line) for line in lines]
    fewer = shapely.simplify(rings, tolerance, preserve_topology=False)
    return tuple(shapely.get_coordinates(ring)[:-1] for ring in fewer)


def _region(vertices: Array) -> Any:
    """The polygon of a line, in parts where it crosses itself."""
    import shapely  # here: the window starts without it

    polygon = shapely.polygons(vertices)
    if shapely.is_valid(polygon):
        return polygon
    noded = shapely.node(shapely.linearrings(vertices))
    faces = shapely.get_parts(shapely.polygonize([noded]))
    within = shapely.get_coordinates(shapely.point_on_surface(faces))
    return shapely.union_all(faces[_is_inside(within, vertices)])


def _is_inside(points: Array, line: Array) -> npt.NDArray[np.bool_]:
    """Whether a ray from each point (n, 2) crosses the closed line (m, 2) an odd number of times:
    it runs along no side, so a side run through twice counts twice."""
    (x1, y1), (x2, y2) = line.T, np.roll(line, -1, axis=0).T
    x, y = points[:, :1], points[:, 1:]
    spans = (y1 <= y) != (y2 <= y)
    at = x1 + (y - y1) * (x2 - x1) / np.where(y2 == y1, 1.0, y2 - y1)
    return np.asarray((spans & (x < at)).sum(axis=1) % 2 == 1)
