"""Below the slice: what the hands can do, and what became of the last margin."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from reader_app.widgets import icons
from reader_app.widgets.badge import KeyCap
from reader_app.widgets.panel import label
from reader_app.widgets.theme import PALETTE

HINTS = (
    ("drag", "freehand"),
    ("click", "points"),
    ("Shift drag", "magnetic"),
    ("right drag", "window"),
    ("wheel", "slice"),
    ("Space", "magnify"),
)
NOTICE_MS = 12_000
"""A notice that asks for nothing makes room for the hints again."""

_LOOKS = {
    "ok": ("check", PALETTE.ok),
    "warning": ("warning", PALETTE.warning),
    "info": ("info", PALETTE.text_3),
}


class FootLine(QWidget):
    """Key hints at the left, the last notice at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(44)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 12, 0)
        row.setSpacing(6)
        self._hints: list[QWidget] = []
        for key, what in HINTS:
            self._hints.append(_hint(key, what))
            row.addWidget(self._hints[-1])
        self._space, self._row = row.count(), row
        row.addStretch(1)
        self._icon = QLabel()
        self.notice = label("", "hint", wrap=True)  # a long one takes two lines
        self.notice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.notice.setAccessibleName("Last notice")
        row.addWidget(self._icon)
        row.addWidget(self.notice, 4)
        self._leave = QTimer(self)
        self._leave.setSingleShot(True)
        self._leave.setInterval(NOTICE_MS)
        self._leave.timeout.connect(lambda: self.show_notice("info", ""))

    def show_notice(self, kind: str, text: str) -> None:
        """ok | warning | info; an empty text clears it. A warning stays, the others leave."""
        if text and kind != "warning":
            self._leave.start()
        else:
            self._leave.stop()
        icon, color = _LOOKS[kind]
        if text:
            self._icon.setPixmap(icons.pixmap(icon, color, 16))
        else:
            self._icon.clear()
        self.notice.setText(text)
        self.notice.setToolTip(text)
        self.notice.setAccessibleDescription(text)
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """A notice is never cut: hints at the end give way to it."""
        text = self.notice.fontMetrics().horizontalAdvance(self.notice.text())
        needed = round(1.25 * text) + 70  # a fifth of what is left stays free before the notice
        for hint in self._hints:
            needed += hint.sizeHint().width() + 6
            hint.setVisible(needed <= self.width())
        self._row.setStretch(self._space, 0 if self._hints[0].isHidden() else 1)


def _hint(key: str, what: str) -> QWidget:
    hint = QWidget()
    row = QHBoxLayout(hint)
    row.setContentsMargins(0, 0, 6, 0)
    row.setSpacing(6)
    row.addWidget(KeyCap(key))
    row.addWidget(label(what, "hint"))
    return hint
