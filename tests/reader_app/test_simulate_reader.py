"""A simulated reader: as skilled as asked, through the real package, labelled as simulated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from reading_study import loose_draft, readable_study

from reader_app.workflows.simulate_reader import NO_MEMORY, Skill, simulate_reader
from studies import reading
from studies.package import ReadingPackage
from studies.records import AnswerRecord, ReaderRecord
from studies.store import Store

PERFECT = Skill(usual_accuracy=1.0, d_prime=40.0)
HOPELESS = Skill((("cyst", 0.0),), usual_accuracy=0.0, d_prime=-40.0)
LEANING = Skill((("cyst", 1.0),), usual_accuracy=0.0, d_prime=0.0, criterion=40.0, seconds=3.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with readable_study(tmp_path / "s", synthetic=3) as made:
        yield made


def read(store: Store, name: str, skill: Skill, seed: int = 1) -> ReaderRecord:
    running = simulate_reader(store, name, skill, seed)
    while True:
        try:
            assert next(running).done >= 0
        except StopIteration as ended:
            result: ReaderRecord = ended.value
            return result


def answers(store: Store, name: str) -> list[AnswerRecord]:
    return [answer for answer in reading.answers(store) if answer.reader == name]


def test_readers_are_as_skilled_as_asked(store: Store) -> None:
    reading.seal(store, loose_draft(store))
    for name, skill in (("perfect", PERFECT), ("hopeless", HOPELESS), ("leaning", LEANING)):
        reader = read(store, name, skill)
        assert (reader.kind, reader.note) == ("simulated", "simulated, no person")
        assert reader.answered == reader.trials
        assert reader.finished
    reading.unblind(store, "tester", "the test looks")
    perfect, hopeless, leaning = (answers(store, n) for n in ("perfect", "hopeless", "leaning"))
    assert all(a.diagnosis == a.truth_category and a.origin == a.truth_origin for a in perfect)
    assert all(a.diagnosis != a.truth_category and a.origin != a.truth_origin for a in hopeless)
    assert {a.origin for a in leaning} == {"real"}
    assert all((a.diagnosis == a.truth_category) == (a.truth_category == "cyst") for a in leaning)
    assert {a.confidence for a in perfect} <= {1, 2, 3, 4, 5}
    median = sorted(a.seconds for a in leaning)[len(leaning) // 2]
    assert 2.0 < median < 4.5
    assert reading.verify(store).ok


def test_only_what_is_asked_is_answered(store: Store) -> None:
    reading.seal(store, loose_draft(store, questions=("diagnosis",)))
    read(store, "R", PERFECT)
    reading.unblind(store, "tester", "the test looks")
    assert {(a.origin, a.confidence) for a in answers(store, "R")} == {("", None)}


def test_the_seed_decides_the_answers(store: Store) -> None:
    reading.seal(store, loose_draft(store))
    for name, seed in (("A", 5), ("B", 5), ("C", 6)):
        read(store, name, Skill(), seed)
    reading.unblind(store, "tester", "the test looks")
    seconds = {name: [a.seconds for a in answers(store, name)] for name in "ABC"}
    assert seconds["A"][0] == pytest.approx(seconds["B"][0], abs=1e-6)
    assert seconds["A"][0] != pytest.approx(seconds["C"][0], abs=1e-6)


def test_cut_off_it_leaves_a_package_that_can_be_read_on(store: Store) -> None:
    reading.seal(store, loose_draft(store))
    running = simulate_reader(store, "R", Skill(), 1)
    next(running)
    next(running)
    running.close()
    (reader,) = reading.readers(store)
    assert reader.package is not None
    package = ReadingPackage.open(reader.package)
    assert 0 < package.answered < package.total
    assert package.verify().ok
    package.close()


def test_a_reader_who_leaves_keeps_the_answers_given(store: Store) -> None:
    reading.seal(store, loose_draft(store))
    reader = read(store, "R", Skill(missing=0.25))
    assert (reader.trials, reader.answered, reader.finished) == (24, 18, "")
    reading.unblind(store, "tester", "the test looks")
    assert [answer.position for answer in answers(store, "R")] == list(range(18))


def test_a_reader_who_never_comes_answers_nothing(store: Store) -> None:
    reading.seal(store, loose_draft(store))
    assert read(store, "R", Skill(missing=1.0)).answered == 0


def test_a_drift_makes_the_end_better_than_the_beginning(store: Store) -> None:
    reading.seal(store, loose_draft(store))
    read(store, "R", Skill(usual_accuracy=0.5, d_prime=0.0, drift=80.0, d_prime_drift=80.0))
    reading.unblind(store, "tester", "the test looks")
    given = answers(store, "R")
    early, late = given[:11], given[13:]
    assert not any(a.diagnosis == a.truth_category or a.origin == a.truth_origin for a in early)
    assert all(a.diagnosis == a.truth_category and a.origin == a.truth_origin for a in late)


def test_a_drift_is_centred_and_leaves_certainty_alone() -> None:
    skill = Skill((("cyst", 1.0),), usual_accuracy=0.8, d_prime=1.0, drift=1.5, d_prime_drift=0.4)
    assert skill.chance_right("metastasis", 0.5) == pytest.approx(0.8)
    assert skill.chance_right("metastasis", 0.0) < 0.8 < skill.chance_right("metastasis", 1.0)
    assert skill.chance_right("cyst", 0.0) == 1.0
    assert [skill.separation(place) for place in (0.0, 0.5, 1.0)] == pytest.approx([0.8, 1.0, 1.2])


@pytest.mark.parametrize(
    "wrong", [{"usual_accuracy": 1.1}, {"missing": -0.1}, {"accuracy": (("cyst", 2.0),)}]
)
def test_what_is_no_share_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="shares between 0 and 1"):
        Skill(**wrong)  # type: ignore[arg-type]


def test_stages_are_read_one_after_the_other_without_a_washout(store: Store) -> None:
    reading.seal(store, loose_draft(store, staged=True, stage_b_waits=True))
    reader = read(store, "R", PERFECT)
    assert [part.state for part in reader.parts] == ["finished", "finished"]
    assert reader.parts[1].override == NO_MEMORY
    reading.unblind(store, "tester", "the test looks")
    given = answers(store, "R")
    first, second = (given[:24], given[24:])
    assert all(a.diagnosis == a.truth_category and a.origin == "" for a in first)
    assert all(a.origin == a.truth_origin and a.diagnosis == "" for a in second)
    assert {a.confidence for a in second} == {5}, "so far from the criterion nobody doubts"


def test_who_leaves_in_the_first_stage_gets_no_second(store: Store) -> None:
    reading.seal(store, loose_draft(store, staged=True))
    reader = read(store, "R", Skill(missing=0.75))
    assert (reader.trials, reader.answered) == (48, 12)
    assert [part.package is None for part in reader.parts] == [False, True]


def test_training_is_passed_by_the_poorest_reader(store: Store) -> None:
    few = (("cyst", 2), ("metastasis", 2), ("hemangioma", 2))
    draft = loose_draft(store, real_per_category=few, synthetic_per_category=few)
    reading.seal(store, replace(draft, training=4, pass_mark=0.9))
    reader = read(store, "R", HOPELESS)
    assert reader.finished
    reading.unblind(store, "tester", "the test looks")
    assert all(a.diagnosis != a.truth_category for a in answers(store, "R"))
    assert len(answers(store, "R")) == 12


def test_an_own_answer_is_kept_beside_a_networks_opinion(store: Store) -> None:
    reading.seal(store, loose_draft(store, conditions=("aided",), aid_arm="cnn-aug"))
    said = tuple(
        reading.ModelAnswer(item.id, "cyst", (0.8, 0.1, 0.1))
        for item in reading.sealed_items(store)
        if item.origin == "real"
    )
    reading.record_model_reading(store, "CNN-AUG", "the one that aids", said)
    reader = read(store, "R", PERFECT)
    assert (reader.answered, reader.trials) == (len(said), len(said))
    reading.unblind(store, "tester", "the test looks")
    given = answers(store, "R")
    assert sorted(a.step for a in given) == [1] * len(said) + [2] * len(said)
    assert all(a.diagnosis == a.truth_category for a in given)
