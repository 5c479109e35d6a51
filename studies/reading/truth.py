"""Unblinding, and the answers joined with the truth: refused before it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from studies.access import ANALYST, COORDINATOR, require
from studies.clock import now
from studies.errors import BlindingError, SealedError, StudyError
from studies.model.reading import (
    ItemRow,
    PartRow,
    ProtocolRow,
    ReaderRow,
    ResponseRow,
    TrialRow,
    UnblindingRow,
)
from studies.reading.deeds import sign_deeds
from studies.reading.progress import part_rows
from studies.reading.stored import protocol_record, protocol_row, unblinding
from studies.records import AnswerRecord, ProtocolRecord
from studies.store import Store


def unblind(
    store: Store, by: str, reason: str, *, protocol_id: int | None = None
) -> ProtocolRecord:
    """Open a protocol (newest for None): recorded with who and why, never undone.

    Raises StudyError without a name, SealedError when it is open already.
    """
    require(store, COORDINATOR)
    if not by.strip() or not reason.strip():
        raise StudyError("Unblinding is recorded: give your name and the reason.")
    with store.transaction() as session:
        row = protocol_row(session, protocol_id)
        if unblinding(session, row.id) is not None:
            raise SealedError(f"Version {row.version} is unblinded already.")
        opened = UnblindingRow(protocol_id=row.id, at=now(), by=by.strip(), reason=reason.strip())
        session.add(opened)
        session.flush()
        record = protocol_record(session, row)
    sign_deeds(store)
    return record


def answers(store: Store, protocol_id: int | None = None) -> tuple[AnswerRecord, ...]:
    """Every standing answer with its truth and its first form, practice left out.

    None = the newest unblinded protocol. Raises BlindingError while it is blinded.
    """
    require(store, COORDINATOR, ANALYST)
    with store.snapshot() as session:
        row = _unblinded(session, protocol_id)
        readers = session.scalars(
            select(ReaderRow).where(ReaderRow.protocol_id == row.id).order_by(ReaderRow.number)
        ).all()
        return tuple(
            answer
            for reader in readers
            for part in part_rows(session, reader.id)
            for answer in _of_part(session, reader, part)
        )


def _unblinded(session: Session, protocol_id: int | None) -> ProtocolRow:
    if protocol_id is not None:
        row = protocol_row(session, protocol_id)
        if unblinding(session, row.id) is None:
            raise BlindingError(
                f"Version {row.version} is blinded: no answer is joined with the truth before "
                "it is unblinded on the page Read."
            )
        return row
    query = select(ProtocolRow).join(UnblindingRow, UnblindingRow.protocol_id == ProtocolRow.id)
    newest = session.scalar(query.order_by(ProtocolRow.version.desc()).limit(1))
    if newest is None:
        raise BlindingError(
            "Nothing is unblinded yet: results of readers appear once the coordinator unblinds "
            "on the page Read."
        )
    return newest


def _of_part(session: Session, reader: ReaderRow, part: PartRow) -> list[AnswerRecord]:
    query = (
        select(TrialRow, ItemRow, ResponseRow)
        .join(ItemRow, TrialRow.item_id == ItemRow.id)
        .join(ResponseRow, ResponseRow.trial_id == TrialRow.trial_id)
        .where(TrialRow.part_id == part.id, TrialRow.practice.is_(False))
        .order_by(TrialRow.position, ResponseRow.step, ResponseRow.attempt)
    )
    given: dict[tuple[int, int], list[tuple[TrialRow, ItemRow, ResponseRow]]] = {}
    for trial, item, response in session.execute(query):
        given.setdefault((trial.position, response.step), []).append((trial, item, response))
    start = min((position for position, _ in given), default=0)
    return [_answer(reader, part, position - start, rows) for (position, _), rows in given.items()]


def _answer(
    reader: ReaderRow,
    part: PartRow,
    position: int,
    rows: list[tuple[TrialRow, ItemRow, ResponseRow]],
) -> AnswerRecord:
    trial, item, standing = rows[-1]
    first = rows[0][2]
    corrected = (standing.diagnosis, standing.origin, standing.confidence) != (
        first.diagnosis,
        first.origin,
        first.confidence,
    )
    return AnswerRecord(
        reader=reader.pseudonym,
        reader_kind=reader.kind,
        position=position,
        item=item.id,
        repeat=trial.repeat,
        truth_category=item.category,
        truth_origin=item.origin,
        lesion_id=item.lesion_id,
        synthetic_id=item.synthetic_id,
        diagnosis=standing.diagnosis,
        origin=standing.origin,
        confidence=standing.confidence,
        seconds=sum(response.active_ms for _, _, response in rows) / 1000.0,
        corrected=corrected,
        first_diagnosis=first.diagnosis,
        first_origin=first.origin,
        first_confidence=first.confidence,
        patient=item.patient,
        part=part.number,
        stage=part.stage,
        condition=part.condition,
        step=standing.step,
    )
