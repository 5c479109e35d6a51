"""What can be undone and redone after a restart, from the study alone."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from sqlalchemy import event
from statements import counted

from studies import cases
from studies.cases import Edit
from studies.model.imaging import ContourRow, DiagnosisRow, LesionRow
from studies.records import Points, SeriesRecord
from studies.store import Store

ME = "A"


def triangle(size: float) -> Points:
    return ((1.0, 1.0), (1.5 + size, 1.0), (1.0, 2.25 + size))


def undo(store: Store, edit: Edit) -> None:
    if edit.kind == "drew":
        cases.undo_contour(store, edit.lesion_id, edit.slice_index or 0, ME)
    elif edit.kind == "added":
        cases.remove_lesion(store, edit.lesion_id)
    elif edit.kind == "removed":
        cases.restore_lesion(store, edit.lesion_id)
    else:
        cases.confirm_diagnosis(store, edit.lesion_id, *edit.before, ME)


class Drawn(RuleBasedStateMachine):
    """Margins of two lesions beside a plain list of edits and how many of them stand."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.create(Path(self.folder.name) / "s", "Liver")
        (self.store.series_folder / "P1").mkdir()
        case = cases.add_case(self.store, "P1")
        new = cases.NewSeries(
            *("1.2", "dicom", "", 3, 64, 64, 1.0, 1.0, 1.0, "", True, True, (), Path("P1"))
        )
        series = cases.add_series(self.store, case.id, new)
        self.lesions = [cases.add_lesion(self.store, series.id).id for _ in range(2)]
        self.edits: list[tuple[int, int]] = []
        self.place = 0

    @rule(which=st.sampled_from((0, 1)), index=st.integers(0, 2), size=st.integers(1, 50))
    def draw(self, which: int, index: int, size: int) -> None:
        lesion = self.lesions[which]
        cases.save_contour(self.store, lesion, "u", index, triangle(size), ME, "polygon")
        self.edits = [*self.edits[: self.place], (lesion, index)]
        self.place += 1

    @rule(which=st.sampled_from((0, 1)), index=st.integers(0, 2))
    def somebody_else_draws(self, which: int, index: int) -> None:
        cases.save_contour(self.store, self.lesions[which], "u", index, triangle(9), "B", "polygon")

    @rule()
    def undo_newest(self) -> None:
        edit = cases.newest_edit(self.store, ME)
        if self.place == 0:
            assert edit is None
            return
        self.place -= 1
        assert edit is not None
        assert (edit.lesion_id, edit.slice_index) == self.edits[self.place]
        undo(self.store, edit)

    @precondition(lambda self: self.place < len(self.edits))
    @rule()
    def redo_the_last_undone(self) -> None:
        edit = cases.newest_undone(self.store, ME)
        assert edit is not None
        assert (edit.lesion_id, edit.slice_index) == self.edits[self.place]
        cases.redo_contour(self.store, edit.lesion_id, edit.slice_index or 0, ME)
        self.place += 1

    @precondition(lambda self: self.place == len(self.edits))
    @rule()
    def nothing_to_redo_after_an_edit(self) -> None:
        assert cases.newest_undone(self.store, ME) is None

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()


Drawn.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
TestUndoAcrossRestarts = Drawn.TestCase


def test_a_lesion_is_undone_after_its_margins_and_redone_before(
    store: Store, series: SeriesRecord
) -> None:
    lesions = [cases.add_lesion(store, series.id, author=ME).id for _ in range(2)]
    for lesion in lesions:
        cases.save_contour(store, lesion, "u", 2, triangle(5), ME, "polygon")
    kinds = []
    while edit := cases.newest_edit(store, ME):
        kinds.append((edit.kind, edit.lesion_id))
        undo(store, edit)
    assert [kind for kind, _ in kinds if kind == "drew"] == ["drew", "drew"]
    assert kinds[0] == ("drew", lesions[1])
    assert sorted(kinds.index(("drew", n)) < kinds.index(("added", n)) for n in lesions) == [
        True,
        True,
    ]
    assert not cases.lesions(store)
    again = cases.newest_undone(store, ME)
    assert (again.kind, again.made_lesion) == ("drew", True)


def test_a_lesion_taken_out_with_its_margin_comes_back(store: Store, series: SeriesRecord) -> None:
    lesion = cases.add_lesion(store, series.id, author=ME).id
    cases.save_contour(store, lesion, "u", 2, triangle(5), ME, "polygon")
    cases.remove_lesion(store, lesion, author="B")
    assert cases.newest_edit(store, ME) is None
    edit = cases.newest_edit(store, "B")
    assert (edit.kind, edit.lesion_id) == ("removed", lesion)
    undo(store, edit)
    assert cases.newest_edit(store, ME).kind == "drew"


def test_a_lesion_that_others_drew_is_not_taken_away(store: Store, series: SeriesRecord) -> None:
    lesion = cases.add_lesion(store, series.id, author=ME).id
    cases.save_contour(store, lesion, "u", 2, triangle(5), "B", "polygon")
    assert cases.newest_edit(store, ME) is None


def test_diagnoses_go_back_to_none_and_forward_again(store: Store, series: SeriesRecord) -> None:
    lesion = cases.add_lesion(store, series.id, author="B").id
    for category in ("cyst", "metastasis", "hemangioma"):
        cases.confirm_diagnosis(store, lesion, category, "biopsy", ME)
    for wanted in ("metastasis", "cyst", ""):
        edit = cases.newest_edit(store, ME)
        assert edit.kind == "diagnosed"
        undo(store, edit)
        assert cases.lesion(store, lesion).category == wanted
    assert cases.newest_edit(store, ME) is None
    assert cases.lesion(store, lesion).diagnosed_by == ""
    for wanted in ("cyst", "metastasis", "hemangioma"):
        edit = cases.newest_undone(store, ME)
        cases.confirm_diagnosis(store, lesion, *edit.after, ME)
        assert cases.lesion(store, lesion).category == wanted
    assert cases.newest_undone(store, ME) is None


def test_what_was_imported_is_not_undone(store: Store, series: SeriesRecord) -> None:
    lesion = cases.add_lesion(store, series.id).id
    cases.save_contour(store, lesion, "u", 2, triangle(5), ME, "import")
    assert cases.newest_edit(store, ME) is None


def test_a_margin_drawn_within_the_second_of_a_diagnosis_is_newer(tmp_path: Path) -> None:
    """Hands are quick: whole seconds would put the diagnosis last, whatever came after it."""
    with Store.create(tmp_path / "s", "Liver") as store:
        (store.series_folder / "P1").mkdir()
        case = cases.add_case(store, "P1")
        new = cases.NewSeries(
            *("1.2", "dicom", "", 3, 64, 64, 1.0, 1.0, 1.0, "", True, True, (), Path("P1"))
        )
        lesion = cases.add_lesion(store, cases.add_series(store, case.id, new).id, author=ME)
        cases.save_contour(store, lesion.id, "u", 0, triangle(20), ME, "polygon")
        cases.confirm_diagnosis(store, lesion.id, "cyst", "biopsy", ME)
        cases.save_contour(store, lesion.id, "v", 1, triangle(20), ME, "polygon")
        found = []
        for _ in range(3):
            edit = cases.newest_edit(store, ME)
            assert edit is not None
            found.append((edit.kind, edit.slice_index))
            undo(store, edit)
    assert found == [("drew", 1), ("diagnosed", None), ("drew", 0)]


def test_an_edit_beside_many_lesions_is_found_without_reading_them(
    store: Store, series: SeriesRecord
) -> None:
    """Neither their margins nor their diagnoses: only what is newer than the newest margin."""
    lesions = [cases.add_lesion(store, series.id, author=ME).id for _ in range(40)]
    for lesion in lesions:
        cases.save_contour(store, lesion, "u", 2, triangle(5), ME, "polygon")
        cases.confirm_diagnosis(store, lesion, "cyst", "biopsy", ME)
    read: list[object] = []

    def hear(row: object, _: object) -> None:
        read.append(row)

    watched = (LesionRow, ContourRow, DiagnosisRow)
    for kind in watched:
        event.listen(kind, "load", hear)
    try:
        with counted() as few:
            edit = cases.newest_edit(store, ME)
    finally:
        for kind in watched:
            event.remove(kind, "load", hear)
    assert edit is not None
    assert (edit.kind, edit.lesion_id) == ("diagnosed", lesions[-1])
    assert len(read) <= 2  # the newest margin and its lesion
    with counted() as many:
        undo(store, edit)
        edit = cases.newest_edit(store, ME)
    assert edit is not None
    assert (edit.kind, edit.lesion_id) == ("drew", lesions[-1])
    assert len(many) < 3 * len(few)
    undone = cases.newest_undone(store, ME)
    assert undone is not None
    assert (undone.kind, undone.lesion_id) == ("diagnosed", lesions[-1])


def test_an_old_diagnosis_is_found_when_all_newer_edits_are_undone(
    store: Store, series: SeriesRecord
) -> None:
    """Diagnosed first, and among lesions whose later diagnoses were taken back."""
    first, *others = (cases.add_lesion(store, series.id, author="B").id for _ in range(60))
    cases.confirm_diagnosis(store, first, "cyst", "biopsy", ME)
    for lesion in others:
        cases.confirm_diagnosis(store, lesion, "cyst", "biopsy", ME)
    for lesion in reversed(others):
        edit = cases.newest_edit(store, ME)
        assert edit is not None
        assert edit.lesion_id == lesion
        undo(store, edit)
    edit = cases.newest_edit(store, ME)
    assert edit is not None
    assert (edit.lesion_id, edit.before) == (first, ("", ""))
