"""The next point of a map in a direction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np

from studies.learning import EmbeddingPoint, SyntheticPoint

Placed = TypeVar("Placed", EmbeddingPoint, SyntheticPoint)


def next_point(
    points: Mapping[int, Placed], start: int | None, way: tuple[float, float]
) -> int | None:
    """The nearest point within 45 degrees of a direction; the first one without a start."""
    if start is None or start not in points:
        return next(iter(points), None)
    here = points[start]
    best: tuple[float, int] | None = None
    for number, p in points.items():
        dx, dy = p.x - here.x, p.y - here.y
        along = dx * way[0] + dy * way[1]
        across = abs(dx * way[1]) + abs(dy * way[0])
        if number != start and along > 0 and across <= along:
            best = min(best or (np.inf, 0), (along + across, number))
    return best[1] if best else None
