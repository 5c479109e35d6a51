"""Files of margins find their series: by stored UIDs, original ones, positions, or the grid."""

from __future__ import annotations

import json
import os
import random
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
from drawn_series import ANISOTROPIC, ANN, BEN, OBLIQUE, draw, drawn_study, write_originals
from foreign_margins import affine_of, disc, label_volume, segmentation, structure_set
from import_desk import run_import
from learning_sets import result_of
from shared_data import shared_path

from reader_app.workflows.import_margins import MarginsTaken, import_margins
from studies import cases
from studies.cases.handover import outgoing
from studies.errors import ReadOnlyError
from studies.imaging import contour, study_key
from studies.imaging.exchange import margins_json, nifti, rtstruct, seg
from studies.imaging.exchange.frames import frames_of
from studies.imaging.exchange.incoming.grid import Grid, grid_of
from studies.records import SeriesRecord
from studies.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A series of five slices without a margin; its originals lie in `original`."""
    write_originals(tmp_path / "original", ANISOTROPIC)
    with Store.create(tmp_path / "s", "Liver") as made:
        run_import(made, tmp_path / "original")
        yield made


def _take(store: Store, *paths: Path, author: str = "Guest", **more: object) -> list[MarginsTaken]:
    return list(result_of(import_margins(store, paths, author, **more)))  # type: ignore[arg-type]


def _original_grid(tmp_path: Path) -> Grid:
    files = [tmp_path / "original" / f"{n}.dcm" for n in range(5)]
    frames = frames_of(files)
    return Grid("1.2.3", 32, 32, tuple(frame.sop_uid for frame in frames), frames)


def _masks(store: Store, lesion_id: int, series: SeriesRecord) -> dict[int, np.ndarray]:
    return {
        one.slice_index: contour.mask(one.points, (series.rows, series.columns))
        for one in cases.contours(store, lesion_id=lesion_id)
    }


PIXELS = disc(14.2, 15.7, 6.1, 32, 32)


def test_a_segmentation_of_the_originals_finds_the_stored_slices(store: Store, tmp_path: Path):
    on, path = _original_grid(tmp_path), tmp_path / "seg.dcm"
    segmentation(path, [(1, on.frames[2], PIXELS), (1, on.frames[3], PIXELS)], placed=False)
    (taken,) = _take(store, path)
    assert taken.refused == ""
    assert (taken.kind, taken.patient) == ("SEG", "P-001")
    (series,) = cases.all_series(store)
    found = _masks(store, taken.lesions[0].id, series)
    assert found.keys() == {2, 3}
    assert all((mask == PIXELS).all() for mask in found.values())
    (contour_,) = cases.contours(store)[:1]
    assert contour_.sop_uid == study_key.open_key(store.folder).uid("1.2.3.77.2")
    assert contour_.author == "Guest"


def test_without_the_key_originals_are_not_known(store: Store, tmp_path: Path):
    on, path = _original_grid(tmp_path), tmp_path / "seg.dcm"
    segmentation(path, [(1, on.frames[2], PIXELS)])
    study_key.open_key(store.folder).path.unlink()
    (taken,) = _take(store, path)
    assert "refers to no series of this study" in taken.refused


def test_positions_in_the_same_frame_of_reference_are_enough_and_said(store: Store, tmp_path: Path):
    on, path = _original_grid(tmp_path), tmp_path / "rs.dcm"
    line = on.frames[1].to_mm(((5, 5), (20, 6), (18, 21)))
    structure_set(path, [("GTV", [line])], FrameOfReferenceUID="1.2.8")
    (taken,) = _take(store, path)
    assert [one.name for one in taken.lesions] == ["GTV"]
    assert taken.notes == (
        "The file names no slice of this series; its positions alone say where it lies.",
    )


def test_a_file_of_another_patient_is_refused_unless_the_series_is_chosen(
    store: Store, tmp_path: Path
):
    on, path = _original_grid(tmp_path), tmp_path / "rs.dcm"
    structure_set(path, [("GTV", [on.frames[1].to_mm(((5, 5), (20, 6), (18, 21)))])])
    (taken,) = _take(store, path)
    assert "Import the CT it was drawn on first, or choose the series" in taken.refused
    (series,) = cases.all_series(store)
    (taken,) = _take(store, path, series_id=series.id)
    assert [one.margins for one in taken.lesions] == [1]


def test_two_series_that_fit_alike_are_named(store: Store, tmp_path: Path):
    write_originals(tmp_path / "again", ANISOTROPIC, PatientID="Other", SeriesInstanceUID="1.2.4")
    run_import(store, tmp_path / "again")
    on, path = _original_grid(tmp_path), tmp_path / "mask.nii.gz"
    values = np.zeros((32, 32, 5), np.uint8)
    values[:, :, 2] = PIXELS.T
    label_volume(path, values, affine_of(on))
    (taken,) = _take(store, path)
    assert "fits several series: P-001 (series 1), P-002 (series 2)" in taken.refused
    (taken,) = _take(store, path, series_id=2)
    assert taken.patient == "P-002"


def test_a_mask_finds_its_series_by_the_grid(store: Store, tmp_path: Path):
    on, path = _original_grid(tmp_path), tmp_path / "Jane_Doe.nii.gz"
    values = np.zeros((32, 32, 5), np.uint8)
    values[:, :, 2] = PIXELS.T
    label_volume(path, values, affine_of(on))
    (taken,) = _take(store, path)
    assert [one.name for one in taken.lesions] == ["Mask"]
    assert taken.notes == ("The series was found by the grid of the mask.",)
    (series,) = cases.all_series(store)
    assert (_masks(store, taken.lesions[0].id, series)[2] == PIXELS).all()


def test_all_that_we_hand_on_comes_back_to_a_study_of_the_same_ct(tmp_path: Path):
    with drawn_study(tmp_path, OBLIQUE) as store:
        handed = outgoing(store, 1)
        out = tmp_path / "out"
        out.mkdir()
        (out / "seg.dcm").write_bytes(seg.written(handed, ANN))
        (out / "rs.dcm").write_bytes(rtstruct.written(handed, BEN))
        (out / "m.json").write_bytes(margins_json.written(handed))
        for file in nifti.written(handed):
            (out / file.name).write_bytes(file.data)
        for number, name in enumerate(("seg.dcm", "rs.dcm", "P-001_1_margins_2.nii.gz")):
            (taken,) = _take(store, out / name, author=f"Guest {number}")
            assert taken.refused == ""
            assert not any(one.is_new for one in taken.lesions)  # they join the lesions they are
        (refused,) = _take(store, out / "m.json", author="")
        assert f"{ANN} has a margin of L1 on slice 2 already" in refused.refused
        assert len(cases.lesions(store)) == 2


def test_json_moves_margins_to_another_study_of_the_same_ct(store: Store, tmp_path: Path):
    draw(store, 1)
    handed = outgoing(store, 1)
    for lesion in cases.lesions(store):
        cases.remove_lesion(store, lesion.id)
    path = tmp_path / "m.json"
    path.write_bytes(margins_json.written(handed))
    (taken,) = _take(store, path, author="")
    assert [(one.name_in_file, one.name, one.author) for one in taken.lesions] == [
        ("L1", "L3", ANN),
        ("L1", "L3", BEN),
        ("L2", "L4", ANN),
    ]
    assert "L1 of the file is L3 here." in taken.notes
    again = outgoing(store, 1)
    assert [m.points for m in again.margins] == [m.points for m in handed.margins]


@pytest.mark.parametrize(
    "points", [[[1e308, 1], [2, 1e308], [3, -1e308]], [[50, 50], [60, 50], [60, 60]]]
)
def test_json_of_lines_beyond_the_image_is_refused(store: Store, tmp_path: Path, points):
    draw(store, 1)
    content = json.loads(margins_json.written(outgoing(store, 1)))
    content["margins"][-1]["points"] = points
    (tmp_path / "m.json").write_text(json.dumps(content))
    before = len(cases.contours(store))
    (taken,) = _take(store, tmp_path / "m.json", author="")
    assert "lies outside the image" in taken.refused
    assert len(cases.contours(store)) == before


def test_one_bad_file_does_not_stop_the_rest(store: Store, tmp_path: Path):
    on, good, bad = _original_grid(tmp_path), tmp_path / "seg.dcm", tmp_path / "note.txt"
    segmentation(good, [(1, on.frames[2], PIXELS)])
    bad.write_text("hello")
    taken = _take(store, bad, tmp_path / "gone.dcm", good, tmp_path / "original" / "0.dcm")
    assert [bool(one.refused) for one in taken] == [True, True, False, True]
    assert "no file of margins" in taken[0].refused
    assert "CT slices are imported on the Cases page" in taken[3].refused


def test_a_study_that_is_read_only_takes_nothing(store: Store, tmp_path: Path):
    with (
        Store.open(store.folder) as second,
        pytest.raises(ReadOnlyError, match=rf"process {os.getpid()}\) has it open"),
    ):
        _take(second, tmp_path / "seg.dcm")


def test_the_sarcomas_structure_set_and_mask_agree(tmp_path: Path):
    folder = shared_path("data/ct_sts_003_rtstruct")
    mask = np.asarray(nibabel.load(folder / "nifti" / "CT_mask.nii.gz").dataobj).T > 0
    with Store.create(tmp_path / "s", "Sarcoma") as store:
        (series,) = run_import(store, folder / "CT" / "image").series
        drawn, filled = _take(
            store, folder / "CT" / "mask" / "RS.dcm", folder / "nifti" / "CT_mask.nii.gz"
        )
        assert (drawn.refused, filled.refused) == ("", "")
        assert [one.name for one in drawn.lesions] == ["GTV_Mass_CT"]
        for taken in (drawn, filled):
            found = np.zeros(mask.shape, bool)
            for index, plane in _masks(store, taken.lesions[0].id, series).items():
                found[index] = plane
            assert 2 * (found & mask).sum() / (found.sum() + mask.sum()) == 1.0
        scan = _take(store, folder / "nifti" / "CT_image.nii.gz")[0]
        assert "a picture, no mask of lesions" in scan.refused


def test_dcmqis_liver_and_overlapping_segments_come_in(tmp_path: Path):
    folder = shared_path("data/seg_dcmqi")
    with Store.create(tmp_path / "s", "Liver") as store:
        run_import(store, folder / "segmentations" / "ct-3slice")
        liver, overlaps, stray, report = _take(
            store,
            folder / "segmentations" / "liver.dcm",
            folder / "segmentations" / "partial_overlaps.dcm",
            folder / "sr-example" / "seg.dcm",
            folder / "sr-example" / "sr.dcm",
        )
        assert [(one.name, one.margins) for one in liver.lesions] == [("Liver", 3)]
        assert any("3 holes" in note for note in liver.notes)
        assert [one.name for one in overlaps.lesions] == [
            "GREEN", "ORANGE", "PURPLE", "LIGHT_BLUE", "DARK_BLUE",
        ]  # fmt: skip
        assert "refers to no series" in stray.refused
        assert "Comprehensive SR" in report.refused


def _good_files(tmp_path: Path) -> list[Path]:
    on = _original_grid(tmp_path)
    files = [tmp_path / name for name in ("seg.dcm", "rs.dcm", "m.nii", "m.nii.gz")]
    segmentation(files[0], [(1, on.frames[2], PIXELS)])
    line = on.frames[1].to_mm(((5, 5), (20, 6), (18, 21)))
    structure_set(files[1], [("GTV", [line])], FrameOfReferenceUID="1.2.8")
    values = np.zeros((32, 32, 5), np.uint8)
    values[:, :, 2] = PIXELS.T
    label_volume(files[2], values, affine_of(on))
    label_volume(files[3], values, affine_of(on))
    return files


@pytest.mark.parametrize("number", range(4))
def test_cut_and_mutated_files_are_taken_or_refused_in_words(
    store: Store, tmp_path: Path, number: int
):
    file = _good_files(tmp_path)[number]
    content, draws = file.read_bytes(), random.Random(number)
    bad = tmp_path / f"bad{''.join(file.suffixes)}"
    refused = 0
    for trial in range(25):
        damaged = bytearray(content)
        if trial % 2:
            damaged = damaged[: draws.randrange(len(content))]
        for _ in range(draws.randrange(12) if damaged else 0):
            damaged[draws.randrange(len(damaged))] = draws.randrange(256)
        bad.write_bytes(damaged)
        (taken,) = _take(store, bad, author=f"Guest {trial}")
        assert bool(taken.refused) != bool(taken.lesions)
        refused += bool(taken.refused)
    assert refused >= 8


def test_nesting_is_refused(store: Store, tmp_path: Path):
    text = tmp_path / "deep.json"
    text.write_text('{"format": ' + "[" * 5000 + "]" * 5000 + "}", "ascii")
    binary = _good_files(tmp_path)[1]
    sequence = b"\x06\x30\x39\x00SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    start = binary.read_bytes().partition(b"\x06\x30\x39\x00SQ")[0]
    binary.write_bytes(start + 5000 * sequence)
    assert all(one.refused for one in _take(store, text, binary))


def test_huge_claims_take_no_memory(store: Store, tmp_path: Path):
    segment, _, mask, zipped = _good_files(tmp_path)
    on = _original_grid(tmp_path)
    segmentation(segment, [(1, on.frames[2], PIXELS)], Rows=60000, Columns=60000)
    content = bytearray(mask.read_bytes())
    content[40:56] = np.asarray([3, 8000, 8000, 8000, 1, 1, 1, 1], "<i2").tobytes()
    mask.write_bytes(content)
    import gzip

    zipped.write_bytes(gzip.compress(bytes(content) + bytes(1 << 22)))
    tracemalloc.start()
    taken = _take(store, segment, mask, zipped)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert all(one.refused for one in taken)
    assert peak < 100 << 20


def test_the_grid_of_what_is_handed_on_is_the_stored_one(store: Store):
    draw(store, 1)
    handed = outgoing(store, 1)
    on = grid_of(handed.series)
    assert on.frames == frames_of(cases.series(store, 1).folder)
    assert on.slice_of(handed.series.frames[3].sop_uid) == 3
    assert on.slice_of("1.2.3.77.3") is None
    known = replace(on, rename=study_key.open_key(store.folder).uid)
    assert known.slice_of("1.2.3.77.3") == 3
