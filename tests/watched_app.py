"""The real program with a witness who writes what the window shows and touches nothing.

Run as `python watched_app.py STUDY`: one line of JSON a change on standard output; the window is
driven from outside. A test reads the lines as `Seen`.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent

if TYPE_CHECKING:
    from reader_app.app import Desktop
    from reader_app.views.annotate.page import AnnotatePage

LOOK_EVERY_MS = 10
HANDLED = frozenset(
    (
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseButtonDblClick,
        QEvent.Type.Wheel,
        QEvent.Type.KeyRelease,
    )
)
Pair = tuple[float, float]


@dataclass(frozen=True)
class Seen:
    """What a person at the screen sees, and how many of the hand's events arrived."""

    events: int = 0
    pointer: tuple[int, int] = (-1, -1)  # screen px, of the last move that arrived
    page: str = ""
    has_focus: bool = False
    is_loaded: bool = False
    origin: Pair = (0.0, 0.0)  # screen px of image px (0, 0)
    along_x: Pair = (0.0, 0.0)  # screen px of image px (1, 0)
    along_y: Pair = (0.0, 0.0)
    index: int = -1
    window: Pair = (0.0, 0.0)
    mode: str = ""
    measures: bool = False
    is_drawing: bool = False
    line: int = 0  # points of the line under the hand
    has_ghost: bool = False
    magnifies: bool = False
    ruler: str = ""
    margins: int = 0  # on this slice
    lesion: str = ""
    lesions: int = 0
    proposed: int = 0  # slices
    notice: str = ""

    def at(self, x: float, y: float) -> tuple[int, int]:
        """Where an image point lies on the screen, whole px."""
        (ox, oy), (ax, ay), (bx, by) = self.origin, self.along_x, self.along_y
        return (
            round(ox + x * (ax - ox) + y * (bx - ox)),
            round(oy + x * (ay - oy) + y * (by - oy)),
        )

    @property
    def scale(self) -> float:
        """Screen px per image px."""
        return math.dist(self.origin, self.along_x)


class Witness(QObject):
    """Counts the window's events and tells each change once."""

    def __init__(self, desktop: Desktop) -> None:
        super().__init__(desktop.window)
        self._desktop = desktop
        self._events, self._pointer = 0, (-1, -1)
        self._told = Seen()
        handle = desktop.window.windowHandle()
        assert handle is not None
        handle.installEventFilter(self)
        timer = QTimer(self)
        timer.timeout.connect(self._tell)
        timer.start(LOOK_EVERY_MS)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:  # noqa: N802
        """Every event goes on to the window; what it did is told after it was handled."""
        if isinstance(event, QMouseEvent):
            at = event.globalPosition().toPoint()
            self._pointer = at.x(), at.y()
        repeats = isinstance(event, QKeyEvent) and event.isAutoRepeat()
        self._events += event.type() in HANDLED and not repeats
        if isinstance(event, QMouseEvent) or event.type() in HANDLED:
            QTimer.singleShot(0, self, self._tell)
        return False

    def _tell(self) -> None:
        seen = self._look()
        if seen != self._told:
            self._told = seen
            sys.stdout.write(json.dumps(asdict(seen)) + "\n")
            sys.stdout.flush()

    def _look(self) -> Seen:
        window = self._desktop.window
        seen = Seen(self._events, self._pointer, window.current, window.isActiveWindow())
        if "annotate" not in window.pages:
            return seen
        return self._on_page(window.pages["annotate"], seen)

    def _on_page(self, page: AnnotatePage, seen: Seen) -> Seen:
        state, view = page._state, page.slice
        mode, measures = view.mode
        return replace(
            seen,
            has_focus=seen.has_focus and view.hasFocus(),
            is_loaded=state.is_loaded and view.placement is not None,
            origin=_place(page, 0, 0),
            along_x=_place(page, 1, 0),
            along_y=_place(page, 0, 1),
            index=state.index,
            window=state.window,
            mode=mode.name,
            measures=measures,
            is_drawing=view.drawing.is_active,
            line=len(view.drawing.preview.line),
            has_ghost=bool(view.ghost),
            magnifies=view._magnifies,
            ruler=view.ruler_text,
            margins=len(state.slice_margins),
            lesion=state.lesion.name if state.lesion else "",
            lesions=state.progress[1],
            proposed=sum(row.is_proposed for row in state.slice_rows),
            notice=page.foot.notice.text(),
        )


def _place(page: AnnotatePage, x: float, y: float) -> Pair:
    if page.slice.placement is None:
        return (0.0, 0.0)
    at = page.slice.viewport().mapToGlobal(page.slice.to_screen(QPointF(x, y)))
    return at.x(), at.y()


def main(study: Path) -> int:
    """The program as `python -m reader_app app STUDY` runs it, seen by the witness."""
    from engine.jobs.entry import prepare_entry

    prepare_entry()
    from reader_app import app

    kept: list[Witness] = []
    return app.main(study, then=lambda desktop: kept.append(Witness(desktop)))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
