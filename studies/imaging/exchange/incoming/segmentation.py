"""DICOM SEG in: BINARY, FRACTIONAL above a half, LABELMAP; frames laid on the series' slices.

PS3.3 A.51 and C.8.20. A frame is placed by the image it names and by its own position; where both
are told they must agree. Only the series' own grid is taken: nothing is resampled.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import Dataset

from studies.errors import ImportRefusedError
from studies.imaging.dicom import codecs
from studies.imaging.dicom.claims import refuse_claims
from studies.imaging.dicom.codecs import Decode
from studies.imaging.dicom.foreign import guarded
from studies.imaging.exchange.incoming.grid import Grid
from studies.imaging.exchange.incoming.masks import Masks, lesions_of
from studies.imaging.exchange.incoming.naming import Naming, person, renamed
from studies.imaging.exchange.incoming.placing import Plane, check_plane
from studies.imaging.exchange.incoming.taken import (
    FileReferences,
    Incoming,
    IncomingLesion,
    Reading,
)
from studies.imaging.exchange.incoming.wording import plain

SEG, LABELMAP = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"
THRESHOLD = 0.5
MOST_FRAMES, MOST_SEGMENTS, MOST_SIDE = 100_000, 5_000, 8192
_PLAIN = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99")
_BACKGROUND, _MOST_LISTED = 0, 8


@dataclass(frozen=True)
class Frame:
    """One frame: segment (0 in a label map, whose pixels tell), images it names, place."""

    segment: int
    sources: tuple[tuple[str, int], ...]
    plane: Plane


@dataclass(frozen=True)
class Segmentation:
    """An opened SEG; `segments` are (number, label), `maximum` the value that stands for 1."""

    name: str
    type: str
    rows: int
    columns: int
    bits: int
    maximum: int
    author: str
    segments: tuple[tuple[int, str], ...]
    unnamed: int
    frames: tuple[Frame, ...] = field(repr=False)
    references: FileReferences = field(repr=False)
    pixels: _Pixels = field(repr=False, compare=False)
    kind: str = "SEG"

    @classmethod
    def of(cls, dataset: Dataset, path: Path, decode: Decode | None = None) -> Segmentation:
        """The SEG of a data set; ImportRefusedError where it claims what it cannot hold.

        `decode` is asked for pixels of the JPEG family, which are refused without it.
        """
        refuse_claims(dataset, path)
        rows, columns = int(dataset.Rows), int(dataset.Columns)
        number = int(dataset.NumberOfFrames)
        if not (0 < rows <= MOST_SIDE and 0 < columns <= MOST_SIDE and 0 < number <= MOST_FRAMES):
            raise ImportRefusedError(
                f"{path.name} claims {number} frames of {rows} x {columns} px, more than margins "
                "take."
            )
        kind = str(dataset.get("SegmentationType", "")).upper()
        bits = {"BINARY": (1,), "FRACTIONAL": (8,), "LABELMAP": (8, 16)}.get(kind, ())
        if int(dataset.BitsAllocated) not in bits:
            raise ImportRefusedError(
                f"{path.name} is a segmentation of a kind this program does not know "
                f"({plain(kind, 16) or 'no type'}, {int(dataset.BitsAllocated)} bits)."
            )
        return cls(
            name=path.name,
            type=kind,
            rows=rows,
            columns=columns,
            bits=int(dataset.BitsAllocated),
            maximum=int(dataset.get("MaximumFractionalValue", 1) or 1),
            author=person(dataset.get("ContentCreatorName")),
            segments=_segments(dataset, path.name),
            unnamed=_unnamed(dataset),
            frames=_frames(dataset, number, kind),
            references=_references(dataset),
            pixels=_Pixels(dataset, path, rows * columns, decode),
        )

    def read(self, grid: Grid, *, apart: bool = False) -> Reading:
        """The segments as lesions; ImportRefusedError where a frame lies on no slice."""
        if (self.rows, self.columns) != (grid.rows, grid.columns):
            raise ImportRefusedError(
                f"{self.name} has {self.rows} x {self.columns} px, the series {grid.rows} x "
                f"{grid.columns}. Only masks on the series' own grid are taken; save it so."
            )
        places = guarded(
            lambda: tuple(self._place(grid, frame) for frame in self.frames),
            f"{self.name} is damaged: its frames do not say where they lie.",
        )
        self._refuse_undescribed()
        found: list[IncomingLesion] = []
        for number, label in self.segments:
            yield label
            masks = self._masks(number, places)
            found += yield from lesions_of(label, self.author, masks, grid, apart=apart)
        return Incoming(self.kind, tuple(found), self._notes())

    def _refuse_undescribed(self) -> None:
        """Frames of a segment that the file does not describe would be lost without a word."""
        known = {number for number, _ in self.segments}
        if self.type != "LABELMAP" and not known.issuperset(one.segment for one in self.frames):
            raise ImportRefusedError(
                f"{self.name} is damaged: it has frames of a segment that it does not describe."
            )

    def _place(self, grid: Grid, frame: Frame) -> int:
        named = {grid.slice_of(uid, number) for uid, number in frame.sources} - {None}
        at = next(iter(named)) if len(named) == 1 else None
        return check_plane(frame.plane, grid, at, self.name)

    def _masks(self, segment: int, places: tuple[int, ...]) -> Masks:
        """One segment's mask a slice; frames of one slice are put together."""
        masks: Masks = {}
        for number, (frame, index) in enumerate(zip(self.frames, places, strict=True)):
            if self.type != "LABELMAP" and frame.segment != segment:
                continue
            values = self.pixels.frame(number, self.bits).reshape(self.rows, self.columns)
            mask = self._inside(values, segment)
            if mask.any():
                masks[index] = masks[index] | mask if index in masks else mask
        return masks

    def _inside(self, values: npt.NDArray[Any], segment: int) -> npt.NDArray[np.bool_]:
        if self.type == "LABELMAP":
            return np.asarray(values == segment)
        if self.type == "FRACTIONAL":
            return np.asarray(values >= THRESHOLD * self.maximum)
        return np.asarray(values > 0)

    def _notes(self) -> tuple[str, ...]:
        notes = [*renamed(self.unnamed), *self._undescribed_values()]
        if self.type == "FRACTIONAL":
            notes.append(f"Fractions of at least {THRESHOLD:g} count as inside.")
        return tuple(notes)

    def _undescribed_values(self) -> tuple[str, ...]:
        """A note on values of a label map that no segment stands for."""
        if self.type != "LABELMAP":
            return ()
        frames = (self.pixels.frame(number, self.bits) for number in range(len(self.frames)))
        told = {value for one in frames for value in np.flatnonzero(np.bincount(one)).tolist()}
        stray = sorted(told - {_BACKGROUND, *(number for number, _ in self.segments)})
        if not stray:
            return ()
        listed = ", ".join(str(value) for value in stray[:_MOST_LISTED])
        return (f"Left out: pixels of values that the file does not describe ({listed}).",)


class _Pixels:
    """The frames' values, one frame at a time; those of the JPEG family are decoded at once."""

    def __init__(self, dataset: Dataset, path: Path, size: int, decode: Decode | None) -> None:
        self._dataset, self._name, self._path, self._size = dataset, path.name, path, size
        self._decode, self._decoded = decode, np.zeros((0, 0), np.uint8)
        syntax = str(dataset.file_meta.get("TransferSyntaxUID", _PLAIN[0]))
        self._is_plain = syntax in _PLAIN
        self._needs_codec = codecs.needs_codec(dataset)
        if not self._is_plain:
            codecs.refuse_unknown(dataset)
        if self._needs_codec and decode is None:
            raise ImportRefusedError(f"{path.name} is compressed. Save it uncompressed.")
        frames = int(dataset.NumberOfFrames)
        needed = (frames * size * int(dataset.BitsAllocated) + 7) // 8
        if self._is_plain and len(dataset.PixelData) < needed:
            raise ImportRefusedError(
                f"{path.name} is cut short: it holds fewer pixels than it says."
            )

    def frame(self, number: int, bits: int) -> npt.NDArray[Any]:
        """The (rows x columns) values of a frame, flat; bits are packed across frames' ends."""
        if not self._is_plain:
            return guarded(
                lambda: self._unpacked(number), f"{self._name} is damaged: a frame is unreadable."
            )
        data = memoryview(self._dataset.PixelData)
        if bits > 1:
            wide = np.dtype("u1" if bits == 8 else "<u2")
            at = number * self._size * wide.itemsize
            return np.frombuffer(data, wide, self._size, at)
        first = number * self._size
        last = first + self._size
        packed = np.frombuffer(data[first // 8 : (last + 7) // 8], np.uint8)
        return np.unpackbits(packed, bitorder="little")[first % 8 :][: self._size]

    def _unpacked(self, number: int) -> npt.NDArray[Any]:
        from pydicom.pixels import pixel_array

        if self._needs_codec:
            return np.asarray(self._by_codec()[number])
        values = np.asarray(pixel_array(self._dataset, index=number))
        if values.size != self._size:
            raise ImportRefusedError(f"{self._name} is damaged: a frame has another size.")
        return values.reshape(-1)

    def _by_codec(self) -> npt.NDArray[Any]:
        """All frames, (frames, rows x columns)."""
        if not self._decoded.size and self._decode is not None:
            values = self._decode(self._path)
            if values.size != int(self._dataset.NumberOfFrames) * self._size:
                raise ImportRefusedError(f"{self._name} is damaged: a frame has another size.")
            self._decoded = values.reshape(-1, self._size)
        return self._decoded


def _segments(dataset: Dataset, name: str) -> tuple[tuple[int, str], ...]:
    items = list(dataset.SegmentSequence)
    if len(items) > MOST_SEGMENTS:
        raise ImportRefusedError(f"{name} claims {len(items)} segments, too many for lesions.")
    naming = Naming.of(dataset)
    if len({int(item.SegmentNumber) for item in items}) < len(items):
        raise ImportRefusedError(f"{name} is damaged: two of its segments have the same number.")
    numbered = {
        int(item.SegmentNumber): naming.told(_label(item), f"Segment {int(item.SegmentNumber)}")
        for item in items
    }
    return tuple(
        (number, label) for number, label in sorted(numbered.items()) if number != _BACKGROUND
    )


def _unnamed(dataset: Dataset) -> int:
    """How many labels name the patient."""
    naming = Naming.of(dataset)
    labels = [_label(item) for item in dataset.SegmentSequence]
    return sum(bool(label) and not naming.told(label, "") for label in labels)


def _label(item: Dataset) -> str:
    """The segment's own name, without its kind where that is written behind it ("L1 Cyst")."""
    label = plain(item.get("SegmentLabel"))
    kinds = item.get("SegmentedPropertyTypeCodeSequence") or ()
    for kind in kinds:
        label = label.removesuffix(f" {plain(kind.get('CodeMeaning'))}") or label
    return label


def _frames(dataset: Dataset, number: int, kind: str) -> tuple[Frame, ...]:
    shared = next(iter(dataset.get("SharedFunctionalGroupsSequence") or ()), Dataset())
    groups = list(dataset.PerFrameFunctionalGroupsSequence)
    if len(groups) != number:
        raise ImportRefusedError("The file names another number of frames than it describes.")
    common = _many_groups(shared)
    return tuple(_frame({**common, **_many_groups(group)}, kind) for group in groups)


def _many_groups(item: Dataset) -> dict[str, Dataset]:
    """The functional groups of a frame by keyword, each by its first item."""
    return {
        element.keyword: element.value[0]
        for element in item
        if element.VR == "SQ" and len(element.value)
    }


def _frame(groups: dict[str, Dataset], kind: str) -> Frame:
    nothing = Dataset()
    position = groups.get("PlanePositionSequence", nothing).get("ImagePositionPatient")
    orientation = groups.get("PlaneOrientationSequence", nothing).get("ImageOrientationPatient")
    spacing = groups.get("PixelMeasuresSequence", nothing).get("PixelSpacing")
    plane = Plane(_numbers(position, 3), _numbers(orientation, 6), _numbers(spacing, 2))
    derived = groups.get("DerivationImageSequence", nothing)
    sources = tuple(
        (str(image.ReferencedSOPInstanceUID), _first(image.get("ReferencedFrameNumber")) - 1)
        for image in derived.get("SourceImageSequence") or ()
    )
    if kind == "LABELMAP":
        return Frame(0, sources, plane)
    identity = groups["SegmentIdentificationSequence"]
    return Frame(int(identity.ReferencedSegmentNumber), sources, plane)


def _numbers(value: Any, number: int) -> tuple[float, ...]:
    """Decimal values, or nothing where they are not told."""
    found = tuple(float(part) for part in value) if value else ()
    return found if len(found) == number and np.isfinite(found).all() else ()


def _first(value: Any) -> int:
    """A referenced frame, 1 where none or several are named."""
    return int(value) if isinstance(value, int | str) and str(value).strip() else 1


def _references(dataset: Dataset) -> FileReferences:
    series = list(dataset.get("ReferencedSeriesSequence") or ())
    named: defaultdict[str, set[str]] = defaultdict(set)
    for item in series:
        named["series"].add(str(item.get("SeriesInstanceUID", "")))
        for image in item.get("ReferencedInstanceSequence") or ():
            named["sop"].add(str(image.ReferencedSOPInstanceUID))
    for group in dataset.PerFrameFunctionalGroupsSequence:
        for derived in group.get("DerivationImageSequence") or ():
            for image in derived.get("SourceImageSequence") or ():
                named["sop"].add(str(image.ReferencedSOPInstanceUID))
    return FileReferences(
        series_uids=frozenset(named["series"]) - {""},
        sop_uids=frozenset(named["sop"]),
        study_uids=frozenset({str(dataset.get("StudyInstanceUID", "") or "")}) - {""},
        frame_of_reference_uids=frozenset({str(dataset.get("FrameOfReferenceUID", "") or "")})
        - {""},
    )
