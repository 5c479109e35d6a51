"""A slice seen from one point: values along rays, finer near the point than far from it.

Only a crop around the point is read, never the whole slice, and far parts of it shrunk.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from studies.records import FloatArray

Array = npt.NDArray[np.float64]
Slice = npt.NDArray[np.generic]
Point = tuple[float, float]

RAYS = 56
ANGLES = np.arange(RAYS)[:, None] * (2 * np.pi / RAYS)
PAIRS: Array = np.asarray((ANGLES[::2, 0] + ANGLES[1::2, 0]) / 2, dtype=np.float64)
"""Angles half-way between neighbouring rays, which the networks see in pairs."""

TURNS: Array = np.asarray(PAIRS[0] + ANGLES[:, 0], dtype=np.float64)
"""Angles of a proposal's points: PAIRS and those half-way between them."""

INNERMOST_PX, OUTERMOST_PX = 1.5, 130.0
GROWTH = 1.085
"""Each radius of the first look over the one before: the same shape at every size."""

LOOKS = int(math.log(OUTERMOST_PX / INNERMOST_PX) / math.log(GROWTH)) + 1
RADII: Array = np.asarray(INNERMOST_PX * GROWTH ** np.arange(LOOKS), dtype=np.float64)
NEAR_PX = 30
EVEN_STEPS = 32
CLIP = 1e9


@dataclass(frozen=True)
class Rays:
    """Values (rays, steps) at `radii` (steps,) in px; `known` is false beyond the image."""

    values: FloatArray
    radii: Array
    known: npt.NDArray[np.bool_]


def spreading_rays(pixels: Slice, center: Point) -> Rays:
    """Rays at RADII, the slice smoothed the more the farther out."""
    values = np.empty((RAYS, RADII.size), dtype=np.float32)
    inner, shrink = 0.0, 1
    while inner < RADII[-1]:
        outer = float(NEAR_PX * shrink)
        part = (inner < RADII) & (outer >= RADII)
        values[:, part] = _sampled(pixels, center, RADII[part], shrink, 1.2 if shrink == 1 else 0.9)
        inner, shrink = outer, 2 * shrink
    return Rays(values, RADII, _known(pixels, center, RADII))


def even_rays(pixels: Slice, center: Point, reach: float) -> Rays:
    """EVEN_STEPS equal steps out to `reach` px, hardly smoothed."""
    radii: Array = np.asarray((np.arange(EVEN_STEPS) + 0.5) * (reach / EVEN_STEPS), np.float64)
    shrink = 2 ** max(0, math.ceil(math.log2(reach / 60)))
    values = _sampled(pixels, center, radii, shrink, 0.7)
    return Rays(values, radii, _known(pixels, center, radii))


def _sampled(
    pixels: Slice, center: Point, radii: Array, shrink: int, sigma: float
) -> npt.NDArray[np.float32]:
    reach = (math.ceil(float(radii[-1]) / shrink) + 3) * shrink
    x0, y0 = math.floor(center[0]) - reach, math.floor(center[1]) - reach
    seen: npt.NDArray[np.generic] = crop(pixels, x0, y0, 2 * reach, 2 * reach)
    if shrink > 1:
        small = (2 * reach // shrink, 2 * reach // shrink)
        seen = np.asarray(cv2.resize(seen, small, interpolation=cv2.INTER_AREA))
    seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), sigma))
    x = ((center[0] - x0 + radii * np.cos(ANGLES)) / shrink - 0.5).astype(np.float32)
    y = ((center[1] - y0 + radii * np.sin(ANGLES)) / shrink - 0.5).astype(np.float32)
    return np.asarray(cv2.remap(seen, x, y, cv2.INTER_LINEAR), dtype=np.float32)


def _known(pixels: Slice, center: Point, radii: Array) -> npt.NDArray[np.bool_]:
    x, y = center[0] + radii * np.cos(ANGLES), center[1] + radii * np.sin(ANGLES)
    return np.asarray((x >= 0) & (y >= 0) & (x <= pixels.shape[1]) & (y <= pixels.shape[0]))


def crop(pixels: Slice, x0: int, y0: int, width: int, height: int) -> FloatArray:
    """A part (height, width) of the slice, its edge values repeated beyond it.

    Values that are no numbers become the smallest of the part; huge ones are cut to ±CLIP.
    """
    rows = np.clip(np.arange(y0, y0 + height), 0, pixels.shape[0] - 1)
    columns = np.clip(np.arange(x0, x0 + width), 0, pixels.shape[1] - 1)
    part = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if part.dtype.kind in "fc" or part.dtype.itemsize > 2:
        part = _tame(part)
    if part.shape == (height, width):
        return np.ascontiguousarray(part, dtype=np.float32)
    rows, columns = rows - rows[0], columns - columns[0]
    return np.ascontiguousarray(np.asarray(part, dtype=np.float32)[rows][:, columns])


def _tame(part: Slice) -> Slice:
    """Numbers only, within ±CLIP."""
    values = np.asarray(part, dtype=np.float64)
    finite = np.isfinite(values)
    lowest = float(values[finite].min()) if finite.any() else 0.0
    return np.clip(np.where(finite, values, lowest), -CLIP, CLIP)


def around(center: Point, radii: Array) -> Array:
    """The points (TURNS, 2) x, y at one radius each."""
    return np.stack((center[0] + radii * np.cos(TURNS), center[1] + radii * np.sin(TURNS)), axis=1)


def to_border(shape: tuple[int, ...], center: Point) -> Array:
    """How far it is (TURNS,) px until one leaves a slice of this shape; 0 or more."""
    ways = [np.full(RAYS, np.inf)]
    for at, size, toward in (
        (center[0], shape[1], np.cos(TURNS)),
        (center[1], shape[0], np.sin(TURNS)),
    ):
        room = np.where(toward > 0, size - at, -at)
        ways.append(np.divide(room, toward, out=np.full(RAYS, np.inf), where=np.abs(toward) > 1e-9))
    return np.asarray(np.maximum(np.min(ways, axis=0), 0.0))


def seen_from(points: Array, center: Point) -> Array:
    """The radii (PAIRS,) px of a closed line of points (n, 2) about a centre."""
    x, y = points[:, 0] - center[0], points[:, 1] - center[1]
    turns = np.arctan2(y, x) % (2 * np.pi)
    order = np.argsort(turns)
    return np.asarray(np.interp(PAIRS, turns[order], np.hypot(x, y)[order], period=2 * np.pi))


def finer(radii: Array) -> Array:
    """Radii at PAIRS to radii at TURNS, by the waves through them (Fourier)."""
    waves = np.fft.rfft(radii)
    waves[-1] /= 2  # the highest wave goes both ways round
    return np.asarray(np.fft.irfft(waves, RAYS) * (RAYS / PAIRS.size))
