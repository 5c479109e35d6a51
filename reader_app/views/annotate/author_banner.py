"""Above the slice: another name sits here than the one that drew here last. The same person?"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from reader_app.widgets import icons
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label
from reader_app.widgets.theme import PALETTE


class AuthorBanner(QFrame):
    """The question with its two answers; nothing is drawn under a wrong name by oversight."""

    same_chosen = Signal()
    other_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("authorBanner")
        self.setStyleSheet(f"QFrame#authorBanner {{ background: {PALETTE.warning_ground}; }}")
        icon = QLabel()
        icon.setPixmap(icons.pixmap("warning", PALETTE.warning, 16))
        self.words = label("", "hint", wrap=True)
        self.same = button("Same person", small=True, tooltip="Their margins become yours")
        self.other = button("Another person", small=True, tooltip="You draw as another author")
        self.same.clicked.connect(self.same_chosen)
        self.other.clicked.connect(self.other_chosen)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        row.addWidget(icon)
        row.addWidget(self.words, 1)
        for each in (self.same, self.other):
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(each)
        self.setVisible(False)

    def show_question(self, before: str, now: str) -> None:
        """Who drew here last under another name than now; hidden for ""."""
        words = (
            f"{before} drew here last, and you are {now}. The same person with a new name? Then "
            "all margins and diagnoses go over to it, and the study keeps a record."
        )
        self.words.setText(words)
        self.setAccessibleName(words)
        self.setVisible(bool(before))
