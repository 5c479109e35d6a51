"""Power spectra: the grain of ROIs, and the checkerboard that a generator's strides leave."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.errors import TooFewError

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]

RESAMPLES = 500
PERIODS = (4, 2)
"""px; two and one stride-2 layers before the image repeat their pattern so often."""
NEAR, FAR = 2, 4
"""Bins around a peak that serve as its background; the window spreads a peak over one bin."""


@dataclass(frozen=True)
class Spectrum:
    """Mean power by radial frequency (cycles per px)."""

    frequency: DoubleArray = field(repr=False)
    power: DoubleArray = field(repr=False)


@dataclass(frozen=True)
class Checkerboard:
    """Highest power at a stride's frequency over the power around it (1 = no pattern).

    `low`..`high` is the 95 % bootstrap interval, over `count` images, at the `frequency` (x, y) in
    cycles per px where the highest lies.
    """

    value: float
    low: float
    high: float
    frequency: tuple[float, float]
    count: int


def radial_spectrum(images: FloatArray) -> Spectrum:
    """Mean power of ROIs (n, s, s) by radial frequency 0..0.5 cycles per px, mean removed.

    A Hann window keeps the edges from leaking; power is per pixel, so noise of variance v has v.
    """
    side = images.shape[-1]
    frequency = np.fft.fftfreq(side)
    radius = np.hypot(frequency[:, None], frequency[None, :])
    ring = np.rint(radius * side).astype(np.int64)
    inside = ring <= side // 2
    total = np.bincount(ring[inside], _power(images).mean(0)[inside])
    return Spectrum(np.arange(len(total)) / side, total / np.bincount(ring[inside]))


def checkerboard(images: FloatArray, *, seed: int = 0) -> Checkerboard:
    """The peak of ROIs (n, s, s) at periods of 2 and 4 px, both axes; TooFewError for none.

    Overlapping strides of transposed convolutions leave such patterns (Odena et al. 2016,
    doi:10.23915/distill.00003). The background of a peak is the mean power 2..4 bins beside it.
    Each of several frequencies has its chance to be highest, so noise too lies a little above 1:
    the real ROIs' own value is the yardstick.
    """
    if len(images) == 0:
        raise TooFewError("There is no ROI whose spectrum could be taken; synthesise some.")
    at = _stride_bins(images.shape[-1])
    power = _power(images)
    peaks = np.stack([power[:, y, x] for x, y in at], 1)
    around = np.stack([_background(power, x, y) for x, y in at], 1)
    ratios = peaks.mean(0) / np.maximum(around.mean(0), 1e-30)
    best = int(ratios.argmax())
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(images), np.full(len(images), 1 / len(images)), RESAMPLES)
    again = drawn @ peaks[:, best] / np.maximum(drawn @ around[:, best], 1e-30)
    low, high = np.quantile(again, (0.025, 0.975))
    x, y = (float(np.fft.fftfreq(images.shape[-1])[one]) for one in at[best])
    return Checkerboard(float(ratios[best]), float(low), float(high), (x, y), len(images))


def _power(images: FloatArray) -> DoubleArray:
    """Power (n, s, s) under a Hann window, mean removed."""
    side = images.shape[-1]
    hann = np.hanning(side + 1)[:side]
    window = np.outer(hann, hann)
    centred = images.astype(np.float64) - images.mean((1, 2), keepdims=True)
    return np.asarray(np.abs(np.fft.fft2(centred * window)) ** 2 / (window**2).sum())


def _stride_bins(side: int) -> tuple[tuple[int, int], ...]:
    """Bins (x, y) of all patterns of these periods but the mean; half the plane, real images."""
    steps = sorted({side * k // period for period in PERIODS for k in range(period)})
    bins = [(x, y) for x in steps for y in steps if (x, y) != (0, 0)]
    return tuple((x, y) for x, y in bins if (x, y) <= ((-x) % side, (-y) % side))


def _background(power: DoubleArray, x: int, y: int) -> DoubleArray:
    """Mean power (n,) of the bins NEAR..FAR from (x, y), on the frequency plane's torus."""
    side = power.shape[-1]
    reach = range(-FAR, FAR + 1)
    ring = [(dx, dy) for dx in reach for dy in reach if max(abs(dx), abs(dy)) >= NEAR]
    return np.asarray(np.mean([power[:, (y + b) % side, (x + a) % side] for a, b in ring], axis=0))
