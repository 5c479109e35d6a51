"""The job bar at the window's foot."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from reader_app.state.shell_state import JobLine, ShellState
from reader_app.widgets.panel import label
from reader_app.widgets.progress_row import ProgressRow
from reader_app.widgets.theme import PALETTE, SPACE


class JobBar(QWidget):
    """The running job, the last error (`details_asked`), what is paused, or a quiet word."""

    details_asked = Signal(object)  # JobLine

    def __init__(self, state: ShellState) -> None:
        super().__init__()
        self._state = state
        self._line = JobLine("idle", "")
        self.setMinimumHeight(36)
        self.row = ProgressRow()
        self._waiting = label("", "hint")
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[4], 0, SPACE[3], 0)
        row.setSpacing(SPACE[2])
        row.addWidget(self.row)
        row.addWidget(self._waiting)
        row.addStretch(1)
        self.row.cancelled.connect(state.cancel)
        self.row.details_asked.connect(lambda: self.details_asked.emit(self._line))
        state.jobs_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the state's line."""
        self._line = line = self._state.job_line
        if line.kind == "running":
            self.row.show_running(
                line.sentence, line.done, line.total, line.count, line.seconds_left
            )
        elif line.kind == "error":
            self.row.show_error(line.sentence)
        elif line.kind == "held":
            self.row.show_held(line.sentence)
        else:
            self.row.show_idle(line.sentence)
        more = f"{line.waiting} more job" + ("s" if line.waiting > 1 else "")
        self._waiting.setText(more if line.waiting else "")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Darker ground with a line above."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(PALETTE.rail))
        painter.fillRect(0, 0, self.width(), 1, QColor(PALETTE.line))
