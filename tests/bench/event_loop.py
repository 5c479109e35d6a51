"""Gaps between ticks of a window's event loop: what a person feels as a stall."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer

TICK_MS = 5


def gaps(seconds: float) -> np.ndarray:
    """Milliseconds between ticks of a 5-ms timer."""
    found: list[float] = []
    last = [time.perf_counter()]

    def tick() -> None:
        now = time.perf_counter()
        found.append(1000 * (now - last[0]))
        last[0] = now

    timer, loop = QTimer(), QEventLoop()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(TICK_MS)
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()
    timer.stop()
    return np.array(found)
