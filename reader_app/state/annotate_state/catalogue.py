"""What the study holds, as this author's worklist shows it. No Qt."""

from __future__ import annotations

from reader_app.state.annotate_state import worklist
from reader_app.state.annotate_state.worklist import Entry, Group
from studies import cases
from studies.cases import Authorship
from studies.records import CaseRecord, LesionRecord, SeriesRecord
from studies.store import Store


class Catalogue:
    """Cases, lesions and who drew them, read from the store; look-ups by id."""

    def __init__(self) -> None:
        self._cases: tuple[CaseRecord, ...] = ()
        self.lesions: tuple[LesionRecord, ...] = ()
        self.who: dict[int, Authorship] = {}
        self.groups: tuple[Group, ...] = ()

    def load(self, store: Store | None, author: str) -> None:
        """Read everything."""
        self._cases = cases.cases(store) if store else ()
        self.load_lesions(store, author)

    def load_lesions(self, store: Store | None, author: str) -> None:
        """Read the lesions again."""
        self.lesions = cases.lesions(store) if store else ()
        self.who = {who.lesion_id: who for who in cases.authorships(store)} if store else {}
        self._group(author)

    def load_lesion(self, store: Store, lesion_id: int, author: str) -> None:
        """Read one lesion again; the others stand as they were."""
        fresh = cases.lesion(store, lesion_id)
        self.lesions = tuple(fresh if old.id == lesion_id else old for old in self.lesions)
        self.who |= {who.lesion_id: who for who in cases.authorships(store, lesion_id=lesion_id)}
        self._group(author)

    def _group(self, author: str) -> None:
        self.groups = worklist.groups(self._cases, self.lesions, self.who, author)

    def entry(self, lesion_id: int | None) -> Entry | None:
        """A lesion's row."""
        found = (e for g in self.groups for e in g.entries if e.lesion.id == lesion_id)
        return next(found, None)

    def lesion(self, lesion_id: int | None) -> LesionRecord | None:
        """A lesion of the list."""
        found = self.entry(lesion_id)
        return found.lesion if found else None

    def group(self, case_id: int | None) -> Group | None:
        """A case of the list."""
        return next((g for g in self.groups if g.case.id == case_id), None)

    def series(self, series_id: int) -> SeriesRecord | None:
        """A series of any case."""
        found = (s for g in self.groups for s in g.case.series if s.id == series_id)
        return next(found, None)

    @property
    def progress(self) -> tuple[int, int]:
        """Lesions with nothing missing, and all lesions."""
        return sum(g.done for g in self.groups), sum(len(g.entries) for g in self.groups)
