"""The slice view: a picture with its margins, and the hands that work on it."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from reader_app.widgets.slice_view.canvas import NOWHERE
from reader_app.widgets.slice_view.gesture import Finished, Mode, Phase, Point
from reader_app.widgets.slice_view.held_key import HeldKey
from reader_app.widgets.slice_view.hover import Hover
from reader_app.widgets.slice_view.modifiers import far, turned, window_speed
from reader_app.widgets.slice_view.picture import Picture
from reader_app.widgets.slice_view.ruler import Ruler
from reader_app.widgets.slice_view.sheet import Sheet, on_line

WHEEL_STEP = 120
SMOOTH_MS = 15
NO_BUTTON, LEFT = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton


class SliceView(Sheet):
    """Shows a slice and lets the user draw, scroll, window, zoom, pan, turn and measure.

    Left = the tool, right drag = window, middle drag = pan, wheel = slice, Ctrl+wheel = zoom,
    Space held = magnifier, Ctrl+R turns (Shift: back), Ctrl+H flips left to right (Shift: top to
    bottom). Signals carry image px; margins are stored unturned.
    """

    drawn = Signal(object)  # Finished
    draft_changed = Signal(object)  # Points: the line as it stands, () when there is none
    stepped = Signal(int)  # slices to go, negative towards the first
    went_to_end = Signal(bool)  # True: the last slice
    window_dragged = Signal(float, float)  # low, high
    blocked = Signal()  # a scroll was refused because something is being drawn
    mode_changed = Signal()
    hover_asked = Signal(float, float)  # where a proposal would be asked for; every 16 ms at most
    proposal_asked = Signal(float, float)  # image px
    ghost_taken = Signal()  # Enter or a click on a ghost while the proposal tool is off
    margin_clicked = Signal(int)  # the key of another margin whose line was clicked
    nothing_enclosed = Signal()  # a line was drawn that encloses nothing, or hardly anything
    nothing_to_push = Signal()  # the nudge tool is pressed where no margin is

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rules = False
        self._nudged = False
        self._grip = 0  # the end of the ruler that is dragged
        self._swallows = False  # the second press of a double click on a proposal
        self._dragged = QPointF()
        self._drag_button = NO_BUTTON
        self._wheel = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Slice")
        self._hover = Hover(self, self.hover_asked.emit)
        self._lens_key = HeldKey(self, lambda: self._magnify(False))
        self._nudge_key = HeldKey(self, self._end_nudging)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SMOOTH_MS)
        self._settle.timeout.connect(self._tell_draft)

    # --- what is shown ----------------------------------------------------------------------

    def set_picture(self, picture: Picture | None) -> None:
        """Show a slice; what was drawn, measured or proposed on another one is dropped."""
        self._drop()
        self.set_ghost(())
        self.set_place(None)
        super().set_picture(picture)
        self._ask_hover()

    @property
    def mode(self) -> tuple[Mode, bool]:
        """What the left button does, and whether it measures instead."""
        return self.drawing.mode, self._rules

    def set_mode(self, mode: Mode, rules: bool = False) -> None:
        """What the left button does: draw, nudge, propose, or measure with `rules`."""
        self._nudge_key.press((mode, rules) != self.mode)
        if (mode, rules) != self.mode:
            self._drop()
            if self.drawing.mode is Mode.PROPOSE:
                self._hover.stop()
                self.set_ghost(())
            self.drawing.mode, self._rules = mode, rules
            self._nudged = False
            self._show_draft()
            self.mode_changed.emit()
            self._ask_hover()

    # --- drawing ----------------------------------------------------------------------------

    def cancel(self) -> bool:
        """Drop what is drawn or measured, else the ghost; whether there was anything."""
        if self._drop():
            return True
        if self.drawing.mode is Mode.PROPOSE:
            self.set_mode(Mode.DRAW)
            return True
        had_ghost = bool(self._ghost)
        self.set_ghost(())
        return had_ghost

    def _drop(self) -> bool:
        had = self.drawing.cancel() or self._ruler is not None
        self._ruler, self._drag_button = None, NO_BUTTON
        if had:
            self._show_draft()
        return had

    def complete(self) -> bool:
        """Take the proposal, or close the polygon; whether there was anything to end so."""
        if self.drawing.mode is Mode.PROPOSE:
            return self._take_proposal()
        if self._ghost and not self.drawing.is_active:
            self.ghost_taken.emit()
            return True
        was_active, has_points = self.drawing.is_active, not self.drawing.holds
        if not self._deliver(self.drawing.complete()) and was_active and has_points:
            self.nothing_enclosed.emit()
        return was_active

    def step_back(self) -> bool:
        """Take the last point or stretch back; whether there was one."""
        changed = self.drawing.step_back()
        self._show_draft()
        return changed

    def step_forward(self) -> bool:
        """Put the point or stretch back; whether there was one."""
        changed = self.drawing.step_forward()
        self._show_draft()
        return changed

    def propose(self) -> None:
        """Take the proposal tool in hand; with it in hand, take what it proposes."""
        if self.drawing.mode is Mode.PROPOSE:
            self._take_proposal()
        else:
            self.set_mode(Mode.PROPOSE)

    def _take_proposal(self) -> bool:
        if self._cursor == NOWHERE or self._picture is None:
            return False
        at = self.to_image(self._cursor)
        self.set_mode(Mode.DRAW)
        self.proposal_asked.emit(at.x(), at.y())
        return True

    def _ask_hover(self) -> None:
        """Tell where a proposal would be asked for."""
        on_picture = self._picture is not None and self._cursor != NOWHERE
        if on_picture and self.drawing.mode is Mode.PROPOSE:
            self._hover.move(_point(self.to_image(self._cursor)))

    def _deliver(self, finished: Finished | None) -> bool:
        self._show_draft()
        if finished is not None:
            self._nudged = self.drawing.mode is Mode.NUDGE
            self.drawn.emit(finished)
        return finished is not None

    def _show_draft(self) -> None:
        """As the sheet does; the listener hears of it at most every 15 ms."""
        super()._show_draft()
        if not self._settle.isActive():
            self._settle.start()

    def _tell_draft(self) -> None:
        self.draft_changed.emit(self._preview.line)

    # --- mouse ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        event.accept()
        if self._picture is None or self._drag_button != NO_BUTTON:
            return
        self._cursor, self._swallows = event.position(), False
        at = _point(self.to_image(event.position()))
        if event.button() != LEFT:
            self._drag_button, self._dragged = event.button(), event.position()
        elif self._rules:
            self._press_ruler(at)
        elif self.drawing.mode is Mode.PROPOSE:
            self._swallows = self._take_proposal()
        else:
            if self.drawing.mode is Mode.NUDGE and not self.drawing.edited:
                self.nothing_to_push.emit()
            magnetic = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._deliver(self.drawing.press(at, self._reach(), magnetic))

    def _press_ruler(self, at: Point) -> None:
        grip = self._ruler.grip(at, self._reach()) if self._ruler else None
        if grip is None or self._ruler is None:
            self._ruler, grip = Ruler(at, at), 1
        self._grip, self._drag_button = grip, LEFT
        self._show_draft()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == LEFT and (self._swallows or self._deliver(self.drawing.complete())):
            self._swallows = False
            event.accept()
            return
        self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._cursor = event.position()
        event.accept()
        if self._drag_button != NO_BUTTON and not event.buttons() & self._drag_button:
            self._end_drag()  # the release went to another window
        if self._drag_button != NO_BUTTON:
            self._drag(event)
        elif self._picture is not None:
            self._move(_point(self.to_image(event.position())), bool(event.buttons() & LEFT))
        self.viewport().update()

    def _move(self, at: Point, is_down: bool) -> None:
        if is_down:
            self.drawing.move(at, self._reach())
        elif self.drawing.holds:
            self._release(at)  # the release went to another window
        else:
            self.drawing.hover(at, self._reach())
            self._show_hand(at, self.drawing.mode is Mode.DRAW and not self.drawing.is_active)
        if self.drawing.is_active or self.drawing.mode is Mode.NUDGE:
            self._show_draft()
        self._ask_hover()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() == self._drag_button:
            self._end_drag()
        elif event.button() == LEFT and self._picture is not None:
            self._release(_point(self.to_image(event.position())))

    def _release(self, at: Point) -> None:
        may_choose = self.drawing.phase is Phase.PRESSED
        was_idle = not self.drawing.is_active
        self._deliver(self.drawing.hover(at, self._reach()))
        if self.drawing.refused and not was_idle:
            self.nothing_enclosed.emit()
        elif may_choose and self.drawing.clicks == 1:
            self._choose(at)

    def _choose(self, at: Point) -> None:
        """A click while nothing was drawn takes a ghost, or chooses another margin."""
        takes = bool(self._ghost) and not self._rules and on_line(self._ghost, at, self._reach())
        other = None if takes else self._margin_at(at, self._reach())
        if not takes and other is None:
            return  # the first point of a polygon
        self.drawing.cancel()
        self._swallows = True
        self._show_draft()
        if other is None:
            self.ghost_taken.emit()
        else:
            self.margin_clicked.emit(other.key)

    def _end_drag(self) -> None:
        button, ruler, self._drag_button = self._drag_button, self._ruler, NO_BUTTON
        if button == LEFT and ruler is not None and ruler.start == ruler.end:
            self._ruler = None  # a click measures nothing
            self._show_draft()
            self._choose(ruler.end)

    def _drag(self, event: QMouseEvent) -> None:
        by, self._dragged = event.position() - self._dragged, event.position()
        if self._drag_button == Qt.MouseButton.MiddleButton:
            self.pan_by(by)
        elif self._drag_button == Qt.MouseButton.RightButton:
            self._drag_window(by, event.modifiers())
        elif self._drag_button == LEFT and self._ruler is not None:
            self._ruler = self._ruler.moved(self._grip, _point(self.to_image(event.position())))
            self._show_draft()

    def _drag_window(self, by: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Right wider, left narrower, down a higher level: 1 HU a px (Shift x5, Ctrl x0.2)."""
        low, high = self._window
        unit = 1.0 if self._is_hu() else min(1.0, (high - low) / 256)
        speed = unit * window_speed(modifiers)
        width = max(high - low + by.x() * speed, unit)
        level = (low + high) / 2 + by.y() * speed
        self.window_dragged.emit(level - width / 2, level + width / 2)

    def _is_hu(self) -> bool:
        return self._picture is not None and self._picture.unit == "HU"

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        turned = event.angleDelta().y() or event.angleDelta().x()  # Shift swaps them on some
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1.2 ** (turned / WHEEL_STEP), event.position())
            return
        self._wheel += turned
        steps, self._wheel = int(self._wheel / WHEEL_STEP), int(math.fmod(self._wheel, WHEEL_STEP))
        if steps:
            self._step(-steps * far(event.modifiers()))

    def _step(self, slices: int) -> None:
        if self.drawing.is_active:
            self.blocked.emit()
        else:
            self.stepped.emit(slices)

    # --- keys -------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        step = far(event.modifiers())
        steps = {
            Qt.Key.Key_Down: step,
            Qt.Key.Key_Up: -step,
            Qt.Key.Key_PageDown: 10,
            Qt.Key.Key_PageUp: -10,
        }
        zooms = {Qt.Key.Key_Plus: 1.2, Qt.Key.Key_Equal: 1.2, Qt.Key.Key_Minus: 1 / 1.2}
        now = self._placement.turn if self._placement else None
        turn = turned(now, key, event.modifiers()) if now is not None else None
        if turn is not None:
            self.turn(turn)
        elif key in steps:
            self._step(steps[key])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._go_to_end(key == Qt.Key.Key_End)
        elif key in zooms:
            self.zoom_by(zooms[key])
        elif key == Qt.Key.Key_Space:
            self._lens_key.press()
            self._magnify(True)
        else:
            event.ignore()
            return
        event.accept()

    def _go_to_end(self, last: bool) -> None:
        if self.drawing.is_active:
            self.blocked.emit()
        else:
            self.went_to_end.emit(last)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._lens_key.release()
            event.accept()
        elif event.key() == Qt.Key.Key_N and self._nudges_held and not event.isAutoRepeat():
            self._nudge_key.release()
            event.accept()
        else:
            event.ignore()

    def _end_nudging(self) -> None:
        if self.drawing.is_active:
            self._nudge_key.release()  # first the push in hand comes to its end
        elif self._nudges_held:
            self.set_mode(Mode.DRAW)

    @property
    def _nudges_held(self) -> bool:
        """N is held for it, or a push was made; a tap leaves the tool in hand."""
        return self.mode[0] is Mode.NUDGE and (self._nudged or self._nudge_key.is_held)

    def _magnify(self, on: bool) -> None:
        self._magnifies = on
        self.viewport().update()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._cursor = event.position()
        self._ask_hover()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._cursor = NOWHERE
        self._hover.stop()
        if self.drawing.mode is Mode.PROPOSE:
            self.set_ghost(())
        self._show_draft()
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._magnify(False)
        super().focusOutEvent(event)


def _point(at: QPointF) -> Point:
    return at.x(), at.y()
