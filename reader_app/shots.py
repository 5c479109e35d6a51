"""Pictures of every page of a study, offscreen, at two window sizes; and of what is cut there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSize, QTimer
from PySide6.QtWidgets import QApplication, QTabBar, QWidget
from shiboken6 import delete

from reader_app.app import PAGES, Desktop, Faults, application
from reader_app.messages import Message
from reader_app.state.job_signals import Jobs
from reader_app.state.read_state import ReadState
from reader_app.state.reading_launch import ReadingHere
from reader_app.widgets.legible import cut_texts
from reader_app.widgets.page import PageTitle
from reader_app.widgets.segmented import Segmented
from studies.errors import StudyError

SIZES = (QSize(1280, 800), QSize(1920, 1080))
USUAL = 100
LOOK_EVERY_MS, QUIET_LOOKS, PATIENCE_MS = 100, 6, 60_000
"""Pages fill from background threads: quiet for six looks in a row, a minute at the most."""


@dataclass
class Album:
    """Where pictures go; remembers their names and the texts that were cut on them.

    `scale` in %: the same logical size, drawn so much larger. Without a folder nothing is
    painted, only looked at. `looks`: after so many quiet ones in a row a page is full.
    """

    folder: Path | None
    scale: int = USUAL
    looks: int = QUIET_LOOKS
    names: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)

    def take(self, window: QWidget, name: str) -> None:
        """Picture a window under a name that tells its size."""
        ending = f"@{self.scale}" if self.scale != USUAL else ""
        file = f"{name}-{window.width()}x{window.height()}{ending}.png"
        if self.folder is not None:
            window.grab().save(str(self.folder / file))
        self.names.append(file)
        self.cut += (f"{file}: {text}" for text in cut_texts(window))


def main(study: Path | None, folder: Path, scale: int = USUAL) -> int:
    """Save PNGs of all pages and their tabs into `folder`; 0 when no fault was met, else 1.

    Without a study the demo is shown, and made first where it is missing. At another `scale` (%)
    than 100 pictures are of the smaller size only.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if scale != USUAL:
        os.environ["QT_SCALE_FACTOR"] = f"{scale / 100:g}"
    application()
    faults = Faults()
    faults.install()
    met: list[str] = []
    faults.caught.connect(met.append)
    folder.mkdir(parents=True, exist_ok=True)
    album = Album(folder, scale)
    sizes = SIZES if scale == USUAL else SIZES[:1]
    _with_desktop(met, lambda desktop: _study_pages(desktop, study, album, sizes))
    _with_desktop(met, lambda desktop: _scenes(desktop, album, sizes[0]))
    for words in met:
        sys.stderr.write(words)
    for words in album.cut:
        sys.stderr.write(f"cut: {words}\n")
    return 1 if met else 0


def _with_desktop(met: list[str], show: Callable[[Desktop], None]) -> None:
    desktop = Desktop(ReadingHere())
    desktop.messages.posted.connect(lambda message: met.extend(_error_words(message)))
    try:
        show(desktop)
    finally:
        desktop.close()
        delete(desktop.window)  # now: at the interpreter's end its slots are gone before it


def _study_pages(
    desktop: Desktop, study: Path | None, album: Album, sizes: tuple[QSize, ...]
) -> None:
    _open(desktop, study)
    for size in sizes:
        take(desktop, album, size)


def _scenes(desktop: Desktop, album: Album, size: QSize) -> None:
    from reader_app.shot_scenes import take_scenes

    take_scenes(desktop, album, size)


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


def take(desktop: Desktop, album: Album, size: QSize) -> None:
    """Pictures of every page and tab at one size."""
    desktop.window.resize(size)
    for number, name in enumerate(PAGES, 1):
        desktop.window.go(name)
        for tab, words in enumerate(_choose_tabs(desktop.window.page(name))):
            _show_tab(desktop.window.page(name), tab)
            settle(desktop.jobs, album.looks)
            for at, part in enumerate(_choose_parts(desktop.window.page(name))):
                if at:  # the first part stands since the tab was shown
                    settle(desktop.jobs, album.looks)
                ending = "".join(f"-{word}" for word in (words, part) if word)
                album.take(desktop.window, f"{number}-{name}{ending}")
    _reading_screen(desktop, album)


def _reading_screen(desktop: Desktop, album: Album) -> None:
    """The screen a reader sees, on a trial that is not recorded; none before there are items."""
    desktop.window.go("read")
    state = desktop.window.states["read"]
    if not isinstance(state, ReadState) or state.draft is None:
        return
    state.try_as_reader()
    settle(desktop.jobs, album.looks)
    if state.session is None:
        return
    for key in ("2", "9"):
        state.session.press(key)
    settle(desktop.jobs, album.looks)
    album.take(desktop.window, "5-read-screen")
    state.end_reading()


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


def settle(jobs: Jobs, looks: int = QUIET_LOOKS) -> None:
    """Let background results arrive and be painted: until so many looks in a row are quiet."""
    loop, seen = QEventLoop(), [0]

    def look() -> None:
        seen[0] = seen[0] + 1 if jobs.is_quiet else 0
        if seen[0] >= looks:
            loop.quit()

    watch = QTimer(interval=LOOK_EVERY_MS)
    watch.timeout.connect(look)
    watch.start()
    QTimer.singleShot(PATIENCE_MS, loop.quit)
    loop.exec()
    watch.stop()
    QApplication.sendPostedEvents()
