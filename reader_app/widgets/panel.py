"""A titled panel: the box that groups what belongs together."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.theme import SPACE, font


def label(text: str = "", role: str = "body", *, wrap: bool = False) -> QLabel:
    """A label in a role's font and colour: number | page | study | panel | body | hint |
    secondary | error | warning; the last four are in body or hint size."""
    result = QLabel(text)
    result.setProperty("role", role)
    result.setFont(font({"secondary": "body", "error": "hint", "warning": "body"}.get(role, role)))
    result.setWordWrap(wrap)
    return result


class Panel(QFrame):
    """`head` (add buttons at its right) appears with a title, a hint or its first widget.

    `body` is a column with 16 px of padding; `flush=True` gives it none (tables, pictures).
    """

    def __init__(
        self, title: str = "", hint: str = "", parent: QWidget | None = None, *, flush: bool = False
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAccessibleName(title)
        self.title = label(title, "panel")
        self.hint = ElidedLabel(hint, "hint", least=2)
        self._bar = QWidget()
        self._bar.setObjectName("panelHead")
        self._bar.setMinimumHeight(40)
        self.head = QHBoxLayout(self._bar)
        self.head.setContentsMargins(SPACE[3], 5, SPACE[2], 5)
        self.head.setSpacing(SPACE[1])
        self.head.addWidget(self.title)
        self.head.addWidget(self.hint)
        self.head.addStretch(1)
        self.body = QVBoxLayout()
        padding = 0 if flush else SPACE[3]
        self.body.setContentsMargins(padding, 0 if flush else SPACE[2], padding, padding)
        self.body.setSpacing(SPACE[2])
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addLayout(self.body, 1)
        self._bar.setVisible(bool(title or hint))

    def set_title(self, title: str) -> None:
        """Change the title."""
        self.title.setText(title)
        self.setAccessibleName(title)
        self._bar.setVisible(True)

    def set_hint(self, hint: str) -> None:
        """Change the words beside the title."""
        self.hint.show_whole(hint)
        self._bar.setVisible(True)

    def add_head(self, widget: QWidget) -> None:
        """Put a widget at the right of the head."""
        self.head.addWidget(widget)
        self._bar.setVisible(True)
