"""The settings' page: each setting does something, is kept, and says what it means."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from engine.device import best_device
from engine.machine import CHOICE, PRECISIONS, Machine
from reader_app.app import Desktop, application
from reader_app.settings import FULL, HALF, PROCESSOR, RecentStudy, Settings
from reader_app.state.learn_state import LearnState
from reader_app.state.settings_state import NOTICE, SettingsState
from reader_app.views.settings.about_tab import AboutTab
from reader_app.views.settings.page import GeneralTab, SettingsPage
from reader_app.widgets.panel import Panel
from studies import places

GPU = Machine("A card", 80.0, True, 16)
CPU = Machine("", 0.0, False, 2)


@pytest.fixture
def desktop(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    monkeypatch.setattr(SettingsState, "look", lambda _self: None)  # needs a child process
    monkeypatch.delenv(CHOICE, raising=False)
    application()
    one = Desktop()
    qtbot.addWidget(one.window)
    one.window.show()
    one.window.go("settings")
    yield one
    assert one.close()


@pytest.fixture
def page(desktop: Desktop) -> SettingsPage:
    found = desktop.window.page("settings")
    assert isinstance(found, SettingsPage)
    return found


@pytest.fixture
def state(desktop: Desktop, page: SettingsPage) -> SettingsState:
    found = desktop.window.states["settings"]
    assert isinstance(found, SettingsState)
    return found


def test_it_stands_at_the_foot_of_the_rail(desktop: Desktop, page: SettingsPage) -> None:
    rail = desktop.window.rail
    assert desktop.window.current == "settings"
    assert rail.buttons["results"].y() < rail.buttons["settings"].y() < rail.keys.y()
    assert rail.buttons["settings"].toolTip() == "Settings (Ctrl 7)"


def test_processor_only_holds_for_this_process_and_its_children(
    page: SettingsPage, state: SettingsState
) -> None:
    page.computing.device.choose("Processor only")
    assert os.environ[CHOICE] == "cpu"
    assert best_device().kind == "cpu"
    assert Settings().device == PROCESSOR
    page.computing.device.choose("Automatic")
    assert CHOICE not in os.environ


def test_bf16_is_offered_and_kept_on_every_device(page: SettingsPage, state: SettingsState) -> None:
    computing = page.computing
    state._seen(CPU)
    assert computing.precision.options == PRECISIONS == (FULL, HALF)
    assert "No CUDA device answers" in computing.found.text()
    state._seen(GPU)
    assert "A card, 80 GiB" in computing.found.text()
    computing.precision.choose("bf16")
    assert Settings().precision == HALF
    assert "16 bits" in computing.meaning.text()
    computing.device.choose("Processor only")
    assert Settings().precision == HALF
    state._seen(CPU)
    assert (Settings().precision, computing.precision.value) == (HALF, HALF)


def test_a_gpu_that_only_emulates_bf16_is_told_of(state: SettingsState) -> None:
    state.compute("", HALF, 1)
    state._seen(GPU)
    assert "emulates" not in state.precision_words
    state._seen(replace(GPU, has_bf16=False))
    assert "emulates" in state.precision_words
    state.compute(PROCESSOR, HALF, 1)
    assert "emulates" not in state.precision_words


def test_learn_trains_as_the_settings_say(desktop: Desktop, state: SettingsState) -> None:
    state._seen(GPU)
    state.compute("", HALF, 1)
    learn = LearnState(desktop.study, desktop.jobs, desktop.messages, desktop.settings)
    assert learn.experiment.precision == HALF
    assert {one.precision for one in learn.experiment.recipes()} == {HALF}


def test_threads_are_kept(page: SettingsPage) -> None:
    most = page.computing.threads.maximum()
    assert most == os.cpu_count()
    page.computing.threads.setValue(most)
    assert Settings().threads == most


def test_size_is_kept_for_the_next_start(page: SettingsPage) -> None:
    page.window_panel.scale.choose("150 %")
    assert Settings().scale == 150
    page.window_panel.refresh()
    assert page.window_panel.scale.value == "150 %"


def test_a_name_given_here_stands_at_the_top_right(
    desktop: Desktop, page: SettingsPage, qtbot: QtBot
) -> None:
    field = page.window_panel.name
    field.selectAll()
    qtbot.keyClicks(field, "Dr Grey")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert desktop.window.top_bar.user.text() == Settings().author == "Dr Grey"
    field.setText("  ")
    field.editingFinished.emit()
    assert Settings().author == "Dr Grey"


def test_recent_studies_are_forgotten_and_called_back(
    desktop: Desktop, page: SettingsPage, state: SettingsState, qtbot: QtBot, tmp_path: Path
) -> None:
    desktop.settings.remember(RecentStudy(tmp_path, "A", "", "2026-11-23T09:40:00+00:00"))
    state.changed.emit()
    assert page.window_panel.count.text().startswith("One study is")
    qtbot.mouseClick(page.window_panel.recent, Qt.MouseButton.LeftButton)
    assert desktop.settings.recent == ()
    assert not page.window_panel.recent.isEnabled()
    toast = desktop.window.toasts.toasts[-1]
    undo = next(one for one in toast.findChildren(type(page.window_panel.recent)) if one.text())
    qtbot.mouseClick(undo, Qt.MouseButton.LeftButton)
    assert [one.name for one in desktop.settings.recent] == ["A"]


def test_folders_are_chosen_kept_and_given_back(
    desktop: Desktop, page: SettingsPage, qtbot: QtBot, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    page.folders._choose("studies", "New studies")
    assert desktop.opening.new_folder("Liver") == tmp_path / "Liver.blindread"
    qtbot.mouseClick(page.folders.usual_studies, Qt.MouseButton.LeftButton)
    assert desktop.opening.new_folder("Liver").parent == places.studies_home()
    assert not page.folders.usual_studies.isEnabled()


def test_a_folder_that_is_none_is_refused_in_words(desktop: Desktop, state: SettingsState) -> None:
    said: list[str] = []
    desktop.messages.posted.connect(lambda one: said.append(one.sentence))
    state.set_folder("exports", Path("/nowhere/at/all"))
    assert state.exports_folder is None
    assert said == ["There is no folder /nowhere/at/all. Choose one that exists."]


def test_a_reader_finds_size_keys_and_about_only(desktop: Desktop, page: SettingsPage) -> None:
    desktop.shell.set_role("Reader")
    desktop.window.go("settings")
    assert desktop.window.current == "settings"
    assert page.window_panel.scale.isVisible()
    for hidden in (page.computing, page.folders, page.window_panel.recent, page.window_panel.tour):
        assert not hidden.isVisible()


def test_the_keys_of_the_reading_screen_are_listed(
    desktop: Desktop, page: SettingsPage, state: SettingsState
) -> None:
    page.title.tabs.setCurrentIndex(1)
    group = next(one for one in state.groups if one.title == "Reading screen")
    told = dict(group.keys)
    assert told["R, S"] == "Real or synthetic? R Real, S Synthetic"
    assert {"Space", "U", "P", "Esc", "?"} <= set(told)
    assert "Reading screen" in [panel.title.text() for panel in page.keys_tab.panels]


def test_about_says_what_this_is_not(page: SettingsPage, state: SettingsState) -> None:
    assert NOTICE == "Blindread is research software, not a medical device."
    versions = dict(state.versions)
    assert versions["blindread"] not in ("", "not installed")
    assert versions["torch"].startswith("2.")


def test_paper_and_versions_are_copied(page: SettingsPage, state: SettingsState) -> None:
    about = page.stack.widget(2)
    assert isinstance(about, AboutTab)
    about.copy_paper.click()
    assert "Neurocomputing 321" in QGuiApplication.clipboard().text()
    about.copy_versions.click()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines == [f"{name} {number}" for name, number in state.versions]


@pytest.mark.parametrize(("width", "beside"), [(1160, False), (1800, True)])
def test_three_panels_stand_beside_each_other_where_there_is_room(
    qtbot: QtBot, width: int, beside: bool
) -> None:
    panels = tuple(Panel(name) for name in ("Computing", "You and the window", "Folders"))
    tab = GeneralTab(*panels)
    qtbot.addWidget(tab)
    tab.resize(1800 if not beside else 1160, 700)
    tab.show()
    tab.resize(width, 700)
    first, second, last = panels
    qtbot.waitUntil(lambda: (second.x() > first.x()) == beside)
    assert (second.y() > first.geometry().bottom()) == (not beside)
    assert last.geometry().right() == width - 1
    assert abs(first.width() - last.width()) <= 1
