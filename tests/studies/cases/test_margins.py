"""Margins: kept at once, undone and redone across openings, as a plain list would."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from learn_study import make_study

from studies import cases
from studies.errors import StudyError
from studies.records import ContourRecord, Points, SeriesRecord
from studies.store import Store

AUTHORS = ("A", "B")
SLICES = (0, 1)


def triangle(size: int) -> Points:
    return ((1.0, 1.0), (1.5 + size, 1.0), (1.0, 2.25 + size))


class DrawnTwice(RuleBasedStateMachine):
    """The study beside a plain list of versions and a place in it, for each author and slice."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "s"
        store = Store.create(self.path, "Liver")
        store.close()
        self.store = Store.open(self.path)
        self.lesion = self._lesion()
        self.versions: dict[tuple[str, int], list[Points]] = {}
        self.place: dict[tuple[str, int], int] = {}
        for author in AUTHORS:
            for index in SLICES:
                self.versions[author, index] = [()]
                self.place[author, index] = 0

    def _lesion(self) -> int:
        (self.store.series_folder / "P1").mkdir()
        case = cases.add_case(self.store, "P1")
        new = cases.NewSeries(
            *("1.2", "dicom", "", 2, 64, 64, 1.0, 1.0, 1.0, "", True, True, (), Path("P1"))
        )
        series = cases.add_series(self.store, case.id, new)
        return cases.add_lesion(self.store, series.id).id

    def _standing(self, author: str, index: int) -> Points:
        return self.versions[author, index][self.place[author, index]]

    def _put(self, author: str, index: int, points: Points) -> None:
        key = author, index
        self.versions[key] = [*self.versions[key][: self.place[key] + 1], points]
        self.place[key] += 1

    def _step(self, author: str, index: int, by: int) -> Points:
        key = author, index
        last = len(self.versions[key]) - 1
        self.place[key] = min(max(self.place[key] + by, 0), last)
        return self._standing(author, index)

    @rule(author=st.sampled_from(AUTHORS), index=st.sampled_from(SLICES), size=st.integers(1, 50))
    def save(self, author: str, index: int, size: int) -> None:
        saved = cases.save_contour(
            self.store, self.lesion, "u", index, triangle(size), author, "polygon"
        )
        assert saved.points == triangle(size)
        self._put(author, index, saved.points)

    @rule(author=st.sampled_from(AUTHORS), index=st.sampled_from(SLICES))
    def undo(self, author: str, index: int) -> None:
        stands = cases.undo_contour(self.store, self.lesion, index, author)
        assert points_of(stands) == self._step(author, index, -1)

    @rule(author=st.sampled_from(AUTHORS), index=st.sampled_from(SLICES))
    def redo(self, author: str, index: int) -> None:
        stands = cases.redo_contour(self.store, self.lesion, index, author)
        assert points_of(stands) == self._step(author, index, 1)

    @precondition(lambda self: any(cases.contours(self.store)))
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        margin = data.draw(st.sampled_from(cases.contours(self.store)))
        cases.delete_contour(self.store, margin.id)
        self._put(margin.author, margin.slice_index, ())

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Store.open(self.path)

    @invariant()
    def stands_as_listed(self) -> None:
        shown = {(m.author, m.slice_index): m.points for m in cases.contours(self.store)}
        wanted = {key: self._standing(*key) for key in self.versions}
        assert shown == {key: points for key, points in wanted.items() if points}

    def teardown(self) -> None:
        with self.store.snapshot() as session:
            connection = session.connection()
            lost = connection.exec_driver_sql("SELECT count(*) FROM contours WHERE state IS NULL")
            assert lost.scalar() == 0
        self.store.close()
        self.folder.cleanup()


def points_of(margin: ContourRecord | None) -> Points:
    return margin.points if margin else ()


DrawnTwice.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
TestUndoAndRedo = DrawnTwice.TestCase


def test_a_margin_is_kept_closed_and_to_the_last_digit(store: Store, series: SeriesRecord) -> None:
    lesion = cases.add_lesion(store, series.id, author="A").id
    third = 1 / 3
    drawn = ((third, 2.0), (third, 2.0), (40.123456789012345, 7.0), (9.0, 1e-3), (third, 2.0))
    saved = cases.save_contour(store, lesion, "uid 4", 4, drawn, "A", "freehand")
    assert saved.points == (drawn[0], drawn[2], drawn[3])
    assert (saved.sop_uid, saved.slice_index, saved.author, saved.tool) == (
        *("uid 4", 4, "A", "freehand"),
    )
    assert saved.series_id == series.id
    with Store.open(store.folder, read_only=True) as other:
        assert cases.contours(other) == (saved,)


def test_margins_are_found_by_lesion_series_and_author(store: Store, series: SeriesRecord) -> None:
    lesions = [cases.add_lesion(store, series.id).id for _ in range(2)]
    for lesion in lesions:
        for author in AUTHORS:
            cases.save_contour(store, lesion, "u", 0, triangle(3), author, "polygon")
    assert len(cases.contours(store)) == 4
    assert {m.lesion_id for m in cases.contours(store, lesion_id=lesions[1])} == {lesions[1]}
    assert [m.author for m in cases.contours(store, author="B", lesion_id=lesions[0])] == ["B"]
    assert len(cases.contours(store, series_id=series.id)) == 4
    assert cases.contours(store, series_id=99) == ()


@pytest.mark.parametrize(
    ("index", "points", "words"),
    [
        (0, (), "at least three points"),
        (0, ((1.0, 1.0), (5.0, 5.0), (1.0, 1.0)), "at least three points"),
        (0, ((1.0, 1.0), (2.0, 2.0), (3.0, 3.0)), "encloses nothing"),
        (0, ((1.0, 1.0), (float("nan"), 2.0), (3.0, 0.0), (0.0, 3.0)), "no number"),
        (0, ((float("nan"), 1.0), (2.0, 2.0), (3.0, 0.0)), "no number"),
        (0, ((1.0, 1.0), (float("inf"), 2.0), (3.0, 0.0)), "no number"),
        (12, triangle(4), "has 12 slices; there is no 13"),
        (-1, triangle(4), "has 12 slices"),
    ],
)
def test_what_is_no_margin_is_refused_and_the_one_before_stands(
    store: Store, series: SeriesRecord, index: int, points: Points, words: str
) -> None:
    lesion = cases.add_lesion(store, series.id, author="A").id
    before = cases.save_contour(store, lesion, "u", 0, triangle(7), "A", "polygon")
    with pytest.raises(StudyError, match=words):
        cases.save_contour(store, lesion, "u", index, points, "A", "freehand")
    assert cases.contours(store) == (before,)


def test_a_margin_is_deleted_once(store: Store, series: SeriesRecord) -> None:
    lesion = cases.add_lesion(store, series.id).id
    margin = cases.save_contour(store, lesion, "u", 0, triangle(7), "A", "polygon")
    cases.delete_contour(store, margin.id)
    for number in (margin.id, margin.id + 1, 99):
        with pytest.raises(StudyError, match="not there any more"):
            cases.delete_contour(store, number)
    assert cases.undo_contour(store, lesion, 0, "A") == margin


def test_nothing_to_undo_is_no_fault(store: Store) -> None:
    assert cases.undo_contour(store, 5, 0, "A") is None
    assert cases.redo_contour(store, 5, 0, "A") is None


def test_drawing_over_an_undone_margin_forgets_only_what_was_undone(tmp_path: Path) -> None:
    with make_study(tmp_path / "s", per_class=1) as store:
        lesion = cases.lesions(store)[0]
        first = cases.contours(store, lesion_id=lesion.id)[0]
        for size in (5, 6):
            cases.save_contour(store, lesion.id, "u", 0, triangle(size), "tester", "polygon")
        cases.undo_contour(store, lesion.id, 0, "tester")
        cases.save_contour(store, lesion.id, "u", 0, triangle(9), "tester", "polygon")
        assert cases.redo_contour(store, lesion.id, 0, "tester").points == triangle(9)  # type: ignore[union-attr]
        back = [cases.undo_contour(store, lesion.id, 0, "tester") for _ in range(3)]
        assert [points_of(margin) for margin in back] == [triangle(5), first.points, ()]
