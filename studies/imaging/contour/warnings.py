"""What is odd about a margin, in sentences; nothing here refuses one."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from studies.imaging.contour.fill import mask
from studies.imaging.contour.shape import feret, is_simple
from studies.records import Points

SMALLEST_MM, LARGEST_MM = 10.0, 102.0
"""The paper's lesions measured 10 to 102 mm."""

BODY_HU = -300.0
OUTSIDE_SHARE = 0.05
REACHED = 2
"""Marks the tissue that hangs together with a place."""


def warnings(
    points: Points,
    row_spacing: float,
    column_spacing: float,
    shape: tuple[int, int],
    *,
    pixels: npt.NDArray[np.generic] | None = None,
    padding: npt.NDArray[np.bool_] | None = None,
    gap_mm: float = 0.0,
) -> tuple[str, ...]:
    """Sentences on a margin that deserves a second look, the gravest first.

    `pixels` (rows, columns) in HU allow the look at the body's outline; leave them out for
    images without HU. `gap_mm` is how far the drawn line was from closing. Spacings of 0 mean
    "not known": sizes are not judged.
    """
    found: list[str] = []
    if len(points) < 3:
        return ("The margin has fewer than three points.",)
    if not is_simple(points):
        found.append("The margin crosses itself.")
    found += _beyond(points, shape)
    if row_spacing > 0 and column_spacing > 0:
        found += _size(points, row_spacing, column_spacing)
        if gap_mm > 0:
            found.append(f"The line was open by {gap_mm:.0f} mm; a straight line closes it.")
    inside = mask(points, shape)
    if not inside.any():
        found.append("No pixel centre lies inside the margin.")
    elif padding is not None and bool((inside & padding).any()):
        found.append("The margin touches padding, where nothing was measured.")
    elif pixels is not None and _outside_share(pixels, inside) > OUTSIDE_SHARE:
        found.append("The margin reaches outside the body.")
    return tuple(found)


def _beyond(points: Points, shape: tuple[int, int]) -> list[str]:
    x, y = np.asarray(points, dtype=np.float64).T
    rows, columns = shape
    if x.min() < 0 or y.min() < 0 or x.max() > columns or y.max() > rows:
        return ["The margin reaches outside the image."]
    return []


def _size(points: Points, row_spacing: float, column_spacing: float) -> list[str]:
    length = feret(points, row_spacing, column_spacing).length_mm
    if length < SMALLEST_MM:
        return [f"The lesion measures {length:.1f} mm, less than {SMALLEST_MM:.0f} mm."]
    if length > LARGEST_MM:
        return [f"The lesion measures {length:.0f} mm, more than {LARGEST_MM:.0f} mm."]
    return []


def _outside_share(pixels: npt.NDArray[np.generic], inside: npt.NDArray[np.bool_]) -> float:
    if _is_deep(pixels, inside):
        return 0.0
    return float((inside & ~body(pixels)).sum() / inside.sum())


def _is_deep(pixels: npt.NDArray[np.generic], inside: npt.NDArray[np.bool_]) -> bool:
    """Whether all within lies in one tissue that makes up most of the slice's: then it is the
    body. Asked first: it is told at a quarter of the time that outlining the body takes."""
    tissue = (np.asarray(pixels) > BODY_HU).astype(np.uint8)
    row, column = divmod(int(inside.argmax()), inside.shape[1])
    if not tissue[row, column]:
        return False
    total = int(np.count_nonzero(tissue))
    count, *_ = cv2.floodFill(tissue, None, (column, row), REACHED, flags=4)
    return count > total / 2 and bool((tissue[inside] == REACHED).all())


def body(pixels: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """The patient on a slice in HU: the largest connected part above -300 HU, its holes filled.

    Everything where nothing is above -300 HU: then there is no outline to judge by.
    """
    tissue = (np.asarray(pixels) > BODY_HU).astype(np.uint8)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(tissue, connectivity=4)
    if count < 2:
        return np.ones(tissue.shape, dtype=np.bool_)
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    return _filled(np.asarray(parts == largest))


def _filled(part: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """A part with all that it surrounds: what is not joined to a frame around the image."""
    around = np.pad(~part, 1, constant_values=True).astype(np.uint8)
    _, parts = cv2.connectedComponents(around, connectivity=4)
    return np.asarray(parts[1:-1, 1:-1] != parts[0, 0])
