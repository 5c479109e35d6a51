"""Stored slices: read as pydicom reads them, refused where they are anything else."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from foreign_ct import ct

from studies.errors import StudyError
from studies.imaging import volume
from studies.imaging.stored_slice import read_header, read_pixels
from studies.records import SeriesRecord


def series_of(folder: Path) -> SeriesRecord:
    return SeriesRecord(
        id=1, case_id=1, patient="P", series_uid="1.2", kind="dicom", description="", slices=1,
        rows=32, columns=32, row_spacing=0.8, column_spacing=0.7, slice_spacing=5.0, scanner="",
        has_hu=True, simulated=False, badges=(), folder=folder,
    )  # fmt: skip


@pytest.mark.parametrize("signed", [0, 1])
@pytest.mark.parametrize("note", ["", "x" * 9000])
def test_values_are_those_that_pydicom_reads(tmp_path: Path, signed: int, note: str):
    values = np.random.default_rng(1).integers(0, 3000, (32, 32)).astype("<u2")
    dataset = ct(tmp_path / "00000.dcm", 7.5, PixelData=values.tobytes(), ImageComments=note,
                 uid="1.22", PixelRepresentation=signed, PixelPaddingValue=2000)  # fmt: skip
    with (tmp_path / "00000.dcm").open("rb") as file:
        head = read_header(file)
        pixels = read_pixels(file, head)
    np.testing.assert_array_equal(pixels, dataset.pixel_array)
    assert (head.sop_uid, head.corner, head.position) == ("1.22", (-10.0, -20.0, 7.5), 7.5)
    assert head.orientation == (1, 0, 0, 0, 1, 0)
    assert (head.slope, head.intercept, head.padding) == (1.0, -1024.0, (2000, 2000))


def test_padding_has_the_sign_of_the_pixels(tmp_path: Path):
    dataset = ct(tmp_path / "a", PixelRepresentation=1)
    for kind, value in (("US", 63536), ("SS", -2000)):
        dataset.add_new("PixelPaddingValue", kind, value)
        dataset.save_as(tmp_path / "a")
        with (tmp_path / "a").open("rb") as file:
            assert read_header(file).padding == (-2000, -2000)


def _cut(content: bytes) -> bytes:
    return content[:-1]


def _no_pixels(content: bytes) -> bytes:
    return content[: content.index(b"\xe0\x7f\x10\x00")]


def _no_rows(content: bytes) -> bytes:
    return content.replace(b"\x28\x00\x10\x00US", b"\x28\x00\x1f\x00US")


def _no_magic(content: bytes) -> bytes:
    return content.replace(b"DICM", b"DISC")


def _many_rows(content: bytes) -> bytes:
    at = content.index(b"\x28\x00\x10\x00US") + 8
    return content[:at] + b"\xff\xff" + content[at + 2 :]


def _no_number(content: bytes) -> bytes:
    return content.replace(b"-1024", b"-x024")


@pytest.mark.parametrize(
    "damage", [_cut, _no_pixels, _no_rows, _no_magic, _many_rows, _no_number, lambda _: b""]
)
def test_a_damaged_slice_is_a_sentence(tmp_path: Path, damage):
    path = tmp_path / "00000.dcm"
    ct(path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StudyError, match=r"00000\.dcm"):
        volume.load(series_of(tmp_path))


def test_any_mutation_is_a_slice_or_a_sentence(tmp_path: Path):
    buffer = io.BytesIO()
    ct(tmp_path / "seed").save_as(buffer, enforce_file_format=True)
    whole = np.frombuffer(buffer.getvalue(), np.uint8)
    header = len(whole) - 2048
    rng, refused = np.random.default_rng(2), 0
    for _ in range(1500):
        content = whole.copy()
        content[rng.integers(128, header, 3)] = rng.integers(0, 256, 3)
        (tmp_path / "00000.dcm").write_bytes(content.tobytes())
        try:
            volume.load(series_of(tmp_path))
        except StudyError:
            refused += 1
    assert 100 < refused < 1500


def test_places_follow_the_normal_that_slices_share():
    """Equal turns about the middle leave the middles where they are."""
    angles = np.radians([0.0, 3.0, -4.0])
    down = np.stack([0 * angles, np.cos(angles), np.sin(angles)], axis=1)
    right = np.tile([1.0, 0.0, 0.0], (3, 1))
    middles = np.asarray([[0.0, 0.0, 5.0 * n] for n in range(3)])
    corners = middles - 150 * down - 100 * right
    found = volume.along_normal(corners, np.hstack([right, down]), (300.0, 200.0))
    np.testing.assert_allclose(np.diff(found), 5.0, atol=0.01)
    straight = volume.along_normal(corners, np.hstack([right, down])[[0, 0, 0]], (300.0, 200.0))
    np.testing.assert_allclose(straight, corners[:, 2])
