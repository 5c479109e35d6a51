"""Answers come home: a package's chain is verified and copied, row by row, never changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from studies.chain import ChainEvent, ChainHead, canonical, digest, link
from studies.clock import now
from studies.errors import SealedError, StudyError
from studies.model.reading import (
    EventRow,
    HeadRow,
    ItemRow,
    ReaderRow,
    ResponseRow,
    TrialRow,
)
from studies.package import ReadingPackage, Response, new_opaque, response_of
from studies.reading.enrolment import next_number, reader_record, reader_row, save_reader, sign
from studies.reading.stored import protocol_row, scheme_of, unblinding
from studies.records import ReaderRecord
from studies.store import Store


@dataclass(frozen=True)
class ModelAnswer:
    """A network's answer to one sealed item; `probabilities` in the order of the scheme."""

    item: int
    diagnosis: str
    probabilities: tuple[float, ...] = ()


def merge(store: Store, reader_id: int) -> ReaderRecord:
    """Verify a reader's package and copy its new rows into the study.

    Raises StudyError when the package is absent, was changed, or differs from what was merged
    before; SealedError for new answers after unblinding. Nothing is copied then.
    """
    with store.snapshot() as session:
        reader = reader_row(session, reader_id)
        folder = store.folder / reader.package if reader.package else None
        genesis = reader.genesis
    if folder is None:
        raise StudyError("A network's answers lie in the study already; there is no package.")
    package = ReadingPackage.open(folder)
    try:
        events = package.events
        if package.genesis != genesis:
            raise StudyError("This package is not the one that was made for this reader.")
    finally:
        package.close()
    return _copy(store, reader_id, events)


def record_model_reading(
    store: Store, name: str, note: str, answers: tuple[ModelAnswer, ...]
) -> ReaderRecord:
    """A trained network as a Reader of kind model: its classes for items of the newest protocol.

    Real or synthetic stays unanswered. Raises StudyError for foreign items or classes.
    """
    with store.transaction() as session:
        sealed = protocol_row(session, None)
        number = next_number(session, sealed, name.strip())
        _check_model_answers(session, sealed.id, set(scheme_of(sealed.scheme).codes), answers)
        uid = new_opaque()
        row = ReaderRow(
            protocol_id=sealed.id,
            number=number,
            pseudonym=name.strip(),
            kind="model",
            note=note.strip(),
            uid=uid,
            order_seed=0,
            algorithm="order of items",
            package="",
            genesis=digest(canonical([uid, name, note])),
            enrolled=now(),
        )
        trials = [_model_trial(answer, place) for place, answer in enumerate(answers)]
        save_reader(session, row, trials)
        events = _model_events(row.genesis, answers, trials)
        _insert(session, row, events)
        record = reader_record(store, session, row)
    sign(uid, ChainHead(events[-1].sequence, events[-1].hash))
    return record


def _copy(store: Store, reader_id: int, events: tuple[ChainEvent, ...]) -> ReaderRecord:
    with store.transaction() as session:
        reader = reader_row(session, reader_id)
        head = session.get_one(HeadRow, reader_id)
        known = events[head.count - 1].hash if 0 < head.count <= len(events) else reader.genesis
        if head.count > len(events) or known != head.hash:
            raise StudyError(
                f"The package of {reader.pseudonym} differs from the {head.count} rows merged "
                "before. Keep both and run Verify; nothing was copied."
            )
        fresh = events[head.count :]
        if fresh and unblinding(session, reader.protocol_id) is not None:
            raise SealedError(
                f"{reader.pseudonym} has gone on after this version was unblinded. Those answers "
                "are not blinded and stay in the package."
            )
        if fresh:
            _insert(session, reader, fresh)
        record = reader_record(store, session, reader)
        uid = reader.uid
    if fresh:
        sign(uid, ChainHead(events[-1].sequence, events[-1].hash))
    return record


def _insert(session: Session, reader: ReaderRow, events: tuple[ChainEvent, ...]) -> None:
    rows = [EventRow(reader_id=reader.id, **asdict(event)) for event in events]
    session.add_all(rows)
    session.flush()
    attempts = _attempts(session, reader.id)
    for row, event in zip(rows, events, strict=True):
        if event.kind == "response":
            attempts[event.trial_id] = attempts.get(event.trial_id, 0) + 1
            session.add(_response_row(row, response_of(event), attempts[event.trial_id]))
    head = session.get_one(HeadRow, reader.id)
    head.count, head.hash, head.merged = events[-1].sequence, events[-1].hash, now()
    session.flush()


def _attempts(session: Session, reader_id: int) -> dict[str, int]:
    query = select(ResponseRow.trial_id, ResponseRow.attempt).where(
        ResponseRow.reader_id == reader_id
    )
    counted: dict[str, int] = {}
    for trial_id, attempt in session.execute(query):
        counted[trial_id] = max(counted.get(trial_id, 0), attempt)
    return counted


def _response_row(event: EventRow, response: Response, attempt: int) -> ResponseRow:
    return ResponseRow(
        event_id=event.id, reader_id=event.reader_id, attempt=attempt, **asdict(response)
    )


def _check_model_answers(
    session: Session, protocol_id: int, codes: set[str], answers: tuple[ModelAnswer, ...]
) -> None:
    query = select(ItemRow.id).where(
        ItemRow.protocol_id == protocol_id, ItemRow.practice.is_(False)
    )
    items = set(session.scalars(query))
    read = [answer.item for answer in answers]
    if not answers or len(set(read)) < len(read) or not set(read) <= items:
        raise StudyError("A network answers items of the newest protocol, each of them once.")
    if not {answer.diagnosis for answer in answers} <= codes:
        raise StudyError("The network knows other classes than this protocol. Train it anew.")


def _model_trial(answer: ModelAnswer, place: int) -> TrialRow:
    return TrialRow(
        position=place,
        trial_id=new_opaque(),
        item_id=answer.item,
        practice=False,
        repeat=False,
        flipped=False,
    )


def _model_events(
    genesis: str, answers: tuple[ModelAnswer, ...], trials: list[TrialRow]
) -> tuple[ChainEvent, ...]:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    head, events = ChainHead(0, genesis), []
    for answer, trial in zip(answers, trials, strict=True):
        response = Response(trial.trial_id, answer.diagnosis, "", None, at, 0.0, 0.0, 0.0)
        stated = canonical({"probabilities": [round(p, 6) for p in answer.probabilities]})
        for kind, payload in (("output", stated), ("response", canonical(asdict(response)))):
            event = link(head, kind, trial.trial_id, payload, at, 0)
            head = ChainHead(event.sequence, event.hash)
            events.append(event)
    return tuple(events)
