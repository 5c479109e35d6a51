"""What an import is made of: folders, links, pipes, zips in zips, discs; each file listed once."""

from __future__ import annotations

import io
import itertools
import json
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from foreign_ct import ct, stack
from import_desk import ISOTROPIC, only_reason, run_import
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from reader_app.cli import program
from studies.imaging.dicom import zips
from studies.records import ImportReport
from studies.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.create(tmp_path / "study.blindread", "Import") as made:
        yield made


def reasons(report: ImportReport) -> dict[str, str]:
    """The reasons of what was left out, by the last part of the name."""
    return {verdict.file.rsplit("/", 1)[-1]: verdict.reason for verdict in report.left_out}


# --- folders --------------------------------------------------------------------------------------


def test_what_is_no_file_is_listed_and_not_opened(store: Store, tmp_path: Path):
    paths = stack(tmp_path / "in", ISOTROPIC)
    os.mkfifo(tmp_path / "in" / "pipe")
    (tmp_path / "in" / "nowhere").symlink_to(tmp_path / "gone")
    (tmp_path / "in" / "circle").symlink_to(tmp_path / "in" / "circle")
    (tmp_path / "in" / "up").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "again").symlink_to(paths[0])
    report = run_import(store, tmp_path / "in", Path("/dev/zero"))
    found = reasons(report)
    assert len(report.taken) == 4
    assert "pipe" in found["pipe"]
    assert found["nowhere"] == found["circle"] == "A link that leads nowhere."
    assert "link to a folder" in found["up"]
    assert "device" in found["zero"]
    assert "The same file as" in found["again"] + found.get(paths[0].name, "")
    assert len(report.files) == 4 + 6


def test_a_linked_file_is_read_once(store: Store, tmp_path: Path):
    stack(tmp_path / "far", ISOTROPIC)
    (tmp_path / "in").mkdir()
    for path in (tmp_path / "far").iterdir():
        (tmp_path / "in" / path.name).symlink_to(path)
    report = run_import(store, tmp_path / "in")
    assert len(report.taken) == len(report.files) == 4


def test_a_path_given_twice_is_listed_once(store: Store, tmp_path: Path):
    stack(tmp_path / "in", ISOTROPIC)
    report = run_import(store, tmp_path / "in", tmp_path / "in", *(tmp_path / "in").iterdir())
    assert len(report.taken) == len(report.files) == 4


def test_names_that_are_no_text_are_listed_and_print_as_json(tmp_path: Path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "plain").write_bytes(b"x")
    os.close(os.open(os.fsencode(tmp_path / "in") + b"/caf\xe9\x1b[2J\n", os.O_CREAT))
    call = ["import", str(tmp_path / "s"), str(tmp_path / "in"), "--json"]
    assert program(lambda store: 0, lambda store, folder: 0, call) == 2
    report = json.loads(capsys.readouterr().out.encode("utf-8"))
    assert [one["file"].rsplit("/", 1)[-1] for one in report["left_out"]] == [
        r"caf\xe9\x1b[2J\n",
        "plain",
    ]


def test_a_folder_nested_deeper_than_any_recursion_is_walked(store: Store, tmp_path: Path):
    (tmp_path / "in").mkdir()
    here = os.open(tmp_path / "in", os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("bottom", os.O_CREAT, dir_fd=here))
    os.close(here)
    reason = only_reason(run_import(store, tmp_path / "in"))
    _flatten(tmp_path / "in", tmp_path)
    assert reason == "The file is empty."


def _flatten(top: Path, beside: Path) -> None:
    """Takes the nest apart, which whoever removes temporary folders could not."""
    for number in itertools.count():
        if not (top / "d").exists():
            return
        moved = (top / "d").rename(beside / f"x{number}")
        top.rmdir()
        top = moved


def test_thousands_of_other_files_hide_no_slice(store: Store, tmp_path: Path):
    stack(tmp_path / "in", ISOTROPIC)
    for number in range(2000):
        (tmp_path / "in" / f"note{number}.txt").write_bytes(b"words")
    report = run_import(store, tmp_path / "in")
    assert (len(report.taken), len(report.left_out)) == (4, 2000)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"7z\xbc\xaf'\x1c rest", "no zip"),
        (b"\x1f\x8b\x08 rest", "no zip"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"", "empty"),
    ],
)
def test_other_archives_and_pictures_are_named(
    store: Store, tmp_path: Path, content: bytes, words: str
):
    (tmp_path / "x").write_bytes(content)
    assert words in only_reason(run_import(store, tmp_path / "x"))


# --- zips -----------------------------------------------------------------------------------------


def packed(files: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def slices(folder: Path) -> dict[str, bytes]:
    return {f"ct/{path.name}": path.read_bytes() for path in stack(folder, ISOTROPIC)}


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_usual_packing_is_read(store: Store, tmp_path: Path, kind: int):
    (tmp_path / "in.ZIP").write_bytes(packed(slices(tmp_path / "ct"), kind))
    assert len(run_import(store, tmp_path / "in.ZIP").taken) == 4


def test_a_zip_inside_a_zip_is_opened_and_a_deeper_one_listed(store: Store, tmp_path: Path):
    inner = packed(slices(tmp_path / "ct"))
    deep = packed({"c.zip": packed({"d.zip": packed({"x": b"y"})})})
    (tmp_path / "in.zip").write_bytes(packed({"a/inner.bin": inner, "b.zip": deep}))
    report = run_import(store, tmp_path / "in.zip")
    assert len(report.taken) == 4
    assert all("in.zip/a/inner.bin/ct/" in verdict.file for verdict in report.taken)
    assert only_reason(report).startswith("A zip too deep")


def test_a_damaged_member_costs_itself_only(store: Store, tmp_path: Path):
    content = packed(slices(tmp_path / "ct"), zipfile.ZIP_STORED)
    at = content.index(b"DICM") + 500
    damaged = content[:at] + b"\xff\xff\xff" + content[at + 3 :]
    (tmp_path / "in.zip").write_bytes(damaged)
    report = run_import(store, tmp_path / "in.zip")
    assert len(report.taken) + len(report.badged) == 3
    assert only_reason(report) == "It is damaged inside the zip."


@pytest.mark.parametrize(
    ("at_local", "at_central", "value", "words"),
    [(6, 8, 1, "password"), (8, 10, 9, "number 9"), (8, 10, 99, "number 99")],
)
def test_locked_and_oddly_packed_members_are_named(
    store: Store, tmp_path: Path, at_local: int, at_central: int, value: int, words: str
):
    content = bytearray(packed(slices(tmp_path / "ct") | {"odd": b"words"}))
    at = content.index(b"odd") - 30
    struct.pack_into("<H", content, at + at_local, value)
    at = content.rindex(b"odd") - 46
    struct.pack_into("<H", content, at + at_central, value)
    (tmp_path / "in.zip").write_bytes(content)
    report = run_import(store, tmp_path / "in.zip")
    assert len(report.taken) == 4
    assert words in only_reason(report)


def test_members_that_share_their_bytes_are_a_bomb(store: Store, tmp_path: Path):
    """Fifield's overlapping zip: many directory entries for one stored kernel."""
    content = packed({"a": os.urandom(5000)})
    start = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entries = b"".join(_renamed(content[start:end], letter) for letter in b"abcdefgh")
    tail = bytearray(content[end:])
    struct.pack_into("<HHII", tail, 8, 8, 8, len(entries), start)
    (tmp_path / "in.zip").write_bytes(content[:start] + entries + bytes(tail))
    assert "share their bytes" in only_reason(run_import(store, tmp_path / "in.zip"))


def _renamed(entry: bytes, letter: int) -> bytes:
    return entry[:46] + bytes([letter]) + entry[47:]


def test_zips_that_unpack_to_too_much_together_are_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(zips.Room.__init__, "__defaults__", (6000,))
    for name in ("a", "b"):
        (tmp_path / f"{name}.zip").write_bytes(packed({"x": os.urandom(4000)}))
    report = run_import(store, tmp_path / "a.zip", tmp_path / "b.zip")
    assert reasons(report)["x"] == "The file is not DICOM."
    assert "together" in reasons(report)["b.zip"]


@pytest.mark.parametrize("seed", range(4))
def test_mutated_zips_end_in_verdicts(store: Store, tmp_path: Path, seed: int):
    whole = packed({"a": b"x" * 400, "b/c": b"y" * 300, "d.zip": packed({"e": b"z" * 50})})
    rng = np.random.default_rng(seed)
    for number in range(60):
        content = np.frombuffer(whole, np.uint8).copy()
        content[rng.integers(4, len(content), 4)] = rng.integers(0, 256, 4)
        (tmp_path / f"{number}.zip").write_bytes(content.tobytes())
    report = run_import(store, *sorted(tmp_path.glob("*.zip")))
    assert len({verdict.file.split(".zip")[0] for verdict in report.files}) == 60
    assert not report.taken


def test_dicom_whose_preamble_looks_like_a_zip_is_dicom(store: Store, tmp_path: Path):
    (path,) = stack(tmp_path / "in", (0.0,))
    path.write_bytes(b"PK\x03\x04" + path.read_bytes()[4:])
    assert len(run_import(store, path).taken) == 1


# --- discs ----------------------------------------------------------------------------------------


def disc(folder: Path, names: list[str], index: str = "DICOMDIR") -> Path:
    """A DICOMDIR that names these files, their parts parted by /."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    records = []
    for name in names:
        record = Dataset()
        record.DirectoryRecordType, record.ReferencedFileID = "IMAGE", name.split("/")
        records.append(record)
    dataset.DirectoryRecordSequence = records
    dataset.save_as(folder / index, enforce_file_format=True)
    return folder / index


def test_a_disc_is_read_by_its_index_in_any_case_of_letters(store: Store, tmp_path: Path):
    stack(tmp_path / "disc" / "images" / "s1", ISOTROPIC)
    names = sorted(path.name for path in (tmp_path / "disc" / "images" / "s1").iterdir())
    index = disc(tmp_path / "disc", [f"IMAGES/S1/{name}" for name in names])
    report = run_import(store, index)
    assert len(report.taken) == 5
    assert [v.reason for v in report.taken if v.reason] == ["An index of 4 files."]


def test_files_missing_from_a_disc_or_outside_it_are_listed(store: Store, tmp_path: Path):
    stack(tmp_path / "disc" / "S1", ISOTROPIC)
    ct(tmp_path / "secret", 90.0, uid="1.9")
    names = [f"S1/{path.name}" for path in (tmp_path / "disc" / "S1").iterdir()]
    index = disc(tmp_path / "disc", [*names, "S1/GONE", "../secret"])
    report = run_import(store, index)
    assert len(report.series) == 1
    assert report.series[0].slices == 4
    found = reasons(report)
    assert "is not there" in found["GONE"]
    assert "outside" in found["secret"]


def test_a_disc_copied_to_a_folder_or_zip_lists_each_file_once(store: Store, tmp_path: Path):
    paths = stack(tmp_path / "disc" / "S1", ISOTROPIC)
    disc(tmp_path / "disc", [f"S1/{path.name}" for path in paths])
    report = run_import(store, tmp_path / "disc")
    assert len(report.files) == len(report.taken) == 5
    files = {str(p.relative_to(tmp_path)): p.read_bytes() for p in paths}
    files["disc/DICOMDIR"] = (tmp_path / "disc" / "DICOMDIR").read_bytes()
    (tmp_path / "disc.zip").write_bytes(packed(files))
    again = run_import(store, tmp_path / "disc.zip")
    assert [v.reason for v in again.taken] == ["An index of the files beside it."]
    assert {v.reason for v in again.left_out} == {"This series is in the study already."}


def test_a_damaged_disc_index_is_a_sentence(store: Store, tmp_path: Path):
    (tmp_path / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 300)
    assert only_reason(run_import(store, tmp_path / "DICOMDIR"))
