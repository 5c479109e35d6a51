"""What a reader is sent holds no truth: canaries planted in a study are sought byte by byte."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from below_the_mask import plain_contents
from learn_study import CODES
from reading_study import answer, loose_draft, readable_study
from sqlalchemy import select, text

from studies import reading
from studies.model.reading import ItemRow
from studies.package import PackageContents, ReadingPackage, pack, pack_answers
from studies.package.log import FILE_NAME, create_log, sqlite
from studies.reading import issuing
from studies.records import ReaderRecord
from studies.store import Store

PLANTED = (
    "UPDATE cases SET patient = 'Zqcanary-patient-' || id",
    "UPDATE cases SET clinical_note = 'Zqcanary-told-' || id",
    "UPDATE folds SET patient = 'Zqcanary-patient-' || rowid",
    "UPDATE lesions SET name = 'Zqcanary-lesion-' || id, author = 'Zqcanary-finder'",
    "UPDATE contours SET author = 'Zqcanary-drawer', sop_uid = 'Zqcanary-sop-' || id",
    "UPDATE diagnoses SET author = 'Zqcanary-doctor'",
    "UPDATE series SET description = 'Zqcanary-series', scanner = 'Zqcanary-scanner'",
    "UPDATE training_runs SET arm = 'Zqcanary-generator', run_hash = 'Zqcanary-run-' || id",
    "UPDATE training_runs SET spec = 'Zqcanary-spec'",
    "UPDATE study SET name = 'Zqcanary-study'",
)
CLASSES = (*CODES, "Cyst", "Metastasis", "Hemangioma")
STAGES = ("stage", "Stage", "washout", "repeat", "flipped", "protocol", "version")
ORIGINS = ("synthetic", "Synthetic", "generat", "Generat", "origin", "Origin")
EVERYWHERE = ("Zqcanary", *STAGES)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A study with canaries in everything but its pictures, sealed in two stages."""
    with readable_study(tmp_path_factory.mktemp("canaries") / "Zqcanary-folder.blindread") as store:
        with store.transaction() as session:
            for statement in PLANTED:
                session.execute(text(statement))
        draft = loose_draft(
            store, name="Zqcanary-reading", staged=True, repeats=2, generator="Zqcanary-generator",
            primary_analysis="Zqcanary-analysis", stopping_rule="Zqcanary-rule", ask_unusual=True,
        )  # fmt: skip
        reading.seal(store, draft, override="Zqcanary-override")
        yield store


def enrolled(store: Store, name: str) -> ReaderRecord:
    return reading.enrol(store, name, note="Zqcanary-note")


def read_stage_a(store: Store, reader: ReaderRecord) -> ReaderRecord:
    """Everything answered, merged, and the second package made."""
    assert reader.package is not None
    package = ReadingPackage.open(reader.package)
    while (trial := package.current) is not None:
        package.record(replace(answer(trial), origin=""))
    package.close()
    reading.merge(store, reader.id)
    return reading.issue_part(store, reader.id)


def found_in(archive: Path, canaries: tuple[str, ...]) -> set[str]:
    """Which canaries stand in the zip's bytes, a member's or below the mask, UTF-8 or UTF-16."""
    with zipfile.ZipFile(archive) as packed:
        members = [packed.read(name) for name in packed.namelist()]
    heap = (archive.read_bytes(), *members, archive.name.encode(), plain_contents(archive))
    return {
        canary
        for canary in canaries
        for spelled in (canary.encode(), canary.encode("utf-16-le"), canary.encode("utf-16-be"))
        if any(spelled in place for place in heap)
    }


def opaque_ids(store: Store) -> tuple[str, ...]:
    """The names under which the study itself keeps its frozen pictures."""
    with store.snapshot() as session:
        return tuple(session.scalars(select(ItemRow.opaque)))


def test_the_canaries_are_in_the_study(study: Store) -> None:
    """Else nothing would be proved by not finding them."""
    database = (study.folder / "study.sqlite").read_bytes()
    wal = study.folder / "study.sqlite-wal"
    database += wal.read_bytes() if wal.exists() else b""
    words = (
        "patient-", "lesion-", "drawer", "doctor", "scanner", "generator", "run-", "reading",
        "analysis", "rule", "study", "spec", "told-",
    )  # fmt: skip
    assert [word for word in words if f"Zqcanary-{word}".encode() not in database] == []


def test_a_package_of_stage_a_tells_nothing_of_origin_or_truth(
    study: Store, tmp_path: Path
) -> None:
    reader = enrolled(study, "Reader A")
    assert reader.package is not None
    sent = pack(reader.package, tmp_path)
    assert found_in(sent, (*EVERYWHERE, *ORIGINS, *opaque_ids(study))) == set()
    assert set(CODES) <= found_in(sent, CLASSES), "the classes are its choices"
    contents = ReadingPackage.open(reader.package).contents
    assert {(trial.right, trial.opinion) for trial in contents.trials} == {("", ())}


def test_a_package_of_stage_a_that_was_read_tells_nothing_of_origin_either(
    study: Store, tmp_path: Path
) -> None:
    reader = enrolled(study, "Reader H")
    assert reader.package is not None
    read_stage_a(study, reader)
    assert found_in(pack(reader.package, tmp_path), (*EVERYWHERE, *ORIGINS)) == set()
    assert found_in(pack_answers(reader.package, tmp_path), (*STAGES[:-1], *ORIGINS)) == set()
    log = b"".join(file.read_bytes() for file in reader.package.glob(f"{FILE_NAME}*"))
    assert b"commit_ms" in log
    assert b"origin" not in log


def test_a_package_of_stage_b_tells_no_class(study: Store, tmp_path: Path) -> None:
    reader = read_stage_a(study, enrolled(study, "Reader B"))
    assert reader.package is not None
    sent = pack(reader.package, tmp_path)
    assert found_in(sent, (*EVERYWHERE, *CLASSES, *opaque_ids(study))) == set()
    assert "synthetic" in found_in(sent, ORIGINS), "the origins are its choices"


def test_two_packages_of_one_reader_share_no_id(study: Store) -> None:
    first = enrolled(study, "Reader C")
    assert first.package is not None
    second = read_stage_a(study, first)
    assert second.package is not None
    one, two = (ReadingPackage.open(folder) for folder in (first.package, second.package))
    assert one.contents.uid != two.contents.uid
    ids = [{trial.trial_id for trial in package.trials} for package in (one, two)]
    assert not ids[0] & ids[1]


def test_what_comes_back_holds_no_canary_either(study: Store, tmp_path: Path) -> None:
    reader = enrolled(study, "Reader D")
    assert reader.package is not None
    read_stage_a(study, reader)
    assert (
        found_in(pack_answers(reader.package, tmp_path), ("Zqcanary", *opaque_ids(study))) == set()
    )


# --- the search finds what is planted


def test_a_canary_in_the_contents_is_found(
    study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaking(**given: object) -> PackageContents:
        whole = partial(PackageContents, **given)()  # type: ignore[arg-type]
        return replace(whole, title=f"{whole.title} of Zqcanary-patient-1")

    monkeypatch.setattr(issuing, "PackageContents", leaking)
    reader = enrolled(study, "Reader E")
    assert reader.package is not None
    assert found_in(pack(reader.package, tmp_path), EVERYWHERE) == {"Zqcanary"}


def test_a_canary_on_a_free_page_is_found(
    study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaking(folder: Path, *given: object) -> None:
        create_log(folder, *given)  # type: ignore[arg-type]
        with closing(sqlite.connect(folder / FILE_NAME)) as connection:
            connection.execute("PRAGMA secure_delete = OFF")
            connection.execute("CREATE TABLE truth (words TEXT)")
            connection.execute("INSERT INTO truth VALUES (?)", ("Zqcanary-patient-1 " * 500,))
            connection.commit()
            connection.execute("DROP TABLE truth")
            connection.commit()

    reader = enrolled(study, "Reader F")
    assert reader.package is not None
    monkeypatch.setattr("studies.package.transport.create_log", leaking)
    sent = pack(reader.package, tmp_path)
    assert found_in(sent, EVERYWHERE) == {"Zqcanary"}


def test_what_once_stood_on_a_page_of_the_log_is_not_sent(study: Store, tmp_path: Path) -> None:
    """A fresh copy is packed, so nothing that was deleted from the file goes along."""
    reader = enrolled(study, "Reader G")
    assert reader.package is not None
    with closing(sqlite.connect(reader.package / FILE_NAME)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE truth (words TEXT)")
        connection.execute("INSERT INTO truth VALUES (?)", ("Zqcanary-patient-1 " * 500,))
        connection.commit()
        connection.execute("DROP TABLE truth")
        connection.commit()
    assert b"Zqcanary-patient" in (reader.package / FILE_NAME).read_bytes()
    assert found_in(pack(reader.package, tmp_path), EVERYWHERE) == set()
