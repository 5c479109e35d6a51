"""Progress and times of everyone who reads; no answer and no accuracy comes this way."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from studies import reading
from studies.reading import PartProgress
from studies.store import Store

LOOK_EVERY_MS = 2_000


class ReadMonitor(QObject):
    """`changed` when there is news; looks by itself while somebody watches.

    `has_looked` is False until the first look at a version has come back.
    """

    changed = Signal()

    def __init__(self, study: StudyState, jobs: Jobs, messages: Messages) -> None:
        super().__init__()
        self._study, self._jobs, self._messages = study, jobs, messages
        self.rows: tuple[PartProgress, ...] = ()
        self.has_looked = False
        self._protocol: int | None = None
        self._is_looking = False
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def watch(self, protocol_id: int | None, *, watched: bool) -> None:
        """Look at a protocol's readers now, and again every two seconds while watched."""
        if protocol_id != self._protocol:
            self._protocol, self.rows, self.has_looked = protocol_id, (), False
            self.changed.emit()
        if watched and protocol_id is not None:
            self._timer.start()
            self._look()
        else:
            self._timer.stop()

    def _look(self) -> None:
        store, protocol_id = self._study.store, self._protocol
        if store is None or protocol_id is None or self._is_looking:
            return
        self._is_looking = True
        self._jobs.small(
            partial(reading.monitor, store, protocol_id),
            partial(self._seen, store, protocol_id),
            self._failed,
        )

    def _seen(self, store: Store, protocol_id: int, rows: tuple[PartProgress, ...]) -> None:
        self._is_looking = False
        is_news = store is self._study.store and protocol_id == self._protocol
        if is_news and (rows != self.rows or not self.has_looked):
            self.rows, self.has_looked = rows, True
            self.changed.emit()

    def _failed(self, failure: Failure) -> None:
        """Said once: the next look may find the package whole again."""
        self._is_looking = False
        self._timer.stop()
        self._messages.error(failure.sentence, failure.details)
