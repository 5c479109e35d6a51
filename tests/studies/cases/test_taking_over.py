"""Margins of elsewhere become lesions: named, authored, joined where they belong, all or none."""

from __future__ import annotations

import pytest

from studies import cases
from studies.cases.taking_over import TOOL, take_over
from studies.errors import BlindingError, StudyError
from studies.imaging.exchange.incoming.taken import Incoming, IncomingLesion, IncomingMargin
from studies.model.reading import ProtocolRow, ReaderRow
from studies.records import Points, SeriesRecord
from studies.store import Store

AT = (60.0, 70.0)


def _square(x: float, y: float, half: float = 8.0) -> Points:
    return (
        (x - half, y - half),
        (x + half, y - half),
        (x + half, y + half),
        (x - half, y + half),
    )


def _lesion(
    name: str, *slices: int, at: tuple[float, float] = AT, author: str = ""
) -> IncomingLesion:
    margins = tuple(
        IncomingMargin(index, f"1.2.826.1.{index + 1}", _square(*at)) for index in slices
    )
    return IncomingLesion(name, author, margins)


def _file(*lesions: IncomingLesion) -> Incoming:
    return Incoming("RTSTRUCT", lesions)


def _margins(store: Store) -> list[tuple[str, int, str]]:
    names = {lesion.id: lesion.name for lesion in cases.lesions(store)}
    return [(names[one.lesion_id], one.slice_index, one.author) for one in cases.contours(store)]


def test_lesions_come_with_name_author_tool_and_slice(store: Store, series: SeriesRecord):
    taken = take_over(store, series.id, _file(_lesion("GTV liver", 3, 4), _lesion("B", 7)), "Ann")
    assert [(one.name, one.margins, one.is_new) for one in taken.lesions] == [
        ("GTV liver", 2, True),
        ("B", 1, True),
    ]
    first = cases.contours(store, lesion_id=taken.lesions[0].id)[0]
    assert (first.author, first.tool, first.slice_index) == ("Ann", TOOL, 3)
    assert first.sop_uid == "1.2.826.1.4"
    assert first.points == _square(*AT)
    lesion = cases.lesion(store, taken.lesions[0].id)
    assert (lesion.category, lesion.contours) == ("", 2)


def test_nothing_is_taken_where_one_lesion_fails(store: Store, series: SeriesRecord):
    beyond = IncomingLesion("B", "", (IncomingMargin(99, "1.2", _square(*AT)),))
    with pytest.raises(StudyError, match="no 100"):
        take_over(store, series.id, _file(_lesion("A", 3), beyond), "Ann")
    assert cases.lesions(store) == ()


def test_the_same_file_twice_is_refused_whole(store: Store, series: SeriesRecord):
    file = _file(_lesion("A", 3, 4), _lesion("B", 5, at=(30, 30)))
    take_over(store, series.id, file, "Ann")
    with pytest.raises(StudyError, match="Ann has a margin of A on slice 4 already"):
        take_over(store, series.id, _file(_lesion("New", 1), *file.lesions), "Ann")
    assert _margins(store) == [("A", 3, "Ann"), ("A", 4, "Ann"), ("B", 5, "Ann")]


def test_another_author_of_the_same_lesion_joins_it(store: Store, series: SeriesRecord):
    take_over(store, series.id, _file(_lesion("A", 3)), "Ann")
    moved = (AT[0] + 5, AT[1])
    (joined,) = take_over(store, series.id, _file(_lesion("A", 3, 4, at=moved)), "Ben").lesions
    assert not joined.is_new
    assert _margins(store) == [("A", 3, "Ann"), ("A", 3, "Ben"), ("A", 4, "Ben")]


def test_a_lesion_of_the_same_name_elsewhere_is_another_one(store: Store, series: SeriesRecord):
    take_over(store, series.id, _file(_lesion("A", 3)), "Ann")
    elsewhere = take_over(store, series.id, _file(_lesion("A", 3, at=(20, 20))), "Ben")
    assert (elsewhere.lesions[0].name, elsewhere.lesions[0].is_new) == ("A (2)", True)
    third = take_over(store, series.id, _file(_lesion("A", 9)), "Cleo")
    assert third.lesions[0].name == "A (3)"


def test_names_that_count_go_on_counting(store: Store, series: SeriesRecord):
    taken = take_over(store, series.id, _file(_lesion("L7", 3), _lesion("L2", 5)), "Ann")
    assert [(one.name_in_file, one.name) for one in taken.lesions] == [("L7", "L1"), ("L2", "L2")]
    take_over(store, series.id, _file(_lesion("Node", 7)), "Ann")
    assert cases.add_lesion(store, series.id).name == "L4"


def test_authors_of_one_file_stay_authors_of_one_lesion(store: Store, series: SeriesRecord):
    file = _file(
        _lesion("L3", 3, author="Ann"),
        _lesion("L3", 3, author="Ben"),
        _lesion("L5", 6, author="Ann"),
    )
    taken = take_over(store, series.id, file)
    assert [(one.name, one.author) for one in taken.lesions] == [
        ("L1", "Ann"),
        ("L1", "Ben"),
        ("L2", "Ann"),
    ]


def test_two_lesions_of_one_name_by_one_author_stay_two(store: Store, series: SeriesRecord):
    file = _file(_lesion("Cyst", 3), _lesion("Cyst", 3, at=(20, 20)))
    assert [one.name for one in take_over(store, series.id, file, "Ann").lesions] == [
        "Cyst",
        "Cyst (2)",
    ]


def test_lesions_of_one_name_that_overlap_stay_as_many(store: Store, series: SeriesRecord):
    near = (AT[0] + 4, AT[1])
    file = _file(
        *(_lesion("GTV", 3, at=at, author=who) for who in ("Ann", "Ben") for at in (AT, near, AT))
    )
    taken = take_over(store, series.id, file)
    assert [one.name for one in taken.lesions] == ["GTV", "GTV (2)", "GTV (3)"] * 2
    assert [one.is_new for one in taken.lesions] == [True] * 3 + [False] * 3


def test_the_author_is_named_or_told_by_the_file(store: Store, series: SeriesRecord):
    with pytest.raises(StudyError, match="Name the author"):
        take_over(store, series.id, _file(_lesion("A", 3)))
    several = _file(_lesion("A", 3, author="Ann"), _lesion("A", 3, author="Ben"))
    with pytest.raises(StudyError, match="margins by Ann, Ben"):
        take_over(store, series.id, several, "Cleo")
    taken = take_over(store, series.id, several, "Ben")
    assert [one.author for one in taken.lesions] == ["Ben"]
    renamed = take_over(store, series.id, _file(_lesion("B", 5, author="Dr. X")), "Cleo")
    assert [one.author for one in renamed.lesions] == ["Cleo"]


def test_lesions_without_a_margin_are_told_and_not_made(store: Store, series: SeriesRecord):
    empty = IncomingLesion("Rib", "", (), ("2 contours left out: it lies on no slice.",))
    taken = take_over(store, series.id, _file(_lesion("A", 3), empty), "Ann")
    assert len(cases.lesions(store)) == 1
    assert taken.notes == (
        "Rib has no margin on this series. 2 contours left out: it lies on no slice.",
    )
    with pytest.raises(StudyError, match="no margin on this series"):
        take_over(store, series.id, _file(empty), "Ann")


def test_a_deleted_margin_is_the_past_of_what_is_taken(store: Store, series: SeriesRecord):
    (taken,) = take_over(store, series.id, _file(_lesion("A", 3, 4)), "Ann").lesions
    cases.delete_contour(store, cases.contours(store)[0].id)
    (again,) = take_over(store, series.id, _file(_lesion("A", 3, 4)), "Ben").lesions
    assert again.id == taken.id
    shifted = _file(_lesion("A", 3, at=(AT[0] + 1, AT[1])))
    take_over(store, series.id, shifted, "Ann")
    assert sorted(_margins(store)) == [
        ("A", 3, "Ann"),
        ("A", 3, "Ben"),
        ("A", 4, "Ann"),
        ("A", 4, "Ben"),
    ]
    assert cases.undo_contour(store, taken.id, 3, "Ann") is None
    first = cases.undo_contour(store, taken.id, 3, "Ann")
    assert first is not None
    assert first.points == _square(*AT)


def test_a_series_that_is_not_there_is_said(store: Store, series: SeriesRecord):
    with pytest.raises(StudyError, match="no series 99"):
        take_over(store, 99, _file(_lesion("A", 3)), "Ann")


def test_an_analyst_takes_nothing_in(store: Store, series: SeriesRecord):
    folder = store.folder
    store.close()
    with Store.open(folder, role="analyst") as other, pytest.raises(BlindingError):
        take_over(other, series.id, _file(_lesion("A", 3)), "Ann")


def _enrol(store: Store, pseudonym: str) -> None:
    """Somebody who reads a sealed protocol, as the tables hold it."""
    with store.transaction() as session:
        session.add(
            ProtocolRow(
                id=1, version=1, draft="{}", scheme="[]", algorithm="", pipeline="", audit="",
                override="", sealed="", seal_hash="",
            )
        )  # fmt: skip
        session.flush()
        session.add(
            ReaderRow(
                protocol_id=1, number=1, pseudonym=pseudonym, kind="person", note="", enrolled=""
            )
        )


def test_who_reads_blinded_draws_nothing_also_by_file(store: Store, series: SeriesRecord):
    _enrol(store, "Ann")
    with pytest.raises(BlindingError, match="reads this study blinded"):
        take_over(store, series.id, _file(_lesion("A", 3)), "ann")
    with pytest.raises(BlindingError, match="reads this study blinded"):
        take_over(store, series.id, _file(_lesion("A", 3, author="Ann")))
    assert cases.lesions(store) == ()
