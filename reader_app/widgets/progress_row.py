"""One job in a row: what, bar, count, time left, Cancel; an error as a sentence with Details."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from reader_app.widgets import icons
from reader_app.widgets.buttons import button
from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.panel import label
from reader_app.widgets.theme import PALETTE, SPACE


def time_left(seconds: float | None) -> str:
    """Seconds as people say them: "40 s left", "3 min left", "2 h 10 min left"; "" for None."""
    if seconds is None:
        return ""
    if seconds < 55:
        return f"{max(1, round(seconds))} s left"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min left"
    return f"{minutes // 60} h {minutes % 60} min left"


class ProgressRow(QWidget):
    """`cancelled` when Cancel is pressed, `details_asked` on the error's Details."""

    cancelled = Signal()
    details_asked = Signal()

    def __init__(self, bar_width: int = 220) -> None:
        super().__init__()
        self._icon = QLabel()
        self._icon.setFixedSize(16, 16)
        self._what = ElidedLabel("", least=24)  # a long error gives way; Details has the whole
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(bar_width)
        self._bar.setAccessibleName("Progress")
        self._count = label()
        self._left = label("", "hint")
        self._details = button("Details", "link", small=True, tooltip="What exactly happened")
        self._cancel = button("Cancel", "quiet", small=True, tooltip="Stop this job")
        self._details.clicked.connect(self.details_asked)
        self._cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[2])
        for widget in (self._icon, self._what, self._bar, self._count, self._left):
            row.addWidget(widget)
        row.addWidget(self._details)
        row.addWidget(self._cancel)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.show_idle("")

    def show_running(
        self, what: str, done: int, total: int, count: str = "", seconds_left: float | None = None
    ) -> None:
        """A running job; `total` 0 = unknown length."""
        self._set("learn", PALETTE.accent, what, running=True)
        self._bar.setRange(0, max(total, 0))
        self._bar.setValue(done)
        self._count.setText(count or (f"{done:,} of {total:,}" if total else ""))
        self._left.setText(time_left(seconds_left))

    def show_error(self, sentence: str) -> None:
        """A failed job's sentence with Details."""
        self._set("error", PALETTE.error, sentence, running=False)
        self._details.show()

    def show_held(self, sentence: str) -> None:
        """No job, but something waits for a word to go on."""
        self._set("pause", PALETTE.warning, sentence, running=False)

    def show_idle(self, sentence: str) -> None:
        """No job; a quiet word on the last one."""
        self._set("check", PALETTE.text_3, sentence, running=False)

    def _set(self, icon: str, color: str, what: str, *, running: bool) -> None:
        self._icon.setPixmap(icons.pixmap(icon, color, 16))
        self._what.show_whole(what)
        self.setAccessibleName(what)
        for widget in (self._bar, self._count, self._left, self._cancel):
            widget.setVisible(running)
        self._details.hide()
