"""RELIABILITY 4, reduced and seeded: whatever is done to a file, it ends in a verdict."""

from __future__ import annotations

import io
import resource
from pathlib import Path

import pydicom
import pytest
from foreign_ct import ct, stack
from import_desk import ISOTROPIC, only_reason, run_import
from reliability.import_mutations import judge

from studies.store import Store

MUTATIONS, MOST_MB = 1000, 400
ITEM = b"\xfe\xff\x00\xe0"
UNDEFINED = b"\xff\xff\xff\xff"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.create(tmp_path / "study.blindread", "Import") as made:
        yield made


def test_mutated_files_end_in_verdicts_in_bounded_memory(tmp_path: Path):
    found = judge(MUTATIONS, seed=1, folder=tmp_path)
    assert not found.faults
    assert found.verdicts.total() >= MUTATIONS
    assert found.verdicts["left_out"] > 200
    assert found.verdicts["taken"] + found.verdicts["badged"] > 100
    assert found.peak_mb < MOST_MB


def _explicit(depth: int) -> bytes:
    """A private sequence in a sequence, each with its length."""
    content = b""
    for _ in range(depth):
        item = ITEM + len(content).to_bytes(4, "little") + content
        content = b"\x09\x00\x40\x11SQ\0\0" + len(item).to_bytes(4, "little") + item
    return content


def _undefined(depth: int) -> bytes:
    return (b"\x09\x00\x40\x11SQ\0\0" + UNDEFINED + ITEM + UNDEFINED) * depth


def _closed(depth: int) -> bytes:
    end = b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    return _undefined(depth) + end * depth


@pytest.mark.parametrize("nest", [_explicit, _undefined, _closed])
def test_nesting_to_any_depth_ends(store: Store, tmp_path: Path, nest):
    """5,000 deep before the rest of a good header; the slices beside it come in."""
    buffer = io.BytesIO()
    ct(tmp_path / "in" / "deep", 99.0).save_as(buffer, enforce_file_format=True)
    content = buffer.getvalue()
    at = content.index(b"\x10\x00\x10\x00PN")
    (tmp_path / "in" / "deep").write_bytes(content[:at] + nest(5000) + content[at:])
    stack(tmp_path / "in", ISOTROPIC)
    report = run_import(store, tmp_path / "in")
    assert len(report.files) == 5
    assert len(report.taken) + len(report.badged) >= 4


def test_a_header_of_millions_of_values_is_given_up(store: Store, tmp_path: Path):
    """Three millions of empty private ones, before the patient's name."""
    content = _bytes_of_a_slice(tmp_path / "many")
    at = content.index(b"\x10\x00\x10\x00PN")
    value = b"\x09\x00\x40\x11LO\x00\x00"
    (tmp_path / "many").write_bytes(content[:at] + value * 3_000_000 + content[at:])
    assert "more values than any" in only_reason(run_import(store, tmp_path / "many"))


def test_frames_described_at_endless_length_are_refused(store: Store, tmp_path: Path):
    content = _bytes_of_a_slice(tmp_path / "one")
    at = content.index(b"\xe0\x7f\x10\x00OW")
    item = ITEM + (17 << 20).to_bytes(4, "little") + bytes(17 << 20)
    frames = b"\x00\x52\x30\x92SQ\0\0" + len(item).to_bytes(4, "little") + item
    (tmp_path / "one").write_bytes(content[:at] + frames + content[at:])
    assert "length that no CT" in only_reason(run_import(store, tmp_path / "one"))


def _bytes_of_a_slice(path: Path) -> bytes:
    ct(path)
    return path.read_bytes()


def test_a_huge_private_value_takes_no_memory_of_its_header_scan(store: Store, tmp_path: Path):
    """1.5 GB that a sparse file claims and holds; nothing of it is needed."""
    buffer = io.BytesIO()
    ct(tmp_path / "big").save_as(buffer, enforce_file_format=True)
    content = buffer.getvalue()
    at, size = content.index(b"\x10\x00\x10\x00PN"), 1500 << 20
    with (tmp_path / "big").open("wb") as file:
        file.write(content[:at] + b"\x09\x00\x40\x11OB\0\0" + size.to_bytes(4, "little"))
        file.seek(size, io.SEEK_CUR)
        file.write(content[at:])
    before = _memory()
    report = run_import(store, tmp_path / "big")
    assert len(report.files) == 1
    assert _memory() - before < 200 << 10


def _memory() -> int:
    """The most memory of this process so far, kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_every_file_of_pydicom_has_a_verdict_with_its_reason(store: Store):
    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    report = run_import(store, folder)
    listed = {verdict.file for verdict in report.files}
    plain = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".zip"]
    missing = [path.name for path in plain if str(path) not in listed]
    assert not missing
    assert all(verdict.reason for verdict in report.left_out + report.badged)
    assert {verdict.file.rsplit("/", 1)[-1] for verdict in report.taken + report.badged} >= {
        "CT_small.dcm", "693_J2KI.dcm", "J2K_pixelrep_mismatch.dcm", "17106", "2062",
    }  # fmt: skip
