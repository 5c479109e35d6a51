"""The scanner's own window comes along and is one of the presets."""

from __future__ import annotations

from pathlib import Path

import pytest
from annotate_desk import Desk
from foreign_ct import stack
from import_desk import run_import
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studies import cases
from studies.imaging import volume
from studies.store import Store

HEIGHTS = (0.0, 5.0, 10.0)


def taken(folder: Path, **changes: object) -> Path:
    """A study of one series whose files say this."""
    stack(folder / "files", HEIGHTS, **changes)
    with Store.create(folder / "w.blindread", "Windows") as store:
        run_import(store, folder / "files")
        return store.folder


@pytest.mark.parametrize(
    ("level", "width", "expected"),
    [
        (40, 400, (-160.0, 240.0)),
        ([40, 300], [400, 1500], (-160.0, 240.0)),
        (40, 0, None),
        (40, 90_000, None),
        (None, 400, None),
    ],
)
def test_the_first_window_of_a_file_is_kept(
    tmp_path: Path, level: object, width: object, expected: tuple[float, float] | None
) -> None:
    with Store.open(taken(tmp_path, WindowCenter=level, WindowWidth=width)) as store:
        (series,) = cases.all_series(store)
        assert volume.load(series).window == expected
        assert volume.read_slice(series, 1).window == expected


def test_key_6_shows_it_and_says_where_there_is_none(desk: Desk, tmp_path: Path) -> None:
    assert desk.study.open(taken(tmp_path / "a", WindowCenter=70, WindowWidth=300))
    QTest.keyClick(desk.page.slice, Qt.Key.Key_6)
    assert desk.state.window == (-80.0, 220.0)
    said: list[str] = []
    desk.state.noticed.connect(lambda _, words: said.append(words))
    assert desk.study.open(taken(tmp_path / "b"))
    QTest.keyClick(desk.page.slice, Qt.Key.Key_6)
    assert any("no window of its own" in words for words in said)
