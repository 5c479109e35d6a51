"""The composition root: makes store, jobs, settings, messages, states and window, and runs them.

Every state and page is made when its page is first shown, so that the first window waits for
none of them.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Callable
from functools import partial
from importlib import import_module
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import delete

from engine.errors import EngineError
from engine.jobs import JobRunner
from engine.jobs.entry import hear_thread_faults
from reader_app import calm
from reader_app.interrupts import Interrupts
from reader_app.messages import Messages
from reader_app.settings import SCALES, Settings
from reader_app.state.device_choice import hold_device
from reader_app.state.job_signals import Jobs
from reader_app.state.opening import Opening
from reader_app.state.shell_state import ShellState
from reader_app.state.study_state import StudyState
from reader_app.views.main_window import MainWindow, PageEntry
from reader_app.widgets import icons, theme
from reader_app.workflows.demo_job import demo_job
from studies import places
from studies.errors import StudyError

if TYPE_CHECKING:
    from reader_app.state.reading_launch import Launcher

PAGES = ("home", "cases", "annotate", "learn", "read", "results", "settings")
AT_FOOT = ("settings",)
QUIT_WITHIN_S = 4.5
_log = logging.getLogger("blindread")


def start_log() -> Path:
    """Send the log to a file of the user's log folder; returns the file."""
    folder = places.log_folder()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "blindread.log"
    handler = RotatingFileHandler(file, maxBytes=1_000_000, backupCount=2, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    return file


class Faults(QObject):
    """The last net: an unforeseen exception is logged once and shown once; the window lives."""

    caught = Signal(str)  # the traceback

    def __init__(self) -> None:
        super().__init__()
        self._last: tuple[object, ...] = ()

    def install(self) -> None:
        """Take over Python's hooks for all threads."""
        sys.excepthook = self.hook
        hear_thread_faults(self.hook)

    def hook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Log and show an exception; a fault that repeats itself (a paint event) only once."""
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        words = "".join(traceback.format_exception(kind, error, trace))
        # The same place fails at each repaint, reached through ever different events.
        place = (kind, *traceback.extract_tb(trace)[-1:])
        if place == self._last:
            return
        self._last = place
        _log.error("unexpected\n%s", words)
        self.caught.emit(words)


class Desktop:
    """The running program: one per process.

    `launcher` is where packages are read; by default in a process of their own. `lasts`: as long
    as the process, so that its pages need no garbage collector.
    """

    def __init__(self, launcher: Launcher | None = None, *, lasts: bool = False) -> None:
        self._launcher, self._lasts = launcher, lasts
        self.settings = Settings()
        hold_device(self.settings)
        self.messages = Messages()
        self.jobs = Jobs(JobRunner(expected=(EngineError, StudyError)))
        self.study = StudyState(self.messages)
        self.opening = Opening(self.study, self.jobs, self.messages, self.settings, demo_job)
        self.shell = ShellState(self.study, self.jobs, self.messages, self.settings, self.opening)
        self.window = MainWindow(self.shell, tuple(self._entry(name) for name in PAGES))
        self.window.go(self.shell.first_page)

    def _entry(self, name: str) -> PageEntry:
        make = partial(self._make_page, name)
        return PageEntry(name, name.capitalize(), name, make, at_foot=name in AT_FOOT)

    def _make_page(self, name: str) -> tuple[QObject, QWidget]:
        state_module = import_module(f"reader_app.state.{name}_state")
        page_module = import_module(f"reader_app.views.{name}.page")
        title = name.capitalize()
        shared: list[QObject | Settings] = [self.study, self.jobs, self.messages, self.settings]
        if name in ("home", "settings"):
            shared.append(self.opening)
        if name == "read" and self._launcher is not None:
            shared.append(self._launcher)
        state = getattr(state_module, f"{title}State")(*shared)
        page = getattr(page_module, f"{title}Page")(state)
        if self._lasts:
            calm.settle()
        return state, page

    def show_fault(self, words: str) -> None:
        """One dialog for an unforeseen fault, beside the window and blocking nothing."""
        sentence = (
            "Something unforeseen happened. Answers, margins and finished runs are saved. "
            f"The log is in {places.log_folder()}."
        )
        self.window.show_details(sentence, words)

    def close(self) -> bool:
        """End jobs and close the study; True when every thread ended in time."""
        ended = self.jobs.shutdown(QUIT_WITHIN_S)
        self.study.close()
        return ended


def application(arguments: list[str] | None = None) -> QApplication:
    """The QApplication with the program's look."""
    existing = QApplication.instance()
    scale = Settings().scale
    if existing is None and scale != SCALES[0]:
        os.environ.setdefault("QT_SCALE_FACTOR", f"{scale / 100:g}")
    app = (
        existing if isinstance(existing, QApplication) else QApplication(arguments or [sys.argv[0]])
    )
    app.setApplicationName("Blindread")
    app.setDesktopFileName("blindread")
    theme.apply(app)
    app.setWindowIcon(icons.icon("logo", size=24))
    return app


def main(
    study: Path | None = None,
    *,
    then: Callable[[Desktop], None] | None = None,
    launcher: Launcher | None = None,
) -> int:
    """Open the window and run until it is closed; returns the exit code 0.

    `then` is called once the window stands (start-up measurements); `launcher` as Desktop's.
    """
    app = application()
    calm.share_interpreter()
    calm.multiply_alone()
    start_log()
    faults = Faults()
    faults.install()
    Interrupts(app)
    desktop = Desktop(launcher, lasts=True)
    faults.caught.connect(desktop.show_fault)
    window = desktop.window
    window.resize(window.size().boundedTo(window.screen().availableSize()))
    window.restore()
    window.show()
    desktop.study.opened.connect(desktop.shell.offer_tour)
    QTimer.singleShot(0, window, lambda: desktop.opening.start(study))
    if then is not None:
        QTimer.singleShot(0, window, lambda: then(desktop))
    app.exec()
    if not desktop.close():
        _log.warning("a background thread did not end in time")
        logging.shutdown()
        os._exit(0)
    delete(window)  # now: at the interpreter's end its slots are gone before it
    return 0
