"""The slice view: a picture with its margins, and the hands that work on it."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from reader_app.widgets.slice_view.canvas import NOWHERE, Canvas
from reader_app.widgets.slice_view.drawing import Drawing, Finished, Mode, Point
from reader_app.widgets.slice_view.items import HandlesItem, LineItem, path_of
from reader_app.widgets.slice_view.modifiers import far, window_speed
from reader_app.widgets.slice_view.picture import Aids, MarginLine, Picture
from reader_app.widgets.slice_view.placement import Placement
from reader_app.widgets.theme import PALETTE

REACH = 10.0
"""Screen px that count as "on" a point."""

WHEEL_STEP = 120
SMOOTH_MS = 15


class SliceView(Canvas):
    """Shows a slice and lets the user draw, scroll, window, zoom, pan and measure.

    Left = the tool, right drag = window, middle drag = pan, wheel = slice, Ctrl+wheel = zoom,
    Space held = magnifier. Signals carry image px.
    """

    drawn = Signal(object)  # Finished
    draft_changed = Signal(object)  # Points: the line as it stands, () when there is none
    stepped = Signal(int)  # slices to go, negative towards the first
    went_to_end = Signal(bool)  # True: the last slice
    window_dragged = Signal(float, float)  # low, high
    blocked = Signal()  # a scroll was refused because something is being drawn
    mode_changed = Signal()
    proposal_asked = Signal(float, float)  # image px
    nothing_enclosed = Signal()  # a line was drawn that encloses nothing

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.drawing = Drawing()
        self._rules = False
        self._nudged = False
        self._ruler: tuple[QPointF, QPointF] | None = None
        self._margins: tuple[MarginLine, ...] = ()
        self._aids = Aids()
        self._color = PALETTE.strong
        self._dragged = QPointF()
        self._drag_button = Qt.MouseButton.NoButton
        self._wheel = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Slice")
        self._lines: list[LineItem] = []
        self._box = LineItem(self._root, 1.0, dashed=True)
        self._axes = LineItem(self._root, 1.0, dashed=True)
        self._draft = LineItem(self._root)
        self._handles = HandlesItem(self._root)
        self._circle = LineItem(self._root, 1.0)
        self._measure = LineItem(self._root, 1.5)
        tops = (self._box, self._axes, self._draft, self._handles, self._circle, self._measure)
        for number, item in enumerate(tops):
            item.setZValue(10 + number)
            item.setVisible(False)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SMOOTH_MS)
        self._settle.timeout.connect(self._tell_draft)

    # --- what is shown ----------------------------------------------------------------------

    def set_picture(self, picture: Picture | None) -> None:
        """Show a slice; what was being drawn or measured on another one is dropped."""
        self.cancel()
        super().set_picture(picture)

    def set_margins(self, margins: tuple[MarginLine, ...], aids: Aids) -> None:
        """The margins of this slice; the chosen one comes under edit."""
        self._margins, self._aids = margins, aids
        while len(self._lines) < len(margins):
            self._lines.append(LineItem(self._root))
        for item in self._lines[len(margins) :]:
            item.show_line(QPainterPath())
        for item, margin in zip(self._lines, margins, strict=False):
            item.show_line(path_of(margin.points, True), margin.color)
        chosen = next((m for m in margins if m.is_chosen), None)
        self.drawing.edit(chosen.points if chosen else ())
        self._show_aids()
        self._show_draft()

    def _place(self, placement: Placement) -> None:
        super()._place(placement)
        if hasattr(self, "_settle"):  # the first fit comes before the hands are made
            self._show_draft()

    def set_color(self, color: str) -> None:
        """The colour of what is being drawn: the chosen lesion's class."""
        self._color = color
        self._show_draft()

    @property
    def mode(self) -> tuple[Mode, bool]:
        """What the left button does, and whether it measures instead."""
        return self.drawing.mode, self._rules

    def set_mode(self, mode: Mode, rules: bool = False) -> None:
        """What the left button does: draw, nudge, or measure with `rules`."""
        if (mode, rules) != self.mode:
            self.cancel()
            self.drawing.mode, self._rules = mode, rules
            self._nudged = False
            self._show_draft()
            self.mode_changed.emit()

    # --- drawing ----------------------------------------------------------------------------

    def cancel(self) -> bool:
        """Drop what is being drawn or measured; whether there was anything."""
        had = self.drawing.cancel() or self._ruler is not None
        self._ruler, self._drag_button = None, Qt.MouseButton.NoButton
        if had:
            self._show_draft()
        return had

    def complete(self) -> bool:
        """Close the polygon under the hand; whether there was one to close."""
        return self._deliver(self.drawing.complete())

    def step_back(self) -> bool:
        """Take the last point back; whether there was one."""
        changed = self.drawing.step_back()
        self._show_draft()
        return changed

    def step_forward(self) -> bool:
        """Put the point back; whether there was one."""
        changed = self.drawing.step_forward()
        self._show_draft()
        return changed

    def propose(self) -> None:
        """Ask for a margin around the pointer; without it, the next click says where."""
        if self._cursor == NOWHERE:
            self.set_mode(Mode.PROPOSE)
            return
        self.set_mode(Mode.DRAW)
        at = self.to_image(self._cursor)
        self.proposal_asked.emit(at.x(), at.y())

    def _deliver(self, finished: Finished | None) -> bool:
        self._show_draft()
        if finished is not None:
            self._nudged = self.drawing.mode is Mode.NUDGE
            self.drawn.emit(finished)
        return finished is not None

    def _reach(self) -> float:
        return REACH / max(self._placement.pixel_zoom if self._placement else 1.0, 1e-6)

    def _show_aids(self) -> None:
        box, axes = QPainterPath(), QPainterPath()
        if self._aids.box is not None:
            left, top, right, bottom = self._aids.box
            box.addRect(QRectF(left, top, right - left, bottom - top))
        for caliper in self._aids.axes:
            axes.moveTo(QPointF(*caliper.start))
            axes.lineTo(QPointF(*caliper.end))
        self._box.show_line(box, PALETTE.text_2)
        self._axes.show_line(axes, PALETTE.text)

    def _show_draft(self) -> None:
        """Bring the lines under the hand up to date; the listener hears at most every 15 ms."""
        self.drawing.reach = self._reach()
        preview = self.drawing.preview
        closed = preview.is_closed or preview.closes_here
        self._draft.show_line(path_of(preview.line, closed), self._color)
        handles = preview.anchors or self.drawing.handles
        self._handles.show_points(handles, self._color)
        editing = bool(preview.line) and self.drawing.edits
        for item, margin in zip(self._lines, self._margins, strict=False):
            item.setVisible(not (editing and margin.is_chosen))
        self._axes.setVisible(not preview.line and bool(self._aids.axes))
        self._circle.show_line(self._nudge_circle(), PALETTE.text)
        ruler = QPainterPath()
        if self._ruler is not None:
            ruler.moveTo(self._ruler[0])
            ruler.lineTo(self._ruler[1])
        self._measure.show_line(ruler, PALETTE.warning)
        if not self._settle.isActive():
            self._settle.start()
        self.viewport().update()

    def _tell_draft(self) -> None:
        self.draft_changed.emit(self.drawing.preview.line)

    def _nudge_circle(self) -> QPainterPath:
        path = QPainterPath()
        if self.drawing.mode is Mode.NUDGE and self._cursor != NOWHERE:
            radius = self.drawing.nudge_radius
            path.addEllipse(self.to_image(self._cursor), radius, radius)
        return path

    def _paint_names(self, painter: QPainter) -> None:
        for margin in self._margins:
            if margin.is_chosen and self._aids.box is not None:
                left, top = self._aids.box[:2]
                at = self.to_screen(QPointF(left, top)) + QPointF(4, -7)
            else:
                right = max(margin.points, key=_column)
                at = self.to_screen(QPointF(*right)) + QPointF(8, -10)
            self._overlay.label(painter, at, margin.label)
        if self._ruler is not None and self._picture is not None:
            at = self.to_screen(self._ruler[1]) + QPointF(10, 4)
            self._overlay.label(painter, at, self.ruler_text)

    def _lens_lines(self) -> tuple[tuple[QPainterPath, QColor], ...]:
        items = (*self._lines, self._draft)
        return tuple(item.line for item in items if item.isVisible())

    @property
    def ruler_text(self) -> str:
        """The measured length; empty without a ruler."""
        if self._ruler is None or self._picture is None:
            return ""
        by = self._ruler[1] - self._ruler[0]
        mm = math.hypot(by.x() * self._picture.column_spacing, by.y() * self._picture.row_spacing)
        return f"{mm:.1f} {'mm' if self._picture.has_mm else 'px'}"

    # --- mouse ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        event.accept()
        if self._picture is None or self._drag_button != Qt.MouseButton.NoButton:
            return
        self._cursor = event.position()
        if event.button() == Qt.MouseButton.LeftButton and self.drawing.mode is Mode.PROPOSE:
            self.propose()
            return
        if event.button() == Qt.MouseButton.LeftButton and not self._rules:
            magnetic = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            at = self.to_image(event.position())
            self._deliver(self.drawing.press(_point(at), self._reach(), magnetic))
            return
        self._drag_button, self._dragged = event.button(), event.position()
        if event.button() == Qt.MouseButton.LeftButton:
            at = self.to_image(event.position())
            self._ruler = (at, at)
            self._show_draft()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.complete():
            event.accept()
            return
        self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._cursor = event.position()
        event.accept()
        if self._drag_button != Qt.MouseButton.NoButton:
            self._drag(event)
        elif self._picture is not None:
            at = _point(self.to_image(event.position()))
            self.drawing.move(at, self._reach())
            if self.drawing.holds and not event.buttons() & Qt.MouseButton.LeftButton:
                self._deliver(self.drawing.release(at))  # the release went to another window
            elif self.drawing.is_active or self.drawing.mode is Mode.NUDGE:
                self._show_draft()
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() == self._drag_button:
            self._drag_button = Qt.MouseButton.NoButton
        elif event.button() == Qt.MouseButton.LeftButton and self._picture is not None:
            drew = self.drawing.draws_line
            done = self._deliver(self.drawing.release(_point(self.to_image(event.position()))))
            if drew and not done:
                self.nothing_enclosed.emit()

    def _drag(self, event: QMouseEvent) -> None:
        by, self._dragged = event.position() - self._dragged, event.position()
        if self._drag_button == Qt.MouseButton.MiddleButton:
            self.pan_by(by)
        elif self._drag_button == Qt.MouseButton.RightButton:
            self._drag_window(by, event.modifiers())
        elif self._ruler is not None:
            self._ruler = (self._ruler[0], self.to_image(event.position()))
            self._show_draft()

    def _drag_window(self, by: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Right wider, left narrower, down brighter level: 1 HU a px (Shift x5, Ctrl x0.2)."""
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
        if key in steps:
            self._step(steps[key])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._go_to_end(key == Qt.Key.Key_End)
        elif key in zooms:
            self.zoom_by(zooms[key])
        elif key == Qt.Key.Key_Space:
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
            self._magnify(False)
            event.accept()
        elif event.key() == Qt.Key.Key_N and self._nudged and not event.isAutoRepeat():
            self.set_mode(Mode.DRAW)  # N was held for it; a tap leaves the tool in hand
            event.accept()
        else:
            event.ignore()

    def _magnify(self, on: bool) -> None:
        self._magnifies = on
        self.viewport().update()

    def leaveEvent(self, event: QEvent) -> None:
        self._cursor = NOWHERE
        self._show_draft()
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._magnify(False)
        super().focusOutEvent(event)


def _point(at: QPointF) -> Point:
    return at.x(), at.y()


def _column(point: Point) -> float:
    return point[0]
