"""Pixels in the patient: half a pixel, anisotropic spacing, oblique, tilted and uneven slices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_series import COLUMN_MM, GEOMETRIES, ROW_MM, TILTED, Geometry, write_originals
from pydicom import dcmread

from studies.errors import StudyError
from studies.imaging.exchange.frames import frames_of, references_of, series_files


def files(folder: Path, geometry: Geometry) -> tuple[Path, ...]:
    write_originals(folder, geometry)
    return series_files(folder)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda g: g.name)
def test_the_first_pixels_centre_is_the_position_and_its_corner_half_a_pixel_before(
    tmp_path: Path, geometry: Geometry
):
    row, column = np.array(geometry.orientation[:3]), np.array(geometry.orientation[3:])
    for frame, position in zip(
        frames_of(files(tmp_path, geometry)), geometry.positions, strict=True
    ):
        centre, corner = frame.to_mm(((0.5, 0.5), (0.0, 0.0)))
        assert np.allclose(centre, position, atol=1e-9)
        expected = np.array(position) - row * COLUMN_MM / 2 - column * ROW_MM / 2
        assert np.allclose(corner, expected, atol=1e-9)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda g: g.name)
def test_a_column_goes_along_the_row_direction_by_the_column_spacing(
    tmp_path: Path, geometry: Geometry
):
    frame = frames_of(files(tmp_path, geometry))[2]
    start, right, down = frame.to_mm(((4.5, 7.5), (5.5, 7.5), (4.5, 8.5)))
    assert np.allclose(right - start, COLUMN_MM * np.array(geometry.orientation[:3]))
    assert np.allclose(down - start, ROW_MM * np.array(geometry.orientation[3:]))


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda g: g.name)
def test_mm_and_back_is_the_same_point_also_from_beside_the_slice(
    tmp_path: Path, geometry: Geometry
):
    points = np.random.default_rng(1).uniform(0, 32, (200, 2))
    for frame in frames_of(files(tmp_path, geometry)):
        mm = frame.to_mm(points)
        assert np.abs(frame.to_px(mm) - points).max() < 1e-9
        assert np.abs(frame.distance(mm)).max() < 1e-9
        beside = mm + 1.5 * np.array(frame.normal)
        assert np.abs(frame.to_px(beside) - points).max() < 1e-7
        assert np.allclose(frame.distance(beside), 1.5, atol=1e-7)


def test_tilted_slices_shift_along_their_columns(tmp_path: Path):
    frames = frames_of(files(tmp_path, TILTED))
    moved = frames[1].to_px(frames[0].to_mm(((10.0, 10.0),)))
    assert moved[0, 0] == pytest.approx(10.0, abs=1e-6)
    assert abs(moved[0, 1] - 10.0) > 1.0


def test_files_that_say_no_place_are_refused(tmp_path: Path):
    write_originals(tmp_path, TILTED, ImageOrientationPatient=None)
    with pytest.raises(StudyError, match="where it lies"):
        frames_of(tmp_path)
    with pytest.raises(StudyError, match="no DICOM slices"):
        series_files(tmp_path / "nothing")


def test_a_series_without_a_frame_of_reference_cannot_be_referred_to(tmp_path: Path):
    write_originals(tmp_path, TILTED, FrameOfReferenceUID=None)
    first = series_files(tmp_path)[0]
    assert "FrameOfReferenceUID" not in dcmread(first)
    with pytest.raises(StudyError, match="FrameOfReferenceUID"):
        references_of(first)
