"""A slice seen from one point: values along rays, finer near the point than far from it.

Only a crop around the point is read, never the whole slice, and far parts of it shrunk. The slices
before and after it are seen along the same rays, since their noise is their own; and once more
drawn together as if the lesion were as high as it is wide, the farther away the less.
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
Places = tuple[FloatArray, FloatArray]

RAYS = 56
ANGLES = np.arange(RAYS)[:, None] * (2 * np.pi / RAYS)
_ACROSS, _DOWN = np.cos(ANGLES).astype(np.float32), np.sin(ANGLES).astype(np.float32)
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
_SHRINKS = (1, 2, 4)
_PARTS = (RADII <= NEAR_PX, (RADII > NEAR_PX) & (RADII <= 2 * NEAR_PX), RADII > 2 * NEAR_PX)
"""Which of RADII are seen shrunk so many times: up to NEAR_PX, to twice that, and beyond."""

EVEN_STEPS = 32
REACH = 1.65
"""How far even rays go, in mean radii of the margin they are to correct."""

AS_FAR = 0.7
"""A slice's weight falls with how far it is, to nothing at this share of the radius looked at."""

BESIDE_A_SIDE = 4
"""So many slices before and after one are looked at."""

LEAST_WEIGHT = 0.1
FARTHEST_SQUARED = (1 - LEAST_WEIGHT) * AS_FAR**2
"""In radii: there a slice counts LEAST_WEIGHT, beyond it is left out."""

MOST_SHRUNK = 2
"""Of slices beyond the nearest only what is shrunk so little is read: it is dear, and noise matters
less in lesions that are larger."""

_FAR_RADII = RADII[NEAR_PX * MOST_SHRUNK >= RADII]

CLIP = 1e9


@dataclass(frozen=True, eq=False)
class Beside:
    """A slice of the same series and shape, `away` px before (< 0) or after (> 0) the one shown."""

    pixels: Slice
    away: float


@dataclass(frozen=True)
class Rays:
    """Values (rays, steps) at `radii` (steps,) in px; `known` is false beyond the image.

    `beside` (rays, steps): the mean of the nearest slices before and after, its own values without
    any. `drawn_together`: the mean of this and the slices beside by their weights, each seen at the
    radii that a ball has there; beyond MOST_SHRUNK the nearest alone.
    """

    values: FloatArray
    beside: FloatArray
    drawn_together: FloatArray
    radii: Array
    known: npt.NDArray[np.bool_]


def nearest(beside: Sequence[Beside]) -> tuple[Beside, ...]:
    """The nearest slice before and the nearest after, where there are such."""
    before = max((one for one in beside if one.away < 0), key=lambda one: one.away, default=None)
    after = min((one for one in beside if one.away > 0), key=lambda one: one.away, default=None)
    return tuple(one for one in (before, after) if one is not None)


def spreading_rays(pixels: Slice, center: Point, beside: Sequence[Beside] = ()) -> Rays:
    """Rays at RADII, the slice smoothed the more the farther out."""
    reach = _reach(RADII, _SHRINKS[-1])
    pile = _Pile.around(pixels, beside, center, reach, _reach(_FAR_RADII, MOST_SHRUNK))
    parts = []
    for shrink, part in zip(_SHRINKS, _PARTS, strict=True):
        sigma = 1.2 if shrink == 1 else 0.9
        parts.append(pile.sampled(RADII[part], RADII[part], shrink, sigma))
    values, near, together = np.concatenate(parts, axis=2)
    return Rays(values, near, together, RADII, _known(pixels, center, RADII))


def even_rays(pixels: Slice, center: Point, radius: float, beside: Sequence[Beside] = ()) -> Rays:
    """EVEN_STEPS equal steps out to REACH times the radius of a margin (px), hardly smoothed."""
    reach = REACH * radius
    radii: Array = np.asarray((np.arange(EVEN_STEPS) + 0.5) * (reach / EVEN_STEPS), np.float64)
    shrink = 2 ** max(0, math.ceil(math.log2(reach / 60)))
    reach_px, seen = _reach(radii, shrink), beside if shrink <= MOST_SHRUNK else nearest(beside)
    pile = _Pile.around(pixels, seen, center, reach_px, reach_px)
    values, near, together = pile.sampled(radii, np.full(EVEN_STEPS, radius), shrink, 0.7)
    return Rays(values, near, together, radii, _known(pixels, center, radii))


def _reach(radii: Array, shrink: int) -> int:
    """How far around the point pixels are read, px: a whole number of shrunk ones."""
    return (math.ceil(float(radii[-1]) / shrink) + 3) * shrink


@dataclass(frozen=True)
class _Part:
    """The part (side, side) around a point of a slice beside, or the mean of `count` as far away.

    `away` in px, 0 or more.
    """

    values: FloatArray
    away: float
    count: int
    is_near: bool


@dataclass(frozen=True)
class _Pile:
    """The part (side, side) around a point, and those of the slices beside."""

    own: FloatArray
    beside: tuple[_Part, ...]
    off: Point  # of the point from its pixel's corner, px

    @classmethod
    def around(
        cls, pixels: Slice, beside: Sequence[Beside], center: Point, reach: int, far_reach: int
    ) -> _Pile:
        """`reach` px to each side, of the farther slices `far_reach`."""
        x, y = math.floor(center[0]), math.floor(center[1])
        near = nearest(beside)

        def part(one: Slice, reach: int) -> FloatArray:
            return crop(one, x - reach, y - reach, 2 * reach, 2 * reach)

        def together(is_near: bool, away: float, members: Sequence[Beside]) -> _Part:
            values = [part(one.pixels, reach if is_near else far_reach) for one in members]
            mean = sum(values[1:], values[0]) * np.float32(1 / len(values))
            return _Part(mean, away, len(values), is_near)

        alike: dict[tuple[bool, float], list[Beside]] = {}
        for one in beside:
            alike.setdefault((one in near, round(abs(one.away), 1)), []).append(one)
        parts = tuple(together(*which, members) for which, members in alike.items())
        return cls(part(pixels, reach), parts, (center[0] - x, center[1] - y))

    def sampled(self, radii: Array, sizes: Array, shrink: int, sigma: float) -> FloatArray:
        """Own values, the nearest's mean and all drawn together (3, rays, steps).

        `sizes` (steps,): the radius of the lesion that each step is looked at for.
        """
        reach = _reach(radii, shrink)
        whole = self._places(radii, reach, shrink)
        own = _at(_smoothed(self.own, reach, shrink, sigma), whole)
        near, count = np.zeros_like(own), 0
        total, weights = own.copy(), np.ones(len(radii), dtype=np.float32)
        for part in self.beside:
            share = (part.away / sizes) ** 2
            weight = np.where(share < FARTHEST_SQUARED, part.count * (1 - share / AS_FAR**2), 0)
            weight = weight.astype(np.float32)
            counts = bool(weight.any()) and (part.is_near or shrink <= MOST_SHRUNK)
            if not (part.is_near or counts):
                continue
            seen = _smoothed(part.values, reach, shrink, sigma)
            if part.is_near:
                near, count = near + part.count * _at(seen, whole), count + part.count
            if counts:
                ball = radii * np.sqrt(np.maximum(1 - share, 0))
                total += weight * _at(seen, self._places(ball, reach, shrink))
                weights += weight
        return np.stack((own, near / np.float32(count) if count else own, total / weights))

    def _places(self, radii: Array, reach: int, shrink: int) -> Places:
        """Where the rays' steps lie in a part of this reach, shrunk."""
        right, down = (np.float32((reach + off) / shrink - 0.5) for off in self.off)
        far = (radii / shrink).astype(np.float32)
        return right + far * _ACROSS, down + far * _DOWN


def _smoothed(part: FloatArray, reach: int, shrink: int, sigma: float) -> FloatArray:
    """The middle of a part, `reach` px to each side, shrunk and blurred."""
    cut, side = len(part) // 2 - reach, 2 * reach
    seen: npt.NDArray[np.generic] = part[cut : cut + side, cut : cut + side]
    if shrink > 1:
        small = side // shrink, side // shrink
        seen = np.asarray(cv2.resize(seen, small, interpolation=cv2.INTER_AREA))
    return np.asarray(cv2.GaussianBlur(seen, (0, 0), sigma), dtype=np.float32)


def _at(seen: FloatArray, places: Places) -> FloatArray:
    return np.asarray(cv2.remap(seen, *places, cv2.INTER_LINEAR), dtype=np.float32)


def _known(pixels: Slice, center: Point, radii: Array) -> npt.NDArray[np.bool_]:
    x, y = center[0] + radii * _ACROSS, center[1] + radii * _DOWN
    return np.asarray((x >= 0) & (y >= 0) & (x <= pixels.shape[1]) & (y <= pixels.shape[0]))


def crop(pixels: Slice, x0: int, y0: int, width: int, height: int) -> FloatArray:
    """A part (height, width) of the slice, its edge values repeated beyond it.

    Values that are no numbers become the smallest of the part; huge ones are cut to ±CLIP.
    """
    if 0 <= y0 <= pixels.shape[0] - height and 0 <= x0 <= pixels.shape[1] - width:
        part = pixels[y0 : y0 + height, x0 : x0 + width]
        return np.ascontiguousarray(_tame(part), dtype=np.float32)
    rows = np.clip(np.arange(y0, y0 + height), 0, pixels.shape[0] - 1)
    columns = np.clip(np.arange(x0, x0 + width), 0, pixels.shape[1] - 1)
    part = _tame(pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    rows, columns = rows - rows[0], columns - columns[0]
    return np.ascontiguousarray(np.asarray(part, dtype=np.float32)[rows][:, columns])


def _tame(part: Slice) -> Slice:
    """Numbers only, within ±CLIP; small integers are so."""
    if part.dtype.kind not in "fc" and part.dtype.itemsize <= 2:
        return part
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
