"""The program for a walk through its pages: beside the window it tells what stands on the page.

Run as a program: `python watched_pages.py STUDY`. It changes nothing; it looks at the window many
times a second and writes each change as one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QDialog,
    QLabel,
    QListView,
    QTabBar,
    QTableView,
    QTreeView,
    QWidget,
)

from reader_app.messages import Message
from reader_app.widgets.segmented import Segmented

if TYPE_CHECKING:
    from reader_app.app import Desktop

LOOK_EVERY_MS = 20
MOST_ROWS = 60  # of a table or list
PRESSED = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress)
LET_GO = (QEvent.Type.KeyRelease, QEvent.Type.MouseButtonRelease)


@dataclass(frozen=True)
class Thing:
    """Words on the screen, with the middle of what bears them (screen px)."""

    words: str
    x: int
    y: int


@dataclass(frozen=True)
class PageSeen:
    """What a person sees; `worked_s`: processor time of the window since the last press."""

    events: int = 0
    page: str = ""
    active: str = ""  # title of the window with the keyboard
    is_quiet: bool = False
    dialog: str = ""
    tour: str = ""
    frame: tuple[int, int, int, int] = (0, 0, 0, 0)
    worked_s: float = 0.0
    errors: tuple[str, ...] = ()
    things: tuple[Thing, ...] = ()

    @classmethod
    def of(cls, line: str) -> PageSeen:
        """What a line says."""
        told = json.loads(line)
        things = tuple(Thing(**one) for one in told.pop("things"))
        frame, errors = tuple(told.pop("frame")), tuple(told.pop("errors"))
        return cls(things=things, frame=frame, errors=errors, **told)

    def find(self, words: str) -> Thing | None:
        """The thing with exactly these words, else one that begins so."""
        exact = (one for one in self.things if one.words == words)
        begun = (one for one in self.things if one.words.startswith(words))
        return next(exact, None) or next(begun, None)

    def says(self, *words: str) -> bool:
        """Whether all of these stand somewhere on the screen."""
        return all(any(word in one.words for one in self.things) for word in words)


class PageWitness(QObject):
    """Looks at the window and tells each change once."""

    def __init__(self, desktop: Desktop) -> None:
        super().__init__(desktop.window)
        self._desktop = desktop
        self._told = PageSeen()
        self._events, self._errors = 0, ()
        self._worked, self._looked_at = 0.0, time.thread_time()
        desktop.messages.posted.connect(self._hear)
        application = QApplication.instance()
        assert application is not None
        application.installEventFilter(self)
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Each press and release once, at the window itself; all go on."""
        if not watched.isWindowType() or isinstance(watched, QWidget):
            return False
        if isinstance(event, QKeyEvent) and event.isAutoRepeat():
            return False
        if event.type() in PRESSED:
            self._worked, self._looked_at = 0.0, time.thread_time()
        self._events += event.type() in (*PRESSED, *LET_GO)
        return False

    def _hear(self, message: Message) -> None:
        if message.kind == "error":
            self._errors = (*self._errors, f"{message.sentence} {message.details}")

    def _look(self) -> None:
        """The look itself is not the window's work."""
        self._worked += time.thread_time() - self._looked_at
        seen = self._seen()
        if seen != self._told:
            self._told = seen
            line = {**asdict(seen), "worked_s": round(self._worked, 4)}
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
        self._looked_at = time.thread_time()

    def _seen(self) -> PageSeen:
        window, tour = self._desktop.window, self._desktop.shell.tour
        dialogs = [one for one in window.findChildren(QDialog) if one.isVisible()]
        place, active = window.geometry(), QApplication.activeWindow()
        return PageSeen(
            events=self._events,
            page=window.current,
            active=active.windowTitle() if active else "",
            is_quiet=self._desktop.jobs.is_quiet,
            dialog=dialogs[0].windowTitle() if dialogs else "",
            tour=tour.step.title if tour.step else "",
            frame=(place.x(), place.y(), place.width(), place.height()),
            errors=self._errors,
            things=tuple(things(dialogs[0] if dialogs else window)),
        )


def things(root: QWidget) -> Iterator[Thing]:
    """All that bears words and is on the screen."""
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        if isinstance(widget, QTabBar):
            for k in range(widget.count()):
                yield _thing(widget, widget.tabText(k), widget.tabRect(k).center())
        elif isinstance(widget, Segmented):
            for option, cell in zip(widget.options, widget._cells(), strict=True):
                yield _thing(widget, option, cell.center().toPoint())
        elif isinstance(widget, QListView | QTableView | QTreeView):
            yield from _rows(widget)
        for words in _words(widget):
            yield _thing(widget, words, widget.rect().center())


def _words(widget: QWidget) -> set[str]:
    said = {widget.accessibleName()}
    if isinstance(widget, QLabel | QAbstractButton):
        said.add(widget.text())
    return said - {""}


def _rows(view: QAbstractItemView) -> Iterator[Thing]:
    """The words of each row, from left to right."""
    model = view.model()
    columns = 1 if isinstance(view, QListView) else model.columnCount()
    for row in range(min(model.rowCount(), MOST_ROWS)):
        cells = [model.index(row, column) for column in range(columns)]
        words = " | ".join(_cell(cell) for cell in cells)
        yield _thing(view, words, view.visualRect(cells[0]).center())


def _cell(cell: QModelIndex) -> str:
    """What a screen reader says of it, else what is written there."""
    return str(cell.data(Qt.ItemDataRole.AccessibleTextRole) or cell.data() or "")


def _thing(widget: QWidget, words: str, inside: QPoint) -> Thing:
    at = widget.mapToGlobal(inside)
    return Thing(words, at.x(), at.y())


def main(study: Path) -> int:
    """The program as `python -m reader_app app STUDY` runs it, seen by the witness."""
    from engine.jobs.entry import prepare_entry

    prepare_entry()
    from reader_app import app

    kept: list[PageWitness] = []
    return app.main(study, then=lambda desktop: kept.append(PageWitness(desktop)))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
