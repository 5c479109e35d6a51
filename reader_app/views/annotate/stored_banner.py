"""Above a slice of stored values: nobody has said yet that they are HU."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from reader_app.views.annotate.question_banner import QuestionBanner
from reader_app.widgets.buttons import button

QUESTION = "These are stored values. Are they HU?"
WHY = "Until someone confirms it, nothing is measured in HU and no ROI is exported."


class StoredBanner(QuestionBanner):
    """The question with its answer; who answered is recorded and can take it back."""

    confirmed = Signal()
    withdrawn = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        self.confirm = button("They are HU", small=True, tooltip="Recorded with your name")
        self.withdraw = button("Withdraw", small=True, tooltip="They are stored values again")
        super().__init__("storedBanner", (self.confirm, self.withdraw), parent)
        self.confirm.clicked.connect(self.confirmed)
        self.withdraw.clicked.connect(self.withdrawn)

    def show_question(self, asks: bool, answered_by: str, can_edit: bool) -> None:
        """Whether there is something to confirm, or who did; hidden for values known to be HU."""
        answer = f"{answered_by} confirmed that these stored values are HU."
        self.say(f"{QUESTION} {WHY}" if asks else answer, QUESTION if asks else answer)
        self.confirm.setVisible(asks)
        self.withdraw.setVisible(not asks)
        self.setVisible(asks or bool(answered_by))
        for each in (self.confirm, self.withdraw):
            each.set_enabled_because(can_edit, "The study is open read-only.")
