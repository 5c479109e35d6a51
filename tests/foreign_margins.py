"""Margins as other programs write them: SEG, RTSTRUCT and NIfTI, with whatever is to be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
from drawn_series import ANISOTROPIC, Geometry, drawn_study
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from studies.cases.handover import outgoing
from studies.imaging.exchange.frames import SliceFrame
from studies.imaging.exchange.incoming.grid import Grid
from studies.imaging.exchange.incoming.opening import opened
from studies.imaging.exchange.incoming.segmentation import LABELMAP, SEG
from studies.imaging.exchange.incoming.structure_set import RTSTRUCT
from studies.imaging.exchange.incoming.taken import Incoming, result_of
from studies.imaging.exchange.outgoing import Outgoing

ROWS, COLUMNS = 24, 20
FRAME = SliceFrame(
    sop_uid="1.9.0",
    sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
    position=(-11.5, 7.25, 30.0),
    row_direction=(1.0, 0.0, 0.0),
    column_direction=(0.0, 1.0, 0.0),
    row_spacing=0.9,
    column_spacing=0.6,
    rows=ROWS,
    columns=COLUMNS,
)


def grid(slices: int = 4, step: float = 3.0, frame: SliceFrame = FRAME) -> Grid:
    """A series of evenly spaced slices along the frame's normal."""
    frames = tuple(
        replace(
            frame,
            sop_uid=f"1.9.{n}",
            position=tuple(np.asarray(frame.position) + n * step * np.asarray(frame.normal)),
        )
        for n in range(slices)
    )
    uids = tuple(one.sop_uid for one in frames)
    return Grid("1.9", frame.rows, frame.columns, uids, frames)


def disc(x: float, y: float, radius: float, rows: int = ROWS, columns: int = COLUMNS) -> np.ndarray:
    """The pixels whose centre lies within a circle."""
    at = np.mgrid[:rows, :columns] + 0.5
    return np.asarray(np.hypot(at[1] - x, at[0] - y) < radius)


def read(path: Path, on: Grid, *, apart: bool = False) -> Incoming:
    """What a file holds on a series."""
    return result_of(opened(path).read(on, apart=apart))


def handed_on(folder: Path, geometry: Geometry = ANISOTROPIC) -> Outgoing:
    """What a drawn study of this geometry hands on; its files stay in the folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLINDREAD_HOME", str(folder / "home"))
        with drawn_study(folder, geometry) as store:
            return outgoing(store, 1)


def segmentation(
    path: Path,
    frames: Sequence[tuple[int, SliceFrame, np.ndarray]],
    *,
    kind: str = "BINARY",
    named: bool = True,
    placed: bool = True,
    **changes: object,
) -> Dataset:
    """A SEG of (segment, slice, pixels); FRACTIONAL pixels are 0..255, LABELMAP ones labels."""
    dataset = _file(LABELMAP if kind == "LABELMAP" else SEG)
    first = frames[0][2]
    dataset.Modality, dataset.SegmentationType = "SEG", kind
    dataset.FrameOfReferenceUID, dataset.StudyInstanceUID = "1.8", "1.7"
    dataset.Rows, dataset.Columns = first.shape
    dataset.NumberOfFrames, dataset.SamplesPerPixel = len(frames), 1
    dataset.PhotometricInterpretation, dataset.PixelRepresentation = "MONOCHROME2", 0
    bits = 1 if kind == "BINARY" else 8
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    if kind == "FRACTIONAL":
        dataset.MaximumFractionalValue = 255
    numbers = sorted({number for number, _, _ in frames})
    if kind == "LABELMAP":
        numbers = sorted({int(v) for _, _, pixels in frames for v in np.unique(pixels)})
    dataset.SegmentSequence = [_segment(number) for number in numbers]
    dataset.SharedFunctionalGroupsSequence = [_shared(frames[0][1])]
    dataset.PerFrameFunctionalGroupsSequence = [
        _group(number, frame, named, placed) for number, frame, _ in frames
    ]
    values = np.stack([pixels for _, _, pixels in frames])
    dataset.PixelData = _packed(values) if bits == 1 else values.astype("u1").tobytes()
    return _saved(dataset, path, changes)


def structure_set(
    path: Path, regions: Sequence[tuple[str, Sequence[np.ndarray]]], **changes: object
) -> Dataset:
    """An RTSTRUCT of (name, contours of (n, 3) mm)."""
    dataset = _file(RTSTRUCT)
    dataset.Modality, dataset.FrameOfReferenceUID = "RTSTRUCT", "1.8"
    rois, contours = [], []
    for number, (name, lines) in enumerate(regions, start=1):
        roi, item = Dataset(), Dataset()
        roi.ROINumber, roi.ROIName = number, name
        item.ReferencedROINumber = number
        item.ContourSequence = [_contour(line) for line in lines]
        rois.append(roi)
        contours.append(item)
    dataset.StructureSetROISequence, dataset.ROIContourSequence = rois, contours
    return _saved(dataset, path, changes)


def label_volume(path: Path, values: np.ndarray, affine_lps: np.ndarray) -> None:
    """A NIfTI of (columns, rows, slices) labels."""
    image = nibabel.Nifti1Image(values, np.diag((-1.0, -1.0, 1.0, 1.0)) @ affine_lps)
    nibabel.save(image, path)


def affine_of(on: Grid) -> np.ndarray:
    """(4, 4) from (column, row, slice) to LPS mm, by the pixels' centres."""
    corner, right, down = on.frames[0].to_mm(((0.5, 0.5), (1.5, 0.5), (0.5, 1.5)))
    up = np.subtract(on.frames[1].position, on.frames[0].position)
    matrix = np.eye(4)
    matrix[:3] = np.column_stack((right - corner, down - corner, up, corner))
    return matrix


def _file(kind: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = kind, "1.6"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = kind, "1.6"
    return dataset


def _saved(dataset: Dataset, path: Path, changes: dict[str, object]) -> Dataset:
    for name, value in changes.items():
        if value is None:
            del dataset[name]
        else:
            setattr(dataset, name, value)
    dataset.save_as(path, enforce_file_format=True)
    return dataset


def _packed(values: np.ndarray) -> bytes:
    bits = np.packbits(values.astype("u1").ravel(), bitorder="little").tobytes()
    return bits + b"\0" * (len(bits) % 2)


def _segment(number: int) -> Dataset:
    item = Dataset()
    item.SegmentNumber, item.SegmentLabel = number, f"Node {number}"
    return item


def _shared(frame: SliceFrame) -> Dataset:
    orientation, measures, item = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = [*frame.row_direction, *frame.column_direction]
    measures.PixelSpacing = [frame.row_spacing, frame.column_spacing]
    item.PlaneOrientationSequence, item.PixelMeasuresSequence = [orientation], [measures]
    return item


def _group(number: int, frame: SliceFrame, named: bool, placed: bool) -> Dataset:
    item, identity = Dataset(), Dataset()
    identity.ReferencedSegmentNumber = number
    item.SegmentIdentificationSequence = [identity]
    if placed:
        position = Dataset()
        position.ImagePositionPatient = [float(v) for v in frame.position]
        item.PlanePositionSequence = [position]
    if named:
        image, derived = Dataset(), Dataset()
        image.ReferencedSOPInstanceUID = frame.sop_uid
        derived.SourceImageSequence = [image]
        item.DerivationImageSequence = [derived]
    return item


def _contour(line: np.ndarray) -> Dataset:
    item = Dataset()
    item.ContourGeometricType = "CLOSED_PLANAR"
    item.NumberOfContourPoints = len(line)
    item.ContourData = [f"{value:.9g}" for value in np.asarray(line).ravel()]
    return item
