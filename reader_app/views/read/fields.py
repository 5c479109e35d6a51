"""Small parts of the protocol's form."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QWidget,
)

from reader_app.widgets.class_mark import ClassMark
from reader_app.widgets.panel import label
from reader_app.widgets.theme import SPACE
from studies.records import Category

LABEL_WIDTH = 107


def number(name: str, low: int, high: int, changed: Callable[[], None], tip: str = "") -> QSpinBox:
    """A dense field for a whole number."""
    field = QSpinBox()
    field.setProperty("dense", True)
    field.setRange(low, high)
    field.setFixedWidth(68)
    field.setAccessibleName(name)
    field.setToolTip(f"{tip or name} (Up and Down arrow keys change it)")
    field.setKeyboardTracking(False)
    field.valueChanged.connect(changed)
    return field


def check(text: str, tip: str, changed: Callable[[], None]) -> QCheckBox:
    """A yes or no."""
    box = QCheckBox(text)
    box.setAccessibleName(text)
    box.setToolTip(f"{tip} (Space)")
    box.toggled.connect(changed)
    return box


def combo(name: str, tip: str, changed: Callable[[], None], least: int = 12) -> QComboBox:
    """A dense list of choices; `least` characters are always shown."""
    box = QComboBox()
    box.setProperty("dense", True)
    box.setAccessibleName(name)
    box.setToolTip(f"{tip} (Up and Down arrow keys choose)")
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(least)
    box.currentIndexChanged.connect(changed)
    return box


def silently(widget: QWidget, act: Callable[[], object]) -> None:
    """Change a widget without its signals."""
    before = widget.blockSignals(True)
    act()
    widget.blockSignals(before)


def show_number(field: QSpinBox, value: int) -> None:
    """Show a number without a signal; the range gives way to it."""
    silently(field, lambda: _put_number(field, value))


def _put_number(field: QSpinBox, value: int) -> None:
    field.setMaximum(max(field.maximum(), value))
    field.setValue(value)


def show_check(box: QCheckBox, value: bool) -> None:
    """Tick or clear without a signal."""
    silently(box, lambda: box.setChecked(value))


def show_choices(box: QComboBox, choices: tuple[tuple[str, str], ...], value: str) -> None:
    """Offer (text, value) choices and show one without a signal; an unknown one is added."""
    texts = choices
    if value not in {stored for _, stored in choices}:
        texts = (*choices, (value, value))
    silently(box, lambda: _put_choices(box, texts, value))


def _put_choices(box: QComboBox, choices: tuple[tuple[str, str], ...], value: str) -> None:
    box.clear()
    for text, stored in choices:
        box.addItem(text, stored)
    box.setCurrentIndex(max(0, box.findData(value)))


def enable_because(widget: QWidget, reason: str) -> None:
    """Enable, or disable with the reason as tooltip; the own tooltip comes back afterwards."""
    if widget.isEnabled():
        widget.setProperty("ownTip", widget.toolTip())
    widget.setEnabled(not reason)
    widget.setToolTip(reason or str(widget.property("ownTip") or ""))


def line() -> QFrame:
    """A 1-px line between parts of a form."""
    rule = QFrame()
    rule.setFixedHeight(1)
    rule.setObjectName("rule")
    rule.setStyleSheet("QFrame#rule { background: palette(mid); border: none; }")
    return rule


def row(title: str, *widgets: QWidget, hint: str = "") -> tuple[QWidget, QLabel]:
    """A row of the form: its name, its fields, a hint that may change."""
    box = QWidget()
    layout = QHBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE[1])
    name = label(title, "secondary")
    name.setFixedWidth(LABEL_WIDTH)
    layout.addWidget(name)
    for widget in widgets:
        layout.addWidget(widget)
    words = label(hint, "hint")
    layout.addWidget(words)
    layout.addStretch(1)
    return box, words


def plain_row(title: str, widget: QWidget) -> QWidget:
    """A row with one field and no hint."""
    return row(title, widget)[0]


def wide_row(title: str, *widgets: QWidget) -> QWidget:
    """A row whose last field takes the rest of the width."""
    box = QWidget()
    layout = QHBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE[1])
    name = label(title, "secondary")
    name.setFixedWidth(LABEL_WIDTH)
    layout.addWidget(name)
    for widget in widgets:
        layout.addWidget(widget, int(widget is widgets[-1]))
    return box


class ClassCounts(QWidget):
    """A count for each class, with its marker, and their sum."""

    def __init__(self, title: str, changed: Callable[[], None]) -> None:
        super().__init__()
        self._title, self._changed = title, changed
        self._fields: dict[str, QSpinBox] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(SPACE[0])
        name = label(title, "secondary")
        name.setFixedWidth(LABEL_WIDTH)
        self._grid.addWidget(name, 0, 0)
        self.total = label("0", "panel")
        self.total.setFixedWidth(28)
        self.total.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(self.total, 0, 1)

    def show_counts(
        self,
        categories: tuple[Category, ...],
        counts: tuple[tuple[str, int], ...],
        most: tuple[tuple[str, int], ...],
    ) -> None:
        """Show counts, each limited to what there is, without a signal."""
        if tuple(self._fields) != tuple(category.code for category in categories):
            self._make(categories)
        have = dict(most)
        for code, count in counts:
            if code in self._fields:
                field = self._fields[code]
                field.blockSignals(True)
                field.setMaximum(max(have.get(code, 0), count))
                field.setValue(count)
                field.setToolTip(f"{have.get(code, 0)} are there to choose from")
                field.blockSignals(False)
        self.total.setText(str(sum(count for _, count in counts)))

    def counts(self) -> tuple[tuple[str, int], ...]:
        """The counts as they stand."""
        return tuple((code, field.value()) for code, field in self._fields.items())

    def _make(self, categories: tuple[Category, ...]) -> None:
        for k in reversed(range(2, self._grid.count())):
            item = self._grid.takeAt(k)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._fields = {}
        for k, category in enumerate(categories):
            field = number(f"{self._title}, {category.name}", 0, 0, self._changed)
            field.setFixedWidth(56)
            self._grid.addWidget(ClassMark(category, text=False), k // 3, 2 + 2 * (k % 3))
            self._grid.addWidget(field, k // 3, 3 + 2 * (k % 3))
            self._fields[category.code] = field
        self._grid.setColumnStretch(8, 1)
