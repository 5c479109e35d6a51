"""Above a slice of stored values: nobody has said yet that they are HU."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from reader_app.widgets import icons
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label
from reader_app.widgets.theme import PALETTE

QUESTION = "These are stored values. Are they HU?"
WHY = "Until someone confirms it, nothing is measured in HU and no ROI is exported."


class StoredBanner(QFrame):
    """The question with its answer; who answered is recorded and can take it back."""

    confirmed = Signal()
    withdrawn = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("storedBanner")
        self.setStyleSheet(f"QFrame#storedBanner {{ background: {PALETTE.warning_ground}; }}")
        icon = QLabel()
        icon.setPixmap(icons.pixmap("warning", PALETTE.warning, 16))
        self.words = label("", "hint", wrap=True)
        self.confirm = button("They are HU", small=True, tooltip="Recorded with your name")
        self.withdraw = button("Withdraw", small=True, tooltip="They are stored values again")
        self.confirm.clicked.connect(self.confirmed)
        self.withdraw.clicked.connect(self.withdrawn)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        row.addWidget(icon)
        row.addWidget(self.words, 1)
        for each in (self.confirm, self.withdraw):
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(each)
        self.setVisible(False)

    def show_question(self, asks: bool, answered_by: str, can_edit: bool) -> None:
        """Whether there is something to confirm, or who did; hidden for values known to be HU."""
        answer = f"{answered_by} confirmed that these stored values are HU."
        self.words.setText(f"{QUESTION} {WHY}" if asks else answer)
        self.setAccessibleName(QUESTION if asks else answer)
        self.confirm.setVisible(asks)
        self.withdraw.setVisible(not asks)
        self.setVisible(asks or bool(answered_by))
        for each in (self.confirm, self.withdraw):
            each.set_enabled_because(can_edit, "The study is open read-only.")
