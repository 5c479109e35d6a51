"""Smooth closed shapes in polar form, and how much of each pixel they cover.

Image coordinates are mm from the image centre, x to the right of the image (the patient's
left), y down (posterior).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
ANGLES = 720


@dataclass(frozen=True)
class Outline:
    """A star-shaped outline: radius in mm at ANGLES equal steps from the x axis."""

    center: tuple[float, float]
    radii: FloatArray

    def scaled(self, factor: float, *, grow_mm: float = 0.0) -> Outline:
        """The outline about the same centre, radii times `factor` plus `grow_mm`."""
        return Outline(self.center, (self.radii * factor + grow_mm).astype(np.float32))

    def points(self, count: int = 96) -> npt.NDArray[np.float64]:
        """(count, 2) vertices x, y in mm."""
        angles = np.linspace(0.0, 2 * np.pi, count, endpoint=False)
        steps = np.arange(ANGLES) * (2 * np.pi / ANGLES)
        radius = np.interp(angles, steps, self.radii, period=2 * np.pi)
        return np.stack(
            [self.center[0] + radius * np.cos(angles), self.center[1] + radius * np.sin(angles)],
            axis=1,
        )


@dataclass(frozen=True)
class PolarGrid:
    """A window of the image seen from one centre: radius (mm) and angle index of each pixel."""

    rows: slice
    columns: slice
    radius: FloatArray
    angle: npt.NDArray[np.int16]

    def coverage(self, radii: FloatArray, edge_mm: float) -> FloatArray:
        """Share of each pixel inside the outline; the edge is a ramp `edge_mm` wide."""
        inside = radii[self.angle]
        inside -= self.radius
        inside *= np.float32(1.0 / edge_mm)
        inside += np.float32(0.5)
        return np.clip(inside, 0.0, 1.0, out=inside)


def polar_grid(
    center: tuple[float, float], reach_mm: float, size: int, pixel_mm: float
) -> PolarGrid:
    """The pixels within `reach_mm` of `center` (a square window, clipped to the image)."""
    x_range = _window(center[0], reach_mm, size, pixel_mm)
    y_range = _window(center[1], reach_mm, size, pixel_mm)
    x = _axis(size, pixel_mm)[x_range] - np.float32(center[0])
    y = _axis(size, pixel_mm)[y_range] - np.float32(center[1])
    radius = np.hypot(y[:, None], x[None, :]).astype(np.float32)
    turn = np.arctan2(y[:, None], x[None, :]) * (ANGLES / (2 * np.pi))
    angle = np.round(turn).astype(np.int16) % ANGLES
    return PolarGrid(y_range, x_range, radius, angle.astype(np.int16))


def _axis(size: int, pixel_mm: float) -> FloatArray:
    return ((np.arange(size, dtype=np.float32) + 0.5 - size / 2) * pixel_mm).astype(np.float32)


def _window(center: float, reach: float, size: int, pixel_mm: float) -> slice:
    low = int(np.floor((center - reach) / pixel_mm + size / 2))
    high = int(np.ceil((center + reach) / pixel_mm + size / 2))
    return slice(max(0, low), min(size, max(high, low + 1)))


def ellipse(
    center: tuple[float, float], half_x: float, half_y: float, turn_deg: float = 0.0
) -> Outline:
    """An ellipse of the given half axes in mm."""
    angles = np.arange(ANGLES) * (2 * np.pi / ANGLES) - np.deg2rad(turn_deg)
    radii = half_x * half_y / np.hypot(half_y * np.cos(angles), half_x * np.sin(angles))
    return Outline(center, radii.astype(np.float32))


def through(center: tuple[float, float], knots: tuple[tuple[float, float], ...]) -> Outline:
    """A smooth outline through (angle in degrees, radius in mm) knots."""
    steps = np.arange(ANGLES) * (360.0 / ANGLES)
    angles = [angle for angle, _ in knots]
    radii = np.interp(steps, angles, [radius for _, radius in knots], period=360.0)
    width = ANGLES // 24
    window = np.hanning(2 * width + 1)
    padded = np.concatenate([radii[-width:], radii, radii[:width]])
    smooth = np.convolve(padded, window / window.sum(), mode="valid")
    return Outline(center, smooth.astype(np.float32))


def wobble(rng: np.random.Generator, amplitude: float, harmonics: tuple[int, ...]) -> FloatArray:
    """A factor around 1 at ANGLES steps: random low harmonics of total size `amplitude`."""
    angles = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    total = np.zeros(ANGLES)
    for harmonic in harmonics:
        weight = rng.normal(0.0, 1.0) / harmonic
        total += weight * np.cos(harmonic * angles + rng.uniform(0, 2 * np.pi))
    spread = np.abs(total).max() or 1.0
    return (1.0 + amplitude * total / spread).astype(np.float32)
