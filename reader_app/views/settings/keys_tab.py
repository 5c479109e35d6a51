"""Every key of the program by page, to look at and to print."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.key_group import KeyGroup
from reader_app.state.settings_state import SettingsState
from reader_app.widgets.badge import KeyCap
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.theme import SPACE

COLUMN = 340  # px, the least a group needs


class KeysTab(QWidget):
    """Groups in as many columns as fit; they are fixed, so the page says so."""

    def __init__(self, state: SettingsState) -> None:
        super().__init__()
        self._state, self._columns = state, 0
        self.panels: tuple[Panel, ...] = ()
        self._shown: tuple[KeyGroup, ...] = ()
        self.print_button = button(
            "Save as PDF…", icon="save", small=True, tooltip="A table of all keys to print"
        )
        self.print_button.clicked.connect(self._print)
        row = QHBoxLayout()
        row.addWidget(label("Keys are the same for everybody. ? shows those of a page.", "hint"))
        row.addStretch(1)
        row.addWidget(self.print_button)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setAccessibleName("All keys")
        self._scroll.setToolTip("Up and Down arrow keys move the table")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        column.addLayout(row)
        column.addWidget(self._scroll, 1)
        state.keys_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show the groups the window told."""
        groups = sorted(self._state.groups, key=lambda group: -len(group.keys))
        self._shown = tuple(group for group in groups if group.keys)
        self.panels = tuple(_panel(group) for group in self._shown)
        self._columns = 0
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many columns as fit."""
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        """Each group goes to the column that is shortest so far."""
        columns = max(1, min(4, self.width() // COLUMN))
        if not self.panels or columns == self._columns:
            return
        self._columns = columns
        frame = QWidget()
        row = QHBoxLayout(frame)
        row.setContentsMargins(0, 0, SPACE[1], 0)
        row.setSpacing(SPACE[2])
        stacks = [QVBoxLayout() for _ in range(columns)]
        heights = [0] * columns
        for panel, group in zip(self.panels, self._shown, strict=True):
            at = heights.index(min(heights))
            heights[at] += len(group.keys) + 2
            stacks[at].addWidget(panel)
        for stack in stacks:
            stack.setSpacing(SPACE[2])
            stack.addStretch(1)
            row.addLayout(stack, 1)
        old = self._scroll.takeWidget()
        self._scroll.setWidget(frame)
        if old is not None:
            old.deleteLater()

    def _print(self) -> None:
        found, _ = QFileDialog.getSaveFileName(
            self, "Save the keys", "blindread-keys.pdf", "PDF (*.pdf)"
        )
        if found:
            self._state.print_keys_to(found)


def _panel(group: KeyGroup) -> Panel:
    panel = Panel(group.title)
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE[2])
    grid.setVerticalSpacing(SPACE[0])
    grid.setColumnStretch(1, 1)
    for row, (key, words) in enumerate(group.keys):
        grid.addWidget(KeyCap(key), row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(label(words, wrap=True), row, 1)
    panel.body.addLayout(grid)
    return panel
