"""A set of ROIs as arrays: what every network, generator and baseline is trained and tested on."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError, TooFewError
from engine.specs import SIDE

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

EXTRA = -1
"""The fold of an extra case: it joins every training set and is never tested."""

LOSSY, STORED = -3, -4
"""The folds of ROIs that a recipe leaves out: of lossy CT, of stored values that a person called
HU. They neither train nor are tested, and the spec says so ROI by ROI."""


@dataclass(frozen=True)
class Native:
    """The native pixels around a lesion; fields as in `studies.records.NativeCrop`.

    `pixels` (h, w) float32 before windowing (HU, or grey values). `center` (x, y) px, corner
    origin. Spacings mm a px. `diameter_mm` largest caliper. The window maps low..high to 0..1.
    """

    pixels: FloatArray
    center: tuple[float, float]
    row_spacing: float
    column_spacing: float
    diameter_mm: float
    window_low: float
    window_high: float

    @staticmethod
    def of_image(image: FloatArray, margin: float = 0.25) -> Native:
        """The stand-in of an ROI without native pixels: its own image, (64, 64) in 0..1."""
        side = float(image.shape[0])
        return Native(
            np.asarray(image, dtype=np.float32),
            (side / 2, side / 2),
            1.0,
            1.0,
            side / (1 + 2 * margin),
            0.0,
            1.0,
        )


@dataclass(frozen=True)
class LesionPatches:
    """n ROIs: `images` (n, 64, 64) float32 0..1; `targets` (n,) index into `classes`.

    `patients` and `ids` name each ROI's patient and lesion; `native` is empty or has n crops;
    `extra` (n,) marks the additional cases that join training sets only. 2.5-D ROIs have images
    (n, slices, 64, 64) in z order, the key slice in the middle, and n * slices crops or none, a
    ROI's slices one after the other.
    """

    images: FloatArray = field(repr=False)
    targets: IntArray
    patients: tuple[str, ...]
    ids: tuple[str, ...]
    classes: tuple[str, ...]
    native: tuple[Native, ...] = field(default=(), repr=False)
    extra: BoolArray = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))

    def __post_init__(self) -> None:
        if len(self.extra) == 0 and len(self.targets):
            object.__setattr__(self, "extra", np.zeros(len(self.targets), dtype=np.bool_))

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def slices(self) -> int:
        """How many neighbouring slices an ROI has; 1 = its key slice alone."""
        return int(self.images.shape[1]) if self.images.ndim == 4 else 1

    def native_of(self, index: int, at: int = 0) -> Native:
        """The native crop of slice `at` of ROI `index`, or its image where there is none."""
        if self.native:
            return self.native[index * self.slices + at]
        image = self.images[index]
        return Native.of_image(image[at] if image.ndim == 3 else image)

    def natives_of(self, index: int) -> tuple[Native, ...]:
        """The native crops of ROI `index`, one a slice."""
        return tuple(self.native_of(index, at) for at in range(self.slices))

    def check_slices(self, wanted: int = 1) -> None:
        """EngineError where the ROIs have other than `wanted` slices; most work reads one."""
        if self.slices != wanted:
            reads = "one slice" if wanted == 1 else f"{wanted} neighbouring slices"
            raise EngineError(
                f"This work reads {reads} of each lesion, these ROIs hold {self.slices}. Choose an "
                "arm that reads as many, or make the ROIs again from the study."
            )

    def check(self, slices: int = 1) -> None:
        """Refuse what no network may see: EngineError with the ROI's name and what to do.

        `slices` is how many of each ROI the network reads.
        """
        _check_shapes(self)
        self.check_slices(slices)
        for index in range(len(self)):
            _check_roi(self, index)

    def data_hash(self) -> str:
        """SHA-256 over all content, 64 hexadecimal digits; independent of the file's packing."""
        digest = sha256()
        for name, array in sorted(_arrays(self).items()):
            digest.update(f"{name}{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """Write an npz without pickle; the file appears whole or not at all."""
        partial = path.with_name(path.name + ".partial")
        with partial.open("wb") as file:
            np.savez(file, **_arrays(self))  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    @staticmethod
    def load(path: Path) -> LesionPatches:
        """Read what `save` wrote; EngineError for any other file. Never unpickles."""
        try:
            with np.load(path, allow_pickle=False) as file:
                return _from_arrays({name: file[name] for name in file.files})
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise EngineError(
                f"The ROI file {path.name} cannot be read; make it again from the study."
            ) from error


# --- checks ---------------------------------------------------------------------------------


def _check_shapes(patches: LesionPatches) -> None:
    count = len(patches.targets)
    if count == 0:
        raise TooFewError("There is no ROI; draw and diagnose lesions first.")
    stacked = (patches.slices,) if patches.slices > 1 else ()
    if patches.images.shape != (count, *stacked, SIDE, SIDE):
        raise EngineError(
            f"ROIs of {SIDE}x{SIDE} px are needed, these have shape {patches.images.shape[1:]}; "
            "make the ROIs again."
        )
    lengths = {len(patches.patients), len(patches.ids), len(patches.extra), count}
    crops = len(patches.native)
    if len(lengths) > 1 or (crops and crops != count * patches.slices):
        raise EngineError("The ROI set is inconsistent; make it again from the study.")
    if not 2 <= len(patches.classes) <= 6:
        raise EngineError(f"2 to 6 classes are needed, this study has {len(patches.classes)}.")
    if patches.targets.min() < 0 or patches.targets.max() >= len(patches.classes):
        raise EngineError("An ROI belongs to a class that the study does not have.")


def _check_roi(patches: LesionPatches, index: int) -> None:
    image = patches.images[index]
    name = f"The ROI of lesion {patches.ids[index]} (patient {patches.patients[index]})"
    if not np.isfinite(image).all():
        raise EngineError(f"{name} holds values that are not numbers; draw its margin again.")
    if image.min() < -1e-6 or image.max() > 1 + 1e-6:
        raise EngineError(f"{name} is outside the range 0 to 1; make the ROIs again.")
    key = image[len(image) // 2] if image.ndim == 3 else image  # beyond it there may be only air
    if key.max() == key.min():
        shade = "black" if key.max() == 0 else "of one grey value"
        raise EngineError(f"{name} is entirely {shade}; check its margin and the ROI window.")


# --- folds ----------------------------------------------------------------------------------


def patient_folds(targets: npt.ArrayLike, patients: tuple[str, ...], k: int, seed: int) -> IntArray:
    """Fold 0..k-1 of each ROI, (n,): a patient in one fold, classes balanced, seeded.

    Patients are dealt in seeded random order, those with most ROIs first, each to the fold that
    keeps the classes most even; the best of several deals is taken. (Section 4.1: "3-fold cross
    validation with case separation at the patient level", balanced classes.)
    Raises TooFewError where a class has fewer ROIs or patients than folds.
    """
    target = np.asarray(targets, dtype=np.int64)
    _check_foldable(target, patients, k)
    names, owner = np.unique(np.asarray(patients), return_inverse=True)
    counts = np.zeros((len(names), int(target.max()) + 1), dtype=np.int64)
    np.add.at(counts, (owner, target), 1)
    counts = counts[:, counts.sum(0) > 0]
    deals = [_deal(counts, k, np.random.default_rng([seed, attempt])) for attempt in range(12)]
    best = min(deals, key=lambda deal: _unevenness(counts, deal, k))
    return best[owner].astype(np.int64)


def study_folds(patches: LesionPatches, k: int, seed: int) -> IntArray:
    """`patient_folds` of the study's own ROIs; extra cases get EXTRA (-1)."""
    own = np.flatnonzero(~patches.extra)
    folds = np.full(len(patches), EXTRA, dtype=np.int64)
    patients = tuple(patches.patients[i] for i in own)
    folds[own] = patient_folds(patches.targets[own], patients, k, seed)
    return folds


def training_indices(
    patches: LesionPatches,
    folds: tuple[int, ...],
    test_fold: int | None,
    *,
    extra: bool = False,
    without: tuple[int, ...] = (),
) -> IntArray:
    """ROIs that may train while `test_fold` is tested; no patient of that fold is among them.

    Extra cases join where `extra`, unless their patient is tested. `without` lists folds that
    are held back as well (inner runs of a nested choice). Raises EngineError where the folds do
    not fit the ROIs, split a patient, or leave nothing to train on.
    """
    fold = _fold_array(patches, folds)
    patients = np.asarray(patches.patients)
    held = [test_fold, *without] if test_fold is not None else [*without]
    away = np.isin(fold, held) if held else np.zeros(len(fold), dtype=np.bool_)
    kept_away = set(patients[away])
    if kept_away & set(patients[~away & (fold >= 0)]):
        raise EngineError("A patient lies in two folds; assign the folds again.")
    free = np.array([name not in kept_away for name in patches.patients], dtype=np.bool_)
    chosen = np.flatnonzero(free & ((fold >= 0) | ((fold == EXTRA) & extra)))
    if len(np.unique(patches.targets[chosen])) < 2:
        raise TooFewError("The training folds hold fewer than two classes; add lesions.")
    return chosen.astype(np.int64)


def test_indices(patches: LesionPatches, folds: tuple[int, ...], test_fold: int | None) -> IntArray:
    """ROIs of the test fold, never extra cases; none where `test_fold` is None."""
    fold = _fold_array(patches, folds)
    if test_fold is None:
        return np.zeros(0, dtype=np.int64)
    chosen = np.flatnonzero(fold == test_fold)
    if len(chosen) == 0:
        raise EngineError(f"Fold {test_fold + 1} holds no ROI; assign the folds again.")
    return chosen.astype(np.int64)


test_indices.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever pytest thinks


def _fold_array(patches: LesionPatches, folds: tuple[int, ...]) -> IntArray:
    if len(folds) != len(patches):
        raise EngineError("The folds do not fit these ROIs; assign the folds again.")
    fold = np.asarray(folds, dtype=np.int64)
    return np.where(patches.extra & ~np.isin(fold, (LOSSY, STORED)), EXTRA, fold)


def _check_foldable(target: IntArray, patients: tuple[str, ...], k: int) -> None:
    if k < 2:
        raise TooFewError("Cross-validation needs at least two folds.")
    if len(target) == 0:
        raise TooFewError("There is no ROI; draw and diagnose lesions first.")
    for value in np.unique(target):
        chosen = np.flatnonzero(target == value)
        if len(chosen) < k:
            raise TooFewError(
                f"Class {value + 1} has {_counted(len(chosen), 'ROI')} for {k} folds; "
                f"add at least {k - len(chosen)} more or use fewer folds."
            )
        owners = len({patients[i] for i in chosen})
        if owners < k:
            raise TooFewError(
                f"The ROIs of class {value + 1} come from {_counted(owners, 'patient')}, and a "
                f"patient may lie in one of the {k} folds only; add patients or use fewer folds."
            )


def _counted(count: int, noun: str) -> str:
    return f"only {count} {noun}{'' if count == 1 else 's'}"


def _deal(counts: IntArray, k: int, rng: np.random.Generator) -> IntArray:
    """Fold of each patient; `counts` (patients, classes)."""
    share = counts / counts.sum(0)  # a rare class weighs as much as a common one
    main = counts.argmax(1)
    shuffled = rng.permutation(len(counts))
    order = sorted(shuffled, key=lambda p: (-counts[p].sum(), main[p]))
    filled = np.zeros((k, counts.shape[1]))
    sizes = np.zeros(k)
    folds = np.zeros(len(counts), dtype=np.int64)
    for patient in order:
        added = 2 * (filled @ share[patient])  # growth of the sum of squares, less a constant
        cost = added + 1e-3 * sizes / counts.sum()
        fold = int(rng.permutation(k)[0]) if np.ptp(cost) == 0 else int(cost.argmin())
        folds[patient] = fold
        filled[fold] += share[patient]
        sizes[fold] += counts[patient].sum()
    return folds


def _unevenness(counts: IntArray, folds: IntArray, k: int) -> tuple[int, float, float]:
    per_fold = np.stack([counts[folds == fold].sum(0) for fold in range(k)])
    missing = int((per_fold == 0).sum())
    spread = float(((per_fold - per_fold.mean(0)) ** 2).sum())
    return missing, spread, float(np.ptp(per_fold.sum(1)))


# --- arrays of a file -----------------------------------------------------------------------


def _arrays(patches: LesionPatches) -> dict[str, npt.NDArray[np.generic]]:
    native = patches.native
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "images": patches.images.astype(np.float32),
        "targets": patches.targets.astype(np.int64),
        "patients": np.asarray(patches.patients, dtype=np.str_),
        "ids": np.asarray(patches.ids, dtype=np.str_),
        "classes": np.asarray(patches.classes, dtype=np.str_),
        "extra": patches.extra.astype(np.bool_),
        "native_shapes": np.array([n.pixels.shape for n in native], np.int64).reshape(-1, 2),
        "native_numbers": np.array([_numbers(n) for n in native], np.float64).reshape(-1, 7),
    }
    pixels = [n.pixels.astype(np.float32).ravel() for n in native]
    arrays["native_pixels"] = np.concatenate(pixels) if pixels else np.zeros(0, np.float32)
    return arrays


def _numbers(native: Native) -> tuple[float, ...]:
    return (
        *native.center,
        native.row_spacing,
        native.column_spacing,
        native.diameter_mm,
        native.window_low,
        native.window_high,
    )


def _from_arrays(arrays: dict[str, npt.NDArray[np.generic]]) -> LesionPatches:
    return LesionPatches(
        images=arrays["images"].astype(np.float32),
        targets=arrays["targets"].astype(np.int64),
        patients=tuple(str(name) for name in arrays["patients"]),
        ids=tuple(str(name) for name in arrays["ids"]),
        classes=tuple(str(name) for name in arrays["classes"]),
        native=_natives(arrays),
        extra=arrays["extra"].astype(np.bool_),
    )


def _natives(arrays: dict[str, npt.NDArray[np.generic]]) -> tuple[Native, ...]:
    shapes = arrays["native_shapes"].astype(np.int64)
    pixels = arrays["native_pixels"].astype(np.float32)
    ends = np.cumsum(shapes.prod(1)) if len(shapes) else np.zeros(0, np.int64)
    natives = []
    for (rows, columns), end, numbers in zip(
        shapes, ends, arrays["native_numbers"].astype(np.float64), strict=True
    ):
        crop = pixels[end - rows * columns : end].reshape(rows, columns)
        x, y, *rest = (float(number) for number in numbers)
        natives.append(Native(crop, (x, y), *rest))
    return tuple(natives)
