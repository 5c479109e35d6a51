"""All distances of one group of synthetic ROIs, in each feature space, ready to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.metrics.features import RANDOM, Features, classifier_features, random_features
from engine.metrics.nearness import BLOCK, BLOCKS, Banded, Nearness, nearness

FloatArray = npt.NDArray[np.float32]

OWN = "this fold's classifier"
"""The name of a CNN's features beside a number."""


@dataclass(frozen=True)
class NearnessReport:
    """How near the synthetic ROIs of `group` come to real ones, once a feature space.

    `str` gives a table as text: each number with its interval over blocks, and with the band of
    real against real of the same block size, beside the sizes.
    """

    group: str
    spaces: tuple[Nearness, ...]

    @property
    def is_within_bands(self) -> bool:
        """No KID's interval lies wholly above that of real against real, in any space."""
        return all(space.kid.low <= space.kid.band_high for space in self.spaces)

    def __str__(self) -> str:
        return "\n".join([self.group, *(line for space in self.spaces for line in lines(space))])


def report_nearness(
    real: FloatArray,
    fake: FloatArray,
    *,
    group: str = "",
    classifier: Path | None = None,
    block: int = BLOCK,
    blocks: int = BLOCKS,
    seed: int = 0,
) -> NearnessReport:
    """KID, Frechet, precision, recall, density and coverage of ROIs (n, h, w) and (m, h, w), 0..1.

    In the features of a fixed random network and, where `classifier` names a CNN's checkpoint, in
    its dense layer: give real ROIs that the network has seen or has not, but not some of both (see
    `classifier_features`). Block sizes and seed as in `nearness`. Raises TooFewError under 4 real
    or 2 synthetic ROIs, CheckpointError for a checkpoint that cannot be read.
    """
    spaces: list[tuple[str, Features]] = [(RANDOM, random_features)]
    if classifier is not None:
        spaces.append((OWN, classifier_features(classifier)))
    found = tuple(
        nearness(features(real), features(fake), name, block=block, blocks=blocks, seed=seed)
        for name, features in spaces
    )
    return NearnessReport(group, found)


def lines(space: Nearness) -> Sequence[str]:
    """A feature space's head and a line a measure."""
    sizes = f"{space.blocks} blocks of {space.block}, {space.real} real, {space.fake} synthetic"
    rows = (
        ("KID", space.kid),
        ("Frechet distance", space.frechet),
        ("precision", space.precision),
        ("recall", space.recall),
        ("density", space.density),
        ("coverage", space.coverage),
    )
    return [f"{space.features} ({sizes})", *(f"  {name}: {_told(one)}" for name, one in rows)]


def _told(one: Banded) -> str:
    interval, band = _ends(one.low, one.high), _ends(one.band_low, one.band_high)
    return f"{one.value:.3f} {interval}, real against real {band}"


def _ends(low: float, high: float) -> str:
    return f"[{low:.3f}, {high:.3f}]"
