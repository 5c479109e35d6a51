"""Voxels of a stored series: HU slices in z order, or one grey image.

A stored series' folder holds 00000.dcm, 00001.dcm, … in z order (uncompressed, explicit VR
little endian, written by the import gate or the phantom), or one `image.npy` (rows, columns)
float32 for a series of kind `image`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from studies.errors import StudyError
from studies.records import FloatArray, SeriesRecord

if TYPE_CHECKING:
    from pydicom import Dataset

PADDING_HU = -2048
"""Where a scanner wrote padding (outside its circle): below air, so black in every window."""

IMAGE_FILE = "image.npy"
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
INT16 = np.iinfo(np.int16)

Stored = npt.NDArray[np.int16] | npt.NDArray[np.uint16]
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


@dataclass(frozen=True)
class Slice:
    """One stored slice: `pixels` (rows, columns), its padding mask and place."""

    pixels: Voxels = field(repr=False, compare=False)
    padding: npt.NDArray[np.bool_] | None = field(repr=False, compare=False)
    position: float
    sop_uid: str
    orientation: tuple[float, ...]


def load(series: SeriesRecord) -> Volume:
    """The whole series. StudyError where its files are missing or damaged."""
    voxels: Voxels = np.empty((series.slices, series.rows, series.columns), np.int16)
    padding: dict[int, npt.NDArray[np.bool_]] = {}
    places = []
    for index, plane in enumerate(iter_slices(series)):
        if plane.pixels.shape != voxels.shape[1:]:
            raise _damaged(series.folder / slice_name(index))
        if plane.pixels.dtype != voxels.dtype:
            voxels = voxels.astype(np.float32)
        voxels[index] = plane.pixels
        if plane.padding is not None:
            padding[index] = plane.padding
        places.append((plane.position, plane.sop_uid, plane.orientation))
    return Volume(
        voxels=voxels,
        row_spacing=series.row_spacing,
        column_spacing=series.column_spacing,
        positions=tuple(position for position, _, _ in places),
        sop_uids=tuple(uid for _, uid, _ in places),
        orientation=places[0][2],
        has_hu=series.has_hu,
        padding=_padding_of(padding, voxels.shape),
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
    path = series.folder / slice_name(index)
    dataset = _read(path)
    try:
        return _to_slice(dataset, series.has_hu)
    except (AttributeError, TypeError, ValueError, KeyError) as error:
        raise _damaged(path) from error


def slice_uids(series: SeriesRecord) -> tuple[str, ...]:
    """The slices' SOPInstanceUIDs in z order (an image's series UID stands for its slice)."""
    if series.kind == "image":
        return (series.series_uid,)
    paths = [series.folder / slice_name(i) for i in range(series.slices)]
    return tuple(str(_read(p, header_only=True).SOPInstanceUID) for p in paths)


def slice_name(index: int) -> str:
    """The file name of the slice at this place in z order."""
    return f"{index:05d}.dcm"


def slice_position(dataset: Dataset) -> float:
    """mm along the slice normal: dot(ImagePositionPatient, row direction x column direction)."""
    orientation = [float(v) for v in dataset.ImageOrientationPatient]
    normal = np.cross(orientation[:3], orientation[3:])
    return float(np.dot([float(v) for v in dataset.ImagePositionPatient], normal))


def padding_mask(stored: Stored, dataset: Dataset) -> npt.NDArray[np.bool_] | None:
    """Which stored values are padding: PixelPaddingValue up to its range limit (PS3.3 C.7.5.1.1.2).

    None where the file names no padding or no pixel has it.
    """
    value = dataset.get("PixelPaddingValue")
    if value is None:
        return None
    limit = dataset.get("PixelPaddingRangeLimit")
    first = _as_stored(value, stored.dtype)
    last = _as_stored(limit, stored.dtype) if limit is not None else first
    mask = (stored >= min(first, last)) & (stored <= max(first, last))
    return mask if mask.any() else None


def _as_stored(value: object, dtype: np.dtype[np.int16] | np.dtype[np.uint16]) -> int:
    """A padding value in the pixels' own signedness (it is often written in the other)."""
    number = int(str(value))
    info = np.iinfo(dtype)
    span = int(info.max) - int(info.min) + 1
    if number > info.max:
        return number - span
    return number + span if number < info.min else number


def _read(path: Path, *, header_only: bool = False) -> Dataset:
    from pydicom import dcmread  # on the first slice: the first window does without
    from pydicom.errors import InvalidDicomError

    try:
        return dcmread(path, stop_before_pixels=header_only)
    except FileNotFoundError as error:
        raise StudyError(
            f"The slice {path.name} is missing from {path.parent}. Import the series again."
        ) from error
    except (OSError, InvalidDicomError, ValueError, EOFError) as error:
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


def _to_slice(dataset: Dataset, has_hu: bool) -> Slice:
    stored = stored_pixels(dataset)
    padding = padding_mask(stored, dataset)
    slope = float(dataset.get("RescaleSlope", 1.0))
    intercept = float(dataset.get("RescaleIntercept", 0.0))
    return Slice(
        pixels=_rescale(stored, slope, intercept, padding, has_hu),
        padding=padding,
        position=slice_position(dataset),
        sop_uid=str(dataset.SOPInstanceUID),
        orientation=tuple(float(v) for v in dataset.ImageOrientationPatient),
    )


def stored_pixels(dataset: Dataset) -> Stored:
    """The stored 16-bit values (rows, columns) of an uncompressed little-endian slice."""
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    kind = "<i2" if int(dataset.PixelRepresentation) else "<u2"
    values: Stored = np.frombuffer(dataset.PixelData, dtype=kind, count=rows * columns)
    return values.reshape(rows, columns)


def _rescale(
    stored: Stored,
    slope: float,
    intercept: float,
    padding: npt.NDArray[np.bool_] | None,
    has_hu: bool,
) -> Voxels:
    values: FloatArray = stored.astype(np.float32) * np.float32(slope) + np.float32(intercept)
    if padding is not None:
        real = values[~padding]
        values[padding] = PADDING_HU if has_hu or real.size == 0 else real.min()
    if has_hu:
        return np.rint(np.clip(values, INT16.min, INT16.max)).astype(np.int16)
    fits = values.min() >= INT16.min and values.max() <= INT16.max
    return np.rint(values).astype(np.int16) if fits else values


def _padding_of(
    masks: dict[int, npt.NDArray[np.bool_]], shape: tuple[int, ...]
) -> npt.NDArray[np.bool_] | None:
    if not masks:
        return None
    padding = np.zeros(shape, dtype=bool)
    for index, mask in masks.items():
        padding[index] = mask
    return padding
