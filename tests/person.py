"""A person at the program's real window: clicks, drags, keys, and looks; for end-to-end tests."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from reader_app.app import Desktop, application
from reader_app.messages import Message
from reader_app.state.annotate_state import AnnotateState
from reader_app.state.reading_launch import ReadingHere
from reader_app.views.annotate.page import AnnotatePage
from reader_app.views.main_window.dialogs import NewStudyDialog
from studies.store import Store

LEFT = Qt.MouseButton.LeftButton
PATIENCE_MS = 60_000


class Person:
    """One window and what it said so far."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        application()
        self.desktop = Desktop(ReadingHere())
        self.window = self.desktop.window
        self.said: list[Message] = []
        self.desktop.messages.posted.connect(self.said.append)
        qtbot.addWidget(self.window)
        self.window.show()
        self.front()

    # --- looking

    @property
    def store(self) -> Store:
        """The open study, for checks of what was written."""
        store = self.desktop.study.store
        assert store is not None
        return store

    @property
    def errors(self) -> list[str]:
        """The error sentences so far."""
        return [one.sentence for one in self.said if one.kind == "error"]

    def wait(self, until: Any, timeout: int = PATIENCE_MS) -> None:
        """Until it is so."""
        self.qtbot.waitUntil(until, timeout=timeout)

    def button(self, begins: str, inside: QWidget | None = None) -> QAbstractButton | None:
        """The visible button whose text or name begins so."""
        for one in (inside or self.window).findChildren(QAbstractButton):
            if one.isVisible() and (one.text() or one.accessibleName()).startswith(begins):
                return one
        return None

    def texts(self, inside: QWidget) -> list[str]:
        """All words shown there."""
        return [one.text() for one in inside.findChildren(QLabel) if one.isVisible()]

    # --- acting

    def click(self, begins: str, inside: QWidget | None = None) -> None:
        """Press a button once it is there and enabled."""

        def ready() -> bool:
            found = self.button(begins, inside)
            return found is not None and found.isEnabled()

        self.wait(ready)
        self.qtbot.mouseClick(self.button(begins, inside), LEFT)

    def go(self, name: str) -> QWidget:
        """Press a page's button in the rail."""
        self.qtbot.mouseClick(self.window.rail.buttons[name], LEFT)
        assert self.window.current == name
        return self.window.pages[name]

    def dialog(self, kind: type[QDialog]) -> Any:
        """The open dialog of a kind."""
        self.wait(lambda: any(d.isVisible() for d in self.window.findChildren(kind)))
        return next(d for d in self.window.findChildren(kind) if d.isVisible())

    def make_study(self, name: str, kind: str = "CT") -> None:
        """Ctrl N, a name, Create."""
        self.qtbot.keyClick(self.window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        asked = self.dialog(NewStudyDialog)
        asked.name.clear()
        self.qtbot.keyClicks(asked.name, name)
        asked.kind.set_value(kind)
        self.click("Create", asked)
        self.front()

    def front(self) -> None:
        """The window has the keyboard (no window manager gives it back after a dialog here)."""
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow)

    def drop(self, target: QWidget, *paths: Path) -> None:
        """Drop files or folders on a widget."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        how = (Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
        enter = QDragEnterEvent(QPoint(20, 20), *how)
        QApplication.sendEvent(target, enter)
        assert enter.isAccepted()
        QApplication.sendEvent(target, QDropEvent(QPointF(20, 20), *how))

    def close(self) -> bool:
        """Close the window and end the program; whether everything ended in time."""
        self.window.close()
        return self.desktop.close()


class Drawer:
    """The same person on the Annotate page, with a pen."""

    def __init__(self, person: Person) -> None:
        page = person.go("annotate")
        assert isinstance(page, AnnotatePage)
        state = person.window.states["annotate"]
        assert isinstance(state, AnnotateState)
        self.page, self.state = page, state
        person.wait(lambda: state.shown is not None)

    def ring(self, x: float, y: float, radius: float) -> None:
        """Drag once around a centre; image px."""
        turns = [2 * math.pi * k / 48 for k in range(49)]
        self.drag((x + radius * math.cos(t), y + radius * math.sin(t)) for t in turns)

    def drag(self, line: Iterable[tuple[float, float]]) -> None:
        """Press, move, release on the viewport."""
        places = [self._at(*point) for point in line]
        target = self.page.slice.viewport()
        QTest.mousePress(target, LEFT, pos=places[0])
        for place in places[1:]:
            QTest.mouseMove(target, place)
        QTest.mouseRelease(target, LEFT, pos=places[-1])

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
        """A key on the slice."""
        QTest.keyClick(self.page.slice, key, modifier or Qt.KeyboardModifier.NoModifier)

    def _at(self, x: float, y: float) -> QPoint:
        return self.page.slice.to_screen(QPointF(x, y)).toPoint()
