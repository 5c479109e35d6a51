"""Distances with what makes them readable: an interval, and the band of real against real."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError, TooFewError
from engine.metrics.distance import frechet, mmd2
from engine.metrics.features import Features, random_features
from engine.metrics.manifold import manifold

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]

BLOCK, BLOCKS = 50, 60


@dataclass(frozen=True)
class Kid:
    """Kernel Inception distance between real and synthetic ROIs, on features without Inception.

    `value` is the mean over `blocks` random blocks of `block` images a side, `low`..`high` the
    central 95 % of the blocks; `band_low`..`band_high` the same of real against other real.
    """

    value: float
    low: float
    high: float
    band_low: float
    band_high: float
    block: int
    blocks: int
    real: int
    fake: int


@dataclass(frozen=True)
class Banded:
    """A mean over blocks, their central 95 %, and the central 95 % of real against other real."""

    value: float
    low: float
    high: float
    band_low: float
    band_high: float

    @property
    def is_within_band(self) -> bool:
        """Whether the synthetic ROIs cannot be told from other real ones by this number."""
        return self.band_low <= self.value <= self.band_high


@dataclass(frozen=True)
class Nearness:
    """How near synthetic ROIs come to real ones in one feature space.

    Every number is over `blocks` blocks of `block` ROIs a side, out of `real` and `fake`; with so
    few the Frechet distance is biased upwards, for which its band, biased as much, makes up.
    """

    features: str
    kid: Banded
    frechet: Banded
    precision: Banded
    recall: Banded
    density: Banded
    coverage: Banded
    block: int
    blocks: int
    real: int
    fake: int


def kid(
    real: FloatArray,
    fake: FloatArray,
    *,
    features: Features = random_features,
    block: int = BLOCK,
    blocks: int = BLOCKS,
    seed: int = 0,
) -> Kid:
    """KID of ROIs (n, h, w) against (m, h, w) in 0..1; TooFewError under 4 real or 2 fake."""
    return kid_of_features(features(real), features(fake), block=block, blocks=blocks, seed=seed)


def kid_of_features(
    real: DoubleArray,
    fake: DoubleArray,
    *,
    block: int = BLOCK,
    blocks: int = BLOCKS,
    seed: int = 0,
) -> Kid:
    """KID of features (n, d) against (m, d).

    Unbiased MMD^2 with the kernel (x·y/d + 1)^3 (Binkowski et al. 2018, arXiv:1801.01401), in
    blocks of equal size drawn without replacement, at most half the real set so that the band
    of real against real is of the same size. Features are divided by the real set's root mean
    square, one number, so that the kernel sees values of order 1 whatever network made them.
    """
    real, fake = _scaled(real, fake)
    values, band = [], []
    for left, right, drawn in _blocks(real, fake, block, blocks, seed):
        values.append((mmd2(left, drawn),))
        band.append((mmd2(left, right),))
    (found,) = _banded(values, band)
    size = _size(real, fake, block)
    ends = (found.value, found.low, found.high, found.band_low, found.band_high)
    return Kid(*ends, size, blocks, len(real), len(fake))


def nearness(
    real: DoubleArray,
    fake: DoubleArray,
    features: str,
    *,
    block: int = BLOCK,
    blocks: int = BLOCKS,
    seed: int = 0,
) -> Nearness:
    """KID, Frechet, precision, recall, density and coverage of features (n, d) against (m, d).

    `features` names the space they are of. Blocks and scaling as in `kid_of_features`, whose
    numbers these are. Raises TooFewError under 4 real or 2 fake, EngineError for features that
    are not finite.
    """
    real, fake = _scaled(real, fake)
    values, band = [], []
    for left, right, drawn in _blocks(real, fake, block, blocks, seed):
        values.append(_all_of(left, drawn))
        band.append(_all_of(left, right))
    size = _size(real, fake, block)
    by_kid, by_frechet, precision, recall, density, coverage = _banded(values, band)
    return Nearness(
        features,
        by_kid,
        by_frechet,
        precision,
        recall,
        density,
        coverage,
        size,
        blocks,
        len(real),
        len(fake),
    )


def _all_of(left: DoubleArray, right: DoubleArray) -> tuple[float, ...]:
    return mmd2(left, right), frechet(left, right), *astuple(manifold(left, right))


def _scaled(real: DoubleArray, fake: DoubleArray) -> tuple[DoubleArray, DoubleArray]:
    if len(real) < 4 or len(fake) < 2:
        raise TooFewError(
            "KID needs at least 4 real and 2 synthetic ROIs of a class; draw or synthesise more."
        )
    if not (np.isfinite(real).all() and np.isfinite(fake).all()):
        raise EngineError("The network's features are not numbers; train this run again.")
    scale = float(np.sqrt((real**2).mean())) or 1.0
    return real / scale, fake / scale


def _size(real: DoubleArray, fake: DoubleArray, block: int) -> int:
    return min(block, len(real) // 2, len(fake))


def _blocks(
    real: DoubleArray, fake: DoubleArray, block: int, blocks: int, seed: int
) -> Iterator[tuple[DoubleArray, DoubleArray, DoubleArray]]:
    """Two disjoint parts of the real set and one of the fake set, all of one size."""
    size = _size(real, fake, block)
    rng = np.random.default_rng(seed)
    for _ in range(blocks):
        order = rng.permutation(len(real))
        left, right = real[order[:size]], real[order[size : 2 * size]]
        yield left, right, fake[rng.permutation(len(fake))[:size]]


def _banded(
    values: Sequence[tuple[float, ...]], band: Sequence[tuple[float, ...]]
) -> tuple[Banded, ...]:
    """One Banded a column."""
    edges = np.quantile(np.asarray(values), (0.025, 0.975), axis=0)
    ends = np.quantile(np.asarray(band), (0.025, 0.975), axis=0)
    columns = zip(np.asarray(values).mean(0), *edges, *ends, strict=True)
    return tuple(Banded(*(float(number) for number in column)) for column in columns)
