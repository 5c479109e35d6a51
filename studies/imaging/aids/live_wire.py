"""The line between two points that keeps to edges."""

from __future__ import annotations

import math

import cv2
import numpy as np

from studies.imaging.aids.bend import Bend, bend_between
from studies.imaging.aids.polar import Array, Point, Slice, crop
from studies.records import FloatArray, Points

WIDEST_PX = 128
BESIDE_PX = 14
DETOUR_PX, DETOUR_SHARE = 6.0, 0.25
FINE_PX, COARSE_PX = 1.5, 2.5
"""How far a slice is smoothed: beside a clear edge, and in noise."""

LENGTH_COSTS = (0.7, 0.1)
"""What length itself costs, beside 1 where nothing is steep: in noise, and beside a clear edge."""

NOISY, CLEAR, PLAIN = 3.0, 6.0, 9.0
"""The steepest fiftieth of the crop over its median slope; 2.4 in noise (Rayleigh)."""

SEEN = (0.95, 0.6)
"""A bend is seen if the slope across it, all along, is so much of the crop's steepest tenth: in
most pictures, and in plain ones, where wide bends are tried that fit any edge less well."""

TIES = (32.0, 12.0)
"""What a px costs that lies beside the bend, by its distance from it over the ends' distance:
where no bend is seen, and where one is. Both count the less the clearer the crop's edges are."""

Cell = tuple[int, int]
Ends = tuple[Point, Point]


def live_wire(pixels: Slice, start: Point, end: Point) -> Points:
    """The line from `start` to `end` (px) that keeps to edges (Mortensen and Barrett 1995).

    The cheapest path over a crop around both, a step costing less the steeper the smoothed slice
    is there. In noise a step also costs more the farther it lies from the arc between both ends
    that has the steepest slope all along, or from the straight line where no arc has. Both ends
    as given, the points between inside the image. Ends beyond the image, or farther apart than
    the crop of WIDEST_PX allows, are joined straight.
    """
    rows, columns = pixels.shape
    x0, width = _span(start[0], end[0], columns)
    y0, height = _span(start[1], end[1], rows)
    inside = all(0 <= x <= columns and 0 <= y <= rows for x, y in (start, end))
    if not inside or width > WIDEST_PX or height > WIDEST_PX:
        return start, end
    ends = (start[0] - x0, start[1] - y0), (end[0] - x0, end[1] - y0)
    first, last = ((min(int(y), height - 1), min(int(x), width - 1)) for x, y in ends)
    cells = _cheapest(_cost(crop(pixels, x0, y0, width, height), ends), first, last)
    return start, *((column + x0 + 0.5, row + y0 + 0.5) for row, column in cells[1:-1]), end


def _span(one: float, other: float, size: int) -> tuple[int, int]:
    """First px and length of the crop along one axis, inside the image."""
    low = max(0, math.floor(min(one, other)) - BESIDE_PX)
    high = min(size, math.ceil(max(one, other)) + BESIDE_PX)
    return low, high - low


def _cost(part: FloatArray, ends: Ends) -> Array:
    """What a step over each px of the crop costs."""
    fine, coarse = _slopes(part, FINE_PX), _slopes(part, COARSE_PX)
    contrast = _contrast(np.hypot(*fine))
    clear = float(np.interp(contrast, (NOISY, CLEAR), (0, 1)))
    steepness = np.hypot(*coarse)
    bend = bend_between(coarse, ends, widest=contrast >= PLAIN)
    if bend.slope < SEEN[contrast >= PLAIN] * float(np.percentile(steepness, 90)):
        bend, clear, tie = Bend(0.0, 0.0), 0.0, TIES[0]
    else:
        tie = TIES[1]
        steepness = np.hypot(*_slopes(part, COARSE_PX + clear * (FINE_PX - COARSE_PX)))
    length = LENGTH_COSTS[0] + clear * (LENGTH_COSTS[1] - LENGTH_COSTS[0])
    cost = _of_slope(steepness) + length
    if clear < 1:
        cost += (1 - clear) * tie * bend.beside(ends, part.shape)
    return np.asarray(cost, dtype=np.float64)


def _slopes(part: FloatArray, smoothing: float) -> tuple[FloatArray, FloatArray]:
    """The smoothed crop's slope towards greater x and y."""
    smooth = cv2.GaussianBlur(part, (0, 0), smoothing)
    return cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)


def _contrast(steepness: FloatArray) -> float:
    """How far the steepest slopes stand out of the others."""
    median, steepest = (float(v) for v in np.percentile(steepness, (50, 98)))
    return steepest / max(median, 1e-6)


def _of_slope(steepness: FloatArray) -> Array:
    """1 where the crop is even, least on its steepest tenth."""
    scale = max(float(np.percentile(steepness, 90)), 1e-6)
    return np.asarray(1 / (1 + (2 * steepness / scale) ** 2), dtype=np.float64)


def _cheapest(cost: Array, first: Cell, last: Cell) -> list[Cell]:
    """The cells from first to last; cells that lead far round are closed."""
    from skimage.graph import route_through_array  # only for who draws so

    row, column = np.ogrid[: cost.shape[0], : cost.shape[1]]
    length = sum(np.hypot(row - end[0], column - end[1]) for end in (first, last))
    straight = math.dist(first, last)
    cost[length > straight + DETOUR_PX + DETOUR_SHARE * straight] = -1
    cells, _ = route_through_array(cost, first, last, fully_connected=True, geometric=True)
    return [(int(row), int(column)) for row, column in cells]
