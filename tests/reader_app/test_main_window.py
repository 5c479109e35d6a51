"""The window's frame: pages, study menu, job bar, notices, reading, faults, closing."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from learn_study import make_study
from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, QUrl, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from engine.jobs import Progress
from reader_app.app import Desktop, Faults, application, start_log
from reader_app.views.main_window.dialogs import DetailsDialog, KeySheet, NewStudyDialog, keys_of
from reader_app.views.main_window.window import MainWindow, PageEntry
from reader_app.widgets.buttons import button
from studies.store import Store


class ReadingState(QObject):
    """A page's state that can start a reading and ask for another page."""

    asked = Signal(str)
    reading_started = Signal()
    reading_ended = Signal()


@pytest.fixture
def desktop(qtbot: QtBot) -> Iterator[Desktop]:
    application()
    one = Desktop()
    qtbot.addWidget(one.window)
    one.window.show()
    yield one
    assert one.close()


def window_of(desktop: Desktop, qtbot: QtBot) -> tuple[MainWindow, ReadingState, list[str]]:
    """A window with two small pages beside the desktop's own."""
    state, made = ReadingState(), []

    def make(name: str) -> tuple[QObject, QWidget]:
        made.append(name)
        return state, QWidget()

    entries = tuple(PageEntry(name, name.title(), name, lambda n=name: make(n)) for name in
                    ("home", "read"))  # fmt: skip
    window = MainWindow(desktop.shell, entries)
    qtbot.addWidget(window)
    window.show()
    return window, state, made


def test_pages_are_made_when_first_shown(desktop: Desktop, qtbot: QtBot) -> None:
    window, state, made = window_of(desktop, qtbot)
    assert made == []
    window.go("home")
    window.go("home")
    assert made == ["home"]
    state.asked.emit("read")
    assert window.current == "read"
    assert window.rail.buttons["read"].isChecked()
    assert not window.rail.buttons["home"].isChecked()


def test_rail_by_mouse_and_keys(desktop: Desktop, qtbot: QtBot) -> None:
    window, _, _ = window_of(desktop, qtbot)
    qtbot.mouseClick(window.rail.buttons["read"], Qt.MouseButton.LeftButton)
    assert window.current == "read"
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.current == "home")


def test_reading_hides_the_frame_and_holds_notices(desktop: Desktop, qtbot: QtBot) -> None:
    window, state, _ = window_of(desktop, qtbot)
    window.go("read")
    state.reading_started.emit()
    assert not any(part.isVisible() for part in (window.rail, window.top_bar, window.job_bar))
    desktop.messages.error("A job failed.")
    assert not window.toasts.isVisible()
    window.show_keys()
    window.ask_new()
    assert window.findChildren(QDialog) == []
    window.go("home")  # what Ctrl 1 calls: a page with classes on it
    state.asked.emit("home")
    assert window.current == "read"
    state.reading_ended.emit()
    assert all(part.isVisible() for part in (window.rail, window.top_bar, window.job_bar))
    assert window.toasts.isVisible()


def test_a_reader_sees_only_read(desktop: Desktop, qtbot: QtBot) -> None:
    window, _, _ = window_of(desktop, qtbot)
    window.go("home")
    desktop.shell.set_role("Reader")
    assert window.current == "read"
    assert not window.rail.buttons["home"].isVisible()
    window.go("home")
    assert window.current == "read"
    desktop.shell.set_role("Coordinator")
    assert window.rail.buttons["home"].isVisible()


def test_title_and_badges_follow_the_study(desktop: Desktop, tmp_path: Path) -> None:
    make_study(tmp_path / "one.blindread", ready=False).close()
    desktop.opening.open(tmp_path / "one.blindread")
    assert desktop.window.windowTitle() == "T – Blindread"
    assert [text for text, _, _ in desktop.shell.badges] == ["simulated", "no CT"]
    assert desktop.window.top_bar.study.text() == "T"


def test_second_window_is_read_only_and_says_by_whom(
    desktop: Desktop, qtbot: QtBot, tmp_path: Path
) -> None:
    first = make_study(tmp_path / "one.blindread", ready=False)
    heard: list[str] = []
    desktop.messages.posted.connect(lambda message: heard.append(message.sentence))
    desktop.opening.open(tmp_path / "one.blindread")
    assert desktop.study.read_only
    assert desktop.study.study is not None
    holder = desktop.study.study.lock_holder
    assert holder
    assert heard == [
        f"T is open read-only: {holder} is working in it. To change something, open it again when "
        "it is closed there."
    ]
    assert ("read-only", "warning") in [badge[:2] for badge in desktop.shell.badges]
    first.close()


def test_what_is_no_study_gives_a_sentence(desktop: Desktop, tmp_path: Path) -> None:
    heard: list[str] = []
    desktop.messages.posted.connect(lambda message: heard.append(message.sentence))
    assert not desktop.opening.open(tmp_path)
    assert not desktop.opening.open(tmp_path / "nowhere")
    assert len(heard) == 2
    assert "no study" in heard[0]
    assert desktop.study.study is None


def test_opening_the_open_study_again_keeps_it_writable(desktop: Desktop, tmp_path: Path) -> None:
    make_study(tmp_path / "one.blindread", ready=False).close()
    assert desktop.opening.open(tmp_path / "one.blindread")
    assert desktop.opening.open(tmp_path / "one.blindread" / "study.sqlite")
    assert not desktop.study.read_only


def test_new_study_by_its_dialog(desktop: Desktop, qtbot: QtBot, tmp_path: Path) -> None:
    desktop.window.ask_new()
    dialog = desktop.window.findChild(NewStudyDialog)
    assert dialog is not None
    dialog.name.setText("Liver, site A")
    dialog.name.textEdited.emit("Liver, site A")
    assert dialog.folder.text().endswith("Liver_ site A.blindread")
    dialog.folder.setText(str(tmp_path / "liver"))
    qtbot.mouseClick(dialog.create_button, Qt.MouseButton.LeftButton)
    assert desktop.study.study is not None
    assert desktop.study.study.name == "Liver, site A"
    assert desktop.study.study.folder == tmp_path / "liver.blindread"
    assert desktop.settings.last_study == tmp_path / "liver.blindread"


def test_new_study_in_a_used_folder_is_refused(desktop: Desktop, tmp_path: Path) -> None:
    (tmp_path / "used.blindread").mkdir()
    (tmp_path / "used.blindread" / "file").write_text("x")
    assert not desktop.opening.create(tmp_path / "used", "A")
    assert desktop.study.study is None
    assert (tmp_path / "used.blindread" / "file").read_text() == "x"


def test_dropped_study_opens(desktop: Desktop, tmp_path: Path) -> None:
    make_study(tmp_path / "one.blindread", ready=False).close()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "one.blindread"))])
    desktop.window.dropEvent(
        QDropEvent(
            QPointF(400, 400),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    assert desktop.study.study is not None
    assert desktop.study.study.folder == tmp_path / "one.blindread"


def test_key_sheet_lists_window_and_page(desktop: Desktop, qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    one = button("Draw", key="D", tooltip="Draw a margin")
    one.setParent(page)
    page.show()
    assert keys_of(page) == (("D", "Draw a margin"),)
    qtbot.mouseClick(desktop.window.rail.keys, Qt.MouseButton.LeftButton)
    assert desktop.window.findChild(KeySheet) is not None


def waiting(gate: threading.Event) -> Generator[Progress, None, str]:
    for done in range(1000):
        yield Progress(done, 1000, f"epoch {done} of 1000")
        gate.wait(0.005)
    return "end"


def failing() -> Generator[Progress, None, None]:
    yield Progress(0, 1, "Starting")
    raise ValueError("unforeseen")


def test_job_bar_shows_and_cancels(desktop: Desktop, qtbot: QtBot) -> None:
    bar = desktop.window.job_bar
    desktop.jobs.run("Training DCGAN, cyst", lambda: waiting(threading.Event()))
    desktop.jobs.run("Training DCGAN, metastasis", lambda: waiting(threading.Event()))
    qtbot.waitUntil(lambda: desktop.shell.job_line.done > 3)
    line = desktop.shell.job_line
    assert (line.kind, line.sentence, line.waiting) == ("running", "Training DCGAN, cyst", 1)
    assert bar.row._cancel.isVisible()
    qtbot.mouseClick(bar.row._cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: desktop.shell.job_line.sentence == "Training DCGAN, metastasis")
    desktop.shell.cancel()
    qtbot.waitUntil(lambda: desktop.shell.job_line.kind == "idle")
    assert "metastasis, cancelled" in desktop.shell.job_line.sentence


def test_failed_job_stays_in_the_bar_with_details(desktop: Desktop, qtbot: QtBot) -> None:
    desktop.jobs.run("Training", failing)
    qtbot.waitUntil(lambda: desktop.shell.job_line.kind == "error")
    assert desktop.shell.job_line.sentence.startswith("Training: ")
    qtbot.mouseClick(desktop.window.job_bar.row._details, Qt.MouseButton.LeftButton)
    dialog = desktop.window.findChild(DetailsDialog)
    assert dialog is not None
    assert not dialog.isModal()
    assert desktop.shell.job_line.kind == "idle"


def test_error_message_offers_details(desktop: Desktop, qtbot: QtBot) -> None:
    desktop.messages.error("Disk full.", "ENOSPC")
    toast = desktop.window.toasts.toasts[-1]
    link = next(w for w in toast.findChildren(QWidget) if w.accessibleName() == "Details")
    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    assert desktop.window.findChild(DetailsDialog) is not None


@pytest.mark.qt_no_exception_capture
def test_fault_in_a_slot_is_logged_once_and_shown_once(
    desktop: Desktop, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = start_log()
    faults = Faults()
    faults.caught.connect(desktop.show_fault)
    monkeypatch.setattr(sys, "excepthook", faults.hook)
    one = button("Broken")
    qtbot.addWidget(one)
    one.show()

    def broken() -> None:
        raise ZeroDivisionError("a fault planted by a test")

    one.clicked.connect(broken)
    for _ in range(3):
        qtbot.mouseClick(one, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert len(desktop.window.findChildren(DetailsDialog)) == 1
    assert log.read_text().count("ZeroDivisionError: a fault planted by a test") == 1
    desktop.window.go("home")
    assert desktop.window.isVisible()


@pytest.mark.qt_no_exception_capture
def test_fault_in_a_thread_reaches_the_window(
    desktop: Desktop, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = (sys.excepthook, threading.excepthook)
    faults = Faults()
    faults.caught.connect(desktop.show_fault)
    faults.install()
    try:
        thread = threading.Thread(target=lambda: [][1])
        thread.start()
        thread.join()
        qtbot.waitUntil(lambda: desktop.window.findChild(DetailsDialog) is not None)
    finally:
        sys.excepthook, threading.excepthook = hooks


def test_first_start_makes_the_demo_in_the_background(
    desktop: Desktop, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def make(folder: Path) -> Generator[Progress, None, None]:
        while not gate.is_set():
            yield Progress(1, 2, "Simulating CT")
            gate.wait(0.01)
        Store.create(folder, "Demo study", simulated=True).close()

    desktop.opening._make_demo = make
    desktop.opening.start()
    page = desktop.window.page("home")
    assert desktop.opening.making_demo
    assert page.empty.title.text() == "The demo study is being made"
    assert not page.demo.isEnabled()
    assert desktop.shell.job_line.sentence == "Making the demo study"
    gate.set()
    qtbot.waitUntil(lambda: desktop.study.study is not None)
    assert desktop.study.study.name == "Demo study"
    assert page.demo.isEnabled()


def test_start_prefers_the_given_then_the_last_study(desktop: Desktop, tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_study(tmp_path / f"{name}.blindread", ready=False).close()
    desktop.settings.last_study = tmp_path / "one.blindread"
    desktop.opening.start()
    assert desktop.study.study.folder.name == "one.blindread"
    desktop.opening.start(tmp_path / "two.blindread")
    assert desktop.study.study.folder.name == "two.blindread"


def test_every_control_has_a_name_and_a_tooltip(desktop: Desktop, tmp_path: Path) -> None:
    make_study(tmp_path / "one.blindread").close()
    desktop.opening.open(tmp_path / "one.blindread")
    controls = [c for c in desktop.window.findChildren(QAbstractButton) if c.isVisible()]
    assert len(controls) > 15
    nameless = [type(c).__name__ for c in controls if not (c.accessibleName() or c.text())]
    silent = [c.accessibleName() or c.text() for c in controls if not c.toolTip()]
    assert (nameless, silent) == ([], [])


def test_the_frame_is_reached_by_tab_alone(desktop: Desktop, qtbot: QtBot) -> None:
    window = desktop.window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    reached: set[str] = set()
    for _ in range(40):
        qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        if focused is not None:
            reached.add(focused.accessibleName() or type(focused).__name__)
    for name in ("Home", "Results", "Keys ?", "Try the demo", "New study"):
        assert name in reached
