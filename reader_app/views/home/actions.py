"""What to do next: three actions, the first one primary."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from reader_app.state.home_state import HomeState
from reader_app.state.next_steps import NextAction
from reader_app.widgets import icons
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.rows import clear
from reader_app.widgets.theme import PALETTE, SPACE


class Tile(QWidget):
    """An icon on a coloured square."""

    def __init__(self, icon: str, kind: str) -> None:
        super().__init__()
        self._icon = icon
        self._color = PALETTE.warning if kind == "warning" else PALETTE.link
        self._ground = PALETTE.warning_ground if kind == "warning" else PALETTE.selected
        self.setFixedSize(40, 40)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._ground))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.drawPixmap(11, 11, icons.pixmap(self._icon, self._color, 18))


class ActionRow(QWidget):
    """Icon, title, reason and the button that leads there."""

    def __init__(self, action: NextAction, first: bool, state: HomeState) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[3], SPACE[0], SPACE[3], SPACE[0])
        row.setSpacing(SPACE[3])
        row.addWidget(Tile(action.icon, action.kind))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        words.addWidget(label(action.title, "panel"))
        words.addWidget(label(action.why, "hint", wrap=True))
        words.addStretch(1)
        row.addLayout(words, 1)
        self.button = button(action.button, "primary" if first else "normal", tooltip=action.title)
        self.button.clicked.connect(lambda: state.asked.emit(action.page))
        row.addWidget(self.button)
        self.setMinimumHeight(60)


class ActionsPanel(Panel):
    """The next actions below each other."""

    def __init__(self, state: HomeState) -> None:
        super().__init__("What to do next", flush=True)
        self._state = state
        self._shown: tuple[NextAction, ...] = ()
        self.rows: tuple[ActionRow, ...] = ()
        self.body.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        state.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Rebuild the rows when the actions have changed."""
        actions = self._state.actions
        if actions == self._shown:
            return
        self._shown = actions
        clear(self.body)
        self.rows = tuple(ActionRow(a, k == 0, self._state) for k, a in enumerate(actions))
        for k, row in enumerate(self.rows):
            if k:
                self.body.addWidget(_line())
            self.body.addWidget(row)


def _line() -> QFrame:
    line = QFrame()
    line.setFixedHeight(1)
    line.setStyleSheet(f"background: {PALETTE.line}; border: none;")
    return line
