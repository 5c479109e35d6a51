"""What the seal rests on, and the button that seals."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from reader_app.state.read_preview import Preview
from reader_app.widgets import icons
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.theme import PALETTE, SPACE
from studies.records import ProtocolDraft

_ICONS = {
    "ok": ("check", PALETTE.ok),
    "warning": ("warning", PALETTE.warning),
    "error": ("error", PALETTE.error),
}


class CheckLine(QWidget):
    """One thing the seal rests on."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = QLabel()
        self.words = label("", "body", wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[1])
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1)

    def show_line(self, kind: str, words: str) -> None:
        """ok | warning | error, in words."""
        icon, color = _ICONS[kind]
        self._icon.setPixmap(icons.pixmap(icon, color, 16))
        self.words.setText(words)


class SealPanel(Panel):
    """`seal_asked` when the button is pressed."""

    seal_asked = Signal()

    def __init__(self) -> None:
        super().__init__("Seal")
        self.lines = tuple(CheckLine() for _ in range(4))
        self.note = label("", "hint", wrap=True)
        self.button = button("Seal", "primary", icon="lock")
        for line in self.lines:
            self.body.addWidget(line)
        self.body.addWidget(self.note)
        self.body.addWidget(self.button)
        self.button.clicked.connect(self.seal_asked)

    def show_draft(
        self, draft: ProtocolDraft, preview: Preview | None, version: int, why_not: str
    ) -> None:
        """Show what the seal of this draft would rest on; `why_not` disables it."""
        counts = (*draft.real_per_category, *draft.synthetic_per_category)
        items = sum(count for _, count in counts)
        self.lines[0].show_line(
            "ok" if items else "error", f"{items} items through one picture pipeline"
        )
        self.lines[1].show_line(*_order_line(preview))
        self.lines[2].show_line(*_audit_line(preview))
        self.lines[3].show_line("ok", f"Primary analysis named: {draft.primary_analysis}")
        earlier = f"Version {version - 1} stays as it was read. " if version > 1 else ""
        self.note.setText(
            f"{earlier}Once sealed, version {version} cannot change; a change makes the next one."
        )
        self.button.setText(f"Seal version {version}")
        problem = preview.problem if preview else "The draft is being looked at."
        reason = why_not or problem or ("" if items else "Choose items first.")
        self.button.set_enabled_because(not reason, reason)


def _order_line(preview: Preview | None) -> tuple[str, str]:
    if preview is None:
        return "warning", "Drawing the order"
    if preview.problem:
        return "error", "No order keeps to every constraint"
    return "ok", "The order keeps to every constraint"


def _audit_line(preview: Preview | None) -> tuple[str, str]:
    if preview is None:
        return "warning", "Auditing the items"
    if preview.audit is None:
        return "warning", "Leak audit: too few items for one"
    return {
        "passed": ("ok", "Leak audit passed"),
        "undecided": ("warning", "Leak audit undecided"),
        "leak": ("error", "Leak found: sealing needs a written reason"),
    }[preview.audit.verdict]
