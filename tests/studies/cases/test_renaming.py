"""Somebody who is called differently from now on stays the same author."""

from __future__ import annotations

import pytest

from studies import cases
from studies.access import ANALYST, authors, refuse_author
from studies.cases.renaming import FILE, rename_author, renamings
from studies.errors import BlindingError, StudyError
from studies.model.reading import ProtocolRow, UnblindingRow
from studies.records import Points, SeriesRecord
from studies.store import Store

SQUARE: Points = ((30.0, 30.0), (50.0, 30.0), (50.0, 50.0), (30.0, 50.0))


@pytest.fixture
def lesion(store: Store, series: SeriesRecord) -> int:
    """Drawn, changed and diagnosed by A, drawn by B as well."""
    found = cases.add_lesion(store, series.id, author="A").id
    for name, index in (("A", 3), ("A", 3), ("A", 4), ("B", 3)):
        cases.save_contour(store, found, "u", index, SQUARE, name, "polygon")
    cases.confirm_diagnosis(store, found, "cyst", "biopsy", "A")
    cases.choose_training_author(store, found, "A")
    return found


def test_everything_goes_with_the_new_name(store: Store, lesion: int) -> None:
    done = rename_author(store, "A", " Anna ")
    assert (done.before, done.after, done.margins, done.diagnoses) == ("A", "Anna", 3, 1)
    assert authors(store) == ("Anna", "B")
    (who,) = cases.authorships(store)
    assert (who.first, who.people, who.training) == ("Anna", ("Anna", "B"), "Anna")
    found = cases.lesion(store, lesion)
    assert (found.diagnosed_by, found.training_author) == ("Anna", "Anna")
    assert cases.newest_edit(store, "A") is None
    assert cases.newest_edit(store, "Anna").kind == "diagnosed"
    assert cases.undo_contour(store, lesion, 3, "Anna") is not None


def test_who_was_shown_what_goes_with_the_name_too(store: Store, lesion: int) -> None:
    cases.show_others(store, lesion, "B")
    rename_author(store, "B", "Berta")
    (who,) = cases.authorships(store)
    assert set(who.shown) == {"A", "Berta"}
    assert not who.blinds("Berta")


def test_each_renaming_is_kept_with_who_and_when(store: Store, lesion: int) -> None:
    rename_author(store, "A", "Ä. Müller")
    rename_author(store, "B", "Berta")
    first, second = renamings(store)
    assert (first.before, first.after, first.margins) == ("A", "Ä. Müller", 3)
    assert (second.before, second.after, second.by) == ("B", "Berta", "Berta")
    assert first.at < second.at
    (store.folder / FILE).write_text("{}\n")
    with pytest.raises(StudyError, match="is damaged"):
        renamings(store)


def test_who_drew_under_a_former_name_cannot_read_under_it(store: Store, lesion: int) -> None:
    rename_author(store, "A", "Anna")
    assert authors(store) == ("Anna", "B")
    for name in ("Anna", "A", " a."):
        with pytest.raises(BlindingError, match="knows its truth"):
            refuse_author(store, name)
    refuse_author(store, "C")
    rename_author(store, "Anna", "A")
    assert authors(store) == ("A", "B")


def test_two_persons_never_become_one_and_nothing_changes(store: Store, lesion: int) -> None:
    for before, after, why in (
        ("A", "B", "two persons cannot become one"),
        ("C", "D", "has drawn and diagnosed nothing"),
        ("A", "  ", "needs a name"),
    ):
        with pytest.raises(StudyError, match=why):
            rename_author(store, before, after)
    assert authors(store) == ("A", "B")
    assert renamings(store) == ()


def test_a_renaming_that_cannot_be_kept_is_not_made(store: Store, lesion: int) -> None:
    (store.folder / FILE).mkdir()
    with pytest.raises(StudyError):
        rename_author(store, "A", "Anna")
    assert authors(store) == ("A", "B")


def test_a_machine_is_no_author(store: Store, series: SeriesRecord) -> None:
    found = cases.add_lesion(store, series.id).id
    cases.save_contour(store, found, "u", 3, SQUARE, "phantom", "phantom")
    assert authors(store) == ()


def test_nobody_is_renamed_while_a_sealed_reading_is_blinded(store: Store, lesion: int) -> None:
    """Else whoever knows the truth could read under the name that is free now."""
    sealed = ProtocolRow(
        id=1, version=1, draft="", scheme="", algorithm="", pipeline="", audit="", override="",
        sealed="2026-01-01", seal_hash="",
    )  # fmt: skip
    with store.transaction() as session:
        session.add(sealed)
    with pytest.raises(BlindingError, match="Rename after unblinding"):
        rename_author(store, "A", "Anna")
    with store.transaction() as session:
        session.add(UnblindingRow(protocol_id=1, at="2026-02-01", by="C", reason="all read"))
    assert rename_author(store, "A", "Anna").after == "Anna"


def test_only_the_coordinator_renames(store: Store, lesion: int) -> None:
    store.unlock("", ANALYST, "X")
    with pytest.raises(BlindingError):
        rename_author(store, "A", "Anna")
