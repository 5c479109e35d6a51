"""The wider picture of a lesion: its whole slice, or a slab of slices around it, with a ring."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from studies.cases.regions import Wanted, shown_window, wanted_regions
from studies.errors import StudyError
from studies.imaging import volume, window
from studies.imaging.contour import smallest_circle
from studies.store import Store

RING = 1.3  # radius of the ring over that of the margin's smallest circle
_HU_LIMITS = (-(2**15), 2**15 - 1)


@dataclass(frozen=True)
class LesionPicture:
    """Whole slices around a lesion's key slice.

    `pixels` (slices, rows, columns): int16 HU, or uint8 grey levels of pictures without HU; `key`
    is the lesion's slice in it. `ring` (x, y, radius) in px of the key slice, corner origin.
    Spacings in mm, `window` in the values of the pixels.
    """

    lesion_id: int
    pixels: npt.NDArray[Any] = field(repr=False, compare=False)
    key: int
    row_spacing: float
    column_spacing: float
    slice_spacing: float
    ring: tuple[float, float, float]
    window: tuple[float, float]


class LesionPictures:
    """The pictures of a study's ready lesions, read one by one."""

    def __init__(self, store: Store) -> None:
        with store.snapshot() as session:
            self._wanted = {one.lesion.id: one for one in wanted_regions(store, session)}
            session.expunge_all()

    def picture(self, lesion_id: int, reach: int = 0) -> LesionPicture:
        """The key slice with up to `reach` slices on each side, fewer at the series' end.

        Raises StudyError for a lesion that is not ready, for a slab of a single picture, and for
        a file that cannot be read.
        """
        wanted = self._wanted.get(lesion_id)
        if wanted is None:
            raise StudyError("A lesion of this reading has lost its margin or diagnosis.")
        if reach and wanted.series.slices < 2:
            raise StudyError(
                f"Lesion {wanted.lesion.name} of patient {wanted.lesion.patient} lies on a single "
                "picture; a volume needs the slices beside it. Choose the condition slice."
            )
        return _picture(wanted, reach)


def _picture(wanted: Wanted, reach: int) -> LesionPicture:
    series, key = wanted.series, wanted.slice_index
    first, last = max(0, key - reach), min(series.slices - 1, key + reach)
    slices = np.stack([volume.load_slice(series, index) for index in range(first, last + 1)])
    low, high = shown_window(wanted, slices[key - first])
    pixels: npt.NDArray[Any]
    if series.has_hu:
        pixels, limits = np.rint(np.clip(slices, *_HU_LIMITS)).astype("<i2"), (low, high)
    else:
        levels = window.apply(slices, low, high)
        pixels, limits = np.rint(levels * 255.0).astype(np.uint8), (0.0, 255.0)
    circle = smallest_circle(wanted.points, series.row_spacing, series.column_spacing)
    mm_a_px = (series.row_spacing + series.column_spacing) / 2 or 1.0
    return LesionPicture(
        lesion_id=wanted.lesion.id,
        pixels=pixels,
        key=key - first,
        row_spacing=series.row_spacing,
        column_spacing=series.column_spacing,
        slice_spacing=series.slice_spacing,
        ring=(*circle.center, RING * circle.radius_mm / mm_a_px),
        window=limits,
    )
