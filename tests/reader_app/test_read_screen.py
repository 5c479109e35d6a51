"""The reading screen by real key events: what is pressed is saved, nothing else is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import reading_desk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot
from reading_desk import Planned, ReadingDesk

from reader_app.state.reading_session import FINISHED, PAUSED, READING, ReadingSession
from reader_app.state.trial_place import BREAK, PRACTISED
from reader_app.views.read.reading_screen import ReadingScreen
from studies.package import ReadingPackage


def package_of(folder: Path, trials: int, *, break_every: int = 50, practice: int = 0) -> Path:
    planned = tuple(Planned(practice=k < practice) for k in range(trials))
    return reading_desk.package_of(folder, planned, break_every=break_every)


@pytest.fixture
def reading(qtbot: QtBot, tmp_path: Path) -> Iterator[ReadingDesk]:
    opened = ReadingDesk(qtbot, package_of(tmp_path / "r.reading", 12))
    yield opened
    opened.session.close()


def test_ten_trials_by_keys(reading: ReadingDesk) -> None:
    order = [trial.trial_id for trial in reading.package.trials]
    for k in range(10):
        with reading.qtbot.waitSignal(reading.screen.roi.painted):
            reading.press("123"[k % 3] + "RS"[k % 2] + "67890"[k % 5] + " ")
    given = [reading.package.answer_of(trial) for trial in reading.package.trials[:10]]
    assert [g.trial_id for g in given if g] == order[:10]
    assert [g.diagnosis for g in given if g][:3] == ["cyst", "metastasis", "hemangioma"]
    assert [g.origin for g in given if g][:2] == ["real", "synthetic"]
    assert [g.confidence for g in given if g][:5] == [1, 2, 3, 4, 5]
    assert reading.package.position == 10
    assert reading.package.verify().ok


def test_a_key_before_the_picture_is_on_the_screen_answers_nothing(
    qtbot: QtBot, tmp_path: Path
) -> None:
    session = ReadingSession(ReadingPackage.open(package_of(tmp_path / "r.reading", 2)))
    screen = ReadingScreen(session)
    qtbot.addWidget(screen)
    qtbot.keyClicks(screen, "1R6 ")
    assert (session.choice("diagnosis"), session.done) == ("", 0)
    qtbot.keyClick(screen, Qt.Key.Key_P)
    assert session.mode == "paused", "leaving is always possible"
    qtbot.keyClick(screen, Qt.Key.Key_P)
    with qtbot.waitSignal(screen.roi.painted):
        screen.show()
    qtbot.keyClicks(screen, "1R6 ")
    assert session.done == 1
    session.close()


def test_choices_change_freely_until_space(reading: ReadingDesk) -> None:
    reading.press("1R6")
    reading.press("3S0")
    reading.press(" ")
    given = reading.package.answer_of(reading.package.trials[0])
    assert given is not None
    assert (given.diagnosis, given.origin, given.confidence) == ("hemangioma", "synthetic", 5)


def test_space_waits_for_every_question(reading: ReadingDesk) -> None:
    for keys, question in (("", "diagnosis"), ("2", "origin"), ("R", "confidence")):
        reading.press(keys + " ")
        assert reading.package.answered == 0
        assert reading.session.open_question == question
        assert not reading.screen.next.isEnabled()
    reading.press("8")
    assert reading.screen.next.isEnabled()
    reading.press(" ")
    assert reading.package.answered == 1


def test_the_mouse_does_the_same(reading: ReadingDesk) -> None:
    for row, answer in zip(reading.screen.rows, (1, 0, 2), strict=True):
        reading.qtbot.mouseClick(row.buttons[answer], Qt.MouseButton.LeftButton)
    reading.qtbot.mouseClick(reading.screen.next, Qt.MouseButton.LeftButton)
    given = reading.package.answer_of(reading.package.trials[0])
    assert given is not None
    assert (given.diagnosis, given.origin, given.confidence) == ("metastasis", "real", 3)


def test_undo_opens_the_last_trial_once_with_its_answer(reading: ReadingDesk) -> None:
    reading.press("1R6 2S7 ")
    reading.press("U")
    assert reading.package.position == 1
    assert reading.session.choice("diagnosis") == "metastasis"
    reading.press("U")
    assert reading.package.position == 1, "one step back only"
    reading.press("3 ")
    trial = reading.package.trials[1]
    assert [a.diagnosis for a in reading.package.answers_of(trial)] == ["metastasis", "hemangioma"]
    reading.press("U")
    assert reading.package.position == 2
    assert not reading.screen.back.isEnabled()


def test_pause_hides_the_roi_and_stops_the_clock(reading: ReadingDesk) -> None:
    shown = reading.screen.roi.grab().toImage()
    reading.ticks.forward(2)
    reading.press("1P")
    assert reading.session.mode == PAUSED
    assert reading.screen.roi.grab().toImage() != shown
    assert not any(row.isVisible() for row in reading.screen.rows)
    reading.press("2")
    assert reading.session.choice("diagnosis") == "cyst", "no choice while paused"
    reading.ticks.forward(100)
    reading.press("P")
    assert reading.session.mode == READING
    assert reading.screen.roi.grab().toImage() == shown
    reading.ticks.forward(3)
    reading.press("R8 ")
    given = reading.package.answer_of(reading.package.trials[0])
    assert given is not None
    assert (given.first_key_ms, given.commit_ms, given.active_ms) == (2000, 105_000, 5000)
    assert reading.kinds == ["opened", "pause", "resume", "response"]


def test_long_gaps_count_as_idle(reading: ReadingDesk) -> None:
    reading.ticks.forward(10)
    reading.press("1")
    reading.ticks.forward(45)
    reading.press("R8 ")
    given = reading.package.answer_of(reading.package.trials[0])
    assert given is not None
    assert (given.idle_ms, given.active_ms) == (45_000, 55_000)


def test_resume_at_the_same_trial_after_the_program_died(
    reading: ReadingDesk, qtbot: QtBot, tmp_path: Path
) -> None:
    reading.press("1R6 2S7 3")
    again = ReadingDesk(qtbot, tmp_path / "r.reading")
    assert again.package.position == 2
    assert again.session.choice("diagnosis") == "", "what was not committed was not an answer"
    assert again.session.place == ("", 3, 12)
    again.session.close()


def test_a_break_is_offered_and_declined_by_space(qtbot: QtBot, tmp_path: Path) -> None:
    reading = ReadingDesk(qtbot, package_of(tmp_path / "b.reading", 7, break_every=3, practice=1))
    assert reading.session.place == ("Practice", 1, 1)
    modes = []
    for _ in range(6):
        reading.press("1R6 ")
        modes.append(reading.session.mode)
        if reading.session.mode in (BREAK, PRACTISED):
            assert not reading.screen.rows[0].isVisible()
            reading.press(" ")
    assert modes == [PRACTISED, READING, READING, BREAK, READING, READING]
    reading.press("1R6 ")
    assert reading.session.mode == FINISHED
    assert reading.session.trial is None
    with qtbot.waitSignal(reading.session.left):
        qtbot.keyClick(reading.screen, Qt.Key.Key_Escape)
    reading.session.close()


def test_a_full_disk_keeps_the_trial_and_says_so(reading: ReadingDesk) -> None:
    connection = reading.package._log._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    position = -1
    while position != reading.package.position:
        position = reading.package.position
        reading.press("1R6 ")
        assert reading.session.mode == READING
    assert position < 12
    assert "disk is full" in reading.screen.problem.text()
    assert reading.session.choice("diagnosis") == "cyst", "the choices are kept"
    connection.execute("PRAGMA max_page_count = 100000")
    reading.press(" ")
    assert reading.package.position == position + 1
    assert reading.screen.problem.text() == ""


def test_nothing_moves_between_trials(reading: ReadingDesk) -> None:
    parts = (reading.screen.roi, *reading.screen.rows, reading.screen.next, reading.screen.pause)
    places = [part.geometry() for part in parts]
    assert reading.screen.roi.size().width() == reading.screen.roi.size().height() == 512
    for _ in range(3):
        reading.press("1R6 ")
        assert [part.geometry() for part in parts] == places


@pytest.mark.parametrize("size", [(1440, 900), (1280, 800), (1024, 740)])
def test_nothing_overlaps_or_leaves_the_window(reading: ReadingDesk, size: tuple[int, int]) -> None:
    screen = reading.screen
    screen.resize(*size)
    parts = (screen.roi, *screen.rows, screen.next, screen.pause, screen.back)
    for k, part in enumerate(parts):
        assert screen.rect().contains(part.geometry())
        assert not any(part.geometry().intersects(other.geometry()) for other in parts[k + 1 :])


def test_the_screen_tells_no_id_name_or_colour(reading: ReadingDesk) -> None:
    """No opaque id, path or study in any text; only greys among the pixels."""
    screen = reading.screen
    secrets = [trial.trial_id for trial in reading.package.trials]
    secrets += [str(reading.package.folder), reading.package.contents.uid]
    for widget in (screen, *screen.findChildren(QWidget)):
        words = [widget.toolTip(), widget.accessibleName(), widget.objectName()]
        words += [widget.windowTitle(), widget.statusTip(), widget.accessibleDescription()]
        words += [widget.text()] if isinstance(widget, QLabel) else []
        assert not widget.toolTip()
        assert not any(secret in word for secret in secrets for word in words)
    reading.press("1R")
    image = screen.grab().toImage()
    for x in range(0, image.width(), 7):
        for y in range(0, image.height(), 3):
            color = image.pixelColor(x, y)
            channels = (color.red(), color.green(), color.blue())
            assert max(channels) - min(channels) < 24, "a colour would prime the reader"


def test_the_next_roi_is_read_ahead(reading: ReadingDesk) -> None:
    reading.qtbot.waitUntil(lambda: reading.screen._ahead is not None)
    second = reading.package.trials[1].trial_id
    assert reading.screen._ahead is not None
    assert reading.screen._ahead[0] == second
    (reading.package.folder / "items" / f"{second}.raw").unlink()
    reading.press("1R6 ")
    assert reading.session.pixels() is not None, "shown from memory"


def test_a_picture_that_is_gone_takes_no_answer(reading: ReadingDesk) -> None:
    reading.qtbot.waitUntil(lambda: reading.screen._ahead is not None)
    third = reading.package.folder / "items" / f"{reading.package.trials[2].trial_id}.raw"
    kept = third.read_bytes()
    third.unlink()
    reading.press("1R6 ")
    reading.press("1R6 ")
    assert reading.package.position == 2
    assert "cannot be read" in reading.screen.problem.text()
    reading.press("1R6 ")
    assert reading.package.position == 2, "nobody saw it"
    assert "answers given so far are safe" in reading.screen.problem.text()
    third.write_bytes(kept)
    reading.press(" ")
    assert reading.package.position == 2, "first it is shown"
    reading.press(" ")
    assert reading.package.position == 3


def test_every_item_is_drawn_alike(reading: ReadingDesk) -> None:
    sizes = set()
    for _ in range(3):
        sizes.add(reading.screen.roi.grab().size().toTuple())
        reading.press("1R6 ")
    assert len(sizes) == 1
