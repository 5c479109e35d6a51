"""A t-SNE map turned to fill a square panel: in the window and in the figure alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from studies.learning import EmbeddingPoint, SyntheticPoint

Placed = TypeVar("Placed", EmbeddingPoint, SyntheticPoint)

_TURNS = range(0, 90, 5)


def turning(points: Sequence[Placed]) -> int:
    """Degrees by which a map's longer side is least, which a square panel shows largest.

    t-SNE has no orientation: distances, all it has, stay as they are. Whole steps of 5 degrees;
    0 for a map that would gain less than a tenth.
    """
    if len(points) < 2:
        return 0
    xy = np.array([(p.x, p.y) for p in points])
    sides = [float(np.ptp(xy @ _turn(angle), axis=0).max()) for angle in _TURNS]
    best = int(np.argmin(sides))
    return 0 if sides[best] > 0.9 * sides[0] else _TURNS[best]


def turned(points: Sequence[Placed], degrees: int) -> list[Placed]:
    """The same points turned about the origin."""
    if not degrees or not points:
        return list(points)
    placed = np.array([(p.x, p.y) for p in points]) @ _turn(degrees)
    return [replace(p, x=float(x), y=float(y)) for p, (x, y) in zip(points, placed, strict=True)]


def _turn(degrees: int) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s], [s, c]])
