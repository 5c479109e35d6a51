"""How protocols and audits stand in the database: canonical JSON, and back to records."""

from __future__ import annotations

import json
from dataclasses import asdict

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studies.chain import canonical
from studies.errors import StudyError
from studies.model.reading import ItemRow, ProtocolRow, UnblindingRow
from studies.protocols.leak_audit import AuditRow, LeakAudit
from studies.protocols.separation import Separation
from studies.records import (
    Category,
    ClassScheme,
    OrderConstraints,
    ProtocolDraft,
    ProtocolRecord,
)


def draft_json(draft: ProtocolDraft) -> str:
    """The canonical text that is sealed."""
    return canonical(asdict(draft))


def draft_of(text: str) -> ProtocolDraft:
    """The draft of a canonical text."""
    stored = json.loads(text)
    stored["constraints"] = OrderConstraints(**stored["constraints"])
    for counts in ("real_per_category", "synthetic_per_category"):
        stored[counts] = tuple((str(code), int(count)) for code, count in stored[counts])
    for words in ("questions", "conditions", "audits"):
        if words in stored:  # drafts of earlier versions lack some
            stored[words] = tuple(stored[words])
    return ProtocolDraft(**stored)


def scheme_json(scheme: ClassScheme) -> str:
    """A scheme as it stood at sealing."""
    return canonical([asdict(category) for category in scheme.categories])


def scheme_of(text: str) -> ClassScheme:
    """The scheme of a sealed protocol."""
    return ClassScheme(tuple(Category(**category) for category in json.loads(text)))


def audit_json(audit: LeakAudit) -> str:
    """An audit as it is sealed."""
    return canonical(asdict(audit))


def audit_of(text: str) -> LeakAudit:
    """The audit that was sealed with a protocol."""
    stored = json.loads(text)
    stored["rows"] = tuple(
        AuditRow(**{**row, "features": tuple(row["features"])}) for row in stored["rows"]
    )
    told = stored.pop("separation", None)  # audits of earlier versions lack it
    return LeakAudit(**stored, separation=Separation(**told) if told else None)


def protocol_row(session: Session, protocol_id: int | None) -> ProtocolRow:
    """The protocol of an id, the newest for None; StudyError where there is none."""
    query = select(ProtocolRow).order_by(ProtocolRow.version.desc()).limit(1)
    if protocol_id is not None:
        query = select(ProtocolRow).where(ProtocolRow.id == protocol_id)
    row = session.scalar(query)
    if row is None:
        raise StudyError("No protocol is sealed yet. Seal one on the page Read first.")
    return row


def unblinding(session: Session, protocol_id: int) -> UnblindingRow | None:
    """The act that unblinded a protocol, None while it is blinded."""
    return session.scalar(select(UnblindingRow).where(UnblindingRow.protocol_id == protocol_id))


def protocol_record(session: Session, row: ProtocolRow) -> ProtocolRecord:
    """The record of a protocol, with its counts."""
    counts = dict.fromkeys(("real", "synthetic"), 0)
    query = (
        select(ItemRow.origin, func.count())
        .where(ItemRow.protocol_id == row.id, ItemRow.practice.is_(False))
        .group_by(ItemRow.origin)
    )
    counts.update({str(origin): int(count) for origin, count in session.execute(query)})
    opened = unblinding(session, row.id)
    return ProtocolRecord(
        id=row.id,
        version=row.version,
        draft=draft_of(row.draft),
        sealed=row.sealed,
        seal_hash=row.seal_hash,
        items=counts["real"] + counts["synthetic"],
        real_items=counts["real"],
        synthetic_items=counts["synthetic"],
        unblinded=opened.at if opened else "",
        unblinded_by=opened.by if opened else "",
        audit=audit_of(row.audit).verdict if row.audit else "",
        override=row.override,
        unblinding_reason=opened.reason if opened else "",
    )
