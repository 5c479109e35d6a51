"""All tables of the first version, as they were: later migrations go on from here.

Written out rather than taken from the models, which follow the newest version.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup."""
    _cases()
    _folds()
    _reading_protocol()
    _study()
    _training_runs()
    _embeddings()
    _reading_item()
    _reading_reader()
    _reading_unblinding()
    _series()
    _lesions()
    _reading_event()
    _reading_head()
    _reading_trial()
    _contours()
    _diagnoses()
    _predictions()
    _reading_response()
    _synthetic_rois()
    _rois()


def _columns(
    kind: type[sa.types.TypeEngine[Any]], names: str, *, null: bool = False
) -> tuple[sa.Column[Any], ...]:
    return tuple(sa.Column(name, kind(), nullable=null) for name in names.split())


def _points(column: str, target: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=name)


def _cases() -> None:
    op.create_table(
        "cases",
        *_columns(sa.Integer, "id"),
        *_columns(sa.String, "patient"),
        *_columns(sa.Boolean, "extra simulated"),
        *_columns(sa.String, "imported"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("patient", "extra", name="uq_cases_patient_extra"),
    )


def _folds() -> None:
    op.create_table(
        "folds",
        *_columns(sa.String, "patient"),
        *_columns(sa.Integer, "fold"),
        sa.PrimaryKeyConstraint("patient", name="pk_folds"),
    )


def _reading_protocol() -> None:
    op.create_table(
        "reading_protocol",
        *_columns(sa.Integer, "id version"),
        *_columns(sa.String, "draft scheme algorithm pipeline audit override sealed seal_hash"),
        sa.PrimaryKeyConstraint("id", name="pk_reading_protocol"),
        sa.UniqueConstraint("version", name="uq_reading_protocol_version"),
    )


def _study() -> None:
    op.create_table(
        "study",
        *_columns(sa.Integer, "id"),
        *_columns(sa.String, "name kind"),
        *_columns(sa.Boolean, "simulated"),
        *_columns(sa.Text, "scheme"),
        *_columns(sa.Double, "window_low window_high"),
        *_columns(sa.String, "created"),
        *_columns(sa.Integer, "fold_seed", null=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_study_one_row")),
        sa.PrimaryKeyConstraint("id", name="pk_study"),
    )


def _training_runs() -> None:
    op.create_table(
        "training_runs",
        *_columns(sa.Integer, "id"),
        *_columns(sa.String, "run_hash arm kind category"),
        *_columns(sa.Integer, "fold", null=True),
        *_columns(sa.Integer, "seed"),
        *_columns(sa.String, "profile augmentation_group spec state message"),
        *_columns(sa.Double, "accuracy", null=True),
        *_columns(sa.Integer, "correct n", null=True),
        *_columns(sa.Double, "kid seconds", null=True),
        *_columns(sa.String, "device queued started finished removed"),
        *_columns(sa.Boolean, "simulated"),
        sa.PrimaryKeyConstraint("id", name="pk_training_runs"),
    )
    op.create_index("ix_training_runs_run_hash", "training_runs", ["run_hash"])


def _embeddings() -> None:
    op.create_table(
        "embeddings",
        *_columns(sa.Integer, "run_id"),
        *_columns(sa.Text, "measures"),
        *_columns(sa.String, "created"),
        *_columns(sa.LargeBinary, "points"),
        _points("run_id", "training_runs.id", "fk_embeddings_run_id_training_runs"),
        sa.PrimaryKeyConstraint("run_id", name="pk_embeddings"),
    )


def _reading_item() -> None:
    op.create_table(
        "reading_item",
        *_columns(sa.Integer, "id protocol_id"),
        *_columns(sa.String, "opaque"),
        *_columns(sa.Boolean, "practice"),
        *_columns(sa.String, "origin category patient"),
        *_columns(sa.Integer, "fold lesion_id synthetic_id", null=True),
        *_columns(sa.String, "sha256"),
        sa.CheckConstraint("origin IN ('real', 'synthetic')", name=op.f("ck_reading_item_origin")),
        _points(
            "protocol_id", "reading_protocol.id", "fk_reading_item_protocol_id_reading_protocol"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reading_item"),
        sa.UniqueConstraint("opaque", name="uq_reading_item_opaque"),
    )
    op.create_index("ix_reading_item_protocol_id", "reading_item", ["protocol_id"])


def _reading_reader() -> None:
    op.create_table(
        "reading_reader",
        *_columns(sa.Integer, "id protocol_id number"),
        *_columns(sa.String, "pseudonym kind note uid"),
        *_columns(sa.Integer, "order_seed"),
        *_columns(sa.String, "algorithm package genesis enrolled"),
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
        sa.UniqueConstraint("uid", name="uq_reading_reader_uid"),
    )
    op.create_index("ix_reading_reader_protocol_id", "reading_reader", ["protocol_id"])


def _reading_unblinding() -> None:
    op.create_table(
        "reading_unblinding",
        *_columns(sa.Integer, "id protocol_id"),
        *_columns(sa.String, "at by reason"),
        _points(
            "protocol_id",
            "reading_protocol.id",
            "fk_reading_unblinding_protocol_id_reading_protocol",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reading_unblinding"),
        sa.UniqueConstraint("protocol_id", name="uq_reading_unblinding_protocol_id"),
    )


def _series() -> None:
    op.create_table(
        "series",
        *_columns(sa.Integer, "id case_id"),
        *_columns(sa.String, "series_uid kind description"),
        *_columns(sa.Integer, "slices rows columns"),
        *_columns(sa.Double, "row_spacing column_spacing slice_spacing"),
        *_columns(sa.String, "scanner"),
        *_columns(sa.Boolean, "has_hu simulated"),
        *_columns(sa.Text, "badges"),
        *_columns(sa.String, "folder"),
        _points("case_id", "cases.id", "fk_series_case_id_cases"),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
        sa.UniqueConstraint("series_uid", name="uq_series_series_uid"),
    )
    op.create_index("ix_series_case_id", "series", ["case_id"])


def _lesions() -> None:
    op.create_table(
        "lesions",
        *_columns(sa.Integer, "id case_id series_id"),
        *_columns(sa.String, "name"),
        *_columns(sa.Integer, "chosen_slice", null=True),
        *_columns(sa.String, "author created removed"),
        _points("case_id", "cases.id", "fk_lesions_case_id_cases"),
        _points("series_id", "series.id", "fk_lesions_series_id_series"),
        sa.PrimaryKeyConstraint("id", name="pk_lesions"),
        sa.UniqueConstraint("case_id", "name", name="uq_lesions_case_id_name"),
    )
    op.create_index("ix_lesions_series_id", "lesions", ["series_id"])


def _reading_event() -> None:
    op.create_table(
        "reading_event",
        *_columns(sa.Integer, "id reader_id sequence"),
        *_columns(sa.String, "kind trial_id payload at"),
        *_columns(sa.Integer, "monotonic_ns"),
        *_columns(sa.String, "hash"),
        _points("reader_id", "reading_reader.id", "fk_reading_event_reader_id_reading_reader"),
        sa.PrimaryKeyConstraint("id", name="pk_reading_event"),
        sa.UniqueConstraint("reader_id", "sequence", name="uq_reading_event_reader_id_sequence"),
    )


def _reading_head() -> None:
    op.create_table(
        "reading_head",
        *_columns(sa.Integer, "reader_id count"),
        *_columns(sa.String, "hash merged"),
        _points("reader_id", "reading_reader.id", "fk_reading_head_reader_id_reading_reader"),
        sa.PrimaryKeyConstraint("reader_id", name="pk_reading_head"),
    )


def _reading_trial() -> None:
    op.create_table(
        "reading_trial",
        *_columns(sa.Integer, "id reader_id position"),
        *_columns(sa.String, "trial_id"),
        *_columns(sa.Integer, "item_id"),
        *_columns(sa.Boolean, "practice repeat flipped"),
        _points("item_id", "reading_item.id", "fk_reading_trial_item_id_reading_item"),
        _points("reader_id", "reading_reader.id", "fk_reading_trial_reader_id_reading_reader"),
        sa.PrimaryKeyConstraint("id", name="pk_reading_trial"),
        sa.UniqueConstraint("reader_id", "position", name="uq_reading_trial_reader_id_position"),
        sa.UniqueConstraint("trial_id", name="uq_reading_trial_trial_id"),
    )
    op.create_index("ix_reading_trial_reader_id", "reading_trial", ["reader_id"])


def _contours() -> None:
    op.create_table(
        "contours",
        *_columns(sa.Integer, "id lesion_id"),
        *_columns(sa.String, "sop_uid"),
        *_columns(sa.Integer, "slice_index"),
        *_columns(sa.String, "author"),
        *_columns(sa.Text, "points"),
        *_columns(sa.String, "tool"),
        *_columns(sa.Double, "area_mm2 diameter_mm"),
        *_columns(sa.String, "created state"),
        _points("lesion_id", "lesions.id", "fk_contours_lesion_id_lesions"),
        sa.PrimaryKeyConstraint("id", name="pk_contours"),
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


def _diagnoses() -> None:
    op.create_table(
        "diagnoses",
        *_columns(sa.Integer, "id lesion_id"),
        *_columns(sa.String, "category basis author created"),
        _points("lesion_id", "lesions.id", "fk_diagnoses_lesion_id_lesions"),
        sa.PrimaryKeyConstraint("id", name="pk_diagnoses"),
    )
    op.create_index("ix_diagnoses_lesion_id", "diagnoses", ["lesion_id"])


def _predictions() -> None:
    op.create_table(
        "predictions",
        *_columns(sa.Integer, "run_id lesion_id"),
        *_columns(sa.String, "category predicted"),
        *_columns(sa.Text, "probabilities"),
        _points("lesion_id", "lesions.id", "fk_predictions_lesion_id_lesions"),
        _points("run_id", "training_runs.id", "fk_predictions_run_id_training_runs"),
        sa.PrimaryKeyConstraint("run_id", "lesion_id", name="pk_predictions"),
    )


def _reading_response() -> None:
    op.create_table(
        "reading_response",
        *_columns(sa.Integer, "id event_id reader_id"),
        *_columns(sa.String, "trial_id"),
        *_columns(sa.Integer, "attempt"),
        *_columns(sa.String, "diagnosis origin"),
        *_columns(sa.Integer, "confidence", null=True),
        *_columns(sa.String, "shown_at"),
        *_columns(sa.Double, "first_key_ms commit_ms active_ms"),
        *_columns(sa.Integer, "focus_losses window_changes"),
        *_columns(sa.Double, "idle_ms"),
        _points("event_id", "reading_event.id", "fk_reading_response_event_id_reading_event"),
        _points("reader_id", "reading_reader.id", "fk_reading_response_reader_id_reading_reader"),
        _points("trial_id", "reading_trial.trial_id", "fk_reading_response_trial_id_reading_trial"),
        sa.PrimaryKeyConstraint("id", name="pk_reading_response"),
        sa.UniqueConstraint("event_id", name="uq_reading_response_event_id"),
    )
    op.create_index("ix_reading_response_trial", "reading_response", ["reader_id", "trial_id"])


def _synthetic_rois() -> None:
    op.create_table(
        "synthetic_rois",
        *_columns(sa.Integer, "id run_id"),
        *_columns(sa.String, "category"),
        *_columns(sa.Integer, "seed draw"),
        *_columns(sa.String, "audit"),
        *_columns(sa.Integer, "nearest_lesion_id", null=True),
        *_columns(sa.Double, "similarity", null=True),
        *_columns(sa.Boolean, "accepted"),
        *_columns(sa.String, "decided created"),
        *_columns(sa.LargeBinary, "image"),
        _points("nearest_lesion_id", "lesions.id", "fk_synthetic_rois_nearest_lesion_id_lesions"),
        _points("run_id", "training_runs.id", "fk_synthetic_rois_run_id_training_runs"),
        sa.PrimaryKeyConstraint("id", name="pk_synthetic_rois"),
    )
    op.create_index("ix_synthetic_rois_run_id", "synthetic_rois", ["run_id"])


def _rois() -> None:
    op.create_table(
        "rois",
        *_columns(sa.Integer, "lesion_id contour_id rule"),
        *_columns(sa.Double, "window_low window_high"),
        *_columns(sa.LargeBinary, "image native"),
        *_columns(sa.Double, "native_low native_high center_x center_y"),
        *_columns(sa.Double, "row_spacing column_spacing diameter_mm side_mm"),
        *_columns(sa.Boolean, "beyond_image"),
        _points("contour_id", "contours.id", "fk_rois_contour_id_contours"),
        _points("lesion_id", "lesions.id", "fk_rois_lesion_id_lesions"),
        sa.PrimaryKeyConstraint("lesion_id", name="pk_rois"),
    )
