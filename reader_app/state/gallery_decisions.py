"""Decisions on synthetic ROIs in this sitting: made, taken back, made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reader_app.messages import Messages
from reader_app.state.study_state import StudyState
from studies import learning
from studies.errors import StudyError
from studies.records import SyntheticRoiRecord

Rois = tuple[SyntheticRoiRecord, ...]


@dataclass(frozen=True)
class _Step:
    """Decisions made at once: the ROIs as they were before and after."""

    before: Rois
    after: Rois


class GalleryDecisions:
    """Writes them to the study; every method returns the ROIs that changed, as stored now."""

    def __init__(self, study: StudyState, messages: Messages) -> None:
        self._study, self._messages = study, messages
        self._done: list[_Step] = []
        self._undone: list[_Step] = []

    @property
    def can_undo(self) -> bool:
        """Whether a decision of this sitting can be taken back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether one that was taken back can be made again."""
        return bool(self._undone)

    def decide(self, chosen: Rois, accepted: bool, reason: str) -> Rois:
        """Let ROIs in or keep them out. Copies stay out whatever is decided, and that is said."""
        wanted = tuple(roi for roi in chosen if not (accepted and roi.audit == "copy"))
        copies = len(chosen) - len(wanted)
        if copies:
            self._messages.warning(_copies_words(copies))
        ids = tuple(roi.id for roi in wanted)
        store = self._study.store
        if store is None or not wanted:
            return ()
        found = self._tried(lambda: learning.decide_synthetic(store, ids, accepted, reason))
        if found:
            self._done.append(_Step(wanted, found))
            self._undone = []
        return found

    def undo(self) -> Rois:
        """Take back the newest decision of this sitting."""
        found = self._restored(self._done[-1].before) if self._done else ()
        if found:
            self._undone.append(self._done.pop())
        return found

    def redo(self) -> Rois:
        """Decide again what was taken back last, as it was decided then."""
        found = self._restored(self._undone[-1].after) if self._undone else ()
        if found:
            self._done.append(self._undone.pop())
        return found

    def forget(self) -> None:
        """Another study is open."""
        self._done, self._undone = [], []

    def _restored(self, records: Rois) -> Rois:
        store = self._study.store
        if store is None:
            return ()
        return self._tried(lambda: learning.take_back_decisions(store, records))

    def _tried(self, write: Callable[[], Rois]) -> Rois:
        try:
            return write()
        except StudyError as error:
            self._messages.error(str(error))
            return ()


def decided_words(count: int, accepted: bool) -> str:
    """`3 synthetic ROIs accepted for reading.`"""
    rois = "1 synthetic ROI" if count == 1 else f"{count} synthetic ROIs"
    return f"{rois} accepted for reading." if accepted else f"{rois} kept out of reading."


def _copies_words(copies: int) -> str:
    if copies == 1:
        return "A copy of a real ROI stays out: it can neither train nor be read."
    return f"{copies} copies of real ROIs stay out: they can neither train nor be read."
