"""Who decided what on synthetic ROIs, and why; and synthetic ROIs on stored maps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studies import learning, reading
from studies.errors import StudyError
from studies.learning import Decision, EmbeddingPoint, NewRun, NewSynthetic, SyntheticPoint
from studies.learning.decisions import stored_decision
from studies.model.learning import EmbeddingRow
from studies.records import SyntheticRoiRecord
from studies.store import Store


def run_of(store: Store, kind: str = "generator") -> int:
    run = learning.start_run(store, NewRun(f"h{kind}", "dcgan", kind, 1, "smoke", "{}", fold=0))
    return learning.update_run(store, run.id, state="finished").id


def drawn(store: Store, audits: tuple[str, ...]) -> tuple[SyntheticRoiRecord, ...]:
    image = np.full((64, 64), 0.5, np.float32)
    new = tuple(NewSynthetic("cyst", 1, at, image, audit) for at, audit in enumerate(audits))
    return learning.add_synthetic(store, run_of(store), new)


def kept(store: Store) -> list[bool]:
    return [one.accepted for one in learning.synthetic_rois(store)]


# --- decisions


def test_many_are_decided_at_once_with_reason_person_and_time(store: Store) -> None:
    store.unlock("", "coordinator", "Dr A")
    first, second, _ = drawn(store, ("clear", "close", "clear"))
    learning.decide_synthetic(store, (first.id, second.id), False, "artefact")
    assert kept(store) == [False, False, True]
    found = [learning.decision_of(one.decided) for one in learning.synthetic_rois(store)]
    assert found[0] is not None
    assert (found[0].reason, found[0].by) == ("artefact", "Dr A")
    assert found[0].at[:2] == "20"
    assert found[2] is None


def test_keeping_out_wants_a_reason_and_accepting_wants_none(store: Store) -> None:
    (one,) = drawn(store, ("clear",))
    with pytest.raises(StudyError, match="Say why"):
        learning.decide_synthetic(store, (one.id,), False, "  ")
    assert kept(store) == [True]
    (accepted,) = learning.decide_synthetic(store, (one.id,), True, "")
    assert learning.decision_of(accepted.decided) is not None


def test_a_copy_among_many_lets_none_of_them_in(store: Store) -> None:
    first, copy = drawn(store, ("close", "copy"))
    learning.decide_synthetic(store, (first.id,), False, "other")
    with pytest.raises(StudyError, match="copy of a real one and stays out"):
        learning.decide_synthetic(store, (first.id, copy.id), True, "")
    assert kept(store) == [False, False]


def test_a_decision_is_taken_back_to_what_it_was(store: Store) -> None:
    before = drawn(store, ("clear", "copy"))
    learning.decide_synthetic(store, (before[0].id, before[1].id), False, "cut off")
    back = learning.take_back_decisions(store, before)
    assert [(one.accepted, one.decided) for one in back] == [(True, ""), (False, "")]
    assert [one.decided for one in learning.synthetic_rois(store)] == ["", ""]


def test_decisions_of_before_names_were_kept_have_their_reason() -> None:
    assert learning.decision_of("ringing") == Decision("ringing")
    assert learning.decision_of("") is None


@settings(max_examples=40)
@given(st.text(max_size=12), st.text(max_size=12))
def test_a_decision_comes_back_whatever_was_typed(reason: str, by: str) -> None:
    found = learning.decision_of(stored_decision(Decision(reason, by, "2026-11-26T05:00:00Z")))
    assert found is not None
    assert found.reason == " ".join(reason.split())
    assert found.by == " ".join(by.split())
    assert found.at == "2026-11-26T05:00:00Z"


def test_those_kept_out_never_get_into_a_draft(store: Store) -> None:
    rois = drawn(store, ("clear", "clear", "close", "copy"))
    learning.decide_synthetic(store, (rois[0].id, rois[2].id), False, "wrong class look")
    draft = reading.draft_default(store)
    assert dict(draft.synthetic_per_category)["cyst"] == 1
    assert [one.id for one in learning.synthetic_rois(store, accepted=True)] == [rois[1].id]


# --- synthetic ROIs on maps

POINTS = (EmbeddingPoint(3, False, 1 / 3, -2.5), EmbeddingPoint(3, True, 1.0, 2.0))


def test_synthetic_rois_are_placed_on_a_map_without_changing_it(store: Store) -> None:
    run = run_of(store, "classifier")
    with pytest.raises(StudyError, match="no map yet"):
        learning.place_synthetic(store, run, ())
    saved = learning.save_embedding(store, run, POINTS, (("perplexity", 30.0),))
    assert saved.synthetic == ()
    placed = (SyntheticPoint(7, 0.1, 1 / 7), SyntheticPoint(9, -4.0, 2.0))
    found = learning.place_synthetic(store, run, placed)
    assert (found.points, found.measures, found.synthetic) == (POINTS, saved.measures, placed)
    assert learning.embedding(store, run) == found
    learning.place_synthetic(store, run, placed[:1])
    again = learning.embedding(store, run)
    assert again is not None
    assert (again.points, again.synthetic) == (POINTS, placed[:1])


def test_a_map_of_four_columns_is_still_read_and_added_to(store: Store) -> None:
    run = run_of(store, "classifier")
    learning.save_embedding(store, run, POINTS)
    old = np.array([(p.lesion_id, p.augmented, p.x, p.y) for p in POINTS], dtype=np.float64)
    with store.transaction() as session:
        row = EmbeddingRow(run_id=run, measures=(), created="2026-11-01T00:00:00Z", points=old)
        session.delete(session.get_one(EmbeddingRow, run))
        session.flush()
        session.add(row)
    found = learning.embedding(store, run)
    assert found is not None
    assert (found.points, found.synthetic) == (POINTS, ())
    placed = (SyntheticPoint(2, 0.5, 0.25),)
    assert learning.place_synthetic(store, run, placed).synthetic == placed
    again = learning.embedding(store, run)
    assert again is not None
    assert (again.points, again.synthetic) == (POINTS, placed)
