"""Two kinds of ROI to be told apart, and what a network made of them; needs no torch."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class SeparationSpec:
    """Adam over `epochs` of shuffled batches in each of `folds` folds, all drawn from `seed`."""

    seed: int = 1
    folds: int = 5
    epochs: int = 24
    batch: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3


@dataclass(frozen=True)
class Separated:
    """`scores` (n,), higher = more like the second kind, each by a network that never saw the ROI.

    A score is a log odds in units of its training scores' spread, so that folds can be pooled.
    `fold` (n,) says which network judged; `parameters` counts one network's weights.
    """

    scores: npt.NDArray[np.float64] = field(repr=False)
    fold: IntArray = field(repr=False)
    parameters: int
    seconds: float


@dataclass(frozen=True)
class TwoKinds:
    """`images` (n, 64, 64) float32 0..1; `second` (n,) flags; `groups` (n,), "" for none."""

    images: FloatArray = field(repr=False)
    second: BoolArray
    groups: tuple[str, ...]

    def save(self, file: Path) -> None:
        """Write an npz; OSError where the folder cannot take it."""
        with file.open("wb") as out:
            np.savez(out, images=self.images, second=self.second, groups=np.array(self.groups))

    @classmethod
    def load(cls, file: Path) -> TwoKinds:
        """Read what `save` wrote; EngineError where it cannot be read."""
        try:
            with np.load(file, allow_pickle=False) as held:
                groups = tuple(str(one) for one in held["groups"])
                return cls(held["images"].astype(np.float32), held["second"].astype(bool), groups)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise EngineError(f"{file.name} cannot be read; measure again.") from error
