"""Above the slice: a question with two answers, on the ground of a warning."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from reader_app.widgets import icons
from reader_app.widgets.panel import label
from reader_app.widgets.theme import PALETTE


class QuestionBanner(QFrame):
    """Hidden until there is something to ask; its buttons take no focus from drawing by a click."""

    def __init__(self, name: str, answers: Iterable[QPushButton], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setStyleSheet(f"QFrame#{name} {{ background: {PALETTE.warning_ground}; }}")
        icon = QLabel()
        icon.setPixmap(icons.pixmap("warning", PALETTE.warning, 16))
        self.words = label("", "hint", wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        row.addWidget(icon)
        row.addWidget(self.words, 1)
        for each in answers:
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(each)
        self.setVisible(False)

    def say(self, words: str, spoken: str = "") -> None:
        """Show the words; `spoken` is what a screen reader says, the same where it is ""."""
        self.words.setText(words)
        self.setAccessibleName(spoken or words)
