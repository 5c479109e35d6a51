"""What the program says to its user: one sentence, perhaps details, perhaps something to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

KINDS = ("info", "ok", "warning", "error")


@dataclass(frozen=True)
class Message:
    """`kind`: info | ok | warning | error. `action` runs when `action_text` is pressed."""

    kind: str
    sentence: str
    details: str = ""
    action_text: str = ""
    action: Callable[[], object] | None = None


class Messages(QObject):
    """States post, the window shows."""

    posted = Signal(object)  # Message

    def post(
        self,
        kind: str,
        sentence: str,
        details: str = "",
        action_text: str = "",
        action: Callable[[], object] | None = None,
    ) -> None:
        """Say a sentence; ValueError for an unknown kind."""
        if kind not in KINDS:
            raise ValueError(kind)
        self.posted.emit(Message(kind, sentence, details, action_text, action))

    def info(self, sentence: str) -> None:
        """Something worth knowing."""
        self.post("info", sentence)

    def ok(
        self, sentence: str, action_text: str = "", action: Callable[[], object] | None = None
    ) -> None:
        """Something is done."""
        self.post("ok", sentence, "", action_text, action)

    def warning(
        self, sentence: str, action_text: str = "", action: Callable[[], object] | None = None
    ) -> None:
        """Something to look at."""
        self.post("warning", sentence, "", action_text, action)

    def error(self, sentence: str, details: str = "") -> None:
        """Something did not work; `details` for whoever helps the user."""
        self.post("error", sentence, details)
