"""ROI import: a manifest of pictures becomes a study, each ROI whole or not at all."""

from __future__ import annotations

import csv
import errno
from pathlib import Path
from typing import IO

import numpy as np
import pytest
from learning_sets import result_of
from PIL import Image
from ultrasound_manifest import write_manifest

from reader_app.workflows import import_rois as workflow
from reader_app.workflows.import_rois import import_rois
from studies import cases, learning
from studies.cases import Intake, NewFinding
from studies.errors import ReadOnlyError, StudyError
from studies.imaging import window
from studies.imaging.volume import load_slice
from studies.records import ImportReport
from studies.store import Store

BATCH = 25
SQUARE = "[[10, 10], [40, 10], [40, 40], [10, 40], [10, 10]]"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(workflow, "BATCH", BATCH)
    with Store.create(tmp_path / "study.blindread", "Pictures", kind="roi") as made:
        yield made


def _manifest(folder: Path, rows: list[str], header: str = "file,patient,diagnosis") -> Path:
    """Rows of a manifest, and a 64 x 64 picture of 16 bits for every name that is new."""
    for row in rows:
        name = row.split(",")[0]
        path = folder / name
        if name.endswith(".png") and not path.exists():
            rng = np.random.default_rng(sum(name.encode()))
            Image.fromarray(rng.integers(0, 60000, (64, 64), np.uint16)).save(path)
    path = folder / "manifest.csv"
    path.write_text("\n".join([header, *rows]))
    return path


def _import(store: Store, manifest: Path) -> ImportReport:
    report: ImportReport = result_of(import_rois(store, manifest))
    _check_whole(store)
    return report


def _check_whole(store: Store) -> None:
    """Every series has one diagnosed lesion with a margin, and every folder is a series'."""
    lesions = cases.lesions(store)
    assert sorted(one.id for one in cases.all_series(store)) == [one.series_id for one in lesions]
    assert all(one.is_ready and one.contours == 1 for one in lesions)
    folders = {series.folder for series in cases.all_series(store)}
    assert set(store.series_folder.iterdir()) == folders


def test_ultrasound_lesions_of_three_classes_come_in(store: Store, tmp_path: Path):
    manifest = write_manifest(tmp_path, 4)
    with manifest.open(newline="", encoding="utf-8") as file:
        named = [row["diagnosis"].lower() for row in csv.DictReader(file)]
    report = _import(store, manifest)
    assert len(report.taken) == len(named) >= 9
    assert not report.left_out
    assert cases.study(store).scheme.codes == ("benign", "malignant", "normal")
    assert not any(series.has_hu for series in report.series)
    rois = cases.rois(store)
    assert [roi.category for roi in rois] == named
    for roi in rois:
        series = cases.series(store, cases.lesion(store, roi.lesion_id).series_id)
        assert roi.image.shape == (64, 64)
        assert 0 <= roi.image.min() < roi.image.max() <= 1
        pixels = load_slice(series, 0)
        assert (roi.native.window_low, roi.native.window_high) == window.auto(pixels)
        assert roi.native.window_low == pytest.approx(np.percentile(pixels, 1), abs=1)
        assert roi.native.window_high == pytest.approx(np.percentile(pixels, 99), abs=1)


def test_more_rois_than_a_batch_keep_their_order(store: Store, tmp_path: Path):
    rows = [f"{n:02d}.png,P{n % 20},{'AB'[n % 2]}" for n in range(BATCH + 7)]
    report = _import(store, _manifest(tmp_path, rows))
    assert len(report.taken) == BATCH + 7
    assert [series.description for series in cases.all_series(store)] == sorted(
        (series.description for series in report.series), key=lambda name: (int(name) % 20, name)
    )
    twice = next(case for case in cases.cases(store) if case.patient == "P3")
    assert [one.name for one in cases.lesions(store, case_id=twice.id)] == ["L1", "L2"]


def test_each_picture_that_cannot_be_taken_is_named_with_its_line(store: Store, tmp_path: Path):
    (tmp_path / "text.txt").write_text("no picture")
    rows = [
        "a.png,P1,A,",
        "gone.jpg,P2,A,",
        "text.txt,P3,B,",
        f'b.png,P4,B,"{SQUARE}"',
        "a.png,P1,A,",
        'b.png,P5,B,"[[1,1],[90,1],[90,90]]"',
        'b.png,P6,B,"[[1,1],[5,5],[9,9]]"',
    ]
    report = _import(store, _manifest(tmp_path, rows, "file,patient,diagnosis,polygon"))
    assert [verdict.file for verdict in report.taken] == ["a.png (line 2)", "b.png (line 5)"]
    reasons = {verdict.file: verdict.reason for verdict in report.left_out}
    assert "no such file" in reasons["gone.jpg (line 3)"]
    assert "not a picture" in reasons["text.txt (line 4)"]
    assert "already" in reasons["a.png (line 6)"]
    assert "leaves the picture of 64 x 64 px" in reasons["b.png (line 7)"]
    assert "no area" in reasons["b.png (line 8)"]
    assert {case.patient for case in cases.cases(store)} == {"P1", "P4"}


@pytest.mark.parametrize("turn", [1, -1])
def test_a_polygon_may_turn_either_way_and_be_closed(store: Store, tmp_path: Path, turn: int):
    corners = [[10, 10], [40, 10], [40, 40], [10, 40]][::turn]
    rows = [f'a.png,P1,A,"{corners}"', f'b.png,P2,B,"{[*corners, corners[0]]}"']
    _import(store, _manifest(tmp_path, rows, "file,patient,diagnosis,polygon"))
    assert [len(margin.points) for margin in cases.contours(store)] == [4, 4]
    assert [roi.side_mm for roi in cases.rois(store)] == pytest.approx([1.5 * 30 * 2**0.5] * 2)


def test_a_picture_without_polygon_is_taken_whole(store: Store, tmp_path: Path):
    _import(store, _manifest(tmp_path, ["a.png,P1,A", "b.png,P2,B"]))
    for roi, series in zip(cases.rois(store), cases.all_series(store), strict=True):
        low, high = roi.native.window_low, roi.native.window_high
        whole = np.clip((load_slice(series, 0) - low) / (high - low), 0, 1)
        assert np.corrcoef(roi.image.ravel(), whole.ravel())[0, 1] > 0.98


# --- folds and classes of a second manifest -----------------------------------------------------

FOLDED = "file,patient,diagnosis,fold"


def _folds(store: Store) -> dict[str, int | None]:
    return {lesion.patient: lesion.fold for lesion in cases.lesions(store)}


def test_folds_of_a_second_manifest_join_those_that_stand(store: Store, tmp_path: Path):
    _import(store, _manifest(tmp_path, ["a.png,P1,A,1", "b.png,P2,B,2"], FOLDED))
    _import(store, _manifest(tmp_path, ["c.png,P1,A,1", "d.png,P3,B,2"], FOLDED))
    assert _folds(store) == {"P1": 0, "P2": 1, "P3": 1}


def test_a_patient_never_changes_folds(store: Store, tmp_path: Path):
    _import(store, _manifest(tmp_path, ["a.png,P1,A,1", "b.png,P2,B,2"], FOLDED))
    with pytest.raises(StudyError, match="patient P1 into another fold"):
        _import(store, _manifest(tmp_path, ["c.png,P1,A,2", "d.png,P3,B,1"], FOLDED))
    assert _folds(store) == {"P1": 0, "P2": 1}
    assert learning.fold_seed(store) == 0


def test_other_classes_need_another_study(store: Store, tmp_path: Path):
    _import(store, _manifest(tmp_path, ["a.png,P1,A", "b.png,P2,B"]))
    with pytest.raises(StudyError, match=r"does not have \(c\)"):
        _import(store, _manifest(tmp_path, ["c.png,P3,A", "d.png,P4,C"]))
    report = _import(store, _manifest(tmp_path, ["c.png,P3,b", "d.png,P4,A"]))
    assert [roi.category for roi in cases.rois(store)] == ["a", "b", "b", "a"]
    assert len(report.taken) == 2


# --- stopping and faults ------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [1, 3, BATCH + 2])
def test_a_cancelled_import_keeps_whole_rois_only(store: Store, tmp_path: Path, steps: int):
    rows = [f"{n:02d}.png,P{n},{'AB'[n % 2]}" for n in range(BATCH + 5)]
    running = import_rois(store, _manifest(tmp_path, rows))
    for _ in range(steps):
        next(running)
    running.close()
    _check_whole(store)
    assert len(cases.lesions(store)) == (BATCH if steps > BATCH else 0)


def test_a_full_disk_stops_the_import_and_leaves_whole_rois(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    rows = [f"{n:02d}.png,P{n},{'AB'[n % 2]}" for n in range(BATCH + 5)]
    left = iter(range(BATCH + 2))
    save = np.save

    def full(file: IO[bytes], pixels: np.ndarray, *, allow_pickle: bool) -> None:
        save(file, pixels, allow_pickle=allow_pickle)
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(workflow.np, "save", full)
    with pytest.raises(ReadOnlyError, match="No space left"):
        _import(store, _manifest(tmp_path, rows))
    _check_whole(store)
    assert len(cases.lesions(store)) == BATCH


def test_a_database_that_fails_stops_the_import_and_leaves_no_files(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(_: Store, __: tuple[NewFinding, ...]) -> tuple[Intake, ...]:
        raise StudyError("The disk is full.")

    monkeypatch.setattr(cases, "add_findings", fail)
    with pytest.raises(StudyError, match="full"):
        _import(store, _manifest(tmp_path, ["a.png,P1,A", "b.png,P2,B"]))
    _check_whole(store)


def test_what_a_killed_import_left_is_removed(store: Store, tmp_path: Path):
    left = store.series_folder / ".incoming-0123"
    left.mkdir(parents=True)
    (left / "image.npy").write_bytes(b"half")
    _import(store, _manifest(tmp_path, ["a.png,P1,A", "b.png,P2,B"]))
    assert not left.exists()


def test_a_refused_finding_leaves_nothing_and_stops_no_other(store: Store, tmp_path: Path):
    _import(store, _manifest(tmp_path, ["a.png,P1,A", "b.png,P2,B"]))
    (standing, _) = cases.all_series(store)
    token = store.series_folder / "new"
    token.mkdir()

    def finding(uid: str, patient: str, category: str) -> NewFinding:
        series = cases.NewSeries(
            uid, "image", "x", 1, 64, 64, 1.0, 1.0, 0.0, "", False, False, (), Path("new")
        )
        points = ((1.0, 1.0), (9.0, 1.0), (9.0, 9.0))
        return NewFinding(patient, series, points, category, "manifest", "x", "import")

    taken = cases.add_findings(
        store,
        (
            finding(standing.series_uid, "P7", "a"),
            finding("1.2", "P8", "none"),
            finding("1.3", " ", "a"),
            finding("1.4", "P9", "b"),
        ),
    )
    assert [one.series is not None for one in taken] == [False, False, False, True]
    assert [bool(one.reason) for one in taken] == [True, True, True, False]
    assert {case.patient for case in cases.cases(store)} == {"P1", "P2", "P9"}


def test_a_study_open_read_only_takes_nothing(store: Store, tmp_path: Path):
    with (
        Store.open(store.folder, read_only=True) as reading,
        pytest.raises(ReadOnlyError, match="read-only"),
    ):
        _import(reading, _manifest(tmp_path, ["a.png,P1,A", "b.png,P2,B"]))
