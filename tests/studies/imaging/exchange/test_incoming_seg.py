"""SEG of other programs: laid on the slices they name or lie on, exact, or refused in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from drawn_series import ANN, GEOMETRIES
from foreign_margins import COLUMNS, FRAME, ROWS, disc, grid, handed_on, read, segmentation
from pydicom.uid import JPEGLSLossless, RLELossless
from shared_data import shared_path

from reader_app.workflows.decoding import CodecProcess
from studies.errors import ImportRefusedError
from studies.imaging import contour
from studies.imaging.dicom import codecs
from studies.imaging.exchange import seg
from studies.imaging.exchange.frames import frames_of
from studies.imaging.exchange.incoming.grid import Grid, grid_of
from studies.imaging.exchange.incoming.opening import opened
from studies.imaging.exchange.incoming.segmentation import Segmentation
from studies.imaging.exchange.incoming.taken import Incoming, result_of

GRID = grid()
ONE, OTHER = disc(8.3, 9.1, 4.4), disc(12.2, 14.0, 3.1)


def _masks(found: Incoming, rows: int = ROWS, columns: int = COLUMNS) -> dict:
    return {
        (lesion.name, margin.slice_index): contour.mask(margin.points, (rows, columns))
        for lesion in found.lesions
        for margin in lesion.margins
    }


def _two(path: Path, **more: object) -> pydicom.Dataset:
    frames = GRID.frames
    return segmentation(
        path, [(1, frames[2], ONE), (1, frames[1], OTHER), (2, frames[2], OTHER)], **more
    )


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("placed", [True, False])
def test_frames_lie_where_they_are_named_or_placed(tmp_path: Path, named: bool, placed: bool):
    path = tmp_path / "seg.dcm"
    _two(path, named=named, placed=placed)
    if not named and not placed:
        with pytest.raises(ImportRefusedError, match="names no slice"):
            read(path, GRID)
        return
    found = _masks(read(path, GRID))
    assert found.keys() == {("Node 1", 1), ("Node 1", 2), ("Node 2", 2)}
    assert (found["Node 1", 2] == ONE).all()
    assert (found["Node 2", 2] == OTHER).all()


def test_a_frame_that_names_one_slice_and_lies_on_another_is_refused(tmp_path: Path):
    path = tmp_path / "seg.dcm"
    lying = replace(GRID.frames[2], sop_uid=GRID.frames[1].sop_uid)
    segmentation(path, [(1, lying, ONE)])
    with pytest.raises(ImportRefusedError, match="3 mm away from slice 2, which it names"):
        read(path, GRID)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"position": (-11.5, 7.25, 31.4)}, "mm away from any slice"),
        ({"position": (-11.2, 7.25, 33.0)}, "another grid"),
        ({"row_spacing": 0.93, "position": (-11.5, 7.25, 33.0)}, "another grid"),
        (
            {
                "row_direction": (-1.0, 0.0, 0.0),
                "column_direction": (0.0, -1.0, 0.0),
                "position": (-11.5, 7.25, 33.0),
            },
            "another grid",
        ),
    ],
)
def test_another_grid_is_refused(tmp_path: Path, changed: dict, reason: str):
    path = tmp_path / "seg.dcm"
    segmentation(path, [(1, replace(FRAME, **changed), ONE)], named=False)
    with pytest.raises(ImportRefusedError, match=reason):
        read(path, GRID)


def test_another_matrix_is_refused(tmp_path: Path):
    path = tmp_path / "seg.dcm"
    segmentation(path, [(1, GRID.frames[0], np.ones((ROWS, COLUMNS + 1), bool))])
    with pytest.raises(ImportRefusedError, match="24 x 21 px, the series 24 x 20"):
        read(path, GRID)


def test_fractions_of_at_least_a_half_are_inside_and_said(tmp_path: Path):
    path = tmp_path / "seg.dcm"
    values = np.where(ONE, 200, 0) + np.where(OTHER & ~ONE, 127, 0)
    segmentation(path, [(1, GRID.frames[0], values)], kind="FRACTIONAL")
    found = read(path, GRID)
    assert (_masks(found)["Node 1", 0] == ONE).all()
    assert found.notes == ("Fractions of at least 0.5 count as inside.",)


def test_a_label_map_is_read_by_its_values(tmp_path: Path):
    path = tmp_path / "seg.dcm"
    values = np.where(ONE, 3, 0)
    values[OTHER & ~ONE] = 7
    segmentation(path, [(0, GRID.frames[1], values)], kind="LABELMAP")
    found = _masks(read(path, GRID))
    assert (found["Node 3", 1] == ONE).all()
    assert (found["Node 7", 1] == (OTHER & ~ONE)).all()


def test_values_of_a_label_map_that_nothing_describes_are_said(tmp_path: Path):
    path = tmp_path / "seg.dcm"
    values = ONE.astype("u1") * 3
    values[OTHER] = 7
    dataset = segmentation(path, [(0, GRID.frames[1], values)], kind="LABELMAP")
    dataset.SegmentSequence = [one for one in dataset.SegmentSequence if one.SegmentNumber == 3]
    dataset.save_as(path)
    found = read(path, GRID)
    assert [len(lesion.margins) for lesion in found.lesions] == [1]
    assert found.notes == ("Left out: pixels of values that the file does not describe (7).",)


def test_segments_that_cannot_be_told_apart_are_refused(tmp_path: Path):
    path = tmp_path / "seg.dcm"
    dataset = _two(path)
    for item in dataset.SegmentSequence:
        item.SegmentNumber = 1
    dataset.save_as(path)
    with pytest.raises(ImportRefusedError, match="two of its segments have the same number"):
        read(path, GRID)


def test_frames_of_a_segment_that_nothing_describes_are_not_lost(tmp_path: Path):
    path = tmp_path / "seg.dcm"
    dataset = _two(path)
    del dataset.SegmentSequence[1]
    dataset.save_as(path)
    with pytest.raises(ImportRefusedError, match="a segment that it does not describe"):
        read(path, GRID)


def _compressed(path: Path, syntax: str) -> Path:
    """A SEG of fractions in two frames, compressed."""
    dataset = segmentation(
        path,
        [(1, GRID.frames[n], np.where(mask, 255, 0)) for n, mask in enumerate((ONE, OTHER))],
        kind="FRACTIONAL",
    )
    dataset.compress(syntax)
    dataset.save_as(path)
    return path


def _decoded_here(path: Path) -> np.ndarray:
    """As the child process that import runs codecs in."""
    return codecs.decoded(codecs.read_whole(path))


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless])
def test_frames_of_any_compression_that_is_at_hand_are_unpacked(tmp_path: Path, syntax: str):
    file = opened(_compressed(tmp_path / "seg.dcm", syntax), _decoded_here)
    found = _masks(result_of(file.read(GRID)))
    assert (found["Node 1", 0] == ONE).all()
    assert (found["Node 1", 1] == OTHER).all()


def test_codecs_run_where_a_crash_takes_nothing_with_it_or_not_at_all(tmp_path: Path):
    path = _compressed(tmp_path / "seg.dcm", JPEGLSLossless)
    with pytest.raises(ImportRefusedError, match="Save it uncompressed"):
        opened(path)
    with CodecProcess(tmp_path) as process:
        found = _masks(result_of(opened(path, process.decode).read(GRID)))
    assert (found["Node 1", 0] == ONE).all()


@pytest.mark.parametrize(
    ("syntax", "name"),
    [
        ("1.2.840.10008.1.2.4.110", "JPEG XL Lossless"),
        ("1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression"),
    ],
)
def test_a_codec_that_is_missing_is_named(tmp_path: Path, syntax: str, name: str):
    path = _compressed(tmp_path / "seg.dcm", RLELossless)
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = syntax
    with pytest.raises(ImportRefusedError, match=f"compressed by {name}, whose codec is missing"):
        Segmentation.of(dataset, path, _decoded_here)


def test_parts_and_holes_are_said_and_can_be_lesions_of_their_own(tmp_path: Path):
    path = tmp_path / "seg.dcm"
    ring = disc(7, 8, 5) & ~disc(7, 8, 2)
    far = disc(15, 19, 2)
    segmentation(path, [(1, GRID.frames[1], ring | far), (1, GRID.frames[2], ring)])
    (whole,) = read(path, GRID).lesions
    assert "several parts (up to 2) on slice 2" in whole.notes[0]
    assert "2 holes on slices 2 and 3" in whole.notes[1]
    assert (_masks(read(path, GRID))["Node 1", 1] == (ring | far)).all()
    parts = read(path, GRID, apart=True)
    assert [lesion.name for lesion in parts.lesions] == ["Node 1 1", "Node 1 2"]
    found = _masks(parts)
    assert found.keys() == {("Node 1 1", 1), ("Node 1 1", 2), ("Node 1 2", 1)}
    assert (found["Node 1 2", 1] == far).all()


def test_a_slice_of_noise_is_left_out_and_said(tmp_path: Path):
    path = tmp_path / "seg.dcm"
    noise = np.zeros((ROWS, COLUMNS), bool)
    noise[::2, ::2] = True
    segmentation(path, [(1, GRID.frames[0], noise), (1, GRID.frames[1], ONE)])
    (lesion,) = read(path, GRID).lesions
    assert [margin.slice_index for margin in lesion.margins] == [1]
    assert "Left out on slice 1" in lesion.notes[0]


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda geometry: geometry.name)
def test_our_own_segmentation_comes_back_under_the_lesions_names(geometry, tmp_path: Path):
    handed = handed_on(tmp_path, geometry)
    path = tmp_path / "seg.dcm"
    path.write_bytes(seg.written(handed, ANN))
    found = _masks(read(path, grid_of(handed.series)), handed.series.rows, handed.series.columns)
    wanted = {
        (m.lesion, m.slice_index): contour.mask(
            m.points, (handed.series.rows, handed.series.columns)
        )
        for m in handed.by(ANN)
    }
    assert found.keys() == wanted.keys()
    assert all((found[key] == wanted[key]).all() for key in wanted)


def _nrrd(path: Path) -> np.ndarray:
    """An uncompressed or gzipped NRRD of labels, (slices, rows, columns)."""
    import gzip

    head, _, data = path.read_bytes().partition(b"\n\n")
    fields = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
    sizes = [int(size) for size in fields["sizes"].split()]
    raw = gzip.decompress(data) if fields["encoding"].startswith("gz") else data
    kind = {"unsigned char": "u1", "uint8": "u1", "short": "<i2", "signed short": "<i2"}
    kind |= {"unsigned short": "<u2", "ushort": "<u2", "int": "<i4"}
    return np.frombuffer(raw, kind[fields["type"]]).reshape(sizes[::-1])


@pytest.mark.parametrize(
    ("ct", "file", "labels"),
    [
        ("ct-3slice", "liver.dcm", "liver_seg.nrrd"),
        ("24x38x3/image", "24x38x3/seg/label.seg", "24x38x3/nrrd/label.nrrd"),
        ("23x38x3/image", "23x38x3/seg/label.seg", "23x38x3/nrrd/label.nrrd"),
    ],
)
def test_dcmqis_own_segmentations_are_read_as_its_label_images(ct: str, file: str, labels: str):
    folder = shared_path("data/seg_dcmqi/segmentations")
    files = sorted((folder / ct).iterdir())
    frames = sorted(frames_of(files), key=lambda frame: frame.height)
    on = Grid("", frames[0].rows, frames[0].columns, tuple(f.sop_uid for f in frames), (*frames,))
    found = _masks(read(folder / file, on), on.rows, on.columns)
    wanted = _nrrd(folder / labels) > 0
    filled = {index for index in range(len(frames)) if wanted[index].any()}
    assert {index for _, index in found} == filled
    assert filled
    assert all((found["Liver", index] == wanted[index]).all() for index in filled)


def test_what_a_file_refers_to_is_told(tmp_path: Path):
    path = tmp_path / "seg.dcm"
    _two(path)
    told = opened(path).references
    assert told.sop_uids == {"1.9.1", "1.9.2"}
    assert told.frame_of_reference_uids == {"1.8"}


def test_frames_of_a_multi_frame_original_are_slices_of_their_own():
    """The import gate names frame n > 0 (from 0) of a file `UID#n` before it is renamed."""
    renamed = {"1.2": "2.25.1", "1.2#1": "2.25.2"}
    on = replace(
        grid(slices=2),
        sop_uids=("2.25.1", "2.25.2"),
        rename=lambda uid: renamed.get(uid, ""),
    )
    assert [on.slice_of("1.2", frame) for frame in (0, 1, 2)] == [0, 1, None]
    assert on.slice_of("2.25.2") == 1
