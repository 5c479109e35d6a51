"""Settings survive a restart and foreign content."""

from __future__ import annotations

from pathlib import Path

from reader_app.settings import RECENT_KEPT, RecentStudy, Settings
from studies import places


def recent(folder: Path, name: str = "A") -> RecentStudy:
    folder.mkdir(exist_ok=True)
    return RecentStudy(folder, name, "8 patients", "2026-11-23T09:40:00+00:00", "simulated")


def test_values_survive(tmp_path: Path) -> None:
    settings = Settings()
    settings.set("learn/seeds", 3)
    settings.set("learn/quick", True)
    settings.author = "  Dr. Grey, M. "
    settings.last_study = tmp_path
    again = Settings()
    assert again.number("learn/seeds", 1) == 3
    assert again.flag("learn/quick")
    assert again.author == "Dr. Grey, M."
    assert again.last_study == tmp_path
    assert places.settings_file().is_file()


def test_defaults_where_nothing_or_nonsense_is_stored() -> None:
    settings = Settings()
    settings.set("learn/seeds", "many")
    assert settings.number("learn/seeds", 1) == 1
    assert settings.text("nothing", "x") == "x"
    assert settings.last_study is None
    assert settings.author


def test_recent_studies_newest_first_without_doubles(tmp_path: Path) -> None:
    settings = Settings()
    for number in range(RECENT_KEPT + 2):
        settings.remember(recent(tmp_path / str(number)))
    settings.remember(recent(tmp_path / "5", "renamed"))
    names = [one.folder.name for one in settings.recent]
    assert names[0] == "5"
    assert len(names) == len(set(names)) == RECENT_KEPT
    assert settings.recent[0].name == "renamed"


def test_vanished_folders_are_not_offered(tmp_path: Path) -> None:
    settings = Settings()
    settings.remember(recent(tmp_path / "gone"))
    (tmp_path / "gone").rmdir()
    assert settings.recent == ()


def test_damaged_list_is_empty() -> None:
    settings = Settings()
    for damaged in ("{", "[1]", '[{"name": "x"}]', "null"):
        settings.set("study/recent", damaged)
        assert settings.recent == ()
