"""The whole window of a reader's process: the reading screen, or words before and after it."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QStackedWidget, QWidget

from reader_app.state.reading_session import ReadingSession
from reader_app.views.read.quiet_button import QuietButton
from reader_app.views.read.quiet_fields import words
from reader_app.views.read.reading_screen import ReadingScreen
from reader_app.views.read.screen_layout import LEAST
from reader_app.widgets.theme import PALETTE

_WIDTH = 640


class WordsScreen(QWidget):
    """A title, sentences, and Close; `closed` on Esc, Space, Enter or a click."""

    closed = Signal()

    def __init__(self, title: str, sentences: str) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("focusRing", False)
        self.setAccessibleName(title)
        self.setAccessibleDescription(sentences)
        self.title = words(title, "page", self)
        self.sentences = words(sentences, "body", self, level="secondary")
        self.sentences.setTextFormat(Qt.TextFormat.PlainText)
        self.sentences.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.close_button = QuietButton("Close", "Esc", self, framed=True)
        self.close_button.clicked.connect(self.closed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc, Space or Enter close."""
        keys = (Qt.Key.Key_Escape, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() in keys and not event.isAutoRepeat():
            self.closed.emit()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """One column in the middle."""
        wide = min(_WIDTH, self.width() - 48)
        left, top = (self.width() - wide) // 2, max(24, self.height() // 2 - 120)
        self.title.setGeometry(left, top, wide, 28)
        high = self.sentences.heightForWidth(wide)
        self.sentences.setGeometry(QRect(left, top + 44, wide, high))
        self.close_button.setGeometry(left, top + 44 + high + 28, 220, 40)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The reading screen's ground."""
        QPainter(self).fillRect(self.rect(), QColor(PALETTE.image))


class ReaderWindow(QStackedWidget):
    """Nothing but the reading; `closed` when it is closed, from wherever."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Reading")
        self.setMinimumSize(LEAST)
        self.problem: QLabel | None = None

    def read(self, session: ReadingSession) -> ReadingScreen:
        """Show a session."""
        screen = ReadingScreen(session)
        self._show(screen)
        return screen

    def say(self, title: str, sentences: str) -> WordsScreen:
        """Show words alone."""
        screen = WordsScreen(title, sentences)
        screen.closed.connect(self.close)
        self._show(screen)
        return screen

    def tell_fault(self, sentence: str) -> None:
        """A sentence about something unforeseen; the reading goes on."""
        current = self.currentWidget()
        if isinstance(current, ReadingScreen):
            current.say(sentence)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window is leaving; everything is saved already."""
        super().closeEvent(event)
        self.closed.emit()

    def _show(self, screen: QWidget) -> None:
        before = self.currentWidget()
        self.addWidget(screen)
        self.setCurrentWidget(screen)
        screen.setFocus()
        if before is not None:
            self.removeWidget(before)
            before.deleteLater()
