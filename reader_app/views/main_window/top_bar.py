"""The top bar: the study with its menu and badges, the user with theirs."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QInputDialog,
    QMenu,
    QSizePolicy,
    QWidget,
)

from reader_app.state.shell_state import READER, ROLES, ShellState
from reader_app.widgets import icons
from reader_app.widgets.badge import Badge
from reader_app.widgets.panel import label
from reader_app.widgets.rows import clear
from reader_app.widgets.theme import PALETTE, SPACE, font

_ICON, _GAP, _EDGE = 16, 8, 10


class MenuButton(QAbstractButton):
    """A flat button with a menu: icon, name, a quiet word, a chevron."""

    def __init__(self, role: str, tooltip: str, *, icon: str = "", framed: bool = False) -> None:
        super().__init__()
        self._role, self._icon, self._framed, self._quiet = role, icon, framed, ""
        self.menu = QMenu(self)
        self.setToolTip(tooltip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._open)

    def say(self, text: str, quiet: str = "") -> None:
        """Show a name and a quiet word."""
        self.setText(text)
        self._quiet = quiet
        self.setAccessibleName(f"{text} {quiet}".strip())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """All parts side by side."""
        width = 2 * _EDGE + _GAP + _ICON + self._words(self._role, self.text())
        width += (_ICON + _GAP) if self._icon else 0
        width += (self._words("body", self._quiet) + _GAP) if self._quiet else 0
        return QSize(width, max(32, QFontMetrics(font(self._role)).height() + 12))

    def _words(self, role: str, text: str) -> int:
        return QFontMetrics(font(role)).horizontalAdvance(text)

    def _open(self) -> None:
        self.menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the parts from the left, the chevron at the right."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._framed or self.underMouse():
            painter.setPen(QPen(QColor(PALETTE.line), 1))
            painter.setBrush(QColor(PALETTE.raised if self.underMouse() else PALETTE.panel))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        x, top = _EDGE, (self.height() - _ICON) // 2
        if self._icon:
            painter.drawPixmap(x, top, icons.pixmap(self._icon, PALETTE.text_2, _ICON))
            x += _ICON + _GAP
        parts = ((self._role, self.text(), PALETTE.strong), ("body", self._quiet, PALETTE.text_3))
        for role, text, color in parts:
            painter.setFont(font(role))
            painter.setPen(QColor(color))
            width = self._words(role, text)
            box = QRectF(x, 0, width + 2, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
            x += width + _GAP
        right = self.width() - _EDGE - _ICON
        painter.drawPixmap(right, top, icons.pixmap("chevron-down", PALETTE.text_2, _ICON))


class TopBar(QWidget):
    """`open_asked`, `new_asked`, `passphrase_asked` for the dialogs, which the window shows."""

    open_asked = Signal()
    new_asked = Signal()
    passphrase_asked = Signal()

    def __init__(self, state: ShellState) -> None:
        super().__init__()
        self._state = state
        self.setMinimumHeight(48)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[4] - _EDGE, 0, SPACE[3], 0)
        row.setSpacing(SPACE[1])
        self.study = MenuButton("study", "Open, make or change the study")
        self.user = MenuButton("panel", "Who works here", icon="user", framed=True)
        self._badges = QHBoxLayout()
        self._badges.setSpacing(SPACE[1])
        row.addWidget(self.study)
        row.addLayout(self._badges)
        row.addStretch(1)
        self.saved = label("", "hint")
        row.addWidget(self.saved)
        row.addWidget(self.user)
        self.study.menu.aboutToShow.connect(self._fill_study_menu)
        self.user.menu.aboutToShow.connect(self._fill_user_menu)
        state.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the study's name and badges, the user and their role."""
        room = QFontMetrics(font("study"))
        right = Qt.TextElideMode.ElideRight
        self.study.say(room.elidedText(self._state.title, right, 420))
        self.user.say(self._state.user, self._state.role)
        self.saved.setText("Every change is saved at once" if self._state.has_study else "")
        clear(self._badges)
        for text, role, tooltip in self._state.badges:
            self._badges.addWidget(Badge(text, role, tooltip))

    def _fill_study_menu(self) -> None:
        menu = self.study.menu
        menu.clear()
        if self._state.role == READER:
            menu.addAction("A reader opens a reading package only").setEnabled(False)
            return
        here = (one for one in self._state.opening.recent if not one.is_missing)
        for recent in tuple(here)[:5]:
            line = f"{recent.name}   {recent.line}".replace("&", "&&")
            menu.addAction(line, partial(self._state.opening.open, recent.folder))
        if not menu.isEmpty():
            menu.addSeparator()
        menu.addAction(icons.icon("plus", size=16), "New study…\tCtrl+N", self.new_asked.emit)
        menu.addAction(icons.icon("open", size=16), "Open…\tCtrl+O", self.open_asked.emit)
        menu.addAction(icons.icon("demo", size=16), "Try the demo", self._state.opening.demo)
        if self._state.has_study:
            menu.addSeparator()
            word = "Change the passphrase…" if self._state.has_passphrase else "Set a passphrase…"
            protect = menu.addAction(icons.icon("lock", size=16), word, self.passphrase_asked.emit)
            protect.setEnabled(not self._state.may_protect)

    def _fill_user_menu(self) -> None:
        menu = self.user.menu
        menu.clear()
        menu.addAction("Change the name…", self._ask_name)
        menu.addSeparator()
        for role in ROLES:
            action = menu.addAction(role, partial(self._state.set_role, role))
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
