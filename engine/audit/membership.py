"""Do the synthetic ROIs betray which real ROIs their generator was trained on?

Two questions, each an area under the curve (.5 = nothing betrayed, 1 = everything):

- *leak*: is a training ROI nearer to its nearest synthetic ROI than a held-out one is? The attack
  of Chen et al. 2020 (GAN-Leaks, arXiv:1909.03935, section 4.2.1) with the generator as a black
  box; after Hayes et al. 2019 (LOGAN, arXiv:1705.07663);
- *nearer*: is a synthetic ROI nearer to its nearest training ROI than a held-out one is? The
  data-copying test of Meehan, Chaudhuri & Dasgupta 2020 (arXiv:2004.05675), its Mann-Whitney
  statistic as an area, over the whole set instead of cells.

Held-out ROIs are of patients whom the generator never saw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]

RESAMPLES = 1000
FEWEST = 5
"""Patients on each side below which no membership is told."""


@dataclass(frozen=True)
class Area:
    """Area under the curve 0..1 with its 95 % interval, patients resampled."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Membership:
    """The areas, from `members` training and `others` held-out ROIs.

    `leak` by NCC, `leak_by_features` by distance in feature space, `nearer` by NCC.
    """

    leak: Area
    leak_by_features: Area
    nearer: Area
    members: int
    others: int

    @property
    def is_betrayed(self) -> bool:
        """Some interval lies wholly above .5."""
        return any(area.low > 0.5 for area in (self.leak, self.leak_by_features, self.nearer))


def area(
    first: npt.NDArray[np.floating],
    second: npt.NDArray[np.floating],
    first_owners: tuple[str, ...],
    second_owners: tuple[str, ...],
    *,
    seed: int = 0,
) -> Area:
    """P(a value of `first` (n,) > one of `second` (m,)), ties half (Mann & Whitney 1947).

    Percentile interval of RESAMPLES resamples of the owners of each side with all their values.
    """
    over = np.greater.outer(first, second) + 0.5 * np.equal.outer(first, second)
    rng = np.random.default_rng(seed)
    left, right = _weights(first_owners, rng), _weights(second_owners, rng)
    pairs = left.sum(1) * right.sum(1)
    again = ((left @ over) * right).sum(1) / pairs
    low, high = np.quantile(again, (0.025, 0.975))
    return Area(float(over.mean()), float(low), float(high))


def _weights(owners: tuple[str, ...], rng: np.random.Generator) -> DoubleArray:
    """How often each value (RESAMPLES, n) is drawn when its owner is."""
    _, of = np.unique(np.asarray(owners), return_inverse=True)
    count = int(of.max()) + 1
    drawn = rng.multinomial(count, np.full(count, 1 / count), RESAMPLES)
    return np.asarray(drawn[:, of], dtype=np.float64)
