"""A slice seen from one point: values along rays, finer near the point than far from it.

Only a crop around the point is read, never the whole slice, and far parts of it shrunk. The slices
before and after it are seen along the same rays: their noise is their own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
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
_ACROSS, _DOWN = np.cos(ANGLES), np.sin(ANGLES)
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
_SHRINKS = tuple(2**k for k in range(math.ceil(math.log2(float(RADII[-1]) / NEAR_PX)) + 1))
_PARTS = tuple(
    (NEAR_PX * shrink >= RADII) & ((shrink == 1) | (NEAR_PX * shrink / 2 < RADII))
    for shrink in _SHRINKS
)
"""Which of RADII are seen shrunk so many times: up to NEAR_PX, to twice that, and so on."""

EVEN_STEPS = 32
CLIP = 1e9


@dataclass(frozen=True)
class Rays:
    """Values (rays, steps) at `radii` (steps,) in px; `known` is false beyond the image.

    `beside` (rays, steps): the mean of the slices beside this one, its own values without any.
    """

    values: FloatArray
    beside: FloatArray
    radii: Array
    known: npt.NDArray[np.bool_]


def spreading_rays(pixels: Slice, center: Point, beside: Sequence[Slice] = ()) -> Rays:
    """Rays at RADII, the slice smoothed the more the farther out."""
    values = np.empty((RAYS, RADII.size, 2), dtype=np.float32)
    seen = _Square.around(pixels, beside, center, _reach(RADII, _SHRINKS[-1]))
    for shrink, part in zip(_SHRINKS, _PARTS, strict=True):
        sigma = 1.2 if shrink == 1 else 0.9
        values[:, part] = seen.sampled(center, RADII[part], shrink, sigma)
    return Rays(values[..., 0], values[..., 1], RADII, _known(pixels, center, RADII))


def even_rays(pixels: Slice, center: Point, reach: float, beside: Sequence[Slice] = ()) -> Rays:
    """EVEN_STEPS equal steps out to `reach` px, hardly smoothed."""
    radii: Array = np.asarray((np.arange(EVEN_STEPS) + 0.5) * (reach / EVEN_STEPS), np.float64)
    shrink = 2 ** max(0, math.ceil(math.log2(reach / 60)))
    seen = _Square.around(pixels, beside, center, _reach(radii, shrink))
    values = seen.sampled(center, radii, shrink, 0.7)
    return Rays(values[..., 0], values[..., -1], radii, _known(pixels, center, radii))


def _reach(radii: Array, shrink: int) -> int:
    """How far around the point pixels are read, px: a whole number of shrunk ones."""
    return (math.ceil(float(radii[-1]) / shrink) + 3) * shrink


@dataclass(frozen=True)
class _Square:
    """The part of a slice around a point: values (side, side), with what is beside (…, 2)."""

    values: FloatArray
    x0: int
    y0: int

    @classmethod
    def around(cls, pixels: Slice, beside: Sequence[Slice], center: Point, reach: int) -> _Square:
        """`reach` px to each side, and the mean of the same in the slices beside."""
        x0, y0, side = math.floor(center[0]) - reach, math.floor(center[1]) - reach, 2 * reach
        own, *others = (crop(one, x0, y0, side, side) for one in (pixels, *beside))
        if not others:
            return cls(own, x0, y0)
        mean = sum(others[1:], others[0]) * np.float32(1 / len(others))
        return cls(np.asarray(cv2.merge((own, mean))), x0, y0)

    def sampled(
        self, center: Point, radii: Array, shrink: int, sigma: float
    ) -> npt.NDArray[np.float32]:
        """Values (rays, steps, 2), or (rays, steps, 1) without slices beside."""
        reach = _reach(radii, shrink)
        off = len(self.values) // 2 - reach
        seen: npt.NDArray[np.generic] = self.values[off : off + 2 * reach, off : off + 2 * reach]
        if shrink > 1:
            small = (2 * reach // shrink, 2 * reach // shrink)
            seen = np.asarray(cv2.resize(seen, small, interpolation=cv2.INTER_AREA))
        seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), sigma))
        right, down = center[0] - self.x0 - off, center[1] - self.y0 - off
        x = ((right + radii * _ACROSS) / shrink - 0.5).astype(np.float32)
        y = ((down + radii * _DOWN) / shrink - 0.5).astype(np.float32)
        found = [cv2.remap(one, x, y, cv2.INTER_LINEAR) for one in cv2.split(seen)]
        return np.stack(found, axis=2).astype(np.float32, copy=False)


def _known(pixels: Slice, center: Point, radii: Array) -> npt.NDArray[np.bool_]:
    x, y = center[0] + radii * _ACROSS, center[1] + radii * _DOWN
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
