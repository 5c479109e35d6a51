"""A key held down. X tells of it as of releases and presses in turn, not always marked as such."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

LET_GO_MS = 40
"""A release without a press of the same key for so long is the hand's."""

TAP_MS = 400
"""A key that is down longer is held, not tapped."""


class HeldKey:
    """Tells once that the key was let go, and not between the repeats of a held one."""

    def __init__(self, parent: QObject, let_go: Callable[[], object]) -> None:
        self._wait = QTimer(parent)
        self._wait.setSingleShot(True)
        self._wait.setInterval(LET_GO_MS)
        self._wait.timeout.connect(let_go)
        self._since = QElapsedTimer()
        self._since.start()

    def press(self, anew: bool = False) -> None:
        """The key is down, or repeats; `anew`: what it is held for begins now."""
        self._wait.stop()
        if anew:
            self._since.start()

    @property
    def is_held(self) -> bool:
        """It is down for longer than a tap is."""
        return self._since.hasExpired(TAP_MS)

    def release(self) -> None:
        """The key went up, or repeats."""
        self._wait.start()
