"""Parts of a reading: stages, conditions, washout, counterbalancing; a package each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from reading_study import answer, loose_draft, readable_study

from studies import reading
from studies.errors import SealedError, StudyError
from studies.package import Clock, PackageTrial, ReadingPackage, Response
from studies.protocols.parts import balanced_row, parts
from studies.reading import ModelAnswer
from studies.records import ProtocolDraft, ReaderRecord
from studies.store import Store

BOTH_TASKS = ("diagnosis", "origin", "confidence")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with readable_study(tmp_path / "s.blindread") as made:
        yield made


def draft(**changes: object) -> ProtocolDraft:
    plain = ProtocolDraft("x", (("cyst", 1),), (("cyst", 1),))
    return replace(plain, **changes)  # type: ignore[arg-type]


def at(days: float) -> Clock:
    """A clock that stands so many days from now."""
    moment = datetime.now(UTC) + timedelta(days=days)
    return Clock(lambda: moment, lambda: 0)


def read(
    store: Store, reader: ReaderRecord, *, days: float = 0.0, step_two: bool = False
) -> ReaderRecord:
    """Answer every trial of the part at hand and take it in."""
    assert reader.package is not None
    package = ReadingPackage.open(reader.package, at(days))
    while (trial := package.current) is not None:
        package.record(said(package, trial))
        if step_two and trial.opinion:
            package.record(replace(said(package, trial), diagnosis="metastasis", step=2))
    package.close()
    return reading.merge(store, reader.id)


def said(package: ReadingPackage, trial: PackageTrial) -> Response:
    """A complete answer to what this package asks."""
    asked = {question.code for question in package.questions}
    whole = answer(trial)
    return replace(
        whole,
        diagnosis=whole.diagnosis if "diagnosis" in asked else "",
        origin=whole.origin if "origin" in asked else "",
        confidence=whole.confidence if "confidence" in asked else None,
    )


# --- the plan


def test_the_papers_reading_is_one_part() -> None:
    (only,) = parts(draft(), 1)
    assert (only.stage, only.condition, only.questions) == ("both", "roi", BOTH_TASKS)
    assert only.washout_days == 0


def test_every_stage_a_comes_before_stage_b_and_b_asks_the_origin_only() -> None:
    planned = parts(draft(staged=True, conditions=("roi", "slice")), 1)
    assert [(p.stage, p.condition) for p in planned] == [("A", "roi"), ("A", "slice"), ("B", "roi")]
    assert [p.questions for p in planned] == [
        ("diagnosis", "confidence"),
        ("diagnosis", "confidence"),
        ("origin", "confidence"),
    ]
    assert [p.washout_days for p in planned] == [0, 28, 0], "B follows at once, by the protocol"
    waits = parts(draft(staged=True, stage_b_waits=True, washout_days=14), 1)
    assert [p.washout_days for p in waits] == [0, 14]


@pytest.mark.parametrize("size", [2, 3, 4])
def test_orders_of_conditions_are_balanced_for_place_and_carry_over(size: int) -> None:
    rows = [balanced_row(size, reader) for reader in range(size if size % 2 == 0 else 2 * size)]
    for column in range(size):
        assert len(set(Counter(row[column] for row in rows).values())) == 1
    followed = Counter(pair for row in rows for pair in pairwise(row))
    assert len(followed) == size * (size - 1)
    assert len(set(followed.values())) == 1


def test_conditions_rotate_over_readers_unless_asked_not_to() -> None:
    both = draft(conditions=("roi", "slice"))
    first = [parts(both, reader)[0].condition for reader in (1, 2, 3, 4)]
    assert first == ["roi", "slice", "roi", "slice"]
    fixed = replace(both, counterbalanced=False)
    assert {parts(fixed, reader)[0].condition for reader in (1, 2, 3)} == {"roi"}


def test_tasks_rotate_over_readers_where_asked() -> None:
    asked = [parts(draft(tasks_rotate=True), reader)[0].questions for reader in (1, 2, 3)]
    assert asked == [BOTH_TASKS, ("origin", "diagnosis", "confidence"), BOTH_TASKS]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"conditions": ()}, "conditions are some of"),
        ({"conditions": ("roi", "roi")}, "each of them once"),
        ({"conditions": ("film",)}, "conditions are some of"),
        ({"staged": True, "questions": ("diagnosis",)}, "both questions"),
        ({"staged": True, "conditions": ("slice",)}, "ROIs only"),
        ({"questions": ("origin",), "conditions": ("slice",)}, "ask the class"),
        ({"conditions": ("aided",)}, "choose which arm"),
    ],
)
def test_what_does_not_fit_together_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(StudyError, match=words):
        parts(draft(**changes), 1)


# --- two stages


def test_stage_b_is_a_package_of_its_own_after_stage_a(store: Store) -> None:
    reading.seal(store, loose_draft(store, staged=True, ask_unusual=True), override="test")
    reader = reading.enrol(store, "Reader 1")
    assert [part.state for part in reader.parts] == ["open", "waiting"]
    assert reader.trials == 54, "27 items, twice"
    with pytest.raises(StudyError, match="not finished part 1"):
        reading.issue_part(store, reader.id)
    first = reader.package
    reader = read(store, reader)
    assert [part.state for part in reader.parts] == ["finished", "ready"]
    assert reader.finished == "", "stage B is still to come"
    reader = reading.issue_part(store, reader.id)
    assert reader.package != first
    assert first is not None
    assert reader.package is not None
    one, two = ReadingPackage.open(first), ReadingPackage.open(reader.package)
    assert [q.code for q in one.questions] == ["diagnosis", "confidence"]
    assert [q.code for q in two.questions] == ["origin", "confidence"]
    assert (one.contents.ask_unusual, two.contents.ask_unusual) == (True, False)
    assert not {t.trial_id for t in one.trials} & {t.trial_id for t in two.trials}
    assert [t.sha256 for t in one.trials] != [t.sha256 for t in two.trials], "another order"
    assert sorted(t.sha256 for t in one.trials) == sorted(t.sha256 for t in two.trials)
    for package in (one, two):
        package.close()
    reader = read(store, reader)
    assert reader.finished
    with pytest.raises(SealedError, match="every part"):
        reading.issue_part(store, reader.id)


def test_stage_a_knows_nothing_of_synthesis(store: Store) -> None:
    reading.seal(store, loose_draft(store, staged=True, ask_unusual=True), override="test")
    reader = reading.enrol(store, "Reader 1")
    assert reader.package is not None
    text = (reader.package / "reading.sqlite").read_bytes().lower()
    for word in (b"synth", b"origin", b"stage", b"dcgan", b"real"):
        assert word not in text, word
    reader = reading.issue_part(store, read(store, reader).id)
    assert reader.package is not None
    assert b"synth" in (reader.package / "reading.sqlite").read_bytes().lower(), "stage B asks it"


def test_answers_of_both_stages_are_told_apart(store: Store) -> None:
    reading.seal(store, loose_draft(store, staged=True), override="test")
    reader = reading.enrol(store, "Reader 1")
    reader = read(store, reader)
    reader = read(store, reading.issue_part(store, reader.id))
    reading.unblind(store, "C", "done")
    found = reading.answers(store)
    assert Counter((a.stage, a.part) for a in found) == {("A", 1): 27, ("B", 2): 27}
    assert all(bool(a.diagnosis) == (a.stage == "A") for a in found)
    assert all(bool(a.origin) == (a.stage == "B") for a in found)
    assert reading.verify(store).ok


# --- the washout


def test_the_washout_names_its_end_and_a_reason_cuts_it_short(store: Store) -> None:
    reading.seal(
        store, loose_draft(store, staged=True, stage_b_waits=True, washout_days=30), override="t"
    )
    reader = read(store, reading.enrol(store, "Reader 1"), days=-10)
    due = reader.parts[1]
    assert due.state == "waiting"
    expected = datetime.now(UTC) + timedelta(days=20)
    assert due.opens[:10] == expected.date().isoformat()
    with pytest.raises(StudyError, match=rf"opens on {due.opens[:10]}, after a washout of 30"):
        reading.issue_part(store, reader.id)
    reader = reading.issue_part(store, reader.id, override="The reader retires")
    assert reader.parts[1].override == "The reader retires"
    assert reader.parts[1].state == "open"


def test_after_the_washout_no_reason_is_asked_or_kept(store: Store) -> None:
    reading.seal(store, loose_draft(store, staged=True, stage_b_waits=True), override="t")
    reader = read(store, reading.enrol(store, "Reader 1"), days=-29)
    assert reader.parts[1].state == "ready"
    assert reading.issue_part(store, reader.id, override="none").parts[1].override == ""


# --- conditions


def test_slices_are_frozen_with_a_ring_and_shown_without_the_synthetic_items(store: Store) -> None:
    wide = loose_draft(store, conditions=("roi", "slice"), counterbalanced=False)
    reading.seal(store, wide, override="t")
    reader = read(store, reading.enrol(store, "Reader 1"), days=-40)
    reader = reading.issue_part(store, reader.id)
    assert reader.package is not None
    package = ReadingPackage.open(reader.package)
    assert len(package.trials) == 15, "real items only"
    assert [q.code for q in package.questions] == ["diagnosis", "confidence"]
    for trial in package.trials:
        picture = trial.picture
        assert (picture.slices, picture.rows, picture.columns) == (1, 96, 96)
        assert picture.ring is not None
        x, y, radius = picture.ring
        assert 0 < x - radius < x + radius < 96
        assert 0 < y - radius < y + radius < 96
        data = (package.folder / "items" / f"{trial.trial_id}.raw").read_bytes()
        assert len(data) == picture.size == 96 * 96
        levels = np.frombuffer(data, np.uint8).reshape(96, 96)
        assert int(levels.max()) - int(levels.min()) > 50
    package.close()
    assert reading.verify(store).ok


def test_a_changed_slice_is_found(store: Store) -> None:
    reading.seal(store, loose_draft(store, conditions=("slice",)), override="t")
    assert reading.verify(store).ok
    file = next(store.items_folder.glob("*.slice"))
    file.write_bytes(file.read_bytes()[::-1])
    assert "1 pictures of version 1" in reading.verify(store).sentence


def test_a_volume_of_single_pictures_is_refused_and_nothing_stays(store: Store) -> None:
    with pytest.raises(StudyError, match="single picture"):
        reading.seal(store, loose_draft(store, conditions=("volume",)), override="t")
    assert list(store.items_folder.iterdir()) == []
    assert reading.protocols(store) == ()


def test_aided_reading_waits_for_the_network_and_keeps_both_answers(store: Store) -> None:
    reading.seal(store, loose_draft(store, conditions=("aided",), aid_arm="cnn-aug"), override="t")
    with pytest.raises(StudyError, match="CNN-AUG says of each ROI"):
        reading.enrol(store, "Reader 1")
    items = reading.sealed_items(store)
    opinions = tuple(ModelAnswer(item.id, "cyst", (0.5, 0.3, 0.2)) for item in items)
    reading.record_model_reading(store, "CNN-AUG", "out-of-fold", opinions)
    reader = read(store, reading.enrol(store, "Reader 1"), step_two=True)
    assert reader.finished
    reading.unblind(store, "C", "done")
    found = [a for a in reading.answers(store) if a.reader_kind == "person"]
    assert Counter((a.condition, a.step, a.diagnosis) for a in found) == {
        ("aided", 1, "cyst"): 15,
        ("aided", 2, "metastasis"): 15,
    }
    assert reading.verify(store).ok


def test_an_aided_trial_without_its_second_answer_is_not_answered(store: Store) -> None:
    reading.seal(store, loose_draft(store, conditions=("aided",), aid_arm="cnn"), override="t")
    items = reading.sealed_items(store)
    opinions = tuple(ModelAnswer(item.id, "cyst", (1.0, 0.0, 0.0)) for item in items)
    reading.record_model_reading(store, "CNN", "out-of-fold", opinions)
    reader = reading.enrol(store, "Reader 1")
    assert reader.package is not None
    package = ReadingPackage.open(reader.package)
    trial = package.current
    assert trial is not None
    package.record(said(package, trial))
    assert package.current == trial, "the opinion is to be seen first"
    package.close()
    assert reading.merge(store, reader.id).parts[0].answered == 0


# --- training and practice


def test_training_names_the_class_and_comes_before_practice_and_study(store: Store) -> None:
    spare = loose_draft(store)
    fewer = tuple((code, 3) for code, _ in spare.real_per_category)
    reading.seal(
        store,
        replace(spare, real_per_category=fewer, training=3, practice=2, pass_mark=0.5),
        override="t",
    )
    reader = reading.enrol(store, "Reader 1")
    assert reader.package is not None
    package = ReadingPackage.open(reader.package)
    right = [trial.right for trial in package.trials]
    assert all(right[:3])
    assert not any(right[3:])
    assert [trial.practice for trial in package.trials[:5]] == [True] * 5
    assert not any(trial.practice for trial in package.trials[5:])
    assert package.contents.pass_mark == 0.5
    package.close()
    assert reader.trials == len(right)


def test_old_drafts_without_parts_still_open(store: Store) -> None:
    from studies.reading.stored import draft_json, draft_of

    stored = json.loads(draft_json(loose_draft(store)))
    for name in ("staged", "conditions", "audits", "training", "aid_arm", "readers_planned"):
        del stored[name]
    assert draft_of(json.dumps(stored)) == loose_draft(store)
