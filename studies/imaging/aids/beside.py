"""Whether the slices beside one show the same within a margin: towards its poles a lesion ends."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import numpy as np
import numpy.typing as npt

from studies.imaging.aids.polar import Array, Beside, Point, Slice

Index = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
CORE, WITHIN, AROUND = (0.2, 0.4, 0.6), (0.3, 0.5, 0.7, 0.8), (1.25, 1.45)
"""Where one looks, in shares of the way from the centre to the margin."""

MOST_OTHER = 0.3
"""So much of the step from core to surroundings may the mean within differ. Of .2 and .3 the
larger was a little better, on simulated lesions and on real ones in slices of 5 mm."""


def going_on(
    pixels: Slice, beside: Sequence[Beside], margin: Array, center: Point
) -> tuple[Beside, ...]:
    """Those beside that hold within the margin (n, 2) px what the slice itself holds.

    On each side none beyond the first that does not.
    """
    within = _pixels(pixels, margin, center, WITHIN)
    core = float(np.median(_values(pixels, _pixels(pixels, margin, center, CORE))))
    around = float(np.median(_values(pixels, _pixels(pixels, margin, center, AROUND))))
    own, most = float(_values(pixels, within).mean()), MOST_OTHER * abs(around - core)

    def is_like(one: Beside) -> bool:
        return abs(float(_values(one.pixels, within).mean()) - own) < most

    sides = ([one for one in beside if one.away * side > 0] for side in (-1, 1))
    ordered = (sorted(side, key=lambda one: abs(one.away)) for side in sides)
    return tuple(one for side in ordered for one in takewhile(is_like, side))


def _pixels(pixels: Slice, margin: Array, center: Point, shares: tuple[float, ...]) -> Index:
    """Rows and columns nearest to shares of the way to each point, none beyond the image."""
    ways = (margin - center)[None] * np.asarray(shares)[:, None, None] + center
    column, row = np.floor(ways).astype(np.int64).reshape(-1, 2).T
    rows, columns = pixels.shape
    return np.minimum(np.maximum(row, 0), rows - 1), np.minimum(np.maximum(column, 0), columns - 1)


def _values(pixels: Slice, places: Index) -> Array:
    return np.nan_to_num(np.asarray(pixels[places], dtype=np.float64))
