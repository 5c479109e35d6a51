"""The questions that need a person: a reader, a seal, a leak, a washout cut short, unblinding."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label
from reader_app.widgets.theme import SPACE

_WIDE = 440  # px


class AskDialog(QDialog):
    """A title, sentences, fields and two buttons; `answered` with the fields' texts.

    The first empty field has the focus; a required one left empty keeps the deed's button
    disabled. Enter goes from field to field. It does the deed only where that endangers nothing,
    and never throws away what was typed; without fields the way back has the focus.
    """

    answered = Signal(tuple)

    def __init__(
        self,
        title: str,
        why: str,
        fields: tuple[tuple[str, str, bool], ...],
        deed: str,
        stay: str,
        parent: QWidget | None = None,
        *,
        danger: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setModal(True)
        self.setMinimumWidth(_WIDE)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._required = tuple(required for _, _, required in fields)
        self.inputs = tuple(self._field(name, value) for name, value, _ in fields)
        self.stay = button(stay)
        self.deed = button(deed, "danger" if danger else "primary")
        self._lay_out(title, why, tuple(name for name, _, _ in fields))
        self.stay.clicked.connect(self.reject)
        self.deed.clicked.connect(self._answer)
        self._enter_does = bool(fields) and not danger
        for one in (self.stay, self.deed):
            one.setAutoDefault(False)
        self.deed.setDefault(self._enter_does)
        empty = next((field for field in self.inputs if not field.text()), None)
        (empty if danger and empty else (*self.inputs, self.stay)[0]).setFocus()
        self._check()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter: the next field, then the deed's button, which Space presses; or the way back."""
        at = self.focusWidget()
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or self._enter_does:
            super().keyPressEvent(event)
        elif at in self.inputs:
            following = (*self.inputs[self.inputs.index(at) + 1 :], self.deed)
            if at.text().strip() and following[0].isEnabled():
                following[0].setFocus()
        elif at is self.stay:
            self.reject()

    def _field(self, name: str, value: str) -> QLineEdit:
        field = QLineEdit(value)
        field.setAccessibleName(name)
        field.setToolTip(name)
        field.textChanged.connect(self._check)
        return field

    def _lay_out(self, title: str, why: str, names: tuple[str, ...]) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[4], SPACE[4], SPACE[4], SPACE[3])
        column.setSpacing(SPACE[1])
        column.addWidget(label(title, "study", wrap=True))
        words = label(why, "secondary", wrap=True)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setMinimumWidth(_WIDE - 2 * SPACE[4])  # else room is kept for a narrower text
        column.addWidget(words)
        for name, field in zip(names, self.inputs, strict=True):
            column.addSpacing(SPACE[0])
            column.addWidget(label(name, "hint"))
            column.addWidget(field)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.stay)
        row.addWidget(self.deed)
        column.addSpacing(SPACE[2])
        column.addLayout(row)

    def _check(self) -> None:
        if not hasattr(self, "deed"):
            return
        filled = all(
            field.text().strip() or not required
            for field, required in zip(self.inputs, self._required, strict=True)
        )
        self.deed.set_enabled_because(filled, "Fill in every line first.")

    def _answer(self) -> None:
        self.answered.emit(tuple(field.text().strip() for field in self.inputs))
        self.accept()


def add_reader(version: int, name: str, parent: QWidget) -> AskDialog:
    """Who reads version `version`?"""
    return AskDialog(
        "Add a reader",
        f"They get their own order of version {version} as a reading package. Use a pseudonym: "
        "it stands in every report.",
        (("Pseudonym", name, True), ("Note, such as senior, 14 y", "", False)),
        "Add reader",
        "Cancel",
        parent,
    )


def confirm_seal(version: int, items: int, primary: str, parent: QWidget) -> AskDialog:
    """Is this what shall be read?"""
    return AskDialog(
        f"Seal version {version}?",
        f"The draft with its {items} items, their orders and the primary analysis ({primary}) is "
        "sealed. This cannot be undone: a change makes a new version.",
        (),
        "Seal it",
        "Keep the draft",
        parent,
    )


def accept_leak(version: int, parent: QWidget) -> AskDialog:
    """Why may items be read that can be told apart without anatomy?"""
    return AskDialog(
        f"Seal version {version} with a leak?",
        "Something other than anatomy tells synthetic from real. Readers' answers to “real or "
        "synthetic” may rest on it. The reason is sealed and printed in every report.",
        (("Reason", "", True),),
        "Seal all the same",
        "Keep the draft",
        parent,
        danger=True,
    )


def cut_washout_short(what: str, sentence: str, deed: str, parent: QWidget) -> AskDialog:
    """Why may `what` be read before the washout is over? `sentence` tells when it ends."""
    return AskDialog(
        f"{what} before the washout is over?",
        f"{sentence} Read earlier, items may be remembered from the last time. "
        "The reason is recorded, and the report lists it as a deviation.",
        (("Reason", "", True),),
        deed,
        "Wait",
        parent,
        danger=True,
    )


def unblind(version: int, author: str, progress: str, parent: QWidget) -> AskDialog:
    """Open a version for good?"""
    return AskDialog(
        f"Unblind version {version}?",
        f"Truth and answers become visible. Reading of this version ends for everyone. {progress} "
        "This is recorded and cannot be undone.",
        (("Your name", author, True), ("Reason", "", True)),
        "Unblind",
        "Keep blinded",
        parent,
        danger=True,
    )
