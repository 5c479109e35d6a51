"""Decisions on synthetic ROIs in this sitting: made, taken back, made again."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial

from engine.jobs import Failure, Progress, result_of
from reader_app.messages import Messages
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from reader_app.workflows.decide_rois import PORTION, Rois, decide_rois, put_decisions_back
from studies.errors import StudyError

LANE = "decisions"
AT_ONCE = PORTION // 2
"""So many are written while the window waits, which nobody notices; more are a job."""

Then = Callable[[Rois], None]
"""Is called with the ROIs that changed, as stored now; with none where nothing was written."""
_Writing = Callable[[], Generator[Progress, None, Rois]]


@dataclass(frozen=True)
class _Step:
    """Decisions made at once: the ROIs as they were before and after."""

    before: Rois
    after: Rois


class GalleryDecisions:
    """Writes them to the study, one step after the other; `is_writing` while a job does so."""

    def __init__(self, study: StudyState, jobs: Jobs, messages: Messages) -> None:
        self._study, self._jobs, self._messages = study, jobs, messages
        self._done: list[_Step] = []
        self._undone: list[_Step] = []
        self._turn = 0
        self.is_writing = False

    @property
    def can_undo(self) -> bool:
        """Whether a decision of this sitting can be taken back."""
        return bool(self._done) and not self.is_writing

    @property
    def can_redo(self) -> bool:
        """Whether one that was taken back can be made again."""
        return bool(self._undone) and not self.is_writing

    def decide(self, chosen: Rois, accepted: bool, reason: str, then: Then) -> None:
        """Let ROIs in or keep them out. Copies stay out whatever is decided, and that is said."""
        if self.is_writing:
            return
        wanted = tuple(roi for roi in chosen if not (accepted and roi.audit == "copy"))
        copies = len(chosen) - len(wanted)
        if copies:
            self._messages.warning(_copies_words(copies))
        store = self._study.store
        if store is None or not wanted:
            return

        def decided(found: Rois) -> None:
            self._done.append(_Step(wanted, found))
            self._undone = []
            then(found)

        writing = partial(decide_rois, store, wanted, accepted, reason)
        self._write(f"Deciding on {_many(wanted)}", len(wanted), writing, decided, then)

    def undo(self, then: Then) -> None:
        """Take back the newest decision of this sitting."""
        if not self.can_undo:
            return
        step = self._done[-1]

        def taken_back(found: Rois) -> None:
            self._undone.append(self._done.pop())
            then(found)

        self._put_back(
            f"Taking back {_many(step.after)}", step.after, step.before, taken_back, then
        )

    def redo(self, then: Then) -> None:
        """Decide again what was taken back last, as it was decided then."""
        if not self.can_redo:
            return
        step = self._undone[-1]

        def decided(found: Rois) -> None:
            self._done.append(self._undone.pop())
            then(found)

        self._put_back(f"Deciding on {_many(step.after)}", step.before, step.after, decided, then)

    def forget(self) -> None:
        """Another study is open; what is being written into the last one is no concern here."""
        self._done, self._undone = [], []
        self._turn += 1
        self.is_writing = False

    def _put_back(self, title: str, now: Rois, wanted: Rois, done: Then, then: Then) -> None:
        store = self._study.store
        if store is not None:
            writing = partial(put_decisions_back, store, now, wanted)
            self._write(title, len(wanted), writing, done, then)

    def _write(self, title: str, count: int, writing: _Writing, done: Then, then: Then) -> None:
        """Few at once, many in the background; `done` once written, else `then` with none."""
        if count <= AT_ONCE:
            try:
                found = result_of(writing())
            except StudyError as error:
                self._messages.error(str(error))
                then(())
            else:
                done(found)
            return
        self.is_writing = True
        turn = self._turn
        self._jobs.run(
            title,
            writing,
            lambda found: self._ended(turn, lambda: done(found)),
            lambda failure: self._failed(turn, failure, then),
            cancelled=lambda: self._ended(turn, lambda: then(())),
            lane=LANE,
        )

    def _ended(self, turn: int, tell: Callable[[], None]) -> None:
        if turn == self._turn:
            self.is_writing = False
            tell()

    def _failed(self, turn: int, failure: Failure, then: Then) -> None:
        """Say why, and let everyone read anew: a disk that is full may refuse the way back, too."""
        self._messages.error(failure.sentence, failure.details)
        self._ended(turn, lambda: then(()))
        if turn == self._turn:
            self._study.notify("synthetic")


def decided_words(count: int, accepted: bool) -> str:
    """`3 synthetic ROIs accepted for reading.`"""
    rois = "1 synthetic ROI" if count == 1 else f"{count:,} synthetic ROIs"
    return f"{rois} accepted for reading." if accepted else f"{rois} kept out of reading."


def _many(rois: Rois) -> str:
    return f"{len(rois):,} ROIs"


def _copies_words(copies: int) -> str:
    if copies == 1:
        return "A copy of a real ROI stays out: it can neither train nor be read."
    return f"{copies:,} copies of real ROIs stay out: they can neither train nor be read."
