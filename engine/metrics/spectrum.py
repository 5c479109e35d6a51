"""Power spectra: the grain of ROIs, and the checkerboard that a generator's strides leave."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.errors import TooFewError

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]

RESAMPLES = 500
HALVES = 60
"""Random halvings of the real ROIs that make the band of a spectrum's distance."""
FLOOR = 1e-9
"""Power per pixel that counts as none: grey values of 8 bits have 1.3e-6 of rounding alone."""
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
class SpectrumDistance:
    """RMS distance in dB of two mean radial spectra, 0 = the same.

    `band_low`..`band_high`: central 95 % of one half of the real ROIs against the other half.
    """

    value: float
    band_low: float
    band_high: float
    real: int
    fake: int


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
    ring, inside = _rings(images.shape[-1])
    total = np.bincount(ring[inside], _power(images).mean(0)[inside])
    return Spectrum(np.arange(len(total)) / images.shape[-1], total / np.bincount(ring[inside]))


def radial_spectra(images: FloatArray) -> DoubleArray:
    """Power (n, s // 2 + 1) of each ROI (n, s, s) by radial frequency, as `radial_spectrum`."""
    ring, inside = _rings(images.shape[-1])
    sizes = np.bincount(ring[inside])
    power = _power(images)[:, inside]
    return np.stack([np.bincount(ring[inside], one) / sizes for one in power])


def spectrum_distance(real: FloatArray, fake: FloatArray, *, seed: int = 0) -> SpectrumDistance:
    """How far the mean radial spectra of ROIs (n, s, s) and (m, s, s) lie apart.

    Root mean square over the frequencies (the mean left out) of 10 log10 of the ratio of powers:
    Durall et al. 2020 (arXiv:2003.01826) tell generated images by this spectrum. The band is the
    same of one random half of the real ROIs against the other. TooFewError under 4 real, 1 fake.
    """
    if len(real) < 4 or len(fake) < 1:
        raise TooFewError(
            "The spectra need at least 4 real and 1 synthetic ROI of a class; draw more."
        )
    spectra = radial_spectra(real)
    value = _decibels(spectra.mean(0), radial_spectra(fake).mean(0))
    rng, half = np.random.default_rng(seed), len(real) // 2
    orders = [rng.permutation(len(real)) for _ in range(HALVES)]
    apart = [
        _decibels(spectra[order[:half]].mean(0), spectra[order[half : 2 * half]].mean(0))
        for order in orders
    ]
    low, high = np.quantile(apart, (0.025, 0.975))
    return SpectrumDistance(value, float(low), float(high), len(real), len(fake))


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


def _rings(side: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The whole radius in bins of each frequency (s, s), and which lie within the axes' reach."""
    frequency = np.fft.fftfreq(side)
    radius = np.hypot(frequency[:, None], frequency[None, :])
    ring = np.rint(radius * side).astype(np.int64)
    return ring, ring <= side // 2


def _decibels(left: DoubleArray, right: DoubleArray) -> float:
    """RMS ratio in dB of two spectra, without frequency 0; FLOOR stands for no power at all."""
    ratio = np.log10(np.maximum(left[1:], FLOOR) / np.maximum(right[1:], FLOOR))
    return float(np.sqrt((100 * ratio**2).mean()))


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
