"""Promise 1 against power cuts: a recorded reading, cut at random, opened again by the product.

`python3 start.py bench reliability` makes 600 cuts of several readings.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from reliability.disk import (
    SECTOR,
    Disk,
    FolderSync,
    Operation,
    Renaming,
    StoredFile,
    Sync,
    Truncate,
    Write,
)
from reliability.power_cuts import cut_power, record_reading
from reliability.recording import differing

CUTS, TRIALS, FEW = 40, 110, 25
OLD, NEW = b"a" * 4 * SECTOR, b"b" * 4 * SECTOR


def left(operations: tuple[Operation, ...], draws: int = 60) -> list[dict[str, bytes]]:
    """What many power cuts leave of a file `f` of old bytes after these operations."""
    found = []
    for seed in range(draws):
        disk = Disk((StoredFile("f", 0, OLD),))
        for operation in operations:
            disk.do(operation)
        found.append({one.path: one.data for one in disk.after_power_cut(random.Random(seed))})
    return found


def test_no_acknowledged_row_is_lost_to_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = record_reading(tmp_path / "disk", seed=1, trials=TRIALS)
    assert not differing(recording), "the recording must hold every byte that was written"
    place = tmp_path / "left"
    monkeypatch.setenv("BLINDREAD_HOME", str(place / "home"))
    found = cut_power(recording, CUTS, seed=2, place=place)
    assert not found.broken, found.broken[0]
    assert max(cut.acknowledged for cut in found.cuts) > 150


@pytest.mark.parametrize("journal", ["wal-normal", "delete-full"])
def test_the_same_cuts_show_the_loss_of_weaker_settings(
    journal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = record_reading(tmp_path / "disk", seed=1, trials=FEW, journal=journal)
    place = tmp_path / "left"
    monkeypatch.setenv("BLINDREAD_HOME", str(place / "home"))
    found = cut_power(recording, CUTS, seed=2, place=place)
    assert found.with_loss > 0, found


def test_what_was_synced_is_there() -> None:
    kept = left((Write(0, 0, NEW), Sync(0), Write(0, SECTOR, b"c" * SECTOR)))
    assert all(one["f"][:SECTOR] == NEW[:SECTOR] for one in kept)
    assert {one["f"][SECTOR : 2 * SECTOR] for one in kept} == {b"b" * SECTOR, b"c" * SECTOR}


def test_what_was_not_synced_is_there_whole_torn_or_not() -> None:
    kept = {one["f"] for one in left((Write(0, 0, NEW), Truncate(1, 0)))}
    assert {OLD, NEW} < kept
    for one in kept:
        sectors = {one[k : k + SECTOR] for k in range(0, len(one), SECTOR)}
        assert sectors <= {OLD[:SECTOR], NEW[:SECTOR]}, "sectors are whole"


def test_a_later_write_to_a_sector_brings_the_earlier_with_it() -> None:
    kept = {one["f"][:4] for one in left((Write(0, 0, b"x"), Write(0, 2, b"y"), Truncate(1, 0)))}
    assert kept == {b"aaaa", b"xaaa", b"xaya"}


def test_a_name_is_sure_once_its_folder_was_synced() -> None:
    moved = Renaming((("f", None), ("g", 0)))
    assert {tuple(one) for one in left((moved,))} == {("f",), ("g",)}
    assert {tuple(one) for one in left((moved, FolderSync(".")))} == {("g",)}
    assert {tuple(one) for one in left((moved, FolderSync("elsewhere")))} == {("f",), ("g",)}


def test_a_file_is_not_found_in_a_folder_that_was_lost() -> None:
    made = (Renaming((("d", -1),)), Renaming((("d/g", 1),)), FolderSync("d"))
    assert {tuple(one) for one in left(made)} == {("f",), ("d/g", "f")}
