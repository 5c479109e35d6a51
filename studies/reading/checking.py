"""Answers that came back are answers to what was asked: a whole chain alone does not say so."""

from __future__ import annotations

import json
import math

from sqlalchemy import select
from sqlalchemy.orm import Session

from studies.chain import ChainEvent
from studies.errors import StudyError
from studies.model.reading import PartRow, ReaderRow, TrialRow
from studies.package import Response, response_of
from studies.protocols import confidence, diagnosis, real_or_synthetic
from studies.protocols.parts import AIDED
from studies.protocols.questions import asked
from studies.reading.stored import protocol_row, scheme_of

_DURATIONS = ("first_key_ms", "commit_ms", "active_ms", "idle_ms")
_COUNTS = ("focus_losses", "window_changes")


def check_answers(session: Session, part: PartRow, events: tuple[ChainEvent, ...]) -> None:
    """StudyError, naming the first row, for an answer that this part could not have been given.

    Whoever has the package can chain rows of their own: foreign trials, classes that were no
    choice, steps that do not exist and durations that are no times are refused.
    """
    trials = set(session.scalars(select(TrialRow.trial_id).where(TrialRow.part_id == part.id)))
    choices = _choices(session, part)
    steps = (1, 2) if part.condition == AIDED else (1,)
    for event in events:
        if event.kind != "response":
            continue
        response = response_of(event)
        if (
            event.trial_id != response.trial_id
            or event.trial_id not in trials
            or response.step not in steps
            or not _is_choice(response, choices)
            or not _is_timed(response)
        ):
            raise StudyError(
                f"Row {event.sequence} holds an answer that this package never asked for, so "
                "nothing was taken in. Keep the file and ask the reader for the package's folder."
            )


def _choices(session: Session, part: PartRow) -> dict[str, set[str]]:
    """The values that each question allows; a question that was not asked allows "" only."""
    reader = session.get_one(ReaderRow, part.reader_id)
    scheme = scheme_of(protocol_row(session, reader.protocol_id).scheme)
    questions = asked(tuple(json.loads(part.questions)), scheme)
    allowed = {code: {""} for code in (diagnosis.CODE, real_or_synthetic.CODE, confidence.CODE)}
    for question in questions:
        allowed[question.code] = {choice.value for choice in question.choices}
    return allowed


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
    durations = [getattr(response, name) for name in _DURATIONS]
    counts = [getattr(response, name) for name in _COUNTS]
    return (
        all(type(one) in (int, float) and math.isfinite(one) and one >= 0 for one in durations)
        and all(type(one) is int and one >= 0 for one in counts)
        and isinstance(response.shown_at, str)
    )
