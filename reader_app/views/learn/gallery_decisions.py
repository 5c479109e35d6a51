"""The bar under the gallery's grid: how many are chosen, why, and the two decisions."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from reader_app.state.gallery_state import GalleryState
from reader_app.widgets.buttons import button
from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.theme import SPACE
from studies.learning import REASONS

_REASON_WIDTH = 16  # characters
_LETTERS = {"copy": "c", "artefact": "a", "wrong class look": "w", "cut off": "u", "other": "o"}
"""Keys of the usual reasons in the menu that K opens."""


class DecisionBar(QWidget):
    """Its keys work while the focus is anywhere in `page`. `decided` after a decision."""

    decided = Signal()

    def __init__(self, state: GalleryState, page: QWidget) -> None:
        super().__init__()
        self._state = state
        self.words = ElidedLabel("", "hint", least=10)
        self.standing = ElidedLabel("", "hint", least=10)
        self.reason = QComboBox()
        self.reason.setEditable(True)
        self.reason.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.reason.addItems(REASONS)
        self.reason.setCurrentIndex(-1)
        self.reason.setMinimumContentsLength(_REASON_WIDTH)
        self.reason.setAccessibleName("Reason")
        self.reason.setToolTip(
            "Why it is kept out: choose (Up and Down arrow keys) or type, then Enter"
        )
        field = self.reason.lineEdit()
        assert field is not None
        field.setPlaceholderText("Reason to keep out")
        self.keep_out = button("Keep out", small=True, key="K", tooltip="Never show it to readers")
        self.accept = button("Accept", small=True, key="A", tooltip="Let readers see it")
        self.undo = button(
            "Undo",
            "quiet",
            small=True,
            icon="undo",
            tooltip="Take the last decision back (Ctrl Z; Ctrl Shift Z decides so again)",
        )
        self.menu = self._menu()
        self._lay_out()
        self.keep_out.clicked.connect(self._ask_to_keep_out)
        self.accept.clicked.connect(lambda: self._decide(True, ""))
        self.undo.clicked.connect(state.undo)
        for key, words, place, act in (
            ("A", "Accept the chosen ROIs", page, self.accept.click),
            ("K", "Keep the chosen ROIs out", page, self.keep_out.click),
            ("Ctrl+Z", "Take the last decision back", page, state.undo),
            ("Ctrl+Shift+Z", "Decide again what was taken back", page, state.redo),
            ("Return", "", self.reason, self.keep_out.click),
            ("Enter", "Keep the chosen ROIs out, after a reason", self.reason, self.keep_out.click),
        ):
            shortcut = QShortcut(QKeySequence(key), place)
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

    def _menu(self) -> QMenu:
        """The usual reasons by their letters, and the way to other words."""
        menu = QMenu("Reason to keep out", self)
        for reason in REASONS:
            words, at = reason.capitalize(), reason.index(_LETTERS[reason])
            words = f"{words[:at]}&{words[at:]}"
            menu.addAction(words, partial(self._decide, False, reason))
        menu.addSeparator()
        menu.addAction("&Type a reason", self.reason.setFocus)
        return menu

    def _ask_to_keep_out(self) -> None:
        """Without a reason in the field a menu asks for one."""
        reason = self.reason.currentText().strip()
        if reason:
            self._decide(False, reason)
        else:
            high = self.menu.sizeHint().height()
            self.menu.popup(self.keep_out.mapToGlobal(QPoint(0, -high)))

    def _decide(self, accepted: bool, reason: str) -> None:
        """A reason holds for one decision: the next is asked for its own."""
        self._state.decide(accepted, reason)
        self.reason.setEditText("")
        self.decided.emit()

    def _refresh(self) -> None:
        state, chosen = self._state, self._state.chosen
        self.words.show_whole(f"{len(chosen)} chosen" if chosen else "Shift, Ctrl: choose many")
        counts = ", ".join(f"{count} {name}" for name, count in state.standings)
        self.standing.show_whole(f"All {len(state.pairs)} drawn ROIs: {counts}.")
        if state.is_writing:
            for deed in (self.keep_out, self.accept, self.undo):
                deed.set_enabled_because(False, "The last decisions are still being written")
            return
        out = all(not pair.roi.accepted and pair.is_decided for pair in chosen)
        why = "Kept out already" if chosen else "Choose a pair first"
        self.keep_out.set_enabled_because(bool(chosen) and not out, why)
        able = [pair for pair in chosen if pair.roi.audit != "copy"]
        done = all(pair.roi.accepted and pair.is_decided for pair in able)
        why = "A copy stays out" if chosen and not able else "Accepted already"
        self.accept.set_enabled_because(
            bool(able) and not done, why if chosen else "Choose a pair first"
        )
        self.undo.set_enabled_because(state.can_undo, "Nothing has been decided in this sitting")
