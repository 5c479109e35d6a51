"""No two files of what a reader is given are alike, whatever pictures they hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from reading_desk import SLICE, VOLUME, Planned, package_of
from reading_study import answer, loose_draft, readable_study

from studies import reading
from studies.chain import canonical
from studies.errors import NotAStudyError
from studies.package import (
    PackageContents,
    PackageTrial,
    ReadingPackage,
    contents_json,
    create,
    masking,
    new_opaque,
    pack,
    stored_bytes,
    unpack,
)
from studies.package.log import FILE_NAME, create_log, sqlite
from studies.protocols.pipeline import image_hash
from studies.records import ReaderRecord
from studies.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Sealed in two stages, with repeats that are not mirrored."""
    folder = tmp_path_factory.mktemp("masks") / "masks.blindread"
    with readable_study(folder, per_class=3, synthetic=3) as made:
        draft = loose_draft(made, staged=True, repeats=4, flip_repeats=False)
        reading.seal(made, draft, override="small")
        yield made


@pytest.fixture(scope="module")
def reader(store: Store) -> ReaderRecord:
    """Someone with the packages of both stages."""
    one = reading.enrol(store, "Reader 1")
    assert one.package is not None
    package = ReadingPackage.open(one.package)
    while (trial := package.current) is not None:
        package.record(replace(answer(trial), origin=""))
    package.close()
    reading.merge(store, one.id)
    return reading.issue_part(store, one.id)


def packages(reader: ReaderRecord) -> list[Path]:
    return [part.package for part in reader.parts if part.package is not None]


def test_no_two_files_of_a_readers_packages_are_equal(reader: ReaderRecord) -> None:
    both = packages(reader)
    files = [file.read_bytes() for folder in both for file in (folder / "items").iterdir()]
    assert len(both) == 2
    assert len(files) == 2 * (18 + 4)
    assert len(set(files)) == len(files)
    assert {len(data) for data in files} == {64 * 64}, "and all of one size"


def test_no_two_hashes_of_a_readers_packages_are_equal(reader: ReaderRecord) -> None:
    contents = [ReadingPackage.open(folder).contents for folder in packages(reader)]
    hashes = [trial.sha256 for one in contents for trial in one.trials]
    assert len(set(hashes)) == len(hashes) == 44
    for folder, one in zip(packages(reader), contents, strict=True):
        for trial in one.trials:
            data = (folder / "items" / f"{trial.trial_id}.raw").read_bytes()
            assert hashlib.sha256(data).hexdigest() == trial.sha256, "of the file as it lies there"


def test_below_the_mask_a_repeat_is_the_same_picture(reader: ReaderRecord) -> None:
    for folder in packages(reader):
        package = ReadingPackage.open(folder)
        pictures = [package.image(trial).tobytes() for trial in package.trials]
        assert len(pictures) - len(set(pictures)) == 4
        package.close()


def test_masked_bytes_look_like_noise(store: Store) -> None:
    contents = PackageContents(new_opaque(), "R", (), (), masked=True)
    stored = stored_bytes(contents, new_opaque(), bytes(64 * 64))
    counts = np.bincount(np.frombuffer(stored, np.uint8), minlength=256)
    assert counts.max() < 64, "a black picture has 4096 equal bytes"


def test_a_mask_taken_twice_gives_the_picture_back() -> None:
    contents = PackageContents(new_opaque(), "R", (), (), masked=True)
    data, one = bytes(range(256)) * 9000, new_opaque()  # more than two pieces
    masked = stored_bytes(contents, one, data)
    assert len(masked) > 2 * masking.PIECE
    assert masked != data
    assert stored_bytes(contents, one, masked) == data
    assert stored_bytes(replace(contents, masked=False), one, data) == data


def test_a_masked_volume_is_read_piece_by_piece(tmp_path: Path) -> None:
    picture = replace(VOLUME, slices=5, rows=400, columns=400)  # 1.6 MB
    plain = (np.arange(picture.size // 2) % 3000 - 1000).astype("<i2").tobytes()
    contents = PackageContents(new_opaque(), "R", (), (), masked=True)
    one = new_opaque()
    trial = PackageTrial(
        one, False, image_hash(stored_bytes(contents, one, plain)), picture=picture
    )
    create(tmp_path / "v.reading", replace(contents, trials=(trial,)), (plain,))
    package = ReadingPackage.open(tmp_path / "v.reading")
    read_back, steps = package.picture(trial), 0
    while not read_back.is_whole:
        read_back.step()
        steps += 1
    assert steps == 7, "1.6 MB in pieces of 256 KiB"
    assert read_back.pixels().tobytes() == plain
    package.close()


# --- packages that were made before


def test_a_package_of_the_version_before_is_read_packed_and_unpacked(tmp_path: Path) -> None:
    folder = package_of(tmp_path / "old.reading", (Planned(), Planned(picture=SLICE)))
    make_older(folder, 2)
    package = ReadingPackage.open(folder)
    assert not package.contents.masked
    assert package.image(package.trials[0])[0, 1] == pytest.approx(1 / 255)
    package.close()
    sent = pack(folder, tmp_path)
    assert unpack(sent, tmp_path / "elsewhere").is_dir()


def test_a_package_of_a_newer_version_is_refused_in_words(tmp_path: Path) -> None:
    folder = package_of(tmp_path / "new.reading", (Planned(),))
    make_older(folder, 99, keep=True)
    with pytest.raises(NotAStudyError, match="newer version of Blindread"):
        ReadingPackage.open(folder)


def make_older(folder: Path, version: int, *, keep: bool = False) -> None:
    """Write the log anew with contents as an earlier format had them: without what came after."""
    with closing(sqlite.connect(folder / FILE_NAME)) as log:
        stored = json.loads(log.execute("SELECT json FROM contents").fetchone()[0])
    stored["format"] = version
    if not keep:
        del stored["masked"]
        for trial in stored["trials"]:
            del trial["note"]
    for file in folder.glob(f"{FILE_NAME}*"):
        file.unlink()
    create_log(folder, canonical(stored))


def test_a_package_with_masked_files_and_plain_contents_is_read(tmp_path: Path) -> None:
    """Format 3: files of their own sizes, and the contents as they are."""
    contents = wide_contents(file_size=0)
    folder = create(tmp_path / "three.reading", contents, WIDE_PICTURES)
    stored = {"format": 3, **asdict(contents)}
    del stored["file_size"]
    for file in folder.glob(f"{FILE_NAME}*"):
        file.unlink()
    create_log(folder, canonical(stored))
    check_wide(folder)
    assert unpack(pack(folder, tmp_path), tmp_path / "elsewhere").is_dir()


# --- what stands in the contents, and how large a file is

TALL, LOW = replace(VOLUME, slices=5, key=2), replace(VOLUME, slices=3, key=0)
WIDE_PICTURES = tuple(
    bytes(range(256)) * (one.size // 256) for one in (TALL, LOW, LOW)
)  # the second and the third present one item


def wide_contents(file_size: int = TALL.size) -> PackageContents:
    """Three aided volumes with notes, the last one a repeat of the second."""
    contents = PackageContents(new_opaque(), "R", (), (), masked=True, file_size=file_size)
    told = ((TALL, "Zqnote one", (0.1, 0.9)), *(2 * ((LOW, "Zqnote of the other", (0.25, 0.75)),)))
    trials = []
    for (picture, note, opinion), data in zip(told, WIDE_PICTURES, strict=True):
        one = new_opaque()
        sha256 = image_hash(stored_bytes(contents, one, data))
        trials.append(PackageTrial(one, False, sha256, "", opinion, picture, note))
    return replace(contents, trials=tuple(trials))


def check_wide(folder: Path) -> None:
    """All that was packed is read back."""
    package = ReadingPackage.open(folder)
    assert package.verify().ok
    assert [trial.note for trial in package.trials][1:] == ["Zqnote of the other"] * 2
    assert [trial.opinion for trial in package.trials] == [(0.1, 0.9), *[(0.25, 0.75)] * 2]
    assert [trial.picture for trial in package.trials] == [TALL, LOW, LOW]
    for trial, data in zip(package.trials, WIDE_PICTURES, strict=True):
        reading_on = package.picture(trial)
        while not reading_on.is_whole:
            reading_on.step()
        assert reading_on.pixels().tobytes() == data
    package.close()


def test_a_short_volume_has_a_file_as_large_as_the_others(tmp_path: Path) -> None:
    folder = create(tmp_path / "wide.reading", wide_contents(), WIDE_PICTURES)
    sizes = {file.stat().st_size for file in (folder / "items").iterdir()}
    assert sizes == {TALL.size}
    check_wide(folder)


def test_contents_in_another_program_pair_no_two_presentations(tmp_path: Path) -> None:
    folder = create(tmp_path / "wide.reading", wide_contents(), WIDE_PICTURES)
    with closing(sqlite.connect(folder / FILE_NAME)) as log:
        text = log.execute("SELECT json FROM contents").fetchone()[0]
    trials = json.loads(text)["trials"]
    assert "Zqnote" not in text
    assert all(set(one) == {"trial_id", "practice", "sha256", "shown"} for one in trials)
    assert len({one["shown"] for one in trials}) == 3
    assert len({len(one["shown"]) for one in trials}) == 1, "nor does their length"


def test_a_picture_larger_than_its_file_is_said_to_be_damage(tmp_path: Path) -> None:
    contents = wide_contents()
    folder = create(tmp_path / "wide.reading", contents, WIDE_PICTURES)
    for file in folder.glob(f"{FILE_NAME}*"):
        file.unlink()
    create_log(folder, contents_json(replace(contents, file_size=TALL.size - 2)))
    with pytest.raises(NotAStudyError, match="damaged"):
        ReadingPackage.open(folder)
