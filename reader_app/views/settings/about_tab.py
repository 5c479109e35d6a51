"""What this program is, on what it rests, under which licence, and what to cite."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from reader_app.state.settings_state import NOTICE, SettingsState
from reader_app.widgets.buttons import Button, button
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.theme import SPACE

USE = (
    "It must not be used for diagnosis or treatment. What networks say about a lesion is a "
    "finding of a study, never an opinion on a patient."
)
LICENCE = "Apache License 2.0. The text is in the file LICENSE of the installation."
PAPER = (
    "Frid-Adar et al. GAN-based synthetic medical image augmentation for increased CNN "
    "performance in liver lesion classification. Neurocomputing 321 (2018) 321-331."
)
OWN = (
    "Networks, folds and reading follow it. Its own figures stand beside the study's in Results "
    "and in the report, marked as the paper's."
)


class AboutTab(QWidget):
    """One sentence that matters and the paper to cite; beside them versions to quote."""

    def __init__(self, state: SettingsState) -> None:
        super().__init__()
        self.copy_paper = _copier("Copy", "Copy the paper's reference", lambda: PAPER)
        self.copy_versions = _copier("Copy", "Copy all versions", lambda: state.versions_text)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column, panels in (
            (left, (_words(), _paper(self.copy_paper))),
            (right, (_versions(state.versions, self.copy_versions),)),
        ):
            column.setSpacing(SPACE[3])
            for panel in panels:
                column.addWidget(panel)
            column.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[3])
        row.addLayout(left, 1)
        row.addLayout(right, 1)


def _copier(words: str, tooltip: str, text: Callable[[], str]) -> Button:
    copy = button(words, icon="copy", small=True, tooltip=tooltip)
    copy.setAccessibleName(tooltip)
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text()))
    return copy


def _words() -> Panel:
    panel = Panel("About Blindread")
    panel.body.addWidget(label(NOTICE, "study", wrap=True))
    panel.body.addWidget(label(USE, "secondary", wrap=True))
    panel.body.addWidget(label(LICENCE, "hint", wrap=True))
    return panel


def _paper(copy: Button) -> Panel:
    panel = Panel("The paper", "cite it beside this program")
    panel.add_head(copy)
    panel.body.addWidget(_selectable(label(PAPER, wrap=True)))
    panel.body.addWidget(label(OWN, "hint", wrap=True))
    return panel


def _versions(versions: tuple[tuple[str, str], ...], copy: Button) -> Panel:
    panel = Panel("Versions", "quote them in a paper or a report of a fault")
    panel.add_head(copy)
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE[4])
    grid.setVerticalSpacing(SPACE[1])
    grid.setColumnStretch(1, 1)
    for row, (name, number) in enumerate(versions):
        grid.addWidget(label(name, "secondary"), row, 0)
        grid.addWidget(_selectable(label(number)), row, 1)
    panel.body.addLayout(grid)
    return panel


def _selectable(told: QLabel) -> QLabel:
    told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return told
