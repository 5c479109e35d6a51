"""Clinical notes: kept with the case, frozen at sealing, sent only where they cannot tell."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from below_the_mask import plain_contents
from reading_study import loose_draft, readable_study
from sqlalchemy import text

from studies import cases, reading
from studies.cases.examinations import LONGEST_NOTE
from studies.errors import StudyError
from studies.package import ReadingPackage, pack
from studies.records import ProtocolDraft
from studies.store import Store

OF_CLASS = ("diagnosis", "confidence")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Six lesions of six cases, each case with a note of its own."""
    with readable_study(tmp_path / "n.blindread", per_class=2, synthetic=2) as made:
        for case in cases.cases(made):
            cases.set_clinical_note(made, case.id, f"Zqnote {case.id} of a smoker")
        yield made


def noted(store: Store, **changes: object) -> ProtocolDraft:
    """Real items alone, of the class, with notes."""
    given = {"synthetic_per_category": (), "questions": OF_CLASS, "show_notes": True, **changes}
    return loose_draft(store, **given)


def contents_of(folder: Path) -> tuple[str, ...]:
    package = ReadingPackage.open(folder)
    package.close()
    return tuple(trial.note for trial in package.trials)


def test_a_note_is_one_paragraph_of_plain_text(store: Store) -> None:
    first = cases.cases(store)[0].id
    assert cases.set_clinical_note(store, first, " 54 y,\n\tpain ").clinical_note == "54 y, pain"
    assert cases.set_clinical_note(store, first, "").clinical_note == ""
    with pytest.raises(StudyError, match="240 characters at most"):
        cases.set_clinical_note(store, first, "x" * (LONGEST_NOTE + 1))
    with pytest.raises(StudyError, match="plain text"):
        cases.set_clinical_note(store, first, "hidden \u202e mark")
    with pytest.raises(StudyError, match="no case 999"):
        cases.set_clinical_note(store, 999, "x")


def test_notes_go_along_with_the_items_they_belong_to(store: Store) -> None:
    reading.seal(store, noted(store))
    package = reading.enrol(store, "Reader 1").package
    assert package is not None
    by_lesion = {one.id: one.case_id for one in cases.lesions(store)}
    wanted = {f"Zqnote {case} of a smoker" for case in by_lesion.values()}
    assert set(contents_of(package)) == wanted
    assert reading.verify(store).ok


def test_notes_stay_as_they_were_sealed(store: Store) -> None:
    reading.seal(store, noted(store))
    for case in cases.cases(store):
        cases.set_clinical_note(store, case.id, "changed afterwards")
    package = reading.enrol(store, "Reader 1").package
    assert package is not None
    assert all(note.startswith("Zqnote") for note in contents_of(package))


def test_a_frozen_note_that_was_changed_or_added_breaks_the_seal(store: Store) -> None:
    reading.seal(store, noted(store))
    note = next(store.items_folder.glob("*.note"))
    before = note.read_text("utf-8")
    note.write_text("another", "utf-8")
    assert not reading.verify(store).ok
    note.unlink()
    assert "changed after it was sealed" in reading.verify(store).sentence
    note.write_text(before, "utf-8")
    assert reading.verify(store).ok


def test_a_note_beside_real_items_only_would_tell_the_origin(store: Store) -> None:
    with pytest.raises(StudyError, match="would tell which ones are synthetic"):
        reading.seal(store, loose_draft(store, show_notes=True))
    assert reading.protocol(store) is None


def test_no_synthetic_roi_is_practised_on_where_notes_are_shown(store: Store) -> None:
    with pytest.raises(StudyError, match="only 0 are left over"):
        reading.seal(store, noted(store, practice=1))
    few = tuple((code, 1) for code, _ in loose_draft(store).real_per_category)
    reading.seal(store, noted(store, practice=2, real_per_category=few))
    package = reading.enrol(store, "Reader 1").package
    assert package is not None
    assert all(contents_of(package)), "practice has its notes too"


def test_notes_of_other_cases_never_travel(store: Store, tmp_path: Path) -> None:
    few = tuple((code, 1) for code, _ in loose_draft(store).real_per_category)
    reading.seal(store, noted(store, real_per_category=few))
    package = reading.enrol(store, "Reader 1").package
    assert package is not None
    sent = pack(package, tmp_path)
    told = set(contents_of(package))
    every = {case.clinical_note for case in cases.cases(store)}
    assert len(told) == 3
    assert notes_in(sent, every) == told
    assert len(every - told) >= 3


def test_beside_a_note_no_truth_travels(store: Store, tmp_path: Path) -> None:
    planted = (
        "UPDATE cases SET patient = 'Zqtruth-patient-' || id",
        "UPDATE folds SET patient = 'Zqtruth-patient-' || rowid",
        "UPDATE lesions SET name = 'Zqtruth-lesion-' || id, author = 'Zqtruth-finder'",
        "UPDATE diagnoses SET author = 'Zqtruth-doctor', basis = 'biopsy'",
        "UPDATE contours SET author = 'Zqtruth-drawer'",
    )
    with store.transaction() as session:
        for statement in planted:
            session.execute(text(statement))
    reading.seal(store, noted(store))
    package = reading.enrol(store, "Reader 1", note="Zqtruth-senior").package
    assert package is not None
    sent = pack(package, tmp_path)
    assert notes_in(sent, {"Zqtruth", "biopsy", "synthetic", "origin"}) == set()
    assert notes_in(sent, {"Zqnote"}) == {"Zqnote"}, "the search finds what is there"


def test_a_try_out_shows_the_notes_that_readers_would_see(store: Store, tmp_path: Path) -> None:
    tried = reading.try_out(store, noted(store), tmp_path)
    assert all(note.startswith("Zqnote") for note in contents_of(tried.folder))
    plain = reading.try_out(store, noted(store, show_notes=False), tmp_path / "plain")
    assert set(contents_of(plain.folder)) == {""}


def test_without_notes_in_the_protocol_none_travels(store: Store, tmp_path: Path) -> None:
    reading.seal(store, noted(store, show_notes=False))
    package = reading.enrol(store, "Reader 1").package
    assert package is not None
    assert notes_in(pack(package, tmp_path), {"Zqnote", "smoker"}) == set()
    assert list(store.items_folder.glob("*.note")) == []


def notes_in(archive: Path, notes: set[str]) -> set[str]:
    """Which of these words stand in the zip's bytes, in a member's or below the mask."""
    with zipfile.ZipFile(archive) as packed:
        heap = [archive.read_bytes(), *(packed.read(name) for name in packed.namelist())]
    heap.append(plain_contents(archive))
    return {note for note in notes if any(note.encode() in place for place in heap)}
