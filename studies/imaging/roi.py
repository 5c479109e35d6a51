"""The ROI rule: which square around a lesion CNN, GAN and readers see, sampled once.

d is the margin's largest caliper in mm; the centre that of its smallest enclosing circle (the
centroid clips pointed lesions); the side d (1 + 2 m), square in mm, m = .25 (Frid-Adar 2018).
Coordinates are px from the outer corner of the first pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from studies.imaging import window
from studies.imaging.contour import feret, smallest_circle
from studies.records import FloatArray, NativeCrop, Points

SIZE = 64
MARGIN = 0.25
LARGEST_MARGIN = 0.4
LARGEST_SHIFT_PX = 4.0


@dataclass(frozen=True)
class Geometry:
    """A square in mm on a slice: centre (x, y) px, side and lesion diameter in mm."""

    center: tuple[float, float]
    side_mm: float
    diameter_mm: float
    row_spacing: float
    column_spacing: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the square in px."""
        half_x = self.side_mm / self.column_spacing / 2
        half_y = self.side_mm / self.row_spacing / 2
        x, y = self.center
        return x - half_x, y - half_y, x + half_x, y + half_y

    def is_beyond(self, shape: tuple[int, int]) -> bool:
        """Whether the square reaches outside a (rows, columns) image."""
        left, top, right, bottom = self.box
        return left < 0 or top < 0 or right > shape[1] or bottom > shape[0]


def geometry(
    points: Points, row_spacing: float, column_spacing: float, margin: float = MARGIN
) -> Geometry:
    """The ROI's square around a margin; spacings in mm (1, 1 for images measured in px).

    Raises:
        ValueError: without extent: fewer than two different points.
    """
    diameter = feret(points, row_spacing, column_spacing).length_mm
    if diameter <= 0.0:
        raise ValueError("a margin without extent has no ROI")
    center = smallest_circle(points, row_spacing, column_spacing).center
    return Geometry(center, diameter * (1 + 2 * margin), diameter, row_spacing, column_spacing)


def sample(
    pixels: npt.NDArray[np.generic],
    square: Geometry,
    low: float,
    high: float,
    size: int = SIZE,
) -> FloatArray:
    """The square of a slice (rows, columns) as (size, size) float32, window low..high as 0..1.

    Each output pixel's centre maps to native px; when s > 1 native px fall on one output px the
    native image is blurred first (Gaussian, sigma .5 sqrt(s² - 1), per axis); then bicubic,
    sampled once; beyond the image the edge value; then the window.
    """
    step_x = square.side_mm / square.column_spacing / size
    step_y = square.side_mm / square.row_spacing / size
    native, (x0, y0) = _surroundings(pixels, square, step_x, step_y)
    matrix = np.array(
        (
            (step_x, 0.0, (0.5 - size / 2) * step_x + square.center[0] - 0.5 - x0),
            (0.0, step_y, (0.5 - size / 2) * step_y + square.center[1] - 0.5 - y0),
        )
    )
    sampled = cv2.warpAffine(
        prefilter(native, step_x, step_y),
        matrix,
        (size, size),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return window.apply(sampled, low, high)


def prefilter(native: FloatArray, step_x: float, step_y: float) -> FloatArray:
    """Blur against aliasing for `step` native px per output px; axes with step <= 1 stay sharp."""
    sigma_x, sigma_y = _sigma(step_x), _sigma(step_y)
    if sigma_x == 0.0 and sigma_y == 0.0:
        return native
    return np.asarray(
        cv2.GaussianBlur(
            native,
            (_kernel(sigma_x), _kernel(sigma_y)),
            sigmaX=sigma_x or 1.0,  # a kernel of one pixel ignores it; 0 would copy the other axis
            sigmaY=sigma_y or 1.0,
            borderType=cv2.BORDER_REPLICATE,
        ),
        dtype=np.float32,
    )


def _sigma(step: float) -> float:
    return 0.5 * math.sqrt(step * step - 1) if step > 1 else 0.0


def _kernel(sigma: float) -> int:
    """OpenCV's own kernel width for float images: 4 sigma to each side, odd."""
    return round(8 * sigma + 1) | 1 if sigma > 0 else 1


def _surroundings(
    pixels: npt.NDArray[np.generic], square: Geometry, step_x: float, step_y: float
) -> tuple[FloatArray, tuple[int, int]]:
    """The part of the slice the square can see, blur included, and its origin (x0, y0)."""
    left, top, right, bottom = square.box
    reach_x, reach_y = (_kernel(_sigma(step)) // 2 + 4 for step in (step_x, step_y))
    x0, x1 = math.floor(left - reach_x), math.ceil(right + reach_x)
    y0, y1 = math.floor(top - reach_y), math.ceil(bottom + reach_y)
    return _cut(pixels, x0, y0, x1, y1), (x0, y0)


def _cut(pixels: npt.NDArray[np.generic], x0: int, y0: int, x1: int, y1: int) -> FloatArray:
    """Rows y0..y1 and columns x0..x1; beyond the slice its edge value is repeated."""
    rows, columns = pixels.shape
    row_index = np.clip(np.arange(y0, y1), 0, rows - 1)
    column_index = np.clip(np.arange(x0, x1), 0, columns - 1)
    return np.ascontiguousarray(pixels[np.ix_(row_index, column_index)], dtype=np.float32)


def native_crop(
    pixels: npt.NDArray[np.generic], square: Geometry, low: float, high: float
) -> NativeCrop:
    """The native pixels that every augmentation of this lesion is sampled from.

    Large enough for any rotation of the widest tissue margin (m = .4), a shift of 4 px and the
    antialias blur; where the slice ends, its edge value is repeated.
    """
    widest = square.diameter_mm * (1 + 2 * LARGEST_MARGIN) * math.sqrt(2) / 2
    x0, x1 = _reach(square.center[0], widest / square.column_spacing)
    y0, y1 = _reach(square.center[1], widest / square.row_spacing)
    return NativeCrop(
        pixels=_cut(pixels, x0, y0, x1, y1),
        center=(square.center[0] - x0, square.center[1] - y0),
        row_spacing=square.row_spacing,
        column_spacing=square.column_spacing,
        diameter_mm=square.diameter_mm,
        window_low=low,
        window_high=high,
    )


def _reach(center: float, half: float) -> tuple[int, int]:
    blur = 4 * _sigma(2 * half / SIZE)
    reach = half + LARGEST_SHIFT_PX + blur + 4
    return math.floor(center - reach), math.ceil(center + reach)
