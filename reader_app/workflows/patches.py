"""From a study to what the engine trains on: ROIs as arrays, and the patients' folds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from engine.errors import EngineError
from engine.experiment.data import TrainingData
from engine.experiment.recipe import LEFT_OUT
from engine.patches import EXTRA, LesionPatches, Native, patient_folds
from studies import cases, learning
from studies.errors import StudyError
from studies.records import ClassScheme, NativeCrop, RoiRecord, SeriesRecord
from studies.store import Store

if TYPE_CHECKING:
    from engine.experiment.grid import Experiment

FOLD_SEED = 20118
LOSSY_CT, STORED_VALUES = LEFT_OUT


def patches_of(rois: tuple[RoiRecord, ...], scheme: ClassScheme) -> LesionPatches:
    """The engine's form of these ROIs; `targets` count in the scheme's order."""
    if not rois:
        raise StudyError(
            "There is no ROI to train on. Draw margins and confirm diagnoses in Annotate first."
        )
    codes = scheme.codes
    return LesionPatches(
        images=np.stack([roi.image for roi in rois]).astype(np.float32),
        targets=np.array([codes.index(roi.category) for roi in rois], dtype=np.int64),
        patients=tuple(roi.patient for roi in rois),
        ids=tuple(str(roi.lesion_id) for roi in rois),
        classes=codes,
        native=tuple(_native(roi.native) for roi in rois),
        extra=np.array([roi.extra for roi in rois], dtype=np.bool_),
    )


def stacked(patches: LesionPatches, store: Store, slices: int) -> LesionPatches:
    """The same ROIs of the study with their neighbouring slices: images (n, slices, 64, 64).

    StudyError for a lesion on a single picture, and where lesions changed meanwhile.
    """
    stacks = cases.stacks(store, slices)
    if tuple(str(one.lesion_id) for one in stacks) != patches.ids:
        raise StudyError("Lesions changed while their ROIs were read. Please try again.")
    return replace(
        patches,
        images=np.stack([one.images for one in stacks]).astype(np.float32),
        native=tuple(_native(crop) for one in stacks for crop in one.natives),
    )


def experiment_data(store: Store, experiment: Experiment, *, keep: bool = False) -> TrainingData:
    """The ROIs that an experiment is done on; the folds are drawn, and stored only with `keep`."""
    return training_data(
        store,
        experiment.folds,
        experiment.slices,
        keep=keep,
        leave_out=experiment.leave_out,
    )


def training_data(
    store: Store,
    fold_count: int,
    slices: int = 1,
    *,
    seed: int = FOLD_SEED,
    keep: bool = True,
    leave_out: tuple[str, ...] = (),
) -> TrainingData:
    """Read the study's ROIs and folds; folds are assigned where they are absent.

    ROIs of several `slices` (2.5-D) are a set of their own, with the same folds. Folds that stand
    (from a manifest, or drawn before) are kept; patients who came since are dealt to the smallest
    folds. With `keep` False nothing is stored, neither folds nor the file at `path`. ROIs of the
    sources `leave_out` (of engine's LEFT_OUT) keep their patient's fold in the study and get a fold
    of their own here. StudyError with what is missing; the study stays as it was.
    """
    scheme = cases.study(store).scheme
    rois = cases.rois(store)
    patches = patches_of(rois, scheme)
    if slices > 1:
        patches = stacked(patches, store, slices)
    patches.check(slices)
    own = tuple(roi for roi in rois if not roi.extra)
    standing = {roi.patient: roi.fold for roi in own if roi.fold is not None}
    count = max(standing.values()) + 1 if standing else fold_count
    check_folds(own, scheme, count)
    folds = standing if _covers(standing, own) else _dealt(own, scheme, standing, count, seed)
    if folds is not standing and keep:
        learning.assign_folds(store, tuple(sorted(folds.items())), seed)
    data_hash = patches.data_hash()
    path = store.runs_folder / "data" / f"{data_hash[:24]}.npz"
    if keep and not _holds(path, data_hash):
        path.parent.mkdir(parents=True, exist_ok=True)
        patches.save(path)
    by_roi = tuple(EXTRA if roi.extra else folds[roi.patient] for roi in rois)
    if leave_out:
        by_roi = _without(store, rois, by_roi, leave_out)
        kept = tuple(roi for roi, fold in zip(rois, by_roi, strict=True) if fold >= 0)
        _check_kept(kept, by_roi, scheme, count)
    return TrainingData(patches, by_roi, count, data_hash, path)


def left_out_fold(series: SeriesRecord, leave_out: tuple[str, ...]) -> int | None:
    """The fold of a series' ROIs where its source is left out; None where it is not."""
    is_lossy = any("lossy" in badge for badge in series.badges)
    for source, applies in ((LOSSY_CT, is_lossy), (STORED_VALUES, bool(series.hu_confirmed_by))):
        if applies and source in leave_out:
            return LEFT_OUT[source]
    return None


def _without(
    store: Store, rois: tuple[RoiRecord, ...], folds: tuple[int, ...], leave_out: tuple[str, ...]
) -> tuple[int, ...]:
    """The folds with those of the left-out sources in their place."""
    of_series = {one.id: left_out_fold(one, leave_out) for one in cases.all_series(store)}
    series = {one.id: one.series_id for one in cases.lesions(store)}
    found = (of_series[series[roi.lesion_id]] for roi in rois)
    return tuple(old if new is None else new for old, new in zip(folds, found, strict=True))


def _check_kept(
    kept: tuple[RoiRecord, ...], folds: tuple[int, ...], scheme: ClassScheme, count: int
) -> None:
    """StudyError where what is left over cannot be trained and tested in every fold."""
    short = fold_shortages(kept, scheme, count)
    empty = [fold for fold in range(count) if fold not in folds]
    if short or empty:
        why = short[0] if short else f"Fold {empty[0] + 1} would hold no ROI."
        raise StudyError(
            f"Too few ROIs are left over. {why} Take the left-out ROIs in again, or add lesions."
        )


def _holds(path: Path, data_hash: str) -> bool:
    """Whether the file holds these ROIs; a damaged one is written anew."""
    try:
        return path.exists() and LesionPatches.load(path).data_hash() == data_hash
    except EngineError:
        return False


class Diagnosed(Protocol):
    """A lesion or ROI: whose it is and of which class."""

    @property
    def patient(self) -> str: ...
    @property
    def category(self) -> str: ...


def check_folds(rois: Sequence[Diagnosed], scheme: ClassScheme, count: int) -> None:
    """StudyError, naming the classes, where these ROIs cannot be split into `count` folds."""
    if count < 2:
        raise StudyError("At least two folds are needed: one is tested while the others train.")
    short = fold_shortages(rois, scheme, count)
    if short:
        raise StudyError(
            f"{short[0]} Add lesions of other patients in Annotate, or use fewer folds."
        )


def fold_shortages(rois: Sequence[Diagnosed], scheme: ClassScheme, count: int) -> tuple[str, ...]:
    """A sentence for every class with fewer patients than folds; none when all is well."""
    owners = {code: {r.patient for r in rois if r.category == code} for code in scheme.codes}
    return tuple(
        f"{category.name} has ROIs of {_patients(len(owners[category.code]))}; {count} folds need "
        f"at least {count}, since a patient stays in one fold."
        for category in scheme.categories
        if len(owners[category.code]) < count
    )


def _patients(count: int) -> str:
    return {0: "no patient", 1: "1 patient"}.get(count, f"{count} patients")


def _covers(standing: dict[str, int], rois: tuple[RoiRecord, ...]) -> bool:
    return all(roi.patient in standing for roi in rois)


def _dealt(
    rois: tuple[RoiRecord, ...],
    scheme: ClassScheme,
    standing: dict[str, int],
    count: int,
    seed: int,
) -> dict[str, int]:
    """A fold for every patient: all anew, or newcomers into the folds that lack their classes."""
    if not standing:
        targets = [scheme.codes.index(roi.category) for roi in rois]
        drawn = patient_folds(targets, tuple(roi.patient for roi in rois), count, seed)
        return {roi.patient: int(fold) for roi, fold in zip(rois, drawn, strict=True)}
    folds = dict(standing)
    newcomers = sorted({roi.patient for roi in rois} - set(folds))
    for patient in np.random.default_rng(seed).permutation(np.array(newcomers, dtype=object)):
        theirs = Counter(roi.category for roi in rois if roi.patient == patient)
        filled = Counter((folds[r.patient], r.category) for r in rois if r.patient in folds)

        def load(
            fold: int, theirs: Counter[str] = theirs, filled: Counter[tuple[int, str]] = filled
        ) -> int:
            return sum(number * filled[fold, code] for code, number in theirs.items())

        folds[patient] = min(range(count), key=load)
    return folds


def _native(crop: NativeCrop) -> Native:
    return Native(
        crop.pixels,
        crop.center,
        crop.row_spacing,
        crop.column_spacing,
        crop.diameter_mm,
        crop.window_low,
        crop.window_high,
    )
