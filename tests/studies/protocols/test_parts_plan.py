"""Which parts a reader reads, in which order: pure, before anything is sealed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from studies.errors import StudyError
from studies.protocols.parts import balanced_row, caution, parts
from studies.records import ProtocolDraft

BOTH_TASKS = ("diagnosis", "origin", "confidence")


def draft(**changes: object) -> ProtocolDraft:
    plain = ProtocolDraft("x", (("cyst", 1),), (("cyst", 1),))
    return replace(plain, **changes)  # type: ignore[arg-type]


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


def test_the_order_of_tasks_is_not_tied_to_the_order_of_conditions() -> None:
    both = draft(conditions=("roi", "slice"), tasks_rotate=True)
    seen = Counter()
    for reader in range(1, 9):
        planned = parts(both, reader)
        (roi,) = [part for part in planned if part.condition == "roi"]
        seen[planned[0].condition, roi.questions[0]] += 1
    assert set(seen.values()) == {2}
    assert len(seen) == 4


def test_a_design_in_which_familiarity_tells_the_origin_is_named() -> None:
    assert caution(draft(conditions=("roi", "slice")))
    assert caution(draft()) == ""
    assert caution(draft(conditions=("roi", "slice"), questions=("diagnosis",))) == ""


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
