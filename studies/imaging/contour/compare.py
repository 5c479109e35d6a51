"""How far two margins of one lesion on one slice agree: overlap, distance, area."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from studies.imaging.contour.region import areas_of, line_distances
from studies.imaging.contour.shape import in_mm
from studies.records import Points

Array = npt.NDArray[np.float64]

STEPS = 600
"""Places along a margin from which its distance to the other is measured."""


@dataclass(frozen=True)
class Agreement:
    """Two margins of one lesion: `dice` 0..1, distances in mm, areas in mm².

    `hausdorff_mm` is the largest distance from a place of either line to the other line,
    `hausdorff95_mm` the larger of the two directions' 95th percentiles, each of STEPS places at
    equal steps of its line, however its corners lie.
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

    Dice 2 |A and B| / (|A| + |B|) (Dice 1945) of the polygons themselves, not of pixels, so that
    it is exact for the smallest and thinnest too. Hausdorff's distance between the lines as in
    Huttenlocher, Klanderman and Rucklidge (1993), from their corners too; its 95th percentile as
    in Maier-Hein et al. (Metrics reloaded, 2024).

    Two margins compared of late are not compared again: of many slices only what changed is.

    Raises:
        ValueError: a margin has fewer than three points or no area.
    """
    return _compared(tuple(first), tuple(second), row_spacing, column_spacing)


@lru_cache(maxsize=1024)
def _compared(
    first: Points, second: Points, row_spacing: float, column_spacing: float
) -> Agreement:
    ours, theirs = (in_mm(line, row_spacing, column_spacing) for line in (first, second))
    areas, shared = areas_of(ours, theirs)
    if not min(areas) > 0:
        raise ValueError("a margin to compare needs an area")
    there, back = _distances(ours, theirs), _distances(theirs, ours)
    return Agreement(
        dice=min(1.0, 2 * shared / sum(areas)),
        hausdorff_mm=float(max(there.max(), back.max())),
        hausdorff95_mm=float(max(np.percentile(each[:STEPS], 95) for each in (there, back))),
        first_mm2=areas[0],
        second_mm2=areas[1],
        shared_mm2=shared,
    )


def _distances(line: Array, other: Array) -> Array:
    """To the nearest place on the closed `other`: from STEPS places at equal steps of a closed
    `line` (n, 2) on, then from its corners."""
    ring = np.vstack((line, line[:1]))
    length = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(ring, axis=0), axis=1))))
    at = np.arange(STEPS) * length[-1] / STEPS
    even = np.column_stack([np.interp(at, length, ring[:, axis]) for axis in (0, 1)])
    return line_distances(np.vstack((even, line)), other)
