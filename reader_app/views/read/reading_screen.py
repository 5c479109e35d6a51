"""What a reader sees: one ROI at a fixed place, the questions, the keys; nothing else.

No class colours, no accent, no tooltips, no name of the study, no time: they would prime or tell.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QWidget

from reader_app.state.reading_session import BREAK, FINISHED, PAUSED, READING, ReadingSession
from reader_app.views.read.answer_rows import ROW_HEIGHT, AnswerRow
from reader_app.views.read.enlarge import enlarged
from reader_app.views.read.quiet_button import QuietButton
from reader_app.widgets.theme import PALETTE, font

ROI_SIZE = 512
_TOP, _EDGE = 48, 24
_NAMED_KEYS = {Qt.Key.Key_Space: "Space", Qt.Key.Key_Escape: "Esc"}
_WORDS = {
    PAUSED: ("Paused", "The picture is hidden and the clock stands still."),
    BREAK: ("A good moment for a break", "Every answer is saved. Go on when you like."),
    FINISHED: ("Thank you, that was the last one", "Every answer is saved."),
}


class RoiPicture(QWidget):
    """The ROI, or (hidden) a dark square with two sentences; `painted` after a new one is drawn."""

    painted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(ROI_SIZE, ROI_SIZE)
        self.setAccessibleName("ROI")
        self._pixmap: QPixmap | None = None
        self._words = ("", "")
        self._fresh = False

    def show_roi(self, pixmap: QPixmap) -> None:
        """Show a picture at once."""
        self._pixmap, self._fresh = pixmap, True
        self.update()

    def hide_roi(self, title: str, sentence: str) -> None:
        """Hide it behind words."""
        self._pixmap, self._words = None, (title, sentence)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture, or the words."""
        painter = QPainter(self)
        if self._pixmap is not None:
            painter.drawPixmap(0, 0, self._pixmap)
        else:
            self._paint_words(painter)
        if self._fresh:
            self._fresh = False
            self.painted.emit()

    def _paint_words(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), QColor(PALETTE.page))
        title, sentence = self._words
        middle = ROI_SIZE // 2
        for words, role, color, top in (
            (title, "study", PALETTE.strong, middle - 64),
            (sentence, "body", PALETTE.text_2, middle - 36),
        ):
            painter.setFont(font(role))
            painter.setPen(QColor(color))
            painter.drawText(QRect(24, top, ROI_SIZE - 48, 24), Qt.AlignmentFlag.AlignCenter, words)


class ReadingScreen(QWidget):
    """Draws a ReadingSession and passes keys to it."""

    def __init__(self, session: ReadingSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._ahead: tuple[str, QPixmap] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("focusRing", False)
        self.setAccessibleName("Reading")
        self.setMinimumSize(QSize(816, 720))
        self.roi = RoiPicture(self)
        self.rows = tuple(AnswerRow(question, self) for question in session.questions)
        self.next = QuietButton("Next", "Space", self, framed=True)
        self.pause = QuietButton("Pause", "P", self)
        self.back = QuietButton("Undo the last one", "U", self)
        self.leave = QuietButton("Leave", "Esc", self, framed=True)
        self.problem = QLabel("", self)
        self._connect()
        self._refresh()

    def _connect(self) -> None:
        session = self._session
        self.problem.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setProperty("role", "error")
        self.next.clicked.connect(session.go_on)
        self.pause.clicked.connect(session.toggle_pause)
        self.back.clicked.connect(session.undo)
        self.leave.clicked.connect(session.leave)
        for row in self.rows:
            row.chosen.connect(session.choose)
        session.shown.connect(self._refresh)
        session.chosen.connect(self._refresh_choices)
        session.refused.connect(self.problem.setText)
        self.roi.painted.connect(self._roi_painted)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Every key goes to the session; a key held down counts once."""
        if not event.isAutoRepeat():
            self._session.press(_NAMED_KEYS.get(Qt.Key(event.key()), event.text().upper()))

    def changeEvent(self, event: QEvent) -> None:
        """The window losing the keyboard is recorded with the trial."""
        if event.type() == QEvent.Type.ActivationChange and self.isVisible():
            self._session.focus(self.isActiveWindow())
        super().changeEvent(event)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Places depend on the window's size only: nothing moves between trials."""
        middle, height = self.width() // 2, self.height()
        spare = height - _TOP - ROI_SIZE - len(self.rows) * ROW_HEIGHT - 64
        if spare < 20:
            self._place_compactly()
            return
        top = _TOP + max(0, min(20, spare // 6))
        gap = max(4, min(10, spare // 8))
        self.roi.move(middle - ROI_SIZE // 2, top)
        first = top + ROI_SIZE + max(8, min(24, spare // 5))
        for k, row in enumerate(self.rows):
            row.move(middle - 396, first + k * (ROW_HEIGHT + gap))
        end = first + len(self.rows) * (ROW_HEIGHT + gap)
        foot = height - (58 if spare > 90 else 46)
        self.problem.setGeometry(_EDGE, end, self.width() - 2 * _EDGE, max(18, foot - end))
        self.next.setGeometry(middle - 110, foot, 220, 40)
        self.leave.setGeometry(middle - 110, top + ROI_SIZE // 2 + 24, 220, 40)
        self.back.setGeometry(_EDGE, foot, self.back.sizeHint().width(), 40)
        width = self.pause.sizeHint().width()
        self.pause.setGeometry(self.width() - _EDGE - width, 8, width, 40)

    def _place_compactly(self) -> None:
        """A low window: Next and Undo stand beside the ROI."""
        middle, top = self.width() // 2, _TOP - 4
        self.roi.move(middle - ROI_SIZE // 2, top)
        first = top + ROI_SIZE + 8
        for k, row in enumerate(self.rows):
            row.move(middle - 396, first + k * (ROW_HEIGHT + 4))
        foot, beside = top + ROI_SIZE - 40, middle - ROI_SIZE // 2 - 2 * _EDGE
        self.problem.setGeometry(_EDGE, top + 40, beside, foot - top - 60)
        self.next.setGeometry(middle + ROI_SIZE // 2 + _EDGE, foot, min(200, beside), 40)
        self.leave.setGeometry(middle - 110, top + ROI_SIZE // 2 + 24, 220, 40)
        self.back.setGeometry(_EDGE, foot, min(beside, self.back.sizeHint().width()), 40)
        width = self.pause.sizeHint().width()
        self.pause.setGeometry(self.width() - _EDGE - width, 2, width, 40)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground, progress line and the number of the trial."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(PALETTE.image))
        painter.fillRect(QRect(0, 0, self.width(), 3), QColor(PALETTE.panel))
        share = self._session.done / max(1, self._session.total)
        painter.fillRect(QRect(0, 0, round(self.width() * share), 3), QColor(PALETTE.control))
        kind, number, total = self._session.place
        painter.setFont(font("study"))
        painter.setPen(QColor(PALETTE.text))
        words = f"{kind} {number}".strip()
        box = QRect(_EDGE, 8, 400, 40)
        drawn = painter.boundingRect(box, Qt.AlignmentFlag.AlignVCenter, words)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)
        painter.setFont(font("body"))
        painter.setPen(QColor(PALETTE.hint))
        rest = box.adjusted(drawn.width() + 5, 0, 0, 0)
        painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, f"/ {total}")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window is leaving; everything is saved already."""
        self._session.close()
        super().closeEvent(event)

    def _refresh(self) -> None:
        self.problem.clear()
        mode = self._session.mode
        reading = mode == READING
        for row in self.rows:
            row.setVisible(reading)
        self.leave.setVisible(not reading)
        self.pause.setVisible(mode in (READING, PAUSED))
        self.pause.setText("Pause" if reading else "Go on")
        self.next.setText("Next" if reading else "Go on")
        self.next.setVisible(mode != FINISHED)
        self.back.setVisible(mode != PAUSED)
        self.back.setEnabled(self._session.can_undo())
        if reading:
            self._show_roi()
        else:
            self.roi.hide_roi(*_WORDS[mode])
        self._refresh_choices()
        self.update()

    def _refresh_choices(self) -> None:
        open_question = self._session.open_question
        for row in self.rows:
            code = row.question.code
            row.show_choice(self._session.choice(code), is_open=code == open_question)
        self.next.setEnabled(self._session.mode != READING or not open_question)

    def _show_roi(self) -> None:
        trial, ahead = self._session.trial, self._ahead
        if trial is not None and ahead is not None and ahead[0] == trial.trial_id:
            self.roi.show_roi(ahead[1])
            return
        image = self._session.image()
        if image is None:
            self.roi.hide_roi("This picture cannot be shown", "Answers given so far are saved.")
        else:
            self.roi.show_roi(enlarged(image, ROI_SIZE, self.devicePixelRatioF()))

    def _roi_painted(self) -> None:
        self._session.painted()
        QTimer.singleShot(0, self, self._prefetch)

    def _prefetch(self) -> None:
        """Make the next picture ready while the reader looks at this one."""
        self._session.settle()
        following = self._session.ahead()
        if following is not None and (self._ahead is None or self._ahead[0] != following[0]):
            pixmap = enlarged(following[1], ROI_SIZE, self.devicePixelRatioF())
            self._ahead = (following[0], pixmap)
