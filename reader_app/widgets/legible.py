"""Whether every word of a window can be read: texts that have less room than they need."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QCheckBox,
    QLabel,
    QPushButton,
    QRadioButton,
    QTabBar,
    QWidget,
)

from reader_app.widgets.elided import ElidedLabel

_LEAST_LOST = 2  # px; fonts round their widths


def cut_texts(window: QWidget) -> tuple[str, ...]:
    """The visible texts of a window that are cut, each as "kind: text".

    Labels that give way by themselves (ElidedLabel) and what scrolls are none.
    """
    found = (text for widget in window.findChildren(QWidget) for text in _cut(widget, window))
    return tuple(dict.fromkeys(found))


def _cut(widget: QWidget, window: QWidget) -> Iterator[str]:
    if not widget.isVisible() or widget.window() is not window:
        return
    text = _text(widget)
    if text and (_is_small(widget) or _is_outside(widget)):
        yield f"{type(widget).__name__}: {text}"


def _text(widget: QWidget) -> str:
    if isinstance(widget, ElidedLabel):
        return ""
    if isinstance(widget, QLabel | QAbstractButton):
        return widget.text()
    if isinstance(widget, QTabBar):
        return " ".join(widget.tabText(k) for k in range(widget.count()))
    return ""


def _is_small(widget: QWidget) -> bool:
    if isinstance(widget, QLabel) and widget.wordWrap():
        needed = widget.heightForWidth(widget.width())
        return widget.height() + _LEAST_LOST < needed
    if isinstance(widget, QLabel | QPushButton | QCheckBox | QRadioButton | QTabBar):
        needed_size = widget.sizeHint()
        return (
            widget.width() + _LEAST_LOST < needed_size.width()
            or widget.height() + _LEAST_LOST < _letters(widget)
        )
    return False


def _letters(widget: QWidget) -> int:
    """Height of the widget's letters; less would show half of them."""
    is_plain = not (isinstance(widget, QLabel) and widget.textFormat() == Qt.TextFormat.RichText)
    return widget.fontMetrics().tightBoundingRect("xpI").height() if is_plain else 0


def _is_outside(widget: QWidget) -> bool:
    """Whether a parent that does not scroll shows only a part of it."""
    parent = widget.parentWidget()
    while parent is not None and not parent.isWindow():
        outer = parent.parentWidget()
        if isinstance(outer, QAbstractScrollArea) and outer.viewport() is parent:
            return False
        place = QRect(widget.mapTo(parent, QPoint(0, 0)), widget.size())
        if not parent.rect().adjusted(-2, -2, 2, 2).contains(place):
            return True
        parent = outer
    return False
