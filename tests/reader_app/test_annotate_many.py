"""Annotate on a study with many lesions: an edit reads and shows only what it changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from annotate_study import add_ct
from statements import counted

from reader_app.state.annotate_state.catalogue import Catalogue
from reader_app.state.annotate_state.slice_rows import RowBook, slice_rows
from reader_app.state.annotate_state.worklist import Group
from reader_app.views.annotate.lesion_list import ROW, LesionList
from studies import cases
from studies.imaging import contour
from studies.records import ClassScheme, Points
from studies.store import Store

AUTHOR = "Dr Test"


def square(left: float) -> Points:
    return ((left, 20.0), (left + 20, 20.0), (left + 20, 40.0), (left, 40.0))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Three cases, the first two with a lesion drawn by this author."""
    with Store.create(tmp_path / "t.blindread", "T", simulated=True) as made:
        for patient in ("P-1", "P-2", "P-3"):
            add_ct(made, patient, slices=4, size=64)
        for case in cases.cases(made)[:2]:
            draw(made, cases.add_lesion(made, case.series[0].id, author=AUTHOR).id)
        yield made


def draw(store: Store, lesion: int, author: str = AUTHOR, index: int = 1) -> None:
    cases.save_contour(store, lesion, "u", index, square(10), author, "polygon")


def loaded(store: Store) -> Catalogue:
    found = Catalogue()
    found.load(store, AUTHOR)
    return found


def told(found: Catalogue) -> tuple[object, ...]:
    ids = [lesion.id for lesion in found.lesions]
    entries = [found.entry(lesion_id) for lesion_id in range(1, 9)]
    return found.groups, found.lesions, found.who, found.progress, ids, entries


def test_one_lesion_read_again_tells_what_reading_all_would(store: Store) -> None:
    kept = loaded(store)
    third = cases.cases(store)[2].series[0].id
    steps = (
        lambda: cases.add_lesion(store, third, author=AUTHOR).id,
        lambda: draw(store, 3) or 3,
        lambda: draw(store, 1, "Dr Other") or 1,
        lambda: cases.confirm_diagnosis(store, 2, "cyst", "biopsy", AUTHOR).id,
        lambda: cases.remove_lesion(store, 2) or 2,
        lambda: cases.restore_lesion(store, 2).id,
        lambda: cases.remove_lesion(store, 3) or 3,
    )
    for step in steps:
        kept.load_lesion(store, step(), AUTHOR)
        assert told(kept) == told(loaded(store))


def test_for_another_author_every_row_is_made_anew(store: Store) -> None:
    kept = loaded(store)
    kept.load_lesion(store, 1, "Dr Other")
    assert [group.entries[0].is_blinded for group in kept.groups[:2]] == [True, True]


def test_reading_one_lesion_again_takes_no_more_statements_with_more_lesions(store: Store) -> None:
    def statements() -> int:
        kept = loaded(store)
        with counted() as said:
            kept.load_lesion(store, 1, AUTHOR)
        return len(said)

    before = statements()
    for _ in range(6):
        draw(store, cases.add_lesion(store, 1, author=AUTHOR).id)
    assert statements() == before


# --- the list -------------------------------------------------------------------------------


def rows_of(shown: LesionList) -> list[object]:
    model, found = shown.model(), []
    for row in range(model.rowCount()):
        parent = model.index(row, 0)
        found.append(parent.data(ROW))
        found += [
            model.index(child, 0, parent).data(ROW) for child in range(model.rowCount(parent))
        ]
    return found


def fresh(groups: tuple[Group, ...], scheme: ClassScheme, lesion: int | None) -> list[object]:
    shown = LesionList()
    shown.show_groups(groups, scheme, None, lesion)
    return rows_of(shown)


def test_rows_kept_from_before_are_those_of_a_new_list(store: Store, qtbot) -> None:
    scheme = cases.study(store).scheme
    shown = LesionList()
    qtbot.addWidget(shown)
    everything = loaded(store).groups
    cases.confirm_diagnosis(store, 2, "cyst", "biopsy", AUTHOR)
    cases.remove_lesion(store, 1)
    cases.add_lesion(store, 3, author=AUTHOR)
    changed = loaded(store).groups
    for groups, lesion in (
        (everything[1:2], None),
        (everything, 1),
        (changed, 2),
        (changed[::2], None),
        (everything, 2),
        ((), None),
        (changed[2:], 3),
        (changed, 3),
    ):
        shown.show_groups(groups, scheme, None, lesion)
        assert rows_of(shown) == fresh(groups, scheme, lesion)


def test_a_choice_touches_only_the_rows_of_the_two_cases(store: Store, qtbot) -> None:
    scheme, shown = cases.study(store).scheme, LesionList()
    qtbot.addWidget(shown)
    groups = loaded(store).groups
    shown.show_groups(groups, scheme, None, 1)
    touched: list[object] = []
    shown.model().dataChanged.connect(lambda index, *_: touched.append(index.data(ROW)))
    shown.show_groups(groups, scheme, None, 2)
    assert not touched
    cases.confirm_diagnosis(store, 2, "cyst", "biopsy", AUTHOR)
    shown.show_groups(loaded(store).groups, scheme, None, 2)
    assert {getattr(row, "lesion_id", None) or row.case_id for row in touched} == {2}


# --- the slices -----------------------------------------------------------------------------


def test_areas_are_measured_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[Points] = []
    real = contour.area_mm2

    def area(points: Points, *spacing: float) -> float:
        measured.append(points)
        return real(points, *spacing)

    monkeypatch.setattr(contour, "area_mm2", area)
    lesion, series = cases.lesion(store, 1), cases.cases(store)[0].series[0]
    lines = [contour.SliceLine(at, square(at)) for at in range(3)]
    book = RowBook()
    found = book.rows(lesion, series, (), tuple(lines))
    assert len(measured) == 3
    assert book.rows(lesion, series, (), tuple(lines)) is found
    again = book.rows(lesion, series, (), (*lines, contour.SliceLine(3, square(7))))
    assert len(measured) == 4
    assert again == slice_rows(lesion, series, (), (*lines, contour.SliceLine(3, square(7))))
