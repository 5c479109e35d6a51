"""One open package: which trial is next, what was answered; verified as it opens."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from studies import receipt
from studies.chain import ChainEvent, ChainReport, canonical, follow
from studies.errors import SealedError, StudyError
from studies.package.contents import (
    Clock,
    PackageContents,
    PackageTrial,
    Response,
    parse_contents,
    response_json,
)
from studies.package.entries import Attempt, Entry, kind_of, payload_of
from studies.package.log import PackageLog, Row
from studies.package.pictures import PictureReading, is_whole, read_picture
from studies.package.standing import Standing
from studies.protocols.pipeline import from_bytes
from studies.records import FloatArray, Question

CLOCK_TOLERANCE_S = 2.0
FOLD_EVERY = 200
"""Events after which the write-ahead log is folded in, while the reader looks at a picture."""

HASHED_AT_OPENING = 64 << 20
"""Bytes. The pictures of a larger package (volumes) are hashed one by one as they are read."""


@dataclass(frozen=True)
class _Tick:
    """Both clocks at one moment."""

    wall: datetime
    monotonic_ns: int


class ReadingPackage:
    """An open package. Knows which trial is next and what was answered; knows no truth."""

    def __init__(self, log: PackageLog, folder: Path, clock: Clock) -> None:
        self._log = log
        self.folder = folder
        self._clock = clock
        self.contents: PackageContents = parse_contents(log.contents, folder)
        self.standing = Standing(self.contents)
        for event in log.events:
            self.standing.replay(event)
        self._waiting: list[Row] = []  # to be written with the next event
        self._signed = True
        self._last_tick: _Tick | None = None

    @classmethod
    def open(cls, folder: Path, clock: Clock | None = None) -> ReadingPackage:
        """Open and verify a package; StudyError naming the first bad row where it was changed."""
        folder = Path(folder)
        log = PackageLog(folder)
        try:
            package = cls(log, folder, clock or Clock())
            size = sum(package.contents.file_size or t.picture.size for t in package.trials)
            report = package._check(hash_pictures=size <= HASHED_AT_OPENING)
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
        """Number of trials that have an answer (aided ones: both)."""
        return self.standing.answered

    @property
    def position(self) -> int:
        """Index of the trial to show; `total` when all are answered."""
        return self.standing.position

    @property
    def current(self) -> PackageTrial | None:
        """The trial to show, None when all are answered."""
        return self.standing.current

    @property
    def events(self) -> tuple[ChainEvent, ...]:
        """The whole log."""
        return self._log.events

    @property
    def genesis(self) -> str:
        """The hash that binds the log to the contents."""
        return self._log.genesis

    def image(self, trial: PackageTrial) -> FloatArray:
        """The ROI of a trial: (64, 64) float32, 0..1. StudyError where it is gone or changed."""
        size = self.contents.file_size
        return from_bytes(read_picture(self.folder, trial, self._mask_key, size).tobytes())

    def picture(self, trial: PackageTrial) -> PictureReading:
        """A trial's picture, to be read from its file piece by piece."""
        size = self.contents.file_size
        return PictureReading(self.folder, trial, self._mask_key, size)

    def answer_of(self, trial: PackageTrial) -> Response | None:
        """The standing answer of a trial."""
        given = self.answers_of(trial)
        return given[-1] if given else None

    def answers_of(self, trial: PackageTrial) -> tuple[Response, ...]:
        """Every answer of a trial, first to last."""
        return self.standing.answers_of(trial)

    # --- what is recorded

    def record(self, response: Response, *then: Entry) -> None:
        """Append the answer to the current trial and what follows; synced before this returns.

        Raises SealedError for another trial or step, StudyError for an incomplete answer,
        ReadOnlyError where it could not be saved: then the position has not moved.
        """
        current = self.current
        if current is None or current.trial_id != response.trial_id:
            raise SealedError("This trial has its answer already; answers are never overwritten.")
        if response.step != self.standing.step:
            raise SealedError("The own answer comes before the opinion, and stays as it was.")
        self._check_complete(response)
        answer = self._row("response", response.trial_id, response_json(response, self.questions))
        follows = (self._row(kind_of(e), response.trial_id, payload_of(e)) for e in then)
        self._append(answer, *follows)

    def can_undo(self) -> bool:
        """Whether the previous trial may be opened again (each trial once, one step back)."""
        return self.standing.reopenable is not None

    def undo(self) -> PackageTrial:
        """Open the previous trial again; its first answer stays in the log. SealedError if not.

        Of an aided trial the second answer is opened again; the own one stays.
        """
        previous = self.standing.reopenable
        if previous is None:
            raise SealedError("Only the last trial can be opened again, and only once.")
        self._append(self._row("undo", previous.trial_id, "{}"))
        return previous

    def log(self, event: str, detail: str = "") -> None:
        """Append a session event: opened, pause, resume, break, focus, closed."""
        self._append(self._row(event, self._at_hand, canonical({"detail": detail})))

    def note(self, entry: Entry, *, at_once: bool = True) -> None:
        """Append an entry; one that is not needed `at_once` is written with the next event."""
        row = self._row(kind_of(entry), self._at_hand, payload_of(entry))
        if at_once:
            self._append(row)
        else:
            self._waiting.append(row)

    def has(self, kind: str) -> bool:
        """Whether the log holds an event of this kind, e.g. "questionnaire"."""
        return kind in self.standing.kinds

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Each pass through the training so far."""
        return self.standing.attempts

    def verify(self) -> ChainReport:
        """Check chain, kept head, receipt and images; names the first bad row."""
        return self._check(hash_pictures=True)

    def _check(self, *, hash_pictures: bool) -> ChainReport:
        head, bad = follow(self._log.genesis, self.events)
        state = receipt.check(self._receipt_name, self._log.genesis, self.events)
        if bad is None and head != self._log.kept_head:
            bad = min(head.count, self._log.kept_head.count) + 1
        damaged = bad is None and not all(
            is_whole(self.folder, trial, self.contents.file_size, thoroughly=hash_pictures)
            for trial in self.trials
        )
        if damaged:
            return ChainReport(
                self.title, head.count, 0, "A picture of this package was changed.", state
            )
        return ChainReport(
            self.title, len(self.events), bad, chain_sentence(len(self.events), bad, state), state
        )

    def settle(self) -> None:
        """What may wait until the next picture is on the screen: receipt and write-ahead log."""
        self.sign()
        self._log.fold(at_least=FOLD_EVERY)

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
        """Write what waits, sign and close the log."""
        if self._waiting:
            with contextlib.suppress(StudyError):
                self._append()
        self.sign()
        self._log.close()

    @property
    def _mask_key(self) -> str:
        return self.contents.uid if self.contents.masked else ""

    @property
    def _receipt_name(self) -> str:
        return f"{self.contents.uid}.reading"

    @property
    def _at_hand(self) -> str:
        current = self.current
        return current.trial_id if current else ""

    def _check_complete(self, response: Response) -> None:
        given = {
            "diagnosis": response.diagnosis,
            "origin": response.origin,
            "confidence": "" if response.confidence is None else str(response.confidence),
        }
        for question in self.questions:
            if given[question.code] not in {choice.value for choice in question.choices}:
                raise StudyError(f"Answer “{question.text}” before going on.")

    def _append(self, *rows: Row) -> None:
        """Write what waits and `rows` in one transaction."""
        jump = self._clock_jump()
        for event in self._log.append((*self._waiting, *jump, *rows)):
            self.standing.replay(event)
        self._waiting.clear()
        self._signed = False

    def _row(self, kind: str, trial_id: str, payload: str) -> Row:
        at = self._clock.wall().isoformat(timespec="milliseconds")
        return Row(kind, trial_id, payload, at, self._clock.monotonic_ns())

    def _clock_jump(self) -> tuple[Row, ...]:
        """Durations come from the monotonic clock; a jump of the wall clock is only noted."""
        now = _Tick(self._clock.wall(), self._clock.monotonic_ns())
        last, self._last_tick = self._last_tick, now
        if last is None:
            return ()
        passed = (now.monotonic_ns - last.monotonic_ns) / 1e9
        jump = (now.wall - last.wall).total_seconds() - passed
        if abs(jump) <= CLOCK_TOLERANCE_S:
            return ()
        return (self._row("clock jump", "", canonical({"seconds": round(jump, 3)})),)


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
