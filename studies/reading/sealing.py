"""Sealing: a draft becomes a protocol, its items are frozen, and nothing of it changes again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studies import cases
from studies.access import COORDINATOR, require
from studies.chain import canonical, digest
from studies.clock import now
from studies.errors import StudyError
from studies.files import write_synced
from studies.model.reading import ItemRow, PictureRow, ProtocolRow
from studies.protocols import ordering, pipeline
from studies.protocols.leak_audit import FEWEST, LeakAudit
from studies.protocols.parts import parts
from studies.protocols.questions import questions
from studies.protocols.separation import Separation
from studies.reading.deeds import sign_deeds
from studies.reading.drafting import (
    DrawnItem,
    audit_items,
    available,
    draw_items,
    items_digest,
    new_seed,
    origin_problem,
    preview_order,
)
from studies.reading.notes import Notes, freeze_notes
from studies.reading.pictures import (
    FrozenPicture,
    freeze,
    item_bytes,
    item_path,
    picture_row,
    sealed_columns,
)
from studies.reading.stored import (
    audit_json,
    audit_of,
    draft_json,
    protocol_record,
    protocol_row,
    scheme_json,
    scheme_of,
)
from studies.records import ClassScheme, FloatArray, ProtocolDraft, ProtocolRecord
from studies.store import Store

PREVIEWED_READERS = 2


@dataclass(frozen=True)
class _Frozen:
    """What was written to the items folder: items, slices and volumes, clinical notes."""

    items: tuple[DrawnItem, ...]
    wide: tuple[FrozenPicture, ...]
    notes: Notes


@dataclass(frozen=True)
class SealedItem:
    """A sealed item for a model that reads it: provenance for choosing a network, no class."""

    id: int
    origin: str
    fold: int | None
    lesion_id: int | None
    synthetic_id: int | None
    image: FloatArray


def seal(
    store: Store,
    draft: ProtocolDraft,
    *,
    override: str = "",
    separation: Separation | None = None,
) -> ProtocolRecord:
    """Freeze a draft as the next version: items, seeds, audit and plan, under one hash.

    A leak needs `override`, the reason why it is accepted. `separation` is how well a network
    told these items apart; it is sealed with the audit, and left out where it was measured on
    other items. Raises StudyError for too few items, an origin that is asked of real or of
    synthetic items alone, constraints that cannot be kept, an unanswered leak, or a folder that
    cannot be written.
    """
    require(store, COORDINATOR)
    scheme = cases.study(store).scheme
    questions(draft.questions, scheme)
    _refuse_one_origin(store, draft)
    for number in range(1, PREVIEWED_READERS + 1):
        for plan in parts(draft, number):
            preview_order(store, draft, number, plan.number)
    items = draw_items(store, draft)
    audit = _audit(items, override, separation)
    files = [item_path(store, item.opaque) for item in items]
    with _removed_on_failure(files):
        for file, item in zip(tuple(files), items, strict=True):
            write_synced(file, item.data)
        lesions = tuple((item.opaque, item.lesion_id) for item in items)
        wide = freeze(store, draft, lesions, files)
        notes = freeze_notes(store, draft, lesions, files)
        frozen = _Frozen(items, wide, notes)
        with store.transaction() as session:
            row = _protocol_row(session, draft, scheme, audit, override, frozen)
            record = protocol_record(session, row)
    sign_deeds(store)
    return record


def next_draft(store: Store, protocol: ProtocolRecord) -> ProtocolDraft:
    """A draft of the next version: the last one, with a new seed and what is there now."""
    have = available(store, protocol.draft.generator, protocol.draft.audits)
    return replace(
        protocol.draft,
        seed=new_seed(),
        real_per_category=_at_most(protocol.draft.real_per_category, dict(have.real)),
        synthetic_per_category=_at_most(
            protocol.draft.synthetic_per_category, dict(have.synthetic)
        ),
    )


def protocol(store: Store, version: int | None = None) -> ProtocolRecord | None:
    """The protocol of a version, the newest for None; None where there is none."""
    found = [one for one in protocols(store) if version in (None, one.version)]
    return found[-1] if found else None


def protocols(store: Store) -> tuple[ProtocolRecord, ...]:
    """Every sealed protocol, oldest first."""
    with store.snapshot() as session:
        rows = session.scalars(select(ProtocolRow).order_by(ProtocolRow.version))
        return tuple(protocol_record(session, row) for row in rows)


def sealed_audit(store: Store, protocol_id: int) -> LeakAudit | None:
    """The leak audit that was sealed; None where the items were too few for one."""
    with store.snapshot() as session:
        row = protocol_row(session, protocol_id)
        return audit_of(row.audit) if row.audit else None


def sealed_scheme(store: Store, protocol_id: int | None = None) -> ClassScheme:
    """The classes as they stood when a protocol (newest for None) was sealed."""
    with store.snapshot() as session:
        return scheme_of(protocol_row(session, protocol_id).scheme)


def sealed_items(store: Store, protocol_id: int | None = None) -> tuple[SealedItem, ...]:
    """The items of a protocol (newest for None) as stored, practice left out, without truth."""
    require(store, COORDINATOR)
    with store.snapshot() as session:
        row = protocol_row(session, protocol_id)
        query = select(ItemRow).where(ItemRow.protocol_id == row.id, ItemRow.practice.is_(False))
        return tuple(
            SealedItem(
                item.id,
                item.origin,
                item.fold,
                item.lesion_id,
                item.synthetic_id,
                pipeline.from_bytes(item_bytes(store, item.opaque)),
            )
            for item in session.scalars(query.order_by(ItemRow.id))
        )


def seal_hash(
    row: ProtocolRow,
    items: list[ItemRow],
    wide: Sequence[PictureRow] = (),
    notes: Notes = (),
) -> str:
    """SHA-256 over everything that was sealed; `verify` computes it anew.

    `wide` are the slices and volumes, `notes` the clinical notes, both in the order of their
    items; a seal without any is the same as before there were such.
    """
    columns = [
        row.version, row.draft, row.scheme, row.algorithm, row.pipeline, row.audit, row.override,
        row.sealed,
    ]  # fmt: skip
    listed = [
        [
            item.opaque, item.practice, item.origin, item.category, item.patient, item.fold,
            item.lesion_id, item.synthetic_id, item.sha256,
        ]
        for item in items
    ]  # fmt: skip
    sealed: list[object] = [columns, listed]
    if wide:
        sealed.append([sealed_columns(one) for one in wide])
    if notes:
        sealed.append({"notes": notes})
    return digest(canonical(sealed))


def pictures_of(session: Session, protocol_id: int) -> tuple[PictureRow, ...]:
    """The slices and volumes that were sealed, in the order of their items."""
    query = (
        select(PictureRow)
        .join(ItemRow, ItemRow.id == PictureRow.item_id)
        .where(ItemRow.protocol_id == protocol_id)
        .order_by(PictureRow.id)
    )
    return tuple(session.scalars(query))


def _refuse_one_origin(store: Store, draft: ProtocolDraft) -> None:
    """StudyError where the origin is asked of real, or of synthetic, items alone."""
    chosen = (draft.real_per_category, draft.synthetic_per_category)
    if all(any(count for _, count in counts) for counts in chosen):
        return  # spares looking through the study
    problem = origin_problem(draft, available(store, draft.generator, draft.audits))
    if problem:
        raise StudyError(problem)


def _audit(
    items: tuple[DrawnItem, ...], override: str, separation: Separation | None
) -> LeakAudit | None:
    """None for items of one origin only or too few of one: there is nothing to tell apart."""
    counts = [
        sum(item.origin == origin and not item.practice for item in items)
        for origin in ("real", "synthetic")
    ]
    if min(counts) < FEWEST:
        return None
    audit = audit_items(items)
    if separation is not None and separation.items == items_digest(items):
        audit = replace(audit, separation=separation)
    if audit.verdict == "leak" and not override.strip():
        raise StudyError(
            "The leak audit found something other than anatomy that tells synthetic from real "
            f"(AUC {audit.rows[0].auc:.2f}). Choose other items, or seal with a written reason."
        )
    return audit


def _protocol_row(
    session: Session,
    draft: ProtocolDraft,
    scheme: ClassScheme,
    audit: LeakAudit | None,
    override: str,
    frozen: _Frozen,
) -> ProtocolRow:
    version = (session.scalar(select(func.max(ProtocolRow.version))) or 0) + 1
    row = ProtocolRow(
        version=version,
        draft=draft_json(draft),
        scheme=scheme_json(scheme),
        algorithm=ordering.ALGORITHM,
        pipeline=pipeline.VERSION,
        audit=audit_json(audit) if audit else "",
        override=override.strip() if audit and audit.verdict == "leak" else "",
        sealed=now(),
        seal_hash="",
    )
    rows = [_item_row(item) for item in frozen.items]
    pictures = [picture_row(one, 0) for one in frozen.wide]
    row.seal_hash = seal_hash(row, rows, pictures, frozen.notes)
    session.add(row)
    session.flush()
    for item in rows:
        item.protocol_id = row.id
    session.add_all(rows)
    session.flush()
    places = {item.opaque: item.id for item in rows}
    for one, picture in zip(frozen.wide, pictures, strict=True):
        picture.item_id = places[one.opaque]
    session.add_all(pictures)
    session.flush()
    return row


def _item_row(item: DrawnItem) -> ItemRow:
    return ItemRow(
        opaque=item.opaque,
        practice=item.practice,
        origin=item.origin,
        category=item.category,
        patient=item.patient,
        fold=item.fold,
        lesion_id=item.lesion_id,
        synthetic_id=item.synthetic_id,
        sha256=pipeline.image_hash(item.data),
    )


def _at_most(
    counts: tuple[tuple[str, int], ...], have: dict[str, int]
) -> tuple[tuple[str, int], ...]:
    return tuple((code, min(count, have.get(code, 0))) for code, count in counts)


@contextmanager
def _removed_on_failure(files: list[Path]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for file in files:
            file.unlink(missing_ok=True)
        raise
