"""A star-shaped margin around a click."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from studies.imaging import contour
from studies.imaging.aids.beside import going_on
from studies.imaging.aids.look import first_look, noise_of, second_look
from studies.imaging.aids.network import Networks, networks
from studies.imaging.aids.polar import (
    OUTERMOST_PX,
    Array,
    Beside,
    Point,
    Rays,
    Slice,
    around,
    crop,
    even_rays,
    finer,
    nearest,
    seen_from,
    spreading_rays,
    to_border,
)
from studies.imaging.aids.tissue import commonest, middle
from studies.records import Points

LEAST_RADIUS_PX = 0.5
LEAST_AREA = 4.0  # px
LEAST_STEP, CLEAR_STEP = 0.5, 3.0  # in units of the noise
MOST_DOUBT = 2.25
"""Natural units of entropy; even chances of nine places are 2.2. Of clicks on plain simulated
liver more than half are below CLEAR_STEP and above this, of 153 on lesions none."""

CORE, RING = 0.75, (1.25, 1.7)
MAGNIFIED = 2
"""A magnified picture is seen at this part of its size: its grain is coarser than a CT's."""


def proposal(
    pixels: Slice, center: Point, magnified: bool = False, beside: Sequence[Beside] = ()
) -> Points:
    """A star-shaped margin around `center` (px) on a slice (rows, columns); () if none stands out.

    A small network looks along rays from the click, near and far alike, and tells where each
    crosses the margin; a second one looks again from the margin's centre and corrects it. Both
    were learned from simulated patients and drawn scenes. `beside` are slices before and after
    this one, of the same shape, up to BESIDE_A_SIDE: what is seen on all of them is no noise. Where
    the next shows another thing within the margin none is heeded; farther ones correct the margin
    as far as they go on. `magnified` says of a picture (ultrasound) that a px is smaller than a
    CT's: there the first look alone is taken, at half the size. Reads at most 270 px to each side;
    margins reach to the image's border at most.
    """
    rows, columns = pixels.shape
    if not (0 <= center[0] < columns and 0 <= center[1] < rows):
        return ()
    return _of_magnified(pixels, center) if magnified else _of_ct(pixels, center, beside)


def _of_ct(pixels: Slice, center: Point, beside: Sequence[Beside]) -> Points:
    nets = networks()
    points = _first(pixels, center, nets, MOST_DOUBT, beside)
    if _area(points) >= LEAST_AREA:
        heeded = going_on(pixels, beside, points, _middle_of(points))
        if not set(nearest(beside)) <= set(heeded):
            alone = _first(pixels, center, nets, MOST_DOUBT)
            points, heeded = (alone if _area(alone) >= LEAST_AREA else points), ()
        points = _corrected(pixels, points, nets, heeded)
    return _closed(points)


def _first(
    pixels: Slice, center: Point, nets: Networks, most_doubt: float, beside: Sequence[Beside] = ()
) -> Array:
    """The points (n, 2) of the first look; none where nothing stands out."""
    rays = spreading_rays(pixels, center, beside)
    seen = first_look(rays).seen_by(nets.first)
    radii = seen.radii
    if _step(rays, radii) < (LEAST_STEP if seen.doubt < most_doubt else CLEAR_STEP):
        return np.empty((0, 2))
    return _points(pixels, center, radii)


def _closed(points: Array) -> Points:
    """The polygon of the points (n, 2); () where it is too small."""
    large = _area(points) >= LEAST_AREA
    return contour.close(tuple((x, y) for x, y in points.tolist())) if large else ()


def _step(rays: Rays, radii: Array) -> float:
    """How far the middle's level is from the commonest around, in units of the noise."""
    share = rays.radii / np.repeat(radii, 2)[:, None]
    seen = (rays.values + 2 * rays.beside) / 3  # three slices of the same weight
    core, ring = seen[share < CORE], seen[(share > RING[0]) & (share < RING[1])]
    if core.size < 3 or ring.size < 3:
        return 0.0
    return abs(middle(core).level - commonest(ring).level) / noise_of(rays)


def _points(pixels: Slice, center: Point, radii: Array) -> Array:
    """The points (n, 2) at radii (pairs,) px about a centre, none beyond the image."""
    least = np.maximum(finer(radii), LEAST_RADIUS_PX)
    return around(center, np.minimum(least, to_border(pixels.shape, center)))


def _middle_of(points: Array) -> Point:
    return contour.centroid(tuple(map(tuple, points)))


def _area(points: Array) -> float:
    """Of the polygon (n, 2), px; its points go round clockwise on the screen."""
    if not len(points):
        return 0.0
    x, y = (points - points[0]).T
    return 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def _corrected(pixels: Slice, margin: Array, nets: Networks, beside: Sequence[Beside]) -> Array:
    """The margin as the second network sees it from its centre."""
    center = _middle_of(margin)
    rays = even_rays(pixels, center, math.sqrt(_area(margin) / math.pi), beside)
    look = second_look(rays, seen_from(margin, center))
    return _points(pixels, center, look.seen_by(nets.second).radii)


def _of_magnified(pixels: Slice, center: Point) -> Points:
    x0, width = _span(center[0], pixels.shape[1])
    y0, height = _span(center[1], pixels.shape[0])
    seen: npt.NDArray[np.generic] = crop(pixels, x0, y0, width, height)
    size = max(1, width // MAGNIFIED), max(1, height // MAGNIFIED)
    seen = np.asarray(cv2.resize(seen, size, interpolation=cv2.INTER_AREA))
    across, down = width / size[0], height / size[1]
    at = (center[0] - x0) / across, (center[1] - y0) / down
    points = _first(seen, at, networks(), math.inf)
    return _closed(points * (across, down) + (x0, y0))


def _span(at: float, size: int) -> tuple[int, int]:
    """First px and length of what is read along one axis, inside the image."""
    reach = MAGNIFIED * (math.ceil(OUTERMOST_PX) + 4)
    low, high = max(0, math.floor(at) - reach), min(size, math.floor(at) + reach)
    return low, high - low
