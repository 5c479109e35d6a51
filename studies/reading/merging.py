"""Answers come home: a package's chain is verified and copied, row by row, never changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from studies.access import COORDINATOR, require
from studies.chain import ChainEvent, ChainHead, canonical, link
from studies.clock import now
from studies.errors import SealedError, StudyError
from studies.model.reading import (
    EventRow,
    HeadRow,
    ItemRow,
    PartRow,
    ProtocolRow,
    ReaderRow,
    ResponseRow,
    TrialRow,
)
from studies.package import ReadingPackage, Response, new_opaque, response_of
from studies.package.transport import read_answers
from studies.protocols.parts import BOTH, ROI
from studies.reading.binding import BoundTrial, bound_part, model_genesis, plan_digest
from studies.reading.checking import check_answers
from studies.reading.deeds import sign_deeds
from studies.reading.enrolment import next_number, reader_row, save_reader, sign
from studies.reading.issuing import insert_part
from studies.reading.progress import part_rows, reader_record
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
    """Verify the package of a reader's part at hand and copy its new rows into the study.

    Raises StudyError when the package is absent, was changed, or differs from what was merged
    before; SealedError for new answers after unblinding. Nothing is copied then.
    """
    require(store, COORDINATOR)
    with store.snapshot() as session:
        reader_row(session, reader_id)
        part = part_rows(session, reader_id)[-1]
        folder = store.folder / part.package if part.package else None
        part_id, genesis = part.id, part.genesis
    if folder is None:
        raise StudyError("A network's answers lie in the study already; there is no package.")
    package = ReadingPackage.open(folder)
    try:
        events = package.events
        if package.genesis != genesis:
            raise StudyError("This package is not the one that was made for this reader.")
    finally:
        package.close()
    return _copy(store, part_id, events)


def merge_answers(store: Store, archive: Path) -> ReaderRecord:
    """Take in what a reader sent back as NAME.answers.zip.

    Raises StudyError for a damaged or changed file, for answers to a package of another study,
    and where the answers differ from those merged before; SealedError after unblinding. Nothing
    is copied then.
    """
    require(store, COORDINATOR)
    returned = read_answers(archive)
    with store.snapshot() as session:
        part = session.scalar(select(PartRow).where(PartRow.uid == returned.uid))
        if part is None or part.genesis != returned.genesis:
            raise StudyError(
                f"{archive.name} answers a package that was not made by this study. Open the "
                "study that it belongs to, or ask the reader which one was read."
            )
        part_id = part.id
    return _copy(store, part_id, returned.events)


def record_model_reading(
    store: Store, name: str, note: str, answers: tuple[ModelAnswer, ...]
) -> ReaderRecord:
    """A trained network as a Reader of kind model: its classes for items of the newest protocol.

    Real or synthetic stays unanswered. Raises StudyError for foreign items or classes.
    """
    require(store, COORDINATOR)
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
            enrolled=now(),
        )
        trials = [_model_trial(answer, place) for place, answer in enumerate(answers)]
        save_reader(session, row)
        part = _model_part(row, uid)
        part.genesis = model_genesis(uid, row, _model_plan(session, sealed, row, part, trials))
        insert_part(session, part, trials)
        events = _model_events(part.genesis, answers, trials)
        _insert(session, part, events)
        record = reader_record(store, session, row)
    sign(uid, ChainHead(events[-1].sequence, events[-1].hash))
    sign_deeds(store)
    return record


def _copy(store: Store, part_id: int, events: tuple[ChainEvent, ...]) -> ReaderRecord:
    with store.transaction() as session:
        part = session.get_one(PartRow, part_id)
        reader = reader_row(session, part.reader_id)
        head = session.get_one(HeadRow, part_id)
        known = events[head.count - 1].hash if 0 < head.count <= len(events) else part.genesis
        if _is_behind(session, part, events):
            return reader_record(store, session, reader)
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
            check_answers(session, part, events, head.count)
            _insert(session, part, fresh)
        record = reader_record(store, session, reader)
        uid = part.uid
    if fresh:
        sign(uid, ChainHead(events[-1].sequence, events[-1].hash))
    return record


def _is_behind(session: Session, part: PartRow, events: tuple[ChainEvent, ...]) -> bool:
    """Whether these are the beginning of what was merged: a package read on elsewhere."""
    merged = session.scalars(
        select(EventRow.hash).where(EventRow.part_id == part.id).order_by(EventRow.sequence)
    ).all()
    hashes = [event.hash for event in events]
    return len(hashes) < len(merged) and hashes == list(merged[: len(hashes)])


def _insert(session: Session, part: PartRow, events: tuple[ChainEvent, ...]) -> None:
    rows = [EventRow(part_id=part.id, **asdict(event)) for event in events]
    session.add_all(rows)
    session.flush()
    attempts = _attempts(session, part.id)
    for row, event in zip(rows, events, strict=True):
        if event.kind == "response":
            response = response_of(event)
            step = (event.trial_id, response.step)
            attempts[step] = attempts.get(step, 0) + 1
            session.add(_response_row(row, response, attempts[step]))
    head = session.get_one(HeadRow, part.id)
    head.count, head.hash, head.merged = events[-1].sequence, events[-1].hash, now()
    session.flush()


def _attempts(session: Session, part_id: int) -> dict[tuple[str, int], int]:
    """Answers stored so far, by trial and step."""
    query = select(ResponseRow.trial_id, ResponseRow.step, ResponseRow.attempt).where(
        ResponseRow.part_id == part_id
    )
    counted: dict[tuple[str, int], int] = {}
    for trial_id, step, attempt in session.execute(query):
        counted[trial_id, step] = max(counted.get((trial_id, step), 0), attempt)
    return counted


def _response_row(event: EventRow, response: Response, attempt: int) -> ResponseRow:
    return ResponseRow(
        event_id=event.id, part_id=event.part_id, attempt=attempt, **asdict(response)
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


def _model_part(reader: ReaderRow, uid: str) -> PartRow:
    """A network reads everything at once, as ROIs, in the order of the items."""
    return PartRow(
        reader_id=reader.id,
        number=1,
        stage=BOTH,
        condition=ROI,
        questions=canonical(["diagnosis"]),
        uid=uid,
        order_seed=0,
        algorithm="order of items",
        package="",
        genesis="",
        contents="",
        made=now(),
        washout_days=0,
        override="",
    )


def _model_plan(
    session: Session, sealed: ProtocolRow, reader: ReaderRow, part: PartRow, trials: list[TrialRow]
) -> str:
    items = session.scalars(select(ItemRow).where(ItemRow.protocol_id == sealed.id))
    names = {item.id: item.opaque for item in items}
    return plan_digest(
        bound_part(sealed, reader, part),
        (BoundTrial(t.trial_id, names[t.item_id], False, False, False) for t in trials),
    )


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
