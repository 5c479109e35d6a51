"""Home: what to do next from counts alone, and the page on a study."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from learn_study import make_study
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from reader_app.app import Desktop, application
from reader_app.state import cover
from reader_app.state.home_state import HomeState, class_lines, flagged
from reader_app.state.next_steps import STEPS, next_actions, steps
from reader_app.views.home.lesions import fitting
from reader_app.views.home.page import HomePage
from reader_app.views.home.recent import when
from reader_app.widgets import theme
from reader_app.widgets.buttons import Button
from reader_app.widgets.legible import cut_texts
from reader_app.widgets.theme import SPACE
from studies import cases, learning
from studies.learning import NewRun, NewSynthetic
from studies.records import DEFAULT_SCHEME, StudyCounts

NOTHING = StudyCounts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, False)
DRAWN = replace(NOTHING, patients=24, cases=24, series=24, lesions=30, margins=30, diagnosed=30)
TRAINED = replace(DRAWN, runs=4, runs_finished=4, synthetic=60)
SEALED = replace(TRAINED, protocol_version=1, readers=2, readers_finished=1)
AUDITS = ("close", "close", "close", "copy", "clear")
DONE = replace(SEALED, readers_finished=2, unblinded=True)


@pytest.mark.parametrize(
    ("counts", "states"),
    [
        (NOTHING, "now open open open open"),
        (replace(DRAWN, margins=12, diagnosed=10), "done now open open open"),
        (DRAWN, "done done now open open"),
        (TRAINED, "done done done now open"),
        (SEALED, "done done done now locked"),
        (replace(SEALED, readers_finished=2), "done done done done locked"),
        (DONE, "done done done done done"),
    ],
)
def test_steps_state(counts: StudyCounts, states: str) -> None:
    assert [step.state for step in steps(counts)] == states.split()


def test_steps_say_numbers() -> None:
    line = steps(replace(SEALED, margins=29, diagnosed=28))
    assert [step.number for step in line] == ["24", "29 / 30", "4 / 4", "1 / 2", "Sealed"]
    assert line[1].line == "2 lesions to finish"


@pytest.mark.parametrize(
    ("counts", "first"),
    [
        (NOTHING, "Import the first cases"),
        (replace(NOTHING, patients=1, cases=1, series=1), "Draw the first margin"),
        (replace(DRAWN, diagnosed=29), "Finish 1 lesion"),
        (DRAWN, "Train the first network"),
        (replace(DRAWN, runs=4, runs_finished=1), "Look at 3 unfinished runs"),
        (replace(TRAINED, synthetic=0), "Make synthetic ROIs"),
        (TRAINED, "Seal the reading protocol"),
        (replace(TRAINED, protocol_version=1), "Enrol the first reader"),
        (SEALED, "Let 1 reader continue"),
        (replace(SEALED, readers_finished=2), "Unblind the study"),
        (DONE, "See the results"),
    ],
)
def test_first_action(counts: StudyCounts, first: str) -> None:
    assert next_actions(counts)[0].title == first


def test_flagged_rois_come_with_a_warning() -> None:
    action = next_actions(TRAINED, flagged=3)[0]
    assert (action.kind, action.title) == ("warning", "Look at 3 flagged synthetic ROIs")
    assert "readers may meet them until you keep them out" in action.why
    assert "kept out." not in action.why
    assert next_actions(TRAINED, 3, 1)[0].why.endswith("readers may meet them. 1 copy is kept out.")
    assert next_actions(TRAINED, 3, 6)[0].why.endswith("6 copies are kept out.")


def test_only_close_rois_without_a_decision_are_flagged(tmp_path: Path) -> None:
    store = make_study(tmp_path / "one.blindread", per_class=1)
    run = learning.start_run(store, NewRun("g", "dcgan", "generator", 1, "smoke", "{}", "cyst"))
    image = np.zeros((64, 64), np.float32)
    new = [NewSynthetic("cyst", 1, i, image, audit) for i, audit in enumerate(AUDITS)]
    added = learning.add_synthetic(store, run.id, tuple(new))
    assert flagged(store) == (3, 1)
    learning.accept_synthetic(store, added[0].id, True, "allowed in the gallery")
    learning.accept_synthetic(store, added[1].id, False, "kept out in the gallery")
    assert flagged(store) == (1, 1)
    store.close()


numbers = st.integers(0, 300)


@given(
    st.builds(StudyCounts, *(numbers for _ in range(11)), st.integers(0, 3), st.booleans()),
    numbers,
)
def test_any_counts_give_one_to_three_actions(counts: StudyCounts, flagged: int) -> None:
    actions = next_actions(counts, flagged)
    assert 1 <= len(actions) <= 3
    assert len({action.title for action in actions}) == len(actions)
    assert all(action.page in STEPS for action in actions)
    assert len(steps(counts)) == 5


@pytest.mark.parametrize(
    ("opened", "words"),
    [
        ("2026-11-23T09:40:00+00:00", "Today 09:40"),
        ("2026-11-19T09:40:00+00:00", "Thu 19 Nov"),
        ("2026-11-02T09:40:00+00:00", "2 Nov"),
        ("2025-11-02T09:40:00+00:00", "2 Nov 2025"),
        ("nonsense", ""),
    ],
)
def test_when(opened: str, words: str) -> None:
    assert when(opened, datetime.fromisoformat("2026-11-23T12:00:00+00:00")) == words


@pytest.fixture
def desktop(qtbot: QtBot) -> Desktop:
    application()
    one = Desktop()
    qtbot.addWidget(one.window)
    one.window.show()
    yield one
    assert one.close()


def home(desktop: Desktop) -> tuple[HomePage, HomeState]:
    page, state = desktop.window.page("home"), desktop.window.states["home"]
    assert isinstance(page, HomePage)
    assert isinstance(state, HomeState)
    return page, state


def test_without_a_study_home_says_what_to_do(desktop: Desktop) -> None:
    page, _ = home(desktop)
    assert page.left.currentWidget() is page.empty
    assert page.empty.title.text() == "No study is open"
    assert not page.steps.isVisible()


def test_home_shows_the_study(desktop: Desktop, qtbot: QtBot, tmp_path: Path) -> None:
    store = make_study(tmp_path / "one.blindread", per_class=4)
    patients = sorted({lesion.patient for lesion in cases.lesions(store)})
    learning.assign_folds(store, tuple((p, i % 3) for i, p in enumerate(patients)), 1)
    store.close()
    page, state = home(desktop)
    desktop.opening.open(tmp_path / "one.blindread")
    qtbot.waitUntil(lambda: all(len(line.images) == 4 for line in state.lines))
    assert [line.count for line in state.lines] == [4, 4, 4]
    assert [len(line.folds) for line in state.lines] == [3, 3, 3]
    assert len(page.lesions.strips) == 3
    assert [row.study.name for row in page.recent.rows] == ["T"]
    picture = cover.load(tmp_path / "one.blindread")
    assert picture is not None
    assert picture.width() == picture.height() == 65
    greys = {picture.pixelColor(x, y).red() for x in range(65) for y in range(65)}
    assert len(greys) > 20
    assert page.next_actions.rows[0].button.role == "primary"
    assert {row.button.role for row in page.next_actions.rows[1:]} == {"normal"}


def test_rois_of_margins_that_are_hidden_are_not_shown(
    desktop: Desktop, qtbot: QtBot, tmp_path: Path
) -> None:
    store = make_study(tmp_path / "one.blindread", per_class=1)
    first = cases.lesions(store)[0]
    ring = cases.contours(store, lesion_id=first.id)[0]
    cases.save_contour(store, first.id, ring.sop_uid, 0, ring.points, "other", "freehand")
    store.close()
    page, state = home(desktop)
    desktop.opening.open(tmp_path / "one.blindread")
    qtbot.waitUntil(lambda: sum(len(line.images) for line in state.lines) == 2)
    assert [line.count for line in state.lines] == [1, 1, 1]
    hidden = next(line for line in state.lines if line.category.code == first.category)
    assert hidden.images == ()
    assert "1 ROI is hidden until you compare margins in Annotate." in page.lesions.note.text()
    cases.show_others(desktop.study.store, first.id, desktop.settings.author)
    desktop.study.notify("lesions")
    qtbot.waitUntil(lambda: all(len(line.images) == 1 for line in state.lines))
    assert "hidden" not in page.lesions.note.text()


def test_actions_follow_a_write(desktop: Desktop, tmp_path: Path) -> None:
    make_study(tmp_path / "one.blindread", per_class=4).close()
    page, state = home(desktop)
    desktop.opening.open(tmp_path / "one.blindread")
    assert state.actions[0].title == "Train the first network"
    store = desktop.study.store
    assert store is not None
    run = learning.start_run(store, NewRun("a1", "cnn", "classifier", 0, "smoke", "{}", "", 0))
    learning.update_run(store, run.id, state="finished")
    desktop.study.notify("runs")
    assert state.actions[0].title == "Make synthetic ROIs"
    words = [row.button.text() for row in page.next_actions.rows]
    assert words == [action.button for action in state.actions]


def test_action_button_and_step_ask_for_their_page(
    desktop: Desktop, qtbot: QtBot, tmp_path: Path
) -> None:
    make_study(tmp_path / "one.blindread", ready=False).close()
    page, state = home(desktop)
    desktop.opening.open(tmp_path / "one.blindread")
    asked: list[str] = []
    state.asked.disconnect()
    state.asked.connect(asked.append)
    qtbot.mouseClick(page.next_actions.rows[0].button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(page.steps.views[2], Qt.MouseButton.LeftButton)
    assert asked == [state.actions[0].page, "learn"]


def test_class_lines_take_different_patients_first(tmp_path: Path) -> None:
    store = make_study(tmp_path / "one.blindread", per_class=2)
    rois = cases.rois(store)
    doubled = (rois[0], replace(rois[0], lesion_id=99), *rois[1:])
    lines = class_lines(DEFAULT_SCHEME.categories, cases.lesions(store), doubled)
    assert lines[0].images[0] is doubled[0].image
    assert lines[0].images[-1] is doubled[1].image
    assert lines[0].folds == ()
    store.close()


def test_a_study_that_was_moved_is_located_or_forgotten(
    desktop: Desktop, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, _ = home(desktop)
    for name in ("one", "two"):
        make_study(tmp_path / f"{name}.blindread", ready=False, name=name).close()
        desktop.opening.open(tmp_path / f"{name}.blindread")
    (tmp_path / "one.blindread").rename(tmp_path / "moved.blindread")
    desktop.opening.recent_changed.emit()
    row = page.recent.rows[1]
    assert (row.is_missing, row.accessibleName()) == (
        True, "one, Its folder is not where it was, Locate…",
    )  # fmt: skip
    monkeypatch.setattr(
        QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "moved.blindread")
    )
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert desktop.study.study is not None
    assert desktop.study.study.folder == tmp_path / "moved.blindread"
    assert [one.folder.stem for one in desktop.settings.recent] == ["moved", "two"]
    qtbot.keyClick(page.recent.rows[1], Qt.Key.Key_Delete)
    assert [one.folder.stem for one in desktop.settings.recent] == ["moved"]
    toast = desktop.window.toasts.toasts[-1]
    qtbot.mouseClick(toast.findChildren(Button)[0], Qt.MouseButton.LeftButton)
    assert {one.folder.stem for one in desktop.settings.recent} == {"moved", "two"}


@pytest.mark.parametrize("family", ["Inter", "DejaVu Sans"])
def test_no_label_or_button_of_home_is_cut(family: str, qtbot: QtBot, tmp_path: Path) -> None:
    if family not in QFontDatabase.families():
        pytest.skip(f"{family} is not installed here")
    make_study(tmp_path / "one.blindread", per_class=2).close()
    app = application()
    theme.apply(app, family)
    other = Desktop()  # fonts are taken when a window is made
    window = other.window
    qtbot.addWidget(window)
    try:
        window.resize(1280, 800)
        window.show()
        other.opening.open(tmp_path / "one.blindread")
        qtbot.waitUntil(lambda: window.page("home").steps.isVisible())
        qtbot.waitUntil(lambda: cut_texts(window) == (), timeout=10000)
        assert len(window.findChildren(QLabel)) > 10
    finally:
        other.close()
        theme.apply(app)


@pytest.mark.parametrize(("room", "size", "longest"), [(800, 120, 11), (403, 50, 9), (403, 50, 8)])
def test_a_row_of_rois_ends_at_the_right_edge(room: int, size: int, longest: int) -> None:
    found = fitting(room, size, longest)
    gap = SPACE[0]
    count = (room + gap) // (found + gap)
    assert found <= size
    assert room - count * (found + gap) < count  # what rounding leaves


def test_a_row_with_room_to_spare_keeps_the_size() -> None:
    assert fitting(800, 50, 3) == 50
    assert fitting(-20, 50, 3) == 50
