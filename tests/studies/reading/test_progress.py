"""How far a reader is: what has to be answered again does not count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from reading_study import answer, loose_draft, readable_study

from studies import reading
from studies.package import PackageTrial, ReadingPackage, Response
from studies.records import ReaderRecord
from studies.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Sealed with three training trials, all of which must be right."""
    with readable_study(tmp_path / "p.blindread", per_class=3, synthetic=2) as made:
        plain = loose_draft(made)
        few = tuple((code, 2) for code, _ in plain.real_per_category)
        draft = replace(plain, real_per_category=few, training=3, pass_mark=1.0)
        reading.seal(made, draft, override="small")
        yield made


def classed(trial: PackageTrial, *, right: bool) -> Response:
    wrong = "cyst" if trial.right != "cyst" else "metastasis"
    return answer(trial, trial.right if right else wrong)


def read_training(reader: ReaderRecord, *, right: bool) -> None:
    """One pass through the training."""
    assert reader.package is not None
    package = ReadingPackage.open(reader.package)
    for _ in range(3):
        trial = package.current
        assert trial is not None
        assert trial.right
        package.record(classed(trial, right=right))
    package.close()


def test_a_training_that_was_not_passed_counts_for_nothing(store: Store) -> None:
    reader = reading.enrol(store, "Reader 1")
    read_training(reader, right=False)
    assert reading.readers(store)[0].answered == 0, "in the package"
    merged = reading.merge(store, reader.id)
    assert (merged.answered, merged.parts[0].state) == (0, "open")


def test_a_training_that_was_passed_counts(store: Store) -> None:
    reader = reading.enrol(store, "Reader 1")
    read_training(reader, right=False)
    reading.merge(store, reader.id)
    read_training(reader, right=True)
    assert reading.readers(store)[0].answered == 3, "in the package"
    assert reading.merge(store, reader.id).answered == 3


def test_a_part_to_come_counts_the_trials_that_it_will_have(tmp_path: Path) -> None:
    """Training is of the first part; slices are of real items, so of real practice too."""
    with readable_study(tmp_path / "w.blindread", per_class=5, synthetic=3) as wide:
        plain = loose_draft(wide)
        chosen = {
            "real_per_category": tuple((code, 2) for code, _ in plain.real_per_category),
            "synthetic_per_category": tuple((code, 1) for code, _ in plain.synthetic_per_category),
        }
        draft = replace(
            plain, conditions=("roi", "slice"), counterbalanced=False, training=3, practice=2,
            repeats=0, washout_days=0, **chosen,
        )  # fmt: skip
        reading.seal(wide, draft, override="small")
        reader = reading.enrol(wide, "Reader 1")
        planned = reader.parts[1].trials
        assert reader.package is not None
        package = ReadingPackage.open(reader.package)
        while (trial := package.current) is not None:
            package.record(classed(trial, right=True) if trial.right else answer(trial))
        package.close()
        reading.merge(wide, reader.id)
        made = reading.issue_part(wide, reader.id).parts[1]
        assert made.trials == planned
        assert made.trials < 6 + 5, "no training in the second part"
