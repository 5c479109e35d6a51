"""Verify: seals, frozen pictures, chains, their copies in columns, receipts and triggers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from studies import receipt
from studies.chain import ChainEvent, ChainReport, follow
from studies.errors import StudyError
from studies.model.reading import (
    APPEND_ONLY,
    EventRow,
    HeadRow,
    ItemRow,
    ProtocolRow,
    ReaderRow,
    ResponseRow,
)
from studies.package import Response, chain_sentence, response_of
from studies.protocols import pipeline
from studies.reading.sealing import item_bytes, seal_hash
from studies.store import Store


@dataclass(frozen=True)
class VerifyReport:
    """What `verify` found: one report a chain, and faults outside the chains in words."""

    chains: tuple[ChainReport, ...]
    faults: tuple[str, ...]
    notes: tuple[str, ...]  # what could not be known

    @property
    def ok(self) -> bool:
        """Nothing found that should not be."""
        return not self.faults and all(chain.ok for chain in self.chains)

    @property
    def sentence(self) -> str:
        """The outcome in one sentence, the first fault named."""
        if self.faults:
            return self.faults[0]
        for chain in self.chains:
            if not chain.ok:
                return f"{chain.name}: {chain.sentence}"
        rows = sum(chain.events for chain in self.chains)
        return f"{len(self.chains)} chains with {rows} rows are whole; every seal holds."


def verify(store: Store) -> VerifyReport:
    """Check everything that blinded reading has written in this study."""
    with store.snapshot() as session:
        protocols = session.scalars(select(ProtocolRow).order_by(ProtocolRow.version)).all()
        faults = [fault for row in protocols for fault in _faults(store, session, row)]
        faults += _missing_triggers(session)
        readers = session.scalars(select(ReaderRow).order_by(ReaderRow.id)).all()
        chains = tuple(_chain(session, reader) for reader in readers)
    unknown = [chain.name for chain in chains if chain.receipt == "absent"]
    notes = (
        f"No receipt on this computer for {', '.join(unknown)}: a cut tail or a chain computed "
        "anew could not be noticed.",
    )
    return VerifyReport(chains, tuple(faults), notes if unknown else ())


def _faults(store: Store, session: Session, row: ProtocolRow) -> list[str]:
    items = list(
        session.scalars(select(ItemRow).where(ItemRow.protocol_id == row.id).order_by(ItemRow.id))
    )
    faults = []
    if seal_hash(row, items) != row.seal_hash:
        faults.append(f"Protocol version {row.version} was changed after it was sealed.")
    changed = sum(not _is_whole(store, item) for item in items)
    if changed:
        faults.append(f"{changed} pictures of version {row.version} are changed or missing.")
    return faults


def _is_whole(store: Store, item: ItemRow) -> bool:
    try:
        return pipeline.image_hash(item_bytes(store, item.opaque)) == item.sha256
    except StudyError:
        return False


def _missing_triggers(session: Session) -> list[str]:
    query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    present = set(session.scalars(query))
    wanted = {f"{table}_no_{action}" for table in APPEND_ONLY for action in ("update", "delete")}
    missing = sorted(wanted - present)
    return [f"The guard {name} against overwriting is gone." for name in missing]


def _chain(session: Session, reader: ReaderRow) -> ChainReport:
    rows = session.scalars(
        select(EventRow).where(EventRow.reader_id == reader.id).order_by(EventRow.sequence)
    ).all()
    events = tuple(
        ChainEvent(r.sequence, r.kind, r.trial_id, r.payload, r.at, r.monotonic_ns, r.hash)
        for r in rows
    )
    head, bad = follow(reader.genesis, events)
    kept = session.get(HeadRow, reader.id)
    if bad is None and (kept is None or (kept.count, kept.hash) != (head.count, head.hash)):
        bad = min(head.count, kept.count if kept else 0) + 1
    if bad is None:
        bad = _differing_response(session, reader.id, rows, events)
    state = receipt.check(f"{reader.uid}.study", reader.genesis, events)
    return ChainReport(
        reader.pseudonym, len(events), bad, chain_sentence(len(events), bad, state), state
    )


def _differing_response(
    session: Session, reader_id: int, rows: Sequence[EventRow], events: tuple[ChainEvent, ...]
) -> int | None:
    """The first event whose answer in columns is gone or differs from the chain."""
    ids = [row.id for row in rows]
    of_reader = select(ResponseRow).where(ResponseRow.reader_id == reader_id)
    stored = {row.event_id: row for row in session.scalars(of_reader)}
    for event_id, event in zip(ids, events, strict=True):
        if event.kind == "response":
            row = stored.get(event_id)
            if row is None or _response(row) != response_of(event):
                return event.sequence
    return None


def _response(row: ResponseRow) -> Response:
    return Response(**{field.name: getattr(row, field.name) for field in fields(Response)})
