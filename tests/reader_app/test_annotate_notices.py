"""What the foot line says after undo, after the last case, and for how long."""

from __future__ import annotations

import annotate_study
import pytest
from annotate_desk import Desk, ring
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from reader_app.views.main_window.dialogs import KeySheet, keys_of

CTRL = Qt.KeyboardModifier.ControlModifier
X, Y, _ = annotate_study.LESION


def test_undo_and_redo_say_what_they_were_about(ct: Desk) -> None:
    ct.key(Qt.Key.Key_A)
    ct.drag(ring(X, Y, 16))
    place = f"margin on slice {ct.state.index + 1}"
    ct.key(Qt.Key.Key_Z, CTRL)
    assert ct.page.foot.notice.text() == f"Undo: L1, {place}."
    ct.key(Qt.Key.Key_Z, CTRL)
    assert ct.page.foot.notice.text() == "Undo: L1, added."
    ct.drag(ring(X, Y, 16))
    ct.key(Qt.Key.Key_Z, CTRL)
    ct.key(Qt.Key.Key_Y, CTRL)
    assert ct.page.foot.notice.text() == f"Redo: L2, {place}, and the lesion."


def test_the_next_case_says_when_nothing_is_missing(ct: Desk) -> None:
    said: list[str] = []
    ct.state.noticed.connect(lambda _, words: said.append(words))
    for _ in ct.state.groups:
        assert "No case misses anything." not in said
        ct.drag(ring(X, Y, 16))
        ct.key(Qt.Key.Key_C)
        ct.key(Qt.Key.Key_B)
        ct.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert said[-1] == "No case misses anything."


def test_a_notice_leaves_and_a_warning_stays(ct: Desk) -> None:
    foot = ct.page.foot
    foot._leave.setInterval(1)
    foot.show_notice("warning", "look")
    assert not foot._leave.isActive()
    foot.show_notice("ok", "saved")
    assert foot._leave.isActive()
    foot._leave.timeout.emit()
    assert foot.notice.text() == ""


def test_a_small_margin_is_not_hidden_by_its_anchors(ct: Desk) -> None:
    view = ct.page.slice
    ct.drag(ring(X, Y, 16))
    assert view._axes.isVisible()
    assert view._handles.isVisible()
    while view.placement.pixel_zoom * 32 > 30:
        QTest.keyClick(view, Qt.Key.Key_Minus)
    assert not view._axes.isVisible()
    assert not view._handles.isVisible()


@pytest.mark.parametrize("size", [QSize(1024, 680), QSize(1920, 1080)])
def test_the_key_sheet_stays_within_its_window_and_says_what_keys_do(
    qtbot: QtBot, ct: Desk, size: QSize
) -> None:
    keys = keys_of(ct.page)
    assert not ct.page.slices.between.isEnabled()
    assert "first" not in dict(keys)["I"]
    ct.page.resize(size)
    everywhere = tuple((f"Ctrl {number}", "Annotate") for number in range(11))
    sheet = KeySheet((("Everywhere", everywhere), ("Annotate", keys)), ct.page)
    assert sheet.width() < ct.page.width()
    assert sheet.height() < ct.page.height()
    (scroll,) = sheet.findChildren(QScrollArea)
    sheet.show()
    qtbot.waitExposed(sheet)
    assert scroll.horizontalScrollBar().maximum() == 0
    if size.width() == 1920:
        assert scroll.verticalScrollBar().maximum() == 0
