"""The images a generator learns from: of the training folds only."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.augment import draw_folds
from engine.errors import EngineError, TooFewError
from engine.holdout import VALIDATION, validation_indices
from engine.patches import LesionPatches, training_indices
from engine.specs import ALL_CLASSES, SIDE, GanTraining

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Examples:
    """What a run learns from, images (n, 64, 64) in 0..1.

    `originals` with their `targets` and `patients`; `images` are these and D_aug, `of` (n,) their
    targets; `unlabelled` (m, 64, 64) has no classes; `names` of the classes drawn, by target.
    `held_out` (k, 64, 64) with `held_targets` are of patients held out to be watched
    (engine.holdout): draws are compared with them, nothing learns from them.
    """

    originals: FloatArray = field(repr=False)
    targets: IntArray
    patients: tuple[str, ...]
    images: FloatArray = field(repr=False)
    of: IntArray
    names: tuple[tuple[int, str], ...]
    unlabelled: FloatArray = field(
        default_factory=lambda: np.zeros((0, SIDE, SIDE), np.float32), repr=False
    )
    held_out: FloatArray = field(
        default_factory=lambda: np.zeros((0, SIDE, SIDE), np.float32), repr=False
    )
    held_targets: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))


def gather(patches: LesionPatches, spec: GanTraining) -> Examples:
    """The examples of a run: of one class, or of all (target ALL_CLASSES).

    Extra cases join only where `unlabelled`, and then their classes are not read; cases whose
    patient is tested or held back do not join. Raises TooFewError where a class has fewer than
    two ROIs, EngineError where recipe and target do not fit.
    """
    patches.check_slices()
    _check(patches, spec)
    chosen = training_indices(patches, spec.folds, spec.test_fold, without=spec.without)
    wanted = range(len(patches.classes)) if spec.target == ALL_CLASSES else (spec.target,)
    own = chosen[np.isin(patches.targets[chosen], list(wanted))]
    for target in wanted:
        _check_enough(patches, own, target)
    held = validation_indices(patches, spec.folds) if VALIDATION in spec.without else own[:0]
    held = held[np.isin(patches.targets[held], list(wanted))]
    images, of = patches.images[own], patches.targets[own]
    originals = images
    if spec.classic:
        drawn = draw_folds(patches, chosen, spec.folds, spec.classic, spec.augmentation, spec.seed)
        joins = np.isin(drawn.targets, list(wanted))
        images = np.concatenate([images, drawn.images[joins]])
        of = np.concatenate([of, drawn.targets[joins]])
    return Examples(
        originals=originals,
        targets=patches.targets[own],
        patients=tuple(patches.patients[i] for i in own),
        images=images,
        of=of,
        names=tuple((target, patches.classes[target]) for target in wanted),
        unlabelled=_unlabelled(patches, spec, chosen),
        held_out=patches.images[held],
        held_targets=patches.targets[held],
    )


def _unlabelled(patches: LesionPatches, spec: GanTraining, chosen: IntArray) -> FloatArray:
    if not spec.unlabelled:
        return np.zeros((0, SIDE, SIDE), np.float32)
    every = training_indices(patches, spec.folds, spec.test_fold, extra=True, without=spec.without)
    more = np.setdiff1d(every, chosen)
    if len(more) == 0:
        raise TooFewError(
            "There is no extra case to learn from without its class. Mark cases as extra, or "
            "train the generator without unlabelled ROIs."
        )
    return patches.images[more]


def _check(patches: LesionPatches, spec: GanTraining) -> None:
    if spec.gan.is_conditional != (spec.target == ALL_CLASSES):
        one = "all classes" if spec.gan.is_conditional else "one class"
        raise EngineError(
            f"A generator of kind {spec.gan.kind} learns {one} at once; choose its class anew."
        )
    if spec.gan.is_conditional and spec.gan.classes != len(patches.classes):
        raise EngineError(
            f"This recipe is for {spec.gan.classes} classes, the study has "
            f"{len(patches.classes)}; make the recipe again."
        )


def _check_enough(patches: LesionPatches, own: IntArray, target: int) -> None:
    if int((patches.targets[own] == target).sum()) < 2:
        raise TooFewError(
            f"A generator of {patches.classes[target]} needs at least two ROIs in its "
            "training folds; add lesions, or train with more folds."
        )
