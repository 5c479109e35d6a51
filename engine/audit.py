"""Is a synthetic ROI a copy of a training ROI?

Every synthetic ROI is held against every training ROI, over the 8 flips and rotations and small
shifts, by normalised cross-correlation (NCC, blind to brightness and contrast). How alike two
different patients' lesions are is the yardstick: real ROIs against those of other patients.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.errors import TooFewError
from engine.jobs import Progress

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

MAX_SHIFT = 3
"""px; a copy may lie this far beside its original."""

TURNS = 8
"""Rotations by 0, 90, 180, 270 degrees, then the same of the mirrored image."""

ENOUGH_REAL = 10
"""Below this many real ROIs the null is too small; fixed thresholds are used."""

FIXED_CLOSE, FIXED_COPY = 0.80, 0.90

CLEAR, CLOSE, COPY = "clear", "close", "copy"


@dataclass(frozen=True)
class Nearest:
    """Of each of m ROIs: `index` of the most similar real one, NCC, `turn` 0..7, shift (x, y)."""

    index: IntArray
    similarity: FloatArray
    turn: IntArray
    shift: IntArray = field(repr=False)  # (m, 2) px


@dataclass(frozen=True)
class Thresholds:
    """From these similarities on a ROI is called close or copy; `null` is what they rest on."""

    close: float
    copy: float
    null: FloatArray = field(repr=False)


@dataclass(frozen=True)
class Audit:
    """Nearest training ROI and verdict (clear | close | copy) of each synthetic ROI."""

    nearest: Nearest
    thresholds: Thresholds
    verdicts: tuple[str, ...]


def audit(
    real: FloatArray, patients: tuple[str, ...], synthetic: FloatArray
) -> Generator[Progress, None, Audit]:
    """Judge synthetic ROIs (m, s, s) against the training ROIs (n, s, s) of these patients."""
    limits = thresholds((yield from null(real, patients)))
    found = yield from search(real, synthetic)
    verdicts = tuple(_verdict(float(value), limits) for value in found.similarity)
    return Audit(found, limits, verdicts)


def nearest(real: FloatArray, synthetic: FloatArray) -> Nearest:
    """`search` at once."""
    running = search(real, synthetic)
    while True:
        try:
            next(running)
        except StopIteration as stop:
            found: Nearest = stop.value
            return found


def search(
    real: FloatArray, synthetic: FloatArray, allowed: npt.NDArray[np.bool_] | None = None
) -> Generator[Progress, None, Nearest]:
    """The nearest of n real ROIs (n, s, s) for each of m others (m, s, s).

    NCC of the others' middle (s - 6 px) with every placement of it in each turned real ROI;
    `allowed` (m, n) rules pairs out. Raises TooFewError without real ROIs.
    """
    if len(real) == 0:
        raise TooFewError("There is no training ROI to compare with; check the run's folds.")
    templates = _templates(synthetic)
    best = np.full(len(synthetic), -np.inf, dtype=np.float32)
    index, place = np.zeros_like(best, dtype=np.int64), np.zeros_like(best, dtype=np.int64)
    for one in range(len(real)):
        scores = templates @ _placements(real[one]).T  # (m, 8 * 49)
        top = scores.argmax(1)
        value = scores[np.arange(len(top)), top]
        if allowed is not None:
            value = np.where(allowed[:, one], value, -np.inf)
        better = value > best
        best[better], index[better], place[better] = value[better], one, top[better]
        yield Progress(one + 1, len(real), "Comparing with training ROIs")
    side = 2 * MAX_SHIFT + 1
    turn, offset = np.divmod(place, side * side)
    shift = np.stack([offset % side, offset // side], 1) - MAX_SHIFT
    return Nearest(index, best, turn, shift)


def null(real: FloatArray, patients: tuple[str, ...]) -> Generator[Progress, None, FloatArray]:
    """NCC of each real ROI with the nearest ROI of *another* patient, (n,); empty for one patient.

    This is held-out real against training, each patient held out in turn.
    """
    owner = np.asarray(patients)
    other = owner[:, None] != owner[None, :]
    found = yield from search(real, real, other)
    return found.similarity[np.isfinite(found.similarity)]


def thresholds(null_similarity: FloatArray) -> Thresholds:
    """Close: above 95 % of the null. Copy: nearer than half-way from the null's top to 1."""
    if len(null_similarity) < ENOUGH_REAL:
        return Thresholds(FIXED_CLOSE, FIXED_COPY, null_similarity)
    top = float(null_similarity.max())
    return Thresholds(float(np.quantile(null_similarity, 0.95)), (1 + top) / 2, null_similarity)


def turned(image: FloatArray, turn: int) -> FloatArray:
    """The ROI (s, s) in one of its 8 positions."""
    mirrored = image[:, ::-1] if turn >= 4 else image
    return np.ascontiguousarray(np.rot90(mirrored, turn % 4))


def _verdict(similarity: float, limits: Thresholds) -> str:
    if similarity >= limits.copy:
        return COPY
    return CLOSE if similarity >= limits.close else CLEAR


def _templates(images: FloatArray) -> FloatArray:
    """The middles, each flattened, of mean 0 and length 1."""
    middle = images[:, MAX_SHIFT:-MAX_SHIFT, MAX_SHIFT:-MAX_SHIFT]
    return _unit(middle.reshape(len(images), -1))


def _placements(image: FloatArray) -> FloatArray:
    """Every placement of a middle-sized window in the 8 turned images: (8 * 49, pixels)."""
    size = image.shape[0] - 2 * MAX_SHIFT
    windows = [
        np.lib.stride_tricks.sliding_window_view(turned(image, turn), (size, size)).reshape(
            -1, size * size
        )
        for turn in range(TURNS)
    ]
    return _unit(np.concatenate(windows))


def _unit(rows: FloatArray) -> FloatArray:
    centred = rows - rows.mean(1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(length, 1e-6), dtype=np.float32)


# --- as a named job -------------------------------------------------------------------------


@dataclass(frozen=True)
class AuditSpec:
    """Which ROIs of a patches file trained the generator."""

    training: tuple[int, ...]


def audit_file(spec: AuditSpec, paths: tuple[Path, ...]) -> Generator[Progress, None, Audit]:
    """`audit` on paths (patches.npz, drawn.npz); `nearest.index` counts in the patches file."""
    from engine.patches import LesionPatches

    patches = LesionPatches.load(paths[0])
    with np.load(paths[1], allow_pickle=False) as file:
        synthetic = file["images"]
    chosen = np.asarray(spec.training, dtype=np.int64)
    owners = tuple(patches.patients[i] for i in chosen)
    found = yield from audit(patches.images[chosen], owners, synthetic)
    at = found.nearest
    placed = Nearest(chosen[at.index], at.similarity, at.turn, at.shift)
    return Audit(placed, found.thresholds, found.verdicts)
