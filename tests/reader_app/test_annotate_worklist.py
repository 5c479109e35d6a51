"""What comes next: lesions and cases in any state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from reader_app.state.annotate_state import worklist
from reader_app.state.annotate_state.history import History, LesionStep, MarginStep
from reader_app.state.annotate_state.margins import Whereabouts, shown_margins, whereabouts
from reader_app.views.annotate import on_slice
from studies.cases import Authorship
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
def test_states_are_as_built_and_next_lesion_visits_all_of_a_case(states: list[list[str]]) -> None:
    groups = build(states)
    assert [[e.state for e in g.entries] for g in groups] == states
    assert [g.done for g in groups] == [found.count("done") for found in states]
    for group in groups:
        at, seen = None, []
        while (at := worklist.next_lesion(group, at)) is not None:
            seen.append(at)
        assert seen == [entry.lesion.id for entry in group.entries]


@given(STATES.filter(any))
def test_a_walk_begins_again_with_what_is_not_drawn(states: list[list[str]]) -> None:
    for group, found in zip(build(states), states, strict=True):
        first = found.index("no margin") if "no margin" in found else 0
        wanted = group.entries[first].lesion.id if found else None
        assert worklist.again(group) == wanted


def test_after_the_last_lesion_it_is_said_what_is_missing() -> None:
    groups = build([["done", "done"], ["done"], ["no margin", "done"], []])
    said = [worklist.at_end(groups, group) for group in groups[:3]]
    assert said == [
        "All 2 lesions of this case are drawn. Shift Enter: next case.",
        "The only lesion of this case is drawn. Shift Enter: next case.",
        "1 of 2 lesions of this case are drawn; missing: 1 margin, 1 class, 1 basis. "
        "Shift Enter: next case.",
    ]
    groups = groups[:3]
    assert worklist.at_end(groups, groups[2]).endswith(
        "Still missing in the study: 1 margin, 1 class, 1 basis (1 case)."
    )
    groups = build([["done"], ["done", "done"]])
    wanted = "All 2 lesions of this case are drawn. No case misses anything."
    assert worklist.at_end(groups, groups[1]) == wanted


def test_what_the_whole_study_misses_is_counted() -> None:
    groups = build([["no margin", "margin"], ["done"], [], []])
    said = worklist.still_missing(groups)
    assert said == (
        "Still missing in the study: 1 margin, 2 classes, 2 bases, 2 first lesions (3 cases)."
    )


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
    assert worklist.next_lesion(None, None) is None
    assert worklist.next_case((), None) is None


@given(STATES.filter(any), st.integers(0, 20))
def test_only_open_ones_are_listed_and_what_is_on_show(states: list[list[str]], at: int) -> None:
    groups = build(states)
    shown = [e.lesion for g in groups for e in g.entries][at % sum(map(len, states))]
    kept = worklist.open_ones(groups, shown.case_id, shown.id)
    assert all(g.is_open or g.case.id == shown.case_id for g in kept)
    listed = {e.lesion.id: e.state for g in kept for e in g.entries}
    assert shown.id in listed
    every = {e.lesion.id: e.state for g in groups for e in g.entries}
    assert listed == {n: s for n, s in every.items() if s != "done" or n == shown.id}


def test_what_is_missing_is_counted_in_words() -> None:
    first = Authorship(1, "A", ("A",), "A", False)
    lost = replace(first, lesion_id=2, people=("A", "me"), has_lost_key=True)
    compared = replace(lost, shown=("me",))
    lesions = (
        replace(LESION, category="cyst", contours=1),
        replace(LESION, id=2, category="cyst", basis="biopsy", contours=2, awaits_hu=True),
        replace(LESION, id=3),
    )
    (group,) = worklist.groups((CASE,), lesions, {1: first, 2: lost}, "me")
    assert group.missing == (
        "2 bases, 1 HU?, 1 key slice, 1 second author's margin, 1 margin, 1 class"
    )
    assert [e.is_blinded for e in group.entries] == [True, True, False]
    (group,) = worklist.groups((CASE,), lesions[1:2], {2: compared}, "me")
    assert (group.missing, group.entries[0].is_blinded) == ("1 HU?, 1 key slice", False)
    (group,) = worklist.groups((CASE,), lesions[:1], {1: first}, "")
    assert not group.entries[0].is_blinded
    (ready,) = worklist.groups((CASE,), lesions[1:2], {2: first}, "A")
    assert ready.missing == "1 HU?"


def test_a_new_step_drops_what_was_undone() -> None:
    history = History()
    first, second = LesionStep(1, True), MarginStep(1, 4)
    history.add(first)
    history.add(second)
    history.undid(second)
    assert history.to_undo() == first
    assert history.to_redo() == second
    history.redid(second)
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


def test_other_persons_margins_come_once_they_were_shown() -> None:
    """Beside own ones, never to be edited; where there are none, those that train stand in."""
    drawn = (
        margin(1, 1, 3, "other", "freehand"),
        margin(2, 1, 3, "me", "freehand"),
        margin(3, 1, 4, "other", "freehand"),
    )
    blinded = Authorship(1, "other", ("other", "me"), "other", False)

    def seen(author: str, who: Authorship, found: tuple[ContourRecord, ...]) -> list[object]:
        shown = shown_margins(found, (LESION,), author, 1, DEFAULT_SCHEME, {1: who})
        return [(m.margin.id, m.is_other, m.is_chosen, m.is_own) for m in shown]

    assert seen("me", blinded, drawn) == [(2, False, True, True)]
    assert seen("me", blinded, drawn[::2]) == []
    shown = replace(blinded, shown=("me",))
    theirs = [(1, True, False, False), (3, True, False, False)]
    assert seen("me", shown, drawn) == [*theirs, (2, False, True, True)]
    leading = [(1, False, True, False), (3, False, True, False)]
    assert seen("me", shown, drawn[::2]) == leading
    assert seen("", blinded, drawn) == [(2, True, False, False), *leading]


def test_the_second_author_is_told_only_about_where_to_look() -> None:
    big = replace(margin(1, 1, 7, "other", "freehand"), points=((102, 52), (110, 52), (106, 59)))
    found = whereabouts((margin(2, 1, 3, "other", "freehand"), big), 1)
    assert found == Whereabouts(7, 110, 50)
    assert whereabouts((big,), 2) is None


def test_the_bar_knows_behind_which_slices_others_are_missing() -> None:
    assert on_slice.missing_behind((0.0, 5.0, 10.0, 20.0, 25.0)) == (2,)
    assert on_slice.missing_behind((0.0, 5.1, 10.0)) == ()
    assert on_slice.missing_behind(()) == on_slice.missing_behind((3.0,)) == ()
