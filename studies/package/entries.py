"""What a package's log holds besides answers: who reads, on which display, what was changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass

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


Entry = Questionnaire | DisplayCheck | Unusual | WindowChange | Feedback | Attempt
_KINDS: tuple[tuple[type, str], ...] = (
    (Questionnaire, "questionnaire"),
    (DisplayCheck, "display"),
    (Unusual, "unusual"),
    (WindowChange, "window"),
    (Feedback, "feedback"),
    (Attempt, "training"),
)


def kind_of(entry: Entry) -> str:
    """The kind of the event that holds an entry, e.g. "display"."""
    return next(kind for made, kind in _KINDS if isinstance(entry, made))


def payload_of(entry: Entry) -> str:
    """The canonical text of an entry, e.g. {"high":250.0,"low":-100.0}."""
    return canonical(asdict(entry))
