"""A table of ratings: who answered what on which case, whatever file it came from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from studies.errors import StudyError

ONE_CONDITION = "all"
POSITIVE = (
    "1", "1.0", "true", "yes", "positive", "abnormal", "poor", "diseased", "malignant", "present",
)  # fmt: skip
NEGATIVE = (
    "0", "0.0", "false", "no", "negative", "normal", "good", "healthy", "benign", "absent",
    "non-diseased",
)  # fmt: skip
_MISSING = ("na", "n/a", "nan", ".")


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

    def only(self, readers: Iterable[str]) -> Ratings:
        """The answers of these readers."""
        kept = frozenset(readers)
        return Ratings(tuple(row for row in self.rows if row.reader in kept))


def checked(rows: Iterable[Rating]) -> Ratings:
    """The table, if no case has two truths and nobody answered twice.

    NA, NaN and a single dot as an answer are missing ones. Raises StudyError naming the line.
    """
    truth: dict[str, Rating] = {}
    seen: dict[tuple[str, str, str], Rating] = {}
    kept = []
    for row in rows:
        key = (row.reader, row.condition, row.case)
        if key in seen:
            raise StudyError(
                f"{row.place}: reader {row.reader} has answered case {row.case} already, on "
                f"{_lower(seen[key])}."
            )
        first = truth.setdefault(row.case, row)
        if first.truth != row.truth:
            raise StudyError(
                f"{row.place}: the truth of case {row.case} is '{row.truth}', but '{first.truth}' "
                f"on {_lower(first)}."
            )
        seen[key] = row
        kept.append(_with_gaps(row))
    if not kept:
        raise StudyError("There is no answer below the header. A row an answer is needed.")
    return Ratings(tuple(kept))


def _with_gaps(row: Rating) -> Rating:
    if row.value.casefold() not in _MISSING:
        return row
    return Rating(row.line, row.reader, row.condition, row.case, row.truth, "", row.sheet)


def _lower(row: Rating) -> str:
    return row.place[0].lower() + row.place[1:]


def number(text: str) -> float | None:
    """A finite number, else None."""
    try:
        value = float(text if "_" not in text else "")  # Python alone takes 1_000 for a number
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def sign(text: str) -> bool | None:
    """Truth as positive or negative, from 1 and 0 or the usual words; None for anything else."""
    plain = text.casefold()
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
