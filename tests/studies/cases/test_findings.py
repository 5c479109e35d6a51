"""Lesions: named, diagnosed, keyed to a slice, taken out and put back."""

from __future__ import annotations

import pytest

from studies import cases
from studies.errors import StudyError
from studies.records import Points, SeriesRecord
from studies.store import Store


def square(side: float) -> Points:
    return ((10.0, 10.0), (10.0 + side, 10.0), (10.0 + side, 10.0 + side), (10.0, 10.0 + side))


def draw(
    store: Store, lesion_id: int, index: int, side: float, author: str = "A", tool: str = "polygon"
) -> None:
    cases.save_contour(store, lesion_id, f"u{index}", index, square(side), author, tool)


def test_lesions_are_named_within_their_case_and_no_name_comes_twice(
    store: Store, series: SeriesRecord
) -> None:
    first, second = (cases.add_lesion(store, series.id, author="A") for _ in range(2))
    cases.remove_lesion(store, second.id)
    third = cases.add_lesion(store, series.id)
    assert [first.name, second.name, third.name] == ["L1", "L2", "L3"]
    assert cases.lesions(store) == (first, third)
    assert cases.lesions(store, case_id=series.case_id) == (first, third)
    assert cases.lesions(store, case_id=99) == ()
    assert (first.patient, first.category, first.key_slice, first.contours) == ("P1", "", None, 0)


def test_a_removed_lesion_comes_back_as_it_was(store: Store, series: SeriesRecord) -> None:
    lesion = cases.add_lesion(store, series.id, author="A")
    draw(store, lesion.id, 3, 8)
    before = cases.confirm_diagnosis(store, lesion.id, "cyst", "biopsy", "A")
    margins = cases.contours(store)
    cases.remove_lesion(store, lesion.id)
    assert (cases.lesions(store), cases.contours(store), cases.rois(store)) == ((), (), ())
    assert cases.lesion(store, lesion.id) == before
    with pytest.raises(StudyError, match=r"L1 was removed\. Restore it"):
        draw(store, lesion.id, 3, 9)
    assert cases.restore_lesion(store, lesion.id) == before
    assert (cases.lesions(store), cases.contours(store)) == ((before,), margins)


def test_the_newest_diagnosis_stands(store: Store, series: SeriesRecord) -> None:
    lesion = cases.add_lesion(store, series.id)
    assert not cases.confirm_diagnosis(store, lesion.id, "cyst", "follow-up", "A").is_ready
    draw(store, lesion.id, 0, 5)
    ready = cases.confirm_diagnosis(store, lesion.id, "hemangioma", "biopsy", "B")
    assert (ready.category, ready.basis, ready.diagnosed_by) == ("hemangioma", "biopsy", "B")
    assert ready.is_ready
    with store.snapshot() as session:
        kept = session.connection().exec_driver_sql("SELECT category FROM diagnoses ORDER BY id")
        assert kept.scalars().all() == ["cyst", "hemangioma"]


def test_what_is_no_diagnosis_is_refused(store: Store, series: SeriesRecord) -> None:
    lesion = cases.add_lesion(store, series.id)
    with pytest.raises(StudyError, match="basis of a diagnosis is one of biopsy"):
        cases.confirm_diagnosis(store, lesion.id, "cyst", "guess", "A")
    with pytest.raises(StudyError, match=r"abscess is no class of this study .cyst, metastasis"):
        cases.confirm_diagnosis(store, lesion.id, "abscess", "biopsy", "A")
    assert cases.lesion(store, lesion.id).category == ""


def test_the_key_slice_is_the_largest_margin_or_the_chosen_one(
    store: Store, series: SeriesRecord
) -> None:
    lesion = cases.add_lesion(store, series.id, author="A").id
    for index, side in ((2, 10.0), (3, 12.0), (4, 12.0), (5, 8.0)):
        draw(store, lesion, index, side)
    largest = cases.lesion(store, lesion)
    assert (largest.key_slice, largest.contours) == (3, 4)
    assert largest.diameter_mm == pytest.approx(12 * 2**0.5 * 0.8)
    chosen = cases.choose_key_slice(store, lesion, 5)
    assert (chosen.key_slice, chosen.diameter_mm) == (5, pytest.approx(8 * 2**0.5 * 0.8))
    assert cases.choose_key_slice(store, lesion, None) == largest
    with pytest.raises(StudyError, match=r"L1 has no margin on slice 8\. Draw it first"):
        cases.choose_key_slice(store, lesion, 7)


def test_a_chosen_slice_without_its_margin_gives_way(store: Store, series: SeriesRecord) -> None:
    lesion = cases.add_lesion(store, series.id, author="A").id
    draw(store, lesion, 2, 10)
    draw(store, lesion, 5, 4)
    cases.choose_key_slice(store, lesion, 5)
    margin = cases.contours(store, lesion_id=lesion)[-1]
    cases.delete_contour(store, margin.id)
    assert cases.lesion(store, lesion).key_slice == 2
    cases.undo_contour(store, lesion, 5, "A")
    assert cases.lesion(store, lesion).key_slice == 5


def test_the_roi_is_of_who_found_the_lesion(store: Store, series: SeriesRecord) -> None:
    lesion = cases.add_lesion(store, series.id, author="A").id
    draw(store, lesion, 6, 30, "B")
    assert cases.lesion(store, lesion).key_slice == 6, "nobody else drew yet"
    draw(store, lesion, 2, 10, "A")
    assert cases.lesion(store, lesion).key_slice == 2
    with pytest.raises(StudyError, match="no margin on slice 7"):
        cases.choose_key_slice(store, lesion, 6)


@pytest.mark.parametrize(("machine", "tool"), [("simulation", "phantom"), ("manifest", "import")])
def test_a_persons_margin_outranks_a_machines(
    store: Store, series: SeriesRecord, machine: str, tool: str
) -> None:
    lesion = cases.add_lesion(store, series.id, author=machine).id
    draw(store, lesion, 2, 20, machine, tool)
    cases.confirm_diagnosis(store, lesion, "cyst", "simulation", machine)
    cases.choose_key_slice(store, lesion, 2)
    brought = cases.key_contour(store, lesion)
    assert brought is not None
    assert (brought.author, brought.slice_index) == (machine, 2)
    draw(store, lesion, 2, 8, "A")
    draw(store, lesion, 2, 30, "B")
    own = cases.key_contour(store, lesion)
    assert own is not None
    assert (own.author, own.points[2]) == ("A", (18.0, 18.0)), "the first person, not the largest"
    assert cases.lesion(store, lesion).diameter_mm == pytest.approx(8 * 2**0.5 * 0.8)
    draw(store, lesion, 5, 9, "A")
    assert cases.lesion(store, lesion).key_slice == 2, "the chosen slice still holds"
    for margin in cases.contours(store, lesion_id=lesion):
        if margin.author != machine:
            cases.delete_contour(store, margin.id)
    assert cases.key_contour(store, lesion) == brought


def test_numbers_that_are_not_there(store: Store) -> None:
    for act in (
        lambda: cases.lesion(store, 9),
        lambda: cases.remove_lesion(store, 9),
        lambda: cases.restore_lesion(store, 9),
        lambda: cases.choose_key_slice(store, 9, None),
        lambda: cases.confirm_diagnosis(store, 9, "cyst", "biopsy", "A"),
        lambda: cases.save_contour(store, 9, "u", 0, square(4), "A", "polygon"),
    ):
        with pytest.raises(StudyError, match="no lesion 9 in this study"):
            act()
    with pytest.raises(StudyError, match="no series 9"):
        cases.add_lesion(store, 9)
