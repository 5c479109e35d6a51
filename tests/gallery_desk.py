"""The synthetic gallery on the screen, over a study that lies in a folder."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.errors import EngineError
from engine.jobs import JobRunner
from reader_app.messages import Message, Messages
from reader_app.state.gallery_state import GalleryState
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from reader_app.views.learn.gallery_view import GalleryView
from studies import learning
from studies.errors import StudyError
from studies.store import Store


@dataclass
class GalleryDesk:
    """The gallery, its state, the study, and what was said."""

    view: GalleryView
    state: GalleryState
    study: StudyState
    said: list[Message]
    qtbot: QtBot

    @property
    def store(self) -> Store:
        """The open study."""
        store = self.study.store
        assert store is not None
        return store

    @property
    def kept(self) -> list[bool]:
        """Which are accepted, as stored, oldest first."""
        return [roi.accepted for roi in learning.synthetic_rois(self.store)]

    def ids(self) -> list[int]:
        """Of the synthetic ROIs, oldest first."""
        return [roi.id for roi in learning.synthetic_rois(self.store)]

    def key(
        self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        """Press a key over the grid."""
        self.qtbot.keyClick(self.view.grid, key, modifier)


@contextmanager
def new_gallery_desk(qtbot: QtBot, folder: Path, count: int) -> Generator[GalleryDesk, None, None]:
    """The gallery over the study in `folder`, once its `count` ROIs are read."""
    messages, said = Messages(), list[Message]()
    messages.posted.connect(said.append)
    jobs = Jobs(JobRunner(expected=(EngineError, StudyError)))
    study = StudyState(messages)
    study.work_as("coordinator", "Dr A")
    state = GalleryState(study, jobs, messages)
    view = GalleryView(state)
    qtbot.addWidget(view)
    view.resize(1184, 660)
    view.show()
    study.open(folder)
    qtbot.waitUntil(lambda: len(state.pairs) == count, timeout=10000)
    yield GalleryDesk(view, state, study, said, qtbot)
    assert jobs.shutdown()
    study.close()
