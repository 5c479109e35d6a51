"""One lesion's ROI with its rotations, flips, shifts and scales (Frid-Adar 2018, Fig. 3).

The images are those that a training with the same seed draws (`engine.augment.draw`): nothing is
augmented a second way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.augment import (
    Placements,
    lesion_seed,
    matrices,
    plan,
    sample_all,
)
from engine.patches import Native
from engine.specs import SIDE, AugmentationSpec
from studies import cases
from studies.errors import StudyError
from studies.imaging import roi, volume, window
from studies.records import FloatArray, LesionRecord, Points, RoiRecord, SeriesRecord
from studies.store import Store

ROTATED, FLIPPED, SHIFTED, SCALED = "Rotated", "Flipped", "Shifted", "Scaled"
KINDS = (ROTATED, FLIPPED, SHIFTED, SCALED)


@dataclass(frozen=True)
class AugmentedRoi:
    """One image (64, 64) in 0..1 of the plan, the `number`-th drawn (from 1), and how it is cut.

    `angle` degrees, `shift` (x, y) native px, `margin` of the diameter; `box` its four corners on
    the slice, px.
    """

    kind: str
    number: int
    angle: float
    flip_x: bool
    flip_y: bool
    shift: tuple[float, float]
    margin: float
    image: FloatArray = field(repr=False, compare=False)
    box: Points = field(repr=False, compare=False)


@dataclass(frozen=True)
class AugmentationRow:
    """A kind of augmentation: how many there are of it, and those that are shown."""

    kind: str
    count: int
    shown: tuple[AugmentedRoi, ...]


@dataclass(frozen=True)
class AugmentationSheet:
    """A lesion's ROI, its augmentations by kind, and its slice (0..1) with margin and boxes, px.

    `tight` is the square of the lesion's diameter, `box` the ROI's: that with the tissue margin.
    `slice_image` is None where the slice's file cannot be read.
    """

    lesion: LesionRecord
    seed: int
    rows: tuple[AugmentationRow, ...]
    spec: AugmentationSpec
    shift_limit: float  # native px
    image: FloatArray = field(repr=False, compare=False)
    slice_image: FloatArray | None = field(repr=False, compare=False)
    margin: Points = field(repr=False, compare=False)
    tight: Points = field(repr=False, compare=False)
    box: Points = field(repr=False, compare=False)

    @property
    def total(self) -> int:
        """How many augmentations the lesion has."""
        return self.spec.per_roi


def drawn_lesions(store: Store) -> tuple[LesionRecord, ...]:
    """Lesions that have an ROI, as they stand in the study."""
    ready = {one.lesion_id for one in cases.rois(store)}
    return tuple(lesion for lesion in cases.lesions(store) if lesion.id in ready)


def augmentation_sheet(store: Store, lesion_id: int, seed: int, each: int) -> AugmentationSheet:
    """`each` images of every kind for a lesion, as a training with `seed` draws them.

    StudyError where the lesion has no ROI.
    """
    record = next((one for one in cases.rois(store) if one.lesion_id == lesion_id), None)
    if record is None:
        raise StudyError("This lesion has no ROI yet. Draw its margin and confirm its diagnosis.")
    native, spec = _native(record), AugmentationSpec()
    placements = plan(native, spec, lesion_seed(seed, str(lesion_id)))
    lesion = cases.lesion(store, lesion_id)
    series = cases.series(store, lesion.series_id)
    contour = cases.key_contour(store, lesion_id)
    points = contour.points if contour is not None else ()
    square = roi.geometry(points, series.row_spacing, series.column_spacing)
    offset = (square.center[0] - native.center[0], square.center[1] - native.center[1])
    pixel = float(np.sqrt(native.row_spacing * native.column_spacing))
    return AugmentationSheet(
        lesion,
        seed,
        tuple(_row(kind, native, placements, spec, each, offset) for kind in KINDS),
        spec,
        min(spec.shift_limit, spec.shift_fraction * native.diameter_mm / pixel),
        record.image,
        _slice(store, series, lesion),
        points,
        _corners(roi.geometry(points, series.row_spacing, series.column_spacing, 0.0).box),
        _corners(square.box),
    )


def _row(
    kind: str,
    native: Native,
    placements: Placements,
    spec: AugmentationSpec,
    each: int,
    offset: tuple[float, float],
) -> AugmentationRow:
    own = np.flatnonzero(_kinds(placements, spec) == KINDS.index(kind))
    chosen = _spread(own, placements, each)
    taken = placements.at(chosen)
    images, maps = sample_all(native, taken), matrices(native, taken)
    shown = tuple(
        _augmented(kind, int(number), taken, at, images[at], maps[at], offset)
        for at, number in enumerate(chosen)
    )
    return AugmentationRow(kind, len(own), shown)


def _kinds(placements: Placements, spec: AugmentationSpec) -> np.ndarray:
    """Index into KINDS of each placement; a rotated one is plain otherwise."""
    kinds = np.zeros(len(placements), dtype=np.int64)
    kinds[(placements.mirrors < 0).any(1)] = KINDS.index(FLIPPED)
    kinds[(placements.shifts != 0).any(1)] = KINDS.index(SHIFTED)
    kinds[placements.margins != spec.margin] = KINDS.index(SCALED)
    return kinds


def _spread(own: np.ndarray, placements: Placements, each: int) -> np.ndarray:
    """The first drawn, taken up in the order of their angles."""
    first = own[:each]
    return np.asarray(first[np.argsort(placements.angles[first], kind="stable")])


def _augmented(
    kind: str,
    number: int,
    taken: Placements,
    at: int,
    image: FloatArray,
    matrix: np.ndarray,
    offset: tuple[float, float],
) -> AugmentedRoi:
    how = taken.placement(at)
    return AugmentedRoi(
        kind, number + 1, how.angle, how.flip_x, how.flip_y, how.shift, how.margin, image,
        _placed(matrix, offset),
    )  # fmt: skip


def _placed(matrix: np.ndarray, offset: tuple[float, float]) -> Points:
    """Corners of an image on the slice, px from the first pixel's outer corner.

    `matrix` goes between pixel centres, hence the halves.
    """
    corners = np.array([(0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE)], dtype=float) - 0.5
    native = corners @ matrix[:, :2].T + matrix[:, 2] + 0.5
    return tuple((float(x + offset[0]), float(y + offset[1])) for x, y in native)


def _corners(box: tuple[float, float, float, float]) -> Points:
    left, top, right, bottom = box
    return (left, top), (right, top), (right, bottom), (left, bottom)


def _native(record: RoiRecord) -> Native:
    return Native(**vars(record.native))


def _slice(store: Store, series: SeriesRecord, lesion: LesionRecord) -> FloatArray | None:
    try:
        pixels = volume.load_slice(series, lesion.key_slice or 0)
    except StudyError:  # the file is gone or damaged: the ROI is still augmented
        return None
    study = cases.study(store)
    limits = (study.window_low, study.window_high) if series.has_hu else window.auto(pixels)
    return window.apply(pixels, *limits)
