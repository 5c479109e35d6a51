"""What was taken away or changed beside the chains shows, on the computer that saw it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from reading_study import loose_draft, read_all, readable_study
from sqlalchemy import text

from studies import places, reading
from studies.model.reading import TRIGGERS
from studies.package import ReadingPackage
from studies.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Two readers, one of whom has read, and the version unblinded."""
    with readable_study(tmp_path / "s.blindread") as made:
        reading.seal(made, loose_draft(made), override="small")
        first = reading.enrol(made, "Reader 1")
        reading.enrol(made, "Reader 2")
        assert first.package is not None
        package = ReadingPackage.open(first.package)
        read_all(package)
        package.close()
        reading.merge(made, first.id)
        reading.unblind(made, "C", "done")
        yield made


def edit(store: Store, *statements: str) -> None:
    """Plain SQL with the guards down, and put back afterwards."""
    with store.transaction() as session:
        names = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
        for name in names:
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        for statement in statements:
            session.execute(text(statement))
        for trigger in TRIGGERS:
            session.execute(text(trigger))


def test_an_untouched_study_is_whole_and_nothing_is_unknown(store: Store) -> None:
    report = reading.verify(store)
    assert report.ok
    assert report.notes == ()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM reading_unblinding",
        "UPDATE reading_unblinding SET reason = 'other'",
        "UPDATE reading_unblinding SET at = '2020-01-01T00:00:00+00:00'",
        "UPDATE reading_reader SET enrolled = 'x' WHERE number = 2",
        "UPDATE reading_part SET made = 'x' WHERE id = 2",
        "UPDATE reading_part SET algorithm = 'x' WHERE id = 2",
    ],
)
def test_deeds_that_were_changed_are_named(store: Store, statement: str) -> None:
    edit(store, statement)
    report = reading.verify(store)
    assert not report.ok
    assert "this computer has seen" in report.sentence


@pytest.mark.parametrize("number", [1, 2])
def test_a_reader_taken_away_whole_is_noticed(store: Store, number: int) -> None:
    edit(
        store,
        f"DELETE FROM reading_response WHERE part_id = {number}",
        f"DELETE FROM reading_event WHERE part_id = {number}",
        f"DELETE FROM reading_trial WHERE part_id = {number}",
        f"DELETE FROM reading_head WHERE part_id = {number}",
        f"DELETE FROM reading_part WHERE id = {number}",
        f"DELETE FROM reading_reader WHERE id = {number}",
    )
    report = reading.verify(store)
    assert any("readers are not those" in fault for fault in report.faults)
    assert any("numbers have a gap" in fault for fault in report.faults) == (number == 1)


def test_another_item_is_noticed_with_the_package_moved_away(store: Store) -> None:
    shutil.rmtree(store.folder / "reading")
    assert reading.verify(store).ok
    edit(store, "UPDATE reading_trial SET item_id = item_id % 20 + 1 WHERE part_id = 1")
    assert "The plan of Reader 1 was changed" in reading.verify(store).sentence


def test_on_another_computer_it_is_said_that_it_cannot_be_known(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "keys_home", lambda: tmp_path / "other keys")
    report = reading.verify(store)
    assert report.ok
    assert any("No receipt of this study" in note for note in report.notes)
    edit(store, "DELETE FROM reading_unblinding")
    assert reading.verify(store).ok, "nothing here has seen it"
