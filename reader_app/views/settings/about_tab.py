"""What this program is, on what it rests, and under which licence."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from reader_app.state.settings_state import NOTICE, SettingsState
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.theme import SPACE

USE = (
    "It must not be used for diagnosis or treatment. What networks say about a lesion is a "
    "finding of a study, never an opinion on a patient."
)
LICENCE = "Apache License 2.0. The text is in the file LICENSE of the installation."


class AboutTab(QWidget):
    """One sentence that matters, then versions to quote."""

    def __init__(self, state: SettingsState) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[3])
        column.addWidget(_words())
        column.addWidget(_versions(state.versions))
        column.addStretch(1)
        self.setMaximumWidth(720)


def _words() -> Panel:
    panel = Panel("About Blindread")
    panel.body.addWidget(label(NOTICE, "study", wrap=True))
    panel.body.addWidget(label(USE, "secondary", wrap=True))
    panel.body.addWidget(label(LICENCE, "hint", wrap=True))
    return panel


def _versions(versions: tuple[tuple[str, str], ...]) -> Panel:
    panel = Panel("Versions", "quote them in a paper or a report of a fault")
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE[4])
    grid.setVerticalSpacing(SPACE[0])
    grid.setColumnStretch(1, 1)
    for row, (name, number) in enumerate(versions):
        told = label(number)
        told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid.addWidget(label(name, "secondary"), row, 0)
        grid.addWidget(told, row, 1)
    panel.body.addLayout(grid)
    return panel
