"""A simulated reader: as skilled as asked, through the real package, labelled as simulated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from reading_study import loose_draft, readable_study

from reader_app.workflows.simulate_reader import Skill, simulate_reader
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
