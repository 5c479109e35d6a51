"""A place with a home of its own for each reliability test, and a study whose answers wait."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from reliability.kills import WaitingStudy, waiting_study


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder; keys and receipts lie in `home` below it."""
    monkeypatch.setenv("BLINDREAD_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> WaitingStudy:
    """A study whose answers wait in the package, with its home beside it."""
    root = tmp_path_factory.mktemp("waiting")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLINDREAD_HOME", str(root / "home"))
        return waiting_study(root / "s.blindread")


@pytest.fixture
def waiting(made_once: WaitingStudy, place: Path) -> WaitingStudy:
    """A copy of that study at this test's place, with the keys of whoever read."""
    shutil.copytree(made_once.folder.parent, place, dirs_exist_ok=True)
    return replace(made_once, folder=place / made_once.folder.name)
