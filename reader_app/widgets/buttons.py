"""Buttons of six roles; the key that does the same stands in them as a key cap."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy

from reader_app.widgets import icons
from reader_app.widgets.theme import (
    CONTROL_HEIGHT,
    PALETTE,
    RADIUS_CONTROL,
    RADIUS_SMALL,
    SMALL_CONTROL_HEIGHT,
    font,
)

_PADDING, _GAP, _ICON = 14, 8, 16


@dataclass(frozen=True)
class _Look:
    fill: str
    edge: str
    text: str


_T = "transparent"
_P = PALETTE
_LOOKS: dict[str, dict[str, _Look]] = {
    "normal": {
        "rest": _Look(_P.line, _P.button_edge, _P.text),
        "hover": _Look("#343b42", _P.edge, _P.strong),
        "pressed": _Look("#23282d", _P.button_edge, _P.text),
        "disabled": _Look("#22272b", _P.line, _P.disabled),
        "chosen": _Look(_P.selected, _P.accent, _P.strong),
    },
    "primary": {
        "rest": _Look(_P.accent, _P.accent, _P.on_accent),
        "hover": _Look(_P.accent_hover, _P.accent_hover, _P.on_accent),
        "pressed": _Look(_P.accent_pressed, _P.accent_pressed, _P.on_accent),
        "disabled": _Look("#22323f", "#22323f", _P.disabled),
        "chosen": _Look(_P.accent_pressed, _P.accent_pressed, _P.on_accent),
    },
    "quiet": {
        "rest": _Look(_T, _T, _P.text),
        "hover": _Look(_P.line, _P.line, _P.strong),
        "pressed": _Look("#23282d", "#23282d", _P.text),
        "disabled": _Look(_T, _T, _P.disabled),
        "chosen": _Look(_P.selected, _P.accent, _P.strong),
    },
    "danger": {
        "rest": _Look(_P.danger, _P.danger, "#ffffff"),
        "hover": _Look(_P.danger_hover, _P.danger_hover, "#ffffff"),
        "pressed": _Look(_P.danger_pressed, _P.danger_pressed, "#ffffff"),
        "disabled": _Look("#22272b", _P.line, _P.disabled),
        "chosen": _Look(_P.danger, _P.danger, "#ffffff"),
    },
}
_LOOKS["choice"] = _LOOKS["normal"]
_LOOKS["link"] = {
    "rest": _Look(_T, _T, _P.link),
    "hover": _Look(_T, _T, _P.accent_hover),
    "pressed": _Look(_T, _T, _P.accent),
    "disabled": _Look(_T, _T, _P.disabled),
    "chosen": _Look(_T, _T, _P.link),
}
_STRONG = ("primary", "danger")


class Button(QPushButton):
    """A push button that paints itself; `key` is shown, the shortcut itself belongs to the page.

    Give `shortcut=True` to `button` to have the key press the button as well.
    """

    def __init__(self, text: str, role: str, icon: str, key: str, small: bool) -> None:
        super().__init__(text)
        self.role, self.icon_name, self.key, self.small = role, icon, key, small
        own = font("panel" if role in _STRONG else "medium")
        own.setUnderline(role == "link")
        self.setFont(own)
        self.setCheckable(role == "choice")
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._active_tooltip = ""

    def setText(self, text: str) -> None:
        """Another text; the key stays, which Qt would drop with the old words."""
        held = self.shortcut()
        super().setText(text)
        self.setShortcut(held)

    def set_enabled_because(self, enabled: bool, reason: str = "") -> None:
        """Enable, or disable with the reason in the tooltip."""
        if self.isEnabled():
            self._active_tooltip = self.toolTip()
        self.setEnabled(enabled)
        self.setToolTip(self._active_tooltip if enabled else reason)

    @property
    def words(self) -> str:
        """What it does, also while the tooltip says why it cannot."""
        return self.toolTip() if self.isEnabled() else self._active_tooltip or self.toolTip()

    def sizeHint(self) -> QSize:
        """Text, icon and key cap with their gaps, in any font."""
        metrics = QFontMetrics(self.font())
        parts = []
        if self.icon_name:
            parts.append(_ICON)
        if self.text():
            parts.append(metrics.horizontalAdvance(self.text()))
        if self.key:
            parts.append(self._cap_width())
        padding = 2 * _PADDING if self.text() else 2 * 8
        width = sum(parts) + _GAP * max(0, len(parts) - 1) + padding
        height = SMALL_CONTROL_HEIGHT if self.small else CONTROL_HEIGHT
        return QSize(max(width, height), max(height, metrics.height() + 10))

    def minimumSizeHint(self) -> QSize:
        """Never narrower than its text."""
        return self.sizeHint()

    def _cap_width(self) -> int:
        return QFontMetrics(font("badge")).horizontalAdvance(self.key) + 10

    def _state(self) -> str:
        if not self.isEnabled():
            return "disabled"
        if self.isDown():
            return "pressed"
        if self.isChecked():
            return "chosen"
        return "hover" if self.underMouse() else "rest"

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw ground, edge, icon, text and key cap."""
        look = _LOOKS[self.role][self._state()]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(look.edge), 1))
        painter.setBrush(QColor(look.fill))
        ground = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(ground, RADIUS_CONTROL, RADIUS_CONTROL)
        self._paint_content(painter, look)

    def _paint_content(self, painter: QPainter, look: _Look) -> None:
        hint, rect = self.sizeHint().width(), self.rect()
        padding = _PADDING if self.text() else 8
        spare = rect.width() - hint
        # A stretched button keeps its words in the middle; choices stand left, caps right.
        x = padding if self.role == "choice" else padding + max(0, spare) // 2
        if self.icon_name:
            mark = icons.pixmap(self.icon_name, look.text, _ICON)
            painter.drawPixmap(x, (rect.height() - _ICON) // 2, mark)
            x += _ICON + _GAP
        painter.setFont(self.font())
        painter.setPen(QColor(look.text))
        words = self.fontMetrics().horizontalAdvance(self.text())
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRect(x, 0, words + 2, rect.height()), flags, self.text())
        if self.key:
            cap = self._cap_width()
            right = rect.right() - padding - cap + 5
            left = right if self.role == "choice" else x + words + _GAP
            paint_key_cap(painter, QRect(left, 0, cap, rect.height()), self.key, look.text)

    def enterEvent(self, event: object) -> None:
        """Show the hover state."""
        self.update()
        super().enterEvent(event)  # type: ignore[arg-type]

    def leaveEvent(self, event: object) -> None:
        """Leave the hover state."""
        self.update()
        super().leaveEvent(event)  # type: ignore[arg-type]


def paint_key_cap(painter: QPainter, rect: QRect, key: str, color: str) -> None:
    """A key's name in a small frame, centred in `rect`."""
    height = QFontMetrics(font("badge")).height() + 3
    box = QRectF(rect.x() + 0.5, rect.y() + (rect.height() - height) / 2, rect.width() - 1, height)
    edge = QColor(color)
    edge.setAlphaF(0.55)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(edge, 1))
    painter.drawRoundedRect(box, RADIUS_SMALL, RADIUS_SMALL)
    painter.setFont(font("badge"))
    painter.setPen(QColor(color))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, key)


def button(
    text: str,
    role: str = "normal",
    *,
    icon: str = "",
    key: str = "",
    tooltip: str = "",
    small: bool = False,
    shortcut: bool = False,
) -> Button:
    """A button of a role: normal | primary | quiet | danger | link | choice (checkable).

    `key` as people say it ("Ctrl N", "Space", "C"); the tooltip names it too. A button without
    text needs a tooltip: it becomes its accessible name.
    """
    result = Button(text, role, icon, key, small)
    spoken = tooltip or text
    result.setToolTip(f"{spoken} ({key})" if key else tooltip)
    result.setAccessibleName(text or tooltip)
    if shortcut and key:
        result.setShortcut(QKeySequence(key.replace(" ", "+")))
    return result
