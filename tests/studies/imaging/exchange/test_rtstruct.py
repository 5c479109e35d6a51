"""Structure sets: vertices where they were drawn, read by others, refused where none fit."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from drawn_series import (
    ANISOTROPIC,
    ANN,
    BEN,
    GEOMETRIES,
    OBLIQUE,
    TILTED,
    Geometry,
    dciodvfy_errors,
    tool,
)
from foreign_margins import disc, handed_on
from import_desk import run_import
from shared_data import shared_path

from studies import cases
from studies.cases.handover import outgoing
from studies.errors import StudyError
from studies.imaging import contour, volume
from studies.imaging.exchange import rtstruct
from studies.imaging.exchange.incoming.grid import grid_of
from studies.imaging.exchange.outgoing import Outgoing
from studies.imaging.exchange.outline import outline
from studies.store import Store


@pytest.fixture(scope="module", params=GEOMETRIES, ids=lambda geometry: geometry.name)
def handed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outgoing:
    return handed_on(tmp_path_factory.mktemp("rs"), request.param)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Outgoing:
    return handed_on(tmp_path_factory.mktemp("rs"))


def test_every_vertex_comes_back(handed: Outgoing):
    for author in (ANN, BEN):
        told = rtstruct.round_trip(rtstruct.written(handed, author), handed, author)
        assert told.exact, told
        assert told.worst < 1e-6


def test_a_round_trip_tells_moved_and_missing_vertices(handed: Outgoing):
    data = rtstruct.written(handed, ANN)
    first, *rest = handed.margins
    moved = replace(first, points=tuple((x + 0.01, y) for x, y in first.points))
    told = rtstruct.round_trip(data, replace(handed, margins=(moved, *rest)), ANN)
    assert not told.exact
    assert told.worst == pytest.approx(0.01, abs=1e-6)
    assert not rtstruct.round_trip(data, replace(handed, margins=tuple(rest)), ANN).exact


def test_a_pixels_centre_is_where_its_header_puts_it(handed: Outgoing):
    """PS3.3 C.7.6.2.1.1 by hand: position + column index x spacing along the row, and so on."""
    corners = ((3.5, 4.5), (9.5, 4.5), (9.5, 12.5))  # the centres of pixels (3, 4), (9, 4), (9, 12)
    margin = replace(handed.by(ANN)[0], points=corners)
    one = replace(handed, margins=(margin,))
    dataset = pydicom.dcmread(io.BytesIO(rtstruct.written(one, ANN)))
    found = np.reshape(
        [float(v) for v in dataset.ROIContourSequence[0].ContourSequence[0].ContourData], (3, 3)
    )
    header = pydicom.dcmread(handed.series.files[margin.slice_index], stop_before_pixels=True)
    orientation = np.asarray([float(v) for v in header.ImageOrientationPatient])
    down, right = (float(v) for v in header.PixelSpacing)
    for (column, row), mm in zip(((3, 4), (9, 4), (9, 12)), found, strict=True):
        wanted = np.asarray([float(v) for v in header.ImagePositionPatient])
        wanted = wanted + column * right * orientation[:3] + row * down * orientation[3:]
        assert mm == pytest.approx(wanted, abs=1e-9)


def test_the_checker_reports_no_error(handed: Outgoing, tmp_path: Path):
    path = tmp_path / "rs.dcm"
    path.write_bytes(rtstruct.written(handed, ANN))
    assert dciodvfy_errors(path) == []


def test_lesions_are_regions_with_class_author_and_references(plain: Outgoing):
    dataset = pydicom.dcmread(io.BytesIO(rtstruct.written(plain, ANN)))
    assert [roi.ROIName for roi in dataset.StructureSetROISequence] == ["L1", "L2"]
    assert [roi.ROIGenerationAlgorithm for roi in dataset.StructureSetROISequence] == [
        "MANUAL",
        "SEMIAUTOMATIC",
    ]
    seen = dataset.RTROIObservationsSequence[1]
    assert str(seen.ROIInterpreter).rstrip("^") == ANN
    assert seen.ROIObservationDescription == "Metastasis (biopsy)"
    assert seen.RTROIIdentificationCodeSequence[0].CodingSchemeDesignator == "SCT"
    study = dataset.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
    series = study.RTReferencedSeriesSequence[0]
    assert series.SeriesInstanceUID == plain.series.series_uid
    assert [one.ReferencedSOPInstanceUID for one in series.ContourImageSequence] == [
        frame.sop_uid for frame in plain.series.frames
    ]
    assert dataset.PatientID == plain.series.patient == "P-001"
    assert dataset.PatientIdentityRemoved == "YES"


def test_a_long_code_of_a_class_stands_where_long_codes_do(plain: Outgoing, tmp_path: Path):
    """CodeValue holds 16 characters (PS3.3 8.8)."""
    lesion = replace(plain.scheme.categories[0], code="fnh-like nodule x", name="FNH-like")
    scheme = replace(plain.scheme, categories=(lesion, *plain.scheme.categories[1:]))
    margins = tuple(
        replace(one, category="fnh-like nodule x") if one.category == "cyst" else one
        for one in plain.margins
    )
    path = tmp_path / "rs.dcm"
    path.write_bytes(rtstruct.written(replace(plain, scheme=scheme, margins=margins), ANN))
    first = pydicom.dcmread(path).RTROIObservationsSequence[0]
    (code,) = first.RTROIIdentificationCodeSequence
    assert code.LongCodeValue == "fnh-like nodule x"
    assert "CodeValue" not in code
    assert dciodvfy_errors(path) == []


def test_a_margin_of_many_vertices_is_not_cut_off(plain: Outgoing):
    angles = np.linspace(0, 2 * np.pi, 3000, endpoint=False)
    points = tuple(zip(16 + 9 * np.cos(angles), 15 + 9 * np.sin(angles), strict=True))
    long = replace(plain, margins=(replace(plain.by(ANN)[0], points=points),))
    data = rtstruct.written(long, ANN)
    assert rtstruct.round_trip(data, long, ANN).exact


@pytest.mark.parametrize(
    "value", [0.0, 1e-7, -1234.567890123456, 123456789.123456789, -1e-12, 0.1 + 0.2, -99999.5]
)
def test_decimal_texts_are_short_and_near(value: float):
    text = rtstruct.decimal(value)
    assert len(text) <= 16
    assert float(text) == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_pictures_without_dicom_are_refused(plain: Outgoing):
    image = replace(plain, series=replace(plain.series, kind="image", frames=()))
    with pytest.raises(StudyError, match="Export COCO or CSV"):
        rtstruct.written(image, ANN)


def _read_by_plastimatch(handed: Outgoing, author: str, folder: Path) -> dict[str, np.ndarray]:
    """plastimatch's masks (slices, rows, columns) by region."""
    file = folder / "rs.dcm"
    file.write_bytes(rtstruct.written(handed, author))
    ct = handed.series.files[0].parent
    told = tool(
        "plastimatch", "convert", "--input", file, "--referenced-ct", ct,
        "--output-prefix", folder / "masks", "--prefix-format", "nii.gz",
    )  # fmt: skip
    found = {
        path.name.removesuffix(".nii.gz"): np.asarray(nibabel.load(path).dataobj).T > 0
        for path in (folder / "masks").glob("*.nii.gz")
    }
    assert found, told.output
    return found


@pytest.mark.parametrize("geometry", [ANISOTROPIC, OBLIQUE, TILTED], ids=lambda one: one.name)
def test_plastimatch_fills_small_margins_alike(geometry: Geometry, tmp_path: Path):
    """On a tilted series plastimatch straightens its own grid, so only the areas compare."""
    handed = handed_on(tmp_path, geometry)
    found = _read_by_plastimatch(handed, ANN, tmp_path)
    shape = (handed.series.rows, handed.series.columns)
    for margin in handed.by(ANN):
        own = contour.mask(margin.points, shape)
        theirs = found[margin.lesion][margin.slice_index]
        boundary = contour.perimeter_mm(margin.points)  # in px: one pixel's worth of boundary
        assert abs(int(theirs.sum()) - int(own.sum())) <= max(0.01 * own.sum(), boundary)
        if geometry is not TILTED:
            assert 2 * (theirs & own).sum() / (theirs.sum() + own.sum()) >= 0.99


def test_plastimatch_fills_large_lesions_alike(tmp_path: Path):
    folder = shared_path("data/ct_sts_003_rtstruct/CT/image")
    with Store.create(tmp_path / "s", "Sarcoma") as store:
        series = run_import(store, folder).series[0]
        lesion = cases.add_lesion(store, series.id, author=ANN)
        uids = volume.slice_uids(series)
        radii = {20: 12.0, 21: 18.0, 22: 31.5}  # 23 to 62 mm across
        for index, radius in radii.items():
            line = outline(disc(70.3, 80.7, radius, series.rows, series.columns)).points
            cases.save_contour(store, lesion.id, uids[index], index, line, ANN, "freehand")
        handed = outgoing(store, series.id)
    theirs = _read_by_plastimatch(handed, ANN, tmp_path)["L1"]
    assert theirs.shape == (series.slices, series.rows, series.columns)
    for margin in handed.margins:
        own = contour.mask(margin.points, (series.rows, series.columns))
        mask = theirs[margin.slice_index]
        assert margin.long_axis_mm >= 20
        assert 2 * (mask & own).sum() / (mask.sum() + own.sum()) >= 0.99
        assert abs(int(mask.sum()) - int(own.sum())) <= 0.01 * own.sum()
    assert np.flatnonzero(theirs.any(axis=(1, 2))).tolist() == sorted(radii)
    assert grid_of(handed.series).usual_step == pytest.approx(3.27)
