"""The import gate: every file listed once, series in order, HU right, nobody recognisable."""

from __future__ import annotations

import io
import shutil
import stat
from pathlib import Path

import numpy as np
import pydicom
import pytest
from foreign_ct import ct, stack
from import_desk import ISOTROPIC, only_reason, run_import
from learning_sets import result_of
from pydicom.dataset import Dataset
from shared_data import shared_path

from reader_app.workflows.import_cases import import_paths
from studies import cases, places
from studies.errors import ReadOnlyError
from studies.imaging import volume
from studies.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.create(tmp_path / "study.blindread", "Import") as made:
        yield made


def test_slices_are_ordered_by_their_place_not_their_name(store: Store, tmp_path: Path):
    stack(tmp_path / "ct", (10.0, 0.0, 15.0, 5.0))
    report = run_import(store, tmp_path / "ct")
    assert len(report.taken) == 4
    (series,) = report.series
    loaded = volume.load(series)
    assert loaded.positions == ISOTROPIC
    assert [int(plane.mean()) for plane in loaded.voxels] == [10, 30, 0, 20]
    assert (series.row_spacing, series.column_spacing, series.slice_spacing) == (0.8, 0.7, 5.0)


def test_a_second_import_of_a_series_is_named(store: Store, tmp_path: Path):
    stack(tmp_path / "ct", ISOTROPIC)
    run_import(store, tmp_path / "ct")
    again = run_import(store, tmp_path / "ct")
    assert {verdict.reason for verdict in again.left_out} == {
        "This series is in the study already."
    }
    assert len(cases.all_series(store)) == 1


def test_patients_keep_their_pseudonym_and_the_key_lies_outside(store: Store, tmp_path: Path):
    stack(tmp_path / "a", ISOTROPIC, series="1.1", patient="A")
    stack(tmp_path / "b", ISOTROPIC, series="1.2", patient="B")
    stack(tmp_path / "c", ISOTROPIC, series="1.3", patient="A")
    for name in "abc":
        run_import(store, tmp_path / name)
    assert [series.patient for series in cases.all_series(store)] == ["P-001", "P-001", "P-002"]
    (key,) = (places.keys_home() / "studies").iterdir()
    assert not key.is_relative_to(store.folder)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_phases_at_the_same_places_become_series(store: Store, tmp_path: Path):
    for phase in (1, 2):
        for number, z in enumerate(ISOTROPIC):
            ct(tmp_path / "ct" / f"{phase}{number}", z, uid=f"1.{phase}.{number}",
               AcquisitionNumber=phase, hu=100 * phase)  # fmt: skip
    report = run_import(store, tmp_path / "ct")
    assert sorted(int(volume.load(one).voxels.mean()) for one in report.series) == [100, 200]
    assert "phase 2 of a series" in report.series[1].badges


def test_a_copy_is_left_out_and_a_clash_is_reported(store: Store, tmp_path: Path):
    first, *_ = stack(tmp_path / "ct", ISOTROPIC)
    shutil.copy(first, tmp_path / "ct" / "zz_copy")
    report = run_import(store, tmp_path / "ct")
    assert only_reason(report).startswith("A copy of")
    ct(tmp_path / "other" / "1", 0.0, series="9", uid="7.7", hu=5)
    ct(tmp_path / "other" / "2", 0.0, series="9", uid="7.7", hu=6)
    assert "other pixels" in only_reason(run_import(store, tmp_path / "other"))


@pytest.mark.parametrize(
    ("heights", "badge"),
    [
        ((0.0, 5.0, 15.0, 20.0, 25.0), "gaps"),
        ((0.0, 5.0, 10.4, 15.4), "uneven spacing"),
        (ISOTROPIC, ""),
    ],
)
def test_gaps_and_uneven_spacing_are_badged(
    store: Store, tmp_path: Path, heights: tuple[float, ...], badge: str
):
    stack(tmp_path / "ct", heights)
    report = run_import(store, tmp_path / "ct")
    (series,) = report.series
    assert volume.load(series).positions == heights
    assert [b.split(":")[0] for b in series.badges] == ([badge] if badge else [])
    assert len(report.badged) == (len(heights) if badge else 0)


def test_gantry_tilt_is_badged(store: Store, tmp_path: Path):
    for number, z in enumerate(ISOTROPIC):
        ct(tmp_path / "ct" / str(number), z, ImagePositionPatient=[-10, -20 + 1.3 * number, z])
    (series,) = run_import(store, tmp_path / "ct").series
    assert series.badges == ("gantry tilt: 15°",)


def test_missing_rescale_means_stored_values(store: Store, tmp_path: Path):
    ct(tmp_path / "a", RescaleSlope=None, RescaleIntercept=None)
    (series,) = run_import(store, tmp_path / "a").series
    assert not series.has_hu
    assert "stored values" in series.badges[0]
    assert int(volume.load(series).voxels[0, 0, 0]) == 1064


def test_padding_is_masked_before_rescale(store: Store, tmp_path: Path):
    pixels = np.full((32, 32), 50)
    pixels[:4] = 2000 - 1024
    ct(tmp_path / "a", hu=pixels, PixelPaddingValue=2000)
    (series,) = run_import(store, tmp_path / "a").series
    loaded = volume.load(series)
    assert loaded.padding is not None
    assert loaded.padding[0].sum() == 4 * 32
    assert (loaded.voxels[0, :4] == volume.PADDING_HU).all()
    assert (loaded.voxels[0, 4:] == 50).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "localizer"),
        ({"ImageType": ["DERIVED", "SECONDARY", "DOSE_INFO"]}, "dose"),
        ({"BurnedInAnnotation": "YES"}, "burned"),
        ({"Modality": "MR"}, "modality"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "Secondary Capture"),
        ({"ImagePositionPatient": None}, "position"),
        ({"PixelSpacing": None}, "pixel spacing"),
        ({"PixelSpacing": [0, 0.8]}, "not above 0"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "right angles"),
        ({"Rows": 60000}, "no CT has"),
        ({"NumberOfFrames": 3}, "Several frames"),
        ({"SamplesPerPixel": 3}, "colour"),
        ({"PixelData": None}, "no pixels"),
        ({"RescaleSlope": 1e6}, "beyond any CT number"),
    ],
)
def test_what_is_no_slice_is_left_out_with_itsonly_reason(
    store: Store, tmp_path: Path, changes: dict[str, object], words: str
):
    ct(tmp_path / "ct" / "bad", 0.0, uid="5.5", series="odd", **changes)  # type: ignore[arg-type]
    stack(tmp_path / "ct" / "good", ISOTROPIC)
    report = run_import(store, tmp_path / "ct")
    assert words in only_reason(report)
    assert len(report.taken) == 4


def test_a_damaged_slice_leaves_the_rest_and_a_gap(store: Store, tmp_path: Path):
    paths = stack(tmp_path / "ct", (0.0, 5.0, 10.0, 15.0, 20.0))
    content = paths[2].read_bytes()
    paths[2].write_bytes(content[:-900])
    report = run_import(store, tmp_path / "ct")
    assert "cut short" in only_reason(report)
    (series,) = report.series
    assert series.slices == 4
    assert series.badges == ("gaps: 1 slice is missing at 10 mm",)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n", b"\x00" * 200, b"DICM" * 40])
def test_other_files_are_left_out(store: Store, tmp_path: Path, content: bytes):
    (tmp_path / "x").write_bytes(content)
    assert len(run_import(store, tmp_path / "x").left_out) == 1


def test_bad_paths_and_empty_folders_are_sentences(store: Store, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    assert "empty" in only_reason(run_import(store, tmp_path / "empty"))
    assert "no such file" in only_reason(run_import(store, tmp_path / "gone"))


def test_a_study_open_read_only_takes_nothing(store: Store, tmp_path: Path):
    with Store.open(store.folder, read_only=True) as other, pytest.raises(ReadOnlyError):
        result_of(import_paths(other, [tmp_path]))


def _nested(depth: int) -> Dataset:
    inner = Dataset()
    for _ in range(depth):
        outer = Dataset()
        outer.ReferencedImageSequence = [inner]
        inner = outer
    return inner


def test_deep_nesting_ends(store: Store, tmp_path: Path):
    """A header nested 5,000 deep, written as bytes, since pydicom itself cannot write it."""
    start = ct(tmp_path / "a")
    buffer = io.BytesIO()
    start.save_as(buffer, enforce_file_format=True)
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    sequence = b"\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff"
    bomb = (sequence + item) * 5000
    (tmp_path / "a").write_bytes(buffer.getvalue()[:340] + bomb)
    assert len(run_import(store, tmp_path / "a").left_out) == 1


# --- real files -------------------------------------------------------------------------------


def test_real_ct_comes_in(store: Store):
    """41 slices, names not in order; the README says HU = stored - 1024, 0.797 mm, 5 mm."""
    report = run_import(store, shared_path("data/ct_crlm_1004"))
    (series,) = report.series
    assert (series.slices, series.rows, series.slice_spacing) == (41, 512, 5.0)
    assert series.row_spacing == pytest.approx(0.797, abs=1e-3)
    assert series.badges == ()
    assert len(report.taken) == 41
    loaded = volume.load(series)
    assert list(loaded.positions) == sorted(loaded.positions)
    source = min(
        (pydicom.dcmread(p) for p in shared_path("data/ct_crlm_1004").glob("*.dcm")),
        key=lambda d: float(d.ImagePositionPatient[2]),
    )
    raw = source.pixel_array.astype(int) + int(source.RescaleIntercept)
    inside = ~loaded.padding[0] if loaded.padding is not None else np.ones_like(raw, bool)
    np.testing.assert_array_equal(loaded.voxels[0][inside], raw[inside])


def test_jpeg_2000_without_patient_id_comes_in(store: Store):
    report = run_import(store, shared_path("data/ct_ts_example_dicom"))
    (series,) = report.series
    assert (series.slices, series.rows) == (20, 512)
    assert "no PatientID: grouped by folder" in series.badges
    voxels = volume.load(series).voxels
    assert -1100 < voxels.min() < -900
    assert 300 < voxels.max() < 3100


def test_ct_beside_other_kinds_comes_in(store: Store):
    report = run_import(store, shared_path("data/ct_sts_003_rtstruct"))
    assert [series.slices for series in report.series] == [51]
    assert any("RT Structure Set" in verdict.reason for verdict in report.left_out)


def test_malformed_files_are_each_listed_and_stop_nothing(store: Store, tmp_path: Path):
    folder = shared_path("data/malformed_fuzz_v2")
    stack(tmp_path / "ct", ISOTROPIC)
    report = run_import(store, folder, tmp_path / "ct")
    files = sum(path.is_file() for path in folder.rglob("*"))
    assert len(report.files) == files + 4
    assert len(report.taken) >= 4
    assert all(verdict.reason for verdict in report.left_out)
