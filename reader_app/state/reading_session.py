"""One reader at one package: what is chosen, when it is saved, what comes next.

Knows the reading package and nothing else: no study, no truth.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from reader_app.state.trial_answer import answer_from, choices_of, feedback_words
from reader_app.state.trial_clock import TrialClock
from reader_app.state.trial_pictures import TrialPictures
from reader_app.state.trial_place import BREAK, PRACTISED, comes_after, is_to_begin, place_of
from studies.errors import StudyError
from studies.package import (
    DisplayCheck,
    Entry,
    Feedback,
    PackageTrial,
    PixelArray,
    Questionnaire,
    ReadingPackage,
    Unusual,
    WindowChange,
)
from studies.records import Question

CHECK, READING, FEEDBACK, TRAINED = "check", "reading", "feedback", "trained"
PAUSED, UNUSUAL, FINISHED, INTRO, KEYS = "paused", "unusual", "finished", "intro", "keys"
USUAL_SIDE = 512
"""Side of an ROI on the screen, logical px; where it is another, the log says so."""


class ReadingSession(QObject):
    """`shown` when the trial or the mode changed, `chosen` when a choice did.

    `windowed` when the window of a slice changed, `refused` with a sentence when something could
    not be saved, `left` when the reader leaves.
    """

    shown = Signal()
    chosen = Signal()
    windowed = Signal()
    refused = Signal(str)
    left = Signal()

    def __init__(
        self, package: ReadingPackage, ticks: Callable[[], int] = time.monotonic_ns
    ) -> None:
        super().__init__()
        self._package = package
        self.contents = package.contents
        self._ticks = ticks
        self._choices: dict[str, str] = {}
        self._clock = TrialClock(ticks, package.contents.idle_seconds)
        self._pictures = TrialPictures(package)
        self._closed = False
        self._begun = ""  # the trial at hand
        self._unseen = ""  # the trial whose picture could not be read
        self._place = place_of(package)
        self.window = self._window_told = (0.0, 255.0)  # as it is, and as the log has it
        self.feedback = ("", "")  # after a training trial: its class, and what was chosen
        self._training_ends = False  # with the trial just answered
        self._keys_from = READING
        self.mode = READING
        self._log("opened")
        if package.contents.display_check and self.trial is not None:
            self.mode = CHECK
        else:
            self._introduce()

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
    def trials(self) -> tuple[PackageTrial, ...]:
        """Every trial of the package: the screen is laid out for the largest picture."""
        return self._package.trials

    @property
    def done(self) -> int:
        """Trials with an answer before this one."""
        return self._place.done

    @property
    def total(self) -> int:
        """All trials, with training and practice."""
        return self._package.total

    @property
    def place(self) -> tuple[str, int, int]:
        """("Training", "Practice" or "", number of this trial, how many there are of its kind)."""
        return self._place.kind, self._place.number, self._place.of

    @property
    def asks_who(self) -> bool:
        """Whether the questionnaire is still to be answered in this package."""
        return not self._package.has("questionnaire")

    @property
    def window_locked(self) -> bool:
        """Whether the window of slices stays as the protocol says."""
        return self._package.contents.window_locked

    @property
    def open_question(self) -> str:
        """Code of the first question without a choice, "" when all have one."""
        return next((one.code for one in self.questions if one.code not in self._choices), "")

    @property
    def step(self) -> int:
        """1 for the own answer, 2 for the one after the network's opinion."""
        return self._package.standing.step

    @property
    def opinion(self) -> tuple[tuple[str, float], ...]:
        """The network's opinion, class by class, once the own answer stands; else empty."""
        trial = self.trial
        if trial is None or self.mode != READING or self.step == 1:
            return ()
        labels = [choice.label for question in self._of_class for choice in question.choices]
        return tuple(zip(labels, trial.opinion, strict=False))

    @property
    def training(self) -> tuple[int, int, int]:
        """Of the last pass through the training: right, of how many, how many are needed."""
        last = self._package.attempts[-1]
        return last.right, last.of, math.ceil(self._package.contents.pass_mark * last.of - 1e-9)

    def choice(self, code: str) -> str:
        """The chosen value of a question, "" while it is open."""
        return self._choices.get(code, "")

    def pixels(self) -> PixelArray | None:
        """The picture of the trial at hand, (slices, rows, columns); None where it is gone."""
        trial = self.trial
        if trial is None:
            return None
        pixels = self._read(trial)
        self._unseen = trial.trial_id if pixels is None else ""
        return pixels

    def following(self) -> tuple[PackageTrial, PixelArray] | None:
        """The next trial with its picture, where it was read ahead."""
        return self._pictures.following()

    def read_on(self) -> bool:
        """Read a piece of the next picture; False when it is there."""
        return not self._closed and self._pictures.read_on()

    def can_undo(self) -> bool:
        """Whether the last trial may be opened again."""
        return self.mode in (READING, BREAK, FINISHED) and self._package.can_undo()

    # --- what the reader does

    def press(self, key: str) -> None:
        """A key: a choice's, Space, U, P, ? or Esc; others do nothing."""
        actions = {
            "Space": self.go_on, "U": self.undo, "P": self.toggle_pause, "Esc": self.leave,
            "?": self.toggle_keys,
        }  # fmt: skip
        if action := actions.get(key):
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
        """Space: commit in a trial, go on from feedback, a pause or a break."""
        if self.mode == READING:
            self._commit()
        elif self.mode == PAUSED:
            self.toggle_pause()
        elif self.mode == FEEDBACK and self._training_ends:
            self._turn_to(TRAINED)
        elif self.mode == BREAK:
            self._log("break ended")
            self._begin()
        elif self.mode == KEYS:
            self.toggle_keys()
        elif self.mode in (FEEDBACK, TRAINED, INTRO, PRACTISED):
            self._begin()

    def declare(self, display: DisplayCheck, who: Questionnaire | None) -> None:
        """The display and, the first time, who reads: then the sitting begins."""
        if self.mode == CHECK and all(self._note(one) for one in (who, display) if one):
            self._introduce()

    def tell_unusual(self, answer: Unusual) -> None:
        """The answer to the question at the end; it is asked once."""
        if self.mode == UNUSUAL and self._note(answer):
            self._turn_to(FINISHED)

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
        """Hide the picture and stop the clock, or go on."""
        if self.mode == READING:
            self._clock.pause()
            self._log("pause")
            self._turn_to(PAUSED)
        elif self.mode == PAUSED:
            self._clock.resume()
            self._log("resume")
            self._turn_to(READING)

    def toggle_keys(self) -> None:
        """Show the keys, or go back. Over a picture that is a pause: clock and log say so."""
        if self.mode in (READING, PAUSED):
            self._keys_from = self.mode
            if self.mode == READING:
                self._clock.pause()
                self._log("pause", KEYS)
            self._turn_to(KEYS)
        elif self.mode == KEYS:
            if self._keys_from == READING:
                self._clock.resume()
                self._log("resume", KEYS)
            self._turn_to(self._keys_from)

    def leave(self) -> None:
        """Esc: pause first, or put the keys away; else leave. Every answer is saved."""
        if self.mode == READING:
            return self.toggle_pause()
        if self.mode == KEYS:
            return self.toggle_keys()
        self._log("closed")
        return self.left.emit()

    def looked(self) -> None:
        """The reader scrolled or showed the ring: no idle time."""
        if self.mode == READING:
            self._clock.stirred()

    def set_window(self, low: float, high: float, *, finished: bool) -> None:
        """Show low black and high white; a `finished` change is logged and counted."""
        if self.window_locked or self.mode != READING:
            return
        self._clock.stirred()
        self.window = (low, max(high, low + 1))
        self.windowed.emit()
        if finished and self.window != self._window_told:
            self._window_told = self.window
            self._clock.window_changes += 1
            self._package.note(WindowChange(*self.window), at_once=False)

    def settle(self) -> None:
        """What may wait until the picture is on the screen: the receipt of the last answer."""
        if not self._closed:
            self._package.settle()

    def painted(self) -> None:
        """The picture is on the screen."""
        self._clock.painted()

    def tell_side(self, side: int) -> None:
        """How large an ROI stands on the screen in this sitting, logical px; 512 needs no word."""
        if side != USUAL_SIDE:
            self._log("shown", f"ROI of {side} px")

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

    # --- inside

    @property
    def _of_class(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if question.code == "diagnosis")

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
        self._record(trial)

    def _record(self, trial: PackageTrial) -> None:
        step, passes = self.step, len(self._package.attempts)
        response = answer_from(trial, self._choices, self._clock, step)
        teaches = self._package.standing.is_training(trial) and bool(step == 2 or not trial.opinion)
        then = (Feedback(response.diagnosis == trial.right),) if teaches else ()
        try:
            self._package.record(response, *then)
        except StudyError as error:
            self.refused.emit(str(error))
            return
        if not teaches:
            self._go_on_from(trial)
            return
        if ends := len(self._package.attempts) > passes:
            self._note(self._package.attempts[-1])
        self._training_ends = ends
        self.feedback = feedback_words(self._of_class, trial.right, response.diagnosis)
        self._turn_to(FEEDBACK)

    def _go_on_from(self, trial: PackageTrial) -> None:
        """The next trial, the next step, a break, or the word that practice is over."""
        due = comes_after(self._package, trial)
        if due == BREAK:
            self._log("break offered")
        self._turn_to(due) if due else self._begin()

    def _introduce(self) -> None:
        """Before the first practice trial of a package: what comes; else the trial at hand."""
        if is_to_begin(self._package):
            self._turn_to(INTRO)
        else:
            self._begin()

    def _begin(self) -> None:
        """Show the trial at hand with a fresh clock; opened again, with the answer it had."""
        trial = self.trial
        self._clock = TrialClock(self._ticks, self._package.contents.idle_seconds)
        self._choices = choices_of(self._package.standing.kept_answer)
        self._place = place_of(self._package)
        if trial is not None:
            if trial.trial_id != self._begun:  # before the second answer it stays as it was set
                self.window = self._window_told = trial.picture.window
                self._begun = trial.trial_id
            self._turn_to(READING)
        elif self._package.contents.ask_unusual and not self._package.has("unusual"):
            self._turn_to(UNUSUAL)
        else:
            self._turn_to(FINISHED)

    def _turn_to(self, mode: str) -> None:
        self.mode = mode
        self.shown.emit()

    def _log(self, event: str, detail: str = "") -> None:
        try:
            self._package.log(event, detail)
        except StudyError as error:
            self.refused.emit(str(error))

    def _note(self, entry: Entry) -> bool:
        """Write an entry; False, and said why, where it could not be saved."""
        try:
            self._package.note(entry)
        except StudyError as error:
            self.refused.emit(str(error))
            return False
        return True

    def _read(self, trial: PackageTrial) -> PixelArray | None:
        try:
            return self._pictures.of(trial)
        except StudyError as error:
            self.refused.emit(str(error))
            return None
