"""A star-shaped margin around a click."""

from __future__ import annotations

import math

import numpy as np

from studies.imaging import contour
from studies.imaging.aids.guess import Weights, guesses, likeliest
from studies.imaging.aids.polar import (
    GROWTH,
    Array,
    Point,
    Slice,
    around,
    even_rays,
    seen_from,
    spreading_rays,
    to_border,
)
from studies.imaging.aids.star import Star, fitted
from studies.records import Points

OF_CT = Weights()
OF_MAGNIFIED = Weights(size=0.0)

FIRST_TURNS, LAST_TURNS = 5, 5
FIRST_WIDTH = 0.8
"""The edge a fit starts with, in mean radii: wide, so that it feels the true margin from afar."""

REACH, LEAST_REACH = 1.5, 1.65
LEAST_RADIUS_PX = 0.5
LEAST_AREA = 4.0  # px


def proposal(pixels: Slice, center: Point, magnified: bool = False) -> Points:
    """A star-shaped margin around `center` (px) on a slice (rows, columns); () if none stands out.

    For each of nine sizes the tissue in the middle and around is estimated, and the closed path
    of radii found that parts them best (region competition after Chan and Vese 2001, on a star
    shape, by dynamic programming); a margin closed all round, even and clear is chosen. On CT
    small lesions are the likelier ones, and a soft-edged star is fitted to what is seen, twice,
    each time about its own centre. `magnified` says of a picture (ultrasound) that no size is
    likelier and no tissue has one level: there the chosen path is the margin. Reads at most
    250 px to each side; margins reach to the image's border at most.
    """
    rows, columns = pixels.shape
    if not (0 <= center[0] < columns and 0 <= center[1] < rows):
        return ()
    rays = spreading_rays(pixels, center)
    found = guesses(rays)
    if not found:
        return ()
    chosen = likeliest(rays, found, OF_MAGNIFIED if magnified else OF_CT)
    first = rays.radii[chosen.path] * math.sqrt(GROWTH)
    line = _line(around(center, np.minimum(first, to_border(pixels.shape, center))))
    if contour.area_mm2(line) < LEAST_AREA:
        return ()
    last = line if magnified else _redrawn(pixels, line)
    return last if contour.area_mm2(last) >= LEAST_AREA else ()


def _line(points: Array) -> Points:
    """The polygon of points (n, 2), none repeated."""
    return contour.close(tuple((x, y) for x, y in points.tolist()))


def _redrawn(pixels: Slice, margin: Points) -> Points:
    """The margin of the star fitted from this one; this one where nothing stands out."""
    near, star = _fitted(pixels, margin, None, FIRST_TURNS)
    if star is None or contour.area_mm2(near) < LEAST_AREA:
        return margin
    return _fitted(pixels, near, star.width, LAST_TURNS)[0]


def _fitted(
    pixels: Slice, margin: Points, width: float | None, turns: int
) -> tuple[Points, Star | None]:
    """The margin and the star fitted about its centre, from an edge `width` px wide."""
    center = contour.centroid(margin)
    first = np.maximum(seen_from(np.asarray(margin), center), LEAST_RADIUS_PX)
    mean = float(first.mean())
    rays = even_rays(pixels, center, max(REACH * float(first.max()), LEAST_REACH * mean))
    star = fitted(rays, first, FIRST_WIDTH * mean if width is None else width, turns)
    if star is None:
        return margin, None
    farthest = np.minimum(to_border(pixels.shape, center), rays.radii[-1])
    radii = np.minimum(np.maximum(star.radii, LEAST_RADIUS_PX), farthest)
    return _line(around(center, radii)), star
