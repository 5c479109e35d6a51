"""The window is killed in the middle of a reading; the next one goes on at the same trial."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from person import Person
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from reading_study import loose_draft, readable_study

from reader_app.state.read_state import ReadState
from reader_app.views.read.page import ReadPage
from studies import reading
from studies.package import ReadingPackage

TESTS = Path(__file__).resolve().parents[1]
ANSWERED = 4
READ_AND_DIE = """
import os, signal, sys
sys.path[:0] = [sys.argv[2]]
from pathlib import Path
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from reader_app.app import Desktop, application
from reader_app.state.reading_launch import ReadingHere
application()
desktop = Desktop(ReadingHere())
desktop.window.show()
assert desktop.opening.open(Path(sys.argv[1]))
desktop.window.go("read")
state, page = desktop.window.states["read"], desktop.window.pages["read"]
state.open_reading(state.readers[0].id)
screen = page.reading_screen
def wait_for_the_picture():
    while not screen.roi.is_seen():
        QTest.qWait(5)
for trial in range(int(sys.argv[3])):
    wait_for_the_picture()
    for key in (Qt.Key.Key_2, Qt.Key.Key_S, Qt.Key.Key_9, Qt.Key.Key_Space):
        QTest.keyClick(screen, key)
wait_for_the_picture()
QTest.keyClick(screen, Qt.Key.Key_1)  # of the trial at hand nothing is committed
print(state.session.trial.trial_id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not known to Windows")
def test_reading_goes_on_at_the_same_trial_after_kill_9(qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "canary.blindread"
    with readable_study(folder, synthetic=2) as store:
        reading.seal(store, loose_draft(store), override="a test")
        package = reading.enrol(store, "Reader 1").package
    assert package is not None
    killed = subprocess.run(
        [sys.executable, "-c", READ_AND_DIE, str(folder), str(TESTS.parent), str(ANSWERED)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    at_hand = killed.stdout.split()[-1]
    person = Person(qtbot)
    assert person.desktop.opening.open(folder)
    assert not person.store.read_only
    page, state = person.go("read"), person.window.states["read"]
    assert isinstance(page, ReadPage)
    assert isinstance(state, ReadState)
    person.click("Go on", page.readers)
    session, screen = state.session, page.reading_screen
    assert session is not None
    assert screen is not None
    assert session.trial is not None
    assert session.trial.trial_id == at_hand
    assert session.done == ANSWERED
    assert session.open_question == "diagnosis"
    qtbot.waitUntil(screen.roi.is_seen)
    for key in (Qt.Key.Key_3, Qt.Key.Key_R, Qt.Key.Key_7, Qt.Key.Key_Space):
        qtbot.keyClick(screen, key)
    assert session.done == ANSWERED + 1
    assert person.close()
    read = ReadingPackage.open(package)
    given = [read.answer_of(trial) for trial in read.trials[: ANSWERED + 1]]
    assert [one.diagnosis for one in given if one] == ["metastasis"] * ANSWERED + ["hemangioma"]
    assert [one.confidence for one in given if one] == [4] * ANSWERED + [2]
    assert read.verify().ok
    read.close()
