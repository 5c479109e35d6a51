"""While this author draws blinded: end that and compare, or look at the others' margins now."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label

DRAW_FIRST = "Draw at least one margin of this lesion first."


class CompareBox(QWidget):
    """Hidden where nothing is hidden from this author."""

    asked = Signal()  # to be shown the others' margins

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Another author's margins are hidden")
        self.note = label("", "hint", wrap=True)
        self.done = button(
            "Done: compare", small=True, tooltip="All my margins are drawn: show the others' too"
        )
        self.look = button(
            "Show others' margins",
            small=True,
            tooltip="Only look: what you draw later counts as not independent",
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        column.addWidget(label("Two authors", "panel"))
        column.addWidget(self.note)
        for each in (self.done, self.look):
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            each.clicked.connect(self.asked)
            column.addWidget(each)
        self.setVisible(False)

    def show_blinded(self, first: str, may_compare: bool) -> None:
        """Whose margins are hidden ("": nobody's), and whether this author drew one."""
        self.setVisible(bool(first))
        self.done.set_enabled_because(may_compare, DRAW_FIRST)
        self.look.setVisible(not may_compare)
        after = "Whoever only looks draws no longer independently."
        if may_compare:
            after = "Draw all of yours first: what you change later counts as after comparing."
        self.note.setText(f"{first}'s margins are hidden. {after}")
