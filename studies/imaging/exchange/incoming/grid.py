"""The series that margins are taken in for: its slices in the patient, and names for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from studies.imaging.exchange.frames import SliceFrame
from studies.imaging.exchange.outgoing import OutgoingSeries

Array = npt.NDArray[np.float64]
Rename = Callable[[str], str]
"""From an original UID to the one that stands for it in the study."""


def unchanged(uid: str) -> str:
    """The rename where no study key is at hand: only files that name stored UIDs are known."""
    return uid


@dataclass(frozen=True)
class Grid:
    """A stored series as margins of elsewhere see it.

    `frames` in z order; empty for an image without geometry. `sop_uids` in the same order.
    `rename` tells which stored UID stands for an original one (CT.md, import gate), so that files
    which name the slices before they were de-identified are known too.
    """

    series_uid: str
    rows: int
    columns: int
    sop_uids: tuple[str, ...]
    frames: tuple[SliceFrame, ...] = field(default=(), repr=False)
    rename: Rename = field(default=unchanged, repr=False, compare=False)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {uid: index for index, uid in enumerate(self.sop_uids)}

    def slice_of(self, uid: str, frame: int = 0) -> int | None:
        """The slice that a file calls `uid` (frame from 0 of a multi-frame file), or None."""
        own = self._places.get(uid)
        if own is not None:
            return own
        return self._places.get(self.rename(f"{uid}#{frame}" if frame else uid))

    @cached_property
    def heights(self) -> Array:
        """(slices,) mm along the first slice's normal."""
        normal = np.asarray(self.frames[0].normal)
        return np.asarray([np.dot(frame.position, normal) for frame in self.frames])

    @cached_property
    def usual_step(self) -> float:
        """The usual distance of neighbouring slices in mm; 1 for a single slice."""
        if len(self.frames) < 2:
            return 1.0
        return float(np.median(np.diff(self.heights)))

    def nearest(self, mm: Array) -> tuple[int, float]:
        """The slice whose plane is nearest to (n, 3) mm points, and the farthest point's distance.

        Distances in mm, never negative.
        """
        middle = float((mm @ np.asarray(self.frames[0].normal)).mean())
        at = int(np.abs(self.heights - middle).argmin())
        return at, float(np.abs(self.frames[at].distance(mm)).max())


def grid_of(series: OutgoingSeries) -> Grid:
    """The grid of a series whose margins are handed on."""
    return Grid(
        series_uid=series.series_uid,
        rows=series.rows,
        columns=series.columns,
        sop_uids=tuple(frame.sop_uid for frame in series.frames) or (series.series_uid,),
        frames=series.frames,
    )
