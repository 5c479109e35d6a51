"""Settings survive a restart and foreign content."""

from __future__ import annotations

import os
from pathlib import Path

from reader_app.settings import (
    AUTOMATIC,
    FULL,
    HALF,
    PROCESSOR,
    RECENT_KEPT,
    RecentStudy,
    Settings,
)
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


def test_a_vanished_folder_is_missing_until_it_is_located(tmp_path: Path) -> None:
    settings = Settings()
    settings.remember(recent(tmp_path / "gone"))
    settings.remember(recent(tmp_path / "here"))
    (tmp_path / "gone").rename(tmp_path / "moved")
    assert [one.is_missing for one in settings.recent] == [False, True]
    settings.move_recent(tmp_path / "gone", tmp_path / "moved")
    assert [one.folder.name for one in settings.recent] == ["here", "moved"]
    assert not any(one.is_missing for one in settings.recent)
    settings.drop_recent(tmp_path / "here")
    assert [one.folder.name for one in settings.recent] == ["moved"]


def test_forgetting_leaves_no_study_to_offer_or_to_open(tmp_path: Path) -> None:
    settings = Settings()
    settings.remember(recent(tmp_path / "one"))
    settings.last_study = tmp_path / "one"
    settings.forget_recent()
    assert (Settings().recent, Settings().last_study) == ((), None)


def test_computing_is_kept_and_forgets_what_a_step_took() -> None:
    settings = Settings()
    settings.set("rate/quick/dcgan", 0.5)
    settings.compute(AUTOMATIC, FULL, 1)
    assert settings.number("rate/quick/dcgan", 0) == 0.5, "nothing has changed"
    settings.compute(PROCESSOR, HALF, 1)
    again = Settings()
    assert (again.device, again.precision, again.threads) == (PROCESSOR, HALF, 1)
    assert again.number("rate/quick/dcgan", 0) == 0


def test_foreign_values_of_computing_and_size_give_the_usual_ones() -> None:
    settings = Settings()
    for key in ("compute/device", "compute/precision", "compute/threads", "view/scale"):
        settings.set(key, "mine")
    assert (settings.device, settings.precision, settings.threads) == (AUTOMATIC, FULL, 1)
    assert settings.scale == 100
    settings.set("compute/threads", 100_000)
    assert settings.threads == (os.cpu_count() or 1)
    settings.set("view/scale", 137)
    assert settings.scale == 100


def test_exports_go_into_the_study_or_into_a_folder_of_its_name(tmp_path: Path) -> None:
    settings, own = Settings(), tmp_path / "Liver.blindread" / "exports"
    assert settings.exports_of(own) == own
    settings.set("folder/exports", str(tmp_path / "out"))
    assert settings.exports_of(own) == tmp_path / "out" / "Liver"


def test_damaged_list_is_empty() -> None:
    settings = Settings()
    for damaged in ("{", "[1]", '[{"name": "x"}]', "null"):
        settings.set("study/recent", damaged)
        assert settings.recent == ()
