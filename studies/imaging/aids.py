"""Aids for drawing a margin: a proposal around a point, and a line that keeps to edges.

Both look at a crop of at most 128 px around the hand, never at the whole slice. Coordinates are
px from the outer corner of the first pixel. They propose; what is saved is the user's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from studies.imaging import contour
from studies.records import FloatArray, Points

Array = npt.NDArray[np.float64]
Point = tuple[float, float]
Path = npt.NDArray[np.intp]

RAYS = 72
REACH_PX = 60.0
STEP_PX = 0.5
STEEPEST = 2
"""The radius changes by at most this many steps from ray to ray."""

ROUNDS = 3
GUESSES = (10, 50, 90)
"""Percentiles of the values 8 to 25 px out that the outside is first taken to be."""

CROP_EDGE_PX = 14


def proposal(pixels: npt.NDArray[np.generic], center: Point) -> Points:
    """A star-shaped margin around `center` on a slice (rows, columns); () where none stands out.

    In polar coordinates each ray has one radius; the closed path of radii maximises how much
    better two means (inside, outside) describe the values than the other way round (Chan and
    Vese 2001, on a star shape), neighbours at most a px apart; found by dynamic programming, the
    means estimated anew from the path, three times. Of three first guesses of the outside the
    one whose margin shows the clearest step is kept.
    """
    rows, columns = pixels.shape
    if not (0 <= center[0] < columns and 0 <= center[1] < rows):
        return ()
    rays = _rays(pixels, center)
    within = float(np.median(rays[:, :6]))
    nearby = rays[:, int(8 / STEP_PX) : int(25 / STEP_PX)]  # beyond, other organs would speak
    starts = [float(value) for value in np.percentile(nearby, GUESSES)]
    guesses = [(within, around) for around in starts if abs(within - around) > 1]
    if not guesses:
        return ()
    best = max(_margins(rays, guesses), key=_step_size)
    if best.step <= 0:
        return ()
    angles = np.arange(RAYS) * 2 * np.pi / RAYS
    reach = (best.path + 1) * STEP_PX
    x, y = center[0] + reach * np.cos(angles), center[1] + reach * np.sin(angles)
    line = tuple(zip(x.tolist(), y.tolist(), strict=True))
    return contour.simplify(contour.smooth(line, sigma=1.2), 0.05)


@dataclass(frozen=True)
class _Margin:
    """A path of radii (steps, one a ray), and how clear the step across it is."""

    path: Path
    step: float


def _step_size(margin: _Margin) -> float:
    return margin.step


def _margins(rays: Array, guesses: list[tuple[float, float]]) -> list[_Margin]:
    """The best path from each first guess of the inside's and the outside's value."""
    radius = np.arange(1, rays.shape[1] + 1) * STEP_PX
    means = guesses
    for _ in range(ROUNDS):
        paths = _best_paths(np.stack([_gain(rays, radius, *pair) for pair in means]))
        means = [_means(rays, path, *pair) for path, pair in zip(paths, means, strict=True)]
    return [_judged(rays, path, *pair) for path, pair in zip(paths, means, strict=True)]


def _judged(rays: Array, path: Path, within: float, around: float) -> _Margin:
    """A path that stays at the centre or runs to the end of its rays is none."""
    is_margin = path.max() >= 3 and path.mean() <= 0.9 * rays.shape[1]
    return _Margin(path, _clarity(rays, path, around - within) if is_margin else -math.inf)


def _clarity(rays: Array, path: Path, direction: float) -> float:
    """The mean step over the path in its direction, in units of the inside's spread.

    A ray counts no more than the median one, so that a bone beside the lesion buys nothing.
    """
    last = rays.shape[1] - 1
    each = np.arange(RAYS)
    before, after = (
        np.median([rays[each, np.clip(path + side * d, 0, last)] for d in (3, 4, 5)], axis=0)
        for side in (-1, 1)
    )
    step = (after - before) * math.copysign(1.0, direction)
    inside = np.arange(last + 1)[None] < path[:, None] - 1
    spread = float(rays[inside].std()) if inside.any() else 0.0
    return float(np.minimum(step, np.median(np.abs(step))).mean()) / (spread + 3.0)


def _rays(pixels: npt.NDArray[np.generic], center: Point) -> Array:
    """Values along the rays (rays, steps), the slice a little smoothed."""
    reach = math.ceil(REACH_PX) + 4
    x0, y0 = math.floor(center[0]) - reach, math.floor(center[1]) - reach
    crop = _crop(pixels, x0, y0, 2 * reach + 1, 2 * reach + 1)
    crop = np.asarray(cv2.GaussianBlur(crop, (0, 0), 1.0), dtype=np.float32)
    angles = np.arange(RAYS)[:, None] * 2 * np.pi / RAYS
    radius = np.arange(1, int(REACH_PX / STEP_PX) + 1)[None] * STEP_PX
    x = (center[0] - x0 - 0.5 + radius * np.cos(angles)).astype(np.float32)
    y = (center[1] - y0 - 0.5 + radius * np.sin(angles)).astype(np.float32)
    return np.asarray(cv2.remap(crop, x, y, cv2.INTER_LINEAR), dtype=np.float64)


def _crop(pixels: npt.NDArray[np.generic], x0: int, y0: int, width: int, height: int) -> FloatArray:
    """A part of the slice, its edge values repeated beyond it."""
    rows = np.clip(np.arange(y0, y0 + height), 0, pixels.shape[0] - 1)
    columns = np.clip(np.arange(x0, x0 + width), 0, pixels.shape[1] - 1)
    return np.ascontiguousarray(pixels[np.ix_(rows, columns)], dtype=np.float32)


def _gain(rays: Array, radius: Array, within: float, around: float) -> Array:
    """What each ray gains when its margin lies at each step: area-weighted, clipped evidence."""
    middle, half = (within + around) / 2, (within - around) / 2 or 1e-6
    evidence = np.clip((rays - middle) / half, -1.0, 1.0)
    return np.asarray(np.cumsum(evidence * radius, axis=1))


def _best_paths(gains: Array) -> Path:
    """For each of the gains (guesses, rays, steps) the closed path with the largest sum.

    Returns steps (guesses, rays): the middle of a path that runs round twice.
    """
    guesses, rays, steps = gains.shape
    unrolled = np.concatenate((gains, gains), axis=1)
    best = unrolled[:, 0].copy()
    came = np.zeros(unrolled.shape, dtype=np.intp)
    offsets = np.arange(-STEEPEST, STEEPEST + 1)
    padded = np.full((guesses, steps + 2 * STEEPEST), -np.inf)
    columns = np.arange(steps)
    for ray in range(1, 2 * rays):
        padded[:, STEEPEST:-STEEPEST] = best
        candidates = np.stack([padded[:, k : k + steps] for k in range(len(offsets))])
        came[:, ray] = columns + offsets[candidates.argmax(axis=0)]
        best = unrolled[:, ray] + candidates.max(axis=0)
    paths = np.zeros((guesses, 2 * rays), dtype=np.intp)
    paths[:, -1] = best.argmax(axis=1)
    each = np.arange(guesses)
    for ray in range(2 * rays - 1, 0, -1):
        paths[:, ray - 1] = came[each, ray, paths[:, ray]]
    half = rays // 2
    return np.concatenate((paths[:, rays : rays + half], paths[:, half:rays]), axis=1)


def _means(rays: Array, path: Path, within: float, around: float) -> tuple[float, float]:
    """Medians inside and in the ring 2 to 8 px beyond the path; the old ones where empty."""
    index = np.arange(rays.shape[1])[None]
    inside = index < path[:, None] - 1
    ring = (index > path[:, None] + 4) & (index < path[:, None] + 16)
    new_within = float(np.median(rays[inside])) if inside.any() else within
    new_around = float(np.median(rays[ring])) if ring.any() else around
    return new_within, new_around


def live_wire(pixels: npt.NDArray[np.generic], start: Point, end: Point) -> Points:
    """The line from start to end that keeps to edges (Mortensen and Barrett 1995).

    The cheapest path over a crop around both, a step costing less the steeper the smoothed
    slice is there; both ends as given. Points outside the image, or farther apart than the crop
    allows, are joined straight.
    """
    x0 = math.floor(min(start[0], end[0])) - CROP_EDGE_PX
    y0 = math.floor(min(start[1], end[1])) - CROP_EDGE_PX
    width = math.ceil(max(start[0], end[0])) + CROP_EDGE_PX - x0
    height = math.ceil(max(start[1], end[1])) + CROP_EDGE_PX - y0
    if width > 128 or height > 128:
        return start, end
    cost = _edge_cost(_crop(pixels, x0, y0, width, height))
    from skimage.graph import route_through_array  # 0.2 s to import: only for who draws so

    ends = [(int(y - y0), int(x - x0)) for x, y in (start, end)]
    cells, _ = route_through_array(cost, *ends, fully_connected=True, geometric=True)
    inner = tuple((x + x0 + 0.5, y + y0 + 0.5) for y, x in cells[1:-1])
    return start, *inner, end


def _edge_cost(crop: FloatArray) -> Array:
    smooth = cv2.GaussianBlur(crop, (0, 0), 1.2)
    steep = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    scale = max(float(np.percentile(steep, 90)), 1e-6)
    return np.asarray(0.04 + 1 / (1 + (2 * steep / scale) ** 2), dtype=np.float64)
