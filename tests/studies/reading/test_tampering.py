"""Whoever edits by hand is found: triggers, chains, kept heads, receipts, seals."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from reading_study import answer, read_all
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from studies import places, reading
from studies.chain import ChainHead, link
from studies.errors import StudyError
from studies.model.reading import APPEND_ONLY
from studies.package import Picture, ReadingPackage
from studies.package.log import FILE_NAME, sqlite
from studies.reading.pictures import FrozenPicture, picture_row
from studies.records import ReaderRecord
from studies.store import Store

Edit = Callable[[sqlite3.Connection], object]


def by_hand(file: Path, edit: Edit) -> None:
    """Open the file as an attacker would: triggers dropped first."""
    connection = sqlite.connect(file)
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        connection.execute(f"DROP TRIGGER {name}")
    edit(connection)
    connection.commit()
    connection.close()


@pytest.fixture
def read(reader: ReaderRecord) -> Path:
    """The folder of a finished package."""
    assert reader.package is not None
    package = ReadingPackage.open(reader.package)
    read_all(package)
    package.close()
    return reader.package


def edit_row(c: sqlite3.Connection) -> None:
    c.execute("UPDATE event SET payload = replace(payload, 'cyst', 'metastasis') WHERE sequence=7")


def delete_row(c: sqlite3.Connection) -> None:
    c.execute("DELETE FROM event WHERE sequence = 7")


def swap_rows(c: sqlite3.Connection) -> None:
    c.execute("UPDATE event SET sequence = 1000 WHERE sequence = 7")
    c.execute("UPDATE event SET sequence = 7 WHERE sequence = 8")
    c.execute("UPDATE event SET sequence = 8 WHERE sequence = 1000")


def renumber(c: sqlite3.Connection) -> None:
    c.execute("DELETE FROM event WHERE sequence = 7")
    for sequence in range(8, 27):
        c.execute("UPDATE event SET sequence = ? WHERE sequence = ?", (sequence - 1, sequence))


@pytest.mark.parametrize("edit", [edit_row, delete_row, swap_rows, renumber])
def test_the_first_bad_row_is_named(read: Path, edit: Edit) -> None:
    by_hand(read / FILE_NAME, edit)
    with pytest.raises(StudyError, match="Row 7 "):
        ReadingPackage.open(read)


def test_a_cut_tail_shows_against_the_kept_head(read: Path) -> None:
    by_hand(read / FILE_NAME, lambda c: c.execute("DELETE FROM event WHERE sequence > 20"))
    with pytest.raises(StudyError, match="Row 21 "):
        ReadingPackage.open(read)


def cut_with_head(c: sqlite3.Connection) -> None:
    c.execute("DELETE FROM event WHERE sequence > 20")
    c.execute("UPDATE head SET (count, hash) = (SELECT 20, hash FROM event WHERE sequence = 20)")


def recompute(c: sqlite3.Connection) -> None:
    """Change an answer and compute every later hash anew."""
    rows = c.execute(
        "SELECT kind, trial_id, payload, at, monotonic_ns FROM event ORDER BY sequence"
    ).fetchall()
    contents = c.execute("SELECT json FROM contents").fetchone()[0]
    from studies.chain import digest

    head = ChainHead(0, digest(contents))
    for kind, trial, payload, at, ticks in rows:
        event = link(head, kind, trial, payload.replace("cyst", "metastasis"), at, ticks)
        c.execute(
            "UPDATE event SET payload = ?, hash = ? WHERE sequence = ?",
            (event.payload, event.hash, event.sequence),
        )
        head = ChainHead(event.sequence, event.hash)
    c.execute("UPDATE head SET hash = ?", (head.hash,))


@pytest.mark.parametrize("edit", [cut_with_head, recompute])
def test_a_careful_forger_is_found_by_the_receipt_only(read: Path, edit: Edit) -> None:
    by_hand(read / FILE_NAME, edit)
    with pytest.raises(StudyError, match="receipt"):
        ReadingPackage.open(read)
    for receipt in (places.keys_home() / "receipts").iterdir():
        receipt.unlink()
    package = ReadingPackage.open(read)
    assert "could not be noticed" in package.verify().sentence
    package.close()


def test_a_forged_receipt_is_no_receipt(read: Path) -> None:
    for receipt in (places.keys_home() / "receipts").glob("*.reading.json"):
        receipt.write_text(receipt.read_text().replace('"count":26', '"count":20'))
    with pytest.raises(StudyError, match="receipt"):
        ReadingPackage.open(read)


def test_a_changed_picture_is_refused(read: Path) -> None:
    picture = next((read / "items").iterdir())
    picture.write_bytes(bytes(4096))
    with pytest.raises(StudyError, match="picture"):
        ReadingPackage.open(read)


@pytest.mark.parametrize("damage", [b"", b"no database at all, only words " * 40])
def test_a_damaged_file_is_a_sentence(read: Path, damage: bytes) -> None:
    (read / FILE_NAME).write_bytes(damage)
    with pytest.raises(StudyError, match="package"):
        ReadingPackage.open(read)


@pytest.mark.parametrize("table", ["event", "contents"])
@pytest.mark.parametrize("action", ["UPDATE {} SET rowid = rowid", "DELETE FROM {}"])
def test_triggers_of_the_package_refuse(read: Path, table: str, action: str) -> None:
    connection = sqlite.connect(read / FILE_NAME)
    with pytest.raises(sqlite.IntegrityError, match="append-only"):
        connection.execute(action.format(table))
    connection.close()


def test_replacing_a_row_is_refused(read: Path) -> None:
    connection = sqlite.connect(read / FILE_NAME)
    with pytest.raises(sqlite.IntegrityError, match="append-only"):
        connection.execute("INSERT OR REPLACE INTO event VALUES (3, 'x', '', '{}', '', 0, '')")
    connection.close()


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("action", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_triggers_of_the_study_refuse(
    store: Store, reader: ReaderRecord, read: Path, table: str, action: str
) -> None:
    reading.merge(store, reader.id)
    reading.unblind(store, "C", "done")
    with store.transaction() as session:  # this reading has no slices: one for its guard
        frozen = FrozenPicture("x", "slice", Picture(ring=(1.0, 1.0, 1.0)), "x")
        session.add(picture_row(frozen, 1))
    with (
        pytest.raises(IntegrityError, match="append-only"),
        store.transaction() as session,
    ):
        session.execute(text(action.format(table)))


def study_edit(statement: str) -> Edit:
    return lambda c: c.execute(statement)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (study_edit("UPDATE reading_event SET at = 'x' WHERE sequence = 5"), "Row 5 "),
        (study_edit("DELETE FROM reading_event WHERE sequence = 26"), "Row 26 "),
        (study_edit("UPDATE reading_response SET diagnosis='hemangioma' WHERE id=4"), "Row 4 "),
        (study_edit("UPDATE reading_item SET category = 'cyst'"), "changed after it was sealed"),
        (study_edit("UPDATE reading_protocol SET draft = '{}'"), "changed after it was sealed"),
    ],
)
def test_verify_names_what_was_done_to_the_study(
    store: Store, reader: ReaderRecord, read: Path, edit: Edit, words: str
) -> None:
    reading.merge(store, reader.id)
    assert reading.verify(store).ok
    guards = reading.verify(store).faults
    assert guards == ()
    by_hand(store.folder / "study.sqlite", edit)
    report = reading.verify(store)
    assert not report.ok
    everything = (*report.faults, *(chain.sentence for chain in report.chains))
    assert any(words in sentence for sentence in everything)
    assert any("guard" in fault for fault in report.faults), "the dropped triggers are missed too"


def test_a_frozen_picture_that_changed_is_found(store: Store, reader: ReaderRecord) -> None:
    next(store.items_folder.iterdir()).write_bytes(bytes(4096))
    assert "changed or missing" in reading.verify(store).sentence


def test_another_readers_package_is_not_merged(
    store: Store, reader: ReaderRecord, read: Path
) -> None:
    other = reading.enrol(store, "Reader 2")
    assert other.package is not None
    other.package.rename(other.package.with_suffix(".kept"))
    read.rename(other.package)
    with pytest.raises(StudyError, match="not the one"):
        reading.merge(store, other.id)


def test_an_answer_cannot_be_given_twice(reader: ReaderRecord) -> None:
    assert reader.package is not None
    one, two = ReadingPackage.open(reader.package), ReadingPackage.open(reader.package)
    trial = one.current
    assert trial is not None
    one.record(answer(trial))
    with pytest.raises(StudyError, match="never overwritten"):
        one.record(answer(trial))
    with pytest.raises(StudyError, match="another window"):
        two.record(answer(trial))
    for package in (one, two):
        package.close()
