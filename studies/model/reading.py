"""Tables of blinded reading: sealed protocols, readers, their trials, and the append-only log.

Everything but `reading_head` is written once: triggers refuse UPDATE and DELETE. A migration
that rebuilds one of these tables (SQLite batch mode drops triggers) must run `TRIGGERS` again.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from studies.model.tables import Table


class ProtocolRow(Table):
    """A sealed protocol. `draft` is the canonical JSON of the ProtocolDraft that was sealed."""

    __tablename__ = "reading_protocol"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(unique=True)
    draft: Mapped[str]
    scheme: Mapped[str]  # JSON: codes and names as they stood at sealing
    algorithm: Mapped[str]  # version of the ordering algorithm
    pipeline: Mapped[str]  # version of the image pipeline
    audit: Mapped[str]  # JSON of the leak audit
    override: Mapped[str]  # why a leak was accepted, "" where none was
    sealed: Mapped[str]
    seal_hash: Mapped[str]


class ItemRow(Table):
    """One frozen image and its truth.

    Lesion and synthetic ROI are plain numbers, no foreign keys: the truth of a sealed item does
    not follow later edits of the study.
    """

    __tablename__ = "reading_item"
    __table_args__ = (CheckConstraint("origin IN ('real', 'synthetic')", name="origin"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    protocol_id: Mapped[int] = mapped_column(ForeignKey("reading_protocol.id"), index=True)
    opaque: Mapped[str] = mapped_column(unique=True)  # CSPRNG, names the file in items/
    practice: Mapped[bool]
    origin: Mapped[str]
    category: Mapped[str]
    patient: Mapped[str]
    fold: Mapped[int | None]  # of the lesion, or the generator's test fold
    lesion_id: Mapped[int | None]
    synthetic_id: Mapped[int | None]
    sha256: Mapped[str]


class ReaderRow(Table):
    """Someone who reads one protocol, in one or more parts."""

    __tablename__ = "reading_reader"
    __table_args__ = (
        UniqueConstraint("protocol_id", "pseudonym"),
        UniqueConstraint("protocol_id", "number"),
        CheckConstraint("kind IN ('person', 'model', 'simulated')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    protocol_id: Mapped[int] = mapped_column(ForeignKey("reading_protocol.id"), index=True)
    number: Mapped[int]  # 1, 2, …: goes into the seed of the order
    pseudonym: Mapped[str]
    kind: Mapped[str]
    note: Mapped[str]
    enrolled: Mapped[str]


class PartRow(Table):
    """One package that a reader was given: a stage under a condition, with its own chain.

    A row exists from the moment the package is made; `package` is the folder below the study, ""
    for models.
    """

    __tablename__ = "reading_part"
    __table_args__ = (
        UniqueConstraint("reader_id", "number"),
        CheckConstraint("stage IN ('both', 'A', 'B')", name="stage"),
        CheckConstraint("condition IN ('roi', 'slice', 'volume', 'aided')", name="condition"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("reading_reader.id"))
    number: Mapped[int]  # 1, 2, … in this reader's sequence
    stage: Mapped[str]
    condition: Mapped[str]
    questions: Mapped[str]  # JSON list of codes, in the order asked
    uid: Mapped[str] = mapped_column(unique=True)  # CSPRNG, names package and receipt
    order_seed: Mapped[int]
    algorithm: Mapped[str]
    package: Mapped[str]
    genesis: Mapped[str]  # hash that the part's chain starts from
    contents: Mapped[str]  # JSON of the package's contents, "" for models and first-version parts
    made: Mapped[str]
    washout_days: Mapped[int]  # asked for before this part, 0 = at once
    override: Mapped[str]  # why a washout was cut short, "" where it was kept


class PictureRow(Table):
    """A wider frozen picture of a real item, for the conditions slice and volume.

    `kind` uint8 | int16; lengths in mm, the ring in px of the key slice. The file is
    items/<opaque>.<condition>.
    """

    __tablename__ = "reading_picture"
    __table_args__ = (
        UniqueConstraint("item_id", "condition"),
        CheckConstraint("condition IN ('slice', 'volume')", name="condition"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("reading_item.id"))
    condition: Mapped[str]
    slices: Mapped[int]
    rows: Mapped[int]
    columns: Mapped[int]
    kind: Mapped[str]
    key: Mapped[int]
    row_spacing: Mapped[float]
    column_spacing: Mapped[float]
    slice_spacing: Mapped[float]
    ring_x: Mapped[float]
    ring_y: Mapped[float]
    ring_radius: Mapped[float]
    window_low: Mapped[float]
    window_high: Mapped[float]
    sha256: Mapped[str]


class TrialRow(Table):
    """One planned presentation. `trial_id` is all that a reading package knows of it."""

    __tablename__ = "reading_trial"
    __table_args__ = (UniqueConstraint("part_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("reading_part.id"), index=True)
    position: Mapped[int]  # 0-based, practice first
    trial_id: Mapped[str] = mapped_column(unique=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("reading_item.id"))
    practice: Mapped[bool]
    repeat: Mapped[bool]
    flipped: Mapped[bool]


class EventRow(Table):
    """One link of a part's chain, copied verbatim from the reading package."""

    __tablename__ = "reading_event"
    __table_args__ = (UniqueConstraint("part_id", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("reading_part.id"))
    sequence: Mapped[int]  # 1, 2, … within the part
    kind: Mapped[str]
    trial_id: Mapped[str]
    payload: Mapped[str]  # canonical JSON
    at: Mapped[str]  # UTC, as the reader's clock said
    monotonic_ns: Mapped[int]
    hash: Mapped[str]  # SHA-256 over the previous hash and all columns above


class ResponseRow(Table):
    """An answer in columns, for analysis; `verify` compares it with its event."""

    __tablename__ = "reading_response"
    __table_args__ = (Index("ix_reading_response_trial", "part_id", "trial_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("reading_event.id"), unique=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("reading_part.id"))
    trial_id: Mapped[str] = mapped_column(ForeignKey("reading_trial.trial_id"))
    step: Mapped[int]  # 1 = the reader's own, 2 = after the network's opinion
    attempt: Mapped[int]  # of this step: 1 = first answer, 2 = after the undo
    diagnosis: Mapped[str]
    origin: Mapped[str]
    confidence: Mapped[int | None]
    shown_at: Mapped[str]
    first_key_ms: Mapped[float]
    commit_ms: Mapped[float]
    active_ms: Mapped[float]
    focus_losses: Mapped[int]
    window_changes: Mapped[int]
    idle_ms: Mapped[float]  # in gaps without any input longer than the threshold


class UnblindingRow(Table):
    """The recorded act after which truth may be joined with answers."""

    __tablename__ = "reading_unblinding"

    id: Mapped[int] = mapped_column(primary_key=True)
    protocol_id: Mapped[int] = mapped_column(ForeignKey("reading_protocol.id"), unique=True)
    at: Mapped[str]
    by: Mapped[str]
    reason: Mapped[str]


class HeadRow(Table):
    """Head hash and length of each part's chain, kept a second time; the only mutable table."""

    __tablename__ = "reading_head"

    part_id: Mapped[int] = mapped_column(ForeignKey("reading_part.id"), primary_key=True)
    count: Mapped[int]
    hash: Mapped[str]
    merged: Mapped[str]


APPEND_ONLY = (
    "reading_protocol",
    "reading_item",
    "reading_picture",
    "reading_reader",
    "reading_part",
    "reading_trial",
    "reading_event",
    "reading_response",
    "reading_unblinding",
)


def _refusal(table: str, action: str) -> str:
    return (
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{action.lower()} BEFORE {action} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


_NO_REPLACE = (
    "CREATE TRIGGER IF NOT EXISTS reading_event_no_replace BEFORE INSERT ON reading_event "
    "WHEN EXISTS (SELECT 1 FROM reading_event WHERE id = NEW.id "
    "OR (part_id = NEW.part_id AND sequence = NEW.sequence)) "
    "BEGIN SELECT RAISE(ABORT, 'reading_event is append-only'); END"
)

TRIGGERS = (
    *(_refusal(table, action) for table in APPEND_ONLY for action in ("UPDATE", "DELETE")),
    _NO_REPLACE,  # INSERT OR REPLACE deletes without firing the delete trigger
)
"""SQLite DDL, one statement each, run by the migration after the tables are made."""
