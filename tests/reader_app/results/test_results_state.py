"""The results state over a real study: read when shown, in the background, never before."""

from __future__ import annotations

import pytest
from read_study import read_study

from engine.errors import EngineError
from engine.jobs import JobRunner
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs
from reader_app.state.results_state import ResultsState
from reader_app.state.study_state import StudyState
from studies import reading
from studies.errors import StudyError


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "t.blindread"
    store = read_study(folder)
    store.close()
    return folder


@pytest.fixture
def state(qapp, tmp_path):
    messages = Messages()
    jobs = Jobs(JobRunner(expected=(EngineError, StudyError)))
    made = ResultsState(StudyState(messages), jobs, messages, Settings(tmp_path / "s.ini"))
    yield made
    assert jobs.shutdown()
    made._study.close()


def test_results_are_read_when_the_page_is_shown(state, study, qtbot):
    assert state._study.open(study)
    assert state.loaded is None
    with qtbot.waitSignals([state.changed, state.changed], timeout=20000):
        state.activate()
    qtbot.waitUntil(lambda: state.loaded is not None, timeout=20000)
    loaded = state.loaded
    assert loaded.readers is None
    assert (loaded.readers_enrolled, loaded.readers_finished) == (2, 2)
    assert loaded.networks.groups[0].arm == "cnn-aug"
    assert [one.fold for one in loaded.maps] == ["Test fold 1"]
    reading.unblind(state._study.store, "Coordinator", "over")
    state._study.notify("results")
    qtbot.waitUntil(lambda: state.loaded.readers is not None, timeout=20000)
    assert [score.reader for score in state.loaded.readers.scores] == ["A", "=B<b>"]
    assert state.loaded.reader_sentences
    _a_lesion_is_read_in_full(state, qtbot)
    _details_are_read_when_asked(state, qtbot)
    _exports_arrive_with_a_message(state, study, qtbot)
    state._study.close()
    assert state.loaded is None
    assert state.lesion is None


def _a_lesion_is_read_in_full(state, qtbot):
    shown = state.loaded.maps[0]
    lesion_id = shown.embedding.points[0].lesion_id
    with qtbot.waitSignal(state.lesion_changed, timeout=20000):
        state.choose_lesion(lesion_id, shown)
    detail = state.lesion
    assert detail.lesion.id == lesion_id
    assert detail.image.shape == (64, 64)
    assert detail.slice_image.shape == (96, 96)
    assert len(detail.margin) == 24
    assert [name for name, _ in detail.predictions] == ["CNN-AUG"]
    assert {a.reader for a in detail.answers} == {"A", "=B<b>"}
    distances = [one.distance for one in detail.neighbours]
    assert distances == sorted(distances)
    assert len(distances) == 4


def _details_are_read_when_asked(state, qtbot):
    details, loaded = state.details, state.loaded
    assert details.times is None
    assert loaded.conditions.items == loaded.readers.real_items
    with qtbot.waitSignal(details.times_read, timeout=20000):
        details.ask_times()
    assert [one.reader for one in details.times] == ["A", "=B<b>"]
    with qtbot.waitSignal(details.pictures_read, timeout=20000):
        details.ask_pictures(loaded)
    assert {item for item, _ in details.pictures} == {one.item for one in loaded.gallery}
    for origin in ("real", "synthetic"):
        item = next(one for one in loaded.gallery if one.origin == origin)
        with qtbot.waitSignal(details.item_read, timeout=20000):
            details.choose(loaded, item)
        assert details.item.item == item
        assert details.item.image.shape == (64, 64)
        assert (details.item.lesion is not None) == (origin == "real")


def _exports_arrive_with_a_message(state, study, qtbot):
    said = []
    state._messages.posted.connect(said.append)
    state.write_html(study / "exports" / "r.html")
    qtbot.waitUntil(lambda: len(said) == 1, timeout=20000)
    state.write_pdf(study / "exports" / "r.pdf")
    qtbot.waitUntil(lambda: len(said) == 2, timeout=20000)
    state.export_csv(study / "exports" / "csv")
    qtbot.waitUntil(lambda: len(said) == 3, timeout=20000)
    assert [message.kind for message in said] == ["ok", "ok", "ok"]
    assert (study / "exports" / "r.pdf").read_bytes().startswith(b"%PDF-")
    assert said[0].action_text == "Open"
    assert "CSV files" in said[2].sentence
    state.export_ratings(study / "exports" / "ratings")
    qtbot.waitUntil(lambda: len(said) == 4, timeout=20000)
    assert (study / "exports" / "ratings" / "classes_simulated.csv").exists()
    assert said[3].kind == "ok"
    state.write_html(study / "study.sqlite" / "r.html")
    qtbot.waitUntil(lambda: len(said) == 5, timeout=20000)
    assert said[4].kind == "error"
    assert "could not be written" in said[4].sentence


def test_before_unblinding_a_lesion_shows_no_answers(state, study, qtbot):
    assert state._study.open(study)
    state.activate()
    qtbot.waitUntil(lambda: state.loaded is not None, timeout=20000)
    shown = state.loaded.maps[0]
    with qtbot.waitSignal(state.lesion_changed, timeout=20000):
        state.choose_lesion(shown.embedding.points[0].lesion_id, shown)
    assert state.lesion.answers == ()
    listed = state.loaded.lesion_cases
    assert listed
    assert {case.readers_asked for case in listed} == {0}
    with qtbot.waitSignal(state.cases.chosen_changed, timeout=20000):
        state.cases.choose(listed[0], state.loaded.protocol.id)
    assert state.cases.detail.answers == ()
