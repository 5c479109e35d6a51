"""The slice view under random mouse, key and wheel events: seeded, so each can be had again."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from reader_app.widgets.slice_view import Aids, Finished, MarginLine, Mode, Picture, SliceView
from studies.errors import StudyError
from studies.imaging import contour
from studies.records import Points

NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
BUTTONS = (Qt.MouseButton.LeftButton,) * 5 + (
    Qt.MouseButton.RightButton,
    Qt.MouseButton.MiddleButton,
)
KEYS = (
    Qt.Key.Key_Space, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_R, Qt.Key.Key_H, Qt.Key.Key_N, Qt.Key.Key_X,
)  # fmt: skip
EVENTS = 350


def ring(x: float, y: float, radius: float, n: int = 40) -> Points:
    t = np.arange(n) * 2 * np.pi / n
    return tuple((x + radius * math.cos(a), y + radius * math.sin(a)) for a in t)


def picture(series: int = 1, seed: int = 0) -> Picture:
    pixels = np.random.default_rng(seed).normal(60, 30, (160, 200)).astype(np.int16)
    return Picture(pixels, 0.8, 0.7, (1, 0, 0, 0, 1, 0), series, "HU")


class Page:
    """What a page does with the view's signals, and a hand that does anything."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.view = SliceView()
        self.view.resize(420, 380)
        self.view.show()
        self.view.drawing.tracer = self.trace
        self.view.set_picture(picture())
        self.saved: list[Finished] = []
        self.standing: tuple[MarginLine, ...] = ()
        self.buttons = Qt.MouseButton.NoButton
        self.at = QPointF(200, 180)
        self.view.drawn.connect(self.save)
        self.view.stepped.connect(lambda _: self.view.set_picture(picture(1, self.some(9))))
        self.view.hover_asked.connect(lambda x, y: self.view.set_ghost(ring(x, y, 9), "proposed"))
        self.view.proposal_asked.connect(lambda x, y: self.save(Finished(ring(x, y, 9), "p")))
        self.view.window_dragged.connect(self.view.set_window)
        self.view.margin_clicked.connect(self.choose)

    def save(self, done: Finished) -> None:
        assert contour.area_mm2(done.points) > 0
        assert all(done is not other for other in self.saved)
        self.saved.append(done)
        line = MarginLine(done.points, "#f08a4b", "L1", True, done.anchors, done.tool)
        self.standing = (line,)
        self.view.set_margins(self.standing, Aids((20, 20, 60, 60)))

    def choose(self, key: int) -> None:
        assert not self.view.drawing.is_active
        assert [line for line in self.standing if line.key == key and not line.is_chosen]
        self.standing = tuple(replace(m, is_chosen=m.key == key) for m in self.standing)
        self.view.set_margins(self.standing, Aids())

    def trace(self, a: tuple[float, float], b: tuple[float, float]) -> Points:
        if self.some(4) == 0:
            raise StudyError("The slice cannot be read.")
        return a, ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), b

    def some(self, count: int) -> int:
        return int(self.random.integers(count))

    # --- events -----------------------------------------------------------------------------

    def mouse(
        self, kind: QEvent.Type, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier
    ) -> None:
        target = self.view.viewport()
        event = QMouseEvent(
            kind, self.at, target.mapToGlobal(self.at), button, self.buttons, modifiers
        )
        QApplication.sendEvent(target, event)

    def go(self) -> None:
        if self.some(3):
            step = self.random.normal(0, 12, 2)
            self.at = QPointF(self.at.x() + step[0], self.at.y() + step[1])
        else:
            self.at = QPointF(*self.random.uniform(-30, 450, 2))

    def move(self) -> None:
        for _ in range(1 + self.some(12)):
            self.go()
            self.mouse(QEvent.Type.MouseMove, Qt.MouseButton.NoButton, NONE)
        if self.buttons == Qt.MouseButton.NoButton:
            assert not self.view.drawing.holds

    def press(self) -> None:
        button = BUTTONS[self.some(len(BUTTONS))]
        self.buttons |= button
        kinds = (QEvent.Type.MouseButtonPress,) * 4 + (QEvent.Type.MouseButtonDblClick,)
        self.mouse(kinds[self.some(5)], button, (NONE, NONE, SHIFT, CTRL)[self.some(4)])

    def release(self) -> None:
        button = BUTTONS[self.some(len(BUTTONS))]
        self.buttons &= ~button
        self.mouse(QEvent.Type.MouseButtonRelease, button, NONE)

    def lose_the_button(self) -> None:
        self.buttons = Qt.MouseButton.NoButton

    def wheel(self) -> None:
        target, delta = self.view.viewport(), int(self.random.choice((-240, -120, -30, 30, 120)))
        event = QWheelEvent(
            self.at, target.mapToGlobal(self.at), QPoint(), QPoint(0, delta), self.buttons,
            (NONE, SHIFT, CTRL)[self.some(3)], Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(target, event)

    def key(self) -> None:
        key, modifiers = KEYS[self.some(len(KEYS))], (NONE, SHIFT, CTRL, CTRL | SHIFT)[self.some(4)]
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease)[self.some(2) :]:
            QApplication.sendEvent(self.view, QKeyEvent(kind, key, modifiers))

    def leave(self) -> None:
        QApplication.sendEvent(self.view, QEvent(QEvent.Type.Leave))
        if self.some(2):
            enter = QEnterEvent(self.at, self.at, self.view.viewport().mapToGlobal(self.at))
            QApplication.sendEvent(self.view, enter)

    def lose_focus(self) -> None:
        QApplication.sendEvent(self.view, QFocusEvent(QEvent.Type.FocusOut))

    def page_key(self) -> None:
        view = self.view
        calls = (
            view.cancel,
            view.complete,
            view.step_back,
            view.step_forward,
            view.propose,
            view.fit,
        )
        calls[self.some(len(calls))]()

    def mode(self) -> None:
        self.view.set_mode(tuple(Mode)[self.some(3)], self.some(4) == 0)

    def margins(self) -> None:
        """The page tells the margins again, others, or none; by and by a proposal."""
        anchors = ring(90, 80, 30, 6)
        choices: tuple[tuple[MarginLine, ...], ...] = (
            self.standing,
            (),
            (
                MarginLine(ring(90, 80, 30), "#8aa0f0", "L2", True, key=2),
                *(MarginLine(ring(90 + n, 70, 9), "#8aa0f0", "L4", key=n) for n in range(3, 60, 7)),
            ),
            (MarginLine(contour.spline(anchors), "#8aa0f0", "L3", True, anchors, "polygon"),),
            tuple(replace(line, is_chosen=False, is_dashed=True) for line in self.standing),
        )
        self.standing = choices[self.some(len(choices))]
        self.view.set_margins(self.standing, Aids())
        if self.some(3) == 0:
            self.view.set_place((90.0, 80.0) if self.some(2) else None)
            self.view.set_ghost(ring(60, 60, 12) if self.some(2) else (), "between")

    def slice(self) -> None:
        which = self.some(6)
        self.view.set_picture(None if which == 0 else picture(which % 2, which))

    def look(self) -> None:
        self.view.resize(200 + self.some(300), 200 + self.some(300))
        self.view.grab()

    def anything(self) -> None:
        hands = (self.move,) * 6 + (self.press,) * 4 + (self.release,) * 4
        rest = (
            self.wheel, self.key, self.key, self.page_key, self.page_key, self.mode, self.margins,
            self.margins, self.slice, self.leave, self.lose_the_button, self.lose_focus, self.look,
        )  # fmt: skip
        both = (*hands, *rest)
        both[self.some(len(both))]()

    # --- what must hold ---------------------------------------------------------------------

    def check(self) -> None:
        preview = self.view.drawing.preview
        shown = (*preview.line, *preview.anchors, *self.view.drawing.handles, *self.view.ghost)
        assert all(math.isfinite(v) for point in shown for v in point)
        placement = self.view.placement
        assert placement is None or math.isfinite(placement.zoom)

    def draw_a_whole_margin(self) -> None:
        """Esc, the drawing tool and one round stroke, wherever the view stood."""
        view = self.view
        self.buttons = Qt.MouseButton.NoButton
        view.resize(420, 380)
        view.set_picture(picture(7))
        view.fit()
        while view.cancel():
            pass
        view.set_mode(Mode.DRAW)
        view.set_margins((), Aids())
        before = len(self.saved)
        for number, point in enumerate((*ring(100, 80, 30), ring(100, 80, 30)[0])):
            self.at = view.to_screen(QPointF(*point))
            if number == 0:
                self.buttons = Qt.MouseButton.LeftButton
                self.mouse(QEvent.Type.MouseButtonPress, Qt.MouseButton.LeftButton, NONE)
            self.mouse(QEvent.Type.MouseMove, Qt.MouseButton.NoButton, NONE)
        self.buttons = Qt.MouseButton.NoButton
        self.mouse(QEvent.Type.MouseButtonRelease, Qt.MouseButton.LeftButton, NONE)
        assert len(self.saved) == before + 1
        done = self.saved[-1]
        assert done.tool == "freehand"
        assert contour.area_mm2(done.points) == pytest.approx(math.pi * 900, rel=0.05)


@pytest.mark.parametrize("seed", range(16))
def test_no_order_of_events_harms_the_view(seed: int, qtbot) -> None:
    page = Page(seed)
    qtbot.addWidget(page.view)
    for _ in range(EVENTS):
        page.anything()
        page.check()
    page.draw_a_whole_margin()
