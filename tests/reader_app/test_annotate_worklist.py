"""What comes next: lesions and cases in any state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from reader_app.state.annotate_state import worklist
from reader_app.state.annotate_state.history import History, LesionStep, MarginStep
from reader_app.state.annotate_state.margins import shown_margins
from studies.records import (
    DEFAULT_SCHEME,
    CaseRecord,
    ContourRecord,
    LesionRecord,
    SeriesRecord,
)

SERIES = SeriesRecord(
    1, 1, "P", "1.2", "dicom", "", 9, 64, 64, 1.0, 1.0, 5.0, "", True, False, (), Path()
)
LESION = LesionRecord(1, 1, 1, "P", "L1", "", "", "", False, None, None, None, 0)
CASE = CaseRecord(1, "P", False, False, (SERIES,), "")
STATES = st.lists(st.lists(st.sampled_from(("done", "margin", "no margin")), max_size=4))


def build(states: list[list[str]]) -> tuple[worklist.Group, ...]:
    """A case per list, a lesion per state."""
    cases = tuple(replace(CASE, id=i) for i in range(len(states)))
    lesions = []
    for case, found in zip(cases, states, strict=True):
        for state in found:
            ready = {"category": "cyst", "basis": "biopsy"} if state == "done" else {}
            drawn = 0 if state == "no margin" else 1
            lesions.append(
                replace(LESION, id=len(lesions), case_id=case.id, contours=drawn, **ready)
            )
    return worklist.groups(cases, tuple(lesions))


@given(STATES)
def test_states_are_as_built_and_next_lesion_visits_every_one(states: list[list[str]]) -> None:
    groups = build(states)
    assert [[e.state for e in g.entries] for g in groups] == states
    assert [g.done for g in groups] == [found.count("done") for found in states]
    total = sum(map(len, states))
    at, seen = None, []
    for _ in range(total):
        at = worklist.next_lesion(groups, None, at)
        seen.append(at)
    assert seen == list(range(total))
    if total:
        assert worklist.next_lesion(groups, None, at) == 0


@given(STATES.filter(bool), st.integers(0, 20))
def test_next_case_is_the_nearest_with_something_missing(
    states: list[list[str]], start: int
) -> None:
    groups = build(states)
    here = start % len(states)
    following = worklist.next_case(groups, here)
    is_open = [not found or set(found) != {"done"} for found in states]
    if any(is_open):
        steps = (following - here - 1) % len(states)
        assert is_open[following]
        assert not any(is_open[(here + 1 + k) % len(states)] for k in range(steps))
    else:
        assert following == (here + 1) % len(states)


def test_nothing_comes_next_in_an_empty_study() -> None:
    assert worklist.next_lesion((), None, None) is None
    assert worklist.next_case((), None) is None


def test_a_new_step_drops_what_was_undone() -> None:
    history = History()
    first, second = LesionStep(1, True), MarginStep(1, 4)
    history.add(first)
    history.add(second)
    history.undid(second)
    assert history.to_undo() == first
    assert history.to_redo() == second
    history.redid()
    assert history.to_undo() == second
    history.undid(second)
    history.add(MarginStep(1, 5))
    assert history.to_redo() is None


def margin(number: int, lesion: int, index: int, author: str, tool: str) -> ContourRecord:
    points = ((1.0, 1.0), (5.0, 1.0), (1.0, 5.0))
    return ContourRecord(number, lesion, 1, "1.2.3", index, author, points, tool, "")


def test_ones_own_margins_come_first_and_other_persons_stay_hidden() -> None:
    lesions = (replace(LESION, category="cyst"), replace(LESION, id=2))
    found = shown_margins(
        (
            margin(1, 1, 3, "phantom", "phantom"),
            margin(2, 1, 3, "me", "freehand"),
            margin(3, 1, 4, "phantom", "phantom"),
            margin(4, 2, 3, "other", "freehand"),
            margin(5, 9, 3, "me", "freehand"),
        ),
        lesions,
        "me",
        2,
        DEFAULT_SCHEME,
    )
    assert [(m.margin.id, m.is_own) for m in found] == [(2, True), (3, False)]
    assert found[0].category == DEFAULT_SCHEME.category("cyst")
    assert not found[0].is_chosen
