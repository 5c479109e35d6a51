"""The top bar: the study with its menu and badges, the user with theirs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QMenu, QPushButton, QSizePolicy, QWidget

from reader_app.state.shell_state import ROLES, ShellState
from reader_app.widgets import icons
from reader_app.widgets.badge import Badge
from reader_app.widgets.panel import label
from reader_app.widgets.theme import PALETTE, SPACE, font

_FLAT = (
    "QPushButton {{ background: transparent; border: 1px solid {edge}; border-radius: 6px;"
    " padding: 0 10px; min-height: 30px; color: {text}; text-align: left; }}"
    "QPushButton:hover {{ background: {hover}; }}"
    "QPushButton::menu-indicator {{ image: url({icons}/style-chevron-down.svg); width: 14px;"
    " subcontrol-position: right center; subcontrol-origin: padding; right: 8px; }}"
)


class MenuButton(QPushButton):
    """A flat button that opens a menu."""

    def __init__(self, role: str, tooltip: str, *, framed: bool = False) -> None:
        super().__init__()
        self.setFont(font(role))
        self.setToolTip(tooltip)
        self.setStyleSheet(
            _FLAT.format(
                edge=PALETTE.line if framed else "transparent",
                text=PALETTE.strong,
                hover=PALETTE.panel,
                icons=icons.ICON_FOLDER.as_posix(),
            )
        )
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setMenu(QMenu(self))
        self.setAutoDefault(False)

    def say(self, text: str) -> None:
        """Show a text; room for the arrow is kept."""
        self.setText(text)
        self.setAccessibleName(text)
        icon = 24 if not self.icon().isNull() else 0
        self.setFixedWidth(self.fontMetrics().horizontalAdvance(text) + 46 + icon)


class TopBar(QWidget):
    """`open_asked` and `new_asked` for the dialogs, which the window shows."""

    open_asked = Signal()
    new_asked = Signal()

    def __init__(self, state: ShellState) -> None:
        super().__init__()
        self._state = state
        self.setMinimumHeight(48)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[3], 0, SPACE[3], 0)
        row.setSpacing(SPACE[1])
        self.study = MenuButton("study", "Open, make or change the study")
        self.user = MenuButton("panel", "Who works here", framed=True)
        self.user.setIcon(icons.icon("user", PALETTE.text_2, 16))
        self._badges = QHBoxLayout()
        self._badges.setSpacing(SPACE[1])
        row.addWidget(self.study)
        row.addLayout(self._badges)
        row.addStretch(1)
        self.saved = label("", "hint")
        row.addWidget(self.saved)
        row.addWidget(self.user)
        self.study.menu().aboutToShow.connect(self._fill_study_menu)
        self.user.menu().aboutToShow.connect(self._fill_user_menu)
        state.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the study's name and badges, the user and their role."""
        self.study.say(
            self.fontMetrics().elidedText(self._state.title, Qt.TextElideMode.ElideRight, 420)
        )
        self.user.say(f"{self._state.user}, {self._state.role.lower()}")
        self.saved.setText("Every change is saved at once" if self._state.has_study else "")
        while self._badges.count():
            self._badges.takeAt(0).widget().deleteLater()
        for text, role, tooltip in self._state.badges:
            self._badges.addWidget(Badge(text, role, tooltip))

    def _fill_study_menu(self) -> None:
        menu = self.study.menu()
        menu.clear()
        for recent in self._state.opening.recent[:5]:
            line = f"{recent.name}   {recent.line}".replace("&", "&&")
            menu.addAction(line, lambda folder=recent.folder: self._state.opening.open(folder))
        if not menu.isEmpty():
            menu.addSeparator()
        menu.addAction(icons.icon("plus", size=16), "New study…\tCtrl+N", self.new_asked.emit)
        menu.addAction(icons.icon("open", size=16), "Open…\tCtrl+O", self.open_asked.emit)
        menu.addAction(icons.icon("demo", size=16), "Try the demo", self._state.opening.demo)

    def _fill_user_menu(self) -> None:
        menu = self.user.menu()
        menu.clear()
        menu.addAction("Change the name…", self._ask_name)
        menu.addSeparator()
        for role in ROLES:
            action = menu.addAction(role, lambda role=role: self._state.set_role(role))
            action.setCheckable(True)
            action.setChecked(role == self._state.role)

    def _ask_name(self) -> None:
        name, given = QInputDialog.getText(
            self, "Your name", "Name on margins, diagnoses and seals:", text=self._state.user
        )
        if given and name.strip():
            self._state.set_user(name)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A line below."""
        QPainter(self).fillRect(0, self.height() - 1, self.width(), 1, QColor(PALETTE.line))
