"""A change asks the study once, and a Home that nobody sees asks it nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest
from learn_study import make_study
from pytestqt.qtbot import QtBot

from reader_app.app import Desktop
from reader_app.state.home_state import HomeState
from reader_app.state.study_state import TOPICS
from studies import cases, learning, reading
from studies.learning import NewRun
from studies.store import Store


@pytest.fixture
def desktop(qtbot: QtBot, tmp_path: Path) -> Generator[Desktop, None, None]:
    """A window on Home, over a study of three lesions."""
    make_study(tmp_path / "one.blindread", per_class=1).close()
    one = Desktop()
    qtbot.addWidget(one.window)
    one.window.show()
    one.opening.open(tmp_path / "one.blindread")
    qtbot.waitUntil(lambda: one.jobs.is_quiet)
    yield one
    assert one.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the store was asked, by use-case."""
    found: Counter[str] = Counter()

    def count(module: object, name: str) -> None:
        whole = getattr(module, name)

        def ask(*given: object, **named: object) -> object:
            found[name] += 1
            return whole(*given, **named)

        monkeypatch.setattr(module, name, ask)

    for name in ("counts", "lesions", "rois", "authorships"):
        count(cases, name)
    count(learning, "synthetic_tally")
    for name in ("protocol", "protocols"):
        count(reading, name)
    return found


def home(desktop: Desktop) -> HomeState:
    state = desktop.window.states["home"]
    assert isinstance(state, HomeState)
    return state


def test_a_change_is_counted_once_for_all_who_ask(
    desktop: Desktop, asked: Counter[str], qtbot: QtBot
) -> None:
    state = home(desktop)
    for _ in range(3):
        assert state.steps
        assert state.actions
    asked.clear()
    desktop.study.notify("runs")
    assert state.steps
    assert asked["counts"] == 1
    qtbot.waitUntil(lambda: asked["counts"] == 2, timeout=5000)  # behind, for the recent studies
    desktop.study.notify("runs")
    assert asked["counts"] == 3


def test_a_hidden_home_asks_the_study_nothing(
    desktop: Desktop, asked: Counter[str], qtbot: QtBot
) -> None:
    desktop.window.go("settings")
    said: list[None] = []
    home(desktop).changed.connect(lambda: said.append(None))
    asked.clear()
    for topic in TOPICS:
        desktop.study.notify(topic)
    assert asked.total() - asked["protocol"] == 0, asked  # the badge of the top bar
    assert asked["protocol"] <= 3, "lesions, runs and answers unblind nothing"
    qtbot.waitUntil(lambda: asked["counts"] == 1 and desktop.jobs.is_quiet, timeout=5000)
    desktop.opening.recent_changed.emit()
    assert not said
    assert asked.total() - asked["protocol"] == 1
    desktop.window.go("home")
    assert len(said) == 1
    assert asked["counts"] == 1, "what was counted behind serves"


def test_counts_of_before_a_change_serve_nobody(desktop: Desktop) -> None:
    study, turn = desktop.study, desktop.study.turn
    old = study.counts()
    assert old is not None
    assert study.store is not None
    cases.add_case(study.store, "P-900", simulated=True)
    study.notify("cases")
    study.take_counts(old, turn)
    now = study.counts()
    assert now is not None
    assert now.patients == old.patients + 1
    study.take_counts(old, study.turn)
    assert study.counts() == old


def test_home_is_up_to_date_when_it_is_seen_again(desktop: Desktop) -> None:
    state, store = home(desktop), desktop.study.store
    assert isinstance(store, Store)
    desktop.window.go("settings")
    run = learning.start_run(store, NewRun("a1", "cnn", "classifier", 0, "smoke", "{}", "", 0))
    learning.update_run(store, run.id, state="finished")
    desktop.study.notify("runs")
    desktop.window.go("home")
    page = desktop.window.page("home")
    assert state.actions[0].title == "Make synthetic ROIs"
    words = [row.button.text() for row in page.next_actions.rows]  # type: ignore[attr-defined]
    assert words == [action.button for action in state.actions]


def test_recent_studies_are_written_anew_only_where_they_say_something_else(
    desktop: Desktop, qtbot: QtBot, tmp_path: Path
) -> None:
    written: list[None] = []
    desktop.opening.recent_changed.connect(lambda: written.append(None))
    desktop.study.notify("runs")
    qtbot.waitUntil(desktop.opening._later.isActive)
    qtbot.waitUntil(
        lambda: not desktop.opening._later.isActive() and desktop.jobs.is_quiet, timeout=5000
    )
    assert not written
    store = desktop.study.store
    assert store is not None
    cases.add_case(store, "P-900", simulated=True)
    desktop.study.notify("cases")
    qtbot.waitUntil(lambda: len(written) == 1, timeout=5000)
    assert desktop.settings.recent[0].line.startswith("4 patients")
