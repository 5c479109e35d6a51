"""The workstation: anchors; whose margins train; who was shown whose; a word on HU; notes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup. What is new starts empty."""
    _cases()
    _series()
    _lesions()
    _contours()
    _shown()


def _columns(
    kind: type[sa.types.TypeEngine[Any]], names: str, *, null: bool = False
) -> tuple[sa.Column[Any], ...]:
    return tuple(sa.Column(name, kind(), nullable=null) for name in names.split())


def _points(column: str, target: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=name)


def _replace(table: str, *definition: Any, kept: str, new: str) -> None:
    """Build `table` anew: its columns `kept` come along, `new` ones get these SQL values."""
    op.create_table(f"{table}_new", *definition)
    names = ", ".join((*kept.split(), *(part.split("=")[0] for part in new.split())))
    values = ", ".join((*kept.split(), *(part.split("=")[1] for part in new.split())))
    op.execute(f"INSERT INTO {table}_new ({names}) SELECT {values} FROM {table}")
    op.drop_table(table)
    op.rename_table(f"{table}_new", table)


def _cases() -> None:
    _replace(
        "cases",
        *_columns(sa.Integer, "id"),
        *_columns(sa.String, "patient"),
        *_columns(sa.Boolean, "extra simulated"),
        *_columns(sa.String, "imported clinical_note"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("patient", "extra", name="uq_cases_patient_extra"),
        kept="id patient extra simulated imported",
        new="clinical_note=''",
    )


def _series() -> None:
    _replace(
        "series",
        *_columns(sa.Integer, "id case_id"),
        *_columns(sa.String, "series_uid kind description"),
        *_columns(sa.Integer, "slices rows columns"),
        *_columns(sa.Double, "row_spacing column_spacing slice_spacing"),
        *_columns(sa.String, "scanner"),
        *_columns(sa.Boolean, "has_hu"),
        *_columns(sa.String, "hu_confirmed_by hu_confirmed_at"),
        *_columns(sa.Boolean, "simulated"),
        *_columns(sa.Text, "badges"),
        *_columns(sa.String, "folder"),
        _points("case_id", "cases.id", "fk_series_case_id_cases"),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
        sa.UniqueConstraint("series_uid", name="uq_series_series_uid"),
        kept="id case_id series_uid kind description slices rows columns row_spacing "
        "column_spacing slice_spacing scanner has_hu simulated badges folder",
        new="hu_confirmed_by='' hu_confirmed_at=''",
    )
    op.create_index("ix_series_case_id", "series", ["case_id"])


def _lesions() -> None:
    _replace(
        "lesions",
        *_columns(sa.Integer, "id case_id series_id"),
        *_columns(sa.String, "name"),
        *_columns(sa.Integer, "chosen_slice", null=True),
        *_columns(sa.String, "author created removed removed_by training_author"),
        _points("case_id", "cases.id", "fk_lesions_case_id_cases"),
        _points("series_id", "series.id", "fk_lesions_series_id_series"),
        sa.PrimaryKeyConstraint("id", name="pk_lesions"),
        sa.UniqueConstraint("case_id", "name", name="uq_lesions_case_id_name"),
        kept="id case_id series_id name chosen_slice author created removed",
        new="removed_by='' training_author=''",
    )
    op.create_index("ix_lesions_series_id", "lesions", ["series_id"])


def _contours() -> None:
    _replace(
        "contours",
        *_columns(sa.Integer, "id lesion_id"),
        *_columns(sa.String, "sop_uid"),
        *_columns(sa.Integer, "slice_index"),
        *_columns(sa.String, "author"),
        *_columns(sa.Text, "points"),
        *_columns(sa.String, "tool"),
        *_columns(sa.Text, "anchors seeds"),
        *_columns(sa.Double, "area_mm2 diameter_mm"),
        *_columns(sa.String, "created state"),
        _points("lesion_id", "lesions.id", "fk_contours_lesion_id_lesions"),
        sa.PrimaryKeyConstraint("id", name="pk_contours"),
        kept="id lesion_id sop_uid slice_index author points tool area_mm2 diameter_mm created "
        "state",
        new="anchors='[]' seeds='[]'",
    )
    op.create_index("ix_contours_lesion_id", "contours", ["lesion_id"])
    op.create_index(
        "uq_contours_standing",
        "contours",
        ["lesion_id", "slice_index", "author"],
        unique=True,
        sqlite_where=sa.text("state = 'standing'"),
        postgresql_where=sa.text("state = 'standing'"),
    )


def _shown() -> None:
    op.create_table(
        "shown_margins",
        *_columns(sa.Integer, "id lesion_id"),
        *_columns(sa.String, "author created"),
        *_columns(sa.Boolean, "looked"),
        *_columns(sa.Text, "contour_ids"),
        _points("lesion_id", "lesions.id", "fk_shown_margins_lesion_id_lesions"),
        sa.PrimaryKeyConstraint("id", name="pk_shown_margins"),
        sa.UniqueConstraint("lesion_id", "author", name="uq_shown_margins_lesion_id_author"),
    )
