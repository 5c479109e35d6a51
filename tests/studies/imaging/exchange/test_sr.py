"""SR TID 1500: lines, measures and codes, as read by others, on every geometry."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from drawn_series import (
    ANN,
    COLUMN_MM,
    GEOMETRIES,
    OBLIQUE,
    ROW_MM,
    Geometry,
    dciodvfy_errors,
    handed_over,
    tool,
)

from studies.errors import StudyError
from studies.imaging.exchange import sr
from studies.imaging.exchange.outgoing import Outgoing, OutgoingMargin


@pytest.fixture(scope="module")
def oblique(tmp_path_factory: pytest.TempPathFactory) -> Outgoing:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLINDREAD_HOME", str(tmp_path_factory.mktemp("home")))
        return handed_over(tmp_path_factory.mktemp("oblique"), OBLIQUE)


def regions(handed: Outgoing) -> list[pydicom.Dataset]:
    """Every SCOORD item of the written report, found by value type alone."""
    found: list[pydicom.Dataset] = []

    def visit(_: pydicom.Dataset, element: pydicom.DataElement) -> None:
        if element.keyword == "ContentSequence":
            found.extend(item for item in element.value if item.ValueType == "SCOORD")

    pydicom.dcmread(io.BytesIO(sr.written(handed, ANN))).walk(visit)
    return found


def test_lines_read_back_within_a_thousandth_of_a_pixel(oblique: Outgoing):
    found = sr.round_trip(sr.written(oblique, ANN), oblique, ANN)
    assert found.exact, found.words
    assert found.worst < 1e-5


def test_a_line_that_moved_is_noticed(oblique: Outgoing):
    data = sr.written(oblique, ANN)
    moved = tuple(
        replace(m, points=tuple((x + 0.002, y) for x, y in m.points)) for m in oblique.margins
    )
    found = sr.round_trip(data, replace(oblique, margins=moved), ANN)
    assert not found.exact
    assert found.worst == pytest.approx(0.002, abs=1e-5)
    assert not sr.round_trip(data, replace(oblique, margins=moved[:2]), ANN).exact


def test_lines_are_closed_and_count_from_the_outer_corner(oblique: Outgoing):
    (x, y) = (10.25, 20.75)
    square = ((x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1))
    first = replace(oblique.by(ANN)[0], points=square)
    (item,) = regions(replace(oblique, margins=(first,)))
    assert item.GraphicType == "POLYLINE"
    assert list(item.GraphicData) == [x, y, x + 1, y, x + 1, y + 1, x, y + 1, x, y]
    frame = oblique.series.frames[first.slice_index]
    image = item.ContentSequence[0].ReferencedSOPSequence[0]
    assert image.ReferencedSOPInstanceUID == frame.sop_uid
    corner = frame.to_mm(((x, y),))[0]
    centre_of_first = np.array(frame.position)
    row, column = np.array(frame.row_direction), np.array(frame.column_direction)
    expected = centre_of_first + row * COLUMN_MM * (x - 0.5) + column * ROW_MM * (y - 0.5)
    assert np.allclose(corner, expected, atol=1e-9)


def test_measures_are_those_of_the_margin_in_ucum_units(tmp_path: Path, oblique: Outgoing):
    (tmp_path / "sr.dcm").write_bytes(sr.written(oblique, ANN))
    told = read_by_dcmqi(tmp_path / "sr.dcm")
    assert told["CompletionFlag"] == "COMPLETE"
    assert len(told["Measurements"]) == len(oblique.by(ANN)) == 6
    for group, margin in zip(told["Measurements"], oblique.by(ANN), strict=True):
        assert group["TrackingIdentifier"] == f"P-001 {margin.lesion}"
        assert group["TrackingUniqueIdentifier"] == margin.tracking_uid
        assert group["Finding"]["CodeMeaning"] == margin.category_name
        assert group["FindingSite"]["CodeValue"] == "10200004"
        assert measures(group) == pytest.approx(expected_measures(margin), abs=1e-4)


def read_by_dcmqi(path: Path) -> dict:
    """A report as dcmqi's tid1500reader tells it."""
    beside = path.with_suffix(".json")
    result = tool("tid1500reader", "--inputDICOM", path, "--outputMetadata", beside)
    assert result.code == 0, result.output
    return json.loads(beside.read_text())


def measures(group: dict) -> dict[tuple[str, str, str], float]:
    """By concept, derivation and unit."""
    return {
        (
            item["quantity"]["CodeMeaning"],
            item.get("derivationModifier", {}).get("CodeMeaning", ""),
            item["units"]["CodeValue"],
        ): float(item["value"])
        for item in group["measurementItems"]
    }


def expected_measures(margin: OutgoingMargin) -> dict[tuple[str, str, str], float]:
    return {
        ("Area", "", "mm2"): margin.area_mm2,
        ("Long axis", "", "mm"): margin.long_axis_mm,
        ("Short axis", "", "mm"): margin.short_axis_mm,
        ("Attenuation Coefficient", "Mean", "[hnsf'U]"): margin.mean_hu,
        ("Attenuation Coefficient", "Standard Deviation", "[hnsf'U]"): margin.sd_hu,
    }


def test_area_is_in_mm_of_both_spacings(oblique: Outgoing):
    first = oblique.by(ANN)[0]
    x, y = np.array(first.points).T
    doubled = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
    assert first.area_mm2 == pytest.approx(doubled / 2 * ROW_MM * COLUMN_MM)
    assert first.mean_hu is not None
    assert math.isfinite(first.mean_hu)


def test_without_hu_no_attenuation_is_told(tmp_path: Path, oblique: Outgoing):
    bare = tuple(replace(m, mean_hu=None, sd_hu=None) for m in oblique.margins)
    (tmp_path / "sr.dcm").write_bytes(sr.written(replace(oblique, margins=bare), ANN))
    for group in read_by_dcmqi(tmp_path / "sr.dcm")["Measurements"]:
        assert {name for name, _, _ in measures(group)} == {"Area", "Long axis", "Short axis"}


def test_the_author_is_the_observer_and_of_a_simulation_the_program(oblique: Outgoing):
    person = str(pydicom.dcmread(io.BytesIO(sr.written(oblique, ANN))))
    assert f"{ANN}^" in person
    drawn = tuple(replace(m, tool="phantom") for m in oblique.margins)
    machine = str(pydicom.dcmread(io.BytesIO(sr.written(replace(oblique, margins=drawn), ANN))))
    assert "Person Observer Name" not in machine
    assert "Device Observer Name" in machine


def test_a_line_beyond_the_image_is_refused(oblique: Outgoing):
    first = oblique.by(ANN)[0]
    beyond = replace(first, points=((-0.5, 3.0), (6.0, 3.0), (6.0, 9.0)))
    with pytest.raises(StudyError, match="beyond the image"):
        sr.written(replace(oblique, margins=(beyond,)), ANN)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda g: g.name)
def test_dciodvfy_finds_no_error(tmp_path: Path, geometry: Geometry):
    handed = handed_over(tmp_path, geometry)
    data = sr.written(handed, ANN)
    (tmp_path / "sr.dcm").write_bytes(data)
    assert dciodvfy_errors(tmp_path / "sr.dcm") == []
    assert sr.round_trip(data, handed, ANN).exact
