"""The log as the coordinator may see it: who did what and when, never an answer."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from studies.model.reading import EventRow, PartRow, ReaderRow
from studies.store import Store


@dataclass(frozen=True)
class JournalRow:
    """One event without its content."""

    reader: str
    sequence: int
    at: str
    kind: str
    hash: str
    part: int = 1


def journal(store: Store, protocol_id: int, limit: int = 2000) -> tuple[JournalRow, ...]:
    """The newest events of a protocol's people, newest first."""
    query = (
        select(
            ReaderRow.pseudonym,
            EventRow.sequence,
            EventRow.at,
            EventRow.kind,
            EventRow.hash,
            PartRow.number,
        )
        .join(PartRow, EventRow.part_id == PartRow.id)
        .join(ReaderRow, PartRow.reader_id == ReaderRow.id)
        .where(ReaderRow.protocol_id == protocol_id, ReaderRow.kind != "model")
        .order_by(EventRow.at.desc(), EventRow.id.desc())
        .limit(limit)
    )
    with store.snapshot() as session:
        return tuple(JournalRow(*row) for row in session.execute(query))
