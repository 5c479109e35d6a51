"""Liver CT as other scanners and archives write it: the HU are those of a known picture."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pydicom
import pytest
from foreign_ct import ct, stack, with_bits
from import_desk import ISOTROPIC, only_reason, run_import
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from studies.imaging import volume
from studies.records import ImportReport
from studies.store import Store

HU = np.random.default_rng(5).integers(-1000, 1000, (40, 24))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.create(tmp_path / "study.blindread", "Import") as made:
        yield made


def voxels(report: ImportReport) -> np.ndarray:
    """The voxels of the only series."""
    (series,) = report.series
    return volume.load(series).voxels


# --- stored values --------------------------------------------------------------------------------


@pytest.mark.parametrize("allocated", [16, 32])
@pytest.mark.parametrize("stored_bits", [12, 13, 16])
@pytest.mark.parametrize(("signed", "intercept"), [(False, -1024), (True, 0), (True, -24)])
def test_every_width_and_sign_gives_the_same_hu(
    store: Store, tmp_path: Path, allocated: int, stored_bits: int, signed: bool, intercept: int
):
    with_bits(tmp_path / "in" / "a", HU, allocated=allocated, stored_bits=stored_bits,
              signed=signed, intercept=intercept)  # fmt: skip
    np.testing.assert_array_equal(voxels(run_import(store, tmp_path / "in"))[0], HU)


def test_each_slice_has_its_own_rescale(store: Store, tmp_path: Path):
    for number, (slope, intercept) in enumerate([(1, -1024), (2, -1024), (0.5, -8192), (1, 0)]):
        hu = HU // 2 * 2
        with_bits(tmp_path / "in" / str(number), hu, z=5.0 * number, slope=slope,
                  intercept=intercept, signed=intercept == 0)  # fmt: skip
    for plane in voxels(run_import(store, tmp_path / "in")):
        np.testing.assert_array_equal(plane, HU // 2 * 2)


def test_hu_stored_without_a_rescale_wait_for_a_word(store: Store, tmp_path: Path):
    with_bits(tmp_path / "in" / "a", HU, signed=True, slope=None, intercept=None)
    report = run_import(store, tmp_path / "in")
    np.testing.assert_array_equal(voxels(report)[0], HU)
    assert not report.series[0].has_hu
    assert report.badged[0].reason.startswith("stored values")


def test_values_that_cannot_be_those_of_air_are_badged(store: Store, tmp_path: Path):
    with_bits(tmp_path / "in" / "a", HU + 1000, slope=1, intercept=0)
    report = run_import(store, tmp_path / "in")
    np.testing.assert_array_equal(voxels(report)[0], HU + 1000)
    assert report.series[0].has_hu
    assert "cannot lie below 0" in report.badged[0].reason


@pytest.mark.parametrize(("written", "stored"), [(63536, -2000), (-2000, -2000), (2000, 2000)])
def test_padding_in_either_sign_is_masked(store: Store, tmp_path: Path, written: int, stored: int):
    hu = HU.copy()
    hu[:3] = stored
    path = tmp_path / "in" / "a"
    with_bits(path, hu, signed=True, intercept=0)
    dataset = pydicom.dcmread(path)
    kind = "US" if written > 32767 else "SS"
    dataset.add_new("PixelPaddingValue", kind, written)
    dataset.save_as(path)
    found = voxels(run_import(store, path))[0]
    assert (found[:3] == volume.PADDING_HU).all()
    np.testing.assert_array_equal(found[3:], HU[3:])


def test_monochrome1_changes_no_hu(store: Store, tmp_path: Path):
    """Which end is shown white is a matter of display (PS3.3 C.7.6.3.1.2)."""
    with_bits(tmp_path / "in" / "a", HU, PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(voxels(run_import(store, tmp_path / "in"))[0], HU)


def test_values_at_unusual_bits_are_refused_by_a_sentence(store: Store, tmp_path: Path):
    with_bits(tmp_path / "in" / "a", HU, stored_bits=12, signed=False, HighBit=15)
    assert "other bits" in only_reason(run_import(store, tmp_path / "in"))


@pytest.mark.parametrize(("name", "said"), [("Columns", 31), ("Rows", 31)])
def test_pixels_that_would_be_sheared_are_refused(
    store: Store, tmp_path: Path, name: str, said: int
):
    ct(tmp_path / "one", **{name: said})
    assert only_reason(run_import(store, tmp_path / "one")).startswith("The file holds more pixels")


def test_padding_behind_the_pixels_is_no_row(store: Store, tmp_path: Path):
    dataset = ct(tmp_path / "one")
    dataset.PixelData += bytes(62)
    dataset.save_as(tmp_path / "one", enforce_file_format=True)
    assert int(voxels(run_import(store, tmp_path / "one")).mean()) == 40


def test_a_header_that_tells_only_what_it_must_is_enough(store: Store, tmp_path: Path):
    with_bits(tmp_path / "in" / "a", HU, SamplesPerPixel=None, PhotometricInterpretation=None,
              SOPInstanceUID=None, StudyInstanceUID=None, SeriesInstanceUID=None, PatientID=None,
              BitsStored=None, HighBit=None, SliceThickness=None, FrameOfReferenceUID=None,
              ImageType=None, Manufacturer=None)  # fmt: skip
    report = run_import(store, tmp_path / "in")
    np.testing.assert_array_equal(voxels(report)[0], HU)
    assert "no PatientID: grouped by folder" in report.series[0].badges


def test_an_unknown_sign_is_not_guessed(store: Store, tmp_path: Path):
    with_bits(tmp_path / "in" / "a", HU, PixelRepresentation=None)
    assert "negative" in only_reason(run_import(store, tmp_path / "in"))


# --- numbers as they are written ------------------------------------------------------------------


def rewritten(path: Path, old: bytes, new: bytes) -> None:
    """Replace a value's bytes by as many others."""
    content = path.read_bytes()
    assert len(old) == len(new)
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"0.81250\\0.6250", b" 0.8125\\0.625 "), (b"0.81250\\0.6250", b"0,81250\\0,6250")],
)
def test_blanks_and_decimal_commas_are_understood(
    store: Store, tmp_path: Path, old: bytes, new: bytes
):
    path = tmp_path / "in" / "a"
    with_bits(path, HU, PixelSpacing=["0.81250", "0.6250"])
    rewritten(path, old, new)
    (series,) = run_import(store, path).series
    assert (series.row_spacing, series.column_spacing) == (0.8125, 0.625)


@pytest.mark.parametrize("new", [b"0.8.250\\0.6250", b"abcdefg\\0.6250"])
def test_what_is_no_number_is_named(store: Store, tmp_path: Path, new: bytes):
    path = tmp_path / "in" / "a"
    with_bits(path, HU, PixelSpacing=["0.81250", "0.6250"])
    rewritten(path, b"0.81250\\0.6250", new)
    assert "PixelSpacing" in only_reason(run_import(store, path))


def test_needless_values_that_cannot_be_read_cost_nothing(store: Store, tmp_path: Path):
    """A tube current of 120.5 is no IS, as the standard has it; many scanners write it so."""
    path = tmp_path / "in" / "a"
    with_bits(path, HU, InstanceNumber="77", XRayTubeCurrent="120", KVP="120.00",
              AcquisitionNumber="33", SliceThickness="5.000")  # fmt: skip
    for old, new in ((b"IS\x02\x0077", b"IS\x02\x007."), (b"120 ", b"1.5 "), (b"120.00", b"12o.00"),
                     (b"IS\x02\x0033", b"IS\x02\x00xx"), (b"5.000", b"5 mm ")):  # fmt: skip
        rewritten(path, old, new)
    np.testing.assert_array_equal(voxels(run_import(store, path))[0], HU)


# --- geometry -------------------------------------------------------------------------------------


def test_two_interleaved_series_are_told_apart(store: Store, tmp_path: Path):
    for number, z in enumerate((*ISOTROPIC, *ISOTROPIC)):
        ct(tmp_path / "in" / f"{number % 4}{number}", z + number // 4, uid=f"1.5.{number}",
           series=f"1.4.{number // 4}", hu=100 * (number // 4))  # fmt: skip
    report = run_import(store, tmp_path / "in")
    means = sorted(int(volume.load(one).voxels.mean()) for one in report.series)
    assert means == [0, 100]
    assert not report.badged


def test_a_localizer_in_the_series_is_left_out(store: Store, tmp_path: Path):
    stack(tmp_path / "in", ISOTROPIC)
    ct(tmp_path / "in" / "scout", 2.0, ImageOrientationPatient=[1, 0, 0, 0, 0, -1],
       ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])  # fmt: skip
    report = run_import(store, tmp_path / "in")
    assert "localizer" in only_reason(report)
    assert [series.slices for series in report.series] == [4]


def test_an_unmarked_localizer_is_no_slice_of_the_series(store: Store, tmp_path: Path):
    stack(tmp_path / "in", ISOTROPIC)
    ct(tmp_path / "in" / "scout", 2.0, ImageOrientationPatient=[1, 0, 0, 0, 0, -1])
    report = run_import(store, tmp_path / "in")
    assert sorted(series.slices for series in report.series) == [1, 4]


def _turned(folder: Path, degrees: list[float]) -> None:
    """Slices 5 mm apart in their middles, each tilted about the patient's left-right axis."""
    for number, angle in enumerate(degrees):
        down = np.asarray([0.0, math.cos(math.radians(angle)), math.sin(math.radians(angle))])
        right = np.asarray([1.0, 0.0, 0.0])
        corner = np.asarray([0, 0, 5.0 * number]) - down * 200 - right * 200
        ct(folder / f"{(number * 7) % 11}", 5.0 * number, hu=10 * number, uid=f"1.7.{number}",
           Rows=32, Columns=32, PixelSpacing=[12.5, 12.5],
           ImagePositionPatient=[float(f"{v:.6f}") for v in corner],
           ImageOrientationPatient=[float(f"{v:.6f}") for v in (*right, *down)])  # fmt: skip


def test_a_tilt_that_varies_keeps_one_series_in_order(store: Store, tmp_path: Path):
    _turned(tmp_path / "in", [0, 2, 4, 6, 8, 7, 5, 3])
    report = run_import(store, tmp_path / "in")
    (series,) = report.series
    loaded = volume.load(series)
    assert [int(plane.mean()) for plane in loaded.voxels] == [10 * n for n in range(8)]
    assert np.all(np.abs(np.diff(loaded.positions) - 5.0) < 0.1)
    assert report.badged[0].reason.startswith("variable tilt")


def test_one_tilt_for_all_is_measured_along_it(store: Store, tmp_path: Path):
    _turned(tmp_path / "in", [15] * 5)
    (series,) = run_import(store, tmp_path / "in").series
    steps = np.diff(volume.load(series).positions)
    np.testing.assert_allclose(steps, 5.0 * math.cos(math.radians(15)), atol=1e-4)
    assert series.badges == ("gantry tilt: 15°",)


def test_turning_reformats_are_no_slices_of_the_axial_ones(store: Store, tmp_path: Path):
    _turned(tmp_path / "in", [0, 0, 0, 0])
    for number in range(3):
        ct(tmp_path / "in" / f"cor{number}", uid=f"1.8.{number}", PixelSpacing=[12.5, 12.5],
           ImagePositionPatient=[-200.0, 5.0 * number, 200.0],
           ImageOrientationPatient=[1, 0, 0, 0, 0, -1])  # fmt: skip
    report = run_import(store, tmp_path / "in")
    assert sorted(series.slices for series in report.series) == [3, 4]


def test_a_whole_copy_of_a_damaged_file_is_the_one_kept(store: Store, tmp_path: Path):
    for name in ("a", "b"):
        ct(tmp_path / "in" / name, hu=7, uid="1.2.6")
    content = (tmp_path / "in" / "a").read_bytes()
    (tmp_path / "in" / "a").write_bytes(content[:-700])
    report = run_import(store, tmp_path / "in")
    assert [verdict.file[-1] for verdict in report.taken] == ["b"]
    assert int(voxels(report).mean()) == 7


# --- enhanced CT ----------------------------------------------------------------------------------


def _enhanced(path: Path, phases: int) -> None:
    """Three places a phase, told apart by their temporal position; all else is shared."""
    dataset = ct(path, hu=0)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = (
        pydicom.uid.EnhancedCTImageStorage
    )
    frames, pixels = [], []
    for number in range(3 * phases):
        frame, place, content, values = (Dataset() for _ in range(4))
        place.ImagePositionPatient = [0, 0, 4.0 * (number // phases)]
        content.TemporalPositionIndex = 1 + number % phases
        values.RescaleSlope, values.RescaleIntercept, values.RescaleType = 2, number, "HU"
        frame.PlanePositionSequence = Sequence([place])
        frame.FrameContentSequence = Sequence([content])
        frame.PixelValueTransformationSequence = Sequence([values])
        frames.append(frame)
        pixels.append(np.full((32, 32), 50 * (number % phases), "<u2"))
    shared, sizes, turn = Dataset(), Dataset(), Dataset()
    sizes.PixelSpacing, sizes.SliceThickness = [0.7, 0.7], 4
    turn.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PixelMeasuresSequence = Sequence([sizes])
    shared.PlaneOrientationSequence = Sequence([turn])
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    dataset.NumberOfFrames = len(frames)
    dataset.PixelData = np.stack(pixels).tobytes()
    for name in ("PixelSpacing", "ImageOrientationPatient", "ImagePositionPatient",
                 "RescaleSlope", "RescaleIntercept", "SliceThickness"):  # fmt: skip
        delattr(dataset, name)
    dataset.save_as(path, enforce_file_format=True)


def test_phases_of_an_enhanced_file_become_series_with_their_own_rescale(
    store: Store, tmp_path: Path
):
    _enhanced(tmp_path / "in" / "a", phases=2)
    report = run_import(store, tmp_path / "in")
    assert len(report.files) == 1
    found = [volume.load(one) for one in report.series]
    assert [one.positions for one in found] == [(0.0, 4.0, 8.0)] * 2
    for phase, one in enumerate(found):
        means = [int(plane.mean()) for plane in one.voxels]
        assert means == [2 * 50 * phase + 2 * place + phase for place in range(3)]
