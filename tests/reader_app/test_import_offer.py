"""Looking takes nothing; the person's word takes what was chosen and still stands then."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from foreign_ct import ct, stack, stored
from learning_sets import result_of

from reader_app.workflows.import_cases import (
    NOT_CHOSEN,
    import_paths,
    import_some,
    take_series,
)
from reader_app.workflows.import_offer import HELD, ImportOffer, look_through, middle_slices
from studies import cases, places
from studies.errors import StudyError
from studies.records import ImportReport
from studies.store import Store

HEIGHTS = (0.0, 5.0, 10.0)
LOCALIZER = ["ORIGINAL", "PRIMARY", "LOCALIZER"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.create(tmp_path / "s.blindread", "S") as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two patients with a series each, a localizer and a letter."""
    into = tmp_path / "in"
    stack(into / "a", HEIGHTS, series="1.1", patient="A", SeriesDescription="Portal\nvenous  ")
    stack(into / "b", HEIGHTS, series="1.2", patient="B", LossyImageCompression="01")
    ct(into / "s", uid="9.1", series="9", ImageType=LOCALIZER, SeriesDescription="Topogram")
    (into / "letter.txt").write_text("no picture")
    return into


def look(store: Store | None, *paths: Path) -> ImportOffer:
    offer: ImportOffer = result_of(look_through(store, paths))
    return offer


def take(store: Store, offer: ImportOffer, *chosen: int) -> ImportReport:
    report: ImportReport = result_of(take_series(store, offer, chosen))
    assert sorted(one.name for one in store.series_folder.iterdir()) == sorted(
        one.folder.name for one in cases.all_series(store)
    )
    return report


def reasons(report: ImportReport) -> dict[str, str]:
    return {Path(one.file).name: one.reason for one in report.left_out}


def test_looking_takes_nothing_and_tells_what_would_come(store: Store, folder: Path) -> None:
    before = {path for path in store.folder.rglob("*") if path.suffix not in (".sqlite-wal",)}
    offer = look(store, folder)
    assert not cases.all_series(store)
    assert {path for path in store.folder.rglob("*") if path.suffix != ".sqlite-wal"} == before
    assert not list((places.keys_home() / "studies").glob("*.json"))
    first, second = offer.series
    assert (first.patient, first.description, first.first.date) == (
        "P-001",
        "Portal venous",
        "20200310",
    )
    assert (second.patient, second.description, second.badges) == (
        "P-002",
        "CT",
        ("lossy compression",),
    )
    assert (offer.takeable, offer.files) == ((0, 1), 8)
    told = {one.description: (one.reason[:11], len(one.files)) for one in offer.passed_over}
    assert told == {"Topogram": ("A localizer", 1), "": ("The file is", 1)}
    offer.close()


def test_only_the_chosen_series_come_in_under_the_name_that_was_shown(
    store: Store, folder: Path
) -> None:
    report = take(store, look(store, folder), 1)
    assert [one.patient for one in report.series] == ["P-002"]
    assert len(report.files) == 8
    not_chosen = [name for name, reason in reasons(report).items() if reason == NOT_CHOSEN]
    assert len(not_chosen) == 3
    again = look(store, folder)
    assert [(one.patient, one.refusal) for one in again.series] == [("P-003", ""), ("P-002", HELD)]
    assert [one.patient for one in take(store, again, *again.takeable).series] == ["P-003"]


def test_a_name_that_is_taken_by_then_is_not_given_twice(store: Store, folder: Path) -> None:
    offer = look(store, folder)
    cases.add_case(store, "P-002")  # a manifest's patient, say
    report = take(store, offer, 1)
    assert [one.patient for one in report.series] == ["P-001"]


def test_a_file_that_went_or_changed_since_is_left_out_with_the_reason(
    store: Store, folder: Path
) -> None:
    offer = look(store, folder)
    gone, changed = (offer.series[0].plan.slices[at].source.path for at in (0, 1))
    gone.unlink()
    content = changed.read_bytes()
    changed.write_bytes(content[:-2] + b"\1\1")
    os.utime(changed, ns=(1, 1))
    report = take(store, offer, 0, 1)
    told = reasons(report)
    assert told[gone.name].startswith("The file is not there any more")
    assert told[changed.name].startswith("The file has changed since the series were listed")
    assert [one.slices for one in report.series] == [1, 3]


def test_of_a_source_that_is_away_nothing_is_stored(store: Store, folder: Path) -> None:
    offer = look(store, folder)
    folder.rename(folder.with_name("elsewhere"))
    report = take(store, offer, 0, 1)
    assert not report.series
    assert not cases.cases(store)
    assert all("not there any more" in one.reason for one in report.left_out[:1])


def test_what_a_zip_unpacked_waits_for_the_word_and_goes_after_it(
    store: Store, tmp_path: Path, folder: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in (folder / "a").iterdir():
            archive.write(path, path.name)
    offer = look(store, tmp_path / "a.zip")
    assert offer.workspace.path.is_dir()
    assert take(store, offer, 0).series[0].slices == 3
    assert not offer.workspace.path.exists()
    refused = look(store, tmp_path / "a.zip")
    refused.close()
    refused.close()
    assert not refused.workspace.path.exists()


def test_the_middle_slice_is_shown_before_anything_is_taken(store: Store, folder: Path) -> None:
    offer = look(store, folder)
    (at, pixels), (_, other) = middle_slices(offer, (0, 1))
    assert at == 0
    assert pixels is not None
    assert (pixels.shape, set(np.unique(pixels))) == ((32, 32), {10.0})
    offer.series[1].plan.slices[1].source.path.unlink()
    ((_, missing),) = middle_slices(offer, (1,))
    assert other is not None
    assert missing is None
    offer.close()


def test_a_cancelled_look_leaves_no_files_behind(
    store: Store, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "t"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    running = look_through(store, (folder,))
    next(running)
    assert list(temporary.iterdir())
    running.close()
    assert not list(temporary.iterdir())


def test_series_are_named_by_their_uid_and_parts_by_a_number(store: Store, tmp_path: Path) -> None:
    for phase in (1, 2):
        for number, z in enumerate(HEIGHTS):
            uid = f"5.{phase}.{number}"
            ct(tmp_path / "in" / uid, z, uid=uid, series="5", AcquisitionNumber=phase, hu=phase)
    report: ImportReport = result_of(import_some(store, (tmp_path / "in",), ("5#2",)))
    assert [one.slices for one in report.series] == [3]
    (first, *_) = stored(report.series[0].folder)
    assert first.pixel_array.max() + first.RescaleIntercept == 2
    with pytest.raises(StudyError, match="no series 6 here"):
        result_of(import_some(store, (tmp_path / "in",), ("6",)))
    rest: ImportReport = result_of(import_some(store, (tmp_path / "in",), ("5",)))
    assert [one.slices for one in rest.series] == [3]


# --- several imports at a time --------------------------------------------------------------


def test_imports_that_interleave_do_not_remove_each_others_folders(
    store: Store, folder: Path
) -> None:
    first = import_paths(store, (folder / "a",))
    while not list(store.series_folder.glob(".incoming-*")):
        next(first)
    second: ImportReport = result_of(import_paths(store, (folder / "b",)))
    assert [one.slices for one in second.series] == [3]
    report: ImportReport = result_of(first)
    assert [one.slices for one in report.series] == [3]
    for series in cases.all_series(store):
        assert len(stored(series.folder)) == 3
    assert len(list(store.series_folder.iterdir())) == 2


def test_a_whole_folder_that_waits_to_be_recorded_is_left_alone(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = cases.add_series
    others: list[ImportReport] = []

    def late(*arguments: object) -> object:
        monkeypatch.setattr(cases, "add_series", record)
        others.append(result_of(import_paths(store, (folder / "b",))))
        return record(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(cases, "add_series", late)
    report: ImportReport = result_of(import_paths(store, (folder / "a",)))
    assert [len(one.series) for one in (report, *others)] == [1, 1]
    assert all(one.folder.is_dir() for one in cases.all_series(store))


def test_what_a_killed_import_left_goes_with_its_lock_file(store: Store, folder: Path) -> None:
    owner = "0123abcd"
    left = [
        store.series_folder / name for name in (f".incoming-{owner}89abcdef", f"{owner}00000000")
    ]
    for one in left:
        one.mkdir()
        (one / "00000.dcm").write_bytes(b"half")
    lock = store.series_folder / f".import-{owner}"
    lock.write_bytes(b"")
    result_of(import_paths(store, (folder / "a",)))
    assert not any(one.exists() for one in (*left, lock))
    assert len(list(store.series_folder.iterdir())) == 1


# --- what a series' badges tell -------------------------------------------------------------


@pytest.mark.parametrize(
    ("heights", "badge"),
    [
        ((0.0, 4.0, 12.0, 16.0, 20.0), "gaps: 1 slice is missing at 8 mm"),
        ((0.0, 4.0, 8.0, 20.0, 24.0, 40.0, 44.0), "gaps: 5 slices are missing at 14 and 32 mm"),
        (
            (0.0, 4.0, 12.0, 16.0, 24.0, 28.0, 36.0, 40.0, 48.0, 52.0, 60.0, 64.0, 68.0, 72.0),
            "gaps: 5 slices are missing at 8, 20, 32, 44 mm and 1 more place",
        ),
    ],
)
def test_gaps_are_told_with_their_places(
    tmp_path: Path, heights: tuple[float, ...], badge: str
) -> None:
    stack(tmp_path / "in", heights)
    offer = look(None, tmp_path / "in")
    assert offer.series[0].badges == (badge,)
    offer.close()


def test_an_offer_says_from_which_folders_it_comes(folder: Path, tmp_path: Path) -> None:
    stack(tmp_path / "other" / "c", HEIGHTS, series="1.3", patient="C")
    for paths, source in (
        ((folder,), f"{folder}"),
        ((folder / "a", folder / "b"), f"{folder}"),
        ((folder / "a", tmp_path / "other" / "c"), f"{folder} and 1 other folder"),
    ):
        offer = look(None, *paths)
        offer.close()
        assert offer.source == source
