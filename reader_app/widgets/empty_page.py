"""An empty page: what is missing, why, and the button that makes it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from reader_app.widgets import icons
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label
from reader_app.widgets.theme import PALETTE, SPACE


class EmptyPage(QWidget):
    """Centred icon, sentence, reason and button; `acted` when the button is pressed."""

    acted = Signal()

    def __init__(self, icon: str, title: str, why: str, button_text: str = "") -> None:
        super().__init__()
        self.setAccessibleName(title)
        mark = QLabel()
        mark.setPixmap(icons.pixmap(icon, PALETTE.control, 28))
        self.title = label(title, "study", wrap=True)
        self.why = label(why, "hint", wrap=True)
        self.button = button(button_text, "primary") if button_text else None
        column = QVBoxLayout(self)
        column.setSpacing(SPACE[1])
        column.setContentsMargins(SPACE[4], SPACE[4], SPACE[4], SPACE[4])
        column.addStretch(1)
        column.addWidget(mark, 0, Qt.AlignmentFlag.AlignHCenter)
        for words in (self.title, self.why):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(words)
        if self.button is not None:
            self.button.clicked.connect(self.acted)
            column.addSpacing(SPACE[1])
            column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def set_words(self, title: str, why: str) -> None:
        """Say something else."""
        self.title.setText(title)
        self.why.setText(why)
        self.setAccessibleName(title)
