"""A series whose file does not say that its values are HU waits for somebody's word.

Until then its lesions are not ready: their ROIs enter no training, no reading and no export
(CT.md 1). The word is kept with its author, and can be withdrawn.
"""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from studies.access import COORDINATOR, TRUTH_AUTHOR, refuse_reader, require
from studies.cases.examinations import series_record
from studies.clock import now
from studies.errors import StudyError
from studies.model.imaging import LesionRow, RoiRow, SeriesRow
from studies.records import SeriesRecord
from studies.store import Store


def awaits_word(row: SeriesRow) -> bool:
    """Whether nobody, the file included, has said that a CT series' values are HU."""
    return row.kind == "dicom" and not row.has_hu


def confirm_hu(store: Store, series_id: int, author: str) -> SeriesRecord:
    """Takes the author's word that a series' stored values are HU; its ROIs are cut anew.

    StudyError for a series that needs no word or has it, and without an author; BlindingError for
    somebody who reads the study blinded.
    """
    require(store, COORDINATOR, TRUTH_AUTHOR)
    refuse_reader(store, author)
    if not author.strip():
        raise StudyError("Say who vouches for these values: enter your name in Settings.")
    with store.transaction() as session:
        row = _series_row(session, series_id)
        if not awaits_word(row):
            raise StudyError(_needs_none(row))
        row.has_hu, row.hu_confirmed_by, row.hu_confirmed_at = True, author.strip(), now()
        return _kept(store, session, row)


def withdraw_hu(store: Store, series_id: int) -> SeriesRecord:
    """Takes that word back; the series' lesions wait again.

    StudyError where the HU are the file's own, or nobody's yet.
    """
    require(store, COORDINATOR, TRUTH_AUTHOR)
    with store.transaction() as session:
        row = _series_row(session, series_id)
        if not row.hu_confirmed_by:
            raise StudyError("Nobody has vouched for the values of this series.")
        row.has_hu, row.hu_confirmed_by, row.hu_confirmed_at = False, "", ""
        return _kept(store, session, row)


def _needs_none(row: SeriesRow) -> str:
    if row.kind != "dicom":
        return "A picture that is not CT has no HU."
    if row.hu_confirmed_by:
        return f"{row.hu_confirmed_by} has vouched for the values of this series already."
    return "The file itself says that its values are HU."


def _series_row(session: Session, series_id: int) -> SeriesRow:
    row = session.get(SeriesRow, series_id)
    if row is None:
        raise StudyError(f"There is no series {series_id} in this study.")
    return row


def _kept(store: Store, session: Session, row: SeriesRow) -> SeriesRecord:
    """Without the ROIs cut under the other meaning of the values."""
    own = select(LesionRow.id).where(LesionRow.series_id == row.id)
    session.execute(delete(RoiRow).where(RoiRow.lesion_id.in_(own)))
    session.flush()
    return series_record(store, row, row.case)
