"""The window beside a reading: covered, uncovered once that was asked for, and back at Read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QLineEdit
from pytestqt.qtbot import QtBot
from read_bench import PATIENCE_MS, read_part, seal_for, small_study

from reader_app.app import Desktop
from reader_app.messages import Message
from reader_app.state.read_state import ReadState
from reader_app.state.reading_launch import ReadingProcess
from studies.access import set_passphrase
from studies.store import Store

SECRET = "open sesame"
NAME = "Canary Hospital Liver Trial"


def waiting(package: Path) -> tuple[str, list[str]]:
    """A program that stands for a reading, until its input is closed."""
    return sys.executable, ["-c", "input()", str(package)]


class Office:
    """The window on a study whose readers read in processes of their own."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.launcher = ReadingProcess(waiting)
        self.desktop = Desktop(self.launcher)
        self.window, self.shell = self.desktop.window, self.desktop.shell
        self.covered = self.window.covered
        self.said: list[Message] = []
        self.desktop.messages.posted.connect(self.said.append)
        qtbot.addWidget(self.window)
        self.window.resize(1280, 800)
        self.window.show()

    def open(self, folder: Path, passphrase: str = "") -> None:
        """A coordinator's window, on the page Read."""
        self.desktop.opening.open(folder)
        if passphrase:
            assert self.shell.unlock(passphrase, "Coordinator", "Dr Test")
        self.window.go("read")
        self.wait(lambda: len(self.state.readers) == 2)

    @property
    def state(self) -> ReadState:
        """The state of the page Read."""
        state = self.window.states["read"]
        assert isinstance(state, ReadState)
        return state

    def read(self, reader: int = 0) -> Path:
        """A reader sits down beside the window; the package."""
        one = self.state.readers[reader]
        assert one.package is not None
        with self.qtbot.waitSignal(self.launcher.began, timeout=PATIENCE_MS):
            self.state.open_reading(one.id)
        return one.package

    def leave(self, package: Path) -> None:
        """The reading's process ends by itself."""
        with self.qtbot.waitSignal(self.launcher.ended, timeout=PATIENCE_MS):
            self.launcher._running[package].closeWriteChannel()

    def wait(self, until: object) -> None:
        """Until it is so."""
        self.qtbot.waitUntil(until, timeout=PATIENCE_MS)

    def uncover(self) -> None:
        """Press and confirm."""
        self.covered.ask.click()
        self.covered.uncover.click()

    @property
    def is_covered(self) -> bool:
        """Whether the covered page, and nothing else of the window, is on the screen."""
        frame = (self.window.rail, self.window.top_bar, self.window.job_bar, self.window.toasts)
        return self.covered.isVisible() and not any(part.isVisible() for part in frame)

    def words(self) -> str:
        """Everything that can be seen, heard or pointed at in the window, and its title."""
        kinds = (QLabel, QAbstractButton, QLineEdit)
        shown = [one for kind in kinds for one in self.window.findChildren(kind) if one.isVisible()]
        said = [words for one in shown for words in
                (one.text(), one.toolTip(), one.accessibleName())]  # fmt: skip
        return " ".join((self.window.windowTitle(), *said))


@pytest.fixture
def office(qtbot: QtBot) -> Iterator[Office]:
    made = Office(qtbot)
    yield made
    for package in tuple(made.launcher._running):
        made.leave(package)
    made.desktop.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sealed study with two readers."""
    made = small_study(tmp_path / "canary.blindread")
    seal_for(made, readers=2)
    return made


@pytest.fixture
def guarded(folder: Path) -> Path:
    with Store.open(folder) as store:
        set_passphrase(store, SECRET)
    return folder


def test_the_window_is_covered_while_someone_reads_beside_it(office: Office, folder: Path) -> None:
    office.open(folder)
    assert NAME in office.words()
    office.read()
    assert office.is_covered
    assert "Reader 1 is reading on this computer." in office.covered.words.text()
    assert office.window.windowTitle() == "Blindread"
    told = office.words().lower()
    for word in ("canary", "synthetic", "cyst", "version", "training"):
        assert word not in told


def test_no_key_drop_or_notice_leads_past_the_cover(office: Office, folder: Path) -> None:
    office.open(folder)
    office.window.show_details("A run failed: cyst.", "traceback")
    office.read()
    assert [one for one in office.window.findChildren(QDialog) if one.isVisible()] == []
    for page in ("cases", "results", "read"):
        office.window.go(page)
    office.window.ask_new()
    office.window.show_keys()
    office.desktop.messages.error("Synthesis failed.", "ENOSPC")
    office.window.show_details("Something unforeseen happened.", "traceback")
    assert [one for one in office.window.findChildren(QDialog) if one.isVisible()] == []
    assert office.is_covered
    office.uncover()
    shown = [toast.sentence for toast in office.window.toasts.toasts]
    assert shown == ["Synthesis failed.", "Something unforeseen happened."]


def test_the_end_of_the_reading_returns_to_read_and_takes_the_answers_in(
    office: Office, folder: Path
) -> None:
    office.open(folder)
    package = office.read()
    read_part(package, 2)
    office.leave(package)
    assert office.window.current == "read"
    assert not office.window.is_reading
    assert NAME in office.window.windowTitle()
    office.wait(lambda: office.state.readers[0].seconds_per_trial == 0.9)


def test_uncovering_asks_plainly_and_holds_for_this_reading(office: Office, folder: Path) -> None:
    office.open(folder)
    package = office.read()
    office.covered.ask.click()
    assert "the reader may see the truth" in office.covered.why.text()
    assert not office.covered.passphrase.isVisible(), "there is none"
    assert "origin" not in office.words().lower(), "nothing tells of synthesis"
    assert office.is_covered, "a question uncovers nothing"
    office.covered.keep.click()
    assert not office.covered.uncover.isVisible()
    office.uncover()
    assert office.window.current == "read"
    office.window.go("cases")
    office.desktop.study.notify("readers")
    assert office.window.current == "cases", "uncovered for this reading"
    office.leave(package)
    assert office.window.current == "cases", "nobody is sent away from what they look at"
    office.window.go("read")
    office.read()
    assert office.is_covered, "the next reading is covered anew"


def test_a_second_reader_covers_it_again(office: Office, folder: Path) -> None:
    office.open(folder)
    office.read(0)
    office.uncover()
    second = office.read(1)
    assert office.is_covered
    assert "Reader 2 is reading" in office.covered.words.text()
    office.leave(second)
    assert not office.covered.isVisible(), "the first was uncovered before"


def test_two_readers_are_named_until_both_have_left(office: Office, folder: Path) -> None:
    office.open(folder)
    first = office.read(0)
    office.state.open_reading(office.state.readers[1].id)
    office.wait(lambda: "Reader 1 and Reader 2 are reading" in office.covered.words.text())
    office.leave(first)
    assert office.is_covered
    assert "Reader 2 is reading" in office.covered.words.text()


def test_a_guarded_study_is_uncovered_with_its_passphrase(office: Office, guarded: Path) -> None:
    office.open(guarded, SECRET)
    office.read()
    office.covered.ask.click()
    assert office.covered.passphrase.isVisible()
    assert not office.covered.uncover.isEnabled()
    office.covered.passphrase.setText("wrong one")
    office.covered.uncover.click()
    assert "not the passphrase" in office.covered.problem.text()
    assert office.is_covered
    assert office.desktop.study.store is not None, "the study stays open for its jobs"
    draft = office.state.draft
    office.covered.passphrase.setText(SECRET)
    office.covered.uncover.click()
    assert office.window.current == "read"
    assert office.covered.passphrase.text() == ""
    assert office.state.draft is draft, "nothing was loaded anew"


def test_the_cover_is_worked_by_keys_alone(office: Office, guarded: Path) -> None:
    office.open(guarded, SECRET)
    office.read()
    qtbot, window = office.qtbot, office.window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    assert window.focusWidget() is office.covered, "no key pressed by chance uncovers"
    qtbot.keyClick(office.covered, Qt.Key.Key_Tab)
    assert window.focusWidget() is office.covered.ask
    qtbot.keyClick(office.covered.ask, Qt.Key.Key_Space)
    assert window.focusWidget() is office.covered.passphrase
    qtbot.keyClicks(office.covered.passphrase, SECRET)
    qtbot.keyClick(office.covered.passphrase, Qt.Key.Key_Escape)
    assert office.is_covered
    qtbot.keyClick(office.covered, Qt.Key.Key_Tab)
    qtbot.keyClick(office.covered.ask, Qt.Key.Key_Space)
    assert office.covered.passphrase.text() == ""
    qtbot.keyClicks(office.covered.passphrase, SECRET)
    qtbot.keyClick(office.covered.passphrase, Qt.Key.Key_Return)
    assert window.current == "read"


def test_the_door_is_not_covered_and_another_role_is(office: Office, guarded: Path) -> None:
    """The reader's door shows no study; who changes the role meanwhile finds the cover."""
    office.open(guarded, SECRET)
    package = office.state.readers[0].package
    assert package is not None
    office.shell.set_role("Reader")
    with office.qtbot.waitSignal(office.launcher.began, timeout=PATIENCE_MS):
        office.state.desk.open_package(package)
    assert office.window.current == "read"
    office.shell.set_role("Coordinator")
    assert office.is_covered
    assert "Someone is reading" in office.covered.words.text()
    office.uncover()
    assert office.window.locked.isVisible(), "the locked study asks for the passphrase now"
    assert office.shell.unlock(SECRET, "Coordinator", "Dr Test")
    assert office.window.current == "home"
    assert office.shell.covered_for == ()


def test_a_try_out_is_the_coordinators_own(office: Office, folder: Path) -> None:
    office.open(folder)
    office.wait(lambda: office.state.draft is not None)
    with office.qtbot.waitSignal(office.launcher.began, timeout=PATIENCE_MS):
        office.state.try_as_reader()
    assert office.window.current == "read"
    assert not office.window.is_reading


def test_every_control_of_the_cover_has_a_name_and_a_tooltip(office: Office, guarded: Path) -> None:
    office.open(guarded, SECRET)
    office.read()
    office.covered.ask.click()
    assert office.covered.accessibleName() == "This window is covered"
    controls = (office.covered.passphrase, office.covered.uncover, office.covered.keep)
    assert [one for one in (*controls, office.covered.ask) if not one.accessibleName()] == []
    assert [one for one in (*controls, office.covered.ask) if not one.toolTip()] == []
