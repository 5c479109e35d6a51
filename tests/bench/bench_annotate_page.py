"""The Annotate page: scrolling with all its parts, and a study of many lesions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from annotate_study import LESION, add_ct
from measuring import Report, Row, Timing, milliseconds
from pytestqt.qtbot import QtBot

from engine.jobs import JobRunner
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.annotate_state import AnnotateState
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from reader_app.views.annotate.page import AnnotatePage
from reader_app.widgets.slice_view import Finished
from studies import cases
from studies.records import Points
from studies.store import Store

CASES, EACH, SLICES = 25, 20, 60
AUTHOR = "tester"
PAINT_MS = 8
"""For which the event loop runs, so that what changed is painted, and no more."""


def ring(radius: float) -> Points:
    """A margin about the lesion of every slice, px."""
    x, y, _ = LESION
    turns = np.arange(96) * 2 * np.pi / 96
    return tuple((float(x + radius * np.cos(t)), float(y + radius * np.sin(t))) for t in turns)


@pytest.fixture
def page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> Iterator[tuple[AnnotateState, AnnotatePage]]:
    """25 cases of 20 lesions, of which one has a margin on every second of 60 slices."""
    monkeypatch.setenv("BLINDREAD_HOME", str(tmp_path / "home"))
    with Store.create(tmp_path / "t.blindread", "T", simulated=True) as store:
        for number in range(CASES):
            series = add_ct(store, "P" * (number + 1), slices=2 if number else SLICES)
            for _ in range(EACH):
                cases.add_lesion(store, series.id, author=AUTHOR)
        lines = [cases.PlacedLine(f"u.{at}", at, ring(10 + at / 20)) for at in range(0, SLICES, 2)]
        cases.save_contours(store, 1, lines, AUTHOR, "freehand")
    settings, messages = Settings(), Messages()
    settings.author = AUTHOR
    study, jobs = StudyState(messages), Jobs(JobRunner())
    state = AnnotateState(study, jobs, messages, settings)
    shown = AnnotatePage(state)
    qtbot.addWidget(shown)
    shown.resize(1280, 720)
    with qtbot.waitExposed(shown):
        shown.show()
    study.open(tmp_path / "t.blindread")
    qtbot.waitUntil(lambda: state.is_loaded, timeout=20_000)
    yield state, shown
    study.close()


def timed(qtbot: QtBot, acts: list[Callable[[], None]]) -> Timing:
    """CPU time of each act and of all that is painted after it."""
    taken = []
    for act in acts:
        qtbot.wait(PAINT_MS)
        began = time.process_time()
        act()
        qtbot.wait(PAINT_MS)
        taken.append(time.process_time() - began)
    return milliseconds(taken)


def say(report: Report, what: str, taken: Timing, wanted: float) -> None:
    reached = taken.median <= wanted
    report.row(Row(what, taken.n, str(taken), wanted=f"≤ {wanted:.0f} ms", reached=reached))
    assert taken.median < 20 * wanted


STEP_MS = 10
"""The design's 100 frames a second."""


def test_scrolling_on_the_page(
    page: tuple[AnnotateState, AnnotatePage], qtbot: QtBot, report: Report
) -> None:
    state, _ = page
    state.choose_lesion(1)
    for again in ("for the first time", "again"):
        steps = [lambda at=at: state.go_to(at) for at in range(0, SLICES, 2)]
        what = f"Annotate page: a step onto a slice with a margin, {again}, CPU time"
        say(report, what, timed(qtbot, steps), STEP_MS)
    steps = [lambda at=at: state.go_to(at) for at in range(1, SLICES, 2)]
    say(
        report,
        "Annotate page: a step onto a slice without one, CPU time",
        timed(qtbot, steps),
        STEP_MS,
    )


def test_edits_beside_many_lesions(
    page: tuple[AnnotateState, AnnotatePage], qtbot: QtBot, report: Report
) -> None:
    state, _ = page
    state.choose_lesion(1)
    saves = [
        lambda size=size: state.save_margin(Finished(ring(size), "freehand", is_edit=True))
        for size in range(8, 18)
    ]
    beside = f"beside {CASES * EACH} lesions, CPU time"
    say(report, f"a margin drawn, {beside}", timed(qtbot, saves), 30)
    say(report, f"that undone, {beside}", timed(qtbot, [state.undo] * 10), 60)
    say(report, f"the next lesion, {beside}", timed(qtbot, [state.next_lesion] * 10), 20)
    say(report, f"a lesion added, {beside}", timed(qtbot, [state.add_lesion] * 10), 60)


DRAWN, TWICE = 2000, 100


def test_undo_and_comparing_beside_many_lesions(tmp_path: Path, report: Report) -> None:
    """What the first undo after a restart asks of the study, and all that two authors drew."""
    with Store.create(tmp_path / "t.blindread", "T", simulated=True) as store:
        series = add_ct(store, "P", slices=2, size=64)
        fill(store, series.id)
        for what, ask, wanted in (
            ("the newest edit", cases.newest_edit, 30),
            ("the edit undone last", cases.newest_undone, 30),
        ):
            taken = clocked(lambda ask=ask: ask(store, "A"), 9)
            say(report, f"{what} beside {DRAWN} lesions, CPU time", taken, wanted)
        first = clocked(lambda: cases.disagreements(store), 1)
        say(report, f"{TWICE} lesions of two authors compared", first, 500)
        cases.save_contour(store, 1, "u.0", 0, ring(11), "B", "freehand")
        again = clocked(lambda: cases.disagreements(store), 1)
        say(report, "again after one of them was changed", again, 50)


def fill(store: Store, series_id: int) -> None:
    """DRAWN lesions with a margin and a diagnosis in two halves, the first TWICE by two authors."""
    for number in range(DRAWN):
        lesion = cases.add_lesion(store, series_id, author="A").id
        for author in "AB" if number < TWICE else "A":
            size = 10 + number / TWICE + (author == "B")
            cases.save_contour(store, lesion, "u.0", 0, ring(size), author, "freehand")
        for basis in ("", "biopsy"):
            cases.confirm_diagnosis(store, lesion, "cyst", basis, "A")


def clocked(act: Callable[[], object], rounds: int) -> Timing:
    """CPU time of an act."""
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        act()
        taken.append(time.process_time() - began)
    return milliseconds(taken)
