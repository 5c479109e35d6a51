"""The answers of one protocol gathered into readings: a reader under a condition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studies.protocols.parts import AIDED, BOTH, CONDITIONS, ROI, STAGE_A, STAGE_B
from studies.records import AnswerRecord

Answers = tuple[AnswerRecord, ...]
OWN = "own"
"""The reader's own answer of a trial that showed a network's opinion afterwards."""
CONDITION_WORDS = (
    (ROI, "ROI"),
    (OWN, "before aid"),
    ("slice", "slice"),
    ("volume", "volume"),
    (AIDED, "aided"),
)
_ORDER = (ROI, OWN, *(one for one in CONDITIONS if one != ROI))


@dataclass(frozen=True)
class Reading:
    """What one reader answered under one condition: a row of Table 4.

    `class_answers` were asked the class and `origin_answers` the origin: stages A and B of a
    reading in two stages, else the same answers. Hidden repeats are among both. `is_main` marks
    the reading that stands for the reader; the others are compared with it.
    """

    name: str
    reader: str
    kind: str  # person | model | simulated
    condition: str  # roi | own | slice | volume | aided
    is_main: bool
    class_answers: Answers
    origin_answers: Answers

    @property
    def is_staged(self) -> bool:
        """Whether class and origin were read in two stages."""
        return any(a.stage == STAGE_B for a in self.origin_answers)

    @property
    def asked(self) -> Answers:
        """Answers with a class, hidden repeats left out."""
        return tuple(a for a in self.class_answers if a.diagnosis and not a.repeat)

    @property
    def asked_origin(self) -> Answers:
        """Answers with an origin, hidden repeats left out."""
        return tuple(a for a in self.origin_answers if a.origin and not a.repeat)


def condition_words(condition: str) -> str:
    """A condition as tables write it: `slice`, `aided`, `before aid`, `ROI`."""
    return dict(CONDITION_WORDS).get(condition, condition)


def condition_rank(condition: str, planned: Sequence[str] = ()) -> int:
    """Where a condition stands: in the order the protocol plans them, unplanned ones ROI first.

    The own answers of aided trials come before the aided ones. Differences of conditions are
    everywhere the one that stands first minus the other.
    """
    pairs = ((OWN, AIDED) if name == AIDED else (name,) for name in planned)
    order = list(dict.fromkeys((*(name for pair in pairs for name in pair), *_ORDER)))
    return order.index(condition) if condition in order else len(order)


def readings(answers: Iterable[AnswerRecord]) -> tuple[Reading, ...]:
    """Every reading: readers in order of appearance, people before networks, ROI first.

    A reader in two stages is one reading. Each further condition is one of its own, and so is the
    own answer of a trial with a network's opinion. Example: answers of stages A and B and of the
    condition slice by Reader 1 -> "Reader 1" and "Reader 1, slice".
    """
    given = tuple(answers)
    names = dict.fromkeys((a.reader_kind == "model", a.reader) for a in given)
    found = []
    for _, name in sorted(names, key=lambda key: key[0]):
        found += _of_reader(tuple(a for a in given if a.reader == name))
    return tuple(found)


def main_readings(found: Iterable[Reading]) -> tuple[Reading, ...]:
    """The reading that stands for each reader."""
    return tuple(one for one in found if one.is_main)


def _of_reader(own: Answers) -> list[Reading]:
    by_condition: dict[str, list[AnswerRecord]] = {}
    for answer in own:
        by_condition.setdefault(_condition(answer), []).append(answer)
    ordered = sorted(by_condition, key=condition_rank)
    return [_reading(key, by_condition[key], key == ordered[0]) for key in ordered]


def _condition(answer: AnswerRecord) -> str:
    return OWN if answer.condition == AIDED and answer.step == 1 else answer.condition


def _reading(condition: str, answers: list[AnswerRecord], is_main: bool) -> Reading:
    first = answers[0]
    name = first.reader if condition == ROI else f"{first.reader}, {condition_words(condition)}"
    return Reading(
        name,
        first.reader,
        first.reader_kind,
        condition,
        is_main,
        tuple(a for a in answers if a.stage in (BOTH, STAGE_A)),
        tuple(a for a in answers if a.stage in (BOTH, STAGE_B)),
    )
