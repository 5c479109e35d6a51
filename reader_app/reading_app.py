"""The reader's own process: it opens a reading package and nothing else.

No study, no engine, no settings: what is not here cannot tell. Imported by the program's entry
before anything of the coordinator's window is.
"""

from __future__ import annotations

import logging
import sys
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtWidgets import QApplication

from reader_app.interrupts import Interrupts
from reader_app.state.reading_session import ReadingSession
from reader_app.state.sitting import Sitting
from reader_app.views.read.reader_window import ReaderWindow
from reader_app.widgets import icons, theme
from studies import places
from studies.errors import StudyError

LEFT, REFUSED = 0, 2
"""Exit codes: the reading was ended or left; the package cannot be read (now)."""

_log = logging.getLogger("blindread.reading")


class ReadingApp:
    """A package, its session and the window; `exit_code` once the window is closed."""

    def __init__(self, target: Path) -> None:
        self.window = ReaderWindow()
        self.exit_code = LEFT
        self.session: ReadingSession | None = None
        self._sitting: Sitting | None = None
        self._last_fault = ""
        self.window.closed.connect(self._close)
        try:
            self._sitting = Sitting.open(target)
        except StudyError as error:
            self._refuse(str(error))
            return
        self.session = ReadingSession(self._sitting.package)
        self.session.left.connect(self._leave)
        self.window.read(self.session)

    def hear_fault(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """The last net: log what nobody foresaw, say so once, and go on."""
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        words = "".join(traceback.format_exception(kind, error, trace))
        if words != self._last_fault:
            self._last_fault = words
            _log.error("unexpected\n%s", words)
            self.window.tell_fault(
                "Something unforeseen happened. Every answer that was given is saved. "
                f"The log is in {places.log_folder()}."
            )

    def _refuse(self, sentence: str) -> None:
        self.exit_code = REFUSED
        print(sentence, file=sys.stderr)  # noqa: T201
        self.window.say("This reading cannot be opened", sentence)

    def _leave(self) -> None:
        """The reader leaves: pack what was answered and say where it lies."""
        is_finished = self.session is not None and self.session.trial is None
        try:
            packed = self._end()
        except StudyError as error:
            self.window.say("The answers are saved, but not packed", str(error))
            return
        if packed is None:
            self.window.close()
            return
        later = (
            "That was all of this reading."
            if is_finished
            else "To read on later, open the same reading again; its answers are packed anew at "
            "the end."
        )
        words = f"{packed}\n\nSend this file to the coordinator. {later}"
        self.window.say("Your answers are packed", words)

    def _close(self) -> None:
        """The window is closed without leaving: pack as well, without words."""
        try:
            self._end()
        except StudyError as error:
            print(error, file=sys.stderr)  # noqa: T201
        QApplication.quit()

    def _end(self) -> Path | None:
        sitting, session = self._sitting, self.session
        self._sitting = self.session = None
        if sitting is None or session is None:
            return None
        session.close()
        return sitting.end()


def application() -> QApplication:
    """The QApplication with the program's look."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([sys.argv[0]])
    app.setApplicationName("Blindread")
    app.setDesktopFileName("blindread")
    theme.apply(app)
    app.setWindowIcon(icons.icon("logo", size=24))
    return app


def start_log() -> None:
    """Send the log of unforeseen faults to a file of its own: several readers may read at once."""
    folder = places.log_folder()
    folder.mkdir(parents=True, exist_ok=True)
    file = RotatingFileHandler(
        folder / "reading.log", maxBytes=1_000_000, backupCount=2, encoding="utf-8", delay=True
    )
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    _log.addHandler(file)


def main(target: Path) -> int:
    """Read a package folder or NAME.reading.zip in the full window; the exit code."""
    app = application()
    start_log()
    reading = ReadingApp(target)
    sys.excepthook = reading.hear_fault
    Interrupts(app)
    reading.window.showFullScreen()
    app.exec()
    return reading.exit_code
