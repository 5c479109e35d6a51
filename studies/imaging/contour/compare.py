"""How far two margins of one lesion on one slice agree: overlap, distance, area."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studies.imaging.contour.fill import mask
from studies.imaging.contour.line import resample
from studies.imaging.contour.shape import area_mm2, in_mm
from studies.records import Points

Array = npt.NDArray[np.float64]

FINE = 500
"""Rows or columns of the fine grid on which two margins are laid over each other."""

STEPS = 600
"""Points along a margin from which its distance to the other is measured."""


@dataclass(frozen=True)
class Agreement:
    """Two margins of one lesion: `dice` 0..1, distances in mm, areas in mm².

    `hausdorff_mm` is the largest distance from a point of either line to the other line,
    `hausdorff95_mm` the larger of the two directions' 95th percentiles.
    """

    dice: float
    hausdorff_mm: float
    hausdorff95_mm: float
    first_mm2: float
    second_mm2: float
    shared_mm2: float

    @property
    def difference_mm2(self) -> float:
        """The second area less the first, mm²."""
        return self.second_mm2 - self.first_mm2

    @property
    def difference_percent(self) -> float:
        """The second area less the first, in % of the two areas' mean."""
        return percent_of_mean(self.first_mm2, self.second_mm2)


def percent_of_mean(first: float, second: float) -> float:
    """What `second` has more than `first`, in % of their mean; nan where both are 0.

    Example: 90 and 110 differ by 20 % of their mean (percent_of_mean(90, 110) = 20).
    """
    return 200 * (second - first) / (first + second) if first + second > 0 else math.nan


def compare(
    first: Points, second: Points, row_spacing: float = 1.0, column_spacing: float = 1.0
) -> Agreement:
    """The agreement of two closed margins (px) on a slice with these spacings (mm).

    Dice 2 |A and B| / (|A| + |B|) (Dice 1945) of the polygons, not of their pixels: both are
    filled on one grid much finer than the pixels. Hausdorff's distance between the lines as in
    Huttenlocher, Klanderman and Rucklidge (1993), its 95th percentile as in Maier-Hein et al.
    (Metrics reloaded, 2024), over points at equal steps of the line.

    Raises:
        ValueError: a margin has fewer than three points or no area.
    """
    ours, theirs = (in_mm(line, row_spacing, column_spacing) for line in (first, second))
    areas = (
        area_mm2(first, row_spacing, column_spacing),
        area_mm2(second, row_spacing, column_spacing),
    )
    if not min(areas) > 0:
        raise ValueError("a margin to compare needs an area")
    there, back = distances(ours, theirs), distances(theirs, ours)
    dice = _dice(ours, theirs)
    return Agreement(
        dice=dice,
        hausdorff_mm=float(max(there.max(), back.max())),
        hausdorff95_mm=float(max(np.percentile(there, 95), np.percentile(back, 95))),
        first_mm2=areas[0],
        second_mm2=areas[1],
        shared_mm2=dice * sum(areas) / 2,
    )


def _dice(ours: Array, theirs: Array) -> float:
    """Of two polygons (n, 2) in mm, on a grid fine enough that its step does not matter."""
    low = np.minimum(ours.min(axis=0), theirs.min(axis=0))
    high = np.maximum(ours.max(axis=0), theirs.max(axis=0))
    scale = FINE / float((high - low).max())
    columns, rows = (math.ceil(side * scale) + 1 for side in (high - low).tolist())
    first, second = (
        mask(tuple(map(tuple, ((line - low) * scale).tolist())), (rows, columns))
        for line in (ours, theirs)
    )
    filled = int(first.sum()) + int(second.sum())
    return 2 * int((first & second).sum()) / filled if filled else 0.0


def distances(line: Array, other: Array) -> Array:
    """From points along the closed `line` (n, 2) to the nearest place on the closed `other`."""
    length = float(np.linalg.norm(np.roll(line, -1, axis=0) - line, axis=1).sum())
    corners = tuple(map(tuple, line.tolist()))
    dense = resample(corners, length / STEPS) if length > 0 else corners
    points = np.asarray((*dense, *_spread(corners)), dtype=np.float64)
    return _to_line(points, other)


def _spread(corners: Points) -> Points:
    """The corners too, of lines coarser than the steps: the farthest place may be one of them."""
    return corners if len(corners) < STEPS / 6 else ()


def _to_line(points: Array, line: Array) -> Array:
    """The distance of each point (n, 2) from the nearest side of a closed line (m, 2)."""
    start, along = line, np.roll(line, -1, axis=0) - line
    square = np.maximum((along**2).sum(axis=1), 1e-300)
    by = points[:, None] - start[None]
    share = np.clip((by * along[None]).sum(axis=2) / square, 0.0, 1.0)
    return np.asarray(np.linalg.norm(by - share[..., None] * along[None], axis=2).min(axis=1))
