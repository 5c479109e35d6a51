"""What was shown as saved survives: kill -9, a full disk, a vanished folder, three at once."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from reading_study import answer, read_all, readable_study

from studies import reading
from studies.errors import ReadOnlyError, StudyError
from studies.package import (
    Clock,
    PackageContents,
    PackageTrial,
    ReadingPackage,
    create,
    new_opaque,
)
from studies.protocols.pipeline import image_hash
from studies.protocols.questions import questions
from studies.records import DEFAULT_SCHEME, ReaderRecord

TESTS = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("BLINDREAD_KILLS", "10"))
READ_SLOWLY = """
import sys
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from studies.package import ReadingPackage, Response
def answer(trial):
    shown = "2026-01-01T00:00:00+00:00"
    return Response(trial.trial_id, "cyst", "real", 3, shown, 400.0, 900.0, 900.0)
package = ReadingPackage.open(Path(sys.argv[1]))
while (trial := package.current) is not None:
    package.record(answer(trial))
    print(trial.trial_id, flush=True)
package.close()
"""


def make_package(folder: Path, trials: int) -> Path:
    images = tuple(bytes([k % 251]) * 4096 for k in range(trials))
    contents = PackageContents(
        uid=new_opaque(),
        title="Reader",
        questions=questions(("diagnosis", "origin", "confidence"), DEFAULT_SCHEME),
        trials=tuple(PackageTrial(new_opaque(), False, image_hash(i)) for i in images),
    )
    return create(folder, contents, images)


def start(package: Path) -> subprocess.Popen[str]:
    paths = [str(TESTS.parent)]
    return subprocess.Popen(
        [sys.executable, "-c", READ_SLOWLY, str(package), *paths],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_no_acknowledged_answer_is_lost_to_kill_9(tmp_path: Path) -> None:
    """A child reads; it is killed at random; what it acknowledged stands, in the same order."""
    folder = make_package(tmp_path / "r.reading", 40 * KILLS)
    order = [trial.trial_id for trial in ReadingPackage.open(folder).trials]
    acknowledged: list[str] = []
    rng = random.Random(20261123)
    for _ in range(KILLS):
        child = start(folder)
        assert child.stdout is not None
        for _ in range(rng.randrange(1, 30)):
            acknowledged.append(child.stdout.readline().strip())
        child.send_signal(signal.SIGKILL)
        acknowledged += child.stdout.read().split()
        child.wait()
        package = ReadingPackage.open(folder)
        assert package.verify().ok
        assert package.answered >= len(acknowledged)
        assert acknowledged == order[: len(acknowledged)]
        assert package.answered - len(acknowledged) <= 1, "one may be saved but not yet said"
        assert package.current is not None
        assert package.current.trial_id == order[package.answered]
        acknowledged = order[: package.answered]
        package.close()


def test_three_processes_write_600_answers_with_whole_chains(tmp_path: Path) -> None:
    folders = [make_package(tmp_path / f"{k}.reading", 200) for k in range(3)]
    children = [start(folder) for folder in folders]
    assert [child.communicate()[0].count("\n") for child in children] == [200] * 3
    reports = []
    for folder in folders:
        package = ReadingPackage.open(folder)
        assert package.answered == 200
        reports.append(package.verify())
        package.close()
    assert sum(report.events for report in reports) == 600
    assert all(report.ok and report.receipt == "matches" for report in reports)


def test_a_full_disk_does_not_advance_the_trial(tmp_path: Path) -> None:
    package = ReadingPackage.open(make_package(tmp_path / "r.reading", 60))
    connection = package._log._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(ReadOnlyError, match=f"{tmp_path}.*disk is full"):
        read_all(package)
    saved = package.answered
    assert package.position == saved < 60
    connection.execute("PRAGMA max_page_count = 100000")
    trial = package.current
    assert trial is not None
    package.record(answer(trial))
    assert package.answered == saved + 1
    assert package.verify().ok
    package.close()


def test_a_vanished_folder_is_noticed_before_the_next_trial(tmp_path: Path) -> None:
    folder = make_package(tmp_path / "r.reading", 5)
    package = ReadingPackage.open(folder)
    trial = package.current
    assert trial is not None
    shutil.rmtree(folder)
    with pytest.raises(StudyError, match=r"r\.reading"):
        package.record(answer(trial))
    assert package.position == 0
    package.close()


def test_a_clock_jump_is_a_row_and_changes_no_order(tmp_path: Path) -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    ticks = [0]
    clock = Clock(lambda: now[0], lambda: ticks[0])
    package = ReadingPackage.open(make_package(tmp_path / "r.reading", 4), clock)
    for jump in (0, 0, -86_400, 0):
        ticks[0] += 1_000_000_000
        now[0] += timedelta(seconds=1 + jump)
        trial = package.current
        assert trial is not None
        package.record(answer(trial))
    kinds = [event.kind for event in package.events]
    assert kinds == ["response", "response", "clock jump", "response", "response"]
    assert "-86400" in package.events[2].payload
    assert package.verify().ok
    package.close()


def test_an_undo_survives_a_kill(tmp_path: Path) -> None:
    folder = make_package(tmp_path / "r.reading", 4)
    package = ReadingPackage.open(folder)
    first = package.trials[0]
    package.record(answer(first))
    package.undo()
    again = ReadingPackage.open(folder)
    assert again.current == first
    assert again.answer_of(first) == answer(first)
    for one in (package, again):
        one.close()


def test_the_package_opens_without_the_study_or_its_database_library(tmp_path: Path) -> None:
    """A reader's process needs no SQLAlchemy, no torch, no study."""
    folder = make_package(tmp_path / "r.reading", 2)
    code = (
        "import sys; from pathlib import Path; from studies.package import ReadingPackage; "
        "ReadingPackage.open(Path(sys.argv[1])).close(); "
        "assert not {'sqlalchemy', 'torch', 'studies.store'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, cwd=TESTS.parent)


def test_failed_writing_leaves_no_half_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("studies.package.writing.create_log", full)
    with pytest.raises(ReadOnlyError, match="No space"):
        make_package(tmp_path / "r.reading", 3)
    assert list(tmp_path.iterdir()) == []


def test_progress_of_a_killed_reader_is_merged(tmp_path: Path) -> None:
    with readable_study(tmp_path / "s.blindread", synthetic=3) as store:
        from reading_study import loose_draft

        reading.seal(store, loose_draft(store))
        reader: ReaderRecord = reading.enrol(store, "Reader 1")
        assert reader.package is not None
        child = start(reader.package)
        assert child.stdout is not None
        told = [child.stdout.readline() for _ in range(5)]
        child.send_signal(signal.SIGKILL)
        told += child.stdout.readlines()
        child.wait()
        (waiting,) = reading.readers(store)
        assert waiting.answered >= len(told) >= 5, "read from the package, not taken in yet"
        assert (waiting.seconds_per_trial, waiting.finished) == (None, "")
        assert reading.merge(store, reader.id).answered == waiting.answered
        assert reading.verify(store).ok
