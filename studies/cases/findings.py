"""Lesions: found, diagnosed, taken out and put back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from studies.access import COORDINATOR, TRUTH_AUTHOR, refuse_reader, require
from studies.cases.stored_values import awaits_word
from studies.clock import moment
from studies.errors import StudyError
from studies.model.imaging import (
    ContourRow,
    DiagnosisRow,
    FoldRow,
    LesionRow,
    SeriesRow,
    StudyRow,
)
from studies.records import LesionRecord
from studies.store import Store

BASES = ("biopsy", "follow-up", "manifest", "simulation")
MANY = 100
"""From so many lesions on the tables are read whole, not row by row."""

MACHINE_TOOLS = ("phantom", "import")
"""Tools of margins that no person drew: the simulation's and a manifest's."""


@dataclass(frozen=True)
class Margin:
    """What the choice of a lesion's key slice needs to know of a standing contour."""

    contour_id: int
    slice_index: int
    author: str
    tool: str
    area_mm2: float
    diameter_mm: float


def lesions(store: Store, *, case_id: int | None = None) -> tuple[LesionRecord, ...]:
    """The standing lesions, of one case or of all, in the order they were found."""
    with store.snapshot() as session:
        return standing_lesions(session, case_id)


def lesion(store: Store, lesion_id: int) -> LesionRecord:
    """One lesion, also a removed one; StudyError when there is none."""
    with store.snapshot() as session:
        return _one(session, lesion_id)


def add_lesion(store: Store, series_id: int, *, author: str = "") -> LesionRecord:
    """A new finding on a series, named L1, L2, … within its case."""
    require(store, COORDINATOR, TRUTH_AUTHOR)
    with store.transaction() as session:
        series = session.get(SeriesRow, series_id)
        if series is None:
            raise StudyError(f"There is no series {series_id} in this study.")
        known = session.scalar(
            select(func.count(LesionRow.id)).where(LesionRow.case_id == series.case_id)
        )
        row = LesionRow(
            case_id=series.case_id,
            series_id=series_id,
            name=f"L{int(known or 0) + 1}",
            author=author,
            created=moment(),
        )
        session.add(row)
        session.flush()
        return _one(session, row.id)


def remove_lesion(store: Store, lesion_id: int, *, author: str = "") -> None:
    """Takes a lesion out; everything drawn stays, and `restore_lesion` puts it back.

    `author` is who removes it and can undo that; empty: who added it takes the adding back.
    """
    require(store, COORDINATOR, TRUTH_AUTHOR)
    with store.transaction() as session:
        row = lesion_row(session, lesion_id)
        row.removed, row.removed_by = moment(), author


def restore_lesion(store: Store, lesion_id: int) -> LesionRecord:
    """Puts a removed lesion back as it was."""
    require(store, COORDINATOR, TRUTH_AUTHOR)
    with store.transaction() as session:
        row = lesion_row(session, lesion_id)
        row.removed = row.removed_by = ""
        session.flush()
        return _one(session, lesion_id)


def confirm_diagnosis(
    store: Store, lesion_id: int, category: str, basis: str, author: str
) -> LesionRecord:
    """The reference standard of a lesion; earlier ones are kept, the newest stands.

    A half may be stored before the other (the lesion is not ready then); two empty halves take
    the diagnosis back. StudyError for a class or basis that the study does not know,
    BlindingError for somebody who reads the study blinded.
    """
    require(store, COORDINATOR, TRUTH_AUTHOR)
    refuse_reader(store, author)
    with store.transaction() as session:
        lesion_row(session, lesion_id)
        codes = tuple(fields[0] for fields in session.get_one(StudyRow, 1).scheme)
        check_class(codes, category, basis, empty=True)
        session.add(
            DiagnosisRow(
                lesion_id=lesion_id, category=category, basis=basis, author=author, created=moment()
            )
        )
        session.flush()
        return _one(session, lesion_id)


def check_class(codes: tuple[str, ...], category: str, basis: str, *, empty: bool = False) -> None:
    """StudyError for a class that is none of `codes`, or a basis that is none of BASES.

    `empty`: either may be missing.
    """
    if basis not in BASES and not (empty and not basis):
        raise StudyError(f"The basis of a diagnosis is one of {', '.join(BASES)}.")
    if category not in codes and not (empty and not category):
        raise StudyError(f"{category} is no class of this study ({', '.join(codes)}).")


def choose_key_slice(store: Store, lesion_id: int, slice_index: int | None) -> LesionRecord:
    """The slice whose ROI is used; None = the one with the largest margin again."""
    require(store, COORDINATOR, TRUTH_AUTHOR)
    with store.transaction() as session:
        row = lesion_row(session, lesion_id)
        margins = margins_of(session, (lesion_id,))[lesion_id]
        drawn = {margin.slice_index for margin in training_margins(row, margins)}
        if slice_index is not None and slice_index not in drawn:
            raise StudyError(_no_margin(row, margins, slice_index))
        row.chosen_slice = slice_index
        session.flush()
        return _one(session, lesion_id)


def _no_margin(row: LesionRow, margins: list[Margin], slice_index: int) -> str:
    place = f"{row.name} has no margin on slice {slice_index + 1}"
    if slice_index not in {margin.slice_index for margin in margins}:
        return f"{place}. Draw it first."
    whose = training_margins(row, margins)[0].author
    return (
        f"{place} by {whose}, whose margins of it train. Choose a slice that {whose} drew, or "
        "another author under Trains."
    )


def lesion_row(session: Session, lesion_id: int) -> LesionRow:
    """The row of a lesion; StudyError when there is none."""
    row = session.get(LesionRow, lesion_id)
    if row is None:
        raise StudyError(f"There is no lesion {lesion_id} in this study.")
    return row


def standing_lesions(session: Session, case_id: int | None = None) -> tuple[LesionRecord, ...]:
    """The lesions that were not taken out."""
    query = select(LesionRow).where(LesionRow.removed == "").order_by(LesionRow.id)
    return _records(session, query if case_id is None else query.filter_by(case_id=case_id))


def key_margin(row: LesionRow, margins: list[Margin]) -> Margin | None:
    """The margin whose ROI is used: of the author who trains, on the chosen slice, else on
    the one with the largest area (CT.md, ROI rule)."""
    own = training_margins(row, margins)
    if not own:
        return None
    chosen = [margin for margin in own if margin.slice_index == row.chosen_slice]
    return max(chosen or own, key=lambda margin: (margin.area_mm2, -margin.slice_index))


def training_margins(row: LesionRow, margins: list[Margin]) -> list[Margin]:
    """The margins of the author chosen to train, else of the first author.

    A chosen author whose margins were all deleted gives way to the first one.
    """
    chosen = [m for m in margins if row.training_author and m.author == row.training_author]
    first = first_author(row, margins)
    return chosen or [margin for margin in drawn_by_hand(margins) if margin.author == first]


def first_author(row: LesionRow, margins: list[Margin]) -> str:
    """Who found the lesion, else who drew its oldest margin; people before machines.

    What a person drew outranks what a simulation or a manifest brought along (`MACHINE_TOOLS`):
    among people the first author stands, whoever draws later. Empty without a margin.
    """
    drawn = drawn_by_hand(margins)
    if row.author in {margin.author for margin in drawn}:
        return row.author
    return min(drawn, key=_age).author if drawn else ""


def drawn_by_hand(margins: list[Margin]) -> list[Margin]:
    """What people drew; where nobody did, what machines brought along."""
    return [margin for margin in margins if margin.tool not in MACHINE_TOOLS] or margins


def margins_of(
    session: Session, lesion_ids: tuple[int, ...] | None = None
) -> defaultdict[int, list[Margin]]:
    """Standing margins by lesion, in the order they were drawn; of all lesions for None."""
    query = (
        select(
            ContourRow.lesion_id,
            ContourRow.id,
            ContourRow.slice_index,
            ContourRow.author,
            ContourRow.tool,
            ContourRow.area_mm2,
            ContourRow.diameter_mm,
        )
        .where(ContourRow.state == "standing", ContourRow.area_mm2 > 0)
        .order_by(ContourRow.id)
    )
    if lesion_ids is not None:
        query = query.where(ContourRow.lesion_id.in_(lesion_ids))
    found: defaultdict[int, list[Margin]] = defaultdict(list)
    for row in session.execute(query):
        found[row[0]].append(Margin(*row[1:]))
    return found


def _age(margin: Margin) -> int:
    return margin.contour_id


def _one(session: Session, lesion_id: int) -> LesionRecord:
    found = _records(session, select(LesionRow).where(LesionRow.id == lesion_id))
    if not found:
        raise StudyError(f"There is no lesion {lesion_id} in this study.")
    return found[0]


def _records(session: Session, query: Select[LesionRow]) -> tuple[LesionRecord, ...]:
    rows = tuple(
        session.scalars(query.options(joinedload(LesionRow.case), joinedload(LesionRow.series)))
    )
    some = tuple(row.id for row in rows) if len(rows) < MANY else None
    margins, diagnoses = margins_of(session, some), _diagnoses(session, some)
    folds = _folds(session, None if some is None else {row.case.patient for row in rows})
    return tuple(
        _record(row, margins[row.id], diagnoses.get(row.id), folds.get(row.case.patient))
        for row in rows
    )


@dataclass(frozen=True)
class _Diagnosis:
    """What stands of a lesion's diagnosis."""

    category: str
    basis: str
    author: str


def _diagnoses(
    session: Session, lesion_ids: tuple[int, ...] | None = None
) -> dict[int, _Diagnosis]:
    """The newest diagnosis of each lesion, or of some: later rows replace earlier ones."""
    query = select(
        DiagnosisRow.lesion_id, DiagnosisRow.category, DiagnosisRow.basis, DiagnosisRow.author
    ).order_by(DiagnosisRow.id)
    if lesion_ids is not None:
        query = query.where(DiagnosisRow.lesion_id.in_(lesion_ids))
    return {row[0]: _Diagnosis(*row[1:]) for row in session.execute(query)}


def _folds(session: Session, patients: set[str] | None) -> dict[str, int]:
    query = select(FoldRow.patient, FoldRow.fold)
    if patients is not None:
        query = query.where(FoldRow.patient.in_(patients))
    return {row[0]: row[1] for row in session.execute(query)}


def _record(
    row: LesionRow, margins: list[Margin], diagnosis: _Diagnosis | None, fold: int | None
) -> LesionRecord:
    key = key_margin(row, margins)
    return LesionRecord(
        id=row.id,
        case_id=row.case_id,
        series_id=row.series_id,
        patient=row.case.patient,
        name=row.name,
        category=diagnosis.category if diagnosis else "",
        basis=diagnosis.basis if diagnosis else "",
        diagnosed_by=diagnosis.author if diagnosis and diagnosis.category else "",
        extra=row.case.extra,
        fold=fold,
        key_slice=key.slice_index if key else None,
        diameter_mm=key.diameter_mm if key else None,
        contours=len(margins),
        training_author=row.training_author,
        chosen_slice=row.chosen_slice,
        awaits_hu=awaits_word(row.series),
    )
