"""Reading the study for the Cases tables; of a large one in a thread."""

from __future__ import annotations

from dataclasses import dataclass, field

from reader_app.state.cases_rows import (
    AnyRow,
    LesionRow,
    PatientRow,
    SeriesRow,
    Tables,
    missing_by_lesion,
    tables,
)
from studies import cases
from studies.access import ANALYST
from studies.cases import Authorship
from studies.records import CaseRecord, ClassScheme, LesionRecord
from studies.store import Store

AT_ONCE = 400
"""More series than these take longer to read than the window may stand still."""


@dataclass(frozen=True)
class Contents:
    """The study's cases and lesions as records, and as the rows of the three tabs."""

    tables: Tables = field(default_factory=Tables)
    cases: tuple[CaseRecord, ...] = ()
    lesions: tuple[LesionRecord, ...] = ()

    def series_of(self, row: AnyRow | None) -> SeriesRow | None:
        """The series that a row is, or that its lesion lies on."""
        if isinstance(row, LesionRow):
            wanted = row.lesion.series_id
            return next((one for one in self.tables.series if one.key == wanted), None)
        return row if isinstance(row, SeriesRow) else None

    def case_of(self, row: AnyRow | None) -> CaseRecord | None:
        """The one case of a row; None without a row, and for a patient with several."""
        series = self.series_of(row)
        ids = row.case_ids if isinstance(row, PatientRow) else ()
        wanted = series.series.case_id if series else ids[0] if len(ids) == 1 else None
        return next((case for case in self.cases if case.id == wanted), None)

    def note_of(self, row: AnyRow | None) -> str:
        """The clinical note of a row's case."""
        case = self.case_of(row)
        return case.clinical_note if case else ""


def is_large(store: Store) -> bool:
    """Whether reading the study would hold up the window: each series has a folder."""
    folder = store.folder / "series"
    return folder.is_dir() and sum(1 for _ in folder.iterdir()) > AT_ONCE


def contents_of(store: Store, scheme: ClassScheme, author: str) -> Contents:
    """Everything the tables show, as this author sees it."""
    lesions, found = cases.lesions(store), cases.cases(store)
    who = _drew(store)
    missing = missing_by_lesion(lesions, _second(who, author), author)
    hidden = frozenset(one.lesion_id for one in who if one.hides_training(author))
    return Contents(tables(found, lesions, scheme, missing, hidden), found, lesions)


def _drew(store: Store) -> tuple[Authorship, ...]:
    """Who drew each lesion; asked for those only who can draw here themselves."""
    can_draw = not store.read_only and store.access.role != ANALYST
    return cases.authorships(store) if can_draw else ()


def _second(who: tuple[Authorship, ...], author: str) -> dict[int, Authorship]:
    """Who drew each lesion, where this author is one of those who draw; else nobody is missed."""
    draws = any(author in one.people for one in who)
    return {one.lesion_id: one for one in who} if draws else {}
