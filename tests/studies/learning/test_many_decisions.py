"""Thousands of decisions, and runs by the hundred: few statements, and no picture is read."""

from __future__ import annotations

import numpy as np
import pytest
from statements import counted

from studies import learning
from studies.errors import StudyError
from studies.learning import NewRun, NewSynthetic
from studies.records import SyntheticRoiRecord, TrainingRunRecord
from studies.store import Store

IMAGE = np.full((4, 4), 0.5, np.float32)


def finished(store: Store, name: str, kind: str = "classifier") -> TrainingRunRecord:
    run = learning.start_run(store, NewRun(name, "cnn", kind, 1, "smoke", "{}", fold=0))
    return learning.update_run(store, run.id, state="finished")


def drawn(store: Store, count: int, audit: str = "clear") -> tuple[SyntheticRoiRecord, ...]:
    run = finished(store, f"g{count}{audit}", "generator")
    new = tuple(NewSynthetic("cyst", 1, at, IMAGE, audit) for at in range(count))
    return learning.add_synthetic(store, run.id, new)


def test_a_thousand_are_decided_in_a_handful_of_statements(store: Store) -> None:
    rois = drawn(store, 1000)
    with counted() as said:
        decided = learning.decide_rois(store, rois, False, "artefact")
    assert len(said) == 5, said  # BEGIN, two queries for the audits' verdicts, UPDATE, COMMIT
    assert not any("image" in statement for statement in said)
    with counted() as said:
        back = learning.take_back_decisions(store, rois)
    assert len(said) == 5
    assert not any("image" in statement for statement in said)
    assert back == rois
    assert learning.synthetic_rois(store) == rois
    assert {(one.accepted, one.decided.split("\n")[0]) for one in decided} == {(False, "artefact")}


def test_what_is_returned_is_what_is_stored_with_its_picture(store: Store) -> None:
    rois = drawn(store, 3)
    decided = learning.decide_rois(store, rois[:2], False, "cut off")
    assert learning.synthetic_rois(store) == (*decided, rois[2])
    assert all(np.array_equal(one.image, IMAGE) for one in decided)


def test_a_hundred_runs_are_taken_out_and_put_back_like_one(store: Store) -> None:
    made = tuple(finished(store, f"r{at}") for at in range(100))
    ids = tuple(run.id for run in made)
    with counted() as one:
        learning.delete_run(store, ids[0])
    learning.restore_run(store, ids[0])
    with counted() as all_of_them:
        learning.delete_runs(store, ids)
    assert len(all_of_them) == len(one) == 4, all_of_them  # BEGIN, their states, UPDATE, COMMIT
    assert learning.runs(store) == ()
    assert learning.runs_of(store, (ids[1], 999)) == made[1:2]
    with counted() as back:
        found = learning.restore_runs(store, ids[::-1])
    assert len(back) == 5
    assert found == made[::-1]
    assert learning.runs(store) == made


def test_runs_are_taken_out_all_or_none(store: Store) -> None:
    ended = finished(store, "ended")
    waits = learning.start_run(store, NewRun("w", "cnn", "classifier", 1, "smoke", "{}"))
    with pytest.raises(StudyError, match="still going"):
        learning.delete_runs(store, (ended.id, waits.id))
    with pytest.raises(StudyError, match="no run 99 in"):
        learning.delete_runs(store, (ended.id, 99))
    assert learning.runs(store) == (ended, waits)


def test_synthetic_rois_are_tallied_without_their_pictures(store: Store) -> None:
    clear, (close,) = drawn(store, 3), drawn(store, 1, "close")
    learning.decide_rois(store, clear[:1], False, "other")
    with counted() as said:
        tallies = learning.synthetic_tally(store)
    assert not any("image" in statement for statement in said)
    found = {(one.run_hash, one.audit, one.accepted, one.is_decided): one.count for one in tallies}
    assert found == {
        ("g3clear", "clear", False, True): 1,
        ("g3clear", "clear", True, False): 2,
        ("g1close", "close", True, False): 1,
    }
    learning.delete_run(store, close.run_id)
    assert {one.run_hash for one in learning.synthetic_tally(store)} == {"g3clear"}


def test_only_those_who_learn_decide_and_take_out(store: Store) -> None:
    rois, run = drawn(store, 1), finished(store, "r")
    store.unlock("", "truth author")
    for act in (
        lambda: learning.decide_rois(store, rois, False, "other"),
        lambda: learning.decide_synthetic(store, (rois[0].id,), False, "other"),
        lambda: learning.take_back_decisions(store, rois),
        lambda: learning.delete_runs(store, (run.id,)),
        lambda: learning.restore_runs(store, (run.id,)),
    ):
        with pytest.raises(StudyError, match="is for the coordinator or an analyst"):
            act()
