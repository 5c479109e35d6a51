"""Badges: a state in one word with an icon, never by colour alone; and key caps."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from reader_app.widgets import icons
from reader_app.widgets.buttons import paint_key_cap
from reader_app.widgets.theme import PALETTE, RADIUS_SMALL, font

ROLES: dict[str, tuple[str, str, str]] = {  # role -> text, ground, icon
    "neutral": (PALETTE.text_2, PALETTE.line, ""),
    "running": (PALETTE.link, PALETTE.selected, ""),
    "done": (PALETTE.ok, PALETTE.ok_ground, "check"),
    "warning": (PALETTE.warning, PALETTE.warning_ground, "warning"),
    "error": (PALETTE.error_text, PALETTE.error_ground, "error"),
    "simulated": (PALETTE.simulated, PALETTE.simulated_ground, ""),
    "sealed": (PALETTE.link, PALETTE.selected, "lock"),
}
_PADDING, _ICON, _GAP = 7, 12, 4


def badge_size(text: str, role: str) -> QSize:
    """Width and height of a badge in the present font, px."""
    metrics = QFontMetrics(font("badge"))
    icon = _ICON + _GAP if ROLES[role][2] else 0
    return QSize(metrics.horizontalAdvance(text) + icon + 2 * _PADDING, metrics.height() + 6)


def paint_badge(painter: QPainter, rect: QRect, text: str, role: str) -> None:
    """Draw a badge at the left of `rect`, vertically centred."""
    color, ground, icon = ROLES[role]
    size = badge_size(text, role)
    top = rect.y() + (rect.height() - size.height()) / 2
    box = QRectF(rect.x(), top, min(size.width(), rect.width()), size.height())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(box, RADIUS_SMALL, RADIUS_SMALL)
    left = box.left() + _PADDING
    if icon:
        y = box.top() + (box.height() - _ICON) / 2
        painter.drawPixmap(round(left), round(y), icons.pixmap(icon, color, _ICON))
        left += _ICON + _GAP
    painter.setFont(font("badge"))
    painter.setPen(QColor(color))
    words = QRectF(left, box.top(), box.right() - left, box.height())
    painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


class Badge(QLabel):
    """A badge; role: neutral | running | done | warning | error | simulated | sealed."""

    def __init__(self, text: str, role: str = "neutral", tooltip: str = "") -> None:
        super().__init__(text)
        self._role = role
        self.setToolTip(tooltip)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set(self, text: str, role: str) -> None:
        """Change word and role."""
        self._role = role
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()

    @property
    def role(self) -> str:
        """The present role."""
        return self._role

    def sizeHint(self) -> QSize:
        """As large as its word and icon."""
        return badge_size(self.text(), self._role)

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        paint_badge(QPainter(self), self.rect(), self.text(), self._role)


class KeyCap(QLabel):
    """A key's name in a frame."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.setAccessibleName(f"key {key}")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As large as the key's name."""
        metrics = QFontMetrics(font("badge"))
        return QSize(max(20, metrics.horizontalAdvance(self.text()) + 12), metrics.height() + 6)

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_key_cap(painter, self.rect(), self.text(), PALETTE.text)
