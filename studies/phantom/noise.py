"""CT noise: correlated as filtered back-projection leaves it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import fft

FloatArray = npt.NDArray[np.float32]


def noise_filter(size: int, pixel_mm: float, peak: float) -> FloatArray:
    """Amplitude of each spatial frequency, (size, size // 2 + 1).

    The power spectrum rises with the ramp filter and falls with the kernel; it peaks at `peak`
    cycles/mm. Scaled so that white noise of unit variance keeps unit variance.
    """
    fy = fft.fftfreq(size, pixel_mm).astype(np.float32)
    fx = fft.rfftfreq(size, pixel_mm).astype(np.float32)
    frequency = np.hypot(fy[:, None], fx[None, :])
    power = frequency * np.exp(-0.5 * (frequency / peak) ** 2)
    double = np.full(fx.size, 2.0)
    double[0] = double[-1] = 1.0
    mean_power = float((power * double).sum() / size**2)
    amplitude = np.sqrt(power / mean_power)
    return np.asarray(amplitude, dtype=np.float32)


def correlated(rng: np.random.Generator, shape_filter: FloatArray, sigma: float) -> FloatArray:
    """One slice of noise in HU, (size, size), standard deviation `sigma`."""
    size = shape_filter.shape[0]
    drawn = rng.standard_normal((size, size), dtype=np.float32)
    spectrum = fft.rfft2(drawn)
    spectrum *= shape_filter * np.float32(sigma)
    return np.asarray(fft.irfft2(spectrum, s=(size, size)), dtype=np.float32)


def standard_deviation(at_250: float, mas: int, slice_mm: float) -> float:
    """HU: quantum noise falls with the square root of the dose, and with slice thickness.

    The exponent .35 (theory: .5) stands for the smoother kernels used with thin slices.
    """
    return at_250 * math.sqrt(250.0 / mas) * math.pow(5.0 / slice_mm, 0.35)
