"""Where a stored slice's pixels lie in the patient: px to mm and back.

Points are (x, y) px with the origin at the OUTER CORNER of the first pixel, so pixel centres lie
at +.5 (as DICOM SCOORD, PS3.3 C.18.6.1.1). A slice's ImagePositionPatient is the CENTRE of the
first pixel (PS3.3 C.7.6.2.1.1). The half pixel between the two is taken off here and only here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from studies.errors import StudyError

if TYPE_CHECKING:
    from pydicom import Dataset

Array = npt.NDArray[np.float64]
Vector = tuple[float, float, float]
Corners = Sequence[tuple[float, float]] | Array


@dataclass(frozen=True)
class SliceFrame:
    """One slice's place in the patient (LPS, mm) and its grid, as its DICOM header says.

    `position` is the centre of the first pixel; `row_direction` points along a row (x grows),
    `column_direction` down a column (y grows), both unit vectors as far as the file's digits go.
    `row_spacing` is the distance between rows (y), `column_spacing` that between columns (x).
    """

    sop_uid: str
    sop_class_uid: str
    position: Vector
    row_direction: Vector
    column_direction: Vector
    row_spacing: float
    column_spacing: float
    rows: int
    columns: int

    @property
    def normal(self) -> Vector:
        """The unit vector out of the slice: row direction x column direction."""
        return _vector(np.cross(self.row_direction, self.column_direction))

    @property
    def height(self) -> float:
        """mm along the normal."""
        return float(np.dot(self.position, self.normal))

    def to_mm(self, points: Corners) -> Array:
        """Points (n, 2) px from the outer corner as (n, 3) mm in the patient.

        The equation of PS3.3 C.7.6.2.1.1, whose pixel index is the point less one half.
        """
        index = np.asarray(points, dtype=np.float64).reshape(-1, 2) - 0.5
        return np.asarray(index @ self._steps() + np.asarray(self.position))

    def to_px(self, mm: Sequence[Vector] | Array) -> Array:
        """Points (n, 3) mm as (n, 2) px from the outer corner; what lies off the slice is dropped
        perpendicularly on it.

        The directions are taken as the file writes them, also where its digits leave them not
        quite at right angles, so that this undoes `to_mm`.
        """
        away = np.asarray(mm, dtype=np.float64).reshape(-1, 3) - np.asarray(self.position)
        return np.asarray(away @ np.linalg.pinv(self._steps()) + 0.5)

    def distance(self, mm: Sequence[Vector] | Array) -> Array:
        """How far (n, 3) mm points lie from the slice's plane: (n,) mm, signed along the normal."""
        away = np.asarray(mm, dtype=np.float64).reshape(-1, 3) - np.asarray(self.position)
        return np.asarray(away @ np.asarray(self.normal))

    def _steps(self) -> Array:
        """(2, 3) mm: one px to the right, one px down."""
        right = np.asarray(self.row_direction) * self.column_spacing
        down = np.asarray(self.column_direction) * self.row_spacing
        return np.stack((right, down))


@dataclass(frozen=True)
class References:
    """The UIDs by which a series is referred to."""

    study_uid: str
    series_uid: str
    frame_of_reference_uid: str


def references_of(file: Path) -> References:
    """The UIDs a slice's header tells of its series; StudyError where one is missing."""
    header = header_of(file)
    names = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
    uids = tuple(str(header.get(name, "") or "") for name in names)
    if not all(uids):
        raise StudyError(
            f"{file.name} has no {names[uids.index('')]}, so nothing can refer to the series it "
            "belongs to."
        )
    return References(*uids)


def series_files(folder: Path) -> tuple[Path, ...]:
    """The slices of a stored series in z order; StudyError where there are none."""
    files = tuple(sorted(folder.glob("*.dcm")))
    if not files:
        raise StudyError(
            f"{folder} holds no DICOM slices, so nothing can be placed in the patient. Import the "
            "series again."
        )
    return files


def frames_of(files: Path | Sequence[Path]) -> tuple[SliceFrame, ...]:
    """The frame of every slice in the order of `files`; a folder stands for its slices in z order.

    StudyError where a file is missing or does not say where it lies.
    """
    paths = series_files(files) if isinstance(files, Path) else tuple(files)
    return tuple(frame_of(header_of(path), path.name) for path in paths)


def frame_of(dataset: Dataset, name: str = "slice") -> SliceFrame:
    """The frame a CT slice's header tells; StudyError where it is not told."""
    try:
        orientation = [float(v) for v in dataset.ImageOrientationPatient]
        spacing = [float(v) for v in dataset.PixelSpacing]
        return SliceFrame(
            sop_uid=str(dataset.SOPInstanceUID),
            sop_class_uid=str(dataset.SOPClassUID),
            position=_vector(dataset.ImagePositionPatient),
            row_direction=_vector(orientation[:3]),
            column_direction=_vector(orientation[3:]),
            row_spacing=spacing[0],
            column_spacing=spacing[1],
            rows=int(dataset.Rows),
            columns=int(dataset.Columns),
        )
    except (AttributeError, TypeError, ValueError, IndexError) as error:
        raise StudyError(
            f"The {name} does not say where it lies in the patient. Import the series again."
        ) from error


def header_of(path: Path) -> Dataset:
    """A slice's header without its pixels; StudyError where it cannot be read.

    Original files may stand without the preamble of PS3.10, as the import gate takes them.
    """
    from pydicom import dcmread  # here: what reaches this from the window starts without it

    try:
        return dcmread(path, stop_before_pixels=True, force=True)
    except (OSError, ValueError, EOFError) as error:
        raise StudyError(
            f"The slice {path.name} in {path.parent} cannot be read. Import the series again."
        ) from error


def _vector(values: Sequence[float] | Array) -> Vector:
    x, y, z = (float(value) for value in values)
    return x, y, z
