"""Where points stand on a map: turned to fill a panel, and the next one in a direction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studies.learning import EmbeddingPoint

_TURNS = range(0, 90, 5)


def turned(points: list[EmbeddingPoint]) -> list[EmbeddingPoint]:
    """The map turned so that its longer side is least, which a square panel shows largest.

    t-SNE has no orientation: distances, all it has, stay as they are. Whole steps of 5 degrees;
    a map that would gain less than a tenth is left as it came.
    """
    if len(points) < 2:
        return points
    xy = np.array([(p.x, p.y) for p in points])
    sides = [float(np.ptp(xy @ _turn(angle), axis=0).max()) for angle in _TURNS]
    best = int(np.argmin(sides))
    if sides[best] > 0.9 * sides[0]:
        return points
    placed = xy @ _turn(_TURNS[best])
    return [replace(p, x=float(x), y=float(y)) for p, (x, y) in zip(points, placed, strict=True)]


def _turn(degrees: int) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s], [s, c]])


def next_point(
    points: dict[int, EmbeddingPoint], start: int | None, way: tuple[float, float]
) -> int | None:
    """The nearest lesion within 45 degrees of a direction; the first one without a start."""
    if start is None or start not in points:
        return next(iter(points), None)
    here = points[start]
    best: tuple[float, int] | None = None
    for lesion_id, p in points.items():
        dx, dy = p.x - here.x, p.y - here.y
        along = dx * way[0] + dy * way[1]
        across = abs(dx * way[1]) + abs(dy * way[0])
        if lesion_id != start and along > 0 and across <= along:
            best = min(best or (np.inf, 0), (along + across, lesion_id))
    return best[1] if best else None
