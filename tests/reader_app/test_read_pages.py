"""The pages around a reading: display check, training, the question at the end; what they tell."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from reading_desk import OF_CLASS, Planned, ReadingDesk, package_of

from reader_app.state.reading_session import (
    CHECK,
    FEEDBACK,
    FINISHED,
    READING,
    TRAINED,
    UNUSUAL,
)
from reader_app.state.trial_place import PRACTISED
from reader_app.views.read.check_screen import CheckScreen
from reader_app.views.read.grey_steps import LEVELS

TAUGHT = Planned(practice=True, right="cyst")
ENTER = Qt.Key.Key_Return


def logged(reading: ReadingDesk, kind: str) -> list[dict[str, object]]:
    return [json.loads(e.payload) for e in reading.package.events if e.kind == kind]


# --- before a sitting


def test_the_display_and_the_reader_are_declared_by_keys_alone(
    qtbot: QtBot, tmp_path: Path
) -> None:
    folder = package_of(tmp_path / "r.reading", (Planned(),) * 2, display_check=True)
    reading = ReadingDesk(qtbot, folder)
    assert reading.session.mode == CHECK
    assert not reading.screen._shown, "no picture before"
    reading.key(ENTER)
    reading.press("1")
    assert reading.session.mode == CHECK
    reading.type("0")
    reading.type("14")
    reading.key(ENTER)
    reading.type("abdominal radiology")
    reading.key(Qt.Key.Key_Tab)
    reading.type("left-handed")
    reading.key(ENTER)
    assert reading.session.mode == READING
    (who,) = logged(reading, "questionnaire")
    assert who == {"years": 14, "speciality": "abdominal radiology", "remark": "left-handed"}
    (display,) = logged(reading, "display")
    size = reading.screen.screen().size()
    assert (display["width"], display["height"]) == size.toTuple()
    assert (display["scale"], display["steps_seen"]) == (1.0, 10)
    reading.press("1R6 ")
    assert reading.package.answered == 1, "the keyboard is the reading's again"
    reading.session.close()


def test_the_display_is_checked_at_every_sitting_and_the_reader_asked_once(
    qtbot: QtBot, tmp_path: Path
) -> None:
    folder = package_of(tmp_path / "r.reading", (Planned(),) * 2, display_check=True)
    for sitting in range(2):
        reading = ReadingDesk(qtbot, folder)
        page = reading.screen.page
        assert isinstance(page, CheckScreen)
        assert bool(page._fields) == (sitting == 0)
        reading.type("1")
        if sitting == 0:
            reading.type("3")
            reading.key(ENTER)
            reading.type("radiology")
        reading.key(ENTER)
        assert reading.session.mode == READING
        reading.session.close()
        reading.screen.close()
    assert (len(logged(reading, "questionnaire")), len(logged(reading, "display"))) == (1, 2)


@pytest.mark.parametrize(("key", "steps"), [("1", 11), ("0", 10), ("9", 9), ("8", 8), ("7", 0)])
def test_the_steps_seen_are_kept(qtbot: QtBot, tmp_path: Path, key: str, steps: int) -> None:
    folder = package_of(tmp_path / "r.reading", (Planned(),), display_check=True)
    reading = ReadingDesk(qtbot, folder)
    page = reading.screen.page
    assert isinstance(page, CheckScreen)
    page.years.setText("5")
    page.speciality.setText("radiology")
    reading.type(key)
    assert bool(page.advice.text()) == (steps != 11)
    reading.key(ENTER)
    assert logged(reading, "display")[0]["steps_seen"] == steps
    reading.session.close()


def test_the_darkest_and_the_brightest_pair_differ_by_a_twentieth() -> None:
    assert len(LEVELS) == 11
    assert (LEVELS[0], LEVELS[-1]) == (0, 255)
    assert LEVELS[1] - LEVELS[0] == LEVELS[-1] - LEVELS[-2] == round(0.05 * 255)
    apart = [after - before for before, after in pairwise(LEVELS[1:-1])]
    assert max(apart) - min(apart) <= 1


def test_esc_leaves_before_anything_is_declared(qtbot: QtBot, tmp_path: Path) -> None:
    folder = package_of(tmp_path / "r.reading", (Planned(),), display_check=True)
    reading = ReadingDesk(qtbot, folder)
    with qtbot.waitSignal(reading.session.left):
        reading.key(Qt.Key.Key_Escape)
    assert reading.kinds == ["opened", "closed"]
    reading.session.close()


# --- training


def test_after_a_training_trial_the_right_class_is_named(qtbot: QtBot, tmp_path: Path) -> None:
    folder = package_of(tmp_path / "r.reading", (TAUGHT, TAUGHT, Planned()), asked=OF_CLASS)
    reading = ReadingDesk(qtbot, folder)
    shown = reading.screen.roi.grab().toImage()
    assert reading.session.place == ("Training", 1, 2)
    reading.press("29 ")
    assert reading.session.mode == FEEDBACK
    panel = reading.screen.panel
    assert panel.isVisible()
    assert panel.accessibleName() == "Right class: Cyst. You chose Metastasis."
    assert reading.screen.roi.grab().toImage() == shown, "the picture stays to be learnt from"
    reading.press("1")
    assert reading.session.choice("diagnosis") == "metastasis", "the answer is given"
    reading.press(" 19 ")
    assert panel.accessibleName() == "Right class: Cyst. That is what you chose."
    assert logged(reading, "feedback") == [{"right": False}, {"right": True}]
    reading.press(" ")
    assert reading.session.mode == TRAINED
    reading.press(" ")
    assert reading.session.place == ("", 1, 1)
    assert not reading.session.can_undo(), "the right class was named"
    reading.press("19 ")
    assert reading.session.mode == FINISHED
    reading.session.close()


def test_training_below_the_mark_starts_over_until_it_is_passed(
    qtbot: QtBot, tmp_path: Path
) -> None:
    folder = package_of(
        tmp_path / "r.reading", (*(TAUGHT,) * 4, Planned()), asked=OF_CLASS, pass_mark=0.75
    )
    reading = ReadingDesk(qtbot, folder)
    reading.press("19  19  29  29  ")
    assert reading.session.mode == TRAINED
    assert reading.screen.roi._words[0] == "The training starts over"
    assert "2 of 4 right, 3 are needed" in reading.screen.roi._words[1]
    again = ReadingDesk(qtbot, folder)  # the program died on this page
    assert again.session.place == ("Training", 1, 4), "nothing of the study was shown"
    assert again.session.choice("diagnosis") == ""
    again.press("19  19  29  19  ")
    assert again.screen.roi._words[0] == "The training is done"
    again.press(" ")
    assert again.session.place == ("", 1, 1)
    assert logged(again, "training") == [{"of": 4, "right": 2}, {"of": 4, "right": 3}]
    first = again.package.trials[0]
    assert [one.diagnosis for one in again.package.answers_of(first)] == ["cyst", "cyst"]
    assert again.package.verify().ok
    for one in (reading, again):
        one.session.close()


def test_practice_has_no_feedback(qtbot: QtBot, tmp_path: Path) -> None:
    practice = Planned(practice=True)
    folder = package_of(tmp_path / "r.reading", (TAUGHT, practice, Planned()), asked=OF_CLASS)
    reading = ReadingDesk(qtbot, folder)
    reading.press("19   ")
    assert reading.session.place == ("Practice", 1, 1)
    reading.press("19 ")
    assert reading.session.mode == PRACTISED
    assert reading.screen.roi._words[0] == "The practice is over"
    reading.press(" ")
    assert reading.session.place == ("", 1, 1)
    assert not reading.screen.panel.isVisible()
    assert len(logged(reading, "feedback")) == 1
    reading.session.close()


# --- at the end


def test_the_question_at_the_end_is_asked_once(qtbot: QtBot, tmp_path: Path) -> None:
    folder = package_of(tmp_path / "r.reading", (Planned(),), ask_unusual=True)
    reading = ReadingDesk(qtbot, folder)
    reading.press("1R6 ")
    assert reading.session.mode == UNUSUAL
    reading.key(ENTER)
    assert reading.session.mode == UNUSUAL, "yes or no comes first"
    reading.type("y")
    reading.type("Your none? Ya, Pause 1")
    assert reading.session.mode == UNUSUAL, "letters are text where text is written"
    reading.key(ENTER)
    assert reading.session.mode == FINISHED
    assert logged(reading, "unusual") == [{"noticed": True, "text": "Your none? Ya, Pause 1"}]
    reading.press("U3 ")
    assert reading.session.mode == FINISHED, "a correction does not ask again"
    reading.session.close()
    again = ReadingDesk(qtbot, folder)
    assert again.session.mode == FINISHED
    again.session.close()


def test_no_is_an_answer_and_a_kill_before_it_asks_again(qtbot: QtBot, tmp_path: Path) -> None:
    folder = package_of(tmp_path / "r.reading", (Planned(),), ask_unusual=True, display_check=True)
    first = ReadingDesk(qtbot, folder)
    page = first.screen.page
    assert isinstance(page, CheckScreen)
    page.years.setText("5")
    page.speciality.setText("radiology")
    first.type("1")
    first.key(ENTER)
    first.press("1R6 ")
    assert first.session.mode == UNUSUAL
    reading = ReadingDesk(qtbot, folder)
    assert reading.session.mode == UNUSUAL, "nothing is left to check a display for"
    reading.type("n")
    reading.key(ENTER)
    assert logged(reading, "unusual") == [{"noticed": False, "text": ""}]
    for one in (first, reading):
        one.session.close()


# --- what is told

TELLING = ("synth", "artificial", "generat", "fake", "gan", "stage", "truth", "real", "wash")


def test_no_page_of_a_class_reading_tells_truth_or_stage(qtbot: QtBot, tmp_path: Path) -> None:
    """Texts, names, tooltips, titles and clipboard of every page of a reading of the class."""
    QGuiApplication.clipboard().clear()  # what another test copied is not the screen's
    folder = package_of(
        tmp_path / "r.reading",
        (TAUGHT, Planned(practice=True), *(Planned(opinion=(0.2, 0.3, 0.5)),) * 2),
        asked=OF_CLASS,
        display_check=True,
        ask_unusual=True,
        break_every=1,
        pass_mark=1.0,
    )
    reading = ReadingDesk(qtbot, folder)
    secrets = [trial.trial_id for trial in reading.package.trials]
    secrets += [str(folder), folder.name, reading.package.contents.uid, *TELLING]
    modes = set()

    def look() -> None:
        modes.add(reading.session.mode)
        said = [*reading.words(), *reading.screen.roi._words, QGuiApplication.clipboard().text()]
        told = [word for word in said for secret in secrets if secret in word.lower()]
        assert not told

    look()
    page = reading.screen.page
    assert isinstance(page, CheckScreen)
    page.years.setText("5")
    page.speciality.setText("radiology")
    reading.type("1")
    look()
    reading.key(ENTER)
    look()
    reading.press(" ")
    for key in "29   19   19  19  " + " 1P?? 9  ":
        look()
        reading.press(key)
    look()
    reading.type("n")
    reading.key(ENTER)
    look()
    assert modes == {
        "check", "intro", "reading", "feedback", "trained", "practised", "break", "paused", "keys",
        "unusual", "finished"
    }  # fmt: skip
    reading.session.close()
