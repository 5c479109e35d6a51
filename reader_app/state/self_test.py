"""Which of these is real? A quick test in the gallery: drawn anew, kept nowhere.

While it runs the state gives away the pictures and how far it is, and nothing of what is right.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from reader_app.workflows.self_test import KINDS, PAIRS, TestTrial, draw_test
from studies.records import Category, FloatArray
from studies.statistics.proportions import Proportion, wilson

if TYPE_CHECKING:
    from studies.statistics.forced_choice import PairedSensitivity

COUNTS = (10, 20, 40)
USUAL = 20
SOONEST = 0.15
"""Seconds: a faster answer was meant for the trial before, as the second of a double click is."""

_SEEDS = 1 << 31
_Estimated = tuple[float, float, float] | None  # value, low, high


@dataclass(frozen=True)
class ShownTrial:
    """What may be seen of a trial: its number (from 1) of so many, and one or two pictures."""

    number: int
    total: int
    images: tuple[FloatArray, ...] = field(repr=False)


@dataclass(frozen=True)
class Reviewed:
    """A trial after the test: its pictures, which one is real, and whether it was found.

    Of a single picture `real` is 0 where it is real, else 1.
    """

    category: Category
    images: tuple[FloatArray, ...] = field(repr=False)
    real: int
    right: bool


@dataclass(frozen=True)
class ClassShare:
    """Right answers of a class."""

    category: Category
    share: Proportion


@dataclass(frozen=True)
class SelfTestResult:
    """Right answers with Wilson's interval against guessing, 50 %; `p` exact binomial, two-sided.

    `d_prime` is (value, low, high), None where it cannot be told; of pairs it takes no side to be
    preferred, `sided` is the same where that is allowed for, and `side` the preference c, below 0
    for the left. `seconds` a trial.
    """

    kind: str
    share: Proportion
    p: float
    d_prime: tuple[float, float, float] | None
    classes: tuple[ClassShare, ...]
    seconds: tuple[float, ...]
    seed: int
    trials: tuple[Reviewed, ...]
    sided: tuple[float, float, float] | None = None
    side: tuple[float, float, float] | None = None


class SelfTest(QObject):
    """`changed` when a test begins, goes on or ends. Nothing is stored in the study."""

    changed = Signal()

    def __init__(
        self,
        study: StudyState,
        jobs: Jobs,
        messages: Messages,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._study, self._jobs, self._messages, self._clock = study, jobs, messages, clock
        self.kind, self.count, self.category = PAIRS, USUAL, ""
        self.drawing = False
        self.result: SelfTestResult | None = None
        self._plan: tuple[TestTrial, ...] = ()
        self._answers: list[int] = []
        self._seconds: list[float] = []
        self._since = 0.0
        self._seed = self._turn = 0
        study.opened.connect(self.leave)

    @property
    def categories(self) -> tuple[Category, ...]:
        """The study's classes."""
        return self._study.categories

    @property
    def shown(self) -> ShownTrial | None:
        """The trial on the screen; None before a test and after it."""
        at = len(self._answers)
        if at >= len(self._plan):
            return None
        return ShownTrial(at + 1, len(self._plan), self._plan[at].images)

    def choose(self, kind: str, count: int, category: str) -> None:
        """What the next test is of: one of KINDS, so many trials, a class or "" for all."""
        if kind not in KINDS:
            raise ValueError(kind)
        self.kind, self.count, self.category = kind, count, category

    def begin(self, seed: int | None = None) -> None:
        """Draw a fresh test in the background; `seed` draws one again."""
        store = self._study.store
        if store is None or self.drawing:
            return
        self.leave()
        self.drawing = True
        self._seed = secrets.randbelow(_SEEDS) if seed is None else seed
        turn, wanted = self._turn, (self.kind, self.count, self.category, self._seed)
        self._jobs.small(
            lambda: draw_test(store, *wanted),
            lambda plan: self._drawn(turn, plan),
            lambda failure: self._not_drawn(turn, failure),
        )
        self.changed.emit()

    def answer(self, place: int) -> None:
        """Of a pair: the first (0) or second (1) is real; of one picture: real (0) or not (1).

        Within `SOONEST` of the trial's beginning nothing is heard.
        """
        if self.shown is None or place not in (0, 1):
            return
        now = self._clock()
        if now - self._since < SOONEST:
            return
        self._answers.append(place)
        self._seconds.append(now - self._since)
        self._since = now
        if len(self._answers) == len(self._plan):
            self.result = self._judged()
        self.changed.emit()

    def leave(self) -> None:
        """Give a test up, or put its result away."""
        self._turn += 1
        self._plan, self._answers, self._seconds = (), [], []
        self.result, self.drawing = None, False
        self.changed.emit()

    def _drawn(self, turn: int, plan: tuple[TestTrial, ...]) -> None:
        if turn != self._turn:
            return
        self._plan, self.drawing = plan, False
        self._since = self._clock()
        self.changed.emit()

    def _not_drawn(self, turn: int, failure: Failure) -> None:
        if turn == self._turn:
            self.drawing = False
            self._messages.error(failure.sentence, failure.details)
            self.changed.emit()

    def _judged(self) -> SelfTestResult:
        from studies.statistics.detection import binomial_test

        known = {category.code: category for category in self.categories}
        trials = tuple(
            Reviewed(known[one.category], one.images, one.real, said == one.real)
            for one, said in zip(self._plan, self._answers, strict=True)
        )
        right, n = sum(one.right for one in trials), len(trials)
        return SelfTestResult(
            self.kind,
            wilson(right, n),
            binomial_test(right, n, 0.5).p,
            self._d_prime(right, n),
            tuple(_of_class(known[code], trials) for code in _codes(known, trials)),
            tuple(self._seconds),
            self._seed,
            trials,
            *self._sided(),
        )

    def _d_prime(self, right: int, n: int) -> tuple[float, float, float] | None:
        from studies.statistics.detection import TwoByTwo, d_prime
        from studies.statistics.forced_choice import paired_d_prime

        if self.kind == PAIRS:
            paired: PairedSensitivity = paired_d_prime(right, n)
            return paired.value, paired.low, paired.high
        table = TwoByTwo(*self._cells(1))
        if not (table.signal and table.noise):
            return None
        found = d_prime(table)
        return found.value, found.low, found.high

    def _cells(self, word: int) -> tuple[int, int, int, int]:
        """How often `word` was said where it was true, not then, said falsely, rightly not."""
        cells = [0, 0, 0, 0]
        for one, said in zip(self._plan, self._answers, strict=True):
            cells[(0 if one.real == word else 2) + (0 if said == word else 1)] += 1
        return cells[0], cells[1], cells[2], cells[3]

    def _sided(self) -> tuple[_Estimated, _Estimated]:
        """d' and c of pairs that allow for a preferred side; None where one side never held it."""
        from studies.statistics.detection import TwoByTwo
        from studies.statistics.forced_choice import sided_d_prime

        table = TwoByTwo(*self._cells(0))
        if self.kind != PAIRS or not (table.signal and table.noise):
            return None, None
        found = sided_d_prime(table)
        own, side = found.d_prime, found.bias
        return (own.value, own.low, own.high), (side.value, side.low, side.high)


def _codes(known: dict[str, Category], trials: tuple[Reviewed, ...]) -> list[str]:
    """Classes that were shown, in the scheme's order."""
    there = {one.category.code for one in trials}
    return [code for code in known if code in there]


def _of_class(category: Category, trials: tuple[Reviewed, ...]) -> ClassShare:
    own = [one.right for one in trials if one.category == category]
    return ClassShare(category, wilson(sum(own), len(own)))
