"""Who sees which page, and the study's passphrase: asked for, set, wrong, shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from read_bench import seal_for, small_study

from engine.jobs import Progress
from reader_app.app import Desktop
from reader_app.messages import Message
from reader_app.state.read_state import ReadState
from reader_app.state.reading_launch import ReadingHere
from reader_app.views.main_window.passphrase_dialog import PassphraseDialog
from studies import cases
from studies.access import set_passphrase
from studies.errors import BlindingError
from studies.store import Store

SECRET = "open sesame"


class Office:
    """The window on a study, and what it said."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.desktop = Desktop(ReadingHere())
        self.window, self.shell = self.desktop.window, self.desktop.shell
        self.study = self.desktop.study
        self.said: list[Message] = []
        self.desktop.messages.posted.connect(self.said.append)
        qtbot.addWidget(self.window)
        self.window.show()

    def pages(self) -> list[str]:
        """Pages in the rail."""
        rail = self.window.rail
        return [name for name, one in rail.buttons.items() if one.isVisibleTo(rail)]

    def words(self) -> str:
        """Everything the window says in labels."""
        return " ".join(one.text() for one in self.window.findChildren(QLabel) if one.isVisible())


@pytest.fixture
def office(qtbot: QtBot) -> Iterator[Office]:
    made = Office(qtbot)
    yield made
    made.desktop.close()


@pytest.fixture
def open_study(tmp_path: Path) -> Path:
    return small_study(tmp_path / "canary.blindread")


@pytest.fixture
def guarded(open_study: Path) -> Path:
    """The same with a passphrase that nobody is shown."""
    with Store.open(open_study) as store:
        set_passphrase(store, SECRET)
    return open_study


PAGES = {
    "Coordinator": ["home", "cases", "annotate", "learn", "read", "results", "settings"],
    "Truth author": ["cases", "annotate", "settings"],
    "Analyst": ["learn", "results", "settings"],
    "Reader": ["read", "settings"],
}


@pytest.mark.parametrize("role", PAGES)
def test_each_role_sees_its_pages(office: Office, open_study: Path, role: str) -> None:
    office.desktop.opening.open(open_study)
    office.shell.set_role(role)
    assert office.pages() == PAGES[role]
    assert office.window.current in PAGES[role]
    if role != "Reader":
        assert office.study.access.role == role.lower()
    assert not [one for one in office.said if one.kind == "error"]


def test_a_page_of_another_role_is_refused_in_words(office: Office, open_study: Path) -> None:
    office.desktop.opening.open(open_study)
    office.shell.set_role("Analyst")
    shown = office.window.current
    office.window.go("read")
    assert office.window.current == shown
    assert "Read is not for the role Analyst" in office.said[-1].sentence


def test_an_analyst_changes_nothing(office: Office, open_study: Path) -> None:
    office.desktop.opening.open(open_study)
    assert not office.study.read_only
    office.shell.set_role("Analyst")
    assert office.study.read_only


def test_a_reader_finds_no_study(office: Office, open_study: Path) -> None:
    seal_for(open_study)
    office.desktop.opening.open(open_study)
    office.window.go("cases")
    office.shell.set_role("Reader")
    assert office.study.store is None
    assert "Canary" not in office.words()
    assert "Canary" not in office.window.windowTitle()
    state = office.window.states["read"]
    assert isinstance(state, ReadState)
    assert state.readers == ()
    office.window.ask_open()
    office.window.ask_new()
    office.shell.set_role("Coordinator")
    assert office.study.store is not None
    assert len(state.readers) == 1


def test_a_study_with_a_passphrase_opens_locked(office: Office, guarded: Path) -> None:
    office.desktop.opening.open(guarded)
    locked = office.window.locked
    assert locked.isVisible()
    assert office.pages() == []
    assert office.study.store is None
    assert "Canary" in office.shell.title, "whose passphrase is wanted"
    office.window.go("cases")
    assert office.window.current == ""
    locked.name.setText("Dr Test")
    office.qtbot.keyClicks(locked.passphrase, SECRET)
    office.qtbot.keyClick(locked.passphrase, Qt.Key.Key_Return)
    assert not locked.isVisible()
    assert office.window.current == "home"
    assert office.study.access.who == "Dr Test"
    assert office.shell.user == "Dr Test"
    assert locked.passphrase.text() == "", "it is kept nowhere"


def test_a_wrong_passphrase_is_a_sentence(office: Office, guarded: Path) -> None:
    office.desktop.opening.open(guarded)
    locked = office.window.locked
    assert not locked.unlock.isEnabled(), "nothing was typed"
    office.qtbot.keyClicks(locked.passphrase, "open barley")
    locked.unlock.click()
    assert locked.isVisible()
    assert office.said[-1].kind == "error"
    assert office.study.store is None


def test_a_locked_study_opens_in_the_chosen_role(office: Office, guarded: Path) -> None:
    office.desktop.opening.open(guarded)
    office.window.locked.role.choose("Truth author")
    office.qtbot.keyClicks(office.window.locked.passphrase, SECRET)
    office.window.locked.unlock.click()
    assert office.pages() == PAGES["Truth author"]
    assert office.window.current == "cases"
    assert office.study.access.role == "truth author"


def test_handing_over_locks_and_coming_back_asks(office: Office, guarded: Path) -> None:
    office.desktop.opening.open(guarded)
    assert office.shell.unlock(SECRET, "Coordinator", "Dr Test")
    held = office.study.store
    assert held is not None
    office.shell.set_role("Reader")
    with pytest.raises(BlindingError):
        cases.lesions(held)
    office.shell.set_role("Coordinator")
    assert office.window.locked.isVisible()
    assert office.study.store is None
    assert office.shell.unlock(SECRET, "Coordinator", "Dr Test")
    assert cases.lesions(held)


def test_another_role_asks_for_the_passphrase_again(office: Office, guarded: Path) -> None:
    office.desktop.opening.open(guarded)
    assert office.shell.unlock(SECRET, "Truth author", "Dr Test")
    office.shell.set_role("Coordinator")
    assert office.window.locked.isVisible()
    assert office.window.locked.role.value == "Coordinator"


def test_a_shown_passphrase_stands_on_the_locked_page(office: Office, open_study: Path) -> None:
    with Store.open(open_study) as store:
        set_passphrase(store, "demo demo", shown=True)
    office.desktop.opening.open(open_study)
    assert not office.window.locked.isVisible(), "a shown passphrase locks nobody out"
    office.shell.set_role("Analyst")
    assert not office.window.locked.isVisible()
    office.shell.set_role("Reader")
    office.shell.set_role("Coordinator")
    assert office.window.locked.isVisible()
    assert "demo demo" in office.window.locked.hint.text()


def test_a_passphrase_is_set_in_the_window(office: Office, open_study: Path) -> None:
    office.desktop.opening.open(open_study)
    office.window.ask_passphrase()
    (dialog,) = office.window.findChildren(PassphraseDialog)
    assert "Nobody can recover it" in " ".join(one.text() for one in dialog.findChildren(QLabel))
    dialog.new.setText("short")
    dialog.again.setText("short")
    assert not dialog.deed.isEnabled()
    dialog.new.setText(SECRET)
    dialog.again.setText("open barley")
    assert not dialog.deed.isEnabled()
    assert "differ" in dialog.problem.text()
    dialog.again.setText(SECRET)
    dialog.deed.click()
    assert office.shell.has_passphrase
    office.shell.set_role("Reader")
    office.shell.set_role("Coordinator")
    assert office.window.locked.isVisible()


def test_changing_a_passphrase_wants_the_old_one(office: Office, guarded: Path) -> None:
    office.desktop.opening.open(guarded)
    assert office.shell.unlock(SECRET, "Coordinator", "Dr Test")
    assert not office.shell.protect("another one", "wrong old one")
    assert office.said[-1].kind == "error"
    assert office.shell.protect("another one", SECRET)
    office.shell.set_role("Reader")
    assert not office.shell.unlock(SECRET, "Coordinator", "Dr Test")
    assert office.shell.unlock("another one", "Coordinator", "Dr Test")


def test_only_the_coordinator_sets_it(office: Office, open_study: Path) -> None:
    office.desktop.opening.open(open_study)
    office.shell.set_role("Analyst")
    assert office.shell.may_protect == "The coordinator sets the passphrase."
    office.window.ask_passphrase()
    assert office.window.findChildren(PassphraseDialog) == []


def test_a_running_job_goes_on_when_a_reader_sits_down(office: Office, guarded: Path) -> None:
    """What the job writes is still written; the study is locked once it has ended."""
    office.desktop.opening.open(guarded)
    assert office.shell.unlock(SECRET, "Coordinator", "Dr Test")
    store = office.study.store
    assert store is not None
    may_end, ended = [], []

    def job() -> Iterator[Progress]:
        while not may_end:
            yield Progress(0, 1, "waiting", {})
        cases.study(store)
        return True

    office.desktop.jobs.run("Waiting", job, done=ended.append)
    office.qtbot.waitUntil(lambda: bool(office.desktop.jobs.active), timeout=20_000)
    office.shell.set_role("Truth author")
    assert office.shell.role == "Coordinator", "a truth author may not write what the job will"
    office.shell.set_role("Reader")
    assert office.study.store is None
    may_end.append(True)
    office.qtbot.waitUntil(lambda: ended == [True], timeout=20_000)
    office.qtbot.waitUntil(lambda: not store.access.unlocked, timeout=20_000)
