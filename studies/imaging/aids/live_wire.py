"""The line between two points that keeps to edges."""

from __future__ import annotations

import math

import cv2
import numpy as np

from studies.imaging.aids.polar import Array, Point, Slice, crop
from studies.records import FloatArray, Points

WIDEST_PX = 128
BESIDE_PX = 14
DETOUR_PX, DETOUR_SHARE = 6.0, 0.25
SMOOTHING_PX = 1.5
LENGTH_COSTS = (0.1, 0.7)
"""What length itself costs, beside 1 where nothing is steep: beside a clear edge, and in noise."""

CLEAR, NOISY = 6.0, 3.0
"""The steepest fiftieth of the crop over its median slope; 2.4 in noise (Rayleigh)."""

Cell = tuple[int, int]


def live_wire(pixels: Slice, start: Point, end: Point) -> Points:
    """The line from `start` to `end` (px) that keeps to edges (Mortensen and Barrett 1995).

    The cheapest path over a crop around both, a step costing less the steeper the smoothed
    slice is there; both ends as given, the points between inside the image. Ends beyond the
    image, or farther apart than the crop of WIDEST_PX allows, are joined straight.
    """
    rows, columns = pixels.shape
    x0, width = _span(start[0], end[0], columns)
    y0, height = _span(start[1], end[1], rows)
    inside = all(0 <= x <= columns and 0 <= y <= rows for x, y in (start, end))
    if not inside or width > WIDEST_PX or height > WIDEST_PX:
        return start, end
    first, last = (
        (min(int(y - y0), height - 1), min(int(x - x0), width - 1)) for x, y in (start, end)
    )
    cells = _cheapest(_edge_cost(crop(pixels, x0, y0, width, height)), first, last)
    return start, *((column + x0 + 0.5, row + y0 + 0.5) for row, column in cells[1:-1]), end


def _span(one: float, other: float, size: int) -> tuple[int, int]:
    """First px and length of the crop along one axis, inside the image."""
    low = max(0, math.floor(min(one, other)) - BESIDE_PX)
    high = min(size, math.ceil(max(one, other)) + BESIDE_PX)
    return low, high - low


def _edge_cost(part: FloatArray) -> Array:
    """What a step over each px costs: least on the steepest tenth of the crop."""
    smooth = cv2.GaussianBlur(part, (0, 0), SMOOTHING_PX)
    steep = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    median, steeper, steepest = (float(v) for v in np.percentile(steep, (50, 90, 98)))
    scale = max(steeper, 1e-6)
    length = np.interp(steepest / max(median, 1e-6), (NOISY, CLEAR), LENGTH_COSTS[::-1])
    return np.asarray(length + 1 / (1 + (2 * steep / scale) ** 2), dtype=np.float64)


def _cheapest(cost: Array, first: Cell, last: Cell) -> list[Cell]:
    """The cells from first to last; cells that lead far round are closed."""
    from skimage.graph import route_through_array  # only for who draws so

    row, column = np.ogrid[: cost.shape[0], : cost.shape[1]]
    length = sum(np.hypot(row - end[0], column - end[1]) for end in (first, last))
    straight = math.dist(first, last)
    cost[length > straight + DETOUR_PX + DETOUR_SHARE * straight] = -1
    cells, _ = route_through_array(cost, first, last, fully_connected=True, geometric=True)
    return [(int(row), int(column)) for row, column in cells]
