"""A trial's picture at its size on the screen.

An ROI by cubic convolution (Keys 1981, a = -0.5); a slice in a window, by Qt's smooth scaling.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPixmap

from reader_app.widgets.roi_view import to_image
from studies.package import Picture, PixelArray
from studies.records import FloatArray


def enlarged(image: FloatArray, size: int, scale: float = 1.0) -> QPixmap:
    """(h, h) grey values 0..1 → a pixmap `size` logical px square at device scale `scale`."""
    pixels = round(size * scale)
    weights = _weights(image.shape[0], pixels)
    result = QPixmap.fromImage(to_image(weights @ image @ weights.T))
    result.setDevicePixelRatio(scale)
    return result


def is_roi(picture: Picture) -> bool:
    """Whether it is a 64x64 ROI, which is shown without ring and window."""
    return picture == Picture()


def roi_of(pixels: PixelArray) -> FloatArray:
    """(1, h, h) grey levels 0..255 → (h, h) float32, 0..1."""
    image: FloatArray = pixels[0].astype(np.float32) / np.float32(255.0)
    return image


def fitted(picture: Picture, size: int) -> QRectF:
    """Where a slice lies in a square of `size` px: as large as it fits, in its true shape."""
    wide = picture.columns * (picture.column_spacing or 1.0)
    high = picture.rows * (picture.row_spacing or 1.0)
    factor = size / max(wide, high)
    wide, high = wide * factor, high * factor
    return QRectF((size - wide) / 2, (size - high) / 2, wide, high)


def windowed(
    values: PixelArray, picture: Picture, window: tuple[float, float], size: int, scale: float = 1.0
) -> QPixmap:
    """(rows, columns) of one slice, `window` low black to high white, fitted into `size` px."""
    low, high = window
    factor = 255.0 / max(high - low, 1e-6)
    levels = (values.astype(np.float32) - np.float32(low)) * np.float32(factor)
    grey = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    rows, columns = grey.shape
    image = QImage(grey.data, columns, rows, columns, QImage.Format.Format_Grayscale8)
    place = fitted(picture, size)
    scaled = image.scaled(
        max(1, round(place.width() * scale)),
        max(1, round(place.height() * scale)),
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    result = QPixmap.fromImage(scaled)
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
