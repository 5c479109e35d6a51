"""What was sealed, enrolled, made and unblinded, held against receipts outside the study.

Rows of these tables are only ever added. For each table the receipt keeps how many there were and a
hash over them all, so that a reader, a part, a version or an unblinding that was taken away or
changed shows on the computer that saw it, whether a package is left or not.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from studies import receipt
from studies.chain import ChainEvent, ChainHead, canonical, digest, link
from studies.model.imaging import StudyRow
from studies.model.reading import PartRow, ProtocolRow, ReaderRow, UnblindingRow
from studies.model.tables import Table
from studies.store import Store

_TABLES: tuple[tuple[str, type[Table]], ...] = (
    ("protocols", ProtocolRow),
    ("readers", ReaderRow),
    ("parts", PartRow),
    ("unblindings", UnblindingRow),
)
_WORDS = {
    "protocols": "versions of the protocol",
    "readers": "readers",
    "parts": "parts of readings",
    "unblindings": "unblindings",
}


_NO_DEEDS = (
    "No receipt of this study on this computer: a version, a reader or an unblinding that was "
    "taken away as the last of its kind could not be noticed."
)


@dataclass(frozen=True)
class DeedsReport:
    """What is wrong, and what could not be known, in words."""

    faults: tuple[str, ...]
    notes: tuple[str, ...]


def sign_deeds(store: Store) -> None:
    """Bring the receipts up to the tables; they may lag, and `verify` says so."""
    with store.snapshot() as session:
        heads = [(name, _head(events, _genesis(name))) for name, events in _chains(session)]
        uid = session.get_one(StudyRow, 1).uid
    for name, head in heads:
        with contextlib.suppress(OSError):
            receipt.write(_name(uid, name), head)


def check_deeds(session: Session) -> DeedsReport:
    """Hold the tables against their receipts, and their numbers against gaps."""
    uid = session.get_one(StudyRow, 1).uid
    faults, notes, absent = list(_gaps(session)), [], 0
    for name, events in _chains(session):
        state = receipt.check(_name(uid, name), _genesis(name), events)
        absent += state == "absent"
        if state == "broken":
            faults.append(
                f"The {_WORDS[name]} are not those that this computer has seen: some were changed "
                "or taken away."
            )
        elif state == "behind":
            notes.append(
                f"There are more {_WORDS[name]} than this computer has written: they were added "
                "elsewhere, or by hand."
            )
    if absent == len(_TABLES):
        notes.append(_NO_DEEDS)
    return DeedsReport(tuple(faults), tuple(notes))


def forget_deeds(session: Session) -> None:
    """Remove the receipts of a study that is thrown away."""
    uid = session.get_one(StudyRow, 1).uid
    for name, _ in _TABLES:
        receipt.forget(_name(uid, name))


def _chains(session: Session) -> list[tuple[str, tuple[ChainEvent, ...]]]:
    return [(name, _events(session, name, table)) for name, table in _TABLES]


def _events(session: Session, name: str, table: type[Table]) -> tuple[ChainEvent, ...]:
    """The rows of a table as a chain, in the order they were added."""
    key = table.__table__.c.id
    head, events = ChainHead(0, _genesis(name)), []
    columns = [column.name for column in table.__table__.columns]
    for row in session.scalars(select(table).order_by(key)):
        payload = canonical([getattr(row, column) for column in columns])
        event = link(head, name, "", payload, "", 0)
        head = ChainHead(event.sequence, event.hash)
        events.append(event)
    return tuple(events)


def _head(events: tuple[ChainEvent, ...], genesis: str) -> ChainHead:
    return ChainHead(events[-1].sequence, events[-1].hash) if events else ChainHead(0, genesis)


def _gaps(session: Session) -> list[str]:
    """Numbers count from 1 without a gap; one that is missing was taken away."""
    faults = []
    versions = session.scalars(select(ProtocolRow.version).order_by(ProtocolRow.version)).all()
    if list(versions) != list(range(1, len(versions) + 1)):
        faults.append("A version of the protocol was taken away: their numbers have a gap.")
    readers = session.scalars(select(ReaderRow))
    if _has_gap([(row.protocol_id, row.number) for row in readers]):
        faults.append("A reader was taken away: the numbers have a gap.")
    parts = [(row.reader_id, row.number) for row in session.scalars(select(PartRow))]
    if _has_gap(parts):
        faults.append("A part of a reading was taken away: the numbers have a gap.")
    without = set(session.scalars(select(ReaderRow.id))) - {owner for owner, _ in parts}
    if without:
        faults.append(f"{len(without)} readers have no part: what they read was taken away.")
    return faults


def _has_gap(numbered: list[tuple[int, int]]) -> bool:
    found: dict[int, set[int]] = {}
    for owner, number in numbered:
        found.setdefault(owner, set()).add(number)
    return any(numbers != set(range(1, len(numbers) + 1)) for numbers in found.values())


def _genesis(name: str) -> str:
    return digest(name)


def _name(uid: str, table: str) -> str:
    return f"{uid}.{table}"
