"""A 64x64 ROI at its size on the screen, by cubic convolution (Keys 1981, a = -0.5)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtGui import QPixmap

from reader_app.widgets.roi_view import to_image
from studies.records import FloatArray


def enlarged(image: FloatArray, size: int, scale: float = 1.0) -> QPixmap:
    """(h, h) grey values 0..1 → a pixmap `size` logical px square at device scale `scale`."""
    pixels = round(size * scale)
    weights = _weights(image.shape[0], pixels)
    result = QPixmap.fromImage(to_image(weights @ image @ weights.T))
    result.setDevicePixelRatio(scale)
    return result


@lru_cache(maxsize=4)
def _weights(source: int, target: int) -> FloatArray:
    """(target, source) interpolation matrix; edges repeat the last pixel, centres at +.5."""
    centers = (np.arange(target) + 0.5) * source / target - 0.5
    first = np.floor(centers).astype(int) - 1
    matrix = np.zeros((target, source), dtype=np.float32)
    for offset in range(4):
        places = np.clip(first + offset, 0, source - 1)
        np.add.at(matrix, (np.arange(target), places), _cubic(centers - first - offset))
    return matrix


def _cubic(distance: np.ndarray) -> np.ndarray:
    d = np.abs(distance)
    near = 1.5 * d**3 - 2.5 * d**2 + 1
    far = -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
    return np.where(d <= 1, near, np.where(d < 2, far, 0.0))
