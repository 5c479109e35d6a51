"""Phases and parts of one series: slices at one place, frames of one file, discs one by one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from foreign_ct import ct
from import_desk import run_import
from pydicom import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedCTImageStorage

from studies.imaging import volume
from studies.records import ImportReport
from studies.store import Store

PLACES = 12
ONLY_SLICES = ("PixelSpacing", "ImageOrientationPatient", "ImagePositionPatient", "RescaleSlope",
               "RescaleIntercept", "SliceThickness")  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.create(tmp_path / "study.blindread", "Import") as made:
        yield made


def means(report: ImportReport) -> list[list[int]]:
    return [[int(plane.mean()) for plane in volume.load(one).voxels] for one in report.series]


def stepped(folder: Path, phase: int, places: range = range(4), **changes: object) -> Path:
    """Slices of one phase; the HU is 100 a phase and 1 a place."""
    for at in places:
        uid = f"1.2.5.{phase}.{at}"
        ct(folder / uid, 5.0 * at, uid=uid, hu=100 * phase + at, **changes)
    return folder


def enhanced(path: Path, numbers: range, *, uid: str = "1.2.6", **changes: object) -> Path:
    """Frames of two phases of PLACES places, one phase after the other; HU as in `stepped`."""
    dataset = ct(path, uid=uid, InstanceNumber=1, **changes)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    for name in ONLY_SLICES:
        delattr(dataset, name)
    shared, sizes, turn = Dataset(), Dataset(), Dataset()
    sizes.PixelSpacing, sizes.SliceThickness = [0.7, 0.7], 4
    turn.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PixelMeasuresSequence = Sequence([sizes])
    shared.PlaneOrientationSequence = Sequence([turn])
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    dataset.PerFrameFunctionalGroupsSequence = Sequence([frame(number) for number in numbers])
    dataset.NumberOfFrames = len(numbers)
    values = [1000 + 100 * (number // PLACES) + number % PLACES for number in numbers]
    dataset.PixelData = b"".join(np.full((32, 32), one, "<u2").tobytes() for one in values)
    dataset.save_as(path, enforce_file_format=True)
    return path


def frame(number: int) -> Dataset:
    """A frame's groups, and a private one such as scanners add, with a rescale of its own."""
    found, place, values, private = (Dataset() for _ in range(4))
    place.ImagePositionPatient = [0, 0, 4.0 * (number % PLACES)]
    values.RescaleSlope, values.RescaleIntercept, values.RescaleType = 1, -1000, "HU"
    private.RescaleSlope, private.RescaleIntercept = 3, 7
    found.PlanePositionSequence = Sequence([place])
    found.PixelValueTransformationSequence = Sequence([values])
    block = found.private_block(0x2005, "MAKER 005", create=True)
    block.add_new(0x0F, "SQ", Sequence([private]))
    return found


PHASES = [[100 * phase + place for place in range(PLACES)] for phase in range(2)]


def test_phases_that_only_the_order_of_frames_tells_stay_apart(store: Store, tmp_path: Path):
    report = run_import(store, enhanced(tmp_path / "one", range(2 * PLACES)))
    assert means(report) == PHASES


@pytest.mark.parametrize("cut", [5, PLACES, 17])
def test_a_concatenation_is_one_run_of_frames(store: Store, tmp_path: Path, cut: int):
    """Its files share InstanceNumber; their names and UIDs stand in no order."""
    enhanced(tmp_path / "in" / "b", range(cut), uid="1.2.9", ConcatenationFrameOffsetNumber=0)
    rest = range(cut, 2 * PLACES)
    enhanced(tmp_path / "in" / "a", rest, uid="1.2.7", ConcatenationFrameOffsetNumber=cut)
    assert means(run_import(store, tmp_path / "in")) == PHASES


def test_positions_that_differ_by_rounding_mix_no_phases(store: Store, tmp_path: Path):
    """1.875 mm lies between two hundredths: either phase may stand a micrometre higher."""
    for at, (one, other) in enumerate([(1e-6, -1e-6), (-1e-6, 1e-6), (1e-6, -1e-6)]):
        z = 1.875 + 0.01 * 5 * at
        ct(tmp_path / "in" / f"a{at}", z + one, uid=f"1.2.5.{at}", hu=at, InstanceNumber=1 + at)
        ct(tmp_path / "in" / f"b{at}", z + other, uid=f"1.2.4.{at}", hu=100 + at,
           InstanceNumber=11 + at)  # fmt: skip
    assert means(run_import(store, tmp_path / "in")) == [[0, 1, 2], [100, 101, 102]]


@pytest.mark.parametrize("places", [4, 3])
def test_a_scanner_that_numbers_every_rotation_makes_two_phases_not_eight(
    store: Store, tmp_path: Path, places: int
):
    for phase, many in enumerate((4, places)):
        for at in range(many):
            number = 1 + 4 * phase + at
            stepped(tmp_path / "in", phase, range(at, at + 1), AcquisitionNumber=number,
                    InstanceNumber=number)  # fmt: skip
    assert means(run_import(store, tmp_path / "in")) == [
        [0, 1, 2, 3],
        [100, 101, 102, 103][:places],
    ]


def test_phases_stand_in_the_order_in_which_they_were_taken(store: Store, tmp_path: Path):
    for phase, acquisition in enumerate((2, 10)):
        stepped(tmp_path / "in", phase, AcquisitionNumber=acquisition, InstanceNumber=acquisition)
    assert [series[0] for series in means(run_import(store, tmp_path / "in"))] == [0, 100]


def test_slabs_that_overlap_at_their_ends_stay_acquisitions(store: Store, tmp_path: Path):
    for slab in range(3):
        stepped(tmp_path / "in", slab, range(3 * slab, 3 * slab + 4), AcquisitionNumber=slab)
    assert means(run_import(store, tmp_path / "in")) == [
        [100 * slab + 3 * slab + at for at in range(4)] for slab in range(3)
    ]


def test_a_phase_that_comes_later_is_taken_and_known_again(store: Store, tmp_path: Path):
    first = stepped(tmp_path / "0", 0, AcquisitionNumber=1)
    second = stepped(tmp_path / "1", 1, AcquisitionNumber=2)
    run_import(store, first)
    report = run_import(store, second)
    assert means(report) == [[100, 101, 102, 103]]
    assert report.series[0].badges == ("phase 2 of a series",)
    for again in ((second,), (first, second)):
        report = run_import(store, *again)
        assert {one.reason for one in report.files} == {"This series is in the study already."}


def test_slices_that_a_standing_series_lacks_are_not_said_to_be_there(store: Store, tmp_path: Path):
    run_import(store, stepped(tmp_path / "in", 0, range(3)))
    report = run_import(store, stepped(tmp_path / "in", 0, range(5)))
    told = [one.reason.split(".")[0] for one in report.left_out]
    assert told.count("This series is in the study already") == 3
    assert sum(reason.startswith("Its series came") for reason in told) == 2


def test_equal_pixels_at_another_place_are_no_copy(store: Store, tmp_path: Path):
    for number in range(3):
        ct(tmp_path / "in" / str(number), 5.0 * min(number, 1), uid="1.2.6", hu=-1000)
    told = sorted(one.reason for one in run_import(store, tmp_path / "in").left_out)
    assert [reason.split(" but ")[-1] for reason in told] == [
        "another place; that one is kept.",
    ] * 2


def test_a_table_of_values_that_is_not_applied_is_badged(store: Store, tmp_path: Path):
    dataset = ct(tmp_path / "one", RescaleSlope=None, RescaleIntercept=None)
    table = Dataset()
    table.LUTDescriptor, table.ModalityLUTType = [4096, 0, 16], "HU"
    table.add_new(pydicom.tag.Tag("LUTData"), "OW", np.arange(4096, dtype="<u2").tobytes())
    dataset.ModalityLUTSequence = Sequence([table])
    dataset.save_as(tmp_path / "one", enforce_file_format=True)
    (series,) = run_import(store, tmp_path / "one").series
    assert series.badges == ("stored values: the file's table to other values is not applied",)
    assert not series.has_hu
