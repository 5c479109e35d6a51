"""The slice bar: where in the series we are, where lesions are drawn, where slices are missing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from reader_app.widgets.class_mark import paint_mark
from reader_app.widgets.theme import PALETTE

WIDTH, EDGE = 22, 6
SHAPE = 9.0
"""Px of a class's shape; shapes nearer than this stand side by side."""

LANES = (15.5, 6.5)
"""Middles of the two lanes of shapes, px from the left."""

MOST_LANES, LINE = 6, 3.0
"""Lines of so many lesions find room beside each other; how high a slice's line is, px."""


@dataclass(frozen=True)
class Mark:
    """A lesion drawn on a slice (index from 0); the chosen lesion's marks are stronger.

    `marker` is the class's shape, shown once a lesion: at its key slice, else amid its slices.
    """

    index: int
    color: str
    text: str
    is_chosen: bool = False
    marker: str = ""
    is_key: bool = False


class SliceBar(QWidget):
    """A narrow upright bar: click or drag goes to a slice."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count, self._index = 0, 0
        self._marks: tuple[Mark, ...] = ()
        self._shapes: tuple[Mark, ...] = ()
        self._lanes: dict[str, Lane] = {}
        self._gaps: tuple[int, ...] = ()
        self.setFixedWidth(WIDTH)
        self.setAccessibleName("Slice bar")
        self.setToolTip("Slices: click or drag (wheel, Up and Down)")

    def set_place(self, index: int, count: int) -> None:
        """The slice shown, from 0, of so many."""
        if count != self._count:
            self._count, self._lanes = count, {}
        self._index = index
        self.update()

    def set_marks(self, marks: tuple[Mark, ...]) -> None:
        """Where lesions are drawn."""
        if marks != self._marks:
            self._marks, self._shapes, self._lanes = marks, _shapes(marks), {}
            self.update()

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Where lesions are drawn."""
        return self._marks

    def set_gaps(self, after: tuple[int, ...]) -> None:
        """Behind which slices (indices from 0) others are missing."""
        if after != self._gaps:
            self._gaps = after
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 200)

    def _y(self, index: float) -> float:
        """The middle of a slice's stretch."""
        return EDGE + (index + 0.5) * (self.height() - 2 * EDGE) / max(self._count, 1)

    def _index_at(self, y: float) -> int:
        stretch = (self.height() - 2 * EDGE) / max(self._count, 1)
        return min(max(int((y - EDGE) / stretch), 0), self._count - 1)

    # --- painting ---------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(PALETTE.rail))
        if not self._count:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for gap in self._gaps:
            self._paint_gap(painter, self._y(gap + 0.5))
        for mark in self._marks:
            painter.fillRect(self.line_of(mark), QColor(mark.color))
        self._paint_place(painter)
        self._paint_shapes(painter)

    def line_of(self, mark: Mark) -> QRectF:
        """Where a mark's line lies: beside those of other lesions that would lie under it."""
        if not self._lanes:
            stretch = (self.height() - 2 * EDGE) / max(self._count, 1)
            self._lanes = lanes(self._marks, math.ceil(LINE / max(stretch, 1e-6)))
        lane = self._lanes[mark.text]
        inset = 2 if mark.is_chosen else 4
        width = (WIDTH - 2 * inset) / lane.of
        left, room = inset + lane.number * width, 1.0 if lane.of > 1 else 0.0
        return QRectF(left, self._y(mark.index) - LINE / 2, width - room, LINE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lanes = {}

    def _paint_gap(self, painter: QPainter, y: float) -> None:
        """A notch from either side: something is missing between two slices."""
        painter.setPen(QPen(QColor(PALETTE.warning), 1.5))
        for x, inward in ((0.0, 6.0), (float(WIDTH), -6.0)):
            painter.drawLine(QPointF(x, y - 3), QPointF(x + inward, y))
            painter.drawLine(QPointF(x, y + 3), QPointF(x + inward, y))

    def _paint_place(self, painter: QPainter) -> None:
        height = max(10.0, (self.height() - 2 * EDGE) / self._count)
        y = min(max(self._y(self._index), EDGE + height / 2), self.height() - EDGE - height / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(180, 188, 197, 150))
        painter.drawRoundedRect(QRectF(4, y - height / 2, WIDTH - 8, height), 4, 4)

    def _paint_shapes(self, painter: QPainter) -> None:
        last = [-SHAPE * 2] * len(LANES)
        for mark in self._shapes:
            y = self._y(mark.index)
            free = [lane for lane, taken in enumerate(last) if y - taken >= SHAPE]
            lane = free[0] if free else last.index(min(last))
            y = min(max(y, last[lane] + SHAPE), self.height() - SHAPE / 2)  # a little lower, then
            last[lane] = y
            at = QPointF(LANES[lane], y)
            paint_mark(painter, at, mark.marker, QColor(PALETTE.rail), SHAPE + 3)
            paint_mark(painter, at, mark.marker, QColor(mark.color), SHAPE)

    # --- hands ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def _go(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self._count:
            self.chosen.emit(self._index_at(event.position().y()))

    def words_at(self, y: float) -> str:
        """What lies at a height: the slice, its lesions, a gap behind it."""
        at = self._index_at(y)
        names = [mark.text for mark in self._marks if mark.index == at]
        words = f"Slice {at + 1}" + (f": {', '.join(names)}" if names else "")
        return f"{words}. Slices are missing after it." if at in self._gaps else words

    def event(self, event: object) -> bool:
        if isinstance(event, QHelpEvent) and self._count:
            QToolTip.showText(event.globalPos(), self.words_at(event.pos().y()), self)
            return True
        return super().event(event)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Lane:
    """A lesion's strip of the bar's width: its number from the left, of so many."""

    number: int
    of: int


def lanes(marks: tuple[Mark, ...], near: int) -> dict[str, Lane]:
    """By lesion its lane: those drawn on slices less than `near` apart lie side by side.

    Beyond MOST_LANES lesions share lanes.
    """
    drawn: dict[str, list[int]] = {}
    for mark in marks:
        drawn.setdefault(mark.text, []).append(mark.index)
    order = sorted(drawn, key=lambda text: (min(drawn[text]), -max(drawn[text]), text))
    found: dict[str, Lane] = {}
    group: list[str] = []
    ends: list[int] = []  # by lane the last slice drawn in it
    for text in order:
        first, last = min(drawn[text]), max(drawn[text])
        if group and first >= max(ends) + near:
            found |= _numbered(group, found, len(ends))
            group, ends = [], []
        free = [lane for lane, end in enumerate(ends) if first >= end + near]
        if not free and len(ends) < MOST_LANES:
            free, ends = [len(ends)], [*ends, last]
        lane = free[0] if free else ends.index(min(ends))
        ends[lane] = max(ends[lane], last)
        found[text] = Lane(lane, 1)
        group.append(text)
    return found | _numbered(group, found, len(ends))


def _numbered(group: list[str], found: dict[str, Lane], of: int) -> dict[str, Lane]:
    return {text: Lane(found[text].number, of) for text in group}


def _shapes(marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """One mark a lesion, from the first slice to the last: its key slice's, else the middle one."""
    lesions: dict[str, list[Mark]] = {}
    for mark in marks:
        if mark.marker:
            lesions.setdefault(mark.text, []).append(mark)
    chosen = []
    for drawn in lesions.values():
        drawn.sort(key=_index)
        chosen.append(next((m for m in drawn if m.is_key), drawn[len(drawn) // 2]))
    return tuple(sorted(chosen, key=_index))


def _index(mark: Mark) -> int:
    return mark.index
