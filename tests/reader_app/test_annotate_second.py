"""The second author draws blinded to the first; then both are compared, and one trains."""

from __future__ import annotations

import pytest
from annotate_desk import AUTHOR, Desk, ring
from PySide6.QtCore import Qt

from reader_app.widgets.slice_view import Mode
from studies import cases
from studies.store import Store

SECOND = "Second author"


@pytest.fixture
def second(ct: Desk) -> Desk:
    """L1 drawn and diagnosed by the first author; the second one sits down."""
    ct.drag(ring(160, 110, 14))
    ct.key(Qt.Key.Key_C)
    ct.key(Qt.Key.Key_F)
    sit_down(ct, SECOND)
    return ct


def sit_down(ct: Desk, author: str) -> None:
    ct.settings.author = author
    ct.study.notify("lesions")


def compare(ct: Desk) -> None:
    ct.page.side.compare.done.click()


def test_nothing_of_the_first_margin_is_told_before_the_second_drew(second: Desk) -> None:
    state, page = second.state, second.page
    assert state.is_blinded
    assert state.margins == ()
    assert (state.twin, state.measures, state.warnings) == (None, None, ())
    assert state.slice_rows == ()
    assert all(figure.text() == "–" for figure in page.side.measures.figures)
    (entry,) = state.group.entries
    assert (entry.state, entry.missing) == ("done", "")
    assert not page.side.compare.done.isEnabled()
    assert page.side.compare.look.isVisibleTo(page)
    row = page.cases.list.model().index(0, 0)
    listed = row.model().index(0, 0, row).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "mm" not in listed
    assert page.slices.only_mine.isChecked()
    assert not page.slices.only_mine.isEnabled()
    assert AUTHOR in page.slices.note.text()
    assert "near x 160, y 110" in page.slices.note.text()
    state.update_agreement()
    assert not page.side.agreement.isVisible()


def test_once_drawn_the_two_are_compared(second: Desk) -> None:
    second.drag(ring(163, 110, 14))
    state, page = second.state, second.page
    assert state.group.entries[0].missing == "second author's margin"
    compare(second)
    assert not state.is_blinded
    assert [m.is_other for m in state.slice_margins] == [True, False]
    assert state.chosen_margin.is_own
    state.update_agreement()
    (pair,) = state.agreements
    assert (pair.first, pair.second) == (AUTHOR, SECOND)
    assert pair.hausdorff_mm == pytest.approx(3 * 0.8, abs=0.4)
    assert pair.dice == pytest.approx(0.864, abs=0.02)
    assert page.side.agreement.isVisibleTo(page)
    assert not page.side.compare.isVisibleTo(page)
    assert page.side.agreement.figures[0].text() == f"{pair.dice:.2f}"
    assert f"{pair.dice:.2f}" in page.slices.note.text()
    assert state.group.entries[0].state == "done"


def test_the_second_draws_every_slice_blinded_and_is_told_nothing_between(second: Desk) -> None:
    """Neither which slices the first drew, nor their sizes, nor how far the two agree."""
    here = second.state.index
    sit_down(second, AUTHOR)
    second.key(Qt.Key.Key_Down)
    second.drag(ring(160, 110, 12))
    sit_down(second, SECOND)
    second.state.go_to(here)
    second.drag(ring(163, 110, 14))
    state = second.state
    state.update_agreement()
    assert state.is_blinded
    assert state.agreements == ()
    assert [row.slice_index for row in state.slice_rows] == [here]
    assert [(m.is_own, m.margin.slice_index) for m in state.margins] == [(True, here)]
    assert second.page.slices.only_mine.isChecked()
    compare(second)
    state.update_agreement()
    (pair,) = state.agreements
    assert [s.only for s in pair.disagreements] == [AUTHOR, ""]
    item = second.page.side.agreement.worst.item(0)
    assert item.text() == f"{here + 2}: only {AUTHOR}"
    second.page.side.agreement.worst.itemClicked.emit(item)
    assert state.index == here + 1
    assert [m.is_other for m in state.slice_margins] == [True]


def test_what_is_traced_after_comparing_changes_no_figure(second: Desk) -> None:
    second.drag(ring(168, 110, 14))
    compare(second)
    second.state.update_agreement()
    before = second.state.agreement
    second.state.save_margin(tuple(ring(160, 110, 14)[:-1]), "freehand", is_edit=True)
    second.state.update_agreement()
    after = second.state.agreement
    assert after.dice == before.dice < 0.8
    assert after.changed == (second.state.index,)
    assert "after comparing" in second.page.side.agreement.pair.text()


def test_who_only_looked_is_said_to_be_not_independent(second: Desk) -> None:
    second.page.side.compare.look.click()
    assert "not independent" in second.page.foot.notice.text()
    (seen,) = second.state.slice_margins
    assert (seen.is_chosen, seen.is_own) == (True, False)
    second.drag(ring(161, 110, 14))
    second.state.update_agreement()
    assert not second.state.agreement.is_independent
    assert "Not independent" in second.page.side.agreement.pair.text()


def test_a_read_only_study_hides_nothing_and_draws_nothing(second: Desk) -> None:
    folder = second.study.study.folder
    second.study.close()
    holder = Store.open(folder)
    try:
        assert second.study.open(folder)
        state, page = second.state, second.page
        state.choose_lesion(1)
        assert state.is_read_only
        assert [(m.is_chosen, m.is_own) for m in state.slice_margins] == [(True, False)]
        assert state.measures is not None
        assert page.tools.mark.isVisibleTo(page)
        assert not page.tools.draw.isEnabled()
        second.key(Qt.Key.Key_N)
        second.drag(ring(80, 140, 10))
        assert page.slice.mode == (Mode.DRAW, True)
        assert len(cases.contours(second.study.store)) == 1
    finally:
        holder.close()
    second.study.close()
    assert second.study.open(folder)
    assert page.slice.mode == (Mode.DRAW, False)
    assert page.tools.draw.isEnabled()


def test_the_lesions_of_two_authors_are_walked_worst_first(second: Desk, qtbot) -> None:
    """L1 overlaps less than L2; L3, which the second author has not drawn, is left out."""
    second.drag(ring(168, 110, 14))
    compare(second)
    sit_down(second, AUTHOR)
    second.drag(ring(80, 140, 10))
    second.key(Qt.Key.Key_A)
    second.drag(ring(160, 60, 10))
    sit_down(second, SECOND)
    second.state.choose_lesion(2)
    second.drag(ring(81, 140, 10))
    compare(second)
    for lesion, dice in ((1, "Dice 0.6"), (2, "Dice 0.9"), (1, "Dice 0.6")):
        second.page.side.agreement.next.click()
        qtbot.waitUntil(lambda dice=dice: dice in second.page.foot.notice.text(), timeout=3000)
        assert second.state.lesion.id == lesion
        assert "of 2" in second.page.foot.notice.text()


def test_my_margins_only_hides_the_other_again(second: Desk) -> None:
    second.drag(ring(163, 110, 14))
    compare(second)
    second.page.slices.only_mine.click()
    second.state.update_agreement()
    assert second.state.agreements == ()
    assert [m.is_other for m in second.state.slice_margins] == [False]
    second.page.slices.only_mine.click()
    assert [m.is_other for m in second.state.slice_margins] == [True, False]


def test_who_trains_is_chosen_on_the_page(second: Desk) -> None:
    second.drag(ring(163, 110, 14))
    compare(second)
    second.state.update_agreement()
    box, store, lesion = second.page.side.agreement, second.study.store, second.state.lesion.id
    first = cases.key_contour(store, lesion)
    assert box.trains.currentText() == f"First author ({AUTHOR})"
    box.trains.setCurrentIndex(box.trains.findData(SECOND))
    box.trains.activated.emit(box.trains.currentIndex())
    assert cases.key_contour(store, lesion).author == SECOND
    assert [r.is_key for r in second.state.slice_rows] == [
        r.is_own for r in second.state.slice_rows
    ]
    box.trains.setCurrentIndex(0)
    box.everywhere.click()
    assert cases.key_contour(store, lesion) == first


def test_undo_takes_back_ones_own_edits_only(second: Desk) -> None:
    second.drag(ring(163, 110, 14))
    second.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert second.state.is_blinded
    second.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "Nothing to undo" in second.page.foot.notice.text()
    assert len(second.stored) == 1
