"""A study's cover: four of its ROIs in one small picture inside its folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

from studies.records import RoiRecord

FILE = "cover.png"
_SIDE, _GAP = 32, 1  # px of one ROI on the cover


def save(folder: Path, rois: tuple[RoiRecord, ...]) -> bool:
    """Write the cover of the first ROI of each class, then further ones; False without ROIs.

    A folder that cannot be written keeps the cover it has.
    """
    if not rois:
        return False
    first = {roi.category: roi for roi in reversed(rois)}
    chosen = (*first.values(), *(roi for roi in rois if roi not in first.values()))[:4]
    side = 2 * _SIDE + _GAP
    canvas = np.full((side, side), 30, np.uint8)
    for k, roi in enumerate(chosen):
        top, left = (k // 2) * (_SIDE + _GAP), (k % 2) * (_SIDE + _GAP)
        halved = roi.image.reshape(_SIDE, 2, _SIDE, 2).mean((1, 3))
        canvas[top : top + _SIDE, left : left + _SIDE] = np.rint(np.clip(halved, 0, 1) * 255)
    grey = np.ascontiguousarray(canvas)
    image = QImage(grey.data, side, side, side, QImage.Format.Format_Grayscale8)
    part = folder / f".{FILE}"
    if not image.save(str(part)):
        return False
    part.replace(folder / FILE)
    return True


def load(folder: Path) -> QImage | None:
    """The cover of a study's folder; None where there is none."""
    image = QImage(str(folder / FILE))
    return None if image.isNull() else image
