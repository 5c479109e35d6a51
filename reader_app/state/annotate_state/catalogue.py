"""What the study holds, as this author's worklist shows it. No Qt."""

from __future__ import annotations

from bisect import bisect_left

from reader_app.state.annotate_state import worklist
from reader_app.state.annotate_state.worklist import Entry, Group
from studies import cases
from studies.cases import Authorship
from studies.records import CaseRecord, LesionRecord, SeriesRecord
from studies.store import Store


class Catalogue:
    """Cases, lesions and who drew them, read from the store; look-ups by id.

    After an edit only the lesion concerned is read again, however many there are.
    """

    def __init__(self) -> None:
        self._cases: tuple[CaseRecord, ...] = ()
        self._series: dict[int, SeriesRecord] = {}
        self.lesions: tuple[LesionRecord, ...] = ()
        self.who: dict[int, Authorship] = {}
        self.groups: tuple[Group, ...] = ()
        self._places: dict[int, int] = {}
        self._entries: dict[int, Entry] = {}
        self._author = ""

    def load(self, store: Store | None, author: str) -> None:
        """Read everything."""
        self._cases = cases.cases(store) if store else ()
        self._series = {series.id: series for case in self._cases for series in case.series}
        self.load_lesions(store, author)

    def load_lesions(self, store: Store | None, author: str) -> None:
        """Read the lesions again."""
        self._author = author
        self.lesions = cases.lesions(store) if store else ()
        self.who = {who.lesion_id: who for who in cases.authorships(store)} if store else {}
        self.groups = worklist.groups(self._cases, self.lesions, self.who, author)
        self._places = {group.case.id: place for place, group in enumerate(self.groups)}
        self._entries = {e.lesion.id: e for group in self.groups for e in group.entries}

    def load_lesion(self, store: Store, lesion_id: int, author: str) -> None:
        """Read one lesion again: changed, added, taken out or put back; the others stand."""
        if author != self._author:  # what is missing and what is hidden differ in every row
            self.load_lesions(store, author)
            return
        fresh = cases.lesion(store, lesion_id)
        found = cases.authorships(store, lesion_id=lesion_id)  # of standing lesions only
        at = bisect_left(self.lesions, lesion_id, key=_id)
        after = at + sum(lesion.id == lesion_id for lesion in self.lesions[at : at + 1])
        self.lesions = (*self.lesions[:at], *((fresh,) if found else ()), *self.lesions[after:])
        self.who.pop(lesion_id, None)
        self._entries.pop(lesion_id, None)
        self.who |= {who.lesion_id: who for who in found}
        self._group(fresh.case_id)

    def _group(self, case_id: int) -> None:
        """Make the row of one case anew."""
        place = self._places.get(case_id)
        if place is None:
            return
        own = tuple(lesion for lesion in self.lesions if lesion.case_id == case_id)
        (fresh,) = worklist.groups((self.groups[place].case,), own, self.who, self._author)
        self.groups = (*self.groups[:place], fresh, *self.groups[place + 1 :])
        self._entries |= {entry.lesion.id: entry for entry in fresh.entries}

    def entry(self, lesion_id: int | None) -> Entry | None:
        """A lesion's row."""
        return self._entries.get(lesion_id) if lesion_id is not None else None

    def lesion(self, lesion_id: int | None) -> LesionRecord | None:
        """A lesion of the list."""
        found = self.entry(lesion_id)
        return found.lesion if found else None

    def group(self, case_id: int | None) -> Group | None:
        """A case of the list."""
        place = self._places.get(case_id) if case_id is not None else None
        return self.groups[place] if place is not None else None

    def series(self, series_id: int) -> SeriesRecord | None:
        """A series of any case."""
        return self._series.get(series_id)

    @property
    def progress(self) -> tuple[int, int]:
        """Lesions with nothing missing, and all lesions."""
        done = sum(entry.state == "done" for entry in self._entries.values())
        return done, len(self._entries)


def _id(lesion: LesionRecord) -> int:
    return lesion.id
