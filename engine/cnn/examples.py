"""The images one run of the classifier trains on: originals, classic augmentation, synthetic."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.augment import Drawn, draw, draw_folds
from engine.errors import EngineError
from engine.patches import EXTRA, LesionPatches, training_indices
from engine.specs import SIDE, CnnTraining

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Examples:
    """Training images in 0..1, (n, 64, 64) or (n, slices, 64, 64), and their targets (n,).

    `originals` (m,) are the ROIs (indices into the patches) that the first m images show.
    """

    images: FloatArray
    targets: IntArray
    originals: IntArray

    def mean_image(self) -> FloatArray:
        """Mean over the training images, (slices, 64, 64) (section 2.2)."""
        mean = np.asarray(self.images.mean(0, dtype=np.float64), dtype=np.float32)
        return mean.reshape(-1, SIDE, SIDE)


def gather(patches: LesionPatches, spec: CnnTraining, synthetic: Path | None) -> Examples:
    """Originals of the training folds, D_aug and D_synth; nothing of the test fold's patients.

    Folds of `spec.without` give nothing either. On the fly (engine.cnn.fresh) there is no D_aug.
    """
    _check_fit(patches, spec)
    chosen = training_indices(
        patches, spec.folds, spec.test_fold, extra=spec.use_extra, without=spec.without
    )
    images, targets = [patches.images[chosen]], [patches.targets[chosen]]
    for drawn in _augmented(patches, chosen, spec):
        images.append(drawn.images)
        targets.append(drawn.targets)
    if spec.synthetic:
        added = _synthetic(synthetic, spec.cnn.classes)
        images.append(added.images)
        targets.append(added.targets)
    return Examples(np.concatenate(images), np.concatenate(targets), chosen)


def _augmented(patches: LesionPatches, chosen: IntArray, spec: CnnTraining) -> Iterator[Drawn]:
    """D_aug; where `spec.extra` asks for them, the extra cases' own augmentations, by class.

    D_aug is then the study's own ROIs', so that both lines of Fig. 8 start from the same group.
    """
    if spec.on_the_fly:
        return
    fold = np.asarray(spec.folds, dtype=np.int64)[chosen]
    own = chosen[fold != EXTRA] if spec.extra else chosen
    if spec.classic:
        yield draw_folds(patches, own, spec.folds, spec.classic, spec.augmentation, spec.seed)
    if spec.extra:
        added = chosen[fold == EXTRA]
        count = spec.extra * len(np.unique(fold[fold != EXTRA]))
        for target in range(spec.cnn.classes):
            of_class = added[patches.targets[added] == target]
            yield draw(patches, of_class, count, spec.augmentation, spec.seed)


def _check_fit(patches: LesionPatches, spec: CnnTraining) -> None:
    if len(patches.classes) != spec.cnn.classes:
        raise EngineError(
            f"This recipe tells {spec.cnn.classes} classes apart, this study has "
            f"{len(patches.classes)}. Make the recipe again for this study."
        )
    patches.check_slices(spec.cnn.slices)
    if spec.cnn.slices > 1 and spec.synthetic:
        raise EngineError(
            f"Synthetic ROIs have one slice, and this recipe reads {spec.cnn.slices} of each "
            "lesion. Choose an arm without synthetic ROIs."
        )


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
    return Examples(images, targets, np.zeros(0, dtype=np.int64))
