"""A reading in a process of its own: started, refused, killed, absent; and what is said then."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from read_bench import open_bench, read_part, seal_for, small_study

from reader_app.state.reading_launch import ReadingProcess, command
from reader_app.widgets.badge import Badge

PACKAGE = Path("somewhere/one.reading")


def python(script: str) -> ReadingProcess:
    """A launcher whose program is a line of Python."""
    return ReadingProcess(lambda package: (sys.executable, ["-c", script, str(package)]))


def test_the_program_reads_the_package_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert command(PACKAGE) == (sys.executable, ["-m", "reader_app", "read", str(PACKAGE)])
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert command(PACKAGE) == (sys.executable, ["read", str(PACKAGE)])


def test_a_reading_that_was_left_is_told_once(qtbot: QtBot) -> None:
    launcher, refused = python("pass"), []
    launcher.refused.connect(lambda words, _details: refused.append(words))
    with qtbot.waitSignals([launcher.began, launcher.ended], timeout=20_000):
        launcher.start(PACKAGE)
        launcher.start(PACKAGE)  # it is open already
        assert launcher.is_open(PACKAGE)
    assert not launcher.is_open(PACKAGE)
    assert refused == []


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("import sys; sys.stderr.write('The washout ends later.'); sys.exit(2)", "washout ends"),
        ("import sys; sys.exit(1)", "unexpectedly"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "goes on at the same trial"),
    ],
)
def test_a_reading_that_ended_otherwise_is_a_sentence(
    qtbot: QtBot, script: str, words: str
) -> None:
    launcher, refused = python(script), []
    launcher.refused.connect(lambda told, _details: refused.append(told))
    with qtbot.waitSignal(launcher.ended, timeout=20_000):
        launcher.start(PACKAGE)
    assert len(refused) == 1
    assert words in refused[0]


def test_a_program_that_is_not_there_is_a_sentence(qtbot: QtBot) -> None:
    launcher = ReadingProcess(lambda _package: ("/nowhere/blindread", []))
    with qtbot.waitSignal(launcher.refused, timeout=20_000) as told:
        launcher.start(PACKAGE)
    assert told.args[0] == "The reading window could not be started."
    assert not launcher.is_open(PACKAGE)


def test_what_was_read_in_the_process_is_taken_in(qtbot: QtBot, tmp_path: Path) -> None:
    folder = small_study(tmp_path / "s.blindread")
    seal_for(folder)
    with open_bench(qtbot, tmp_path / "settings.ini", python("input()")) as bench:
        bench.open(folder)
        (reader,) = bench.state.readers
        assert reader.package is not None
        with qtbot.waitSignal(bench.launcher.began, timeout=20_000):
            bench.state.open_reading(reader.id)
        assert bench.state.session is None
        bench.wait(lambda: "reading now" in badges(bench.page.readers))
        read_part(reader.package, 1)
        bench.launcher._running[reader.package].closeWriteChannel()
        bench.wait(lambda: bench.state.readers[0].seconds_per_trial == 0.9)
        assert "reading now" not in badges(bench.page.readers)


def badges(panel: QWidget) -> set[str]:
    """The words of all badges."""
    return {one.text() for one in panel.findChildren(Badge) if one.isVisible()}


def test_a_try_out_that_cannot_start_leaves_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    absent = ReadingProcess(lambda _package: ("/nowhere/blindread", []))
    with open_bench(qtbot, tmp_path / "settings.ini", absent) as bench:
        bench.open(small_study(tmp_path / "s.blindread"))
        places: list[Path] = []
        with qtbot.waitSignal(absent.refused, timeout=20_000):
            bench.state.try_as_reader()
            places.extend(bench.state.desk._tries)
        assert len(places) == 1
        assert not places[0].exists()
        assert [one.kind for one in bench.said] == ["error"]
