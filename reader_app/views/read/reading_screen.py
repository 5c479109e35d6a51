"""What a reader sees: one picture at a fixed place, the questions, the keys; nothing else.

No class colours, no accent, no tooltips, no name of the study, no time: they would prime or tell.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer
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

from reader_app.state.reading_session import (
    CHECK,
    FEEDBACK,
    FINISHED,
    INTRO,
    KEYS,
    PAUSED,
    READING,
    TRAINED,
    UNUSUAL,
    ReadingSession,
)
from reader_app.state.trial_place import PRACTISED
from reader_app.views.read.answer_rows import AnswerRow
from reader_app.views.read.check_screen import CheckScreen
from reader_app.views.read.closing_screen import ClosingScreen
from reader_app.views.read.enlarge import is_roi
from reader_app.views.read.guide_screen import GuideScreen
from reader_app.views.read.guide_words import intro_lines, key_lines
from reader_app.views.read.quiet_button import QuietButton
from reader_app.views.read.screen_layout import (
    EDGE,
    LEAST,
    NOTE_HEIGHT,
    TOP,
    layout,
    roi_side,
)
from reader_app.views.read.screen_words import key_hints, words_of
from reader_app.views.read.side_panel import SidePanel
from reader_app.views.read.slice_reader import SliceReader
from reader_app.views.read.trial_picture import TrialPicture
from reader_app.widgets.theme import PALETTE, font

_NAMED_KEYS = {Qt.Key.Key_Space: "Space", Qt.Key.Key_Escape: "Esc"}
_NO_ANSWERS = ("Esc", "P", "U", "?")
_SHOWS_PICTURE = (READING, FEEDBACK)


class ReadingScreen(QWidget):
    """Draws a ReadingSession and passes keys to it."""

    def __init__(self, session: ReadingSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._shown = ""  # the trial whose picture is on the screen
        self._ahead: tuple[str, QPixmap] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("focusRing", False)
        self.setAccessibleName("Reading")
        self.setMinimumSize(LEAST)
        self._roi_side = 0  # px, from the first answer on
        self.roi = TrialPicture(self)
        self._slices = SliceReader(self.roi, session)
        self.panel = SidePanel(self)
        self.note = QLabel("", self)
        self._notes = any(trial.note for trial in session.trials)
        self.rows = tuple(AnswerRow(question, self) for question in session.questions)
        self.next = QuietButton("Next", "Space", self, framed=True)
        self.pause = QuietButton("Pause", "P", self)
        self.keys = QuietButton("Keys", "?", self)
        self.back = QuietButton("Undo the last one", "U", self)
        self.leave = QuietButton("Leave", "Esc", self, framed=True)
        self.problem = QLabel("", self)
        self.hints = QLabel(key_hints(session.trials, locked=session.window_locked), self)
        self.page: QWidget | None = None  # covers the screen in the mode `_page_of`
        self._page_of = ""
        self._connect()
        self._refresh()

    def _connect(self) -> None:
        session = self._session
        self.problem.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.problem.setProperty("role", "error")
        self.hints.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.hints.setFont(font("hint"))
        self.hints.setProperty("role", "hint")
        self.note.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.note.setFont(font("body"))
        for label in (self.problem, self.hints, self.note):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.next.clicked.connect(session.go_on)
        self.pause.clicked.connect(session.toggle_pause)
        self.keys.clicked.connect(session.toggle_keys)
        self.back.clicked.connect(session.undo)
        self.leave.clicked.connect(session.leave)
        for row in self.rows:
            row.chosen.connect(session.choose)
        session.shown.connect(self._refresh)
        session.chosen.connect(self._keep_size)
        session.chosen.connect(self._refresh_choices)
        session.refused.connect(self.say)
        self.roi.painted.connect(self._picture_painted)

    def say(self, sentence: str) -> None:
        """A sentence where the eye is, above whatever page is open."""
        self.problem.setText(sentence)
        self.problem.raise_()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The picture's keys move it, all others are the session's; held down they count once.

        A key that comes before the picture is on the screen answers nothing that was seen.
        """
        name = _NAMED_KEYS.get(Qt.Key(event.key()), event.text().upper())
        if self._session.mode == READING and name not in _NO_ANSWERS and not self.roi.is_seen():
            return
        if self._session.mode in _SHOWS_PICTURE and self._slices.press(event):
            return
        if not event.isAutoRepeat():
            self._session.press(name)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """A key of the picture is let go."""
        self._slices.release(event)

    def event(self, event: QEvent) -> bool:
        """The window losing the keyboard is recorded; Qt tells it to every widget inside."""
        turned = (QEvent.Type.WindowActivate, QEvent.Type.WindowDeactivate)
        if event.type() in turned and self.isVisible():
            self._slices.let_go()
            self._session.focus(event.type() == QEvent.Type.WindowActivate)
        return super().event(event)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Places depend on the window's size only: nothing moves between trials."""
        slices = any(not is_roi(trial.picture) for trial in self._session.trials)
        rows = len(self.rows)
        roi = self._roi_side or self._side_in(self.height())
        places = layout(
            self.width(), self.height(), rows, roi=roi, slices=slices, notes=self._notes
        )
        if self.roi.size() != places.picture.size():
            self.roi.setFixedSize(places.picture.size())
            self._ahead = None
            self._slices.resized()
        self.roi.move(places.picture.topLeft())
        for row, corner in zip(self.rows, places.rows, strict=True):
            row.move(corner)
        self.problem.setGeometry(places.problem)
        self.next.setGeometry(places.next)
        self.leave.setGeometry(places.leave)
        wide = min(places.back.width(), self.back.sizeHint().width())
        self.back.setGeometry(QRect(places.back.topLeft(), QSize(wide, 40)))
        self.panel.setGeometry(places.panel)
        self.hints.setGeometry(places.hints)
        self.note.setGeometry(places.note or QRect())
        width = self.pause.sizeHint().width()
        self.pause.setGeometry(self.width() - EDGE - width, 2, width, 40)
        beside = self.keys.sizeHint().width()
        self.keys.setGeometry(self.pause.x() - 12 - beside, 2, beside, 40)
        if self.page is not None:
            self.page.setGeometry(self.rect())

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
        box = QRect(EDGE, 8, 400, 32)
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
        shows, reading = mode in _SHOWS_PICTURE, mode == READING
        for row in self.rows:
            row.setVisible(shows)
        self.hints.setVisible(shows)
        self._refresh_note(shows)
        self.leave.setVisible(not shows)
        self.pause.setVisible(mode in (READING, PAUSED))
        self.keys.setVisible(mode in (READING, PAUSED))
        self.pause.setText("Pause" if reading else "Go on")
        self.next.setText("Next" if reading else "Go on")
        self.next.setVisible(mode != FINISHED)
        self.back.setVisible(mode not in (PAUSED, FEEDBACK, TRAINED, PRACTISED))
        self.back.setEnabled(self._session.can_undo())
        if reading:
            self._show_picture()
        elif mode != FEEDBACK:
            self.roi.hide_picture(*words_of(self._session))
        self._refresh_panel()
        self._refresh_page()
        self._refresh_choices()
        self.update(0, 0, self.width(), TOP)

    def _refresh_note(self, shows: bool) -> None:
        """The trial's clinical note below its picture; hidden with it."""
        trial = self._session.trial
        if self._session.mode == READING and trial is not None:
            self.note.setText(trial.note)
        self.note.setVisible(shows and self._notes)

    def _refresh_choices(self) -> None:
        open_question = self._session.open_question
        for row in self.rows:
            code = row.question.code
            row.show_choice(self._session.choice(code), is_open=code == open_question)
        self.next.setEnabled(self._session.mode != READING or not open_question)

    def _refresh_panel(self) -> None:
        if self._session.opinion:
            self.panel.show_opinion(self._session.opinion)
        elif self._session.mode == FEEDBACK:
            self.panel.show_words(*self._session.feedback)
        else:
            self.panel.put_away()

    def _refresh_page(self) -> None:
        """A page covers the screen before the first trial, after the last, and with the keys."""
        mode = self._session.mode
        makers: dict[str, Callable[[], QWidget]] = {
            CHECK: self._check_page,
            INTRO: self._intro_page,
            KEYS: self._keys_page,
            UNUSUAL: self._closing_page,
        }
        if self.page is not None and mode != self._page_of:
            self.page.hide()
            self.page.deleteLater()
            self.page = None
            self.setFocus()
        if mode in makers and self.page is None:
            self.page, self._page_of = makers[mode](), mode
            self.page.setGeometry(self.rect())
            self.page.show()
            self.page.setFocus()

    def _check_page(self) -> QWidget:
        page = CheckScreen(self, asks_who=self._session.asks_who)
        page.declared.connect(self._session.declare)
        page.leave.clicked.connect(self._session.leave)
        return page

    def _intro_page(self) -> QWidget:
        page = GuideScreen(self, "Before you begin", intro_lines(self._session), "Begin")
        page.go_on.clicked.connect(self._session.go_on)
        page.leave.clicked.connect(self._session.leave)
        return page

    def _keys_page(self) -> QWidget:
        page = GuideScreen(self, "Keys", key_lines(self._session), "Go on", stays=True)
        page.go_on.clicked.connect(self._session.go_on)
        return page

    def _closing_page(self) -> QWidget:
        page = ClosingScreen(self)
        page.told.connect(self._session.tell_unusual)
        page.leave.clicked.connect(self._session.leave)
        return page

    def _show_picture(self) -> None:
        trial = self._session.trial
        if trial is None:
            return
        if trial.trial_id == self._shown:
            self.roi.show_again()
            return
        pixels = self._session.pixels()
        if pixels is None:
            self._shown = ""
            self.roi.hide_picture("This picture cannot be shown", "Answers given so far are saved.")
            return
        ready = self._ahead[1] if self._ahead and self._ahead[0] == trial.trial_id else None
        self._shown = trial.trial_id
        self._slices.show_trial(trial, pixels, ready)

    def _picture_painted(self) -> None:
        self._session.painted()
        QTimer.singleShot(0, self, self._read_ahead)

    def _keep_size(self) -> None:
        """From the first answer on every ROI of the sitting has the size of the first one."""
        if self._roi_side:
            return
        self._roi_side = self._side_in(self.height())
        if all(is_roi(trial.picture) for trial in self._session.trials):
            self._session.tell_side(self._roi_side)
        lowest = next(
            high
            for high in range(LEAST.height(), self.height() + 1)
            if self._side_in(high) == self._roi_side
        )
        self.setMinimumSize(LEAST.width(), lowest)

    def _side_in(self, height: int) -> int:
        """The side of an ROI in a window of this height, with room for a note where there are."""
        return roi_side(height - (NOTE_HEIGHT if self._notes else 0), len(self.rows))

    def _read_ahead(self) -> None:
        """The next picture, piece by piece while the reader looks; then what else can wait."""
        if self._session.read_on():
            QTimer.singleShot(0, self, self._read_ahead)
            return
        following = self._session.following()
        if following is not None:
            trial, pixels = following
            if self._ahead is None or self._ahead[0] != trial.trial_id:
                self._ahead = (trial.trial_id, self._slices.prepared(trial, pixels))
        QTimer.singleShot(0, self, self._session.settle)
