"""Pictures of every page of a study, offscreen, at two window sizes."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSize, QTimer
from PySide6.QtWidgets import QApplication, QTabBar, QWidget

from reader_app.app import PAGES, Desktop, Faults, application
from reader_app.messages import Message
from reader_app.state.job_signals import Jobs
from reader_app.state.read_state import ReadState
from reader_app.state.reading_launch import ReadingHere
from reader_app.widgets.page import PageTitle
from reader_app.widgets.segmented import Segmented
from studies.errors import StudyError

SIZES = (QSize(1280, 800), QSize(1920, 1080))
LOOK_EVERY_MS, QUIET_LOOKS, PATIENCE_MS = 100, 6, 60_000
"""Pages fill from background threads: quiet for six looks in a row, a minute at the most."""
_log = logging.getLogger("blindread")


def main(study: Path | None, folder: Path) -> int:
    """Save PNGs of all pages and their tabs into `folder`; 0 when no fault was met, else 1.

    Without a study the demo is shown, and made first where it is missing.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application()
    faults = Faults()
    faults.install()
    met: list[str] = []
    faults.caught.connect(met.append)
    desktop = Desktop(ReadingHere())
    desktop.messages.posted.connect(lambda message: met.extend(_error_words(message)))
    try:
        _open(desktop, study)
        folder.mkdir(parents=True, exist_ok=True)
        for size in SIZES:
            take(desktop, folder, size)
    finally:
        desktop.close()
    for words in met:
        sys.stderr.write(words)
    return 1 if met else 0


def _error_words(message: Message) -> tuple[str, ...]:
    return (f"{message.sentence}\n{message.details}\n",) if message.kind == "error" else ()


def _open(desktop: Desktop, study: Path | None) -> None:
    """Open the study and wait until it stands."""
    loop = QEventLoop()
    desktop.study.opened.connect(loop.quit)
    desktop.opening.demo_changed.connect(
        lambda: None if desktop.opening.making_demo else loop.quit()
    )
    desktop.window.show()
    if study is None:
        desktop.opening.demo()
    else:
        desktop.opening.open(study)
    if desktop.study.study is None and desktop.opening.making_demo:
        loop.exec()
    if desktop.study.study is None:
        raise StudyError("No study could be opened for the pictures.")


def take(desktop: Desktop, folder: Path, size: QSize) -> tuple[Path, ...]:
    """Pictures of every page and tab at one size; the files."""
    desktop.window.resize(size)
    files = []
    for number, name in enumerate(PAGES, 1):
        desktop.window.go(name)
        for tab, words in enumerate(_choose_tabs(desktop.window.page(name))):
            _show_tab(desktop.window.page(name), tab)
            settle(desktop.jobs)
            for part in _choose_parts(desktop.window.page(name)):
                settle(desktop.jobs)
                ending = "".join(f"-{word}" for word in (words, part) if word)
                file = folder / f"{number}-{name}{ending}-{size.width()}x{size.height()}.png"
                desktop.window.grab().save(str(file))
                files.append(file)
    return (*files, *_reading_screen(desktop, folder, size))


def _reading_screen(desktop: Desktop, folder: Path, size: QSize) -> tuple[Path, ...]:
    """The screen a reader sees, on a trial that is not recorded; none before there are items."""
    desktop.window.go("read")
    state = desktop.window.states["read"]
    if not isinstance(state, ReadState) or state.draft is None:
        return ()
    state.try_as_reader()
    settle(desktop.jobs)
    if state.session is None:
        return ()
    for key in ("2", "9"):
        state.session.press(key)
    settle(desktop.jobs)
    file = folder / f"5-read-screen-{size.width()}x{size.height()}.png"
    desktop.window.grab().save(str(file))
    state.end_reading()
    return (file,)


def _tab_bar(page: QWidget) -> QTabBar | None:
    title = page.findChild(PageTitle)
    return title.tabs if title is not None and title.tabs.count() else None


def _choose_tabs(page: QWidget) -> tuple[str, ...]:
    bar = _tab_bar(page)
    if bar is None:
        return ("",)
    return tuple(bar.tabText(k).lower().replace(" ", "-") for k in range(bar.count()))


def _choose_parts(page: QWidget) -> Iterator[str]:
    """Choose each part of the tab on the screen in turn; "" once where it has none."""
    rows = (row for row in page.findChildren(Segmented) if row.isVisible())
    parts = next((row for row in rows if row.accessibleName().startswith("Part of")), None)
    if parts is None:
        yield ""
        return
    for option in parts.options:
        parts.set_value(option)
        parts.chosen.emit(option)
        yield option.lower().replace(" ", "-")
    parts.set_value(parts.options[0])
    parts.chosen.emit(parts.options[0])


def _show_tab(page: QWidget, tab: int) -> None:
    bar = _tab_bar(page)
    if bar is not None:
        bar.setCurrentIndex(tab)


def settle(jobs: Jobs) -> None:
    """Let background results arrive and be painted."""
    loop, seen = QEventLoop(), [0]

    def look() -> None:
        seen[0] = seen[0] + 1 if jobs.is_quiet else 0
        if seen[0] >= QUIET_LOOKS:
            loop.quit()

    watch = QTimer(interval=LOOK_EVERY_MS)
    watch.timeout.connect(look)
    watch.start()
    QTimer.singleShot(PATIENCE_MS, loop.quit)
    loop.exec()
    watch.stop()
    QApplication.sendPostedEvents()
