"""SEG: masks and codes as other programs read them, on every geometry."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from drawn_series import ANISOTROPIC, ANN, BEN, GEOMETRIES, Geometry, dciodvfy_errors, handed_over
from pydicom.sr.codedict import codes as published

from studies.errors import StudyError
from studies.imaging.exchange import codes, seg
from studies.imaging.exchange.outgoing import Outgoing
from studies.records import DEFAULT_SCHEME, Category, ClassScheme


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outgoing]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLINDREAD_HOME", str(tmp_path_factory.mktemp("home")))
        yield handed_over(tmp_path_factory.mktemp("plain"), ANISOTROPIC)


def dataset_of(data: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(data))


def test_masks_read_back_are_those_of_our_fill(plain: Outgoing):
    data = seg.written(plain, ANN)
    found = seg.round_trip(data, plain, ANN)
    assert found.exact, found.words
    assert len(seg.read(data)) == 6


@pytest.mark.parametrize("lesions", [("L1",), ("L1", "L2")])
@pytest.mark.parametrize("slices", [(1,), (1, 2)])
def test_what_all_frames_share_is_found_too(
    plain: Outgoing, lesions: tuple[str, ...], slices: tuple[int, ...]
):
    few = tuple(m for m in plain.margins if m.lesion in lesions and m.slice_index in slices)
    handed = replace(plain, margins=few)
    found = seg.round_trip(seg.written(handed, ANN), handed, ANN)
    assert found.exact, found.words


def test_lesions_that_share_no_pixel_are_told_to_be_apart(plain: Outgoing):
    aside = tuple(
        replace(m, points=tuple((x - 10, y) for x, y in m.points)) if m.lesion == "L1" else m
        for m in plain.margins
    )
    handed = replace(plain, margins=aside)
    data = seg.written(handed, ANN)
    assert dataset_of(data).SegmentsOverlap == "NO"
    assert len(seg.read(data)) == 6
    assert seg.round_trip(data, handed, ANN).exact


def test_a_changed_pixel_is_noticed(plain: Outgoing):
    dataset = dataset_of(seg.written(plain, ANN))
    pixels = bytearray(dataset.PixelData)
    pixels[200] ^= 1
    dataset.PixelData = bytes(pixels)
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    found = seg.round_trip(buffer.getvalue(), plain, ANN)
    assert not found.exact
    assert found.worst == 1


def test_a_margin_that_moved_since_is_noticed(plain: Outgoing):
    data = seg.written(plain, ANN)
    first = plain.by(ANN)[0]
    moved = replace(first, points=tuple((x + 1, y) for x, y in first.points))
    others = tuple(m for m in plain.margins if m is not first)
    assert not seg.round_trip(data, replace(plain, margins=(moved, *others)), ANN).exact


def test_only_slices_with_pixels_have_frames_and_overlap_is_kept(plain: Outgoing):
    dataset = dataset_of(seg.written(plain, ANN))
    assert int(dataset.NumberOfFrames) == 6
    assert dataset.SegmentsOverlap == "YES"
    referred = {str(i.ReferencedSOPInstanceUID) for i in _referred(dataset)}
    assert referred == {plain.series.frames[i].sop_uid for i in (1, 2, 3)}


def _referred(dataset: pydicom.Dataset) -> Iterator[pydicom.Dataset]:
    for series in dataset.ReferencedSeriesSequence:
        assert series.SeriesInstanceUID
        yield from series.ReferencedInstanceSequence


def test_each_author_has_a_file_of_the_same_lesions(plain: Outgoing):
    ann, ben = (dataset_of(seg.written(plain, author)) for author in (ANN, BEN))
    assert [s.SegmentAlgorithmType for s in ann.SegmentSequence] == ["MANUAL", "SEMIAUTOMATIC"]
    assert len(ben.SegmentSequence) == 1
    assert ben.SegmentSequence[0].TrackingUID == ann.SegmentSequence[0].TrackingUID
    assert ann.ContentCreatorName == f"{ANN}^"
    assert ann.SeriesInstanceUID != ben.SeriesInstanceUID


@pytest.mark.parametrize(
    ("tools", "kind", "name"),
    [
        (("freehand", "nudge", "polygon"), "MANUAL", ""),
        (("freehand", "between", "magnetic"), "SEMIAUTOMATIC", "Blindread between, magnetic"),
        (("import",) * 3, "SEMIAUTOMATIC", "Blindread import"),
        (("phantom",) * 3, "AUTOMATIC", "Blindread phantom"),
    ],
)
def test_who_drew_tells_the_algorithm(
    plain: Outgoing, tmp_path: Path, tools: tuple[str, ...], kind: str, name: str
):
    lesion = plain.lesions(ANN)[0]
    drawn = tuple(replace(m, tool=tool) for m, tool in zip(lesion, tools, strict=True))
    data = seg.written(replace(plain, margins=drawn), ANN)
    (segment,) = dataset_of(data).SegmentSequence
    assert segment.SegmentAlgorithmType == kind
    assert segment.get("SegmentAlgorithmName", "") == name
    (tmp_path / "seg.dcm").write_bytes(data)
    assert dciodvfy_errors(tmp_path / "seg.dcm") == []


def test_patient_and_study_are_the_stored_ones_and_nothing_of_the_original(plain: Outgoing):
    dataset = dataset_of(seg.written(plain, ANN))
    source = pydicom.dcmread(plain.series.files[1])
    for name in ("PatientID", "PatientName", "StudyInstanceUID", "FrameOfReferenceUID"):
        assert dataset[name].value == source[name].value
    assert dataset.PatientIdentityRemoved == "YES"
    assert "PAT 7" not in str(dataset)
    assert "Doe" not in str(dataset)
    assert "1.2.3.77" not in str(dataset)


def test_a_margin_between_pixel_centres_is_no_segment(plain: Outgoing):
    tiny = ((5.6, 5.6), (5.9, 5.6), (5.9, 5.9))
    small = tuple(replace(m, points=tiny) if m.lesion == "L2" else m for m in plain.margins)
    dataset = dataset_of(seg.written(replace(plain, margins=small), ANN))
    assert [s.SegmentLabel for s in dataset.SegmentSequence] == ["L1 Cyst"]
    every = tuple(replace(m, points=tiny) for m in plain.margins)
    with pytest.raises(StudyError, match="centre of a pixel"):
        seg.written(replace(plain, margins=every), ANN)


def test_codes_are_those_the_standard_publishes():
    for ours, concept in (
        (codes.LIVER, published.SCT.Liver),
        (codes.ABNORMAL_STRUCTURE, published.SCT.MorphologicallyAbnormalStructure),
        (codes.TISSUE, published.SCT.Tissue),
        (codes.LESION, published.SCT.Lesion),
        (codes.finding(DEFAULT_SCHEME, "cyst"), published.SCT.Cyst),
        (codes.finding(DEFAULT_SCHEME, "metastasis"), published.SCT.Metastasis),
        (codes.CT, published.SCT.ComputedTomography),
        (codes.ATTENUATION, published.DCM.AttenuationCoefficient),
        (codes.EDGE_DETECTION, published.DCM.EdgeDetection),
        (codes.HOUNSFIELD, published.UCUM.HounsfieldUnit),
        (codes.SQUARE_MILLIMETER, published.UCUM.SquareMillimeter),
        (codes.STANDARD_DEVIATION, published.SCT.StandardDeviation),
    ):
        assert (ours.value, ours.scheme, ours.meaning) == concept[:3]
    morphology = published.SCT.HemangiomaNoInternationalClassificationOfDiseasesForOncologySubtype
    assert codes.finding(DEFAULT_SCHEME, "hemangioma").value == morphology.value


OTHER = ClassScheme(
    (
        Category("cyst", "Cystic metastasis", "CM", "C", "#f08a4b", "#d55e00", "circle"),
        Category("fnh-like nodule x", "Nodule, FNH-like", "N", "N", "#8398fb", "#0072b2", "square"),
        Category("none", "Normal liver", "0", "0", "#2dbb8f", "#009e73", "star", is_lesion=False),
    )
)


def test_another_schemes_classes_get_private_codes_and_the_file_names_the_scheme(
    tmp_path: Path,
):
    handed = handed_over(tmp_path, ANISOTROPIC, OTHER)
    data = seg.written(handed, ANN)
    dataset = dataset_of(data)
    types = [s.SegmentedPropertyTypeCodeSequence[0] for s in dataset.SegmentSequence]
    assert [t.CodeMeaning for t in types] == ["Cystic metastasis", "Nodule, FNH-like"]
    assert {t.CodingSchemeDesignator for t in types} == {codes.PRIVATE_SCHEME}
    (told,) = dataset.CodingSchemeIdentificationSequence
    assert told.CodingSchemeDesignator == codes.PRIVATE_SCHEME
    assert codes.group(OTHER, "none") == codes.TISSUE
    (tmp_path / "seg.dcm").write_bytes(data)
    assert dciodvfy_errors(tmp_path / "seg.dcm") == []


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda g: g.name)
def test_dciodvfy_finds_no_error(tmp_path: Path, geometry: Geometry):
    handed = handed_over(tmp_path, geometry)
    (tmp_path / "seg.dcm").write_bytes(seg.written(handed, ANN))
    assert dciodvfy_errors(tmp_path / "seg.dcm") == []
    for stored in handed.series.files:
        assert dciodvfy_errors(stored) == []
