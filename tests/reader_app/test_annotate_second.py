"""The second author draws blinded to the first; then both are compared, and one trains."""

from __future__ import annotations

import pytest
from annotate_desk import AUTHOR, Desk, ring
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QScrollArea

from reader_app.widgets import theme
from reader_app.widgets.slice_view import Finished, Mode
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


def agree(ct: Desk, qtbot) -> None:
    """Ask how far the two agree, and wait for the answer."""
    ct.state.update_agreement()
    qtbot.waitUntil(lambda: not ct.state.is_comparing, timeout=10000)


def compare(ct: Desk) -> None:
    ct.page.side.compare.done.click()


def test_nothing_of_the_first_margin_is_told_before_the_second_drew(second: Desk, qtbot) -> None:
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
    agree(second, qtbot)
    assert not page.side.agreement.isVisible()


def test_the_key_slice_does_not_tell_what_the_first_drew(second: Desk) -> None:
    """On the slice that the first author drew, and on one that they did not, the same is said."""
    here, said = second.state.index, []
    for index in (here, here + 1):
        second.state.go_to(index)
        second.state.save_margin(Finished(tuple(ring(163, 110, 14)[:-1]), "copy", is_edit=True))
        second.state.choose_key_slice(index)
        said.append(second.page.foot.notice.text())
    assert said[0] == said[1]
    assert said[0].startswith("Compare first")
    assert second.posted == []
    assert cases.lesions(second.study.store)[0].chosen_slice is None


def test_once_drawn_the_two_are_compared(second: Desk, qtbot) -> None:
    second.drag(ring(163, 110, 14))
    state, page = second.state, second.page
    assert state.group.entries[0].missing == "second author's margin"
    compare(second)
    assert not state.is_blinded
    assert [m.is_other for m in state.slice_margins] == [True, False]
    assert state.chosen_margin.is_own
    agree(second, qtbot)
    (pair,) = state.agreements
    assert (pair.first, pair.second) == (AUTHOR, SECOND)
    assert pair.hausdorff_mm == pytest.approx(3 * 0.8, abs=0.4)
    assert pair.dice == pytest.approx(0.864, abs=0.02)
    assert page.side.agreement.isVisibleTo(page)
    assert not page.side.compare.isVisibleTo(page)
    assert page.side.agreement.figures[0].text() == f"{pair.dice:.2f}"
    assert f"{pair.dice:.2f}" in page.slices.note.text()
    assert state.group.entries[0].state == "done"


def test_the_second_draws_every_slice_blinded_and_is_told_nothing_between(
    second: Desk, qtbot
) -> None:
    """Neither which slices the first drew, nor their sizes, nor how far the two agree."""
    here = second.state.index
    sit_down(second, AUTHOR)
    second.key(Qt.Key.Key_Down)
    second.drag(ring(160, 110, 12))
    sit_down(second, SECOND)
    second.state.go_to(here)
    second.drag(ring(163, 110, 14))
    state = second.state
    agree(second, qtbot)
    assert state.is_blinded
    assert state.agreements == ()
    assert [row.slice_index for row in state.slice_rows] == [here]
    assert [(m.is_own, m.margin.slice_index) for m in state.margins] == [(True, here)]
    assert second.page.slices.only_mine.isChecked()
    compare(second)
    agree(second, qtbot)
    (pair,) = state.agreements
    assert [s.only for s in pair.disagreements] == [AUTHOR, ""]
    item = second.page.side.agreement.worst.item(0)
    assert item.text() == f"{here + 2}: only {AUTHOR}"
    second.page.side.agreement.worst.itemClicked.emit(item)
    assert state.index == here + 1
    assert [m.is_other for m in state.slice_margins] == [True]


def test_what_is_traced_after_comparing_changes_no_figure(second: Desk, qtbot) -> None:
    second.drag(ring(168, 110, 14))
    compare(second)
    agree(second, qtbot)
    before = second.state.agreement
    second.state.save_margin(Finished(tuple(ring(160, 110, 14)[:-1]), "freehand", is_edit=True))
    agree(second, qtbot)
    after = second.state.agreement
    assert after.dice == before.dice < 0.8
    assert after.changed == (second.state.index,)
    assert "after comparing" in second.page.side.agreement.pair.text()


def test_who_only_looked_is_said_to_be_not_independent(second: Desk, qtbot) -> None:
    second.page.side.compare.look.click()
    assert "not independent" in second.page.foot.notice.text()
    (seen,) = second.state.slice_margins
    assert (seen.is_chosen, seen.is_own) == (True, False)
    second.drag(ring(161, 110, 14))
    agree(second, qtbot)
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
        qtbot.waitUntil(lambda dice=dice: dice in second.page.foot.notice.text(), timeout=10000)
        assert second.state.lesion.id == lesion
        assert "of 2" in second.page.foot.notice.text()


def test_my_margins_only_hides_the_other_again(second: Desk, qtbot) -> None:
    second.drag(ring(163, 110, 14))
    compare(second)
    second.page.slices.only_mine.click()
    agree(second, qtbot)
    assert second.state.agreements == ()
    assert [m.is_other for m in second.state.slice_margins] == [False]
    second.page.slices.only_mine.click()
    assert [m.is_other for m in second.state.slice_margins] == [True, False]


def test_who_trains_is_chosen_on_the_page(second: Desk, qtbot) -> None:
    second.drag(ring(163, 110, 14))
    compare(second)
    agree(second, qtbot)
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


def test_nothing_of_the_second_margin_is_told_to_the_first_before_it_is_done(
    second: Desk, qtbot
) -> None:
    """Neither lines, marks, rows, counts, sizes nor figures; both see all once it is compared."""
    state, page, here = second.state, second.page, second.state.index
    second.drag(ring(163, 110, 14))
    second.key(Qt.Key.Key_Down)
    second.drag(ring(163, 110, 12))
    sit_down(second, AUTHOR)
    state.choose_lesion(1)
    agree(second, qtbot)
    assert state.is_blinded
    assert [(m.is_own, m.margin.slice_index) for m in state.margins] == [(True, here)]
    assert [mark.index for mark in page.bar.marks] == [here]
    assert [(row.slice_index, row.author) for row in state.slice_rows] == [(here, AUTHOR)]
    assert page.slices.title.text() == "Slices 1"
    assert state.agreements == ()
    assert not page.side.agreement.isVisibleTo(page)
    assert f"{SECOND}'s margins are hidden" in page.slices.note.text()
    (entry,) = state.group.entries
    assert (entry.state, entry.missing, entry.hides_size) == ("done", "", False)
    state.go_to(here + 1)
    assert state.slice_margins == ()
    assert (state.twin, state.measures, state.whereabouts) == (None, None, None)
    sit_down(second, SECOND)
    state.choose_lesion(1)
    compare(second)
    sit_down(second, AUTHOR)
    assert not state.is_blinded
    assert {m.margin.slice_index for m in state.margins if m.is_other} == {here, here + 1}


def test_a_first_author_who_goes_on_drawing_has_to_compare_too(second: Desk) -> None:
    second.drag(ring(163, 110, 14))
    sit_down(second, AUTHOR)
    second.state.choose_lesion(1)
    second.drag(ring(160, 110, 16))
    assert second.state.group.entries[0].missing == "second author's margin"
    sit_down(second, SECOND)
    compare(second)
    sit_down(second, AUTHOR)
    assert second.state.is_blinded
    compare(second)
    assert [m.is_other for m in second.state.slice_margins] == [True, False]


def test_a_second_author_on_another_lesion_is_told_so_once_done_and_not_before(
    second: Desk,
    qtbot,
) -> None:
    said: list[str] = []
    second.state.noticed.connect(lambda _, words: said.append(words))
    second.drag(ring(80, 140, 10))
    assert [words for words in said if words] == ["L1 saved, no warning"]
    compare(second)
    assert said[-1].endswith("your margin and Dr Test's do not meet. Is it the same lesion?")
    agree(second, qtbot)
    assert "the margins do not meet" in second.page.side.agreement.pair.text()


@pytest.mark.parametrize("family", ["Inter", "DejaVu Sans"])
def test_the_side_panel_stays_in_its_width_with_two_authors(
    second: Desk, qtbot, family: str
) -> None:
    """Far apart and of very unlike sizes: long words, and figures of four digits."""
    theme.apply(QApplication.instance(), family)
    try:
        second.drag(ring(110, 140, 50))
        compare(second)
        agree(second, qtbot)
        second.page.side.layout().activate()
        area = second.page.side.findChild(QScrollArea)
        assert second.page.side.agreement.isVisibleTo(second.page)
        assert area.widget().minimumSizeHint().width() <= area.viewport().width()
    finally:
        theme.apply(QApplication.instance())


def test_no_slice_in_common_is_said_once_done(second: Desk) -> None:
    second.key(Qt.Key.Key_Down)
    second.drag(ring(160, 110, 14))
    compare(second)
    assert "no slice in common" in second.page.foot.notice.text()
