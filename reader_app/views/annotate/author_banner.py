"""Above the slice: another name sits here than the one that drew here last. The same person?"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from reader_app.views.annotate.question_banner import QuestionBanner
from reader_app.widgets.buttons import button


class AuthorBanner(QuestionBanner):
    """The question with its two answers; nothing is drawn under a wrong name by oversight."""

    same_chosen = Signal()
    other_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        self.same = button("Same person", small=True, tooltip="Their margins become yours")
        self.other = button("Another person", small=True, tooltip="You draw as another author")
        super().__init__("authorBanner", (self.same, self.other), parent)
        self.same.clicked.connect(self.same_chosen)
        self.other.clicked.connect(self.other_chosen)

    def show_question(self, before: str, now: str) -> None:
        """Who drew here last under another name than now; hidden for ""."""
        self.say(
            f"{before} drew here last, and you are {now}. The same person with a new name? Then "
            "all margins and diagnoses go over to it, and the study keeps a record."
        )
        self.setVisible(bool(before))
