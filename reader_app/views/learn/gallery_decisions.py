"""The bar under the gallery's grid: how many are chosen, why, and the two decisions."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from reader_app.state.gallery_state import GalleryState
from reader_app.widgets.buttons import button
from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.theme import SPACE
from studies.learning import REASONS

_REASON_WIDTH = 16  # characters


class DecisionBar(QWidget):
    """Its keys work while the focus is anywhere in `page`."""

    def __init__(self, state: GalleryState, page: QWidget) -> None:
        super().__init__()
        self._state = state
        self.words = ElidedLabel("", "hint", least=10)
        self.standing = ElidedLabel("", "hint", least=10)
        self.reason = QComboBox()
        self.reason.setEditable(True)
        self.reason.addItems(REASONS)
        self.reason.setCurrentIndex(-1)
        self.reason.setMinimumContentsLength(_REASON_WIDTH)
        self.reason.setAccessibleName("Reason")
        self.reason.setToolTip("Why it is kept out: choose (Up and Down arrow keys) or type")
        field = self.reason.lineEdit()
        assert field is not None
        field.setPlaceholderText("Reason to keep out")
        self.keep_out = button("Keep out", small=True, key="K", tooltip="Never show it to readers")
        self.accept = button("Accept", small=True, key="A", tooltip="Let readers see it")
        self.undo = button(
            "Undo", "quiet", small=True, icon="undo", tooltip="Take the last decision back (Ctrl Z)"
        )
        self._lay_out()
        self.reason.editTextChanged.connect(lambda _text: self._refresh())
        self.keep_out.clicked.connect(self._keep_out)
        self.accept.clicked.connect(lambda: state.decide(True, self.reason.currentText()))
        self.undo.clicked.connect(state.undo)
        for key, words, act in (
            ("A", "Accept the chosen ROIs", self.accept.click),
            ("K", "Keep the chosen ROIs out", self._ask_to_keep_out),
            ("Ctrl+Z", "Take the last decision back", self.undo.click),
        ):
            shortcut = QShortcut(QKeySequence(key), page)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setWhatsThis(words)
            shortcut.activated.connect(act)
        state.changed.connect(self._refresh)
        state.chosen_changed.connect(self._refresh)
        self._refresh()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE[1], SPACE[2], SPACE[2])
        column.setSpacing(SPACE[1])
        row = QHBoxLayout()
        row.setSpacing(SPACE[1])
        row.addWidget(self.words, 1)
        for widget in (self.reason, self.keep_out, self.accept, self.undo):
            row.addWidget(widget)
        column.addLayout(row)
        column.addWidget(self.standing)

    def _ask_to_keep_out(self) -> None:
        """K without a reason goes to the reason's field."""
        if self.keep_out.isEnabled():
            self.keep_out.click()
        elif self._state.chosen:
            self.reason.setFocus()
            self.reason.showPopup()

    def _keep_out(self) -> None:
        self._state.decide(False, self.reason.currentText())

    def _refresh(self) -> None:
        state, chosen = self._state, self._state.chosen
        self.words.show_whole(f"{len(chosen)} chosen" if chosen else "Shift, Ctrl: choose many")
        counts = ", ".join(f"{count} {name}" for name, count in state.standings)
        self.standing.show_whole(f"All {len(state.pairs)} drawn ROIs: {counts}.")
        reason = self.reason.currentText().strip()
        why = "Choose a pair first" if not chosen else "Say why: choose or type a reason"
        out = all(not pair.roi.accepted and pair.decision is not None for pair in chosen)
        if chosen and out:
            why = "Kept out already"
        self.keep_out.set_enabled_because(bool(chosen) and bool(reason) and not out, why)
        able = [pair for pair in chosen if pair.roi.audit != "copy"]
        done = all(pair.roi.accepted and pair.decision is not None for pair in able)
        why = "A copy stays out" if chosen and not able else "Accepted already"
        self.accept.set_enabled_because(
            bool(able) and not done, why if chosen else "Choose a pair first"
        )
        self.undo.set_enabled_because(state.can_undo, "Nothing has been decided in this sitting")
