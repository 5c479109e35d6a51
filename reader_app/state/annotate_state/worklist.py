"""What is still to do: lesions by case with their states, and which one comes next. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from studies.records import CaseRecord, LesionRecord


@dataclass(frozen=True)
class Entry:
    """A lesion's row. `state`: done | margin | no margin."""

    lesion: LesionRecord
    state: str
    missing: str  # what is still to do, in words; empty when done


@dataclass(frozen=True)
class Group:
    """A case's rows. `done` counts lesions with margin, diagnosis and basis."""

    case: CaseRecord
    entries: tuple[Entry, ...]

    @property
    def done(self) -> int:
        """Lesions of this case with nothing missing."""
        return sum(entry.state == "done" for entry in self.entries)


def groups(cases: tuple[CaseRecord, ...], lesions: tuple[LesionRecord, ...]) -> tuple[Group, ...]:
    """Every case that can be shown, in the order of import, with its lesions."""
    by_case: dict[int, list[Entry]] = {}
    for lesion in lesions:
        by_case.setdefault(lesion.case_id, []).append(entry(lesion))
    return tuple(Group(case, tuple(by_case.get(case.id, ()))) for case in cases if case.series)


def entry(lesion: LesionRecord) -> Entry:
    """The row of a lesion."""
    missing = []
    if lesion.contours == 0:
        missing.append("margin")
    if not lesion.category:
        missing.append("diagnosis")
    if not lesion.basis:
        missing.append("basis")
    state = "done" if not missing else "no margin" if lesion.contours == 0 else "margin"
    return Entry(lesion, state, ", ".join(missing))


def next_lesion(found: tuple[Group, ...], case_id: int | None, lesion_id: int | None) -> int | None:
    """The lesion after this one in the list; of the whole list's end, the first again."""
    order = [entry.lesion.id for group in found for entry in group.entries]
    if not order:
        return None
    if lesion_id in order:
        return order[(order.index(lesion_id) + 1) % len(order)]
    return next((e.lesion.id for g in found if g.case.id == case_id for e in g.entries), order[0])


def next_case(found: tuple[Group, ...], case_id: int | None) -> int | None:
    """The case after this one that still misses something; else simply the one after."""
    ids = [group.case.id for group in found]
    if not ids:
        return None
    at = ids.index(case_id) if case_id in ids else -1
    following = [found[(at + step) % len(ids)] for step in range(1, len(ids) + 1)]
    open_ones = (g.case.id for g in following if g.done < len(g.entries) or not g.entries)
    return next(open_ones, following[0].case.id)
