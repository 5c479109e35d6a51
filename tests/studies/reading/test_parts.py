"""Parts of a reading: stages, conditions, washout, counterbalancing; a package each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from reading_study import answer, loose_draft, readable_study

from studies import reading
from studies.errors import SealedError, StudyError, WashoutError
from studies.package import Clock, PackageTrial, ReadingPackage, Response
from studies.reading import ModelAnswer
from studies.records import ReaderRecord
from studies.store import Store

BOTH_TASKS = ("diagnosis", "origin", "confidence")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with readable_study(tmp_path / "s.blindread") as made:
        yield made


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
    moment = at(days).wall().isoformat(timespec="seconds")
    with pytest.MonkeyPatch.context() as then:
        then.setattr("studies.reading.merging.now", lambda: moment)
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


# --- turns


def test_networks_between_people_do_not_shift_the_rotation(store: Store) -> None:
    wide = loose_draft(store, conditions=("roi", "slice"), tasks_rotate=True)
    reading.seal(store, wide, override="t")
    items = reading.sealed_items(store)
    answers = tuple(ModelAnswer(item.id, "cyst", (1.0, 0.0, 0.0)) for item in items)
    first = []
    for number in range(1, 5):
        reading.record_model_reading(store, f"NET{number}", "out-of-fold", answers)
        first.append(reading.enrol(store, f"Reader {number}").parts[0].plan.condition)
    assert first == ["roi", "slice", "roi", "slice"]


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
    pictures = [sorted(p.image(t).tobytes() for t in p.trials) for p in (one, two)]
    assert pictures[0] == pictures[1], "the same items"
    assert not {t.sha256 for t in one.trials} & {t.sha256 for t in two.trials}, "no file twice"
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


def test_a_wrong_clock_of_the_reader_does_not_shorten_the_washout(store: Store) -> None:
    reading.seal(store, loose_draft(store, staged=True, stage_b_waits=True), override="t")
    reader = reading.enrol(store, "Reader 1")
    assert reader.package is not None
    package = ReadingPackage.open(reader.package, at(-60))
    while (trial := package.current) is not None:
        package.record(said(package, trial))
    package.close()
    assert reading.merge(store, reader.id).parts[1].state == "waiting"
    with pytest.raises(WashoutError):
        reading.issue_part(store, reader.id)


def test_a_package_made_ahead_opens_when_the_washout_ends(store: Store) -> None:
    reading.seal(store, loose_draft(store, staged=True, stage_b_waits=True), override="t")
    reader = read(store, reading.enrol(store, "Reader 1"))
    opens = reader.parts[1].opens
    reader = reading.issue_part(store, reader.id, ahead=True)
    assert reader.package is not None
    package = ReadingPackage.open(reader.package)
    assert package.contents.not_before == opens
    assert reader.parts[1].override == ""
    assert (reader.parts[1].state, reader.parts[1].opens) == ("open", opens)
    package.close()


def test_an_amendment_is_no_way_round_the_washout(store: Store) -> None:
    of_class = loose_draft(store, synthetic_per_category=(), questions=("diagnosis", "confidence"))
    reading.seal(store, of_class, override="t")
    read(store, reading.enrol(store, "Reader 1"), days=-3)
    reading.seal(store, replace(of_class, seed=5), override="t")
    with pytest.raises(WashoutError, match="in an earlier version"):
        reading.enrol(store, "reader 1")
    assert reading.enrol(store, "Reader 2").parts[0].override == ""
    again = reading.enrol(store, "Reader 1", override="only this reader is left")
    assert again.parts[0].override == "only this reader is left"
    said_so = reading.deviations(store, again.protocol_id)
    assert any("only this reader is left" in sentence for sentence in said_so)


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
        read_back = package.picture(trial)
        while not read_back.is_whole:
            read_back.step()
        levels = read_back.pixels()
        assert int(levels.max()) - int(levels.min()) > 50
        assert np.corrcoef(levels[0, :-1].ravel(), levels[0, 1:].ravel())[0, 1] > 0.5, "a picture"
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


def test_a_network_that_read_only_some_cannot_aid(store: Store) -> None:
    reading.seal(store, loose_draft(store, conditions=("aided",), aid_arm="cnn"), override="t")
    some = reading.sealed_items(store)[1:]
    reading.record_model_reading(
        store, "CNN", "", tuple(ModelAnswer(i.id, "cyst", (1.0, 0.0, 0.0)) for i in some)
    )
    with pytest.raises(StudyError, match="has not read this version"):
        reading.enrol(store, "Reader 1")


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


def test_what_training_has_named_is_never_read_again(store: Store) -> None:
    some = loose_draft(store)
    fewer = tuple((code, 3) for code, _ in some.real_per_category)
    taught = replace(some, real_per_category=fewer, training=4)
    before = reading.available(store)
    reading.seal(store, taught, override="t")
    assert reading.available(store).real == before.real, "nobody has been told anything yet"
    reading.enrol(store, "Reader 1")
    assert sum(count for _, count in reading.available(store).real) < 15
    assert sum(count for _, count in reading.available(store).real) >= 11


def test_slices_of_training_are_of_other_patients(store: Store) -> None:
    some = loose_draft(store, conditions=("slice",), synthetic_per_category=(), training=3)
    fewer = tuple((code, 3) for code, _ in some.real_per_category)
    items = reading.draw_items(store, replace(some, real_per_category=fewer))
    studied = {item.patient for item in items if not item.practice}
    warming = {item.patient for item in items if item.practice}
    assert warming
    assert not studied & warming


def test_old_drafts_without_parts_still_open(store: Store) -> None:
    from studies.reading.stored import draft_json, draft_of

    stored = json.loads(draft_json(loose_draft(store)))
    for name in ("staged", "conditions", "audits", "training", "aid_arm", "readers_planned"):
        del stored[name]
    assert draft_of(json.dumps(stored)) == loose_draft(store)


def test_what_was_unusual_is_asked_once_at_the_end_of_the_last_stage_a(store: Store) -> None:
    asked = loose_draft(store, staged=True, ask_unusual=True, conditions=("roi", "slice"))
    reading.seal(store, replace(asked, counterbalanced=False), override="t")
    reader = reading.enrol(store, "Reader 1")
    seen = []
    for number in range(3):
        assert reader.package is not None
        package = ReadingPackage.open(reader.package)
        seen.append(package.contents.ask_unusual)
        package.close()
        reader = read(store, reader)
        if number < 2:
            reader = reading.issue_part(store, reader.id, override="a test")
    assert seen == [False, True, False]
