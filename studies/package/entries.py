"""What a package's log holds besides answers: who reads, on which display, what was changed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

from studies.chain import canonical


@dataclass(frozen=True)
class Questionnaire:
    """Who reads: `years` of experience and the speciality. Asked once in a package."""

    years: int
    speciality: str
    remark: str = ""


@dataclass(frozen=True)
class DisplayCheck:
    """The display before a sitting: size in px, scaling, and how many grey steps were seen.

    `width` and `height` are device px; `scale` is device px in one logical px. `steps_seen` is 0
    where fewer were seen than the page offers.
    """

    width: int
    height: int
    scale: float
    steps_seen: int


@dataclass(frozen=True)
class Unusual:
    """The answer to: did you notice anything unusual about these pictures?"""

    noticed: bool
    text: str = ""


@dataclass(frozen=True)
class WindowChange:
    """The window after a change, in the picture's values (HU): `low` black, `high` white."""

    low: float
    high: float


@dataclass(frozen=True)
class Feedback:
    """That the right class was named after a training trial, and whether it had been given."""

    right: bool


@dataclass(frozen=True)
class Attempt:
    """One pass through the training: `right` of `of` trials. Below the mark it starts over."""

    right: int
    of: int


@dataclass(frozen=True)
class Detail:
    """What a row about the sitting adds to its kind: to "shown" how large an ROI stood there."""

    detail: str = ""


@dataclass(frozen=True)
class ClockJump:
    """By how many seconds the wall clock was set, forward or back."""

    seconds: float


@dataclass(frozen=True)
class Undo:
    """That the last trial was opened again; its row names the trial."""


Entry = Questionnaire | DisplayCheck | Unusual | WindowChange | Feedback | Attempt
Logged = Entry | Detail | ClockJump | Undo
"""What a row that is no answer can hold."""

_ENTRIES: dict[str, type[Entry]] = {
    "questionnaire": Questionnaire,
    "display": DisplayCheck,
    "unusual": Unusual,
    "window": WindowChange,
    "feedback": Feedback,
    "training": Attempt,
}
_SITTING = (
    "opened", "closed", "pause", "resume", "break offered", "break ended", "focus lost",
    "focus gained", "shown",
)  # fmt: skip
_KINDS: dict[str, type[Logged]] = {
    **dict.fromkeys(_SITTING, Detail),
    **_ENTRIES,
    "clock jump": ClockJump,
    "undo": Undo,
}
"""Every kind of row that a reading writes or wrote, but for the answers ("response")."""

MOST_COUNTED = 1_000_000
"""More px, steps, focus losses or trials than any reading has."""

_LONGEST = 2_000  # characters; the fields of the screen take fewer
_FARTHEST = 1e10  # seconds or grey values: two hundred years of a clock that was set wrong
_MOST_YEARS = 120


def kind_of(entry: Entry) -> str:
    """The kind of the event that holds an entry, e.g. "display"."""
    return next(kind for kind, made in _ENTRIES.items() if made is type(entry))


def payload_of(entry: Entry) -> str:
    """The canonical text of an entry, e.g. {"high":250.0,"low":-100.0}."""
    return canonical(asdict(entry))


def entry_of(kind: str, payload: str) -> Logged:
    """What a row of this kind holds, as `payload_of` or the package wrote it.

    Raises ValueError for a kind that no reading writes (answers: see `response_of`), and for a
    payload that is not canonical, has other fields, or values of no such type or size.
    """
    made = _KINDS.get(kind)
    if made is None:
        raise ValueError("no kind of row that a reading writes")
    try:
        stored = json.loads(payload)
        is_ours = canonical(stored) == payload  # so no field stands there twice
        entry = made(**stored)
    except (TypeError, RecursionError) as error:
        raise ValueError("no such entry") from error
    if not (is_ours and _has_types(entry) and _makes_sense(entry)):
        raise ValueError("values that were never entered")
    return entry


def _has_types(entry: Logged) -> bool:
    return all(_is_of(str(field.type), getattr(entry, field.name)) for field in fields(entry))


def _is_of(named: str, value: object) -> bool:
    """Whether a value is of the type that a field names, and of a size that occurs."""
    if named == "bool":
        return type(value) is bool
    if named == "int":
        return type(value) is int and 0 <= value <= MOST_COUNTED
    if named == "float":
        return type(value) in (int, float) and -_FARTHEST <= value <= _FARTHEST  # type: ignore[operator]
    return isinstance(value, str) and len(value) <= _LONGEST


def _makes_sense(entry: Logged) -> bool:
    match entry:
        case Questionnaire(years=years):
            return years <= _MOST_YEARS
        case DisplayCheck(scale=scale):
            return scale > 0
        case WindowChange(low, high):
            return low < high
        case Attempt(right, of):
            return right <= of
    return True
