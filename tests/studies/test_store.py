"""The study on disk: made, opened, refused with a sentence, durable, one coordinator at a time."""

from __future__ import annotations

import os
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from studies import cases, database, learning, schema
from studies.database import in_words, open_engine
from studies.errors import NotAStudyError, ReadOnlyError, StudyError
from studies.learning import NewRun
from studies.lock import me
from studies.model.imaging import StudyRow
from studies.records import DEFAULT_SCHEME, ClassScheme
from studies.store import DATABASE, Store


def pragma(store: Store, name: str) -> object:
    with store.transaction() as session:
        return session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()


def make(folder: Path, name: str = "Liver") -> Path:
    Store.create(folder, name).close()
    return folder


# --- making and opening


def test_a_new_study_holds_what_it_was_made_with(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "Ärzte 100% #1?.blindread"
    with Store.create(folder, " Liver ", kind="roi", simulated=True, window=(0.0, 255.0)) as store:
        made = cases.study(store)
    assert (made.name, made.kind, made.simulated) == ("Liver", "roi", True)
    assert (made.window_low, made.window_high) == (0.0, 255.0)
    assert made.scheme == DEFAULT_SCHEME
    with Store.open(folder) as store:
        assert cases.study(store) == made
        parts = (store.series_folder, store.runs_folder, store.items_folder, store.exports_folder)
        assert all(part.is_dir() for part in (*parts, store.backup_folder))
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_an_empty_folder_may_become_a_study(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    assert (make(folder) / DATABASE).is_file()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "  "}, "needs a name"),
        ({"kind": "mr"}, "ct or roi, not mr"),
        ({"window": (250.0, -100.0)}, "lower end must lie below"),
        ({"window": (float("nan"), 250.0)}, "lower end must lie below"),
        ({"scheme": ClassScheme(DEFAULT_SCHEME.categories[:1])}, "2 to 6 classes, not 1"),
        ({"scheme": ClassScheme(DEFAULT_SCHEME.categories * 2)}, "same code"),
    ],
)
def test_a_study_that_cannot_be_is_refused_and_leaves_nothing(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    wanted: dict[str, object] = {"name": "Liver", **change}
    with pytest.raises(StudyError, match=words):
        Store.create(tmp_path / "s", **wanted)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_two_classes_on_one_key_are_refused(tmp_path: Path) -> None:
    first, second, _ = DEFAULT_SCHEME.categories
    same = ClassScheme((first, replace(second, key=first.key.lower())))
    with pytest.raises(StudyError, match="same key"):
        Store.create(tmp_path / "s", "Liver", scheme=same)


def test_a_folder_in_use_or_a_file_is_not_taken(tmp_path: Path) -> None:
    used, file = tmp_path / "used", tmp_path / "file"
    used.mkdir()
    (used / "thesis.txt").write_text("mine")
    file.write_text("mine")
    with pytest.raises(StudyError, match=r"used is not empty"):
        Store.create(used, "Liver")
    with pytest.raises(StudyError, match=r"file is a file\. Choose a new folder"):
        Store.create(file, "Liver")
    assert file.read_text() == (used / "thesis.txt").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "used"]


def test_a_path_below_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match="could not be used"):
        Store.create(tmp_path / "file" / "s", "Liver")


def test_what_is_no_study_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    for name, words in (
        ("absent", "There is no folder"),
        ("file", "is a file. A study is a folder"),
        ("empty", "no study.sqlite in it"),
    ):
        with pytest.raises(NotAStudyError, match=words):
            Store.open(tmp_path / name)
    assert list((tmp_path / "empty").iterdir()) == []


def foreign(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE songs (title)")
    connection.commit()
    connection.close()


def test_a_foreign_or_broken_database_is_not_touched(tmp_path: Path) -> None:
    foreign(tmp_path / "songs")
    kinds = {
        "songs": ((tmp_path / "songs").read_bytes(), "of another program"),
        "words": (b"these are words" * 400, "is no study"),
        "nothing": (b"", "of another program"),
    }
    for name, (content, words) in kinds.items():
        folder = tmp_path / f"{name}.blindread"
        folder.mkdir()
        (folder / DATABASE).write_bytes(content)
        with pytest.raises(NotAStudyError, match=words):
            Store.open(folder)
        assert (folder / DATABASE).read_bytes() == content


def test_a_damaged_study_names_its_backups(tmp_path: Path) -> None:
    folder = make(tmp_path / "s")
    content = bytearray((folder / DATABASE).read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    (folder / DATABASE).write_bytes(content)
    with pytest.raises(NotAStudyError, match=r"is damaged\. Restore the newest copy"):
        Store.open(folder)


def test_a_newer_study_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    folder = make(tmp_path / "s")
    connection = sqlite3.connect(folder / DATABASE)
    connection.execute("UPDATE alembic_version SET version_num = '9001'")
    connection.commit()
    connection.close()
    before = (folder / DATABASE).read_bytes()
    with pytest.raises(NotAStudyError, match=r"newer Blindread \(tables 9001.*Update the program"):
        Store.open(folder)
    assert (folder / DATABASE).read_bytes() == before
    assert list((folder / "backup").iterdir()) == []


# --- what SQLite is told


def test_the_promised_settings_are_in_force(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", "Liver") as store:
        assert pragma(store, "journal_mode") == database.journal_mode(False)[0].lower()
        assert (
            pragma(store, "synchronous") == {"FULL": 2, "EXTRA": 3}[database.journal_mode(False)[1]]
        )
        assert pragma(store, "foreign_keys") == 1
        assert pragma(store, "application_id") == schema.APPLICATION_ID


def test_linux_gets_wal_and_full(tmp_path: Path) -> None:
    if database.pysqlite3 is None:
        pytest.skip("pysqlite3 is not made for this system")
    assert database.journal_mode(False) == ("WAL", "FULL")


def test_a_network_folder_gets_no_shared_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studies.store.on_network", lambda _folder: True)
    with Store.create(tmp_path / "s", "Liver") as store:
        assert (pragma(store, "journal_mode"), pragma(store, "synchronous")) == ("truncate", 3)
        cases.add_case(store, "P1")
        assert not (store.folder / f"{DATABASE}-shm").exists()


def test_an_sqlite_with_the_wal_reset_bug_gets_truncate(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        sqlite_version_info = (3, 51, 2)

    monkeypatch.setattr(database, "sqlite_module", lambda: Old)
    assert database.journal_mode(False) == ("TRUNCATE", "EXTRA")


def test_a_transaction_has_the_write_lock_from_its_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.create(tmp_path / "s", "Liver") as store, store.transaction():
        monkeypatch.setattr(database, "WAIT_SECONDS", 0.05)
        other = open_engine(store.folder / DATABASE, read_only=False)
        with (
            pytest.raises(StudyError, match="Another program is writing"),
            in_words(store.folder),
            other.execution_options(begin="IMMEDIATE").begin(),
        ):
            pytest.fail("two writers at once")
        with other.connect() as reader:
            assert reader.exec_driver_sql("SELECT name FROM study").scalar() == "Liver"
        other.dispose()


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    def half(store: Store) -> None:
        with store.transaction() as session:
            session.get_one(StudyRow, 1).name = "Kidney"
            session.flush()
            raise StudyError("half way")

    with Store.create(tmp_path / "s", "Liver") as store:
        with pytest.raises(StudyError, match="half way"):
            half(store)
        assert cases.study(store).name == "Liver"


def test_a_snapshot_is_one_state(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", "Liver") as store, store.snapshot() as session:
        assert session.get_one(StudyRow, 1).name == "Liver"
        cases.rename(store, "Kidney")
        session.expire_all()
        assert session.get_one(StudyRow, 1).name == "Liver"


# --- two coordinators


def test_the_second_window_reads_and_says_who_writes(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", "Liver") as first, Store.open(tmp_path / "s") as second:
        assert not first.read_only
        assert second.read_only
        assert second.lock_holder == me()
        assert str(os.getpid()) in me()
        cases.add_case(first, "P1")
        assert [case.patient for case in cases.cases(second)] == ["P1"]
        assert cases.study(second).lock_holder == me()
        with pytest.raises(ReadOnlyError, match=r"read-only.*has it open"):
            cases.add_case(second, "P2")
    with Store.open(tmp_path / "s") as third:
        assert not third.read_only
        assert [case.patient for case in cases.cases(third)] == ["P1"]


def test_a_study_asked_for_read_only_cannot_be_written_even_by_sql(tmp_path: Path) -> None:
    with Store.open(make(tmp_path / "s"), read_only=True) as store:
        with pytest.raises(ReadOnlyError, match=r"is open read-only\.$"):
            cases.rename(store, "Kidney")
        with pytest.raises(ReadOnlyError), store.snapshot() as session:
            session.connection().exec_driver_sql("UPDATE study SET name = 'Kidney'")
        with Store.open(store.folder) as writer:
            assert not writer.read_only, "a reader takes no lock"


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    store = Store.open(make(tmp_path / "s"))
    store.close()
    store.close()


def test_runs_that_the_end_of_the_program_cut_off_did_fail(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "s", "Liver")
    cut_off, done = (
        learning.start_run(store, NewRun(name, "cnn", "classifier", 1, "smoke", "{}"))
        for name in ("a", "b")
    )
    learning.update_run(store, cut_off.id, state="running")
    learning.update_run(store, done.id, state="finished")
    store.close()
    with Store.open(tmp_path / "s", read_only=True) as reader:
        assert learning.run(reader, cut_off.id).state == "running"
    with Store.open(tmp_path / "s") as store:
        failed = learning.run(store, cut_off.id)
        assert (failed.state, learning.run(store, done.id).state) == ("failed", "finished")
        assert "Resume on Learn" in failed.message
        assert failed.finished


# --- folders that go away


def test_a_moved_or_deleted_folder_is_noticed_at_the_next_change(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", "Liver") as store:
        cases.add_case(store, "P1")
        store.folder.rename(tmp_path / "moved")
        with pytest.raises(StudyError, match=r"/s was moved or deleted.*put the folder back"):
            cases.add_case(store, "P2")
        (tmp_path / "moved").rename(store.folder)
        cases.add_case(store, "P3")
        assert [case.patient for case in cases.cases(store)] == ["P1", "P3"]
        shutil.rmtree(store.folder)
        with pytest.raises(StudyError, match="was moved or deleted"):
            cases.add_case(store, "P4")
        assert not store.folder.exists()


def test_a_vanished_database_does_not_come_back_empty(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", "Liver") as store, store.snapshot() as busy:
        busy.connection()
        (store.folder / DATABASE).unlink()
        with pytest.raises(StudyError, match="cannot be reached"):
            cases.cases(store)  # on a new connection, the pool's only one is busy
        assert not (store.folder / DATABASE).exists()
