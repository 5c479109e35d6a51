"""Parts: a reader reads one package a stage and condition; wider pictures; the study's key.

Every reader of the first version read everything at once, as ROIs: part 1, with the same id, so
that trials, events, answers and heads keep theirs.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup."""
    _study()
    _parts()
    _readers()
    _trials()
    _events()
    _responses()
    _heads()
    _pictures()
    _key()


def _columns(
    kind: type[sa.types.TypeEngine[Any]], names: str, *, null: bool = False
) -> tuple[sa.Column[Any], ...]:
    return tuple(sa.Column(name, kind(), nullable=null) for name in names.split())


def _points(column: str, target: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=name)


def _replace(table: str, *definition: Any, copied: str) -> None:
    """Build `table` anew; `copied` selects its rows from the old one, column by column."""
    op.create_table(f"{table}_new", *definition)
    op.execute(f"INSERT INTO {table}_new {copied}")
    op.drop_table(table)
    op.rename_table(f"{table}_new", table)


def _study() -> None:
    """An id of its own, by which this computer's receipts know the study."""
    _replace(
        "study",
        *_columns(sa.Integer, "id"),
        *_columns(sa.String, "uid name kind"),
        *_columns(sa.Boolean, "simulated"),
        *_columns(sa.Text, "scheme"),
        *_columns(sa.Double, "window_low window_high"),
        *_columns(sa.String, "created"),
        *_columns(sa.Integer, "fold_seed", null=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_study_one_row")),
        sa.PrimaryKeyConstraint("id", name="pk_study"),
        copied="SELECT id, lower(hex(randomblob(16))), name, kind, simulated, scheme, window_low, "
        "window_high, created, fold_seed FROM study",
    )


def _parts() -> None:
    op.create_table(
        "reading_part",
        *_columns(sa.Integer, "id reader_id number"),
        *_columns(sa.String, "stage condition questions uid"),
        *_columns(sa.Integer, "order_seed"),
        *_columns(sa.String, "algorithm package genesis contents made"),
        *_columns(sa.Integer, "washout_days"),
        *_columns(sa.String, "override"),
        _points("reader_id", "reading_reader.id", "fk_reading_part_reader_id_reading_reader"),
        sa.CheckConstraint("stage IN ('both', 'A', 'B')", name=op.f("ck_reading_part_stage")),
        sa.CheckConstraint(
            "condition IN ('roi', 'slice', 'volume', 'aided')",
            name=op.f("ck_reading_part_condition"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reading_part"),
        sa.UniqueConstraint("reader_id", "number", name="uq_reading_part_reader_id_number"),
        sa.UniqueConstraint("uid", name="uq_reading_part_uid"),
    )
    op.execute(
        "INSERT INTO reading_part SELECT r.id, r.id, 1, 'both', 'roi', "
        "COALESCE(json_extract(p.draft, '$.questions'), '[]'), r.uid, r.order_seed, r.algorithm, "
        "r.package, r.genesis, '', r.enrolled, 0, '' "
        "FROM reading_reader r JOIN reading_protocol p ON p.id = r.protocol_id"
    )


def _readers() -> None:
    _replace(
        "reading_reader",
        *_columns(sa.Integer, "id protocol_id number"),
        *_columns(sa.String, "pseudonym kind note enrolled"),
        sa.CheckConstraint(
            "kind IN ('person', 'model', 'simulated')", name=op.f("ck_reading_reader_kind")
        ),
        _points(
            "protocol_id", "reading_protocol.id", "fk_reading_reader_protocol_id_reading_protocol"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reading_reader"),
        sa.UniqueConstraint("protocol_id", "number", name="uq_reading_reader_protocol_id_number"),
        sa.UniqueConstraint(
            "protocol_id", "pseudonym", name="uq_reading_reader_protocol_id_pseudonym"
        ),
        copied="SELECT id, protocol_id, number, pseudonym, kind, note, enrolled "
        "FROM reading_reader",
    )
    op.create_index("ix_reading_reader_protocol_id", "reading_reader", ["protocol_id"])


def _trials() -> None:
    _replace(
        "reading_trial",
        *_columns(sa.Integer, "id part_id position"),
        *_columns(sa.String, "trial_id"),
        *_columns(sa.Integer, "item_id"),
        *_columns(sa.Boolean, "practice repeat flipped"),
        _points("item_id", "reading_item.id", "fk_reading_trial_item_id_reading_item"),
        _points("part_id", "reading_part.id", "fk_reading_trial_part_id_reading_part"),
        sa.PrimaryKeyConstraint("id", name="pk_reading_trial"),
        sa.UniqueConstraint("part_id", "position", name="uq_reading_trial_part_id_position"),
        sa.UniqueConstraint("trial_id", name="uq_reading_trial_trial_id"),
        copied="SELECT id, reader_id, position, trial_id, item_id, practice, repeat, flipped "
        "FROM reading_trial",
    )
    op.create_index("ix_reading_trial_part_id", "reading_trial", ["part_id"])


def _events() -> None:
    _replace(
        "reading_event",
        *_columns(sa.Integer, "id part_id sequence"),
        *_columns(sa.String, "kind trial_id payload at"),
        *_columns(sa.Integer, "monotonic_ns"),
        *_columns(sa.String, "hash"),
        _points("part_id", "reading_part.id", "fk_reading_event_part_id_reading_part"),
        sa.PrimaryKeyConstraint("id", name="pk_reading_event"),
        sa.UniqueConstraint("part_id", "sequence", name="uq_reading_event_part_id_sequence"),
        copied="SELECT id, reader_id, sequence, kind, trial_id, payload, at, monotonic_ns, hash "
        "FROM reading_event",
    )


def _responses() -> None:
    _replace(
        "reading_response",
        *_columns(sa.Integer, "id event_id part_id"),
        *_columns(sa.String, "trial_id"),
        *_columns(sa.Integer, "step attempt"),
        *_columns(sa.String, "diagnosis origin"),
        *_columns(sa.Integer, "confidence", null=True),
        *_columns(sa.String, "shown_at"),
        *_columns(sa.Double, "first_key_ms commit_ms active_ms"),
        *_columns(sa.Integer, "focus_losses window_changes"),
        *_columns(sa.Double, "idle_ms"),
        _points("event_id", "reading_event.id", "fk_reading_response_event_id_reading_event"),
        _points("part_id", "reading_part.id", "fk_reading_response_part_id_reading_part"),
        _points("trial_id", "reading_trial.trial_id", "fk_reading_response_trial_id_reading_trial"),
        sa.PrimaryKeyConstraint("id", name="pk_reading_response"),
        sa.UniqueConstraint("event_id", name="uq_reading_response_event_id"),
        copied="SELECT id, event_id, reader_id, trial_id, 1, attempt, diagnosis, origin, "
        "confidence, shown_at, first_key_ms, commit_ms, active_ms, focus_losses, window_changes, "
        "idle_ms FROM reading_response",
    )
    op.create_index("ix_reading_response_trial", "reading_response", ["part_id", "trial_id"])


def _heads() -> None:
    _replace(
        "reading_head",
        *_columns(sa.Integer, "part_id count"),
        *_columns(sa.String, "hash merged"),
        _points("part_id", "reading_part.id", "fk_reading_head_part_id_reading_part"),
        sa.PrimaryKeyConstraint("part_id", name="pk_reading_head"),
        copied="SELECT reader_id, count, hash, merged FROM reading_head",
    )


def _pictures() -> None:
    op.create_table(
        "reading_picture",
        *_columns(sa.Integer, "id item_id"),
        *_columns(sa.String, "condition"),
        *_columns(sa.Integer, "slices rows columns"),
        # `values` is a word of SQL
        sa.Column("kind", sa.String(), nullable=False),
        *_columns(sa.Integer, "key"),
        *_columns(sa.Double, "row_spacing column_spacing slice_spacing"),
        *_columns(sa.Double, "ring_x ring_y ring_radius window_low window_high"),
        *_columns(sa.String, "sha256"),
        sa.CheckConstraint(
            "condition IN ('slice', 'volume')", name=op.f("ck_reading_picture_condition")
        ),
        _points("item_id", "reading_item.id", "fk_reading_picture_item_id_reading_item"),
        sa.PrimaryKeyConstraint("id", name="pk_reading_picture"),
        sa.UniqueConstraint("item_id", "condition", name="uq_reading_picture_item_id_condition"),
    )


def _key() -> None:
    op.create_table(
        "access_key",
        *_columns(sa.Integer, "id"),
        *_columns(sa.LargeBinary, "salt verifier"),
        *_columns(sa.Integer, "cost"),
        *_columns(sa.String, "made hint"),
        sa.CheckConstraint("id = 1", name=op.f("ck_access_key_one_row")),
        sa.PrimaryKeyConstraint("id", name="pk_access_key"),
    )
