"""Small parts of the protocol's form."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QSpinBox, QWidget

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


def wide_row(title: str, widget: QWidget) -> QWidget:
    """A row whose one field takes the rest of the width."""
    box = QWidget()
    layout = QHBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE[1])
    name = label(title, "secondary")
    name.setFixedWidth(LABEL_WIDTH)
    layout.addWidget(name)
    layout.addWidget(widget, 1)
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
