"""Upgrades: head equals the models, a backup first, all of it or nothing, triggers made again."""

from __future__ import annotations

import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from learn_study import make_study
from sqlalchemy import Connection, create_engine

from studies import cases, schema
from studies.errors import NotAStudyError, ReadOnlyError, StudyError
from studies.model.reading import APPEND_ONLY, TRIGGERS
from studies.model.tables import Table
from studies.store import DATABASE, Store

ROOT = Path(__file__).resolve().parents[2]
NEXT = '''
"""A later version: rebuilds two guarded tables, one of which others point to."""
import os
import signal
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "0004", "0003", None, None

def upgrade():
    for name in ("reading_event", "lesions"):
        with op.batch_alter_table(name, recreate="always") as table:
            table.add_column(sa.Column("more", sa.String(), nullable=False, server_default="x"))
    {end}
'''
UPGRADE_IN_A_CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from studies import schema
from studies.store import Store
schema.HEAD, schema.MIGRATIONS = "0004", Path(sys.argv[2])
Store.open(Path(sys.argv[1]))
"""


def later(place: Path, end: str = "pass") -> Path:
    """A copy of the migrations with one more."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(schema.MIGRATIONS, place)
    (place / "versions" / "0004_more.py").write_text(NEXT.format(end=end).lstrip())
    return place


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A study of version 0003 with lesions, margins and one link of a reader's chain."""
    with make_study(tmp_path / "s", per_class=1) as store:
        with store.transaction() as session:
            fill_reading(session.connection())
        return store.folder


def fill_reading(connection: Connection) -> None:
    """One row in every append-only table."""
    for table in (table for table in Table.metadata.sorted_tables if table.name in APPEND_ONLY):
        connection.execute(table.insert().values({c.name: value(c) for c in table.columns}))


def value(column: Any) -> object:
    allowed = {"stage": "both", "condition": "slice"}
    if column.name in allowed:
        return allowed[column.name]
    if column.name in ("origin", "kind") and column.table.name != "reading_response":
        return "real" if column.name == "origin" else "person"
    if column.foreign_keys and column.name == "trial_id":
        return "x"
    return "x" if column.type.python_type is str else column.type.python_type(1)


def definitions(connection: Connection) -> set[str]:
    """What every table, index and trigger is made of, whatever the order of its lines.

    Quotes go: SQLite sets them around the name of a table that was renamed.
    """
    found = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name != 'alembic_version'"
    )
    lines = (
        sorted(line.strip(" ,\t") for line in sql.replace('"', "").splitlines()) for (sql,) in found
    )
    return {re.sub(r"\s+", " ", " | ".join(parts)) for parts in lines}


def names(database: Path, kind: str) -> set[str]:
    with sqlite3.connect(database) as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = ?", (kind,))
        result = {name for (name,) in found}
    connection.close()
    return result


# --- head equals the models


def test_the_constant_is_the_newest_migration() -> None:
    settings = Config()
    settings.set_main_option("script_location", str(schema.MIGRATIONS))
    assert ScriptDirectory.from_config(settings).get_current_head() == schema.HEAD
    assert schema.known(schema.HEAD)
    assert not any(schema.known(strange) for strange in ("9001", "", "*", "None", "000"))


def test_migrations_end_where_the_models_are() -> None:
    migrated, fresh = create_engine("sqlite://"), create_engine("sqlite://")
    with migrated.connect() as one, fresh.connect() as other:
        schema.upgrade(one)
        schema.make(other)
        context = MigrationContext.configure(one, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
        assert definitions(one) == definitions(other)
        assert other.exec_driver_sql("PRAGMA application_id").scalar() == schema.APPLICATION_ID


def test_the_comparison_sees_a_forgotten_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", later(tmp_path / "m"))
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        schema.upgrade(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        changed = {
            (one[0], one[2], one[3].name) for one in compare_metadata(context, Table.metadata)
        }
    assert changed == {
        ("remove_column", "reading_event", "more"),
        ("remove_column", "lesions", "more"),
    }


def test_a_fresh_study_is_at_head(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", "Liver") as store, store.snapshot() as session:
        context = MigrationContext.configure(session.connection())
        assert context.get_current_revision() == schema.HEAD
        assert compare_metadata(context, Table.metadata) == []


# --- an upgrade


def make_newer(monkeypatch: pytest.MonkeyPatch, migrations: Path) -> None:
    monkeypatch.setattr(schema, "HEAD", "0004")
    monkeypatch.setattr(schema, "MIGRATIONS", migrations)


def test_an_older_study_is_upgraded_after_a_backup(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(old) as store:
        before = cases.lesions(store), cases.contours(store), cases.study(store)
    make_newer(monkeypatch, later(tmp_path / "m"))
    with Store.open(old) as store:
        assert (cases.lesions(store), cases.contours(store), cases.study(store)) == before
        with store.snapshot() as session:
            connection = session.connection()
            assert connection.exec_driver_sql("SELECT more FROM lesions LIMIT 1").scalar() == "x"
            assert schema.version(connection, old) == "0004"
        copies = list(store.backup_folder.iterdir())
    assert [re.sub(r"-\d{4}-\d\d-.*Z", "-WHEN", copy.name) for copy in copies] == [
        "study-0003-WHEN.sqlite"
    ]
    assert names(copies[0], "table") == names(old / DATABASE, "table")
    Store.open(old).close()
    assert list((old / "backup").iterdir()) == copies, "upgraded once, backed up once"


def test_the_backup_is_the_study_as_it_was(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(old) as store:
        before = cases.lesions(store)
    with monkeypatch.context() as patched:
        make_newer(patched, later(tmp_path / "m"))
        Store.open(old).close()
    with pytest.raises(NotAStudyError, match="newer Blindread"):
        Store.open(old)
    (copy,) = (old / "backup").iterdir()
    copy.replace(old / DATABASE)
    with Store.open(old) as store:
        assert cases.lesions(store) == before


def test_triggers_refuse_after_a_migration_too(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guards = names(old / DATABASE, "trigger")
    assert len(guards) == len(TRIGGERS)
    make_newer(monkeypatch, later(tmp_path / "m"))
    Store.open(old).close()
    assert names(old / DATABASE, "trigger") == guards
    refuse_every_change(old / DATABASE)


def test_triggers_refuse_in_a_fresh_study(old: Path) -> None:
    refuse_every_change(old / DATABASE)


def refuse_every_change(database: Path) -> None:
    connection = sqlite3.connect(database)
    for table in APPEND_ONLY:
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
            with pytest.raises(sqlite3.IntegrityError, match=f"{table} is append-only"):
                connection.execute(change)
    with pytest.raises(sqlite3.IntegrityError, match="reading_event is append-only"):
        connection.execute("INSERT OR REPLACE INTO reading_event SELECT * FROM reading_event")
    connection.close()


def test_rows_that_point_nowhere_undo_the_upgrade(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        make_newer(patched, later(tmp_path / "m", 'op.execute("DELETE FROM series")'))
        with pytest.raises(StudyError, match=r"rows of lesions point to nothing\. It is as it was"):
            Store.open(old)
    with Store.open(old) as store:
        assert len(cases.lesions(store)) == 3


def test_killed_in_the_middle_it_is_still_the_old_one(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadly = later(tmp_path / "deadly", "os.kill(os.getpid(), signal.SIGKILL)")
    ended = subprocess.run(
        [sys.executable, "-c", UPGRADE_IN_A_CHILD, str(old), str(deadly), str(ROOT)], check=False
    )
    assert ended.returncode == -signal.SIGKILL
    with Store.open(old) as store:
        assert len(cases.lesions(store)) == 3
    make_newer(monkeypatch, later(tmp_path / "m"))
    with Store.open(old) as store:
        assert len(cases.lesions(store)) == 3
    refuse_every_change(old / DATABASE)


def test_a_reader_cannot_upgrade(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_newer(monkeypatch, later(tmp_path / "m"))
    with pytest.raises(ReadOnlyError, match="older version and must be upgraded once"):
        Store.open(old, read_only=True)
    assert list((old / "backup").iterdir()) == []


def test_without_a_backup_there_is_no_upgrade(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_newer(monkeypatch, later(tmp_path / "m"))
    (old / "backup").rmdir()
    (old / "backup").write_text("a file in its place")
    with pytest.raises(StudyError, match="could not be used"):
        Store.open(old)
    assert "more" not in columns(old / DATABASE, "lesions")


def columns(database: Path, table: str) -> set[str]:
    connection = sqlite3.connect(database)
    found = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    connection.close()
    return found
