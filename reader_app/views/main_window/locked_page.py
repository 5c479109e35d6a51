"""This study is locked: role, name, passphrase, and a button."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from reader_app.state.shell_state import READER, ROLES, ShellState
from reader_app.widgets.buttons import button
from reader_app.widgets.calm_page import calm_column
from reader_app.widgets.panel import label
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import SPACE


class LockedPage(QWidget):
    """Calm and centred; the study behind it cannot be seen."""

    def __init__(self, state: ShellState) -> None:
        super().__init__()
        self._state = state
        self.setAccessibleName("This study is locked")
        self.role = Segmented(tuple(one for one in ROLES if one != READER), name="Role")
        self.name = QLineEdit()
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.why = label("", "hint", wrap=True)
        self.hint = label("", "secondary", wrap=True)
        self.hint.setTextFormat(Qt.TextFormat.PlainText)
        self.unlock = button("Unlock", "primary", key="Enter")
        self._lay_out()
        self.unlock.clicked.connect(self._unlock)
        for field in (self.name, self.passphrase):
            field.returnPressed.connect(self._unlock)
            field.textChanged.connect(lambda _text: self._check())

    def _lay_out(self) -> None:
        column = calm_column(self, "lock")
        title = label("This study is locked", "study")
        for words in (title, self.why):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(words)
        column.addSpacing(SPACE[1])
        column.addLayout(self._fields())
        column.addWidget(self.hint)
        column.addWidget(self.unlock, 0, Qt.AlignmentFlag.AlignRight)

    def _fields(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(SPACE[1])
        grid.setColumnStretch(1, 1)
        rows = (("Role", self.role), ("Name", self.name), ("Passphrase", self.passphrase))
        for k, (words, widget) in enumerate(rows):
            grid.addWidget(label(words, "secondary"), k, 0)
            grid.addWidget(widget, k, 1)
            if widget is not self.role:
                widget.setAccessibleName(words)
                widget.setToolTip(f"{words} (Tab: next field, Enter: unlock)")
        return grid

    def begin(self) -> None:
        """Ask anew, in the role that is wanted."""
        wanted = self._state.role
        self.role.set_value(wanted if wanted in self.role.options else self.role.options[0])
        self.name.setText(self._state.user)
        self.passphrase.clear()
        shown = self._state.hint
        self.hint.setText(f"This simulated study shows its passphrase: {shown}" if shown else "")
        self.hint.setVisible(bool(shown))
        self.why.setText(
            f"{self._state.title} opens to its coordinator, truth authors and analysts with the "
            "study's passphrase. Readers need none: they open a reading package."
        )
        self.passphrase.setFocus()
        self._check()

    def _check(self) -> None:
        filled = bool(self.name.text().strip() and self.passphrase.text())
        self.unlock.set_enabled_because(filled, "Give your name and the passphrase.")

    def _unlock(self) -> None:
        if self.unlock.isEnabled():
            name = self.name.text().strip()
            if not self._state.unlock(self.passphrase.text(), self.role.value, name):
                self.passphrase.selectAll()
                self.passphrase.setFocus()
            else:
                self.passphrase.clear()
