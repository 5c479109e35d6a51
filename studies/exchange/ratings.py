"""A table of ratings: who answered what on which case, whatever file it came from."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from studies.errors import StudyError

ONE_CONDITION = "all"
POSITIVE = (
    "1", "true", "yes", "positive", "abnormal", "poor", "diseased", "malignant", "present",
)  # fmt: skip
NEGATIVE = (
    "0", "false", "no", "negative", "normal", "good", "healthy", "benign", "absent",
    "non-diseased",
)  # fmt: skip
_MISSING = ("na", "n/a", "nan", ".")
_WHOLE = 2.0**53  # up to here a float holds every whole number


@dataclass(frozen=True)
class Rating:
    """One answer of a file; an empty `value` is a missing answer. `line` counts from 1."""

    line: int
    reader: str
    condition: str
    case: str
    truth: str
    value: str
    sheet: str = ""
    patient: str = ""  # where the file names the patient beside the case

    @property
    def place(self) -> str:
        """Where it stands, as a sentence begins."""
        return f"Line {self.line}" + (f" of sheet {self.sheet}" if self.sheet else "")


@dataclass(frozen=True)
class Ratings:
    """All answers, with readers, conditions and cases in the order of the file."""

    rows: tuple[Rating, ...]

    @cached_property
    def readers(self) -> tuple[str, ...]:
        """Readers in order of appearance."""
        return tuple(dict.fromkeys(row.reader for row in self.rows))

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """Conditions in order of appearance."""
        return tuple(dict.fromkeys(row.condition for row in self.rows))

    @cached_property
    def truth(self) -> dict[str, str]:
        """Each case's truth, cases in order of appearance; empty where there is none."""
        return {row.case: row.truth for row in self.rows}

    @cached_property
    def shared_patients(self) -> int:
        """How many patients have several cases; 0 where the file does not name patients."""
        cases: dict[str, set[str]] = {}
        for row in self.rows:
            if row.patient:
                cases.setdefault(row.patient, set()).add(row.case)
        return sum(len(own) > 1 for own in cases.values())

    def only(self, readers: Iterable[str]) -> Ratings:
        """The answers of these readers."""
        kept = frozenset(readers)
        return Ratings(tuple(row for row in self.rows if row.reader in kept))


def checked(rows: Iterable[Rating]) -> Ratings:
    """The table, if no case has two truths and nobody answered twice.

    NA, NaN and a single dot as an answer or a truth are missing ones. A truth that differs in
    case, blanks or as 1 from 1.0 is the same, in the spelling that comes first for its case.
    Raises StudyError naming the line.
    """
    truth: dict[str, Rating] = {}
    seen: dict[tuple[str, str, str], Rating] = {}
    kept = []
    for row in map(_with_gaps, rows):
        key = (row.reader, row.condition, row.case)
        if key in seen:
            raise StudyError(
                f"{row.place}: reader {row.reader} has answered case {row.case} already, on "
                f"{_lower(seen[key])}."
            )
        first = truth.setdefault(row.case, row)
        if label(first.truth) != label(row.truth):
            raise StudyError(
                f"{row.place}: the truth of case {row.case} is '{row.truth}', but '{first.truth}' "
                f"on {_lower(first)}."
            )
        seen[key] = row
        kept.append(row if row.truth == first.truth else replace(row, truth=first.truth))
    if not kept:
        raise StudyError("There is no answer below the header. A row an answer is needed.")
    return Ratings(tuple(kept))


def _with_gaps(row: Rating) -> Rating:
    truth, value = _or_gap(row.truth), _or_gap(row.value)
    if (truth, value) == (row.truth, row.value):
        return row
    return replace(row, truth=truth, value=value)


def _or_gap(text: str) -> str:
    return "" if text.casefold() in _MISSING else text


def _lower(row: Rating) -> str:
    return row.place[0].lower() + row.place[1:]


def number(text: str) -> float | None:
    """A finite number, else None."""
    try:
        value = float(text if "_" not in text else "")  # Python alone takes 1_000 for a number
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def label(text: str) -> str:
    """What a class is known by: without case, with single blanks, a whole number as such.

    Example: label("Simple  Cyst") -> 'simple cyst'; label("1.0") -> '1'.
    """
    value = number(text)
    if value is not None and value.is_integer() and abs(value) < _WHOLE:
        return str(int(value))
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def sign(text: str) -> bool | None:
    """Truth as positive or negative, from 1 and 0 or the usual words; None for anything else."""
    plain = label(text)
    return True if plain in POSITIVE else False if plain in NEGATIVE else None


@dataclass(frozen=True)
class Graded:
    """What programs for ROC ratings take: rows with a number each, every case's truth as a sign."""

    rows: tuple[Rating, ...]
    positive: dict[str, bool]


def graded(ratings: Ratings, program: str) -> Graded:
    """The answered rows, for a program that knows numbers and two kinds of case only.

    Raises StudyError naming what the program cannot hold.
    """
    signs = {}
    for case, text in ratings.truth.items():
        found = sign(text)
        if found is None:
            raise StudyError(
                f"{program} knows positive and negative cases only; the truth of case {case} is "
                f"'{text}'. Export one class against the rest."
            )
        signs[case] = found
    rows = tuple(row for row in ratings.rows if row.value)
    for row in rows:
        if number(row.value) is None:
            raise StudyError(
                f"{program} takes numbers as ratings; reader {row.reader} answered "
                f"'{row.value}' on case {row.case}. Export the ratings of one class."
            )
    return Graded(rows, signs)
