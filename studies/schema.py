"""The version of a study's tables: made new, recognised, upgraded after a backup."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

import studies.model.access
import studies.model.imaging
import studies.model.learning
import studies.model.reading
from studies.clock import now
from studies.database import sqlite_module
from studies.errors import NotAStudyError, StudyError
from studies.files import sync_folder
from studies.model.tables import Table

HEAD = "0003"
APPLICATION_ID = 0x424C4E44  # "BLND", written into the SQLite header
MIGRATIONS = Path(__file__).with_name("migrations")


def make(connection: Connection) -> None:
    """All tables and triggers of this version in an empty database."""
    Table.metadata.create_all(connection)
    _guard(connection)
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (HEAD,))
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")


def version(connection: Connection, folder: Path) -> str:
    """The version of the tables in a study; NotAStudyError for a foreign database."""
    identity = connection.exec_driver_sql("PRAGMA application_id").scalar()
    if identity != APPLICATION_ID:
        raise NotAStudyError(
            f"{folder} holds a study.sqlite of another program. Open another folder."
        )
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())


def known(found: str) -> bool:
    """Whether this program has a way from that version to its own."""
    return (MIGRATIONS / "versions").is_dir() and any(
        file.name.startswith(f"{found}_") for file in (MIGRATIONS / "versions").glob("*.py")
    )


def upgrade(connection: Connection) -> None:
    """Runs the missing migrations inside the caller's transaction: all of them or none.

    Triggers are made again, for a rebuilt table has lost its own; rows that point nowhere after
    the rebuilding undo it all.
    """
    from alembic import command
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
    _guard(connection)
    if astray := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise StudyError(
            f"The study could not be upgraded: rows of {astray[0]} point to nothing. It is as it "
            "was; send its newest backup to the maker of the program."
        )


def _guard(connection: Connection) -> None:
    for trigger in studies.model.reading.TRIGGERS:
        connection.exec_driver_sql(trigger)


def back_up(database: Path, folder: Path, found: str) -> Path:
    """A complete copy of the database in `folder`, on the disk before this returns."""
    folder.mkdir(exist_ok=True)
    stamp = now().replace(":", "").replace("+0000", "Z")
    target = folder / f"study-{found}-{stamp}.sqlite"
    unfinished = target.with_suffix(".part")
    module = sqlite_module()
    source, copy = module.connect(str(database)), module.connect(str(unfinished))
    try:
        copy.execute("PRAGMA synchronous = FULL")
        source.backup(copy)
    except module.Error:
        copy.close()
        unfinished.unlink()
        raise
    finally:
        copy.close()
        source.close()
    unfinished.replace(target)
    sync_folder(folder)
    return target
