"""The main window: places the frame and the pages; a page is made when first shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from reader_app.messages import Message
from reader_app.state.key_group import KeyGroup
from reader_app.state.shell_state import READER, JobLine, ShellState
from reader_app.views.main_window.covered_page import CoveredPage
from reader_app.views.main_window.dialogs import (
    DetailsDialog,
    KeySheet,
    NewStudyDialog,
    keys_of,
)
from reader_app.views.main_window.job_bar import JobBar
from reader_app.views.main_window.locked_page import LockedPage
from reader_app.views.main_window.memory import WindowMemory
from reader_app.views.main_window.passphrase_dialog import PassphraseDialog
from reader_app.views.main_window.rail import Rail
from reader_app.views.main_window.top_bar import TopBar
from reader_app.views.main_window.tour import TourGuide
from reader_app.widgets.page import PageTitle
from reader_app.widgets.toast import Toasts


@dataclass(frozen=True)
class PageEntry:
    """A workspace: `make` builds its state and page when it is first shown.

    `at_foot` puts its button at the foot of the rail.
    """

    name: str
    title: str
    icon: str
    make: Callable[[], tuple[QObject, QWidget]]
    at_foot: bool = False


class MainWindow(QMainWindow):
    """`closed` when the user closes it; covered while someone reads beside it."""

    closed = Signal()

    def __init__(self, state: ShellState, entries: tuple[PageEntry, ...]) -> None:
        super().__init__()
        self._state = state
        self._entries = {entry.name: entry for entry in entries}
        self._is_shut = False  # the study behind the locked page
        self._covered_for: tuple[str, ...] = ()
        self.pages: dict[str, QWidget] = {}
        self.states: dict[str, QObject] = {}
        self.setMinimumSize(1024, 680)
        self.resize(1440, 900)
        self.setAcceptDrops(True)
        foot = tuple(e.name for e in entries if e.at_foot)
        self.rail = Rail(tuple((e.name, e.title, e.icon) for e in entries), foot)
        self.top_bar = TopBar(state)
        self.stack = QStackedWidget()
        self.locked = LockedPage(state)
        self.covered = CoveredPage(state)
        for page in (self.locked, self.covered):
            self.stack.addWidget(page)
        self.job_bar = JobBar(state)
        self.setCentralWidget(self._framed())
        self.toasts = Toasts(self)
        self.guide = TourGuide(state.tour, self, self.stack)
        self._memory = WindowMemory(state)
        self._connect()
        self.refresh()

    def _framed(self) -> QWidget:
        frame, right = QWidget(), QVBoxLayout()
        row = QHBoxLayout(frame)
        for layout in (row, right):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        right.addWidget(self.top_bar)
        right.addWidget(self.stack, 1)
        right.addWidget(self.job_bar)
        row.addWidget(self.rail)
        row.addLayout(right, 1)
        return frame

    def _connect(self) -> None:
        self.rail.chosen.connect(self.go)
        self.rail.keys_asked.connect(self.show_keys)
        self.top_bar.new_asked.connect(self.ask_new)
        self.top_bar.open_asked.connect(self.ask_open)
        self.top_bar.passphrase_asked.connect(self.ask_passphrase)
        self.job_bar.details_asked.connect(self._show_failure)
        self._state.changed.connect(self.refresh)
        self._state.messages.posted.connect(self._show_message)
        self._state.tour.changed.connect(self._show_tour)
        for number, name in enumerate(self._entries, 1):
            self._key(f"Ctrl+{number}", partial(self.go, name))
        self._key("Ctrl+N", self.ask_new)
        self._key("Ctrl+O", self.ask_open)
        self._key("Ctrl+Q", self.close)
        self._key("?", self.show_keys)

    def _key(self, sequence: str, call: Callable[[], object]) -> None:
        QShortcut(QKeySequence(sequence), self, call).setAutoRepeat(False)

    def refresh(self) -> None:
        """Title and the pages this role sees; of a locked study the page that says so.

        While someone reads beside this window it shows that, and nothing else.
        """
        for state in self.states.values():
            self._tell_role(state)
        allowed = self._state.pages
        shown = tuple(self._entries) if allowed is None else allowed
        self.rail.show_only(shown)
        if self._cover(self._state.covered_for):
            return
        self._entitle()
        if self._state.asks_passphrase:
            if not self._is_shut:
                self.locked.begin()
            self._is_shut = True
            self.stack.setCurrentWidget(self.locked)
        elif allowed is not None and self.current not in allowed:
            self.go(allowed[0])
        elif self._is_shut:
            self.go(self._state.first_page)
        self._is_shut = self._state.asks_passphrase

    def _cover(self, who: tuple[str, ...]) -> bool:
        """Whether the window is covered for these readers; afterwards it turns to Read."""
        before, self._covered_for = self._covered_for, who
        if who and who != before:
            for dialog in self.findChildren(QDialog):
                dialog.close()
            self.show_frame(False)
            self.covered.begin(who)
            self.stack.setCurrentWidget(self.covered)
        elif before and not who:
            self.show_frame(True)
            allowed = self._state.pages
            self.go("read" if allowed is None or "read" in allowed else self._state.first_page)
        return bool(who)

    def _tell_role(self, state: QObject) -> None:
        hear = getattr(state, "hear_role", None)
        if hear is not None:
            hear(self._state.role == READER)

    def go(self, name: str) -> None:
        """Show a page, making it first; while someone reads, no other page comes up."""
        if self.is_reading or name not in self._entries or self._state.asks_passphrase:
            return
        if not self.rail.buttons[name].isVisibleTo(self.rail):
            self._state.refuse_page(self._entries[name].title)
            return
        page = self.page(name)
        self.stack.setCurrentWidget(page)
        self.rail.show_page(name)
        self._memory.restore_page(name, page)
        self._state.tour.visit(name)

    def page(self, name: str) -> QWidget:
        """A page by its name, made now if it was not yet."""
        if name not in self.pages:
            state, page = self._entries[name].make()
            self.states[name], self.pages[name] = state, page
            self._tell_role(state)
            self.stack.addWidget(page)
            for signal, slot in (
                ("asked", self.go),
                ("reading_started", lambda: self.show_frame(False)),
                ("reading_ended", lambda: self.show_frame(True)),
                ("new_asked", self.ask_new),
                ("open_asked", self.ask_open),
                ("passphrase_asked", self.ask_passphrase),
                ("reading_beside", self._state.hear_beside),
                ("tour_asked", self._state.start_tour),
                ("name_given", self._state.set_user),
                ("keys_wanted", lambda: self._tell_keys(state)),
            ):
                if hasattr(state, signal):
                    getattr(state, signal).connect(slot)
            for title in page.findChildren(PageTitle):
                title.tab_chosen.connect(lambda _tab: self._memory.restore_page(name, page))
        return self.pages[name]

    def restore(self) -> None:
        """Stand where the window stood when it was closed, on the page it showed."""
        page = self._memory.restore_window(self)
        allowed = self._state.pages
        if page in self._entries and (allowed is None or page in allowed):
            self.go(page)

    def _show_tour(self) -> None:
        """The tour's step on its page; nothing of it when there is none."""
        step = self._state.tour.step
        if step is not None and self.current != step.page:
            self.go(step.page)
        name = step.page if step else ""
        self.guide.show_step(self.pages.get(name), self.rail.buttons.get(name))

    @property
    def current(self) -> str:
        """Name of the page on screen."""
        shown = self.stack.currentWidget()
        return next((name for name, page in self.pages.items() if page is shown), "")

    def show_frame(self, shown: bool) -> None:
        """Hide rail, bars and notices while someone reads."""
        for part in (self.rail, self.top_bar, self.job_bar):
            part.setVisible(shown)
        self.toasts.hold(not shown)
        self.guide.hold(not shown)
        self._entitle()

    def _entitle(self) -> None:
        """The study's name in the title bar, but not before a reader's eyes."""
        name = f"{self._state.title} – Blindread"
        self.setWindowTitle("Blindread" if self.is_reading else name)

    @property
    def is_reading(self) -> bool:
        """Whether the frame is hidden for a reader, here or beside this window."""
        return self.rail.isHidden()

    def ask_new(self) -> None:
        """Show the dialog for a new study."""
        if not self.is_reading and self._state.role != READER:
            NewStudyDialog(self._state.opening, self).open()

    def ask_open(self) -> None:
        """Choose a study folder and open it."""
        if self.is_reading or self._state.role == READER:
            return
        home = str(self._state.opening.studies_folder)
        found = QFileDialog.getExistingDirectory(self, "Open a study folder", home)
        if found:
            self._state.opening.open(Path(found))

    def ask_passphrase(self) -> None:
        """Show the dialog that gives the study a passphrase."""
        if not self.is_reading and not self._state.may_protect:
            PassphraseDialog(self._state, self).open()

    def show_keys(self) -> None:
        """Show every key of the window and of the open page."""
        if self.is_reading:
            return
        page = self.stack.currentWidget()
        here = keys_of(page) if page is not None else ()
        title = self._entries[self.current].title if self.current else ""
        KeySheet((("Everywhere", self._window_keys()), (title, here)), self).open()

    def _tell_keys(self, state: QObject) -> None:
        """Every key of the window and of each page this role sees, to the page that lists them."""
        allowed = self._state.pages
        groups = [KeyGroup("Everywhere", self._window_keys())]
        for name, entry in self._entries.items():
            if allowed is None or name in allowed:
                page = self.page(name)
                groups.append(KeyGroup(entry.title, keys_of(page)))
                groups += [KeyGroup(*more) for more in getattr(page, "further_keys", tuple)()]
        take = getattr(state, "take_keys", None)
        if take is not None:
            take(tuple(groups))

    def _window_keys(self) -> tuple[tuple[str, str], ...]:
        pages = tuple((f"Ctrl {k}", e.title) for k, e in enumerate(self._entries.values(), 1))
        rest = (("Ctrl N", "New study"), ("Ctrl O", "Open a study"), ("Ctrl Q", "Quit"))
        tour = (("F6", "To the tour's card"),) if self._state.tour.step else ()
        return (*pages, *rest, *tour, ("?", "Keys of this page"), ("Tab", "Next control"))

    def _show_message(self, message: Message) -> None:
        if message.kind == "error" and message.details:
            self.toasts.post(
                "error",
                message.sentence,
                "Details",
                lambda: self.show_details(message.sentence, message.details),
            )
        else:
            self.toasts.post(message.kind, message.sentence, message.action_text, message.action)

    def _show_failure(self, line: JobLine) -> None:
        self.show_details(line.sentence, line.details)
        self._state.forget_failure()

    def show_details(self, sentence: str, details: str) -> None:
        """An error with its details, in a dialog that blocks nothing; later while covered."""
        if self._covered_for:
            again = partial(self.show_details, sentence, details)
            self.toasts.post("error", sentence, "Details", again)
            return
        DetailsDialog(sentence, details, self).show()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A study folder may be dropped on the frame; pages take their own drops."""
        if not self.is_reading and _study_folder(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the dropped study."""
        folder = _study_folder(event)
        if folder is not None and not self.is_reading and self._state.role != READER:
            self._state.opening.open(folder)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close at once; the application ends its jobs after the window is gone."""
        self._memory.keep_window(self, self.current)
        for name, page in self.pages.items():
            self._memory.keep_page(name, page)
        event.accept()
        self.closed.emit()


def _study_folder(event: QDropEvent) -> Path | None:
    urls = event.mimeData().urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    is_study = path.name == "study.sqlite" or (path / "study.sqlite").is_file()
    return path if is_study else None
