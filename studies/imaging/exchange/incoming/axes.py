"""How the axes of a volume of elsewhere lie on a series: their order, direction and first slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from studies.imaging.exchange.incoming.grid import Grid
from studies.imaging.exchange.incoming.placing import OFF_PX

Array = npt.NDArray[np.float64]
Shape = tuple[int, int, int]


@dataclass(frozen=True)
class AxisOrder:
    """Which axes run along columns (x), rows (y) and slices, and whether with (1) or against (-1).

    `first` is the slice from 0 on which the volume's first one lies.
    """

    axes: tuple[int, int, int]
    signs: tuple[int, int, int]
    first: int

    def turned(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The values as (columns, rows, slices) of the series, without a copy."""
        along = tuple(slice(None, None, sign) for sign in self.signs)
        return np.transpose(values, self.axes)[along]


def axis_order(affine: Array, shape: Shape, grid: Grid) -> AxisOrder | None:
    """How a volume with this affine (voxel index to LPS mm) lies on the series; None where it
    does not.

    Each slice's corner pixels must lie within OFF_PX voxels of the volume's own, so uneven
    spacing and tilt fit only a volume that has them too.
    """
    if not grid.frames:
        return None
    to_voxel = np.asarray(np.linalg.inv(affine), dtype=np.float64)
    steps = _series_steps(grid) @ to_voxel[:3, :3].T
    axes = np.abs(steps).argmax(axis=1).tolist()
    if sorted(axes) != [0, 1, 2]:
        return None
    signs = [1 if step[axis] > 0 else -1 for step, axis in zip(steps, axes, strict=True)]
    sides = [shape[axis] for axis in axes]
    if sides[:2] != [grid.columns, grid.rows]:
        return None
    starts = np.zeros(3)
    for axis, sign, side in zip(axes, signs, sides, strict=True):
        starts[axis] = 0 if sign > 0 else side - 1
    first, _ = grid.nearest((affine[:3, :3] @ starts + affine[:3, 3])[None])
    if first + sides[2] > len(grid.frames):
        return None
    order = AxisOrder((axes[0], axes[1], axes[2]), (signs[0], signs[1], signs[2]), first)
    return order if _error(order, starts, to_voxel, sides, grid) <= OFF_PX else None


def _series_steps(grid: Grid) -> Array:
    """(3, 3) mm: one px to the right, one px down, one slice on."""
    frame = grid.frames[0]
    corner, right, down = frame.to_mm(((0.5, 0.5), (1.5, 0.5), (0.5, 1.5)))
    up = np.asarray(frame.normal) * grid.usual_step
    return np.stack((right - corner, down - corner, up))


def _error(order: AxisOrder, starts: Array, to_voxel: Array, sides: list[int], grid: Grid) -> float:
    """The farthest that a corner pixel of a slice lies from its voxel, in voxels."""
    pixels = ((0.5, 0.5), (grid.columns - 0.5, 0.5), (0.5, grid.rows - 0.5))
    corners = ((0, 0), (sides[0] - 1, 0), (0, sides[1] - 1))
    frames = grid.frames[order.first : order.first + sides[2]]
    mm = np.vstack([frame.to_mm(pixels) for frame in frames])
    found = mm @ to_voxel[:3, :3].T + to_voxel[:3, 3]
    wanted = np.tile(starts, (len(found), 1))
    for number in range(len(frames)):
        for corner, (x, y) in enumerate(corners):
            for axis, sign, step in zip(order.axes, order.signs, (x, y, number), strict=True):
                wanted[3 * number + corner, axis] += sign * step
    return float(np.abs(found - wanted).max())
