"""The images one run of the classifier trains on: originals, classic augmentation, synthetic."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.augment import draw_folds
from engine.errors import EngineError
from engine.patches import LesionPatches, training_indices
from engine.specs import SIDE, CnnTraining

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Examples:
    """Training images (n, 64, 64) in 0..1 and their targets (n,)."""

    images: FloatArray
    targets: IntArray

    def mean_image(self) -> FloatArray:
        """Mean over the training images, (64, 64) (section 2.2)."""
        return np.asarray(self.images.mean(0, dtype=np.float64), dtype=np.float32)


def gather(patches: LesionPatches, spec: CnnTraining, synthetic: Path | None) -> Examples:
    """Originals of the training folds, D_aug and D_synth; nothing of the test fold's patients."""
    chosen = training_indices(patches, spec.folds, spec.test_fold, extra=spec.use_extra)
    images, targets = [patches.images[chosen]], [patches.targets[chosen]]
    if spec.classic:
        drawn = draw_folds(patches, chosen, spec.folds, spec.classic, spec.augmentation, spec.seed)
        images.append(drawn.images)
        targets.append(drawn.targets)
    if spec.synthetic:
        added = _synthetic(synthetic, spec.cnn.classes)
        images.append(added.images)
        targets.append(added.targets)
    return Examples(np.concatenate(images), np.concatenate(targets))


def _synthetic(path: Path | None, classes: int) -> Examples:
    if path is None:
        raise EngineError("This recipe adds synthetic ROIs, but none were drawn; train again.")
    try:
        with np.load(path, allow_pickle=False) as file:
            images = file["images"].astype(np.float32)
            targets = file["targets"].astype(np.int64)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise EngineError("The synthetic ROIs cannot be read; draw them again.") from error
    if images.shape != (len(targets), SIDE, SIDE) or not np.isfinite(images).all():
        raise EngineError("The synthetic ROIs are damaged; draw them again.")
    if len(targets) and not 0 <= targets.min() <= targets.max() < classes:
        raise EngineError("The synthetic ROIs are of other classes; draw them again.")
    return Examples(images, targets)
