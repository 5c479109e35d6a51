"""What was saved survives kill -9, two writers at once, and disks that are full or read-only."""

from __future__ import annotations

import math
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from learn_study import make_study
from small_disk import fill, small_disk

from studies import cases, database, schema
from studies.errors import ReadOnlyError, StudyError
from studies.files import write_synced
from studies.records import Points
from studies.store import DATABASE, Store

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("BLINDREAD_KILLS", "10"))
DRAW_UNTIL_KILLED = """
import os
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from studies import cases
from studies.store import Store

def draw(folder):
    print(os.getpid(), flush=True)
    store = Store.open(folder)
    (lesion,) = cases.lesions(store)
    number = len(cases.contours(store))
    while True:
        number += 1
        points = ((1.0, 1.0), (1.0 + number, 1.0), (1.0, 2.0))
        cases.save_contour(store, lesion.id, "1", 0, points, f"author {number}", "polygon")
        print(number, flush=True)

for folder in sys.stdin:  # forked after the slow imports
    drawing = os.fork()
    if drawing == 0:
        draw(Path(folder.strip()))
    os.waitpid(drawing, 0)
    print("ended", flush=True)
"""
ADD_CASES = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from sqlalchemy.orm import Session
from studies.database import in_words, open_engine
from studies.model.imaging import CaseRow
engine = open_engine(Path(sys.argv[1]) / "study.sqlite", read_only=False)
writer = engine.execution_options(begin="IMMEDIATE")
for number in range(int(sys.argv[3])):
    with in_words(Path(sys.argv[1])), Session(writer) as session:
        session.connection()
        name = f"{sys.argv[2]}-{number}"
        session.add(CaseRow(patient=name, extra=False, simulated=True, imported=""))
        session.commit()
    print(name, flush=True)
"""


def child(code: str, *words: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", code, *words, str(ROOT)], stdin=pipe, stdout=pipe, text=True
    )


def one_lesion(folder: Path) -> Path:
    with make_study(folder, per_class=1) as store:
        for lesion in cases.lesions(store)[1:]:
            cases.remove_lesion(store, lesion.id)
        (margin,) = cases.contours(store)
        cases.delete_contour(store, margin.id)
    return folder


@pytest.fixture(scope="module")
def draws() -> Iterator[subprocess.Popen[str]]:
    """The process that makes drawing processes."""
    if sys.platform == "win32":
        pytest.skip("kill -9 and fork are of POSIX")
    running = child(DRAW_UNTIL_KILLED)
    yield running
    running.communicate()


def kill_after(draws: subprocess.Popen[str], folder: Path, saves: int) -> int:
    """A process draws until it is killed; the last margin that it said was saved."""
    assert draws.stdin is not None
    assert draws.stdout is not None
    draws.stdin.write(f"{folder}\n")
    draws.stdin.flush()
    process = int(draws.stdout.readline())
    said = [draws.stdout.readline() for _ in range(saves)]
    os.kill(process, signal.SIGKILL)
    said += iter(draws.stdout.readline, "ended\n")
    return int(said[-1])


def test_no_acknowledged_margin_is_lost_to_kill_9(
    draws: subprocess.Popen[str], tmp_path: Path
) -> None:
    """Opened again after each kill: every margin that was said to be saved stands, as drawn."""
    folder = one_lesion(tmp_path / "s")
    rng = random.Random(20261123)
    before = 0
    for _ in range(KILLS):
        acknowledged = kill_after(draws, folder, rng.randrange(1, 12))
        with Store.open(folder) as store:
            assert not store.read_only, "the lock dies with its process"
            drawn = cases.contours(store)
            kept = {margin.author: margin.points for margin in drawn}
        assert len(kept) - acknowledged in (0, 1), "one may be saved but not yet said"
        for number in range(1, acknowledged + 1):
            assert kept[f"author {number}"] == ((1.0, 1.0), (1.0 + number, 1.0), (1.0, 2.0))
        assert acknowledged > before
        before = acknowledged


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    Store.create(tmp_path / "s", "Liver").close()
    writers = [child(ADD_CASES, str(tmp_path / "s"), name, "60") for name in ("A", "B")]
    said = {line for one in writers for line in one.communicate()[0].split()}
    assert [one.returncode for one in writers] == [0, 0]
    with Store.open(tmp_path / "s") as store:
        assert {case.patient for case in cases.cases(store)} == said
        with store.snapshot() as session:
            check = session.connection().exec_driver_sql("PRAGMA integrity_check").scalar()
    assert (len(said), check) == (120, "ok")


# --- disks


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    with small_disk(tmp_path / "disk") as mount:
        yield mount


def circle(corners: int) -> Points:
    turns = [2 * math.pi * k / corners for k in range(corners)]
    return tuple((48 + 20 * math.cos(turn), 48 + 20 * math.sin(turn)) for turn in turns)


def save_until_refused(store: Store, lesion_id: int) -> tuple[int, StudyError]:
    """Margins saved one an author, and what was said when no more would go."""
    for number in range(500):
        try:
            cases.save_contour(store, lesion_id, "1", 0, circle(300), f"A{number}", "freehand")
        except StudyError as refused:
            return number, refused
    raise AssertionError("the disk is never full")


def test_a_full_disk_is_a_sentence_and_loses_nothing(disk: Callable[[str], Path]) -> None:
    place = disk("size=4m")
    folder = one_lesion(place / "s")
    with Store.open(folder) as store:
        (lesion,) = cases.lesions(store)
        filler = fill(place)
        saved, refused = save_until_refused(store, lesion.id)
        assert f"The disk of {folder} is full" in str(refused)
        assert "make room, then do it again" in str(refused)
        assert len(cases.contours(store)) == saved, "still readable"
        with pytest.raises(ReadOnlyError, match=f"{folder}/items cannot be written"):
            write_synced(folder / "items" / "x.raw", bytes(100_000))
        assert list((folder / "items").iterdir()) == []
        filler.unlink()
        cases.save_contour(store, lesion.id, "1", 0, circle(300), "later", "freehand")
    with Store.open(folder) as store:
        assert len(cases.contours(store)) == saved + 1


def test_a_study_on_a_full_disk_opens_or_says_why(disk: Callable[[str], Path]) -> None:
    place = disk("size=4m")
    folder = one_lesion(place / "s")
    filler = fill(place)
    with pytest.raises(StudyError, match=str(folder)):
        Store.open(folder)
    filler.unlink()
    with Store.open(folder) as store:
        assert not store.read_only
        assert len(cases.lesions(store)) == 1


def test_a_new_study_on_a_full_disk_leaves_nothing(disk: Callable[[str], Path]) -> None:
    place = disk("size=128k")
    with pytest.raises(StudyError, match=f"{place}/s"):
        Store.create(place / "s", "Liver")
    assert list(place.iterdir()) == []


def test_no_room_for_the_backup_means_no_upgrade(
    disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = disk("size=2m")
    folder = one_lesion(place / "s")
    filler = fill(place)
    os.truncate(filler, filler.stat().st_size - 100_000)
    with monkeypatch.context() as patched:
        patched.setattr(schema, "HEAD", f"{int(schema.HEAD) + 1:04d}")
        with pytest.raises(StudyError, match="is full"):
            Store.open(folder)
    assert list((folder / "backup").iterdir()) == []
    filler.unlink()
    with Store.open(folder) as store:
        assert len(cases.lesions(store)) == 1


def test_a_disk_that_turns_read_only_is_a_sentence(disk: Callable[[str], Path]) -> None:
    place = disk("size=4m")
    folder = one_lesion(place / "s")
    store = Store.open(folder)
    (lesion,) = cases.lesions(store)
    cases.save_contour(store, lesion.id, "1", 0, circle(9), "first", "freehand")
    store.close()
    disk("remount,ro")
    with Store.open(folder) as store:
        assert store.read_only
        assert store.lock_holder == ""
        assert [margin.author for margin in cases.contours(store)] == ["first"]
        assert len(cases.rois(store)) == 1, "sampled, though not kept"
        with pytest.raises(ReadOnlyError, match="is open read-only"):
            cases.remove_lesion(store, lesion.id)
    with pytest.raises(ReadOnlyError, match=r"items cannot be written \(Read-only file system\)"):
        write_synced(folder / "items" / "x.raw", b"x")
    with pytest.raises(StudyError, match="could not be used"):
        Store.create(place / "new", "Liver")


def test_rows_in_the_wal_are_never_read_past(
    draws: subprocess.Popen[str], disk: Callable[[str], Path]
) -> None:
    """Killed, then copied to a read-only disk: seen with its last margin, or refused."""
    place = disk("size=8m")
    folder = one_lesion(place / "s")
    acknowledged = kill_after(draws, folder, 5)
    assert (folder / f"{DATABASE}-wal").stat().st_size > 0
    disk("remount,ro")
    with Store.open(folder) as store:
        assert len(cases.contours(store)) >= acknowledged
    disk("remount,rw")
    (folder / f"{DATABASE}-shm").unlink()
    disk("remount,ro")
    with pytest.raises(StudyError, match="cannot be reached"):
        Store.open(folder)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("database or disk is full", "is full"),
        ("attempt to write a readonly database", "cannot be written"),
        ("database is locked", "Another program is writing"),
        ("disk I/O error", "does not answer"),
        ("something new", "could not be used (something new)"),
    ],
)
def test_what_sqlite_says_becomes_a_sentence_with_the_folder(
    tmp_path: Path, reason: str, words: str
) -> None:
    with pytest.raises(StudyError) as caught, database.in_words(tmp_path):
        raise database.sqlite_module().OperationalError(reason)
    assert words in str(caught.value)
    assert str(tmp_path) in str(caught.value)
