"""A held key whose repeats arrive as releases and presses, as X sends them."""

from __future__ import annotations

import annotate_study
import pytest
from annotate_desk import Desk, ring
from PySide6.QtCore import QElapsedTimer, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from reader_app.widgets.slice_view import Mode

LEFT = Qt.MouseButton.LeftButton


def repeat(ct: Desk, key: Qt.Key) -> None:
    """The key's own repeat, not marked as one."""
    QTest.keyRelease(ct.page.slice, key)
    QTest.keyPress(ct.page.slice, key)


def test_the_magnifier_stays_while_its_key_repeats(qtbot: QtBot, ct: Desk) -> None:
    view = ct.page.slice
    QTest.keyPress(view, Qt.Key.Key_Space)
    for _ in range(5):
        repeat(ct, Qt.Key.Key_Space)
        assert view._magnifies
    with pytest.raises(qtbot.TimeoutError):
        qtbot.waitUntil(lambda: not view._magnifies, timeout=120)
    QTest.keyRelease(view, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not view._magnifies)


@pytest.mark.parametrize("goes_on", [True, False], ids=["repeats", "let go"])
def test_a_push_in_hand_outlives_its_key(qtbot: QtBot, ct: Desk, goes_on: bool) -> None:
    x, y, _ = annotate_study.LESION
    ct.drag(ring(x, y, 16))
    view, target = ct.page.slice, ct.page.slice.viewport()
    QTest.keyPress(view, Qt.Key.Key_N)
    ct.drag([(x, y), (x, y + 18)])
    pushed = ct.stored[0]
    QTest.mousePress(target, LEFT, pos=ct.at(x, y))
    QTest.keyRelease(view, Qt.Key.Key_N)
    if goes_on:
        QTest.keyPress(view, Qt.Key.Key_N)
    QTest.mouseMove(target, ct.at(x - 18, y))
    with pytest.raises(qtbot.TimeoutError):
        qtbot.waitUntil(lambda: not view.drawing.is_active, timeout=120)
    QTest.mouseRelease(target, LEFT, pos=ct.at(x - 18, y))
    assert min(px for px, _ in ct.stored[0].points) < min(px for px, _ in pushed.points) - 1
    if not goes_on:
        qtbot.waitUntil(lambda: view.drawing.mode is Mode.DRAW)


@pytest.mark.parametrize(("held_ms", "mode"), [(0, Mode.NUDGE), (600, Mode.DRAW)])
def test_nudge_leaves_with_a_held_key_and_stays_after_a_tap(
    qtbot: QtBot, ct: Desk, monkeypatch: pytest.MonkeyPatch, held_ms: int, mode: Mode
) -> None:
    view = ct.page.slice
    monkeypatch.setattr(QElapsedTimer, "hasExpired", lambda _, limit: held_ms > limit)
    QTest.keyPress(view, Qt.Key.Key_N)
    assert "to push" in ct.page.foot.notice.text()
    QTest.keyRelease(view, Qt.Key.Key_N)
    if mode is Mode.DRAW:
        qtbot.waitUntil(lambda: view.drawing.mode is mode, timeout=10000)
    else:
        with pytest.raises(qtbot.TimeoutError):
            qtbot.waitUntil(lambda: view.drawing.mode is Mode.DRAW, timeout=120)
