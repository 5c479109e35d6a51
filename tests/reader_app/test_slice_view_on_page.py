"""Random hands and keys on the Annotate page: what is finished is on the disk at once."""

from __future__ import annotations

import numpy as np
import pytest
from annotate_desk import Desk, ring
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from reader_app.widgets.slice_view import Finished, Mode

Key = Qt.Key
LEFT, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
PLAIN_KEYS = (
    Key.Key_G, Key.Key_N, Key.Key_D, Key.Key_R, Key.Key_Return, Key.Key_Escape, Key.Key_Backspace,
    Key.Key_Delete, Key.Key_A, Key.Key_C, Key.Key_B, Key.Key_I, Key.Key_Up, Key.Key_Down,
    Key.Key_Home, Key.Key_Space, Key.Key_3, Key.Key_0,
)  # fmt: skip
CTRL_KEYS = (
    Key.Key_Z, Key.Key_Z, Key.Key_Y, Key.Key_R, Key.Key_H, Key.Key_Up, Key.Key_Down,
    Key.Key_Delete, Key.Key_Return,
)  # fmt: skip
EVENTS = 220


class Hand:
    """Moves, presses and keys at random; hears what is finished."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk, self.random = desk, np.random.default_rng(seed)
        self.at, self.buttons = QPointF(300, 300), NO_BUTTON
        self.finished: list[Finished] = []
        desk.page.slice.drawn.connect(self.check)  # after the page, which saves it

    def check(self, done: Finished) -> None:
        self.finished.append(done)
        stored = [m for m in self.desk.stored if m.points == done.points]
        assert [(m.tool, m.anchors, m.seeds) for m in stored] == [
            (done.tool, done.anchors, done.seeds)
        ]

    def some(self, count: int) -> int:
        return int(self.random.integers(count))

    def mouse(self, kind: QEvent.Type, button: Qt.MouseButton) -> None:
        target, modifiers = self.desk.page.slice.viewport(), (NONE, NONE, SHIFT)[self.some(3)]
        event = QMouseEvent(
            kind, self.at, target.mapToGlobal(self.at), button, self.buttons, modifiers
        )
        QApplication.sendEvent(target, event)

    def go(self) -> None:
        step = self.random.normal(0, 15, 2)
        self.at = QPointF(self.at.x() + step[0], self.at.y() + step[1])
        if self.some(6) == 0:
            self.at = QPointF(*self.random.uniform(0, 500, 2))
        self.mouse(QEvent.Type.MouseMove, NO_BUTTON)

    def anything(self) -> None:
        what = self.some(10)
        if what < 4:
            for _ in range(1 + self.some(9)):
                self.go()
        elif what < 6:
            self.buttons = LEFT
            self.mouse(QEvent.Type.MouseButtonPress, LEFT)
        elif what < 8:
            self.buttons = NO_BUTTON
            self.mouse(QEvent.Type.MouseButtonRelease, LEFT)
        elif what == 8:
            self.desk.key(PLAIN_KEYS[self.some(len(PLAIN_KEYS))])
        else:
            self.desk.key(CTRL_KEYS[self.some(len(CTRL_KEYS))], CTRL)

    def rest(self) -> None:
        """Let go of everything."""
        self.buttons = NO_BUTTON
        for _ in range(3):
            self.desk.key(Key.Key_Escape)
        self.desk.key(Key.Key_D)
        self.mouse(QEvent.Type.MouseMove, NO_BUTTON)


@pytest.mark.parametrize("seed", [0, 4, 6, 9])
def test_whatever_the_hands_do_what_is_finished_is_stored(ct: Desk, seed: int) -> None:
    hand = Hand(ct, seed)
    for _ in range(EVENTS):
        hand.anything()
    hand.rest()
    assert ct.page.slice.mode == (Mode.DRAW, False)
    assert not ct.page.slice.drawing.is_active
    before = len(hand.finished)
    assert before >= 2  # the hands were not idle
    ct.key(Key.Key_A)
    ct.page.slice.fit()
    ct.drag(ring(160, 110, 14))
    assert len(hand.finished) == before + 1
    assert not [message for message in ct.posted if message.kind == "error"]
