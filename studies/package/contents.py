"""What a reading package presents and what it records, and their canonical text."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from studies.chain import ChainEvent, canonical
from studies.errors import NotAStudyError, StudyError
from studies.package.masking import masked_text, unmasked_text
from studies.records import Choice, Question

FORMAT = 4
"""1 had single 64x64 ROIs only, 2 pictures without a mask, 3 masked pictures in files of their own
sizes beside plain contents; all are read as well."""

GREY, HU = "uint8", "int16"
_OPAQUE = re.compile(r"[0-9a-f]{32}")
_TOLD = ("right", "opinion", "picture", "note")  # of a trial; alike in both of a repeat
_NOT_ASKED: dict[str, object] = {"diagnosis": "", "origin": "", "confidence": None}


@dataclass(frozen=True)
class Picture:
    """How a trial's picture lies in its file: (slices, rows, columns), C order, no header.

    The default is the ROI: 64x64 grey levels of one byte. A slice or volume is `uint8` grey
    levels or `int16` little-endian HU, shown in `window` (HU). `key` is the index of the lesion's
    slice; `ring` (x, y, radius in px, corner origin) marks the lesion there. Spacings in mm, 0
    where unknown.
    """

    slices: int = 1
    rows: int = 64
    columns: int = 64
    values: str = GREY  # GREY | HU
    key: int = 0
    row_spacing: float = 0.0
    column_spacing: float = 0.0
    slice_spacing: float = 0.0
    ring: tuple[float, float, float] | None = None
    window: tuple[float, float] = (0.0, 255.0)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.slices * self.rows * self.columns * (1 if self.values == GREY else 2)


@dataclass(frozen=True)
class PackageTrial:
    """One presentation: an opaque id, and whether it is practice.

    `right` is the class that feedback names after a training trial ("" for all others: a trial
    of the study never carries its truth). `opinion` is a network's probabilities, in the order of
    the classes, shown after the reader's own answer (condition aided). `note` is the case's
    clinical note, plain text, where the protocol shows notes. `sha256` is of the file as it lies
    there.
    """

    trial_id: str
    practice: bool
    sha256: str
    right: str = ""
    opinion: tuple[float, ...] = ()
    picture: Picture = Picture()
    note: str = ""


@dataclass(frozen=True)
class PackageContents:
    """What a package presents. Its hash starts the chain of answers. Nothing names the stage."""

    uid: str
    title: str
    questions: tuple[Question, ...]
    trials: tuple[PackageTrial, ...]
    break_every: int = 50
    idle_seconds: float = 30.0
    display_check: bool = False  # display and questionnaire before the first trial of a sitting
    ask_unusual: bool = False  # at the end: did you notice anything unusual?
    pass_mark: float = 0.0  # share of the training trials to get right, 0 = none asked
    window_locked: bool = True  # of slices and volumes; else changes are logged
    not_before: str = ""  # UTC; the washout ends then, "" = at once
    plan: str = ""  # digest of what each trial shows; the study alone can tell what it says
    masked: bool = False  # whether nothing of one picture is alike twice (studies.package.masking)
    file_size: int = 0  # bytes of every picture's file, filled up; 0 = each as its picture


@dataclass(frozen=True)
class Response:
    """One answer. Questions that were not asked are "" or None. Durations from a monotonic clock.

    `first_key_ms` and `commit_ms` count from the moment the ROI was painted; `active_ms` is
    `commit_ms` without pauses; `idle_ms` is the part in gaps without input above the threshold.
    `step` is 1 for the reader's own answer, 2 for the one after the network's opinion.
    """

    trial_id: str
    diagnosis: str
    origin: str
    confidence: int | None
    shown_at: str
    first_key_ms: float
    commit_ms: float
    active_ms: float
    focus_losses: int = 0
    window_changes: int = 0
    idle_ms: float = 0.0
    step: int = 1


@dataclass(frozen=True)
class Clock:
    """Wall clock (UTC) and monotonic clock (ns); tests give their own."""

    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic_ns: Callable[[], int] = time.monotonic_ns


def new_opaque() -> str:
    """An id from the system's CSPRNG, 128 bits in hexadecimal: it tells nothing."""
    return secrets.token_hex(16)


def contents_json(contents: PackageContents) -> str:
    """The canonical text of a package's contents.

    In a masked package what belongs to a trial's picture is masked too, and of one length: ring,
    spacing, note and opinion would tell both presentations of an item from all others.
    """
    stored = asdict(contents)
    if contents.masked:
        stored["trials"] = _masked_trials(contents.uid, stored["trials"])
    return canonical({"format": FORMAT, **stored})


def parse_contents(text: str, folder: Path) -> PackageContents:
    """Contents of a canonical text; NotAStudyError where it is damaged or not ours."""
    try:
        stored = json.loads(text)
        newer = stored.pop("format") > FORMAT
        if newer:
            raise NotAStudyError(
                f"The reading package {folder.name} was made by a newer version of Blindread. "
                "Install that version to read it."
            )
        contents = PackageContents(**stored)
        questions = tuple(
            Question(q["code"], q["text"], tuple(Choice(**c) for c in q["choices"]))
            for q in stored["questions"]
        )
        trials = tuple(_trial(trial, contents.uid) for trial in stored["trials"])
        if 0 < contents.file_size < max((trial.picture.size for trial in trials), default=0):
            raise ValueError("a picture does not fit into its file")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotAStudyError(f"The reading package {folder.name} is damaged.") from error
    ids = [trial.trial_id for trial in trials]
    if not all(isinstance(one, str) and _OPAQUE.fullmatch(one) for one in ids):
        raise NotAStudyError(f"The reading package {folder.name} has trial ids that are not ours.")
    return replace(contents, questions=questions, trials=trials)


def response_json(response: Response, questions: tuple[Question, ...]) -> str:
    """The canonical text of an answer; what was not asked is not named, not even as empty.

    A package of the class alone must not tell its reader that there is an origin to ask for.
    """
    asked = {question.code for question in questions}
    stored = asdict(response)
    return canonical({k: v for k, v in stored.items() if k in asked or k not in _NOT_ASKED})


def response_of(event: ChainEvent) -> Response:
    """The answer inside an event of kind `response`; StudyError where it is malformed.

    Questions that it does not name were not asked; earlier versions named them as empty.
    """
    try:
        return Response(**{**_NOT_ASKED, **json.loads(event.payload)})
    except (ValueError, TypeError, RecursionError) as error:
        raise StudyError(f"Row {event.sequence} of the log holds no readable answer.") from error


def _masked_trials(uid: str, trials: list[dict[str, object]]) -> list[dict[str, object]]:
    told = [canonical({name: trial[name] for name in _TOLD}) for trial in trials]
    size = max((len(text.encode()) for text in told), default=0)
    return [
        {
            **{name: value for name, value in trial.items() if name not in _TOLD},
            "shown": masked_text(uid, str(trial["trial_id"]), text, size),
        }
        for trial, text in zip(trials, told, strict=True)
    ]


def _trial(stored: dict[str, object], uid: str) -> PackageTrial:
    if "shown" in stored:
        shown = unmasked_text(uid, str(stored["trial_id"]), str(stored.pop("shown")))
        stored = {**stored, **json.loads(shown)}
    trial = PackageTrial(**stored)  # type: ignore[arg-type]
    picture = trial.picture
    if isinstance(picture, dict):
        picture = Picture(**picture)
        ring, window = picture.ring, picture.window
        picture = replace(
            picture,
            ring=None if ring is None else (ring[0], ring[1], ring[2]),
            window=(window[0], window[1]),
        )
    return replace(trial, opinion=tuple(trial.opinion), picture=picture)
