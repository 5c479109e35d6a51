"""Structure sets of other programs: contours on the slices they lie on, the rest counted."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from foreign_margins import FRAME, disc, grid, read, structure_set
from pydicom import Dataset

from studies.errors import ImportRefusedError
from studies.imaging import contour
from studies.imaging.exchange.incoming.grid import Grid
from studies.imaging.exchange.incoming.structure_set import MOST_POINTS
from studies.imaging.exchange.outline import outline

SQUARE = ((4.25, 5.6), (11.4, 5.75), (11.0, 13.25), (4.6, 12.3))
HOLE = ((6.1, 8.2), (8.7, 8.2), (8.7, 10.7), (6.1, 10.7))
BESIDE = ((13.0, 15.0), (17.0, 15.0), (17.0, 20.0), (13.0, 20.0))


def _oblique() -> Grid:
    c, s = math.cos(0.4), math.sin(0.4)
    return grid(frame=replace(FRAME, row_direction=(c, s, 0.0), column_direction=(0.0, 0.0, -1.0)))


def _lines(on: Grid, index: int, *rings: tuple, off: float = 0.0) -> list[np.ndarray]:
    """Contours on a slice, `off` mm along its normal."""
    frame = on.frames[index]
    return [frame.to_mm(ring) + off * np.asarray(frame.normal) for ring in rings]


@pytest.mark.parametrize("on", [grid(), _oblique()], ids=["axial", "oblique"])
def test_contours_come_to_the_slices_they_lie_on(on: Grid, tmp_path: Path):
    path = tmp_path / "rs.dcm"
    lines = [*_lines(on, 2, SQUARE), *_lines(on, 0, BESIDE)]
    structure_set(path, [("GTV 1", lines), ("Organ", _lines(on, 3, HOLE))])
    found = read(path, on)
    assert [lesion.name for lesion in found.lesions] == ["GTV 1", "Organ"]
    first, second = found.lesions[0].margins
    assert (first.slice_index, second.slice_index) == (0, 2)
    assert first.sop_uid == on.sop_uids[0]
    assert np.asarray(second.points) == pytest.approx(np.asarray(SQUARE), abs=1e-6)
    assert found.lesions[0].notes == ()


def test_a_contour_within_half_a_spacing_is_taken_and_its_distance_said(tmp_path: Path):
    path, on = tmp_path / "rs.dcm", grid(step=3.0)
    structure_set(path, [("A", _lines(on, 1, SQUARE, off=1.2))])
    (lesion,) = read(path, on).lesions
    assert [margin.slice_index for margin in lesion.margins] == [1]
    assert lesion.notes == ("Contours lie up to 1.2 mm off the slices they were put on.",)


def test_contours_between_or_beyond_slices_are_left_out_and_counted(tmp_path: Path):
    path, whole = tmp_path / "rs.dcm", grid(slices=5, step=3.0)
    kept = tuple(n for n in range(5) if n != 2)  # a slice is missing in the middle
    on = replace(
        whole,
        sop_uids=tuple(whole.sop_uids[n] for n in kept),
        frames=tuple(whole.frames[n] for n in kept),
    )
    lines = [
        *_lines(whole, 1, SQUARE),
        *_lines(whole, 2, SQUARE),
        *_lines(whole, 4, SQUARE, off=2.0),
        *_lines(whole, 0, SQUARE, off=-1.7),
    ]
    structure_set(path, [("A", lines)])
    (lesion,) = read(path, on).lesions
    assert [margin.slice_index for margin in lesion.margins] == [1]
    assert lesion.notes == ("3 contours left out: each lies on no slice of the series.",)


def test_of_several_heights_near_a_slice_the_nearest_counts(tmp_path: Path):
    path, on = tmp_path / "rs.dcm", grid(step=3.0)
    lines = [*_lines(on, 1, SQUARE, off=1.0), *_lines(on, 1, BESIDE), *_lines(on, 1, HOLE)]
    structure_set(path, [("A", lines)])
    (lesion,) = read(path, on).lesions
    wanted = contour.mask(BESIDE, (24, 20)) ^ contour.mask(HOLE, (24, 20))
    assert (contour.mask(lesion.margins[0].points, (24, 20)) == wanted).all()
    assert "1 contour left out: it lies between slices, another one is nearer." in lesion.notes


def test_a_contour_within_another_is_a_hole_and_said(tmp_path: Path):
    path, on = tmp_path / "rs.dcm", grid()
    structure_set(path, [("A", _lines(on, 1, SQUARE, HOLE, BESIDE))])
    (lesion,) = read(path, on).lesions
    masks = [contour.mask(ring, (24, 20)) for ring in (SQUARE, HOLE, BESIDE)]
    found = contour.mask(lesion.margins[0].points, (24, 20))
    assert (found == ((masks[0] & ~masks[1]) | masks[2])).all()
    assert "several contours on slice 2" in lesion.notes[0]


def test_points_open_lines_and_slivers_are_counted(tmp_path: Path):
    path, on = tmp_path / "rs.dcm", grid()
    far = tuple((x + 500, y) for x, y in SQUARE)
    lines = _lines(
        on, 1, SQUARE, ((1.0, 1.0), (2.0, 2.0)), ((1.0, 1.0), (2.0, 2.0), (3.0, 3.0)), far
    )
    dataset = structure_set(path, [("A", [*lines, *_lines(on, 0, SQUARE)])])
    dataset.ROIContourSequence[0].ContourSequence[4].ContourGeometricType = "OPEN_PLANAR"
    dataset.save_as(path)
    (lesion,) = read(path, on).lesions
    assert len(lesion.margins) == 1
    assert sorted(lesion.notes) == [
        "1 contour left out: it encloses nothing.",
        "1 contour left out: it has fewer than three points.",
        "1 contour left out: it is a point or an open line.",
        "1 contour left out: it lies outside the image.",
    ]


def test_a_line_that_only_passes_the_image_is_left_out(tmp_path: Path):
    path, on = tmp_path / "rs.dcm", grid()
    endless = ((-1e6, 5.0), (1e6, 6.0), (4.0, 9.0))
    structure_set(path, [("A", [*_lines(on, 1, SQUARE), *_lines(on, 2, endless)])])
    (lesion,) = read(path, on).lesions
    assert [margin.slice_index for margin in lesion.margins] == [1]
    assert lesion.notes == ("1 contour left out: it lies outside the image.",)


def test_a_line_that_crosses_itself_is_said(tmp_path: Path):
    path, on = tmp_path / "rs.dcm", grid()
    bow = ((4.0, 4.0), (12.0, 12.0), (12.0, 4.0), (4.0, 14.0))
    structure_set(path, [("A", _lines(on, 1, bow))])
    (lesion,) = read(path, on).lesions
    assert lesion.notes == ("The contour touches or crosses itself on slice 2.",)


def test_very_long_contours_are_thinned_or_left_out(tmp_path: Path):
    path, on = tmp_path / "rs.dcm", grid()
    angles = np.linspace(0, 2 * np.pi, 2 * MOST_POINTS, endpoint=False)
    long = tuple(zip(10 + 8 * np.cos(angles), 12 + 8 * np.sin(angles), strict=True))
    wild = tuple((float(x), float(y)) for x, y in np.random.default_rng(1).random((6000, 2)) * 20)
    structure_set(path, [("A", [*_lines(on, 1, long), *_lines(on, 2, wild)])])
    (lesion,) = read(path, on).lesions
    (margin,) = lesion.margins
    assert len(margin.points) <= MOST_POINTS
    assert contour.area_mm2(margin.points) == pytest.approx(64 * math.pi, rel=2e-3)
    assert "1 contour left out: it has more points than any margin." in lesion.notes


def test_a_name_that_holds_the_patients_is_not_taken_over(tmp_path: Path):
    path, on = tmp_path / "rs.dcm", grid()
    names = ("Liver", "GTV_Doe", "met 12345678 b", "Janet's", "doerr", "")
    regions = [(name, _lines(on, 1, SQUARE)) for name in names]
    structure_set(path, regions, PatientName="Doe^Jane", PatientID="12345678")
    found = read(path, on)
    assert [lesion.name for lesion in found.lesions] == [
        "Liver", "Region 2", "Region 3", "Janet's", "doerr", "Region 6",
    ]  # fmt: skip
    assert found.notes == (
        "2 names in the file held words of the patient's name or number and were not taken over.",
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [("Öz^Ann", "Ann Öz"), ("Ben^", "Ben"), ("Li^Wei^^Dr.^MD=李^偉", "Dr. Wei Li MD"), ("", "")],
)
def test_who_drew_is_told_as_people_write_names(tmp_path: Path, written: str, shown: str):
    path, on = tmp_path / "rs.dcm", grid()
    dataset = structure_set(path, [("A", _lines(on, 1, SQUARE))], SpecificCharacterSet="ISO_IR 192")
    seen = Dataset()
    seen.ReferencedROINumber, seen.ROIInterpreter = 1, written
    dataset.RTROIObservationsSequence = [seen]
    dataset.save_as(path)
    assert read(path, on).lesions[0].author == shown


def test_a_disc_drawn_by_its_outline_gives_back_its_pixels(tmp_path: Path):
    path, on = tmp_path / "rs.dcm", _oblique()
    pixels = disc(9.7, 11.2, 6.3)
    structure_set(path, [("A", _lines(on, 2, outline(pixels).points))])
    (margin,) = read(path, on).lesions[0].margins
    assert (contour.mask(margin.points, (24, 20)) == pixels).all()


@pytest.mark.parametrize("values", [["1", "2"], ["nan"] * 9, ["1e400"] * 9])
def test_coordinates_that_are_none_are_refused(tmp_path: Path, values: list[str]):
    path, on = tmp_path / "rs.dcm", grid()
    dataset = structure_set(path, [("A", _lines(on, 1, SQUARE))])
    text = "\\".join(values).encode()
    dataset.ROIContourSequence[0].ContourSequence[0].ContourData = ["1"] * 9
    dataset.save_as(path)
    content = path.read_bytes()
    old = b"1\\1\\1\\1\\1\\1\\1\\1\\1 "
    assert old in content
    padded = text[: len(old)].ljust(len(old))
    path.write_bytes(content.replace(old, padded))
    with pytest.raises(ImportRefusedError):
        read(path, on)
