"""On which slice a plane of another file lies, and whether it is that slice's own grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studies.errors import ImportRefusedError
from studies.imaging.exchange.frames import SliceFrame
from studies.imaging.exchange.incoming.grid import Grid
from studies.records import Points

Array = npt.NDArray[np.float64]

OFF_PX = 0.25
"""How far a pixel may lie from the series' own one, in px, and still be it: rounding, no shift."""
OFF_SLICE = 0.1
"""How far a plane may lie from its slice, in slice spacings."""


@dataclass(frozen=True)
class Plane:
    """A frame's place as its file tells it (LPS, mm); empty where it does not.

    `position` is the centre of the first pixel, `spacing` between rows, then between columns.
    """

    position: tuple[float, ...] = ()
    orientation: tuple[float, ...] = ()
    spacing: tuple[float, ...] = ()


def check_plane(plane: Plane, grid: Grid, named: int | None, name: str) -> int:
    """The slice from 0 whose grid the plane is; `named` is the slice that the frame names.

    Raises:
        ImportRefusedError: where the plane lies elsewhere, or neither tells the slice.
    """
    if not plane.position:
        if named is None:
            raise ImportRefusedError(
                f"{name} names no slice of this series and gives no position. Choose its own "
                "series."
            )
        return named
    first = np.asarray([plane.position])
    index, away = grid.nearest(first) if named is None else (named, 0.0)
    frame = grid.frames[index]
    away = float(np.abs(frame.distance(first)).max())
    if away > OFF_SLICE * grid.usual_step:
        other = f"slice {index + 1}, which it names" if named is not None else "any slice"
        raise ImportRefusedError(
            f"{name} has a frame {away:.3g} mm away from {other}. Only masks on the series' own "
            "slices are taken."
        )
    if _corner_error(plane, frame) > OFF_PX:
        raise ImportRefusedError(
            f"{name} lies on another grid than slice {index + 1} (position, direction or size of "
            "the pixels). Save the mask on the grid of the CT."
        )
    return index


def is_on_image(points: Points, grid: Grid) -> bool:
    """Whether a line (px from the outer corner) lies on the image, if only in part.

    One that reaches farther beyond it than the image is wide or high is no margin.
    """
    xy, sides = np.asarray(points), np.asarray((grid.columns, grid.rows))
    low, high = xy.min(axis=0), xy.max(axis=0)
    is_near = bool((low >= -sides).all() and (high <= 2 * sides).all())
    return is_near and bool((high > 0).all() and (low < sides).all())


def _corner_error(plane: Plane, frame: SliceFrame) -> float:
    """The farthest that a corner pixel's centre lies from the series' own, in px."""
    own = frame.to_px(_centers(plane, frame))
    columns, rows = frame.columns - 0.5, frame.rows - 0.5
    wanted = np.asarray([(0.5, 0.5), (columns, 0.5), (0.5, rows), (columns, rows)])
    return float(np.abs(own - wanted).max())


def _centers(plane: Plane, frame: SliceFrame) -> Array:
    """The centres (4, 3) of the plane's corner pixels in mm; what it leaves out is the slice's."""
    orientation = plane.orientation or (*frame.row_direction, *frame.column_direction)
    spacing = plane.spacing or (frame.row_spacing, frame.column_spacing)
    right = np.asarray(orientation[:3]) * spacing[1] * (frame.columns - 1)
    down = np.asarray(orientation[3:]) * spacing[0] * (frame.rows - 1)
    first = np.asarray(plane.position)
    return np.stack((first, first + right, first + down, first + right + down))
