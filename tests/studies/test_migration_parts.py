"""From version 0001, where a reader read all at once, to parts: every row finds its place."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from reading_study import answer, loose_draft, readable_study
from sqlalchemy import Connection, create_engine

from studies import reading, schema
from studies.package import ReadingPackage
from studies.store import DATABASE, Store

BACK = {
    "reading_reader": (
        "CREATE TABLE reading_reader_old AS SELECT r.id, r.protocol_id, r.number, r.pseudonym, "
        "r.kind, r.note, p.uid, p.order_seed, p.algorithm, p.package, p.genesis, r.enrolled "
        "FROM reading_reader r JOIN reading_part p ON p.reader_id = r.id"
    ),
    "reading_trial": (
        "CREATE TABLE reading_trial_old AS SELECT id, part_id AS reader_id, position, trial_id, "
        "item_id, practice, repeat, flipped FROM reading_trial"
    ),
    "reading_event": (
        "CREATE TABLE reading_event_old AS SELECT id, part_id AS reader_id, sequence, kind, "
        "trial_id, payload, at, monotonic_ns, hash FROM reading_event"
    ),
    "reading_response": (
        "CREATE TABLE reading_response_old AS SELECT id, event_id, part_id AS reader_id, trial_id, "
        "attempt, diagnosis, origin, confidence, shown_at, first_key_ms, commit_ms, active_ms, "
        "focus_losses, window_changes, idle_ms FROM reading_response"
    ),
    "reading_head": (
        "CREATE TABLE reading_head_old AS SELECT part_id AS reader_id, count, hash, merged "
        "FROM reading_head"
    ),
}
SAME = (
    "study", "cases", "series", "lesions", "contours", "diagnoses", "folds", "rois",
    "training_runs", "synthetic_rois", "reading_protocol", "reading_item",
)  # fmt: skip


@pytest.fixture
def first_version(tmp_path: Path) -> tuple[Path, tuple[object, ...]]:
    """A study as version 0001 wrote it, read half by one reader; and what it told."""
    with readable_study(tmp_path / "s.blindread") as store:
        reading.seal(store, loose_draft(store), override="small")
        reader = reading.enrol(store, "Reader 1", note="senior")
        reading.enrol(store, "Reader 2")
        assert reader.package is not None
        package = ReadingPackage.open(reader.package)
        for _ in range(9):
            assert package.current is not None
            package.record(answer(package.current))
        package.undo()
        assert package.current is not None
        package.record(answer(package.current, "metastasis"))
        package.close()
        reading.merge(store, reader.id)
        told = (reading.readers(store), reading.verify(store).chains, reading.protocols(store))
        folder = store.folder
    _turn_back(folder)
    return folder, told


def _turn_back(folder: Path) -> None:
    """Rewrite the tables as the first migration makes them, with today's rows."""
    old = folder / "old.sqlite"
    engine = create_engine(f"sqlite:///{old}")
    with engine.connect() as connection:
        settings = Config()
        settings.set_main_option("script_location", str(schema.MIGRATIONS))
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
        connection.exec_driver_sql(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.exec_driver_sql(f"ATTACH '{folder / DATABASE}' AS now")
        for table in SAME:
            _copy(connection, table, f"now.{table}")
        for table, statement in BACK.items():
            connection.exec_driver_sql(
                re.sub(r"(FROM|JOIN) reading", r"\1 now.reading", statement).replace(
                    "CREATE TABLE", "CREATE TEMP TABLE"
                )
            )
            _copy(connection, table, f"{table}_old")
        connection.commit()
    engine.dispose()
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (folder / name).unlink(missing_ok=True)
    shutil.move(old, folder / DATABASE)


def _copy(connection: Connection, table: str, source: str) -> None:
    listed = connection.exec_driver_sql(f"SELECT name FROM pragma_table_info('{table}')")
    columns = ", ".join(f'"{name}"' for (name,) in listed)
    connection.exec_driver_sql(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {source}")


def test_a_study_of_the_first_version_tells_the_same_after_its_upgrade(
    first_version: tuple[Path, tuple[object, ...]],
) -> None:
    folder, told = first_version
    with Store.open(folder) as store:
        with store.snapshot() as session:
            assert schema.version(session.connection(), folder) == schema.HEAD
        report = reading.verify(store)
        assert (reading.readers(store), report.chains, reading.protocols(store)) == told
        assert report.ok
        assert any("by an earlier version" in note for note in report.notes)
        assert [copy.name[:10] for copy in store.backup_folder.iterdir()] == ["study-0001"]


def test_a_reading_goes_on_after_the_upgrade(
    first_version: tuple[Path, tuple[object, ...]],
) -> None:
    folder, _ = first_version
    with Store.open(folder) as store:
        reader = reading.readers(store)[0]
        assert reader.package is not None
        package = ReadingPackage.open(reader.package)
        assert package.position == 9
        while (trial := package.current) is not None:
            package.record(answer(trial))
        package.close()
        assert reading.merge(store, reader.id).finished
        reading.unblind(store, "C", "done")
        found = [one for one in reading.answers(store) if one.reader == "Reader 1"]
        assert len(found) == 27
        assert [one.first_diagnosis for one in found if one.corrected] == ["cyst"]
        assert reading.verify(store).ok
