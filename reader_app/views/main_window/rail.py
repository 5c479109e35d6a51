"""The left rail: one button a workspace, the keys at its foot."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QLabel, QSizePolicy, QVBoxLayout, QWidget

from reader_app.widgets import icons
from reader_app.widgets.theme import PALETTE, font

WIDTH = 72
_ICON = 22


class RailButton(QAbstractButton):
    """Icon above a word; an accent edge when its page is open."""

    def __init__(self, icon: str, text: str, key: str) -> None:
        super().__init__()
        self._icon = icon
        self.setText(text)
        self.setCheckable(True)
        self.setAccessibleName(text)
        self.setToolTip(f"{text} ({key})")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        """60 px high, as wide as the rail needs for its longest word."""
        words = QFontMetrics(font("badge"))
        return QSize(max(WIDTH, words.horizontalAdvance(self.text()) + 12), 46 + words.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw ground, edge, icon and word."""
        painter = QPainter(self)
        held, hovered = self.isChecked(), self.underMouse()
        if held or hovered:
            painter.fillRect(self.rect(), QColor(PALETTE.panel))
        if held:
            painter.fillRect(0, 0, 3, self.height(), QColor(PALETTE.accent))
        color = PALETTE.strong if held or hovered else PALETTE.text_2
        left = (self.width() - _ICON) // 2
        painter.drawPixmap(left, 11, icons.pixmap(self._icon, color, _ICON))
        painter.setFont(font("badge"))
        painter.setPen(QColor(color))
        words = QRect(0, 11 + _ICON + 4, self.width(), self.height() - 15 - _ICON)
        painter.drawText(
            words, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, self.text()
        )


class Rail(QWidget):
    """`chosen(name)` of a page; `keys_asked` for the key sheet."""

    chosen = Signal(str)
    keys_asked = Signal()

    def __init__(self, pages: tuple[tuple[str, str, str], ...], foot: tuple[str, ...] = ()) -> None:
        """`pages`: (name, title, icon); those named in `foot` stand at the foot."""
        super().__init__()
        self.setAccessibleName("Workspaces")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 8)
        column.setSpacing(0)
        logo = QLabel()
        logo.setPixmap(icons.pixmap("logo", PALETTE.text, 24))
        logo.setToolTip("Blindread")
        column.addWidget(logo, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(12)
        self.buttons: dict[str, RailButton] = {}
        for number, (name, title, icon) in enumerate(pages, 1):
            entry = RailButton(icon, title, f"Ctrl {number}")
            entry.clicked.connect(lambda _checked=False, name=name: self.chosen.emit(name))
            self.buttons[name] = entry
            if name not in foot:
                column.addWidget(entry)
        column.addStretch(1)
        for name in foot:
            column.addWidget(self.buttons[name])
        self.keys = RailButton("keys", "Keys ?", "?")
        self.keys.setCheckable(False)
        self.keys.clicked.connect(self.keys_asked)
        column.addWidget(self.keys)
        self.setFixedWidth(max(self.keys.sizeHint().width(), *self._widths()))

    def _widths(self) -> list[int]:
        return [entry.sizeHint().width() for entry in self.buttons.values()]

    def show_page(self, name: str) -> None:
        """Mark the open page."""
        for key, entry in self.buttons.items():
            entry.setChecked(key == name)

    def show_only(self, names: tuple[str, ...]) -> None:
        """Show these pages' buttons."""
        for key, entry in self.buttons.items():
            entry.setVisible(key in names)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Darker ground with a line at its right."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(PALETTE.rail))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), QColor(PALETTE.line))
