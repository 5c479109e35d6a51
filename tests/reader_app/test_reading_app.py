"""`blindread read`: a process of its own that opens the package, packs the answers and says so."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from reading_desk import OF_CLASS, Planned, package_of

from reader_app.__main__ import package_named
from reader_app.cli import program
from reader_app.reading_app import LEFT, REFUSED, ReadingApp
from reader_app.state.sitting import too_early
from reader_app.views.read.reader_window import WordsScreen
from reader_app.views.read.reading_screen import ReadingScreen
from studies.errors import StudyError
from studies.package import ReadingPackage, pack, read_answers

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = ("engine", "torch", "sqlalchemy", "studies.store", "studies.model", "studies.reading")
READ = """
import sys
from PySide6.QtCore import QTimer, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

def act():
    window = next((w for w in QApplication.topLevelWidgets() if w.windowTitle() == "Reading"), None)
    picture = getattr(window.currentWidget(), "roi", None) if window else None
    if window is None or not window.isVisible() or (picture and not picture.is_seen()):
        QTimer.singleShot(20, act)
        return
    {acts}

import reader_app.widgets.theme as theme
plain = theme.apply
def apply(app, family=None):
    plain(app, family)
    QTimer.singleShot(20, app, act)
theme.apply = apply
sys.argv = ["blindread", "read", sys.argv[1]]
from reader_app.__main__ import main
try:
    main()
finally:
    foreign = {foreign!r}
    print([m for m in sys.modules if any(m == f or m.startswith(f + ".") for f in foreign)])
"""


def press(window: QWidget, qtbot: QtBot, keys: str) -> None:
    for key in keys:
        code = {" ": Qt.Key.Key_Space, "\x1b": Qt.Key.Key_Escape}.get(key)
        current = window.currentWidget()  # type: ignore[attr-defined]
        if isinstance(current, ReadingScreen):
            qtbot.waitUntil(current.roi.is_seen)
        qtbot.keyClick(current, code or getattr(Qt.Key, f"Key_{key}"))


def beside(zipped: Path, suffix: str) -> Path:
    return zipped.with_name(zipped.name.removesuffix(".reading.zip") + suffix)


def child(target: Path, acts: str) -> subprocess.CompletedProcess[str]:
    code = READ.format(acts=acts, foreign=FOREIGN)
    return subprocess.run(
        [sys.executable, "-c", code, str(target)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )


@pytest.fixture
def zipped(tmp_path: Path) -> Path:
    """A package as it travels: nothing but the zip lies in the reader's folder."""
    made = package_of(tmp_path / "coordinator" / "Reader 1.reading", (Planned(),) * 3)
    (tmp_path / "reader").mkdir()
    return pack(made, tmp_path / "reader")


@pytest.fixture
def opened(qtbot: QtBot, zipped: Path) -> Iterator[ReadingApp]:
    app = ReadingApp(zipped)
    qtbot.addWidget(app.window)
    app.window.resize(1280, 800)
    app.window.show()
    yield app
    app.window.close()


def test_a_child_reads_the_package_and_holds_nothing_else(zipped: Path) -> None:
    acts = """
    keys = (Qt.Key.Key_1, Qt.Key.Key_R, Qt.Key.Key_6, Qt.Key.Key_Space)
    for key in keys + (Qt.Key.Key_Escape, Qt.Key.Key_Escape, Qt.Key.Key_Escape):
        QTest.keyClick(window.currentWidget(), key)
    """
    done = child(zipped, acts)
    assert (done.returncode, done.stdout.strip()) == (LEFT, "[]"), done.stderr
    packed, folder = beside(zipped, ".answers.zip"), beside(zipped, ".reading")
    assert set(zipped.parent.iterdir()) == {packed, folder, zipped}
    returned = read_answers(packed)
    kinds = [event.kind for event in returned.events if not event.kind.startswith("focus")]
    assert kinds == ["opened", "response", "pause", "closed"], "an ROI of the usual size"


def test_a_killed_child_goes_on_at_the_second_step_of_an_aided_trial(tmp_path: Path) -> None:
    aided = Planned(opinion=(0.1, 0.2, 0.7))
    folder = package_of(tmp_path / "r.reading", (aided,) * 2, asked=OF_CLASS)
    acts = """
    for key in (Qt.Key.Key_2, Qt.Key.Key_9, Qt.Key.Key_Space, Qt.Key.Key_1):
        QTest.keyClick(window.currentWidget(), key)
    import os, signal
    os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = child(folder, acts)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    package = ReadingPackage.open(folder)
    own, trial = package.standing.kept_answer, package.current
    assert (package.position, package.standing.step, package.answered) == (0, 2, 0)
    assert own is not None
    assert (own.step, own.diagnosis, own.confidence) == (1, "metastasis", 4)
    assert trial == package.trials[0]
    assert package.verify().ok
    package.close()


def test_a_damaged_package_is_refused_with_a_sentence_and_code_2(tmp_path: Path) -> None:
    folder = package_of(tmp_path / "r.reading", (Planned(),))
    picture = next((folder / "items").iterdir())
    picture.write_bytes(bytes(4096))
    done = child(folder, "QTest.keyClick(window.currentWidget(), Qt.Key.Key_Escape)")
    assert done.returncode == REFUSED
    assert done.stdout.strip() == "[]"
    assert "A picture of this package was changed." in done.stderr


def test_esc_packs_the_answers_beside_the_zip_and_says_where(
    opened: ReadingApp, qtbot: QtBot, zipped: Path
) -> None:
    assert isinstance(opened.window.currentWidget(), ReadingScreen)
    press(opened.window, qtbot, "1R6 \x1b\x1b")
    last = opened.window.currentWidget()
    assert isinstance(last, WordsScreen)
    packed = beside(zipped, ".answers.zip")
    assert str(packed) in last.sentences.text()
    assert sum(e.kind == "response" for e in read_answers(packed).events) == 1
    with qtbot.waitSignal(opened.window.closed):
        press(opened.window, qtbot, "\x1b")
    assert opened.exit_code == LEFT


def test_the_same_zip_goes_on_where_it_was_left(
    opened: ReadingApp, qtbot: QtBot, zipped: Path
) -> None:
    press(opened.window, qtbot, "1R6 \x1b\x1b")
    again = ReadingApp(zipped)
    qtbot.addWidget(again.window)
    assert again.session is not None
    assert again.session.place == ("", 2, 3)
    again.window.show()
    press(again.window, qtbot, "2S7 3R8 ")
    assert again.session.mode == "finished"
    again.window.close()
    packed = read_answers(beside(zipped, ".answers.zip"))
    assert sum(e.kind == "response" for e in packed.events) == 3, "packed anew on closing too"


def test_a_folder_is_read_in_place_and_needs_no_zip(qtbot: QtBot, tmp_path: Path) -> None:
    app = ReadingApp(package_of(tmp_path / "r.reading", (Planned(),)))
    qtbot.addWidget(app.window)
    app.window.show()
    press(app.window, qtbot, "1R6 ")
    with qtbot.waitSignal(app.window.closed):
        press(app.window, qtbot, "\x1b")
    assert [one.name for one in tmp_path.iterdir()] == ["r.reading"]
    assert ReadingPackage.open(tmp_path / "r.reading").answered == 1


def test_answers_that_cannot_be_packed_are_said_to_be_safe(
    opened: ReadingApp, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Path:
        raise StudyError("The disk is full. Free some space.")

    monkeypatch.setattr("reader_app.state.sitting.pack_answers", full)
    press(opened.window, qtbot, "1R6 \x1b\x1b")
    last = opened.window.currentWidget()
    assert isinstance(last, WordsScreen)
    assert last.title.text() == "The answers are saved, but not packed"
    assert last.sentences.text() == "The disk is full. Free some space."


@pytest.mark.parametrize("target", ["nothing", "a folder", "a text"])
def test_what_is_no_package_is_refused_in_words(qtbot: QtBot, tmp_path: Path, target: str) -> None:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a text").write_text("no zip")
    app = ReadingApp(tmp_path / target)
    qtbot.addWidget(app.window)
    shown = app.window.currentWidget()
    assert isinstance(shown, WordsScreen)
    assert app.exit_code == REFUSED
    assert target in shown.sentences.text()
    app.window.close()


def test_a_package_is_not_opened_before_its_date(qtbot: QtBot, tmp_path: Path) -> None:
    later = (datetime.now(UTC) + timedelta(days=3)).isoformat(timespec="seconds")
    folder = package_of(tmp_path / "r.reading", (Planned(),), not_before=later)
    app = ReadingApp(folder)
    qtbot.addWidget(app.window)
    shown = app.window.currentWidget()
    assert isinstance(shown, WordsScreen)
    assert app.exit_code == REFUSED
    assert "This reading opens on" in shown.sentences.text()
    assert ReadingPackage.open(folder).events == (), "it was not begun"
    app.window.close()


def test_the_date_counts_to_the_second() -> None:
    opens = datetime(2026, 12, 24, 8, 0, tzinfo=UTC)
    assert "24 December 2026" in too_early(opens.isoformat(), opens - timedelta(hours=1))
    assert too_early("2026-12-24T08:00:00", opens - timedelta(seconds=1))
    assert too_early(opens.isoformat(), opens) == too_early("", opens) == ""
    with pytest.raises(StudyError, match="no readable date"):
        too_early("soon", opens)


def test_a_fault_is_said_once_and_the_reading_goes_on(
    opened: ReadingApp, qtbot: QtBot, own_home: Path
) -> None:
    error = ValueError("unforeseen")
    opened.hear_fault(ValueError, error, None)
    screen = opened.window.currentWidget()
    assert isinstance(screen, ReadingScreen)
    assert "Every answer that was given is saved" in screen.problem.text()
    press(opened.window, qtbot, "1R6 ")
    assert opened.session is not None
    assert opened.session.done == 1


def test_losing_the_keyboard_is_recorded_in_the_readers_own_window(
    opened: ReadingApp, qtbot: QtBot
) -> None:
    assert opened.session is not None
    qtbot.waitUntil(opened.window.isActiveWindow)
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: not opened.window.isActiveWindow())
    opened.window.activateWindow()
    qtbot.waitUntil(opened.window.isActiveWindow)
    press(opened.window, qtbot, "1R6 ")
    package = opened.session._package
    assert [e.kind for e in package.events][-3:] == ["focus lost", "focus gained", "response"]
    given = package.answer_of(package.trials[0])
    assert given is not None
    assert given.focus_losses == 1


def test_only_a_plain_call_branches_off_before_the_command_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert package_named(["read", "a.zip"]) == Path("a.zip")
    for other in ([], ["read"], ["read", "--help"], ["read", "a", "b"], ["report", "a"]):
        assert package_named(other) is None
    never = lambda *_: 1  # noqa: E731
    assert program(never, never, ["read", "--help"]) == 0
    assert "PACKAGE" in capsys.readouterr().out


def test_the_unpacked_folder_may_be_taken_away_and_begun_nowhere_else(
    opened: ReadingApp, qtbot: QtBot, zipped: Path
) -> None:
    """The zip alone lacks the answers that this computer has seen: it is not begun anew."""
    press(opened.window, qtbot, "1R6 \x1b\x1b\x1b")
    shutil.rmtree(beside(zipped, ".reading"))
    again = ReadingApp(zipped)
    qtbot.addWidget(again.window)
    assert again.exit_code == REFUSED
    again.window.close()
