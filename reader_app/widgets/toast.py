"""Toasts: short notices at the bottom right; errors stay and offer Details."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from reader_app.widgets import icons
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label
from reader_app.widgets.theme import PALETTE, RADIUS_CONTROL, SPACE

SECONDS = 6
_KINDS = {  # kind -> colour, icon
    "ok": (PALETTE.ok, "check"),
    "info": (PALETTE.accent, "info"),
    "warning": (PALETTE.warning, "warning"),
    "error": (PALETTE.error, "error"),
}


class Toast(QWidget):
    """One notice; `kind`: info | ok | warning | error."""

    def __init__(
        self, kind: str, sentence: str, action: str = "", act: Callable[[], object] | None = None
    ) -> None:
        super().__init__()
        self._color, icon = _KINDS[kind]
        self.kind, self.sentence, self.count = kind, sentence, 1
        self.setAccessibleName(sentence)
        self.setFixedWidth(430)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[3], SPACE[0], SPACE[1], SPACE[0])
        row.setSpacing(SPACE[1])
        mark = QLabel()
        mark.setPixmap(icons.pixmap(icon, self._color, 16))
        row.addWidget(mark)
        words = label(sentence, wrap=True)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._words = words
        row.addWidget(words, 1)
        if action and act is not None:
            link = button(action, "link", small=True)
            link.clicked.connect(act)
            link.clicked.connect(self.close_toast)
            row.addWidget(link)
        cross = button("", "quiet", icon="close", tooltip="Close this notice", small=True)
        cross.clicked.connect(self.close_toast)
        row.addWidget(cross)
        self.setMinimumHeight(40)

    def say_again(self) -> None:
        """The same happened once more: one notice counts, in place of a stack of equal ones."""
        self.count += 1
        words = f"{self.sentence} ({self.count} times)"
        self._words.setText(words)
        self.setAccessibleName(words)

    def close_toast(self) -> None:
        """Go away."""
        self.hide()
        self.deleteLater()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Raised ground with the kind's colour at its left edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QPainterPath()
        box.addRoundedRect(
            QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CONTROL, RADIUS_CONTROL
        )
        painter.fillPath(box, QColor(PALETTE.raised))
        painter.save()
        painter.setClipPath(box)
        painter.fillRect(0, 0, 3, self.height(), QColor(self._color))
        painter.restore()
        painter.setPen(QPen(QColor(PALETTE.button_edge), 1))
        painter.drawPath(box)


class Toasts(QWidget):
    """The stack of notices over a window's bottom right corner."""

    def __init__(self, parent: QWidget, above: int = 44) -> None:
        super().__init__(parent)
        self._frame = parent
        self._above, self._held = above, False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE[1])
        self.hide()
        parent.installEventFilter(self)

    def post(
        self, kind: str, sentence: str, action: str = "", act: Callable[[], object] | None = None
    ) -> Toast:
        """Show a notice; all but errors leave after 6 s.

        An error that stands there already is not shown twice: its notice counts.
        """
        same = next((one for one in self.toasts if (one.kind, one.sentence) == (kind, sentence)),
                    None)  # fmt: skip
        if same is not None and kind == "error":
            same.say_again()
            self._settle()
            return same
        toast = Toast(kind, sentence, action, act)
        toast.destroyed.connect(self._settle)
        self._column.addWidget(toast)
        toast.show()
        self._settle()
        if kind != "error":
            QTimer.singleShot(SECONDS * 1000, toast, toast.close_toast)
        return toast

    @property
    def toasts(self) -> tuple[Toast, ...]:
        """The notices on screen, oldest first."""
        items = (self._column.itemAt(k) for k in range(self._column.count()))
        widgets = (item.widget() for item in items if item is not None)
        return tuple(w for w in widgets if isinstance(w, Toast) and not w.isHidden())

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Keep to the corner."""
        if event.type() == QEvent.Type.Resize:
            self._settle()
        return False

    def hold(self, held: bool) -> None:
        """Show nothing for a while; what comes meanwhile is shown after it."""
        self._held = held
        self._settle()

    def _settle(self) -> None:
        self.setVisible(self._column.count() > 0 and not self._held)
        self.adjustSize()
        corner = self._frame.rect().bottomRight()
        self.move(corner.x() - self.width() - SPACE[3], corner.y() - self.height() - self._above)
        self.raise_()
