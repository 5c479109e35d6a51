"""Slices, volumes and aided reading at the real screen, by keys, wheel and mouse."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from reading_desk import OF_CLASS, SLICE, VOLUME, Planned, ReadingDesk, package_of

from reader_app.state.reading_session import FINISHED, PAUSED, READING
from reader_app.state.trial_pictures import TrialPictures
from reader_app.views.read.enlarge import fitted, windowed
from studies.package import Picture, ReadingPackage

SHIFT = Qt.KeyboardModifier.ShiftModifier
OPINION = (0.08, 0.71, 0.21)


def desk(qtbot: QtBot, tmp_path: Path, one: Planned, **settings: object) -> ReadingDesk:
    folder = package_of(tmp_path / "r.reading", (one, one, one), asked=OF_CLASS, **settings)
    return ReadingDesk(qtbot, folder)


def greys(image: QImage) -> np.ndarray:
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return rows[:, : grey.width()].astype(int)


def wheel(reading: ReadingDesk, notches: int) -> None:
    where = QPointF(100, 100)
    event = QWheelEvent(
        where,
        reading.screen.roi.mapToGlobal(where),
        QPoint(),
        QPoint(0, -120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(reading.screen.roi, event)


# --- slices and volumes


def test_a_slice_is_shown_in_its_window_and_shape(qapp: QApplication) -> None:
    picture = Picture(rows=2, columns=4, values="int16", row_spacing=2.0, column_spacing=1.0)
    values = np.array([[-200, -100, 75, 250], [300, 75, -100, -300]], np.int16)
    pixmap = windowed(values, picture, (-100.0, 250.0), 4)
    assert fitted(picture, 4).size().toTuple() == (4.0, 4.0), "2 x 2 mm and 4 x 1 mm are alike"
    assert pixmap.size().toTuple() == (4, 4)
    shades = greys(pixmap.toImage())[(0, 3), :]
    assert np.abs(shades - np.array([[0, 0, 128, 255], [255, 128, 0, 0]])).max() <= 1


def test_the_ring_lies_on_the_lesion_and_hides_while_h_is_held(
    qtbot: QtBot, tmp_path: Path
) -> None:
    reading = desk(qtbot, tmp_path, Planned(picture=SLICE))
    roi, ring = reading.screen.roi, reading.screen.roi.ring
    assert ring is not None
    place = fitted(SLICE, roi.width())
    x, y, radius = 40.0, 30.0, 9.0
    factor = place.width() / SLICE.columns
    assert ring.center() == QPointF(place.left() + x * factor, place.top() + y * factor)
    assert ring.width() == pytest.approx(2 * radius * factor)
    with_ring = greys(roi.grab().toImage())
    QTest.keyPress(reading.screen, Qt.Key.Key_H)
    assert roi.ring is None
    without = greys(roi.grab().toImage())
    edge = (slice(round(ring.top()) - 2, round(ring.top()) + 3), round(ring.center().x()))
    assert with_ring[edge].max() > 215
    assert without[edge].max() < 215
    QTest.keyRelease(reading.screen, Qt.Key.Key_H)
    assert roi.ring == ring
    reading.session.close()


def test_a_volume_starts_at_the_key_slice_and_scrolls_to_its_ends(
    qtbot: QtBot, tmp_path: Path
) -> None:
    reading = desk(qtbot, tmp_path, Planned(picture=VOLUME))
    slices, roi = reading.screen._slices, reading.screen.roi
    seen = [slices.index]
    assert roi.ring is not None
    for act in (
        lambda: reading.key(Qt.Key.Key_Down),
        lambda: reading.key(Qt.Key.Key_Up),
        lambda: wheel(reading, 2),
        lambda: wheel(reading, -1),
        lambda: reading.key(Qt.Key.Key_PageUp),
        lambda: reading.key(Qt.Key.Key_PageDown),
        lambda: reading.key(Qt.Key.Key_PageDown),
        lambda: reading.key(Qt.Key.Key_Home),
    ):
        act()
        seen.append(slices.index)
        assert (roi.ring is not None) == (slices.index == VOLUME.key), "on the key slice only"
        assert roi.accessibleDescription() == f"Slice {slices.index + 1} of 7"
    assert seen == [3, 4, 3, 5, 4, 0, 5, 6, 3]
    reading.session.close()


def test_scrolling_is_no_idle_time_and_no_first_key(qtbot: QtBot, tmp_path: Path) -> None:
    reading = desk(qtbot, tmp_path, Planned(picture=VOLUME), idle_seconds=30.0)
    for _ in range(3):
        reading.ticks.forward(20)
        reading.key(Qt.Key.Key_Down)
    reading.ticks.forward(5)
    reading.press("19 ")
    given = reading.package.answer_of(reading.package.trials[0])
    assert given is not None
    assert (given.idle_ms, given.first_key_ms, given.commit_ms) == (0.0, 65_000, 65_000)
    reading.session.close()


def test_a_locked_window_stays_as_the_protocol_says(qtbot: QtBot, tmp_path: Path) -> None:
    reading = desk(qtbot, tmp_path, Planned(picture=SLICE), window_locked=True)
    before = reading.screen.roi.grab().toImage()
    reading.key(Qt.Key.Key_Right, SHIFT)
    reading.key(Qt.Key.Key_Up, SHIFT)
    assert reading.session.window == (-100.0, 250.0)
    assert reading.screen.roi.grab().toImage() == before
    assert "window" not in reading.screen.hints.text()
    reading.press("19 ")
    given = reading.package.answer_of(reading.package.trials[0])
    assert given is not None
    assert given.window_changes == 0
    reading.session.close()


def test_each_change_of_an_open_window_is_logged_with_the_trial(
    qtbot: QtBot, tmp_path: Path
) -> None:
    reading = desk(qtbot, tmp_path, Planned(picture=SLICE), window_locked=False)
    roi, before = reading.screen.roi, greys(reading.screen.roi.grab().toImage())
    reading.key(Qt.Key.Key_Up, SHIFT)
    assert reading.session.window == (-82.5, 267.5), "a twentieth of the width up"
    assert greys(roi.grab().toImage()).mean() < before.mean()
    at, right = QPoint(200, 200), Qt.MouseButton.RightButton
    qtbot.mouseClick(roi, right, pos=at)  # changes nothing
    qtbot.mousePress(roi, right, pos=at)
    for step in range(1, 6):
        qtbot.mouseMove(roi, at + QPoint(10 * step, 0))
    qtbot.mouseRelease(roi, right, pos=at + QPoint(50, 0))
    assert reading.session.window == (-107.5, 292.5), "50 px to the right are 50 HU wider"
    trial = reading.package.trials[0].trial_id
    assert reading.kinds == ["opened"], "written with the answer, in one transaction"
    reading.press("19 ")
    assert reading.kinds == ["opened", "window", "window", "response"]
    logged = [event for event in reading.package.events if event.kind == "window"]
    assert {event.trial_id for event in logged} == {trial}
    assert json.loads(logged[1].payload) == {"low": -107.5, "high": 292.5}
    given = reading.package.answer_of(reading.package.trials[0])
    assert given is not None
    assert given.window_changes == 2
    assert reading.session.window == (-100.0, 250.0), "the next trial begins as packed"
    assert reading.package.verify().ok
    reading.session.close()


def test_every_slice_has_the_same_place_and_size(qtbot: QtBot, tmp_path: Path) -> None:
    reading = desk(qtbot, tmp_path, Planned(picture=VOLUME))
    places = [reading.screen.roi.geometry()]
    for _ in range(2):
        reading.press("19 ")
        places.append(reading.screen.roi.geometry())
    assert len({place.getRect() for place in places}) == 1
    assert places[0].width() > 512, "slices are shown as large as the window allows"
    reading.session.close()


def test_a_paused_volume_does_not_scroll_into_sight(qtbot: QtBot, tmp_path: Path) -> None:
    reading = desk(qtbot, tmp_path, Planned(picture=VOLUME))
    reading.press("P")
    hidden = reading.screen.roi.grab().toImage()
    wheel(reading, 1)
    reading.key(Qt.Key.Key_Down)
    reading.screen.resize(1440, 900)
    reading.screen.resize(1280, 800)
    assert reading.session.mode == PAUSED
    assert reading.screen.roi.grab().toImage() == hidden
    reading.session.close()


def test_the_next_volume_is_read_in_pieces_while_the_reader_looks(
    qtbot: QtBot, tmp_path: Path
) -> None:
    large = Picture(slices=3, rows=512, columns=512, values="int16", key=1, window=(-100, 250))
    reading = desk(qtbot, tmp_path, Planned(picture=large))
    qtbot.waitUntil(lambda: reading.screen._ahead is not None)
    following = reading.package.trials[1]
    assert reading.screen._ahead is not None
    assert reading.screen._ahead[0] == following.trial_id
    pictures = TrialPictures(reading.package)
    more = [pictures.read_on() for _ in range(13)]
    assert more == [True] * 12 + [False], "1.5 MiB each: six pieces for this one, six for the next"
    assert pictures.following() is not None
    (reading.package.folder / "items" / f"{following.trial_id}.raw").unlink()
    reading.press("19 ")
    assert reading.session.pixels() is not None, "shown from memory"
    assert reading.screen.problem.text() == ""
    reading.session.close()


# --- aided


def test_the_opinion_comes_after_the_own_answer_and_not_before(
    qtbot: QtBot, tmp_path: Path
) -> None:
    reading = desk(qtbot, tmp_path, Planned(opinion=OPINION))
    assert not reading.screen.panel.isVisible()
    assert not any("71" in words for words in reading.words())
    reading.press("19 ")
    assert reading.session.step == 2
    assert reading.screen.panel.isVisible()
    assert "Cyst 8%, Metastasis 71%, Hemangioma 21%" in reading.screen.panel.accessibleName()
    assert reading.session.choice("diagnosis") == "cyst", "the own answer stands prefilled"
    assert reading.package.answered == 0, "half a trial is no trial"
    reading.press("28 ")
    first = reading.package.trials[0]
    given = [(a.step, a.diagnosis, a.confidence) for a in reading.package.answers_of(first)]
    assert given == [(1, "cyst", 4), (2, "metastasis", 3)]
    assert reading.package.answered == 1
    assert not reading.screen.panel.isVisible()
    assert not any("71" in words for words in reading.words())
    reading.session.close()


def test_the_second_answer_may_be_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    reading = desk(qtbot, tmp_path, Planned(opinion=OPINION))
    for _ in range(3):
        reading.ticks.forward(4)
        reading.press("37")
        reading.ticks.forward(1)
        reading.press(" ")
        qtbot.waitUntil(lambda: reading.session._clock._painted)
        reading.ticks.forward(2)
        reading.press(" ")
        if reading.session.mode == READING:
            qtbot.waitUntil(lambda: reading.session._clock._painted)
    assert reading.session.mode == FINISHED
    for trial in reading.package.trials:
        own, second = reading.package.answers_of(trial)
        assert (own.diagnosis, own.confidence) == (second.diagnosis, second.confidence)
        assert (own.commit_ms, second.commit_ms) == (5000, 2000), "each step has its own clock"
    reading.session.close()


def test_undo_reopens_the_second_answer_and_never_the_own(qtbot: QtBot, tmp_path: Path) -> None:
    reading = desk(qtbot, tmp_path, Planned(opinion=OPINION))
    reading.press("19 ")
    reading.press("U")
    assert reading.session.step == 2, "the opinion was seen: the own answer stays"
    assert not reading.screen.back.isEnabled()
    reading.press("2 ")
    reading.press("U")
    assert (reading.package.position, reading.session.step) == (0, 2)
    assert reading.screen.panel.isVisible()
    assert reading.session.choice("diagnosis") == "metastasis"
    reading.press("3 ")
    reading.press("U")
    assert reading.package.position == 1, "once only"
    given = [(a.step, a.diagnosis) for a in reading.package.answers_of(reading.package.trials[0])]
    assert given == [(1, "cyst"), (2, "metastasis"), (2, "hemangioma")]
    assert reading.package.verify().ok
    reading.session.close()


def test_a_program_that_died_between_the_steps_goes_on_at_the_second(
    qtbot: QtBot, tmp_path: Path
) -> None:
    reading = desk(qtbot, tmp_path, Planned(opinion=OPINION))
    reading.press("19 2")
    again = ReadingDesk(qtbot, tmp_path / "r.reading")
    assert (again.package.position, again.session.step) == (0, 2)
    assert again.session.choice("diagnosis") == "cyst", "what was not committed was no answer"
    assert again.screen.panel.isVisible()
    again.press(" ")
    assert ReadingPackage.open(tmp_path / "r.reading").answered == 1
    again.session.close()


def test_a_break_comes_between_trials_and_not_between_steps(qtbot: QtBot, tmp_path: Path) -> None:
    reading = desk(qtbot, tmp_path, Planned(opinion=OPINION), break_every=1)
    modes = []
    for _ in range(2):
        reading.press("19 ")
        modes.append(reading.session.mode)
        reading.press(" ")
        modes.append(reading.session.mode)
        reading.press(" ")
    assert modes == ["reading", "break", "reading", "break"]
    reading.session.close()
