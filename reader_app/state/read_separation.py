"""How well a network tells a draft's items apart by the pixels: measured as a job, when asked."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from reader_app.workflows.judge_separation import can_be_judged, judge_separation
from studies.protocols.separation import Separation
from studies.records import ProtocolDraft
from studies.store import Store

TITLE = "Measuring what the pixels tell"
_CHANGES_ITEMS = ("study", "cases", "lesions", "synthetic", "protocol")


@dataclass(frozen=True)
class PixelFacts:
    """What the seal panel shows: the number of the draft at hand, and whether one is on its way.

    `why_not` says why it cannot be measured, "" when it can.
    """

    found: Separation | None = None
    is_running: bool = False
    why_not: str = ""


class ReadSeparation(QObject):
    """`changed` when a number is there, or none will come."""

    changed = Signal()

    def __init__(self, study: StudyState, jobs: Jobs, messages: Messages) -> None:
        super().__init__()
        self._study, self._jobs, self._messages = study, jobs, messages
        self._found: tuple[Store, ProtocolDraft, Separation] | None = None
        self._asked: ProtocolDraft | None = None
        study.changed.connect(self._hear)

    def facts(self, draft: ProtocolDraft) -> PixelFacts:
        """What is known of a draft's items."""
        running = self._asked is not None
        why_not = "" if can_be_judged(draft) else "Ten real and ten synthetic ROIs are needed."
        if self._study.read_only:
            why_not = "The study is open read-only."
        return PixelFacts(self.of(draft), running, why_not)

    def of(self, draft: ProtocolDraft) -> Separation | None:
        """The number of a draft, None where none was measured of its items."""
        if self._found is None:
            return None
        store, measured, found = self._found
        is_same = store is self._study.store and _items_of(measured) == _items_of(draft)
        return found if is_same else None

    def measure(self, draft: ProtocolDraft | None) -> None:
        """Measure a draft's items in a child process; the window goes on."""
        store = self._study.store
        if store is None or draft is None or self._asked is not None:
            return
        self._asked = draft
        self._jobs.run(
            TITLE,
            lambda: judge_separation(store, draft),
            lambda found: self._measured(store, draft, found),
            self._failed,
            cancelled=self._ended,
            lane="audit",
        )
        self.changed.emit()

    def _hear(self, topic: str) -> None:
        """The same draft may draw other items now; a number of others could not be sealed."""
        if topic in _CHANGES_ITEMS and self._found is not None:
            self._found = None
            self.changed.emit()

    def _measured(self, store: Store, draft: ProtocolDraft, found: Separation) -> None:
        self._found = (store, draft, found)
        self._ended()

    def _failed(self, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)
        self._ended()

    def _ended(self) -> None:
        self._asked = None
        self.changed.emit()


def _items_of(draft: ProtocolDraft) -> tuple[object, ...]:
    """What decides which items a draft draws; the seal checks it by the items themselves."""
    return (
        draft.real_per_category, draft.synthetic_per_category, draft.seed, draft.generator,
        draft.audits,
    )  # fmt: skip
