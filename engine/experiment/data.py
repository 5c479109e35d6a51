"""What an experiment trains on: ROIs with the patients' folds, as a file that workers can read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.patches import EXTRA, LesionPatches


@dataclass(frozen=True)
class TrainingData:
    """ROIs with a fold for each (EXTRA = extra case); `path` is the npz file of `patches`."""

    patches: LesionPatches
    folds: tuple[int, ...]
    fold_count: int
    data_hash: str
    path: Path

    @property
    def classes(self) -> int:
        """How many classes the ROIs have."""
        return len(self.patches.classes)

    @property
    def has_extra(self) -> bool:
        """Whether there are extra cases to train on."""
        return EXTRA in self.folds

    def lesion_id(self, index: int) -> int:
        """The lesion shown by ROI `index`."""
        return int(self.patches.ids[index])

    def training_count(
        self, held: tuple[int, ...], target: int | None = None, *, extra: bool = False
    ) -> int:
        """Original ROIs outside the folds `held`, of one class or of all; `extra` cases join."""
        fold = np.asarray(self.folds)
        chosen = ~np.isin(fold, held) if extra else ~np.isin(fold, (*held, EXTRA))
        if target is not None:
            chosen &= self.patches.targets == target
        return int(chosen.sum())
