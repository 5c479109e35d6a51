"""DICOM RTSTRUCT in: closed contours laid on the slices they were drawn on (PS3.3 C.8.8.6).

A contour is placed by its own coordinates, also on oblique and tilted slices, never by the image
it names. One that lies between slices is left out and counted; nothing is moved or resampled.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import Dataset

from studies.errors import ImportRefusedError
from studies.imaging.contour import area_mm2, close, simplify
from studies.imaging.dicom.foreign import guarded
from studies.imaging.exchange.incoming.grid import Grid
from studies.imaging.exchange.incoming.naming import Naming, person, renamed
from studies.imaging.exchange.incoming.placing import is_on_image
from studies.imaging.exchange.incoming.taken import (
    FileReferences,
    Incoming,
    IncomingLesion,
    IncomingMargin,
    Reading,
)
from studies.imaging.exchange.incoming.wording import on_slices, plain
from studies.imaging.exchange.outline import crosses_itself, joined
from studies.imaging.exchange.words import counted
from studies.records import Points

RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
CLOSED = ("CLOSED_PLANAR", "CLOSED_PLANAR_XOR")
ON_SLICE = 0.5
"""A contour belongs to a slice within this many slice spacings; RELATIVE to the usual one."""
MOST_ROIS, MOST_POINTS, MOST_LINES = 5_000, 5_000, 64
_LONGEST = 50_000
_THINNED_PX = 0.01
_SAME_PLANE_MM = 0.01
_NOTHING_PX = 1e-6
_TELL_MM = 0.05

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Roi:
    """A region of the file: its name, who drew it, and its contours as written."""

    name: str
    author: str
    contours: tuple[Dataset, ...] = field(repr=False)


@dataclass(frozen=True)
class _Line:
    """A contour on its slice, px from the outer corner; `away` mm off the slice's plane."""

    index: int
    points: Points
    height: float
    away: float


@dataclass(frozen=True)
class StructureSet:
    """An opened RTSTRUCT."""

    name: str
    rois: tuple[Roi, ...]
    unnamed: int
    references: FileReferences
    kind: str = "RTSTRUCT"

    @classmethod
    def of(cls, dataset: Dataset, name: str) -> StructureSet:
        """The regions of a data set; ImportRefusedError where it claims too much."""
        contours = {
            int(item.ReferencedROINumber): tuple(item.get("ContourSequence") or ())
            for item in dataset.get("ROIContourSequence") or ()
        }
        authors = {
            int(item.ReferencedROINumber): person(item.get("ROIInterpreter"))
            for item in dataset.get("RTROIObservationsSequence") or ()
        }
        items = list(dataset.get("StructureSetROISequence") or ())
        if len(items) > MOST_ROIS:
            raise ImportRefusedError(f"{name} claims {len(items)} regions, too many for lesions.")
        naming = Naming.of(dataset)
        told = [plain(item.get("ROIName")) for item in items]
        unnamed = sum(bool(label) and not naming.told(label, "") for label in told)
        rois = tuple(
            Roi(
                naming.told(item.get("ROIName"), f"Region {int(item.ROINumber)}"),
                authors.get(int(item.ROINumber), ""),
                contours.get(int(item.ROINumber), ()),
            )
            for item in items
        )
        return cls(name, rois, unnamed, _references(dataset, rois))

    def read(self, grid: Grid, *, apart: bool = False) -> Reading:
        """The regions as lesions, each contour on its slice.

        `apart` changes nothing: a region is a lesion. ImportRefusedError for damaged contours.
        """
        found = []
        for roi in self.rois:
            lesion = yield from self._lesion(roi, grid)
            if lesion.margins or lesion.notes:
                found.append(lesion)
        return Incoming(self.kind, tuple(found), renamed(self.unnamed))

    def _lesion(self, roi: Roi, grid: Grid) -> Generator[str, None, IncomingLesion]:
        lines: defaultdict[int, list[_Line]] = defaultdict(list)
        left: Counter[str] = Counter()
        for number, contour in enumerate(roi.contours):
            if number % 8 == 0:
                yield f"{roi.name}, contour {number + 1}"
            line = guarded(
                lambda contour=contour: _line(contour, grid),  # type: ignore[misc]
                f"{self.name} is damaged: a contour of {roi.name} is unreadable.",
            )
            if isinstance(line, _Line):
                lines[line.index].append(line)
            else:
                left[line] += 1
        kept = {index: _of_one_plane(lines[index], left) for index in sorted(lines)}
        margins = tuple(_margin(index, own, grid, left) for index, own in kept.items())
        return IncomingLesion(
            roi.name,
            roi.author,
            tuple(margin for margin in margins if margin is not None),
            _notes(kept, left),
        )


def _line(contour: Dataset, grid: Grid) -> _Line | str:
    """The contour on its slice, or why it is left out."""
    kind = str(contour.get("ContourGeometricType", "") or CLOSED[0])
    if kind not in CLOSED:
        return "is a point or an open line"
    values = contour.get("ContourData") or ()
    if isinstance(values, bytes):  # longer than an explicit VR can say: written as unknown
        values = values.decode("ascii").split("\\")
    if len(values) > 3 * _LONGEST:
        return "has more points than any margin"
    mm = np.asarray([float(value) for value in values], dtype=np.float64)
    if len(mm) % 3 or not np.isfinite(mm).all():
        raise ImportRefusedError("A contour has coordinates that are no points.")
    if len(mm) < 9:
        return "has fewer than three points"
    return _on_slice(mm.reshape(-1, 3), grid)


def _on_slice(mm: Array, grid: Grid) -> _Line | str:
    index, away = grid.nearest(mm)
    if away > ON_SLICE * grid.usual_step + _SAME_PLANE_MM:
        return "lies on no slice of the series"
    frame = grid.frames[index]
    points = close(tuple((float(x), float(y)) for x, y in frame.to_px(mm)))
    if len(points) > MOST_POINTS:
        points = simplify(points, _THINNED_PX)
    if len(points) > MOST_POINTS:
        return "has more points than any margin"
    if not is_on_image(points, grid):
        return "lies outside the image"
    if len(points) < 3 or area_mm2(points) < _NOTHING_PX:
        return "encloses nothing"
    return _Line(index, points, float(frame.distance(mm).mean()), away)


def _of_one_plane(lines: list[_Line], left: Counter[str]) -> list[_Line]:
    """Of contours that lie at several heights near one slice those of the nearest height.

    Together they would take each other's area away.
    """
    nearest = min(lines, key=lambda line: abs(line.height)).height
    kept = [line for line in lines if abs(line.height - nearest) <= _SAME_PLANE_MM]
    if len(kept) < len(lines):
        left["lies between slices, another one is nearer"] += len(lines) - len(kept)
    return kept


def _margin(
    index: int, lines: list[_Line], grid: Grid, left: Counter[str]
) -> IncomingMargin | None:
    if len(lines) > MOST_LINES:
        left["is one of too many on a slice to be a lesion's"] += len(lines)
        return None
    points = joined([line.points for line in lines])
    return IncomingMargin(index, grid.sop_uids[index], points)


def _notes(kept: dict[int, list[_Line]], left: Counter[str]) -> tuple[str, ...]:
    notes = [
        f"{counted(number, 'contour')} left out: {'it' if number == 1 else 'each'} {why}."
        for why, number in left.items()
    ]
    several = [index for index, lines in kept.items() if len(lines) > 1]
    if several:
        notes.append(
            f"The region has several contours {on_slices(several)}; one within another is a hole. "
            "They are joined by a line without width."
        )
    away = max((line.away for lines in kept.values() for line in lines), default=0.0)
    if away > _TELL_MM:
        notes.append(f"Contours lie up to {away:.2g} mm off the slices they were put on.")
    crossing = [
        index for index, lines in kept.items() if any(crosses_itself(one.points) for one in lines)
    ]
    if crossing:
        notes.append(f"The contour touches or crosses itself {on_slices(crossing)}.")
    return tuple(notes)


def _references(dataset: Dataset, rois: tuple[Roi, ...]) -> FileReferences:
    series, sops, studies, frames = set(), set(), set(), {dataset.get("FrameOfReferenceUID")}
    studies.add(dataset.get("StudyInstanceUID"))
    for frame in dataset.get("ReferencedFrameOfReferenceSequence") or ():
        frames.add(frame.get("FrameOfReferenceUID"))
        for study in frame.get("RTReferencedStudySequence") or ():
            studies.add(study.get("ReferencedSOPInstanceUID"))
            for one in study.get("RTReferencedSeriesSequence") or ():
                series.add(one.get("SeriesInstanceUID"))
                sops |= _images(one)
    for roi in rois:
        for contour in roi.contours:
            sops |= _images(contour)
    return FileReferences(_uids(series), _uids(sops), _uids(studies), _uids(frames))


def _images(item: Dataset) -> set[Any]:
    return {
        image.get("ReferencedSOPInstanceUID") for image in item.get("ContourImageSequence") or ()
    }


def _uids(values: set[Any]) -> frozenset[str]:
    return frozenset(str(value) for value in values if value)
