"""Imports that are killed, or whose disk fails: the study holds whole series or none of them."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from foreign_ct import stack
from import_desk import ISOTROPIC, run_import
from small_disk import fill, small_disk

from reader_app.workflows.import_cases import import_paths
from studies import cases
from studies.errors import ReadOnlyError, StudyError
from studies.imaging import volume
from studies.store import Store

ROOT = Path(__file__).resolve().parents[2]

KILLED = """
import os, shutil, signal, sys
sys.path[:0] = [sys.argv[1]]
from pathlib import Path
from reader_app.workflows.import_cases import import_paths
from studies.store import Store

seen, limit = 0, 0
CHANGES = ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree", "os.truncate")

def hook(event, args):
    global seen
    if limit and (event in CHANGES or event == "open" and str(args[1]) in ("wb", "ab")):
        seen += 1
        if seen == limit:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
source, folders = Path(sys.argv[2]), sys.argv[3:]
for number, folder in enumerate(folders):
    if (child := os.fork()) == 0:
        limit = 2 + 7 * number if number < len(folders) - 1 else 10**9
        with Store.open(Path(folder)) as store:
            for _ in import_paths(store, [source]):
                pass
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, an own one."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    return folder


@pytest.fixture
def two_series(tmp_path: Path) -> Path:
    """A zip of two patients' series, four slices each."""
    for name in ("A", "B"):
        stack(tmp_path / "ct" / name, ISOTROPIC, series=f"1.{ord(name)}", patient=name)
    with zipfile.ZipFile(tmp_path / "ct.zip", "w") as archive:
        for path in sorted((tmp_path / "ct").rglob("*")):
            archive.write(path, path.relative_to(tmp_path))
    return tmp_path / "ct.zip"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not known to Windows")
def test_a_killed_import_leaves_whole_series_and_is_taken_up_again(
    tmp_path: Path, temporary: Path, two_series: Path
):
    """Killed at every seventh change of a file, in turn from the first to the last."""
    folders = [tmp_path / f"s{number}.blindread" for number in range(9)]
    for folder in folders:
        Store.create(folder, "Import").close()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(ROOT), str(two_series), *map(str, folders)],
        capture_output=True, text=True, check=True, env=os.environ | {"TMPDIR": str(temporary)},
    )  # fmt: skip
    codes = done.stdout.split()
    assert codes.count("-9") > 5
    assert codes[-1] == "0"
    found = [_taken_up(folder, two_series) for folder in folders]
    assert {0, 1, 2} <= set(found), "the kills came at all stages"
    assert not list(temporary.glob("blindread-import-*"))


def _taken_up(folder: Path, source: Path) -> int:
    """How many series a killed import left, each of them whole; then the rest comes in."""
    with Store.open(folder) as store:
        left = cases.all_series(store)
        assert all(len(volume.load(series).positions) == 4 for series in left)
        run_import(store, source)
        series = cases.all_series(store)
        assert sorted(one.patient for one in series) == ["P-001", "P-002"]
        assert all(len(volume.load(one).positions) == 4 for one in series)
        folders = {path.name for path in store.series_folder.iterdir()}
        assert folders == {one.folder.name for one in series}
        return len(left)


# --- disks ----------------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    with small_disk(tmp_path / "disk") as mount:
        yield mount


def test_a_full_disk_keeps_what_was_whole_and_names_the_folder(
    tmp_path: Path, disk: Callable[[str], Path], temporary: Path
):
    place = disk("size=4m")
    stack(tmp_path / "a", ISOTROPIC, series="1.1", patient="A")
    stack(tmp_path / "b", tuple(float(z) for z in range(60)), series="1.2", patient="B")
    with Store.create(place / "s.blindread", "Import") as store:
        run_import(store, tmp_path / "a")
        filler = fill(place)
        filler.write_bytes(b"\0" * (filler.stat().st_size - (100 << 10)))
        with pytest.raises(StudyError, match=str(place)):
            run_import(store, tmp_path / "b")
        (series,) = cases.all_series(store)
        assert [path.name for path in store.series_folder.iterdir()] == [series.folder.name]
        filler.unlink()
        assert len(run_import(store, tmp_path / "b").taken) == 60
    assert not list(temporary.iterdir())


def test_a_zip_that_finds_no_room_is_a_sentence(
    tmp_path: Path, two_series: Path, disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TMPDIR", str(disk("size=16k")))
    monkeypatch.setattr("tempfile.tempdir", None)
    with Store.create(tmp_path / "s.blindread", "Import") as store:
        (verdict,) = run_import(store, two_series).left_out
    assert "too little room" in verdict.reason


def test_a_disk_that_turns_read_only_or_vanishes_is_a_sentence(
    tmp_path: Path, disk: Callable[[str], Path]
):
    place = disk("size=4m")
    stack(tmp_path / "a", ISOTROPIC)
    with Store.create(place / "s.blindread", "Import") as store:
        running = import_paths(store, [tmp_path / "a"])
        next(running)
        (place / "s.blindread" / "series").rename(place / "away")
        (place / "s.blindread" / "series").write_bytes(b"in its place")
        with pytest.raises(StudyError, match="series"):
            _exhaust(running)
        assert cases.all_series(store) == ()
    disk("remount,ro")
    with Store.open(place / "s.blindread") as store, pytest.raises(ReadOnlyError):
        run_import(store, tmp_path / "a")


def _exhaust(running: Iterator[object]) -> None:
    for _ in running:
        pass


def test_files_that_vanish_while_they_are_read_are_listed(tmp_path: Path):
    paths = stack(tmp_path / "a", ISOTROPIC)
    with Store.create(tmp_path / "s.blindread", "Import") as store:
        running = import_paths(store, [tmp_path / "a"])
        for progress in running:
            if progress.total:
                break
            paths[0].unlink(missing_ok=True)
        try:
            while True:
                next(running)
        except StopIteration as ended:
            report = ended.value
    assert len(report.files) == 4
    assert len(report.left_out) == 1
    assert report.series[0].slices == 3


def test_a_cancelled_import_leaves_nothing_behind(tmp_path: Path, temporary: Path):
    stack(tmp_path / "a", tuple(float(z) for z in range(30)))
    with Store.create(tmp_path / "s.blindread", "Import") as store:
        running = import_paths(store, [tmp_path / "a"])
        while not next(running).total:
            pass
        running.close()
        assert not list(store.series_folder.iterdir())
        assert cases.all_series(store) == ()
    assert not list(temporary.iterdir())
