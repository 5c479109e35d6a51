"""A reading package: all that a reader's process opens, and nothing that tells class or origin.

A folder with `reading.sqlite` (questions, opaque trial ids in their order, the append-only log)
and `items/<trial id>.raw` (64x64 grey levels, one byte each, no header). The map from trial ids
to lesions, classes and generators stays in the coordinator's study. A package holds one stage.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from studies import receipt
from studies.chain import ChainEvent, ChainReport, canonical, follow
from studies.errors import NotAStudyError, ReadOnlyError, SealedError, StudyError
from studies.package_log import PackageLog, create_log
from studies.protocols.pipeline import from_bytes, image_hash
from studies.records import Choice, FloatArray, Question

CLOCK_TOLERANCE_S = 2.0
_OPAQUE = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class PackageTrial:
    """One presentation: an opaque id, and whether it is practice."""

    trial_id: str
    practice: bool
    sha256: str


@dataclass(frozen=True)
class PackageContents:
    """What a package presents. Its hash starts the reader's chain of answers."""

    uid: str
    title: str
    questions: tuple[Question, ...]
    trials: tuple[PackageTrial, ...]
    break_every: int = 50
    idle_seconds: float = 30.0


@dataclass(frozen=True)
class Response:
    """One answer. Questions that were not asked are "" or None. Durations from a monotonic clock.

    `first_key_ms` and `commit_ms` count from the moment the ROI was painted; `active_ms` is
    `commit_ms` without pauses; `idle_ms` is the part in gaps without input above the threshold.
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


@dataclass(frozen=True)
class Clock:
    """Wall clock (UTC) and monotonic clock (ns); tests give their own."""

    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic_ns: Callable[[], int] = time.monotonic_ns


def new_opaque() -> str:
    """An id from the system's CSPRNG, 128 bits in hexadecimal: it tells nothing."""
    return secrets.token_hex(16)


def contents_json(contents: PackageContents) -> str:
    """The canonical text of a package's contents."""
    return canonical({"format": 1, **asdict(contents)})


def create(folder: Path, contents: PackageContents, images: tuple[bytes, ...]) -> Path:
    """Write a new package; the folder appears whole or not at all.

    `images` are in trial order, as `protocols.pipeline.to_bytes` gives them. Files are written
    in the order of their ids and carry one date. Raises ReadOnlyError, SealedError (exists).
    """
    if folder.exists():
        raise SealedError(f"The reading package {folder.name} exists already and is not replaced.")
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        (temporary / "items").mkdir(parents=True)
        ordered = sorted(zip(contents.trials, images, strict=True), key=lambda one: one[0].trial_id)
        for trial, image in ordered:
            _write_synced(temporary / "items" / f"{trial.trial_id}.raw", image)
        create_log(temporary, contents_json(contents))
        temporary.replace(folder)
    except OSError as error:
        raise ReadOnlyError(
            f"The reading package could not be written to {folder.parent}: {error.strerror}. "
            "Free some space or choose another folder."
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


class ReadingPackage:
    """An open package. Knows which trial is next and what was answered; knows no truth."""

    def __init__(self, log: PackageLog, folder: Path, clock: Clock) -> None:
        self._log = log
        self.folder = folder
        self._clock = clock
        self.contents = _parse(log.contents, folder)
        self._answers: dict[str, tuple[Response, ...]] = {}
        self._reopened: set[str] = set()
        self._open_again = ""
        for event in log.events:
            self._replay(event)
        self._signed = True
        self._last_tick: tuple[datetime, int] | None = None

    @classmethod
    def open(cls, folder: Path, clock: Clock | None = None) -> ReadingPackage:
        """Open and verify a package; StudyError naming the first bad row where it was changed."""
        folder = Path(folder)
        log = PackageLog(folder)
        try:
            package = cls(log, folder, clock or Clock())
            report = package.verify()
            if not report.ok:
                raise StudyError(report.sentence)
        except StudyError:
            log.close()
            raise
        return package

    # --- what is shown

    @property
    def title(self) -> str:
        """The reader's name for this reading."""
        return self.contents.title

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions of every trial, in order."""
        return self.contents.questions

    @property
    def trials(self) -> tuple[PackageTrial, ...]:
        """Every trial in order, practice first."""
        return self.contents.trials

    @property
    def total(self) -> int:
        """Number of trials, with practice."""
        return len(self.trials)

    @property
    def answered(self) -> int:
        """Number of trials that have an answer."""
        return len(self._answers)

    @property
    def position(self) -> int:
        """Index of the trial to show; `total` when all are answered."""
        for index, trial in enumerate(self.trials):
            if trial.trial_id == self._open_again or trial.trial_id not in self._answers:
                return index
        return self.total

    @property
    def current(self) -> PackageTrial | None:
        """The trial to show, None when all are answered."""
        position = self.position
        return self.trials[position] if position < self.total else None

    @property
    def events(self) -> tuple[ChainEvent, ...]:
        """The whole log."""
        return self._log.events

    @property
    def genesis(self) -> str:
        """The hash that binds the log to the contents."""
        return self._log.genesis

    def image(self, trial: PackageTrial) -> FloatArray:
        """The ROI of a trial: (64, 64) float32, 0..1. StudyError where its file is gone."""
        return from_bytes(self._image_bytes(trial))

    def answer_of(self, trial: PackageTrial) -> Response | None:
        """The standing answer of a trial."""
        given = self._answers.get(trial.trial_id)
        return given[-1] if given else None

    def answers_of(self, trial: PackageTrial) -> tuple[Response, ...]:
        """Every answer of a trial, first to last."""
        return self._answers.get(trial.trial_id, ())

    # --- what is recorded

    def record(self, response: Response) -> None:
        """Append the answer to the current trial; it is synced before this returns.

        Raises SealedError for another trial, StudyError for an incomplete answer, ReadOnlyError
        where it could not be saved: then the position has not moved.
        """
        current = self.current
        if current is None or current.trial_id != response.trial_id:
            raise SealedError("This trial has its answer already; answers are never overwritten.")
        self._check_complete(response)
        self._append("response", response.trial_id, canonical(asdict(response)))

    def can_undo(self) -> bool:
        """Whether the previous trial may be opened again (each trial once, one step back)."""
        previous = self._previous()
        return previous is not None and previous.trial_id not in self._reopened

    def undo(self) -> PackageTrial:
        """Open the previous trial again; its first answer stays in the log. SealedError if not."""
        previous = self._previous()
        if previous is None or previous.trial_id in self._reopened:
            raise SealedError("Only the last trial can be opened again, and only once.")
        self._append("undo", previous.trial_id, "{}")
        return previous

    def log(self, event: str, detail: str = "") -> None:
        """Append a session event: opened, shown, pause, resume, break, focus, window, closed."""
        current = self.current
        self._append(event, current.trial_id if current else "", canonical({"detail": detail}))

    def verify(self) -> ChainReport:
        """Check chain, kept head, receipt and images; names the first bad row."""
        head, bad = follow(self._log.genesis, self.events)
        state = receipt.check(self._receipt_name, self._log.genesis, self.events)
        if bad is None and head != self._log.kept_head:
            bad = min(head.count, self._log.kept_head.count) + 1
        damaged = bad is None and any(not self._image_is_whole(trial) for trial in self.trials)
        if damaged:
            return ChainReport(
                self.title, head.count, 0, "A picture of this package was changed.", state
            )
        return ChainReport(
            self.title, len(self.events), bad, chain_sentence(len(self.events), bad, state), state
        )

    def sign(self) -> None:
        """Bring the receipt up to the log: after the next ROI is on the screen, and at the end.

        The answers are safe without it; a receipt may lag, and `verify` says when it does.
        """
        if self._signed:
            return
        with contextlib.suppress(OSError):
            receipt.write(self._receipt_name, self._log.head)
            self._signed = True

    def close(self) -> None:
        """Sign and close the log."""
        self.sign()
        self._log.close()

    @property
    def _receipt_name(self) -> str:
        return f"{self.contents.uid}.reading"

    def _previous(self) -> PackageTrial | None:
        position = self.position
        if self._open_again or position == 0:
            return None
        return self.trials[position - 1]

    def _check_complete(self, response: Response) -> None:
        given = {
            "diagnosis": response.diagnosis,
            "origin": response.origin,
            "confidence": "" if response.confidence is None else str(response.confidence),
        }
        for question in self.questions:
            if given[question.code] not in {choice.value for choice in question.choices}:
                raise StudyError(f"Answer “{question.text}” before going on.")

    def _append(self, kind: str, trial_id: str, payload: str) -> None:
        self._note_clock_jump()
        self._write(kind, trial_id, payload)
        self._signed = False

    def _write(self, kind: str, trial_id: str, payload: str) -> None:
        at = self._clock.wall().isoformat(timespec="milliseconds")
        event = self._log.append(kind, trial_id, payload, at, self._clock.monotonic_ns())
        self._replay(event)

    def _note_clock_jump(self) -> None:
        """Durations come from the monotonic clock; a jump of the wall clock is only noted."""
        wall, ticks = self._clock.wall(), self._clock.monotonic_ns()
        last, self._last_tick = self._last_tick, (wall, ticks)
        if last is None:
            return
        jump = (wall - last[0]).total_seconds() - (ticks - last[1]) / 1e9
        if abs(jump) > CLOCK_TOLERANCE_S:
            self._write("clock jump", "", canonical({"seconds": round(jump, 3)}))

    def _replay(self, event: ChainEvent) -> None:
        if event.kind == "response":
            response = response_of(event)
            self._answers[event.trial_id] = (*self._answers.get(event.trial_id, ()), response)
            self._open_again = ""
        elif event.kind == "undo":
            self._reopened.add(event.trial_id)
            self._open_again = event.trial_id

    def _image_bytes(self, trial: PackageTrial) -> bytes:
        try:
            return (self.folder / "items" / f"{trial.trial_id}.raw").read_bytes()
        except OSError as error:
            raise NotAStudyError(
                f"A picture of the package {self.folder.name} cannot be read ({error.strerror}). "
                "Check that its disk is connected; answers given so far are safe."
            ) from error

    def _image_is_whole(self, trial: PackageTrial) -> bool:
        return image_hash(self._image_bytes(trial)) == trial.sha256


def response_of(event: ChainEvent) -> Response:
    """The answer inside an event of kind `response`; StudyError where it is malformed."""
    try:
        return Response(**json.loads(event.payload))
    except (ValueError, TypeError) as error:
        raise StudyError(f"Row {event.sequence} of the log holds no readable answer.") from error


def chain_sentence(events: int, bad: int | None, state: str) -> str:
    """What was found in a chain and its receipt, in words."""
    if bad is not None:
        return f"Row {bad} of the log was changed, removed or moved after it was written."
    if state == "broken":
        return (
            "The log does not match its receipt on this computer: rows were cut off or rewritten."
        )
    known = {
        "matches": "and it ends where its receipt says.",
        "behind": "and it holds all that its receipt has seen.",
        "absent": "but this computer has no receipt, so a cut tail could not be noticed.",
    }
    return f"The chain of {events} rows is whole, {known[state]}"


def _parse(text: str, folder: Path) -> PackageContents:
    try:
        stored = json.loads(text)
        stored.pop("format")
        contents = PackageContents(**stored)
        questions = tuple(
            Question(q["code"], q["text"], tuple(Choice(**c) for c in q["choices"]))
            for q in stored["questions"]
        )
        trials = tuple(PackageTrial(**trial) for trial in stored["trials"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotAStudyError(f"The reading package {folder.name} is damaged.") from error
    if not all(_OPAQUE.fullmatch(trial.trial_id) for trial in trials):
        raise NotAStudyError(f"The reading package {folder.name} has trial ids that are not ours.")
    return replace(contents, questions=questions, trials=trials)


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.utime(path, (0, 0))
