"""SEG as dcmqi's segimage2itkimage reads it: the identical mask and codes, also on real CT."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, replace
from pathlib import Path

import highdicom
import numpy as np
import numpy.typing as npt
import pytest
from drawn_series import (
    ANISOTROPIC,
    ANN,
    BEN,
    OBLIQUE,
    TILTED,
    UNEVEN,
    Geometry,
    dciodvfy_errors,
    draw,
    handed_over,
    tool,
)
from import_desk import run_import
from shared_data import shared_path

from studies.cases.handover import outgoing
from studies.imaging.exchange import seg, sr
from studies.imaging.exchange.outgoing import Outgoing
from studies.records import Category, ClassScheme
from studies.store import Store


@dataclass(frozen=True)
class Read:
    """One segment as dcmqi wrote it: its words, voxels (slice, row, column) and their places."""

    words: dict
    voxels: npt.NDArray[np.int16]
    origin: npt.NDArray[np.float64]  # (3,) mm, centre of the first voxel, LPS
    steps: npt.NDArray[np.float64]  # (3, 3) mm: a column, a row, a slice further


def by_dcmqi(path: Path, folder: Path) -> list[Read]:
    folder.mkdir()
    told = tool(
        "segimage2itkimage", "--inputDICOM", path, "--outputDirectory", folder, "-t", "nrrd"
    )
    assert told.code == 0, told.output
    assert "ERROR" not in told.output, told.output
    words = json.loads((folder / "meta.json").read_text())["segmentAttributes"]
    segments = {one["labelID"]: one for group in words for one in group}
    return [_nrrd(folder / f"{n}.nrrd", segments[n]) for n in sorted(segments)]


def _nrrd(path: Path, words: dict) -> Read:
    """NRRD of three axes, gzip, little-endian short (teem.sourceforge.net/nrrd/format.html)."""
    head, data = path.read_bytes().split(b"\n\n", 1)
    fields = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
    columns, rows, slices = map(int, fields["sizes"].split())
    voxels = np.frombuffer(gzip.decompress(data), "<i2").reshape(slices, rows, columns)
    steps = [_vector(one) for one in fields["space directions"].split()]
    return Read(words, voxels, _vector(fields["space origin"]), np.array(steps))


def _vector(text: str) -> npt.NDArray[np.float64]:
    return np.array([float(one) for one in text.strip("()").split(",")])


def check_masks(handed: Outgoing, author: str, read: list[Read]) -> int:
    """Every voxel lies where our frame says and holds what our fill says; how many are inside."""
    inside = 0
    for lesion, one in zip(seg.lesions_with_pixels(handed, author), read, strict=True):
        wanted = {m.slice_index: seg.pixels_of(handed, m) for m in lesion}
        seen = set()
        for at, plane in enumerate(one.voxels):
            index = _slice_at(handed, one, at)
            if index is None:
                assert not plane.any()
                continue
            expected = wanted.get(index, np.zeros_like(plane, dtype=bool))
            assert np.array_equal(plane != 0, expected)
            inside += int(expected.sum())
            seen |= {index} & wanted.keys()
        assert seen == wanted.keys()
    return inside


def _slice_at(handed: Outgoing, read: Read, at: int) -> int | None:
    """Our slice whose first and last pixels' centres lie where dcmqi puts them."""
    right, down, up = read.steps
    rows, columns = handed.series.rows, handed.series.columns
    first = read.origin + at * up
    theirs = np.array([first, first + (columns - 1) * right + (rows - 1) * down])
    for index, frame in enumerate(handed.series.frames):
        ours = frame.to_mm(((0.5, 0.5), (columns - 0.5, rows - 0.5)))
        if np.abs(ours - theirs).max() < 0.01:
            return index
    return None


@pytest.mark.parametrize("geometry", [ANISOTROPIC, OBLIQUE], ids=lambda g: g.name)
def test_dcmqi_reads_the_identical_mask_at_its_place(tmp_path: Path, geometry: Geometry):
    handed = handed_over(tmp_path, geometry)
    for author in (ANN, BEN):
        (tmp_path / "seg.dcm").write_bytes(seg.written(handed, author))
        read = by_dcmqi(tmp_path / "seg.dcm", tmp_path / author)
        assert check_masks(handed, author, read) > 100


def test_dcmqi_finds_lesions_far_apart_with_slices_between_that_have_none(tmp_path: Path):
    handed = handed_over(tmp_path)
    apart = tuple(
        replace(m, slice_index=4 if m.slice_index == 3 else m.slice_index - 1)
        for m in handed.by(ANN)
        if (m.lesion, m.slice_index) != ("L1", 3)
    )
    handed = replace(handed, margins=apart)
    assert {m.slice_index for m in apart} == {0, 1, 4}
    (tmp_path / "seg.dcm").write_bytes(seg.written(handed, ANN))
    read = by_dcmqi(tmp_path / "seg.dcm", tmp_path / "read")
    assert check_masks(handed, ANN, read) > 100


@pytest.mark.parametrize("geometry", [TILTED, UNEVEN], ids=lambda g: g.name)
def test_masks_that_are_no_regular_volume_are_read_slice_by_slice(
    tmp_path: Path, geometry: Geometry
):
    """dcmqi makes one ITK volume of right angles and even steps, which these slices are not."""
    handed = handed_over(tmp_path, geometry)
    (tmp_path / "seg.dcm").write_bytes(seg.written(handed, ANN))
    dataset = highdicom.seg.segread(tmp_path / "seg.dcm")
    frames = handed.series.frames
    read = dataset.get_pixels_by_source_instance(
        [frame.sop_uid for frame in frames], assert_missing_frames_are_empty=True
    )
    for number, lesion in enumerate(seg.lesions_with_pixels(handed, ANN)):
        wanted = {m.slice_index: seg.pixels_of(handed, m) for m in lesion}
        for index in range(len(frames)):
            expected = wanted.get(index, np.zeros(read.shape[1:3], dtype=bool))
            assert np.array_equal(read[index, :, :, number] != 0, expected)
    for group in dataset.PerFrameFunctionalGroupsSequence:
        uid = group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        (frame,) = (one for one in frames if one.sop_uid == uid)
        place = [float(v) for v in group.PlanePositionSequence[0].ImagePositionPatient]
        assert place == pytest.approx(frame.position, abs=1e-6)


def test_dcmqi_reads_the_codes_the_author_and_who_drew(tmp_path: Path):
    handed = handed_over(tmp_path)
    (tmp_path / "seg.dcm").write_bytes(seg.written(handed, ANN))
    words = [one.words for one in by_dcmqi(tmp_path / "seg.dcm", tmp_path / "read")]
    types = [w["SegmentedPropertyTypeCodeSequence"] for w in words]
    assert [(t["CodeValue"], t["CodingSchemeDesignator"], t["CodeMeaning"]) for t in types] == [
        ("367643001", "SCT", "Cyst"),
        ("128462008", "SCT", "Metastasis"),
    ]
    for one, lesion in zip(words, handed.lesions(ANN), strict=True):
        assert one["SegmentedPropertyCategoryCodeSequence"]["CodeValue"] == "49755003"
        assert one["AnatomicRegionSequence"]["CodeValue"] == "10200004"
        assert one["TrackingUniqueIdentifier"] == lesion[0].tracking_uid
        assert one["TrackingIdentifier"] == f"P-001 {lesion[0].lesion}"
    assert [w["SegmentAlgorithmType"] for w in words] == ["MANUAL", "SEMIAUTOMATIC"]
    meta = json.loads((tmp_path / "read" / "meta.json").read_text())
    assert meta["ContentCreatorName"] == f"{ANN}^"


OTHER = ClassScheme(
    (
        Category("fnh-like nodule, type 2", "Nodule", "N", "N", "#8398fb", "#0072b2", "square"),
        Category("none", "Normal liver", "0", "0", "#2dbb8f", "#009e73", "star", is_lesion=False),
    )
)


def test_dcmqi_reads_private_codes_and_tissue_that_is_no_lesion(tmp_path: Path):
    handed = handed_over(tmp_path, scheme=OTHER)
    (tmp_path / "seg.dcm").write_bytes(seg.written(handed, ANN))
    words = [one.words for one in by_dcmqi(tmp_path / "seg.dcm", tmp_path / "read")]
    types = [one["SegmentedPropertyTypeCodeSequence"] for one in words]
    assert [(t["CodingSchemeDesignator"], t["CodeMeaning"]) for t in types] == [
        ("99BLINDREAD", "Nodule"),
        ("99BLINDREAD", "Normal liver"),
    ]
    groups = [one["SegmentedPropertyCategoryCodeSequence"]["CodeValue"] for one in words]
    assert groups == ["49755003", "85756007"]
    (tmp_path / "sr.dcm").write_bytes(sr.written(handed, ANN))
    for name in ("seg.dcm", "sr.dcm"):
        assert dciodvfy_errors(tmp_path / name) == []


@pytest.mark.parametrize("name", ["ct_crlm_1004", "ct_ts_example_dicom"])
def test_real_ct_goes_through_the_gate_and_out_without_an_error(tmp_path: Path, name: str):
    with Store.create(tmp_path / "study", name) as store:
        report = run_import(store, shared_path(f"data/{name}"))
        draw(store, report.series[0].id, at=(201.3, 244.7))
        handed = outgoing(store, report.series[0].id)
    for file in (handed.series.files[0], handed.series.files[-1]):
        assert dciodvfy_errors(file) == []
    for suffix, data in (("seg", seg.written(handed, ANN)), ("sr", sr.written(handed, ANN))):
        (tmp_path / f"{suffix}.dcm").write_bytes(data)
        assert dciodvfy_errors(tmp_path / f"{suffix}.dcm") == []
    assert sr.round_trip((tmp_path / "sr.dcm").read_bytes(), handed, ANN).exact
    read = by_dcmqi(tmp_path / "seg.dcm", tmp_path / "read")
    assert check_masks(handed, ANN, read) > 100
