"""The dialog that gives a study its passphrase, or another one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QWidget

from reader_app.state.shell_state import SHORTEST_PASSPHRASE, ShellState
from reader_app.views.main_window.dialogs import column_of
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label
from reader_app.widgets.theme import SPACE

_WHY = (
    "Coordinator, truth authors and analysts unlock the study with it. Nobody can recover it: "
    "who loses it loses the study. Keep it in a safe place outside the study's folder."
)


class PassphraseDialog(QDialog):
    """Old (where there is one), new, and new again; the button waits until both are the same."""

    def __init__(self, state: ShellState, parent: QWidget) -> None:
        super().__init__(parent)
        self._state = state
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        changes = state.has_passphrase
        column = column_of(self, "Change the passphrase" if changes else "Set a passphrase")
        self.setMinimumWidth(460)
        column.addWidget(label(_WHY, "secondary", wrap=True))
        self.old = self._field("Present passphrase")
        self.new, self.again = self._field("New passphrase"), self._field("The same again")
        self.problem = label("", "hint")
        asks_old = changes and not state.hint
        for field in ((self.old,) if asks_old else ()) + (self.new, self.again):
            column.addSpacing(SPACE[0])
            column.addWidget(label(field.accessibleName(), "hint"))
            column.addWidget(field)
        column.addWidget(self.problem)
        column.addLayout(self._foot(changes))
        self._check()

    def _field(self, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setEchoMode(QLineEdit.EchoMode.Password)
        field.setAccessibleName(name)
        field.setToolTip(name)
        field.textChanged.connect(lambda _text: self._check())
        return field

    def _foot(self, changes: bool) -> QHBoxLayout:
        cancel = button("Cancel", tooltip="Change nothing (Esc)")
        cancel.clicked.connect(self.reject)
        self.deed = button("Change it" if changes else "Set it", "primary", key="Enter")
        self.deed.setDefault(True)
        self.deed.clicked.connect(self._protect)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self.deed)
        return row

    def _check(self) -> None:
        if not hasattr(self, "deed"):
            return
        new, again = self.new.text(), self.again.text()
        words = (
            "The two differ."
            if again and new != again
            else f"At least {SHORTEST_PASSPHRASE} characters."
        )
        self.problem.setText(words)
        self.deed.set_enabled_because(len(new) >= SHORTEST_PASSPHRASE and new == again, words)

    def _protect(self) -> None:
        if self._state.protect(self.new.text(), self.old.text()):
            self.accept()
