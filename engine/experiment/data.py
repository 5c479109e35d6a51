"""What an experiment trains on: ROIs with the patients' folds, as a file that workers can read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.holdout import VALIDATION, hold_out
from engine.patches import EXTRA, LOSSY, STORED, LesionPatches


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
        """Original ROIs outside the folds `held`, of one class or of all; `extra` cases join.

        Those of patients who are held out for validation do not count.
        """
        away: tuple[int, ...] = (*held, VALIDATION, LOSSY, STORED)
        away = away if extra else (*away, EXTRA)
        chosen = ~np.isin(np.asarray(self.folds), away)
        if target is not None:
            chosen &= self.patches.targets == target
        return int(chosen.sum())

    def holding_out(self, percent: int, held: tuple[int, ...], seed: int) -> TrainingData:
        """The same with `percent` of the patients outside the folds `held` in VALIDATION.

        TooFewError where a class or a fold has too few patients for it.
        """
        return replace(self, folds=hold_out(self.patches, self.folds, held, percent, seed))
