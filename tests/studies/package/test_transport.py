"""Packages go to readers and come back: alike every time, whole or not at all, never replaced."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sent_package import TRIALS, answer_some, make_package, on_another_computer

from studies import chain
from studies.chain import canonical
from studies.errors import (
    ImportRefusedError,
    NotAStudyError,
    ReadOnlyError,
    SealedError,
    StudyError,
)
from studies.package import ReadingPackage, pack, pack_answers, read_answers, unpack
from studies.package.archive import write_zip
from studies.package.log import FILE_NAME, PackageLog, sqlite
from studies.package.transport import ANSWERS

Rows = list[list[object]]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package without answers."""
    return make_package(tmp_path / "study" / "one.reading")


@pytest.fixture
def zipped(package: Path, tmp_path: Path) -> Path:
    """The package as it goes to the reader."""
    return pack(package, tmp_path / "sent")


def names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as packed:
        return packed.namelist()


# --- to the reader


def test_a_zip_holds_the_log_and_one_picture_a_trial(package: Path, zipped: Path) -> None:
    pictures = sorted(f"items/{file.name}" for file in (package / "items").iterdir())
    assert names(zipped) == [*pictures, FILE_NAME]
    assert len(pictures) == TRIALS
    with zipfile.ZipFile(zipped) as packed:
        infos = packed.infolist()
        assert {info.compress_type for info in infos} == {zipfile.ZIP_STORED}
        assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.external_attr for info in infos} == {infos[0].external_attr}
        assert {info.compress_size for info in infos[:-1]} == {4096}


def test_packed_again_a_package_has_the_same_bytes(package: Path, tmp_path: Path) -> None:
    answer_some(package, 3)
    first = pack(package, tmp_path / "a").read_bytes()
    with closing(sqlite.connect(package / FILE_NAME)) as connection:
        connection.execute("VACUUM")  # other pages, the same rows
    shutil.copytree(package, tmp_path / "copy.reading")
    assert pack(tmp_path / "copy.reading", tmp_path / "b").read_bytes() == first


def test_a_zip_is_named_after_reader_and_package(tmp_path: Path) -> None:
    odd = make_package(tmp_path / "p.reading", title="../Ärztin\\1: *?")
    uid = ReadingPackage.open(odd).contents.uid
    assert pack(odd, tmp_path / "to").name == f"Ärztin-1-{uid[:6]}.reading.zip"
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["p.reading", "to"]


def test_packing_while_it_is_read_takes_what_was_answered(package: Path, tmp_path: Path) -> None:
    answer_some(package, 2)
    reading = ReadingPackage.open(package)
    sent = pack(package, tmp_path / "sent")
    assert not list((tmp_path / "sent").glob("*-wal"))
    reading.close()
    on_another_computer()
    assert ReadingPackage.open(unpack(sent, tmp_path / "desk")).answered == 2


def test_a_changed_package_is_not_packed(package: Path, tmp_path: Path) -> None:
    next((package / "items").iterdir()).write_bytes(bytes(4096))
    with pytest.raises(StudyError, match="picture"):
        pack(package, tmp_path / "sent")
    assert not (tmp_path / "sent").exists()


def test_what_cannot_be_written_is_a_sentence(package: Path, zipped: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for deed in (pack, pack_answers):
        with pytest.raises(ReadOnlyError, match="could not be written"):
            deed(package, tmp_path / "file")
    with pytest.raises(ReadOnlyError, match="could not be unpacked"):
        unpack(zipped, tmp_path / "file")


def test_a_reader_reads_offline_and_sends_back(package: Path, zipped: Path, tmp_path: Path) -> None:
    shutil.rmtree(package.parent)
    on_another_computer()
    folder = unpack(zipped, tmp_path / "desk")
    assert folder == tmp_path / "desk" / zipped.name.removesuffix(".zip")
    answer_some(folder, TRIALS)
    sent_back = pack_answers(folder, tmp_path / "back")
    assert sent_back.name == zipped.name.replace(".reading.", ".answers.")
    reading = ReadingPackage.open(folder)
    returned = read_answers(sent_back)
    assert (returned.uid, returned.genesis) == (reading.contents.uid, reading.genesis)
    assert returned.events == reading.events
    assert sum(event.kind == "response" for event in returned.events) == TRIALS
    reading.close()


def test_a_package_without_answers_comes_back_empty(package: Path, tmp_path: Path) -> None:
    assert read_answers(pack_answers(package, tmp_path)).events == ()


# --- unpacked


def test_the_folder_is_complete_and_nothing_is_left_beside_it(zipped: Path, tmp_path: Path) -> None:
    folder = unpack(zipped, tmp_path / "desk")
    assert [path.name for path in (tmp_path / "desk").iterdir()] == [folder.name]
    assert sorted(path.name for path in folder.iterdir()) == ["items", FILE_NAME]
    assert len(list((folder / "items").iterdir())) == TRIALS


def test_a_zip_that_somebody_packed_anew_is_read(zipped: Path, tmp_path: Path) -> None:
    anew = tmp_path / "mailed.zip"
    with (
        zipfile.ZipFile(zipped) as packed,
        zipfile.ZipFile(anew, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in reversed(packed.namelist()):
            target.writestr(name, packed.read(name))
    folder = unpack(anew, tmp_path / "desk")
    assert folder.name == "mailed.reading"
    assert ReadingPackage.open(folder).total == TRIALS


def test_a_folder_with_answers_is_gone_on_with(zipped: Path, tmp_path: Path) -> None:
    folder = unpack(zipped, tmp_path / "desk")
    answer_some(folder, 4)
    assert unpack(zipped, tmp_path / "desk") == folder
    assert ReadingPackage.open(folder).answered == 4
    assert [path.name for path in (tmp_path / "desk").iterdir()] == [folder.name]


def test_a_zip_never_takes_the_place_of_something_else(zipped: Path, tmp_path: Path) -> None:
    other = make_package(tmp_path / "other.reading", seed=2)
    desk = tmp_path / "desk"
    shutil.copytree(other, desk / zipped.name.removesuffix(".zip"))
    with pytest.raises(SealedError, match="another reading"):
        unpack(zipped, desk)
    for number, thing in enumerate(("folder", "file")):
        place = tmp_path / f"desk{number}" / zipped.name.removesuffix(".zip")
        place.parent.mkdir()
        place.mkdir() if thing == "folder" else place.write_text("mine")
        with pytest.raises(SealedError, match="no such package"):
            unpack(zipped, place.parent)
        assert list(place.parent.iterdir()) == [place]


def test_answers_in_the_zip_are_not_forgotten_for_an_older_folder(
    zipped: Path, tmp_path: Path
) -> None:
    on_another_computer()
    ahead = unpack(zipped, tmp_path / "ahead")
    answer_some(ahead, 5)
    farther = pack(ahead, tmp_path / "sent again")
    on_another_computer()
    unpack(zipped, tmp_path / "behind")
    with pytest.raises(SealedError, match=r"answers that .* lacks"):
        unpack(farther, tmp_path / "behind")


def test_a_reading_begun_here_is_not_begun_again_elsewhere(zipped: Path, tmp_path: Path) -> None:
    folder = unpack(zipped, tmp_path / "desk")
    answer_some(folder, 1)
    with pytest.raises(SealedError, match="begun on this computer"):
        unpack(zipped, tmp_path / "another desk")
    assert list((tmp_path / "another desk").iterdir()) == []


# --- what comes back, changed by hand


def returned(package: Path, folder: Path, edit: Callable[[Rows], object]) -> Path:
    """The answers of three trials with the rows edited by hand."""
    answer_some(package, 3)
    sent = pack_answers(package, folder)
    with zipfile.ZipFile(sent) as packed:
        content = json.loads(packed.read(ANSWERS))
    edit(content["events"])
    return write_zip(sent, [(ANSWERS, canonical(content).encode())])


def change(rows: Rows) -> None:
    rows[1][3] = str(rows[1][3]).replace("real", "synthetic")


def remove(rows: Rows) -> None:
    del rows[1]


def swap(rows: Rows) -> None:
    rows[1], rows[2] = rows[2], rows[1]


@pytest.mark.parametrize("edit", [change, remove, swap])
def test_the_first_bad_row_is_named(
    package: Path, tmp_path: Path, edit: Callable[[Rows], object]
) -> None:
    with pytest.raises(StudyError, match=r"Row 2 of .*changed, removed or moved"):
        read_answers(returned(package, tmp_path, edit))


def test_a_cut_tail_is_left_to_the_study(package: Path, tmp_path: Path) -> None:
    cut = read_answers(returned(package, tmp_path, lambda rows: rows.pop()))
    assert len(cut.events) == 2


FOREIGN = (
    lambda rows: rows.append([True, "x", "", "", "", 0, "0" * 64]),
    lambda rows: rows[0].append(1),
    lambda rows: rows[0].__setitem__(5, 2**63),
    lambda rows: rows[0].__setitem__(5, 1.5),
    lambda rows: rows[0].__setitem__(3, None),
    lambda rows: rows[0].__setitem__(6, "no hash"),
    lambda rows: rows.insert(0, "no row"),
)


@pytest.mark.parametrize("edit", FOREIGN)
def test_rows_that_we_never_write_are_refused(
    package: Path, tmp_path: Path, edit: Callable[[Rows], object]
) -> None:
    with pytest.raises(ImportRefusedError, match="no readable answers"):
        read_answers(returned(package, tmp_path, edit))


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", '{"format": 1}', "[" * 100_000, '{"format": 2, "events": []}',
        '{"format": 1, "uid": "x", "genesis": "y", "program": "", "events": []}',
    ],
)  # fmt: skip
def test_text_that_holds_no_answers_is_refused(tmp_path: Path, text: str) -> None:
    archive = write_zip(tmp_path / "x.answers.zip", [(ANSWERS, text.encode())])
    with pytest.raises(ImportRefusedError, match="no readable answers"):
        read_answers(archive)


def test_half_a_surrogate_pair_never_reaches_the_study(tmp_path: Path) -> None:
    """JSON may spell it, and its hash may be right; a database cannot store it."""
    genesis = "0" * 64
    event = chain.link(chain.ChainHead(0, genesis), "note", "", "\ud800", "now", 0)
    rows = f'[1,"note","","\\ud800","now",0,"{event.hash}"]'
    text = f'{{"format":1,"uid":"{"a" * 32}","genesis":"{genesis}","program":"","events":[{rows}]}}'
    archive = write_zip(tmp_path / "x.answers.zip", [(ANSWERS, text.encode())])
    with pytest.raises(ImportRefusedError, match="no readable answers"):
        read_answers(archive)


# --- the log of a package from elsewhere

FOREIGN_SQL = (
    "CREATE TRIGGER mine AFTER INSERT ON event BEGIN DELETE FROM head; END",
    "CREATE VIEW mine AS SELECT json FROM contents",
    "CREATE TABLE mine (id INTEGER)",
    "CREATE INDEX mine ON event (kind)",
)


@pytest.mark.parametrize("statement", FOREIGN_SQL)
def test_a_log_with_more_than_our_tables_is_refused(package: Path, statement: str) -> None:
    with closing(sqlite.connect(package / FILE_NAME)) as connection:
        connection.execute(statement)
    with pytest.raises(NotAStudyError, match="damaged"):
        PackageLog(package)


def test_a_value_of_another_type_is_a_bad_row(package: Path) -> None:
    answer_some(package, 3)
    with closing(sqlite.connect(package / FILE_NAME)) as connection:
        connection.execute("DROP TRIGGER event_no_update")
        connection.execute("UPDATE event SET payload = x'00ff' WHERE sequence = 2")
        connection.commit()
    with pytest.raises(StudyError, match="Row 2 "):
        ReadingPackage.open(package)
