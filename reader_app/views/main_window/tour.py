"""The tour's callout: a quiet card beside the thing it speaks of; everything else stays usable."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QShortcut,
)
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QVBoxLayout, QWidget

from reader_app.state.tour_state import Tour
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label
from reader_app.widgets.theme import PALETTE, RADIUS_PANEL, SPACE

WIDTH, GAP = 300, 10
KEY = "F6"


class Callout(QWidget):
    """Title, words, Skip, Back and Next; Esc skips while it has the keyboard."""

    def __init__(self, tour: Tour, parent: QWidget) -> None:
        super().__init__(parent)
        self._tour = tour
        self.place = label("", "hint")
        self.title = label("", "study", wrap=True)
        self.words = label("", "secondary", wrap=True)
        self.skip = button("Skip", "quiet", key="Esc", small=True, tooltip="End the tour")
        self.back = button("Back", small=True, tooltip="The step before")
        self.next = button("Next", "primary", small=True, tooltip="The next step")
        foot = QHBoxLayout()
        foot.setSpacing(SPACE[1])
        foot.addWidget(self.skip)
        foot.addStretch(1)
        foot.addWidget(self.back)
        foot.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[3], SPACE[2], SPACE[2], SPACE[2])
        column.setSpacing(SPACE[0])
        for words in (self.place, self.title, self.words):
            column.addWidget(words)
        column.addSpacing(SPACE[0])
        column.addLayout(foot)
        self.setFixedWidth(WIDTH)
        self.skip.clicked.connect(tour.skip)
        self.back.clicked.connect(tour.go_back)
        self.next.clicked.connect(tour.go_on)
        escape = QShortcut(QKeySequence("Esc"), self, tour.skip)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.hide()

    def say(self) -> None:
        """The tour's present step."""
        step = self._tour.step
        if step is None:
            return
        at, of = self._tour.place
        self.place.setText(f"Tour, {at} of {of}. {KEY} comes back to this card.")
        self.title.setText(step.title)
        self.words.setText(step.words)
        self.setAccessibleName(f"Tour, step {at} of {of}: {step.title}")
        self.setAccessibleDescription(step.words)
        self.back.set_enabled_because(at > 1, "This is the first step.")
        self.next.setText("Done" if self._tour.is_last else "Next")
        self.next.setAccessibleName(self.next.text())
        self.setFixedHeight(self.heightForWidth(WIDTH))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A raised card with an accent edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(PALETTE.raised))
        painter.setPen(QPen(QColor(PALETTE.accent_pressed), 1))
        edge = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(edge, RADIUS_PANEL, RADIUS_PANEL)


class _Frame(QWidget):
    """A line round the thing; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(PALETTE.accent), 2))
        edge = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(edge, RADIUS_PANEL, RADIUS_PANEL)


class TourGuide(QObject):
    """Shows the tour's steps on a window; `hold` while nothing of it may be seen."""

    def __init__(self, tour: Tour, window: QWidget, pages: QWidget) -> None:
        super().__init__(window)
        self._tour, self._window, self._pages = tour, window, pages
        self._page: QWidget | None = None
        self._rail: QWidget | None = None
        self._held = False
        self.card = Callout(tour, window)
        self.frame = _Frame(window)
        self._key = QShortcut(QKeySequence(KEY), window, self.take_keyboard)
        self._key.setWhatsThis("To the tour's card")
        self._key.setEnabled(False)
        for used in (self.card.back, self.card.next):
            used.clicked.connect(self.take_keyboard)  # a page that comes up may have taken it
        window.installEventFilter(self)
        pages.installEventFilter(self)

    def show_step(self, page: QWidget | None, beside: QAbstractButton | None) -> None:
        """The step on its page, beside its thing, else beside the rail's button of the page."""
        had_keyboard = self.card.isAncestorOf(self._window.focusWidget() or self._window)
        self._page, self._rail = page, beside
        self.card.say()
        self._place()
        if self.card.isVisible() and (had_keyboard or self._tour.place[0] == 1):
            self.take_keyboard()

    def take_keyboard(self) -> None:
        """The keyboard goes to the card."""
        if self.card.isVisible():
            self.card.next.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def hold(self, held: bool) -> None:
        """Out of sight for a while."""
        self._held = held
        self._place()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Follow the window's size and what is laid out anew."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._place()
        return False

    def _anchor(self) -> QWidget | None:
        """Looked for anew each time: pages fill from the background."""
        step = self._tour.step
        if step is None or self._held or self._page is None:
            return None
        found = thing(self._page, step.anchor) if self._page.isVisible() else None
        return found or self._rail

    def _place(self) -> None:
        anchor = self._anchor()
        self._key.setEnabled(anchor is not None)
        self.card.setVisible(anchor is not None)
        self.frame.setVisible(anchor is not None)
        if anchor is None:
            return
        there = QRect(anchor.mapTo(self._window, QPoint(0, 0)), anchor.size())
        self.frame.setGeometry(there.adjusted(-3, -3, 3, 3))
        self.card.move(beside(there, self.card.size().width(), self.card.height(), self._room()))
        self.frame.raise_()
        self.card.raise_()

    def _room(self) -> QRect:
        origin = self._pages.mapTo(self._window, QPoint(0, 0))
        return QRect(origin, self._pages.size()).adjusted(8, 8, -8, -8)


def thing(page: QWidget, begins: str) -> QWidget | None:
    """The visible control or panel whose accessible name begins so."""
    found = (one for one in page.findChildren(QWidget) if one.isVisible())
    return next((one for one in found if one.accessibleName().startswith(begins)), None)


def beside(there: QRect, wide: int, high: int, room: QRect) -> QPoint:
    """Top left of a card of this size near `there`, inside `room`, covering it least."""
    right = QPoint(there.right() + GAP, there.top())
    left = QPoint(there.left() - GAP - wide, there.top())
    below = QPoint(there.left(), there.bottom() + GAP)
    above = QPoint(there.left(), there.top() - GAP - high)
    # A list as tall as the window has a picture beside it: the card lies at its foot.
    foot = QPoint(there.left(), room.bottom() - high)
    tall = there.height() > 2 * high
    wanted = (foot,) if tall else (below, above, left, right)
    held = [
        QPoint(
            min(max(one.x(), room.left()), room.right() - wide),
            min(max(one.y(), room.top()), room.bottom() - high),
        )
        for one in wanted
    ]
    return min(held, key=lambda one: _area(QRect(one.x(), one.y(), wide, high) & there))


def _area(rect: QRect) -> int:
    return max(0, rect.width()) * max(0, rect.height())
