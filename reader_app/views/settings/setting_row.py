"""One setting: its name, its control, a line on what it means."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from reader_app.widgets.panel import label
from reader_app.widgets.theme import SPACE


def settings_grid() -> QGridLayout:
    """Names left, controls right of them."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE[3])
    grid.setVerticalSpacing(SPACE[0])
    grid.setColumnStretch(1, 1)
    return grid


def add_setting(grid: QGridLayout, name: str, control: QWidget, hint: str = "") -> QLabel:
    """Append a setting to the grid; returns its line, for words that change."""
    row = grid.rowCount()
    if row > 1:
        grid.setRowMinimumHeight(row, SPACE[1])
        row += 1
    words = label(name, "secondary")
    words.setMinimumWidth(110)
    grid.addWidget(words, row, 0)
    if control.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Preferred:
        grid.addWidget(control, row, 1)  # a row of its own width: path and buttons
    else:
        grid.addWidget(control, row, 1, Qt.AlignmentFlag.AlignLeft)
    line = label(hint, "hint", wrap=True)
    line.setTextFormat(Qt.TextFormat.PlainText)
    grid.addWidget(line, row + 1, 1)
    return line
