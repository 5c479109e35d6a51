"""Somebody with a new name: the same person, or another one. The page asks before any stroke."""

from __future__ import annotations

import pytest
from annotate_desk import AUTHOR, Desk, ring
from PySide6.QtCore import Qt

from studies import cases
from studies.access import ANALYST

NEW = "Dr Test-Meyer"


@pytest.fixture
def renamed(ct: Desk) -> Desk:
    """L1 drawn and diagnosed; then the name at the top right is changed."""
    ct.drag(ring(160, 110, 14))
    ct.key(Qt.Key.Key_C)
    ct.key(Qt.Key.Key_B)
    assert not ct.page.person.isVisibleTo(ct.page)
    ct.settings.author = NEW
    ct.study.notify("lesions")
    return ct


def test_the_same_person_goes_on_with_all_their_margins(renamed: Desk) -> None:
    page, state = renamed.page, renamed.state
    assert state.is_blinded
    assert page.person.isVisibleTo(page)
    assert AUTHOR in page.person.words.text()
    page.person.same.click()
    assert not page.person.isVisibleTo(page)
    assert not state.is_blinded
    assert [m.is_own for m in state.slice_margins] == [True]
    assert f"is {NEW}'s now" in page.foot.notice.text()
    assert {one.author for one in cases.contours(renamed.study.store)} == {NEW}
    (kept,) = cases.renamings(renamed.study.store)
    assert (kept.before, kept.after) == (AUTHOR, NEW)
    for _ in range(3):
        renamed.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not cases.lesions(renamed.study.store)


def test_another_person_draws_as_another_author(renamed: Desk) -> None:
    page = renamed.page
    page.person.other.click()
    assert not page.person.isVisibleTo(page)
    assert renamed.state.is_blinded
    assert cases.renamings(renamed.study.store) == ()
    renamed.settings.author = AUTHOR
    renamed.study.notify("lesions")
    assert not page.person.isVisibleTo(page)


def test_the_first_stroke_answers_too(renamed: Desk) -> None:
    renamed.drag(ring(161, 110, 14))
    assert not renamed.page.person.isVisibleTo(renamed.page)
    assert {one.author for one in cases.contours(renamed.study.store)} == {AUTHOR, NEW}


def test_only_the_coordinator_is_asked(renamed: Desk) -> None:
    renamed.study.enter("", ANALYST, NEW)
    assert not renamed.page.person.isVisibleTo(renamed.page)
