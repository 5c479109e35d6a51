"""Cases and their series."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from studies.access import COORDINATOR, TRUTH_AUTHOR, require
from studies.clock import now
from studies.errors import StudyError
from studies.model.imaging import CaseRow, SeriesRow
from studies.records import CaseRecord, SeriesRecord
from studies.store import Store

LONGEST_NOTE = 240
"""Characters of a clinical note: two or three lines below a reader's picture."""


@dataclass(frozen=True)
class NewSeries:
    """A series whose files already lie in the study's series folder, below `folder`.

    Spacings in mm (1 for images without), `folder` relative to `Store.series_folder`.
    """

    series_uid: str
    kind: str  # dicom | image
    description: str
    slices: int
    rows: int
    columns: int
    row_spacing: float
    column_spacing: float
    slice_spacing: float
    scanner: str
    has_hu: bool
    simulated: bool
    badges: tuple[str, ...]
    folder: Path


def cases(store: Store) -> tuple[CaseRecord, ...]:
    """All cases in the order of import, each with its series."""
    with store.snapshot() as session:
        rows = session.scalars(
            select(CaseRow).options(selectinload(CaseRow.series)).order_by(CaseRow.id)
        )
        return tuple(_case(store, row) for row in rows)


def series(store: Store, series_id: int) -> SeriesRecord:
    """One series; StudyError when it is not there."""
    with store.snapshot() as session:
        row = session.get(SeriesRow, series_id)
        if row is None:
            raise StudyError(f"There is no series {series_id} in this study.")
        return series_record(store, row, row.case)


def all_series(store: Store) -> tuple[SeriesRecord, ...]:
    """Every series in the order of import."""
    return tuple(record for case in cases(store) for record in case.series)


def add_case(
    store: Store, patient: str, *, extra: bool = False, simulated: bool = False
) -> CaseRecord:
    """The case of this patient, made when new; `extra` cases join training only."""
    require(store, COORDINATOR, TRUTH_AUTHOR)
    with store.transaction() as session:
        return _case(store, case_row(session, patient, extra=extra, simulated=simulated))


def add_series(store: Store, case_id: int, new: NewSeries) -> SeriesRecord:
    """Records a series of a case; StudyError when it was imported before or its files lack."""
    require(store, COORDINATOR, TRUTH_AUTHOR)
    with store.transaction() as session:
        case = session.get(CaseRow, case_id)
        if case is None:
            raise StudyError(f"There is no case {case_id} in this study.")
        return series_record(store, new_series_row(store, session, case, new), case)


def set_clinical_note(store: Store, case_id: int, note: str) -> CaseRecord:
    """Keep a case's clinical note: one paragraph of plain text, 240 characters; "" takes it away.

    Line breaks and tabs become spaces. Readers are told it where a protocol shows notes (READING
    section 2), as it stood at sealing. Raises StudyError for a note that is too long, holds
    characters that cannot be shown, or belongs to no case.
    """
    require(store, COORDINATOR, TRUTH_AUTHOR)
    text = " ".join(note.split())
    if len(text) > LONGEST_NOTE:
        raise StudyError(
            f"A clinical note has {LONGEST_NOTE} characters at most, this one {len(text)}. Keep to "
            "what a reader must know."
        )
    if not text.isprintable():
        raise StudyError("A clinical note is plain text; take out what cannot be shown.")
    with store.transaction() as session:
        case = session.get(CaseRow, case_id)
        if case is None:
            raise StudyError(f"There is no case {case_id} in this study.")
        case.clinical_note = text
        return _case(store, case)


def case_row(session: Session, patient: str, *, extra: bool, simulated: bool) -> CaseRow:
    """The row of a patient's case, made when new; StudyError for a blank patient."""
    patient = patient.strip()
    if not patient:
        raise StudyError("A case needs a patient. Give a pseudonym.")
    query = select(CaseRow).where(CaseRow.patient == patient, CaseRow.extra == extra)
    row = session.scalars(query).one_or_none()
    if row is None:
        row = CaseRow(patient=patient, extra=extra, simulated=simulated, imported=now())
        session.add(row)
        session.flush()
    return row


def new_series_row(store: Store, session: Session, case: CaseRow, new: NewSeries) -> SeriesRow:
    """The row of a series whose files are in place; StudyError when it cannot be recorded."""
    check_folder(store, new)
    if session.scalar(select(SeriesRow.id).where(SeriesRow.series_uid == new.series_uid)):
        raise StudyError(f"Series {new.description} is in this study already.")
    row = SeriesRow(case_id=case.id, **series_columns(new))
    session.add(row)
    session.flush()
    return row


def check_folder(store: Store, new: NewSeries) -> None:
    """StudyError where a new series' files are not in their place."""
    if new.folder.is_absolute() or ".." in new.folder.parts:
        raise StudyError("The files of a series lie inside the study's series folder.")
    if not (store.series_folder / new.folder).is_dir():
        raise StudyError(f"The files of series {new.description} are not in the study.")


def series_columns(new: NewSeries) -> dict[str, object]:
    """What a new series' row holds, its case apart."""
    return {**new.__dict__, "folder": new.folder.as_posix()}


def _case(store: Store, row: CaseRow) -> CaseRecord:
    return CaseRecord(
        id=row.id,
        patient=row.patient,
        extra=row.extra,
        simulated=row.simulated,
        series=tuple(series_record(store, one, row) for one in row.series),
        imported=row.imported,
        clinical_note=row.clinical_note,
    )


def series_record(store: Store, row: SeriesRow, case: CaseRow) -> SeriesRecord:
    """A series as it leaves `studies`."""
    return SeriesRecord(
        id=row.id,
        case_id=row.case_id,
        patient=case.patient,
        series_uid=row.series_uid,
        kind=row.kind,
        description=row.description,
        slices=row.slices,
        rows=row.rows,
        columns=row.columns,
        row_spacing=row.row_spacing,
        column_spacing=row.column_spacing,
        slice_spacing=row.slice_spacing,
        scanner=row.scanner,
        has_hu=row.has_hu,
        simulated=row.simulated,
        badges=tuple(row.badges),
        folder=store.series_folder / row.folder,
        hu_confirmed_by=row.hu_confirmed_by,
    )
