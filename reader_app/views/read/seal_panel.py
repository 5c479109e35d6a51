"""What the seal rests on, and the button that seals."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from reader_app.state.read_preview import Preview
from reader_app.state.read_separation import PixelFacts
from reader_app.views.read.audit_panel import PIXELS_TIP, points
from reader_app.widgets import icons
from reader_app.widgets.buttons import button
from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.theme import PALETTE, SPACE
from studies.protocols import parts
from studies.records import ProtocolDraft

_ICONS = {
    "ok": ("check", PALETTE.ok),
    "warning": ("warning", PALETTE.warning),
    "error": ("error", PALETTE.error),
    "info": ("info", PALETTE.text_3),
}
ENOUGH_POWER = 0.80
COMPUTING, _SEALING = "Computing…", "Sealing…"


@dataclass(frozen=True)
class SealFacts:
    """What the panel must know beside the draft. `why_not` disables the button.

    `is_current`: the figures are of the draft as it stands; `is_sealing`: it is being sealed.
    """

    version: int
    why_not: str = ""
    has_passphrase: bool = True
    is_current: bool = True
    is_sealing: bool = False


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

    def show_line(self, kind: str, words: str, tooltip: str = "") -> None:
        """ok | info | warning | error, in words."""
        icon, color = _ICONS[kind]
        self._icon.setPixmap(icons.pixmap(icon, color, 16))
        self.words.setText(words)
        self.setToolTip(tooltip)


class SealPanel(Panel):
    """`seal_asked` when the button is pressed, `passphrase_asked` for the study's passphrase.

    `pixels_asked` to let a network judge the items, which is reported and never needed.
    """

    seal_asked = Signal()
    pixels_asked = Signal()
    passphrase_asked = Signal()

    def __init__(self) -> None:
        super().__init__("Seal")
        self.body.setSpacing(SPACE[1])
        self.lines = tuple(CheckLine() for _ in range(4))
        self.power, self.caution = CheckLine(), CheckLine()
        self.changes = ElidedLabel("", "hint")
        self.note = label("", "hint", wrap=True)
        self.open_note = CheckLine()
        self.protect = button(
            "Set…", "link", small=True, tooltip="Give the study a passphrase; nobody can recover it"
        )
        self.button = button(
            "Seal", "primary", icon="lock", tooltip="Fix items, questions and order for good"
        )
        self.pixels = CheckLine()
        self.measure = button("Measure", "link", small=True, tooltip=PIXELS_TIP)
        self.measure.setAccessibleName("Measure what the pixels tell")
        for part in (*self.lines, self.power):
            self.body.addWidget(part)
        row = QHBoxLayout()
        row.addWidget(self.pixels, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.measure)
        self.body.addLayout(row)
        for below in (self.caution, self.changes, self.note):
            self.body.addWidget(below)
        guard = QHBoxLayout()
        guard.addWidget(self.open_note, 1, Qt.AlignmentFlag.AlignVCenter)
        guard.addWidget(self.protect)
        self.body.addLayout(guard)
        self.body.addWidget(self.button)
        self.button.clicked.connect(self.seal_asked)
        self.protect.clicked.connect(self.passphrase_asked)
        self.measure.clicked.connect(self.pixels_asked)
        self.show_waiting()

    def show_waiting(self) -> None:
        """Nothing is known of a draft yet: no figure, and nothing to press."""
        for one in (*self.lines, self.power, self.pixels, self.caution, self.open_note):
            one.hide()
        self.measure.hide()
        self.changes.hide()
        self.protect.hide()
        self.note.setText(COMPUTING)
        self.note.show()
        self.button.set_enabled_because(False, COMPUTING)

    def show_draft(self, draft: ProtocolDraft, preview: Preview | None, facts: SealFacts) -> None:
        """Show what the seal of this draft would rest on; of an old preview nothing."""
        preview = preview if facts.is_current else None
        for one in self.lines:
            one.show()
        counts = (*draft.real_per_category, *draft.synthetic_per_category)
        items = sum(count for _, count in counts)
        self.lines[0].show_line("ok" if items else "error", f"{items} items, one picture pipeline")
        self.lines[1].show_line(*_order_line(preview))
        self.lines[2].show_line(*_audit_line(preview))
        self.lines[3].show_line("ok", f"Primary: {draft.primary_analysis}")
        self._show_power(draft, preview)
        self._show_caution(draft)
        self._show_changes(preview, facts.version)
        self.open_note.setVisible(not facts.has_passphrase)
        self.protect.setVisible(not facts.has_passphrase)
        self.open_note.show_line("warning", "No passphrase is set")
        self._show_button(preview, facts, items)

    def show_pixels(self, facts: PixelFacts) -> None:
        """What a network makes of the pixels, or that it was not measured; no condition."""
        found = facts.found
        told = "being measured…" if facts.is_running else "not measured"
        words = f"AUC {points(found.auc)}" if found is not None else told
        self.pixels.show_line("ok" if found else "info", f"Pixels: {words}", PIXELS_TIP)
        self.pixels.show()
        self.measure.setVisible(found is None and not facts.is_running)
        self.measure.set_enabled_because(not facts.why_not, facts.why_not or PIXELS_TIP)

    def _show_power(self, draft: ProtocolDraft, preview: Preview | None) -> None:
        power = preview.power if preview is not None else None
        self.power.setVisible(power is not None)
        if power is not None:
            points = f"±{draft.margin * 100:.0f} points"
            self.power.show_line(
                "ok" if power >= ENOUGH_POWER else "warning",
                f"{points} of guessing: power {_decimal(power)}",
                "Chance that this many items show it, when the truth is a balanced accuracy of .5",
            )

    def _show_caution(self, draft: ProtocolDraft) -> None:
        words = parts.caution(draft)
        self.caution.setVisible(bool(words))
        self.caution.show_line("warning", "Familiarity may tell the origin", words)

    def _show_changes(self, preview: Preview | None, version: int) -> None:
        changes = preview.differences if preview is not None else ()
        self.changes.setVisible(version > 1 and preview is not None)
        since = f"to version {version - 1}"
        words = f"{len(changes)} change{'' if len(changes) == 1 else 's'} {since}: "
        self.changes.show_whole(words + "; ".join(changes) if changes else f"No change {since} yet")
        self.changes.setToolTip("\n".join(changes))

    def _show_button(self, preview: Preview | None, facts: SealFacts, items: int) -> None:
        version = facts.version
        self.button.setText(f"Seal version {version}")
        problem = preview.problem if preview else COMPUTING
        chosen = "" if items else "Choose items first."
        reason = _SEALING if facts.is_sealing else chosen or facts.why_not or problem
        self.button.set_enabled_because(not reason, reason)
        earlier = f"Version {version - 1} stays as it was read."
        free = earlier if version > 1 else "Once sealed, it cannot change."
        self.note.setText(reason or free)
        self.note.setVisible(bool(reason) or not (preview and preview.differences))


def _decimal(share: float) -> str:
    """.92, 1.00 for one, and < .01."""
    if share < 0.01:
        return "< .01"
    words = f"{share:.2f}"
    return words[1:] if words.startswith("0") else words


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
        "leak": ("error", "Leak found: needs a written reason"),
    }[preview.audit.verdict]
