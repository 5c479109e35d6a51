"""Ctrl C in the terminal ends the program, as closing its window does."""

from __future__ import annotations

import os
import signal

from PySide6.QtCore import QObject, QSocketNotifier


class Interrupts(QObject):
    """Wakes Python when a signal comes: Qt's event loop runs none of it while nothing happens.

    Python then raises KeyboardInterrupt, which the program's last net turns into the end of the
    event loop. Does nothing on Windows, where a pipe cannot be listened to.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        if os.name == "nt":
            return
        self._heard, told = os.pipe()
        for end in (self._heard, told):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        listener = QSocketNotifier(self._heard, QSocketNotifier.Type.Read, self)
        listener.activated.connect(self._wake)

    def _wake(self) -> None:
        os.read(self._heard, 64)
