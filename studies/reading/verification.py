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
    PartRow,
    PictureRow,
    ProtocolRow,
    ReaderRow,
    ResponseRow,
)
from studies.package import Response, chain_sentence, response_of
from studies.protocols import pipeline
from studies.reading.binding import Binding, check_plan
from studies.reading.deeds import check_deeds
from studies.reading.notes import frozen_notes
from studies.reading.pictures import item_bytes
from studies.reading.progress import part_rows
from studies.reading.sealing import pictures_of, seal_hash
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
        read = [(one, part_rows(session, one.id)) for one in readers]
        chains = tuple(
            _chain(session, part, _name(one, part, made)) for one, made in read for part in made
        )
        plans = [
            (_name(one, part, made), check_plan(store, session, one, part))
            for one, made in read
            for part in made
        ]
        deeds = check_deeds(session)
    faults += [plan.fault for _, plan in plans if plan.fault]
    faults += deeds.faults
    notes = (*_notes(chains, plans), *(deeds.notes if chains else ()))
    return VerifyReport(chains, tuple(faults), notes)


def _notes(
    chains: tuple[ChainReport, ...], plans: Sequence[tuple[str, Binding]]
) -> tuple[str, ...]:
    """What could not be known, a sentence each."""
    notes = [
        f"Whether the trials of {name} are as planned cannot be said: {plan.unknown}."
        for name, plan in plans
        if plan.unknown
    ]
    unknown = [chain.name for chain in chains if chain.receipt == "absent"]
    if unknown:
        notes.append(
            f"No receipt on this computer for {', '.join(unknown)}: a cut tail or a chain computed "
            "anew could not be noticed."
        )
    return tuple(notes)


def _faults(store: Store, session: Session, row: ProtocolRow) -> list[str]:
    items = list(
        session.scalars(select(ItemRow).where(ItemRow.protocol_id == row.id).order_by(ItemRow.id))
    )
    faults = []
    wide = pictures_of(session, row.id)
    if _seal_of(store, row, items, wide) != row.seal_hash:
        faults.append(f"Protocol version {row.version} was changed after it was sealed.")
    changed = sum(not _is_whole(store, item.opaque, "raw", item.sha256) for item in items)
    opaque = {item.id: item.opaque for item in items}
    changed += sum(
        not _is_whole(store, opaque[one.item_id], one.condition, one.sha256) for one in wide
    )
    if changed:
        faults.append(f"{changed} pictures of version {row.version} are changed or missing.")
    return faults


def _seal_of(
    store: Store, row: ProtocolRow, items: list[ItemRow], wide: tuple[PictureRow, ...]
) -> str:
    """The seal computed anew; "", which no seal is, where a frozen note cannot be read."""
    try:
        notes = frozen_notes(store, (item.opaque for item in items))
    except StudyError:
        return ""
    return seal_hash(row, items, wide, notes)


def _is_whole(store: Store, opaque: str, condition: str, sha256: str) -> bool:
    try:
        return pipeline.image_hash(item_bytes(store, opaque, condition)) == sha256
    except (StudyError, ValueError):  # a name that no file can have
        return False


def _missing_triggers(session: Session) -> list[str]:
    query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    present = set(session.scalars(query))
    wanted = {f"{table}_no_{action}" for table in APPEND_ONLY for action in ("update", "delete")}
    missing = sorted(wanted - present)
    return [f"The guard {name} against overwriting is gone." for name in missing]


def _name(reader: ReaderRow, part: PartRow, made: tuple[PartRow, ...]) -> str:
    return reader.pseudonym if len(made) == 1 else f"{reader.pseudonym}, part {part.number}"


def _chain(session: Session, part: PartRow, name: str) -> ChainReport:
    rows = session.scalars(
        select(EventRow).where(EventRow.part_id == part.id).order_by(EventRow.sequence)
    ).all()
    events = tuple(
        ChainEvent(r.sequence, r.kind, r.trial_id, r.payload, r.at, r.monotonic_ns, r.hash)
        for r in rows
    )
    head, bad = follow(part.genesis, events)
    kept = session.get(HeadRow, part.id)
    if bad is None and (kept is None or (kept.count, kept.hash) != (head.count, head.hash)):
        bad = min(head.count, kept.count if kept else 0) + 1
    if bad is None:
        bad = _differing_response(session, part.id, rows, events)
    state = receipt.check(f"{part.uid}.study", part.genesis, events)
    return ChainReport(name, len(events), bad, chain_sentence(len(events), bad, state), state)


def _differing_response(
    session: Session, part_id: int, rows: Sequence[EventRow], events: tuple[ChainEvent, ...]
) -> int | None:
    """The first event whose answer in columns is gone, differs, or stands where none was given."""
    sequences = {row.id: event.sequence for row, event in zip(rows, events, strict=True)}
    given = {row.id: answer for row, answer in zip(rows, _given(events), strict=True) if answer}
    of_part = select(ResponseRow).where(ResponseRow.part_id == part_id)
    stored = {row.event_id: (_response(row), row.attempt) for row in session.scalars(of_part)}
    differing = {key for key in given.keys() | stored if given.get(key) != stored.get(key)}
    return min((sequences.get(key, len(events) + 1) for key in differing), default=None)


def _given(events: tuple[ChainEvent, ...]) -> list[tuple[Response, int] | None]:
    """The answer in each event and which of its trial and step it is, None where there is none."""
    counted: dict[tuple[str, int], int] = {}
    found: list[tuple[Response, int] | None] = []
    for event in events:
        if event.kind != "response":
            found.append(None)
            continue
        answer = response_of(event)
        step = (event.trial_id, answer.step)
        counted[step] = counted.get(step, 0) + 1
        found.append((answer, counted[step]))
    return found


def _response(row: ResponseRow) -> Response:
    return Response(**{field.name: getattr(row, field.name) for field in fields(Response)})
