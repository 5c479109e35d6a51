"""Tables of what was imported, drawn and diagnosed. Nothing drawn or diagnosed is overwritten."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from studies.model.columns import ArrayColumn, TupleColumn
from studies.model.tables import Table


class StudyRow(Table):
    """The one ReaderStudy of this file."""

    __tablename__ = "study"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str]  # CSPRNG; receipts outside the study are named after it
    name: Mapped[str]
    kind: Mapped[str]
    simulated: Mapped[bool]
    scheme: Mapped[tuple[Any, ...]] = mapped_column(TupleColumn)
    window_low: Mapped[float]
    window_high: Mapped[float]
    created: Mapped[str]
    fold_seed: Mapped[int | None]


class CaseRow(Table):
    """One patient's examination."""

    __tablename__ = "cases"
    __table_args__ = (UniqueConstraint("patient", "extra"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    patient: Mapped[str]
    extra: Mapped[bool]
    simulated: Mapped[bool]
    imported: Mapped[str]
    clinical_note: Mapped[str] = mapped_column(default="")  # shown to readers where a protocol does
    series: Mapped[list[SeriesRow]] = relationship(back_populates="case", order_by="SeriesRow.id")


class SeriesRow(Table):
    """A series as stored; `folder` is relative to the study's series folder."""

    __tablename__ = "series"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    series_uid: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    description: Mapped[str]
    slices: Mapped[int]
    rows: Mapped[int]
    columns: Mapped[int]
    row_spacing: Mapped[float]
    column_spacing: Mapped[float]
    slice_spacing: Mapped[float]
    scanner: Mapped[str]
    has_hu: Mapped[bool]
    hu_confirmed_by: Mapped[str] = mapped_column(default="")  # who said that stored values are HU
    hu_confirmed_at: Mapped[str] = mapped_column(default="")
    simulated: Mapped[bool]
    badges: Mapped[tuple[str, ...]] = mapped_column(TupleColumn)
    folder: Mapped[str]
    case: Mapped[CaseRow] = relationship(back_populates="series")


class LesionRow(Table):
    """A finding; `removed` is when it was taken out, empty while it stands.

    `removed_by` is who took it out; empty where its author took its adding back.
    """

    __tablename__ = "lesions"
    __table_args__ = (UniqueConstraint("case_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), index=True)
    name: Mapped[str]
    chosen_slice: Mapped[int | None]
    author: Mapped[str]
    created: Mapped[str]
    removed: Mapped[str] = mapped_column(default="")
    removed_by: Mapped[str] = mapped_column(default="")
    training_author: Mapped[str] = mapped_column(default="")  # whose margins train; empty: the rule
    case: Mapped[CaseRow] = relationship()
    series: Mapped[SeriesRow] = relationship()


class ContourRow(Table):
    """One version of a margin. States: standing, past (undo), undone (redo), dropped.

    A standing row without points says that the margin was deleted. `anchors` are the polygon's own
    points, `seeds` where an aid was asked; a margin re-opens with both.
    """

    __tablename__ = "contours"
    __table_args__ = (
        Index(
            "uq_contours_standing",
            "lesion_id",
            "slice_index",
            "author",
            unique=True,
            sqlite_where=text("state = 'standing'"),
            postgresql_where=text("state = 'standing'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lesion_id: Mapped[int] = mapped_column(ForeignKey("lesions.id"), index=True)
    sop_uid: Mapped[str]
    slice_index: Mapped[int]
    author: Mapped[str]
    points: Mapped[tuple[tuple[float, float], ...]] = mapped_column(TupleColumn)
    tool: Mapped[str]
    anchors: Mapped[tuple[tuple[float, float], ...]] = mapped_column(TupleColumn, default=())
    seeds: Mapped[tuple[tuple[float, float], ...]] = mapped_column(TupleColumn, default=())
    area_mm2: Mapped[float]
    diameter_mm: Mapped[float]
    created: Mapped[str]
    state: Mapped[str]
    lesion: Mapped[LesionRow] = relationship()


class ShownRow(Table):
    """When `author` was first shown the others' margins of a lesion, and which margins stood then.

    Two authors are compared by those; what changes later was not drawn independently.
    """

    __tablename__ = "shown_margins"
    __table_args__ = (UniqueConstraint("lesion_id", "author"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lesion_id: Mapped[int] = mapped_column(ForeignKey("lesions.id"))
    author: Mapped[str]
    created: Mapped[str]
    looked: Mapped[bool]  # had drawn none of their own
    contour_ids: Mapped[tuple[int, ...]] = mapped_column(TupleColumn)


class DiagnosisRow(Table):
    """A diagnosis with its basis; the newest of a lesion stands. Empty: it was taken back."""

    __tablename__ = "diagnoses"

    id: Mapped[int] = mapped_column(primary_key=True)
    lesion_id: Mapped[int] = mapped_column(ForeignKey("lesions.id"), index=True)
    category: Mapped[str]
    basis: Mapped[str]
    author: Mapped[str]
    created: Mapped[str]


class FoldRow(Table):
    """The fold of a patient, 0-based."""

    __tablename__ = "folds"

    patient: Mapped[str] = mapped_column(primary_key=True)
    fold: Mapped[int]


class RoiRow(Table):
    """A ready lesion's ROI, kept while contour and window are those it was sampled with."""

    __tablename__ = "rois"

    lesion_id: Mapped[int] = mapped_column(ForeignKey("lesions.id"), primary_key=True)
    contour_id: Mapped[int] = mapped_column(ForeignKey("contours.id"))
    rule: Mapped[int]
    window_low: Mapped[float]
    window_high: Mapped[float]
    image: Mapped[npt.NDArray[np.float32]] = mapped_column(ArrayColumn)
    native: Mapped[npt.NDArray[np.float32]] = mapped_column(ArrayColumn)
    native_low: Mapped[float]
    native_high: Mapped[float]
    center_x: Mapped[float]
    center_y: Mapped[float]
    row_spacing: Mapped[float]
    column_spacing: Mapped[float]
    diameter_mm: Mapped[float]
    side_mm: Mapped[float]
    beyond_image: Mapped[bool]
