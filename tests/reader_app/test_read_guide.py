"""What a reader is told before the first picture, the keys, and a clinical note."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from reading_desk import OF_CLASS, ROI, SLICE, Planned, ReadingDesk, declare, package_of

from reader_app.state.reading_session import INTRO, KEYS, PAUSED, READING
from reader_app.views.read.guide_screen import GuideScreen
from reader_app.views.read.guide_words import intro_lines, key_lines
from reader_app.views.read.screen_layout import LEAST, NOTE_HEIGHT, layout, roi_side
from studies.chain import digest
from studies.package import PackageTrial, Picture, contents_json, create, new_opaque
from studies.package.contents import PackageContents
from studies.protocols.pipeline import image_hash
from studies.protocols.questions import questions
from studies.records import DEFAULT_SCHEME

NOTE = "54 y, <b>fatty</b> liver & pain"


@pytest.fixture
def practised(qtbot: QtBot, tmp_path: Path) -> ReadingDesk:
    """At the page before the first of two practice trials and one of the study."""
    planned = (Planned(practice=True), Planned(practice=True), Planned())
    folder = package_of(tmp_path / "r.reading", planned, asked=OF_CLASS)
    return ReadingDesk(qtbot, folder, introduced=False)


def test_what_comes_is_told_before_the_first_practice_trial(practised: ReadingDesk) -> None:
    page = practised.screen.page
    assert practised.session.mode == INTRO
    assert isinstance(page, GuideScreen)
    told = dict(intro_lines(practised.session))
    assert told["Practice"].startswith("2 pictures come first")
    assert "1 picture follows" in told["Practice"]
    assert "P hides the picture" in told["Pauses"]
    assert "another window had the keyboard" in told["Recorded"]
    assert "1 Cyst, 2 Metastasis, 3 Hemangioma" in page.accessibleDescription()
    practised.key(Qt.Key.Key_Space)
    assert practised.session.mode == READING
    assert practised.screen.page is None
    practised.session.close()


def test_training_is_told_apart_from_practice(qtbot: QtBot, tmp_path: Path) -> None:
    planned = (
        *(2 * (Planned(practice=True, right="cyst"),)),
        Planned(practice=True),
        *(3 * (Planned(),)),
    )
    folder = package_of(tmp_path / "t.reading", planned, asked=OF_CLASS, pass_mark=0.5)
    desk = ReadingDesk(qtbot, folder, introduced=False)
    told = dict(intro_lines(desk.session))
    assert "2 pictures come first to learn from" in told["Training"]
    assert "too few right, and they come again" in told["Training"]
    assert told["Practice"].startswith("1 picture comes next to practise on.")
    assert told["Practice"].endswith("Then 3 pictures follow.")
    desk.session.close()


def test_only_what_is_recorded_is_said_to_be(qtbot: QtBot, tmp_path: Path) -> None:
    def recorded(picture: Picture, **settings: object) -> str:
        name = f"{picture.rows}-{len(settings)}.reading"
        planned = (Planned(practice=True, picture=picture),)
        folder = package_of(tmp_path / name, planned, asked=OF_CLASS, **settings)
        desk = ReadingDesk(qtbot, folder, introduced=False)
        desk.session.close()
        return dict(intro_lines(desk.session))["Recorded"]

    plain = recorded(ROI)
    assert "grey window" not in plain
    assert "display" not in plain
    assert plain.endswith("and when another window had the keyboard.")
    assert "yourself and your display" in recorded(ROI, display_check=True)
    assert "changes of the grey window" in recorded(SLICE, window_locked=False)


def test_it_is_told_once(practised: ReadingDesk) -> None:
    practised.press(" 19 ")
    folder = practised.package.folder
    practised.session.close()
    again = ReadingDesk(practised.qtbot, folder, introduced=False)
    assert again.session.mode == READING
    again.session.close()


def test_it_comes_after_the_display_check_and_esc_leaves_it(qtbot: QtBot, tmp_path: Path) -> None:
    folder = package_of(tmp_path / "r.reading", (Planned(practice=True),), display_check=True)
    reading = ReadingDesk(qtbot, folder)
    check = reading.screen.page
    qtbot.keyClicks(check, "1")
    qtbot.keyClicks(check.years, "14")  # type: ignore[union-attr]
    qtbot.keyClicks(check.speciality, "radiology")  # type: ignore[union-attr]
    qtbot.keyClick(check.speciality, Qt.Key.Key_Return)  # type: ignore[union-attr]
    assert reading.session.mode == INTRO
    with qtbot.waitSignal(reading.session.left):
        reading.key(Qt.Key.Key_Escape)
    reading.session.close()


def test_without_practice_the_first_picture_comes_at_once(qtbot: QtBot, tmp_path: Path) -> None:
    folder = package_of(tmp_path / "r.reading", (Planned(),), display_check=True)
    reading = ReadingDesk(qtbot, folder)
    declare(qtbot, reading.screen)
    assert reading.session.mode == READING
    reading.session.close()


# --- the keys


@pytest.fixture
def reading(qtbot: QtBot, tmp_path: Path) -> ReadingDesk:
    return ReadingDesk(qtbot, package_of(tmp_path / "k.reading", (Planned(), Planned())))


def test_the_keys_are_shown_as_a_pause(reading: ReadingDesk) -> None:
    reading.ticks.forward(2)
    reading.press("1R6?")
    assert reading.session.mode == KEYS
    assert isinstance(reading.screen.page, GuideScreen)
    assert "R, S" in dict(key_lines(reading.session))
    reading.ticks.forward(600)
    reading.key(Qt.Key.Key_Escape)
    assert reading.session.mode == READING
    assert reading.session.choice("origin") == "real", "what was chosen stays chosen"
    reading.ticks.forward(1)
    reading.press(" ")
    given = reading.package.answers_of(reading.package.trials[0])[0]
    assert given.active_ms == pytest.approx(3000)
    assert given.idle_ms == 0, "a pause is no idle time"
    assert reading.kinds == ["opened", "pause", "resume", "response"]
    assert reading.package.verify().ok
    reading.session.close()


def test_the_keys_over_a_pause_leave_it_a_pause(reading: ReadingDesk) -> None:
    reading.press("P?")
    assert reading.session.mode == KEYS
    reading.press("?")
    assert reading.session.mode == PAUSED
    assert reading.kinds == ["opened", "pause"]
    reading.session.close()


def test_no_answer_is_given_while_the_keys_are_shown(reading: ReadingDesk) -> None:
    reading.press("?1R6")
    assert reading.session.choice("diagnosis") == ""
    reading.press(" ")
    assert reading.session.mode == READING
    assert reading.package.answered == 0
    reading.session.close()


def test_keys_of_slices_are_named_where_there_are_slices(qtbot: QtBot, tmp_path: Path) -> None:
    desk = ReadingDesk(qtbot, package_of(tmp_path / "s.reading", (Planned(picture=SLICE),)))
    assert "ring" in dict(key_lines(desk.session))["Slices"]
    desk.session.close()


# --- a clinical note


def noted(folder: Path, notes: tuple[str, ...]) -> Path:
    """A package of ROIs with these notes."""
    pixels = bytes(range(256)) * 16
    trials = tuple(
        PackageTrial(new_opaque(), False, image_hash(pixels), note=note) for note in notes
    )
    contents = PackageContents(new_opaque(), "R", questions(OF_CLASS, DEFAULT_SCHEME), trials)
    assert digest(contents_json(contents))
    return create(folder, contents, (pixels,) * len(notes))


def test_a_note_stands_below_its_picture_as_plain_text(qtbot: QtBot, tmp_path: Path) -> None:
    desk = ReadingDesk(qtbot, noted(tmp_path / "n.reading", (NOTE, "")))
    label = desk.screen.note
    assert label.isVisible()
    assert label.text() == NOTE
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.y() >= desk.screen.roi.geometry().bottom()
    assert label.geometry().bottom() <= desk.screen.rows[0].y()
    desk.press("P")
    assert not label.isVisible(), "hidden with the picture"
    desk.press("P19 ")
    assert label.text() == "", "the next case has none"
    desk.session.close()


def test_without_notes_there_is_no_room_for_any(reading: ReadingDesk) -> None:
    assert not reading.screen.note.isVisible()
    reading.session.close()


@pytest.mark.parametrize("high", [LEAST.height(), 720, 1080])
def test_a_note_covers_nothing(high: int) -> None:
    roi = roi_side(high - NOTE_HEIGHT, 2)
    places = layout(1280, high, 2, roi=roi, slices=False, notes=True)
    assert places.note is not None
    assert places.note.top() > places.picture.bottom()
    assert places.note.bottom() < places.rows[0].y()
    assert not places.note.intersects(places.next)
    assert places.next.bottom() < high
    assert places.rows[-1].y() + 40 <= high
