"""Zips from elsewhere: refused before anything is written, whatever is wrong with them."""

from __future__ import annotations

import random
import re
import shutil
import stat
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sent_package import TRIALS, answer_some, make_package

from studies.errors import ImportRefusedError, StudyError
from studies.package import ReadingPackage, pack, pack_answers, read_answers, unpack
from studies.package.archive import Limits, checked_zip
from studies.package.log import FILE_NAME
from studies.package.transport import ANSWERS

MUTATIONS, LOG_MUTATIONS, SEED, SLOWEST_S = 300, 100, 7, 5.0
ID = "0123456789abcdef" * 2


@pytest.fixture
def zipped(tmp_path: Path) -> Path:
    return pack(make_package(tmp_path / "study" / "one.reading"), tmp_path / "sent")


def everything(folder: Path) -> dict[str, bytes | None]:
    """All that lies below a folder, with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def with_member(name: str, data: bytes = b"x", mode: int = 0) -> Callable[[Path], None]:
    def add(archive: Path) -> None:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        with zipfile.ZipFile(archive, "a") as packed:
            packed.writestr(info, data)

    return add


def with_byte(places: tuple[bytes, ...], offset: int, value: int) -> Callable[[Path], None]:
    """One byte of every header of these kinds set to a value."""

    def change(archive: Path) -> None:
        data = bytearray(archive.read_bytes())
        for magic in places:
            at = data.find(magic)
            while at >= 0:
                data[at + offset] = value
                at = data.find(magic, at + 4)
        archive.write_bytes(bytes(data))

    return change


def cut(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-200])


def cut_in_front(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[5000:])


def empty(archive: Path) -> None:
    zipfile.ZipFile(archive, "w").close()


def no_zip(archive: Path) -> None:
    archive.write_text("only words " * 50)


def without_log(archive: Path) -> None:
    kept = {}
    with zipfile.ZipFile(archive) as packed:
        kept = {name: packed.read(name) for name in packed.namelist() if name != FILE_NAME}
    rewrite(archive, kept)


def without_a_picture(archive: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        kept = {name: packed.read(name) for name in packed.namelist()[1:]}
    rewrite(archive, kept)


def other_picture(archive: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        kept = {name: packed.read(name) for name in packed.namelist()}
    kept[next(iter(kept))] = bytes(4096)
    rewrite(archive, kept)


def rewrite(archive: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(archive, "w") as packed:
        for name, data in members.items():
            packed.writestr(name, data)


def too_many(archive: Path) -> None:
    with zipfile.ZipFile(archive, "w") as packed:
        for number in range(20_002):
            packed.writestr(f"items/{number:032x}.raw", b"")


def bomb(archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(FILE_NAME, bytes(64 << 20))


LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"
HOSTILE: dict[str, Callable[[Path], None]] = {
    "a way up": with_member("../escaped.raw"),
    "a way up inside": with_member(f"items/../../{ID}.raw"),
    "a way up with backslashes": with_member(f"items\\..\\..\\{ID}.raw"),
    "an absolute name": with_member("/tmp/escaped.raw"),
    "a drive": with_member("C:/escaped.raw"),
    "a stream of a file": with_member(f"items/{ID}.raw:x"),
    "a link": with_member(f"items/{ID}.raw", b"/etc/passwd", stat.S_IFLNK | 0o777),
    "a device": with_member(f"items/{ID}.raw", b"", stat.S_IFCHR | 0o666),
    "a folder": with_member("items/", b"", stat.S_IFDIR | 0o755),
    "a program": with_member("reading.exe", b"MZ"),
    "a write-ahead log": with_member(f"{FILE_NAME}-wal", b"x"),
    "a picture more": with_member(f"items/{ID}.raw", bytes(4096)),
    "capital letters": with_member(f"items/{ID.upper()}.raw", bytes(4096)),
    "another log": with_member(FILE_NAME, b"twice"),
    "locked members": with_byte((CENTRAL,), 8, 1),
    "an unknown compression": with_byte((CENTRAL,), 10, 14),
    "a giant claim": with_byte((CENTRAL,), 27, 0x7F),
    "a cut end": cut,
    "a cut beginning": cut_in_front,
    "nothing": empty,
    "no zip": no_zip,
    "no log": without_log,
    "a picture less": without_a_picture,
    "another picture": other_picture,
    "too many members": too_many,
    "a bomb": bomb,
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_package_is_refused_and_leaves_nothing(
    zipped: Path, tmp_path: Path, what: str
) -> None:
    HOSTILE[what](zipped)
    (tmp_path / "desk").mkdir()
    before = everything(tmp_path)
    with pytest.raises(StudyError) as refused:
        unpack(zipped, tmp_path / "desk")
    assert everything(tmp_path) == before
    assert str(refused.value).endswith(".")
    assert not Path("/tmp/escaped.raw").exists()


JUDGED_FIRST = [
    what
    for what in HOSTILE
    if what not in ("no log", "a picture less", "another picture", "a picture more")
]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("what", JUDGED_FIRST)
def test_a_hostile_zip_is_judged_before_a_folder_is_made(
    zipped: Path, tmp_path: Path, what: str
) -> None:
    HOSTILE[what](zipped)
    with pytest.raises(ImportRefusedError):
        unpack(zipped, tmp_path / "desk")
    assert not (tmp_path / "desk").exists()


@pytest.mark.parametrize("what", ["a way up", "a link", "locked members", "a cut end", "a bomb"])
def test_hostile_answers_are_refused(tmp_path: Path, what: str) -> None:
    archive = pack_answers(make_package(tmp_path / "one.reading"), tmp_path / "back")
    HOSTILE[what](archive)
    with pytest.raises(ImportRefusedError):
        read_answers(archive)


def test_a_member_never_gives_more_than_it_claims(tmp_path: Path) -> None:
    """The list says one byte; the member holds a million."""
    archive = tmp_path / "x.answers.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(ANSWERS, bytes(1_000_000))
    data = bytearray(archive.read_bytes())
    for magic, offset in ((LOCAL, 22), (CENTRAL, 24)):
        struct.pack_into("<I", data, data.find(magic) + offset, 1)
    archive.write_bytes(bytes(data))
    with pytest.raises(ImportRefusedError, match="damaged"):
        read_answers(archive)


def test_sizes_are_judged_by_what_the_list_claims(zipped: Path) -> None:
    every = re.compile(".*", re.DOTALL)
    for limits, words in (
        (Limits(every, 99, 4000, 1 << 30), "larger than"),
        (Limits(every, 99, 1 << 30, 4096 * TRIALS), "would unpack to"),
        (Limits(every, TRIALS, 1 << 30, 1 << 30), "more than it can need"),
    ):
        with pytest.raises(ImportRefusedError, match=words), checked_zip(zipped, limits):
            pass


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Bytes changed, cut out, doubled or exchanged at random places; headers more than pictures."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(changed))
        if rng.random() < 0.5:  # the log, the list of members and its end
            at = rng.randrange(len(changed) * 2 // 3, len(changed))
        size = rng.choice((1, 1, 1, 2, 4, 64, 1000))
        piece = changed[at : at + size]
        kind = rng.randrange(4)
        if kind == 0:
            changed[at : at + size] = rng.randbytes(len(piece))
        elif kind == 1:
            del changed[at : at + size]
        elif kind == 2:
            changed[at:at] = piece
        else:
            changed[at : at + size] = bytes([rng.choice((0, 0xFF, 0x7F))]) * len(piece)
    return bytes(changed)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_mutated_packages_are_unpacked_whole_or_refused(zipped: Path, tmp_path: Path) -> None:
    """300 seeded mutations: our errors only, nothing beside the folder, none takes long."""
    whole, rng = zipped.read_bytes(), random.Random(SEED)
    good = everything(unpack(zipped, tmp_path / "good"))
    refused, slowest = 0, 0.0
    for _ in range(MUTATIONS):
        zipped.write_bytes(mutated(whole, rng))
        started = time.perf_counter()
        try:
            made = unpack(zipped, tmp_path / "desk")
        except StudyError:
            refused += 1
            assert not any((tmp_path / "desk").glob("*"))
        else:
            pictures = {name: data for name, data in everything(made).items() if "items" in name}
            assert pictures.items() <= good.items()
            shutil.rmtree(made)
        slowest = max(slowest, time.perf_counter() - started)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["desk", "good", "sent", "study"]
    assert refused > 0.9 * MUTATIONS
    assert slowest < SLOWEST_S


def test_mutated_logs_in_a_sound_zip_are_opened_whole_or_refused(
    zipped: Path, tmp_path: Path
) -> None:
    """The zip's own sums are right, so that SQLite sees every mutation of its file."""
    with zipfile.ZipFile(zipped) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    log, rng, refused = members[FILE_NAME], random.Random(SEED), 0
    for _ in range(LOG_MUTATIONS):
        rewrite(zipped, members | {FILE_NAME: mutated(log, rng)})
        try:
            made = unpack(zipped, tmp_path / "desk")
        except StudyError:
            refused += 1
            assert not any((tmp_path / "desk").glob("*"))
        else:
            package = ReadingPackage.open(made)
            assert (package.total, package.answered) == (TRIALS, 0)
            package.close()
            shutil.rmtree(made)
    assert refused > LOG_MUTATIONS / 3


def test_mutated_answers_are_read_whole_or_refused(tmp_path: Path) -> None:
    package = make_package(tmp_path / "one.reading")
    answer_some(package, TRIALS)
    archive = pack_answers(package, tmp_path / "back")
    whole, rng, right = archive.read_bytes(), random.Random(SEED), read_answers(archive)
    refused = 0
    for _ in range(MUTATIONS):
        archive.write_bytes(mutated(whole, rng))
        try:
            found = read_answers(archive)
        except StudyError:
            refused += 1
        else:
            assert found.events == right.events
    assert refused > 0.9 * MUTATIONS
