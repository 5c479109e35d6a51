"""What came back is what was asked, in its order: a whole chain alone does not say so."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from studies.chain import ChainEvent, canonical
from studies.errors import StudyError
from studies.model.reading import PartRow, ReaderRow, TrialRow
from studies.package import (
    Attempt,
    Feedback,
    PackageContents,
    PackageTrial,
    Response,
    Unusual,
    response_of,
)
from studies.package.contents import parse_contents
from studies.package.entries import MOST_COUNTED, ClockJump, Logged, Undo, entry_of
from studies.package.standing import Standing
from studies.protocols import confidence, diagnosis, real_or_synthetic
from studies.protocols.questions import asked
from studies.reading.stored import protocol_row, scheme_of
from studies.records import Question

_LONGEST_MS = 366 * 24 * 3600 * 1000.0  # a trial that was left paused, and answered
_SAME_MS = 1.0  # what rounding may add
_LATER_MS = 1000.0  # the active time is read from the clock after the whole one
_MOST_NS = 2**63 - 1
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{3,6})?\+00:00")
_FIRST_YEAR, _LAST_YEAR = 1970, 2100  # a clock without its battery starts in 1970
_COUNTS = ("focus_losses", "window_changes")


def check_answers(
    session: Session, part: PartRow, events: tuple[ChainEvent, ...], merged: int
) -> None:
    """StudyError, naming the first row, for what this part's package could not have recorded.

    `events` are the whole chain; its first `merged` rows were taken in before and are replayed
    only. Whoever has the package can chain rows of their own: they are held against where the
    reading stood, so that an answer is to the trial at hand, of a choice that was offered, and
    takes the place of another only after an undo that was allowed at that moment.
    """
    replay = _Replay(_contents(session, part))
    for event in events:
        if event.sequence > merged and not replay.allows(event):
            what = (
                "an answer that this package never asked for"
                if event.kind == "response"
                else "an entry that this package never made"
            )
            raise StudyError(
                f"Row {event.sequence} holds {what}, so nothing was taken in. Keep the file and "
                "ask the reader for the package's folder."
            )
        replay.take(event)


class _Replay:
    """Takes a chain row by row, as the reading wrote it."""

    def __init__(self, contents: PackageContents) -> None:
        self._standing = Standing(contents)
        self._trials = {trial.trial_id: trial for trial in contents.trials}
        self._choices = _choices(contents.questions)
        self._last: ChainEvent | None = None  # clock jumps left out
        self._passed = False  # the last answer ended a pass through the training

    def take(self, event: ChainEvent) -> None:
        """Go on past a row."""
        passes = len(self._standing.attempts)
        self._standing.replay(event)
        if event.kind == "response":
            self._passed = len(self._standing.attempts) > passes
        if event.kind != "clock jump":
            self._last = event

    def allows(self, event: ChainEvent) -> bool:
        """Whether the reading could have written this row now."""
        if not (_is_moment(event.at) and _is_ticks(event.monotonic_ns)):
            return False
        if event.kind == "response":
            return self._allows_answer(event)
        try:
            entry = entry_of(event.kind, event.payload)
        except ValueError:
            return False
        return self._allows_entry(event, entry)

    def _allows_answer(self, event: ChainEvent) -> bool:
        trial, response = self._standing.current, _readable(event)
        return (
            trial is not None
            and response is not None
            and event.trial_id == response.trial_id == trial.trial_id
            and type(response.step) is int
            and response.step == self._standing.step
            and _is_choice(response, self._choices)
            and _is_timed(response)
        )

    def _allows_entry(self, event: ChainEvent, entry: Logged) -> bool:
        match entry:
            case Undo():
                opened = self._standing.reopenable
                return opened is not None and event.trial_id == opened.trial_id
            case ClockJump():
                return event.trial_id == ""
            case Feedback(right):
                return self._taught(event.trial_id) is right
            case Attempt():
                due = self._passed and self._follows("feedback")
                return due and entry == self._standing.attempts[-1] and self._is_here(event)
            case Unusual():
                asked_now = self._standing.current is None and "unusual" not in self._standing.kinds
                return asked_now and self._is_here(event)
        return self._is_here(event)

    def _is_here(self, event: ChainEvent) -> bool:
        """Whether a row names the trial at hand, or the one with whose answer it was written."""
        trial = self._standing.current
        if event.trial_id == (trial.trial_id if trial else ""):
            return True
        return self._follows("response") and self._answered() == event.trial_id

    def _follows(self, kind: str) -> bool:
        return self._last is not None and self._last.kind == kind

    def _answered(self) -> str:
        return self._last.trial_id if self._last else ""

    def _taught(self, trial_id: str) -> bool | None:
        """Whether the training trial just answered was answered right; None where none was."""
        trial = self._trials.get(trial_id)
        due = trial and self._follows("response") and self._answered() == trial_id
        if not (due and trial and self._standing.is_training(trial)):
            return None
        given = self._standing.answers_of(trial)[-1]
        return None if trial.opinion and given.step == 1 else given.diagnosis == trial.right


def _contents(session: Session, part: PartRow) -> PackageContents:
    """What the part presented; of the first version, whose trials were all plain, its order."""
    if part.contents:
        return parse_contents(part.contents, Path("package"))
    rows = session.scalars(
        select(TrialRow).where(TrialRow.part_id == part.id).order_by(TrialRow.position)
    )
    reader = session.get_one(ReaderRow, part.reader_id)
    scheme = scheme_of(protocol_row(session, reader.protocol_id).scheme)
    return PackageContents(
        uid=part.uid,
        title=reader.pseudonym,
        questions=asked(tuple(json.loads(part.questions)), scheme),
        trials=tuple(PackageTrial(row.trial_id, row.practice, "") for row in rows),
    )


def _choices(questions: tuple[Question, ...]) -> dict[str, set[str]]:
    """The values that each question allows; a question that was not asked allows "" only."""
    allowed = {code: {""} for code in (diagnosis.CODE, real_or_synthetic.CODE, confidence.CODE)}
    for question in questions:
        allowed[question.code] = {choice.value for choice in question.choices}
    return allowed


def _readable(event: ChainEvent) -> Response | None:
    """The answer of a row; None where it has other fields, or is not the text that was written."""
    try:
        response = response_of(event)
        return response if canonical(json.loads(event.payload)) == event.payload else None
    except (StudyError, ValueError, RecursionError):
        return None


def _is_choice(response: Response, allowed: dict[str, set[str]]) -> bool:
    sure = response.confidence
    if sure is not None and type(sure) is not int:
        return False
    given = (
        (diagnosis.CODE, response.diagnosis),
        (real_or_synthetic.CODE, response.origin),
        (confidence.CODE, "" if sure is None else str(sure)),
    )
    return all(isinstance(value, str) and value in allowed[code] for code, value in given)


def _is_timed(response: Response) -> bool:
    """Whether the times are those of a trial: no part of it is longer than the whole."""
    whole = response.commit_ms
    return (
        _is_span(whole, _LONGEST_MS)
        and _is_span(response.first_key_ms, whole + _SAME_MS)
        and _is_span(response.idle_ms, whole + _SAME_MS)
        and _is_span(response.active_ms, whole + _LATER_MS)
        and all(_is_count(getattr(response, name)) for name in _COUNTS)
        and _is_moment(response.shown_at)
    )


def _is_span(value: object, longest: float) -> bool:
    """A number of ms from 0; NaN and infinity are between no bounds."""
    return type(value) in (int, float) and 0 <= value <= longest  # type: ignore[operator]


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MOST_COUNTED


def _is_ticks(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MOST_NS


def _is_moment(value: object) -> bool:
    """UTC as it is written everywhere, of a year in which this program could be run."""
    if not (isinstance(value, str) and _MOMENT.fullmatch(value)):
        return False
    try:
        return _FIRST_YEAR <= datetime.fromisoformat(value).year <= _LAST_YEAR
    except ValueError:
        return False
