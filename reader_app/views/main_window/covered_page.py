"""Somebody reads beside this window: nothing of the study is shown until the reading ends."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from reader_app.state.shell_state import ShellState
from reader_app.widgets.buttons import button
from reader_app.widgets.calm_page import calm_column
from reader_app.widgets.panel import label
from reader_app.widgets.theme import SPACE

_PLAIN = "Uncovered, this window shows the study: the reader may see the truth."


class CoveredPage(QWidget):
    """Calm and centred; `Uncover` asks first, in the page itself."""

    def __init__(self, state: ShellState) -> None:
        super().__init__()
        self._state = state
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("This window is covered")
        self.words = label("", "secondary", wrap=True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.ask = button("Uncover…", tooltip="Show this window beside the reading (Space)")
        self.why = label("", "secondary", wrap=True)
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setAccessibleName("Passphrase")
        self.passphrase.setToolTip("The study's passphrase (Enter: uncover, Esc: keep it covered)")
        self.problem = label("", "error", wrap=True)
        self.uncover = button("Uncover", "danger", tooltip="The reader may see the truth")
        self.keep = button("Keep it covered", key="Esc", tooltip="Change nothing")
        self.question = QWidget()
        self._lay_out()
        self._connect()

    def _connect(self) -> None:
        self.ask.clicked.connect(self._ask)
        self.keep.clicked.connect(self._keep)
        self.uncover.clicked.connect(self._uncover)
        self.passphrase.returnPressed.connect(self._uncover)
        self.passphrase.textChanged.connect(lambda _text: self._check())
        QShortcut(QKeySequence("Esc"), self, self._keep)

    def _lay_out(self) -> None:
        column = calm_column(self, "eye-off")
        title = label("This window is covered", "study")
        for words in (title, self.words, self.why):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(title)
        column.addWidget(self.words)
        column.addSpacing(SPACE[1])
        column.addWidget(self.ask, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._question())

    def _question(self) -> QWidget:
        column = QVBoxLayout(self.question)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[1])
        for one in (self.why, self.passphrase, self.problem):
            column.addWidget(one)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.keep)
        row.addWidget(self.uncover)
        row.addStretch(1)
        column.addSpacing(SPACE[0])
        column.addLayout(row)
        return self.question

    def begin(self, who: tuple[str, ...]) -> None:
        """Cover for these readers; a question that stood open is closed."""
        one = len(who) == 1
        names = who[0] if one else f"{', '.join(who[:-1])} and {who[-1]}"
        self.words.setText(
            f"{names} {'is' if one else 'are'} reading on this computer. This window is covered "
            f"until the reading{' ends' if one else 's end'}."
        )
        self._keep()

    def _keep(self) -> None:
        self._close_question()
        self.setFocus()

    def _close_question(self) -> None:
        self.passphrase.clear()
        self.question.hide()
        self.ask.show()

    def _ask(self) -> None:
        asks = self._state.uncovering_asks
        self.why.setText(f"{_PLAIN} The study's passphrase uncovers it." if asks else _PLAIN)
        self.passphrase.setVisible(asks)
        self._say("")
        self.ask.hide()
        self.question.show()
        self._check()
        (self.passphrase if asks else self.keep).setFocus()

    def _check(self) -> None:
        ready = bool(self.passphrase.text()) or not self._state.uncovering_asks
        self.uncover.set_enabled_because(ready, "Give the study's passphrase.")

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def _uncover(self) -> None:
        if not self.uncover.isEnabled():
            return
        refusal = self._state.uncover(self.passphrase.text())
        self._say(refusal)
        if not refusal:
            self._close_question()
            return
        self.passphrase.selectAll()
        self.passphrase.setFocus()
