"""Places under the pointer, told at most every 16 ms: the newest wins and none queue up."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from reader_app.widgets.slice_view.gesture import Point

HOVER_MS = 16


class Hover:
    """Tells the first place at once, then the newest each time the pause is over."""

    def __init__(self, parent: QObject, tell: Callable[[float, float], object]) -> None:
        self._tell = tell
        self._waiting: Point | None = None
        self._pause = QTimer(parent)
        self._pause.setSingleShot(True)
        self._pause.setInterval(HOVER_MS)
        self._pause.timeout.connect(self._go_on)

    def move(self, at: Point) -> None:
        """The pointer is here."""
        if self._pause.isActive():
            self._waiting = at
            return
        self._pause.start()
        self._tell(*at)

    def stop(self) -> None:
        """Nothing is told any more until the next move."""
        self._waiting = None

    def _go_on(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self.move(waiting)
