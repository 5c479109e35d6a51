"""Patients of the training folds that are held out to be watched while a network trains.

The paper holds none out (section 2.2 trains on whole folds), so none are by default. A held-out
patient gets the fold VALIDATION, which a spec lists among `without`: nothing that is fitted in the
training folds (network, mean image, augmentations, generators) sees a ROI of that patient.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.errors import TooFewError
from engine.patches import EXTRA, LesionPatches

IntArray = npt.NDArray[np.int64]

VALIDATION = -2
"""The fold of a patient who is watched: neither trains nor is tested."""

LEAST, MOST = 5, 50
"""Percent of the training folds' patients that can be held out."""

DEALS = 12


def hold_out(
    patches: LesionPatches,
    folds: tuple[int, ...],
    away: tuple[int, ...],
    percent: int,
    seed: int,
) -> tuple[int, ...]:
    """The folds with `percent` of the training patients in VALIDATION, (n,); 0 changes nothing.

    Training patients are those of folds 0, 1, ... that are not in `away`. They are taken class by
    class (a patient counts for the class of most of his ROIs), at least one and never all of a
    class, in an order drawn from `seed` and `away`; of several draws the one whose ROIs come
    closest to `percent` of each class is kept. TooFewError where a class or a training fold would
    have nothing left on either side.
    """
    if percent == 0:
        return folds
    fold = np.where(patches.extra, EXTRA, np.asarray(folds, dtype=np.int64))
    training = np.flatnonzero((fold >= 0) & ~np.isin(fold, away))
    names, owner = np.unique(np.asarray(patches.patients)[training], return_inverse=True)
    counts = np.zeros((len(names), len(patches.classes)), dtype=np.int64)
    np.add.at(counts, (owner, patches.targets[training]), 1)
    _check_patients(patches, counts)
    sound = []
    for deal in range(DEALS):
        held = _deal(counts, percent / 100, np.random.default_rng([seed, *away, deal]))
        dealt = fold.copy()
        dealt[training[held[owner]]] = VALIDATION
        if _leaves_enough(patches, fold, dealt, away):
            sound.append((_missed(counts, held, percent / 100), deal, dealt))
    if not sound:
        raise TooFewError(
            "With so many patients held out, a class or a fold would have nothing left to train "
            "on or to watch. Hold fewer out, add patients, or set Validation to 0 %."
        )
    *_, best = min(sound, key=lambda one: one[:2])
    return tuple(int(one) for one in np.where(patches.extra, np.asarray(folds), best))


def validation_indices(patches: LesionPatches, folds: tuple[int, ...]) -> IntArray:
    """ROIs that are watched, (m,); none where nobody is held out. Never extra cases."""
    fold = np.where(patches.extra, EXTRA, np.asarray(folds, dtype=np.int64))
    return np.flatnonzero(fold == VALIDATION).astype(np.int64)


def _check_patients(patches: LesionPatches, counts: IntArray) -> None:
    """Two patients of each class at least: one to train on, one to watch."""
    main = np.bincount(counts.argmax(1), minlength=len(patches.classes))
    for target in np.flatnonzero(counts.sum(0) > 0):
        if main[target] < 2:
            raise TooFewError(
                f"Class {patches.classes[target]} has too few patients in the training folds to "
                "hold one out. Add patients, or set Validation to 0 %."
            )


def _deal(counts: IntArray, share: float, draw: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Which patients are held out in one draw; `counts` (patients, classes)."""
    held = np.zeros(len(counts), dtype=np.bool_)
    main = counts.argmax(1)
    for target in np.unique(main):
        own = draw.permutation(np.flatnonzero(main == target))
        held[own[: min(max(1, round(share * len(own))), len(own) - 1)]] = True
    return held


def _missed(counts: IntArray, held: npt.NDArray[np.bool_], share: float) -> float:
    """How far the held-out ROIs are from the share of each class, squared and summed."""
    total = counts.sum(0)
    there = total > 0
    found = counts[held].sum(0)[there] / total[there]
    return float(((found - share) ** 2).sum())


def _leaves_enough(
    patches: LesionPatches, fold: IntArray, dealt: IntArray, away: tuple[int, ...]
) -> bool:
    """Each class on both sides, and something left of each training fold."""
    before, after = ((one >= 0) & ~np.isin(one, away) for one in (fold, dealt))
    sides = [set(patches.targets[side].tolist()) for side in (after, dealt == VALIDATION)]
    return set(fold[before]) == set(dealt[after]) and sides[0] == sides[1]
