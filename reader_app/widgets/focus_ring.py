"""The focus ring: 2 px gap, then a 2-px accent ring, drawn outside the focused widget."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)
from shiboken6 import isValid

from reader_app.widgets.theme import PALETTE, RADIUS_CONTROL

_GAP, _WIDTH = 2, 2
_INPUTS = (QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit)


class FocusRing(QObject):
    """Follows the application's focus with one overlay for all widgets.

    Inputs show it always; the rest after a key moved the focus, so that a click leaves no ring.
    A widget with the property `focusRing` false draws its focus itself.
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._target: QWidget | None = None
        self._watched: list[QWidget] = []
        self._overlay: _Overlay | None = None
        app.focusChanged.connect(self._follow)

    def _follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        self._release()
        if new is None or not _shows_ring(new):
            return
        self._target = new
        self._overlay = _Overlay(new.window())
        chain: QWidget | None = new
        while chain is not None and not chain.isWindow():
            chain.installEventFilter(self)
            self._watched.append(chain)
            chain = chain.parentWidget()
        new.destroyed.connect(self._forget)
        self._place()

    def _release(self) -> None:
        """Qt may have deleted any of these, a parent from which the target was taken among them."""
        for widget in self._watched:
            if isValid(widget):
                widget.removeEventFilter(self)
        self._watched = []
        if self._target is not None and isValid(self._target):
            self._target.destroyed.disconnect(self._forget)
        self._target = None
        if self._overlay is not None and isValid(self._overlay):
            self._overlay.hide()
            self._overlay.deleteLater()
        self._overlay = None

    def _forget(self) -> None:
        self._target = None
        self._watched = []
        if self._overlay is not None:
            self._overlay.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move the ring with the widget, its parents and their scrolling."""
        if event.type() in (
            QEvent.Type.Move,
            QEvent.Type.Resize,
            QEvent.Type.Show,
            QEvent.Type.Hide,
            QEvent.Type.EnabledChange,
        ):
            self._place()
        return False

    def _place(self) -> None:
        if self._target is None or self._overlay is None:
            return
        visible = self._target.isVisibleTo(self._target.window()) and self._target.isEnabled()
        self._overlay.setVisible(visible)
        if visible:
            self._overlay.surround(self._target)


def _shows_ring(widget: QWidget) -> bool:
    if widget.property("focusRing") is False or widget.isWindow():
        return False
    if isinstance(widget, _INPUTS):
        return True
    if isinstance(widget, QAbstractItemView):  # a table rings its cell
        return False
    return widget.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)


def _clip(widget: QWidget) -> QRect:
    """The part of the window in which the widget may be seen, in window coordinates."""
    window = widget.window()
    clip = window.rect()
    parent = widget.parentWidget()
    while parent is not None and parent is not window:
        scroll = parent.parentWidget()
        if isinstance(scroll, QAbstractScrollArea) and scroll.viewport() is parent:
            clip &= QRect(parent.mapTo(window, parent.rect().topLeft()), parent.size())
        parent = scroll
    return clip


class _Overlay(QWidget):
    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setObjectName("focusRing")

    def surround(self, widget: QWidget) -> None:
        """Lie around the widget, above its siblings, inside what scrolls it."""
        reach = _GAP + _WIDTH
        origin = widget.mapTo(widget.window(), widget.rect().topLeft())
        outer = QRect(origin, widget.size()).adjusted(-reach, -reach, reach, reach)
        self.setGeometry(outer)
        self.setMask(
            _clip(widget).adjusted(-reach, -reach, reach, reach).translated(-outer.topLeft())
        )
        self.raise_()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(PALETTE.accent), _WIDTH))
        radius = RADIUS_CONTROL + _GAP + _WIDTH / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
