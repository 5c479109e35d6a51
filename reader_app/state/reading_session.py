"""One reader at one package: what is chosen, when it is saved, what comes next.

Knows the reading package and nothing else: no study, no truth.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from reader_app.state.trial_clock import TrialClock
from studies.errors import StudyError
from studies.package import PackageTrial, ReadingPackage, Response
from studies.records import FloatArray, Question

READING, PAUSED, BREAK, FINISHED = "reading", "paused", "break", "finished"


class ReadingSession(QObject):
    """`shown` when the trial or the mode changed, `chosen` when a choice did.

    `refused` with a sentence when something could not be saved, `left` when the reader leaves.
    """

    shown = Signal()
    chosen = Signal()
    refused = Signal(str)
    left = Signal()

    def __init__(
        self, package: ReadingPackage, ticks: Callable[[], int] = time.monotonic_ns
    ) -> None:
        super().__init__()
        self._package = package
        self._ticks = ticks
        self._choices: dict[str, str] = {}
        self._clock = TrialClock(ticks, package.contents.idle_seconds)
        self._ahead: tuple[str, FloatArray] | None = None
        self._closed = False
        self._unseen = ""  # the trial whose ROI could not be read
        self.mode = READING
        self._log("opened")
        self._begin()

    # --- what the screen shows

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions in order."""
        return self._package.questions

    @property
    def trial(self) -> PackageTrial | None:
        """The trial at hand, None at the end."""
        return self._package.current

    @property
    def done(self) -> int:
        """Trials with an answer before this one."""
        return self._package.position

    @property
    def total(self) -> int:
        """All trials, with practice."""
        return self._package.total

    @property
    def place(self) -> tuple[str, int, int]:
        """("Practice" or "", number of this trial, how many there are of its kind)."""
        practice = sum(trial.practice for trial in self._package.trials)
        position = self._package.position
        if position < practice:
            return "Practice", position + 1, practice
        total = self.total - practice
        return "", min(position - practice + 1, total), total

    @property
    def open_question(self) -> str:
        """Code of the first question without a choice, "" when all have one."""
        for question in self.questions:
            if question.code not in self._choices:
                return question.code
        return ""

    def choice(self, code: str) -> str:
        """The chosen value of a question, "" while it is open."""
        return self._choices.get(code, "")

    def image(self) -> FloatArray | None:
        """The ROI of the trial at hand, (64, 64) in 0..1; None at the end or when it is gone."""
        trial = self.trial
        if trial is None:
            return None
        if self._ahead is not None and self._ahead[0] == trial.trial_id:
            return self._ahead[1]
        image = self._read(trial)
        self._unseen = trial.trial_id if image is None else ""
        return image

    def ahead(self) -> tuple[str, FloatArray] | None:
        """The next trial's id and ROI, read from the disk now so that it is there when asked."""
        following = self._package.position + 1
        if following >= self.total:
            return None
        trial = self._package.trials[following]
        if self._ahead is None or self._ahead[0] != trial.trial_id:
            image = self._read(trial)
            self._ahead = (trial.trial_id, image) if image is not None else None
        return self._ahead

    def can_undo(self) -> bool:
        """Whether the last trial may be opened again."""
        return self.mode in (READING, BREAK, FINISHED) and self._package.can_undo()

    # --- what the reader does

    def press(self, key: str) -> None:
        """A key: a choice's, Space, U, P or Esc; others do nothing."""
        actions = {"Space": self.go_on, "U": self.undo, "P": self.toggle_pause, "Esc": self.leave}
        action = actions.get(key)
        if action is not None:
            action()
        elif self.mode == READING:
            self._press_choice(key)

    def choose(self, code: str, value: str) -> None:
        """Choose, or change a choice, before committing."""
        if self.mode == READING and self.trial is not None:
            self._clock.touched()
            self._choices[code] = value
            self.chosen.emit()

    def go_on(self) -> None:
        """Space: commit in a trial, go on from a pause or a break."""
        if self.mode == READING:
            self._commit()
        elif self.mode == PAUSED:
            self.toggle_pause()
        elif self.mode == BREAK:
            self._log("break ended")
            self._begin()

    def undo(self) -> None:
        """Open the last trial again, with the answer it had."""
        if not self.can_undo():
            return
        try:
            self._package.undo()
        except StudyError as error:
            self.refused.emit(str(error))
            return
        self._begin()

    def toggle_pause(self) -> None:
        """Hide the ROI and stop the clock, or go on."""
        if self.mode == READING:
            self.mode = PAUSED
            self._clock.pause()
            self._log("pause")
        elif self.mode == PAUSED:
            self.mode = READING
            self._clock.resume()
            self._log("resume")
        else:
            return
        self.shown.emit()

    def leave(self) -> None:
        """Esc: pause first; from a pause, a break or the end, leave. Every answer is saved."""
        if self.mode == READING:
            self.toggle_pause()
            return
        self._log("closed")
        self.left.emit()

    def settle(self) -> None:
        """What may wait until the ROI is on the screen: the receipt of the last answer."""
        if not self._closed:
            self._package.sign()

    def painted(self) -> None:
        """The ROI is on the screen."""
        self._clock.painted()

    def focus(self, has_it: bool) -> None:
        """The window lost or regained the keyboard."""
        if self.mode != READING or self._closed:
            return
        self._clock.focus_losses += not has_it
        self._log("focus gained" if has_it else "focus lost")

    def close(self) -> None:
        """Close the package; a program that ends without this loses nothing either."""
        self._closed = True
        self._package.close()

    def _press_choice(self, key: str) -> None:
        for question in self.questions:
            for choice in question.choices:
                if choice.key == key:
                    self.choose(question.code, choice.value)

    def _commit(self) -> None:
        trial = self.trial
        if trial is None or self.open_question:
            return
        if self._unseen == trial.trial_id and self._read(trial) is None:
            return  # an answer to a picture that nobody saw is no answer
        if self._unseen == trial.trial_id:
            self._unseen = ""
            self.shown.emit()
            return
        self._clock.touched()
        try:
            self._package.record(self._response(trial))
        except StudyError as error:
            self.refused.emit(str(error))
            return
        every = self._package.contents.break_every
        number = self._package.position - sum(t.practice for t in self._package.trials)
        first_time = len(self._package.answers_of(trial)) == 1
        if self.trial is not None and first_time and number > 0 and number % every == 0:
            self.mode = BREAK
            self._log("break offered")
            self.shown.emit()
        else:
            self._begin()

    def _response(self, trial: PackageTrial) -> Response:
        confidence = self._choices.get("confidence")
        return Response(
            trial_id=trial.trial_id,
            diagnosis=self._choices.get("diagnosis", ""),
            origin=self._choices.get("origin", ""),
            confidence=int(confidence) if confidence else None,
            shown_at=self._clock.shown_at,
            first_key_ms=self._clock.first_key_ms,
            commit_ms=self._clock.commit_ms,
            active_ms=self._clock.active_ms,
            focus_losses=self._clock.focus_losses,
            idle_ms=self._clock.idle_ms,
        )

    def _begin(self) -> None:
        """Show the trial at hand with a fresh clock and, after an undo, its last answer."""
        trial = self.trial
        self.mode = READING if trial is not None else FINISHED
        self._clock = TrialClock(self._ticks, self._package.contents.idle_seconds)
        given = self._package.answer_of(trial) if trial is not None else None
        self._choices = _choices(given)
        self.shown.emit()

    def _log(self, event: str) -> None:
        try:
            self._package.log(event)
        except StudyError as error:
            self.refused.emit(str(error))

    def _read(self, trial: PackageTrial) -> FloatArray | None:
        try:
            return self._package.image(trial)
        except StudyError as error:
            self.refused.emit(str(error))
            return None


def _choices(given: Response | None) -> dict[str, str]:
    if given is None:
        return {}
    confidence = "" if given.confidence is None else str(given.confidence)
    named = (("diagnosis", given.diagnosis), ("origin", given.origin), ("confidence", confidence))
    return {code: value for code, value in named if value}
