"""Training runs: begun, followed, ended, found again, taken out and put back."""

from __future__ import annotations

from pathlib import Path

import pytest

from studies import learning
from studies.errors import StudyError
from studies.learning import NewRun
from studies.records import TrainingRunRecord
from studies.store import Store


def new(name: str = "abc", **changes: object) -> NewRun:
    fields = {"arm": "cnn-aug", "kind": "classifier", "seed": 7, "profile": "quick"}
    return NewRun(**{"run_hash": name, "spec": '{"a": 1}', **fields, **changes})  # type: ignore[arg-type]


def ended(store: Store, name: str, state: str) -> TrainingRunRecord:
    run = learning.start_run(store, new(name))
    return learning.update_run(store, run.id, state=state)


def test_a_run_goes_from_queued_to_finished(store: Store) -> None:
    queued = learning.start_run(store, new(fold=2, category="cyst", group="D_aug 300"))
    assert (queued.state, queued.started, queued.finished) == ("queued", "", "")
    assert (queued.fold, queued.category, queued.group) == (2, "cyst", "D_aug 300")
    assert (queued.spec, queued.arm, queued.seed) == ('{"a": 1}', "cnn-aug", 7)
    assert queued.folder == store.runs_folder / "abc"
    assert queued.simulated, "the study is"
    running = learning.update_run(store, queued.id, state="running", device="cpu")
    assert running.started
    assert not running.finished
    numbers = {"accuracy": 0.75, "correct": 3, "n": 4, "kid": 0.02, "seconds": 1.5}
    done = learning.update_run(store, queued.id, state="finished", message="ok", **numbers)
    assert {name: getattr(done, name) for name in numbers} == numbers
    assert (done.device, done.message, done.started) == ("cpu", "ok", running.started)
    assert done.finished
    assert learning.run(store, done.id) == done
    with Store.open(store.folder, read_only=True) as other:
        assert learning.runs(other) == (done,)


def test_what_is_not_said_stays(store: Store) -> None:
    run = learning.start_run(store, new())
    before = learning.update_run(store, run.id, accuracy=0.0, n=0, message="step 1")
    assert (before.accuracy, before.n) == (0.0, 0)
    assert learning.update_run(store, run.id) == before


@pytest.mark.parametrize("state", ["finished", "failed", "cancelled"])
def test_a_run_that_ended_does_not_start_again(store: Store, state: str) -> None:
    run = ended(store, "abc", state)
    with pytest.raises(StudyError, match=rf"This run is {state}\. Start a new one"):
        learning.update_run(store, run.id, state="running")
    noted = learning.update_run(store, run.id, state=state, message="noted")
    assert (noted.finished, noted.message) == (run.finished, "noted")


def test_there_are_no_other_states(store: Store) -> None:
    run = learning.start_run(store, new())
    with pytest.raises(StudyError, match="one of queued, running, finished"):
        learning.update_run(store, run.id, state="paused")
    assert learning.run(store, run.id) == run


def test_a_run_is_found_by_its_content(store: Store) -> None:
    assert learning.find_run(store, "abc") is None
    failed = ended(store, "abc", "failed")
    assert learning.find_run(store, "abc") == failed
    finished = ended(store, "abc", "finished")
    newest = learning.start_run(store, new("abc"))
    assert learning.find_run(store, "abc") == finished, "finished goes before newest"
    learning.delete_run(store, finished.id)
    assert learning.find_run(store, "abc") == newest
    assert learning.find_run(store, "ab") is None


def test_a_run_is_taken_out_and_put_back_with_its_files(store: Store) -> None:
    kept, gone = ended(store, "a", "finished"), ended(store, "b", "finished")
    gone.folder.mkdir(parents=True)
    (gone.folder / "spec.json").write_text("{}")
    learning.delete_run(store, gone.id)
    assert learning.runs(store) == (kept,)
    assert learning.run(store, gone.id) == gone
    assert learning.restore_run(store, gone.id) == gone
    assert learning.runs(store) == (kept, gone)
    assert (gone.folder / "spec.json").is_file()


def test_a_run_that_goes_on_is_not_taken_out(store: Store) -> None:
    run = learning.start_run(store, new())
    with pytest.raises(StudyError, match=r"still going\. Cancel it first"):
        learning.delete_run(store, run.id)
    assert learning.runs(store) == (run,)


def test_runs_that_are_not_there(store: Store, tmp_path: Path) -> None:
    for act in (
        lambda: learning.run(store, 9),
        lambda: learning.update_run(store, 9, message="x"),
        lambda: learning.delete_run(store, 9),
        lambda: learning.restore_run(store, 9),
        lambda: learning.save_predictions(store, 9, ()),
        lambda: learning.save_embedding(store, 9, ()),
        lambda: learning.add_synthetic(store, 9, ()),
    ):
        with pytest.raises(StudyError, match="no run 9 in this study"):
            act()
