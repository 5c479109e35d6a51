"""How a line between two points bends, told from the slope all along it and not at single px."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from studies.imaging.aids.polar import Array, Point
from studies.records import FloatArray

STEPS = 24
ALONG: Array = np.asarray((np.arange(STEPS) + 0.5) / STEPS, dtype=np.float64)
NARROW: Array = np.linspace(-0.15, 0.15, 9)
WIDE: Array = np.linspace(-0.6, 0.6, 33)
"""Rises, in shares of the ends' distance. A sixth of a circle rises .134."""

AGAINST = 1.0
"""A bend's slope must be the steeper the more it rises: by its rise in shares of the steepest."""


@dataclass(frozen=True)
class Bend:
    """A parabola between two ends: its rise as a share of their distance, to the right of the
    way (y down) where it is above 0, and the mean slope across it."""

    rise: float
    slope: float

    def beside(self, ends: tuple[Point, Point], shape: tuple[int, ...]) -> Array:
        """How far each px (rows, columns) is from it, across the way, over the ends' distance."""
        (x0, y0), _ = ends
        length, ahead_x, ahead_y = _way(ends)
        y = np.arange(shape[0])[:, None] + (0.5 - y0)
        x = np.arange(shape[1])[None, :] + (0.5 - x0)
        share = np.clip((x * ahead_x + y * ahead_y) / length, 0, 1)
        return np.abs((y * ahead_x - x * ahead_y) / length - self.rise * 4 * share * (1 - share))


def bend_between(
    slopes: tuple[FloatArray, FloatArray], ends: tuple[Point, Point], widest: bool
) -> Bend:
    """The bend with the largest mean slope across it; `slopes` (rows, columns) towards x and y.

    Slopes that point to different sides cancel, so that grain and speckle count little. Large
    rises are tried where `widest` says so, which only a clear picture can tell apart.
    """
    rises = WIDE if widest else NARROW
    length, ahead_x, ahead_y = _way(ends)
    lean = rises[:, None] * 4 * (1 - 2 * ALONG)
    beside = length * rises[:, None] * 4 * ALONG * (1 - ALONG)
    x = (ends[0][0] + ahead_x * length * ALONG - ahead_y * beside - 0.5).astype(np.float32)
    y = (ends[0][1] + ahead_y * length * ALONG + ahead_x * beside - 0.5).astype(np.float32)
    seen = (cv2.remap(s, x, y, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE) for s in slopes)
    slope_x, slope_y = seen
    across = slope_y * (ahead_x - lean * ahead_y) - slope_x * (ahead_y + lean * ahead_x)
    mean = np.abs((across / np.hypot(lean, 1)).mean(axis=1))
    least = mean - AGAINST * float(mean.max()) * np.abs(rises)
    chosen = int(least.argmax())
    return Bend(float(rises[chosen]), float(mean[chosen]))


def _way(ends: tuple[Point, Point]) -> tuple[float, float, float]:
    """The distance of both ends and the direction from the first to the second."""
    length = max(math.dist(*ends), 1e-6)
    return length, (ends[1][0] - ends[0][0]) / length, (ends[1][1] - ends[0][1]) / length
