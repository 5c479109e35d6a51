"""Voxels of a stored series: HU slices in z order, or one grey image.

A stored series' folder holds 00000.dcm, 00001.dcm, … in z order (uncompressed, explicit VR
little endian, written by the import gate or the phantom), or one `image.npy` (rows, columns)
float32 for a series of kind `image`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from studies.errors import StudyError
from studies.imaging.stored_slice import Stored, StoredSlice, read_header, read_pixels
from studies.records import FloatArray, SeriesRecord

PADDING_HU = -2048
"""Where a scanner wrote padding (outside its circle): below air, so black in every window."""

IMAGE_FILE = "image.npy"
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
INT16 = np.iinfo(np.int16)
TURNING = 2e-3
"""Direction cosines that differ by more (0.1 degree) are another angle, not another rounding."""

Voxels = npt.NDArray[np.int16] | FloatArray


@dataclass(frozen=True)
class Volume:
    """A series' voxels with their geometry.

    `voxels` (slices, rows, columns): int16 HU (rounded where the rescale slope is no whole
    number), float32 for grey images and for stored values outside int16. `positions` in mm
    along the slice normal, ascending, one per slice: never assume them even. `orientation` is
    DICOM's ImageOrientationPatient (row direction, then column direction). `padding` marks
    voxels outside the scanner's circle; None where there are none.
    """

    voxels: Voxels = field(repr=False, compare=False)
    row_spacing: float
    column_spacing: float
    positions: tuple[float, ...]
    sop_uids: tuple[str, ...]
    orientation: tuple[float, ...]
    has_hu: bool
    padding: npt.NDArray[np.bool_] | None = field(default=None, repr=False, compare=False)
    window: tuple[float, float] | None = None  # the scanner's first: low, high


@dataclass(frozen=True)
class Slice:
    """One stored slice: `pixels` (rows, columns), its padding mask and place."""

    pixels: Voxels = field(repr=False, compare=False)
    padding: npt.NDArray[np.bool_] | None = field(repr=False, compare=False)
    position: float
    sop_uid: str
    orientation: tuple[float, ...]
    corner: tuple[float, float, float] = (0.0, 0.0, 0.0)  # mm, centre of the first pixel
    window: tuple[float, float] | None = None  # the scanner's own: low, high


def load(series: SeriesRecord) -> Volume:
    """The whole series. StudyError where its files are missing or damaged."""
    shape = (series.slices, series.rows, series.columns)
    voxels: Voxels = np.empty(shape, np.int16)
    padding: npt.NDArray[np.bool_] | None = None
    places, window = [], None
    for index, plane in enumerate(iter_slices(series)):
        window = window or plane.window
        if plane.pixels.shape != shape[1:]:
            raise _damaged(series.folder / slice_name(index))
        if plane.pixels.dtype != voxels.dtype:
            voxels = voxels.astype(np.float32)
        voxels[index] = plane.pixels
        if plane.padding is not None:
            padding = np.zeros(shape, dtype=bool) if padding is None else padding
            padding[index] = plane.padding
        places.append((plane.corner, plane.sop_uid, plane.orientation))
    corners = np.asarray([corner for corner, _, _ in places])
    axes = np.asarray([orientation for _, _, orientation in places])
    size = (series.rows * series.row_spacing, series.columns * series.column_spacing)
    return Volume(
        voxels=voxels,
        row_spacing=series.row_spacing,
        column_spacing=series.column_spacing,
        positions=tuple(along_normal(corners, axes, size).tolist()),
        sop_uids=tuple(uid for _, uid, _ in places),
        orientation=places[0][2],
        has_hu=series.has_hu,
        padding=padding,
        window=window,
    )


def iter_slices(series: SeriesRecord) -> Iterator[Slice]:
    """Slices in z order, read one at a time: for loading behind the visible slice."""
    for index in range(series.slices):
        yield read_slice(series, index)


def load_slice(series: SeriesRecord, index: int) -> FloatArray:
    """One slice's pixels (rows, columns) float32, HU or grey; index 0 is the first in z order.

    Raises:
        IndexError: beyond the series. StudyError: its file is missing or damaged.
    """
    return np.asarray(read_slice(series, index).pixels, dtype=np.float32)


def read_slice(series: SeriesRecord, index: int) -> Slice:
    """One slice with its padding mask, position and UID; raises like `load_slice`."""
    if not 0 <= index < series.slices:
        raise IndexError(f"slice {index} of {series.slices}")
    if series.kind == "image":
        return _read_image(series)
    with _opened(series.folder / slice_name(index)) as file:
        head = read_header(file)
        return _to_slice(head, read_pixels(file, head), series.has_hu)


def slice_uids(series: SeriesRecord) -> tuple[str, ...]:
    """The slices' SOPInstanceUIDs in z order (an image's series UID stands for its slice)."""
    if series.kind == "image":
        return (series.series_uid,)
    found = []
    for index in range(series.slices):
        with _opened(series.folder / slice_name(index)) as file:
            found.append(read_header(file).sop_uid)
    return tuple(found)


def slice_name(index: int) -> str:
    """The file name of the slice at this place in z order."""
    return f"{index:05d}.dcm"


def along_normal(
    corners: npt.NDArray[np.float64],
    orientations: npt.NDArray[np.float64],
    size: tuple[float, float],
) -> npt.NDArray[np.float64]:
    """Slices' places in mm along the normal they share, (n,) (PS3.3 C.7.6.2.1.1).

    `corners` (n, 3) ImagePositionPatient, `orientations` (n, 6), `size` of a slice (height,
    width) in mm. Where the tilt varies from slice to slice the places are those of their middles
    along the mean normal: the corners of turning slices come closer and part again.
    """
    rows, columns = orientations[:, :3], orientations[:, 3:]
    if not is_turning(orientations):
        return np.asarray(corners @ np.cross(rows[0], columns[0]))
    middles = corners + rows * (size[1] / 2) + columns * (size[0] / 2)
    normal = np.cross(rows, columns).mean(axis=0)
    return np.asarray(middles @ (normal / np.linalg.norm(normal)))


def is_turning(orientations: npt.NDArray[np.float64]) -> bool:
    """Whether slices (n, 6) lie at angles that differ by more than their rounding."""
    return bool((np.abs(orientations - orientations[0]) > TURNING).any())


def _padding_mask(stored: Stored, head: StoredSlice) -> npt.NDArray[np.bool_] | None:
    """Which pixels are padding; None where the file names none or no pixel has it."""
    if head.padding is None:
        return None
    low, high = head.padding
    mask = stored == low if low == high else (stored >= low) & (stored <= high)
    return mask if mask.any() else None


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A stored slice; whatever a missing or damaged one makes its reader raise is StudyError."""
    try:
        with path.open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise StudyError(
            f"The slice {path.name} is missing from {path.parent}. Import the series again."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> StudyError:
    return StudyError(
        f"The slice {path.name} in {path.parent} cannot be read. Import the series again."
    )


def _read_image(series: SeriesRecord) -> Slice:
    path = series.folder / IMAGE_FILE
    try:
        pixels = np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise StudyError(f"The image {path} is missing. Import it again.") from error
    except (OSError, ValueError, EOFError) as error:
        raise StudyError(f"The image {path} cannot be read. Import it again.") from error
    return Slice(np.asarray(pixels, np.float32), None, 0.0, series.series_uid, AXIAL)


def _to_slice(head: StoredSlice, stored: Stored, has_hu: bool) -> Slice:
    padding = _padding_mask(stored, head)
    return Slice(
        pixels=_rescale(stored, head.slope, head.intercept, padding, has_hu),
        padding=padding,
        position=head.position,
        sop_uid=head.sop_uid,
        orientation=head.orientation,
        corner=head.corner,
        window=head.window,
    )


def _rescale(
    stored: Stored,
    slope: float,
    intercept: float,
    padding: npt.NDArray[np.bool_] | None,
    has_hu: bool,
) -> Voxels:
    if (slope, intercept) == (1.0, 0.0) and stored.dtype == np.int16:
        own = stored.astype(np.int16, copy=False)  # as the import gate writes it
        if padding is not None:
            is_all = has_hu or bool(padding.all())
            own[padding] = PADDING_HU if is_all else own[~padding].min()
        return own
    values: FloatArray = stored.astype(np.float32) * np.float32(slope) + np.float32(intercept)
    if padding is not None:
        real = values[~padding]
        values[padding] = PADDING_HU if has_hu or real.size == 0 else real.min()
    if has_hu:
        return np.rint(np.clip(values, INT16.min, INT16.max)).astype(np.int16)
    fits = values.min() >= INT16.min and values.max() <= INT16.max
    return np.rint(values).astype(np.int16) if fits else values
