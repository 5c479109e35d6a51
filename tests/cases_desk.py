"""The Cases page with its state, as tests use it: drops, tables, lists."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from engine.errors import EngineError
from engine.jobs import JobRunner
from reader_app.messages import Message, Messages
from reader_app.settings import Settings
from reader_app.state.cases_state import CasesState
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from reader_app.views.cases.page import CasesPage
from reader_app.widgets.table import Cell
from studies import cases
from studies.errors import StudyError
from studies.store import Store

HEIGHTS = (0.0, 5.0, 10.0, 15.0)


@dataclass
class Desk:
    """A page with its state and what it said."""

    page: CasesPage
    state: CasesState
    study: StudyState
    jobs: Jobs
    said: list[Message]
    qtbot: QtBot

    @property
    def store(self) -> Store:
        assert self.study.store is not None
        return self.study.store

    def drop(self, *paths: Path) -> bool:
        """Drop paths on the page as a file manager does; True when the page took them."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        none = Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(40, 40), action, mime, button, none)
        QApplication.sendEvent(self.page, enter)
        if not enter.isAccepted():
            return False
        QApplication.sendEvent(self.page, QDropEvent(QPointF(40, 40), action, mime, button, none))
        return True

    def import_dropped(self, *paths: Path) -> None:
        """Drop paths and, where series are found, take all of them."""
        assert self.drop(*paths)
        self.wait()
        if self.state.importing.offer.standing is not None:
            self.take_all()

    def take_all(self) -> None:
        """Take the series that were found."""
        self.qtbot.mouseClick(self.page.last.offer.take, Qt.MouseButton.LeftButton)
        self.wait()

    def wait(self) -> None:
        self.qtbot.waitUntil(lambda: not self.state.is_importing, timeout=30000)

    def table(self) -> list[list[Cell]]:
        """The open tab's rows as shown, in the order shown."""
        table = self.page.tables.table
        model = table.model()
        return [
            [table.cell_at(model.index(k, column)) for column in range(model.columnCount())]
            for k in range(model.rowCount())
        ]

    def names(self) -> list[str]:
        return [row[0].text for row in self.table()]

    def filter_to(self, begins: str) -> None:
        options = self.page.tables.filter.options
        self.page.tables.filter.choose(next(one for one in options if one.startswith(begins)))

    def counts(self) -> dict[str, int]:
        """The numbers of the three lists."""
        assert self.state.last_import is not None
        return {one.kind: one.count for one in self.state.last_import.sections}

    def panel_words(self) -> str:
        return "\n".join(one.text() for one in self.page.last.findChildren(QLabel))


@contextmanager
def new_desk(qtbot: QtBot, folder: Path) -> Generator[Desk, None, None]:
    """The page over a new, empty study in `folder`."""
    messages, said = Messages(), []
    messages.posted.connect(said.append)
    jobs = Jobs(JobRunner(expected=(EngineError, StudyError)))
    study = StudyState(messages)
    state = CasesState(study, jobs, messages, Settings())
    page = CasesPage(state)
    qtbot.addWidget(page)
    page.resize(1368, 816)
    page.show()
    assert study.create(folder / "s.blindread", "S")
    yield Desk(page, state, study, jobs, said, qtbot)
    assert jobs.shutdown()
    study.close()


def mark(desk: Desk, series_id: int, code: str = "", *, margin: bool = True) -> int:
    """A lesion with a margin and, with a class, a diagnosis."""
    lesion = cases.add_lesion(desk.store, series_id, author="t")
    if margin:
        points = ((8.0, 8.0), (20.0, 8.0), (20.0, 20.0), (8.0, 20.0))
        cases.save_contour(desk.store, lesion.id, "1.2", 1, points, "t", "polygon")
    if code:
        cases.confirm_diagnosis(desk.store, lesion.id, code, "biopsy", "t")
    desk.study.notify("lesions")
    return lesion.id
