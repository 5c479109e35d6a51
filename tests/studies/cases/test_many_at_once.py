"""Margins on many slices at once, and comparisons of many lesions: as few statements as for one."""

from __future__ import annotations

from importlib import import_module

import pytest
from statements import counted

from studies import cases
from studies.cases import PlacedLine
from studies.errors import StudyError
from studies.records import Points, SeriesRecord
from studies.store import Store


def square(left: float) -> Points:
    return ((left, 30.0), (left + 20, 30.0), (left + 20, 50.0), (left, 50.0))


def lines(*slices: int, left: float = 30.0) -> list[PlacedLine]:
    return [PlacedLine(f"u.{index}", index, square(left)) for index in slices]


@pytest.fixture
def lesion(store: Store, series: SeriesRecord) -> int:
    return cases.add_lesion(store, series.id, author="A").id


def drawn(store: Store) -> dict[int, float]:
    """By slice, where the margin that stands begins."""
    return {one.slice_index: one.points[0][0] for one in cases.contours(store)}


def test_many_margins_are_kept_as_one_by_one(store: Store, lesion: int) -> None:
    cases.save_contours(store, lesion, lines(0, 1, 2), "A", "between")
    found = cases.contours(store, lesion_id=lesion)
    assert [(one.slice_index, one.sop_uid, one.tool, one.author) for one in found] == [
        (index, f"u.{index}", "between", "A") for index in (0, 1, 2)
    ]
    assert {one.points for one in found} == {square(30)}


def test_each_of_many_margins_is_undone_by_itself(store: Store, lesion: int) -> None:
    cases.save_contour(store, lesion, "u.1", 1, square(35), "A", "polygon")
    cases.save_contours(store, lesion, lines(0, 1, 2), "A", "between")
    cases.undo_contour(store, lesion, 1, "A")
    assert drawn(store) == {0: 30, 1: 35, 2: 30}
    cases.redo_contour(store, lesion, 1, "A")
    assert drawn(store) == {0: 30, 1: 30, 2: 30}
    edit = cases.newest_edit(store, "A")
    assert edit is not None
    assert edit.slice_index == 2


def test_another_author_s_margins_stay(store: Store, lesion: int) -> None:
    cases.save_contour(store, lesion, "u.1", 1, square(35), "B", "polygon")
    cases.save_contours(store, lesion, lines(0, 1), "A", "between")
    assert len(cases.contours(store, author="B")) == 1
    assert len(cases.contours(store, author="A")) == 2


def test_of_many_margins_all_are_kept_or_none(store: Store, lesion: int) -> None:
    flat = PlacedLine("u.2", 2, ((1.0, 1.0), (2.0, 2.0), (3.0, 3.0)))
    with pytest.raises(StudyError, match="encloses nothing"):
        cases.save_contours(store, lesion, [*lines(0, 1), flat], "A", "between")
    assert not cases.contours(store)
    cases.remove_lesion(store, lesion)
    with pytest.raises(StudyError, match="was removed"):
        cases.save_contours(store, lesion, lines(0), "A", "between")


def test_no_margins_at_once_change_nothing(store: Store, lesion: int) -> None:
    cases.save_contours(store, lesion, lines(1), "A", "between")
    cases.save_contours(store, lesion, [], "A", "between")
    assert drawn(store) == {1: 30}


def test_many_margins_are_one_commit_and_few_statements(store: Store, lesion: int) -> None:
    with counted() as few:
        cases.save_contours(store, lesion, lines(0), "A", "between")
    with counted() as many:
        cases.save_contours(store, lesion, lines(0, 1, 2, 3), "A", "between")
    inserted = [sum("INSERT" in statement for statement in said) for said in (few, many)]
    assert inserted[0] == 1
    assert inserted[1] <= 4
    assert len(many) - inserted[1] == len(few) - 1  # one COMMIT among them, as for one
    assert many.count("COMMIT") == few.count("COMMIT") > 0


def test_comparing_many_lesions_takes_no_more_statements_than_two(
    store: Store, series: SeriesRecord
) -> None:
    def draw_twice(count: int) -> None:
        for _ in range(count):
            lesion = cases.add_lesion(store, series.id, author="A").id
            cases.save_contours(store, lesion, lines(0, 1), "A", "polygon")
            cases.save_contours(store, lesion, lines(1, left=32), "B", "polygon")

    draw_twice(2)
    with counted() as few:
        assert len(cases.disagreements(store)) == 2
    draw_twice(6)
    with counted() as many:
        found = cases.disagreements(store)
    assert len(found) == 8
    assert len(many) == len(few)
    assert [cases.agreements(store, one.lesion_id) for one in found] == [(one,) for one in found]


def test_reading_one_lesion_takes_no_rows_of_the_others(store: Store, series: SeriesRecord) -> None:
    for category in ("cyst", "metastasis", "cyst"):
        lesion = cases.add_lesion(store, series.id, author="A").id
        cases.confirm_diagnosis(store, lesion, category, "biopsy", "A")
    one = cases.lesions(store)[1]
    assert cases.lesion(store, one.id) == one
    assert (one.category, one.basis) == ("metastasis", "biopsy")
    with counted() as said:
        cases.lesion(store, one.id)
    asked = [statement for statement in said if "FROM diagnoses" in statement]
    assert len(asked) == 1
    assert "WHERE diagnoses.lesion_id IN" in asked[0]


def test_how_many_slices_the_distances_are_of_is_told(store: Store, lesion: int) -> None:
    """The same line on the one slice that both drew: 0 mm apart there, and yet a Dice of 2 / 4."""
    cases.save_contours(store, lesion, lines(0, 1, 2), "A", "polygon")
    cases.save_contours(store, lesion, lines(1), "B", "polygon")
    (found,) = cases.agreements(store, lesion)
    assert (found.common, len(found.slices)) == (1, 3)
    assert found.hausdorff_mm == pytest.approx(0, abs=1e-9)
    assert found.dice == pytest.approx(2 / 4)


def test_of_many_lesions_only_what_changed_is_compared_again(
    store: Store, series: SeriesRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module("studies.imaging.contour.compare")  # the package has its function
    measured: list[object] = []
    real = module.areas_of

    def areas_of(*lines: object) -> object:
        measured.append(lines)
        return real(*lines)

    monkeypatch.setattr(module, "areas_of", areas_of)
    for number in range(5):
        lesion = cases.add_lesion(store, series.id, author="A").id
        cases.save_contours(store, lesion, lines(0, 1, left=30.25 + number), "A", "polygon")
        cases.save_contours(store, lesion, lines(0, 1, left=32.25 + number), "B", "polygon")
    first = cases.disagreements(store)
    assert len(measured) == 5  # both slices of a lesion hold the same two lines
    cases.save_contours(store, 3, lines(1, left=34.75), "B", "polygon")
    again = cases.disagreements(store)
    assert len(measured) == 6
    changed = [one.lesion_id for one in again if one not in first]
    assert changed == [3]
