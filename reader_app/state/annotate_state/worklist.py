"""What is still to do: lesions by case with their states, and which one comes next. No Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from studies.cases import Authorship
from studies.records import CaseRecord, LesionRecord

MARGIN, CLASS, BASIS, KEY_SLICE = "margin", "class", "basis", "key slice"
WORD = "HU?"
"""Somebody's word that the stored values of the series are HU."""

SECOND = "second author's margin"
"""This author began a lesion that another person drew first, and has not compared yet."""

_PLURAL = {CLASS: "classes", BASIS: "bases", WORD: WORD}


@dataclass(frozen=True)
class Entry:
    """A lesion's row. `state`: done | margin | no margin.

    `is_blinded`: another person drew it, and this author has not been shown it; its sizes are not
    told.
    """

    lesion: LesionRecord
    state: str
    missing: str  # what is still to do, in words; empty when done
    is_blinded: bool = False


@dataclass(frozen=True)
class Group:
    """A case's rows. `done` counts lesions with margin, diagnosis and basis."""

    case: CaseRecord
    entries: tuple[Entry, ...]

    @property
    def done(self) -> int:
        """Lesions of this case with nothing missing."""
        return sum(entry.state == "done" for entry in self.entries)

    @property
    def is_open(self) -> bool:
        """Something is missing, or no lesion was found yet."""
        return not self.entries or self.done < len(self.entries)

    @property
    def missing(self) -> str:
        """What the case still needs, in words: "2 margins, 1 class"; empty when done."""
        if not self.entries:
            return "no lesion yet"
        counted = Counter(word for e in self.entries for word in e.missing.split(", ") if word)
        return ", ".join(f"{n} {_counted(word, n)}" for word, n in counted.items())


def _counted(word: str, number: int) -> str:
    return word if number == 1 else _PLURAL.get(word, f"{word}s")


def groups(
    cases: tuple[CaseRecord, ...],
    lesions: tuple[LesionRecord, ...],
    who: Mapping[int, Authorship] | None = None,
    author: str = "",
) -> tuple[Group, ...]:
    """Every case that can be shown, in the order of import, with its lesions."""
    by_case: dict[int, list[Entry]] = {}
    for lesion in lesions:
        found = entry(lesion, (who or {}).get(lesion.id), author)
        by_case.setdefault(lesion.case_id, []).append(found)
    return tuple(Group(case, tuple(by_case.get(case.id, ()))) for case in cases if case.series)


def entry(lesion: LesionRecord, who: Authorship | None = None, author: str = "") -> Entry:
    """The row of a lesion as this author sees it; "" for who cannot draw and so sees everything."""
    blinded = who is not None and bool(author) and who.blinds(author)
    wanted = (
        (MARGIN, lesion.contours == 0),
        (CLASS, not lesion.category),
        (BASIS, not lesion.basis),
        (WORD, lesion.awaits_hu),
        (KEY_SLICE, who is not None and who.has_lost_key),
        (SECOND, blinded and who is not None and who.awaits(author)),
    )
    missing = [word for word, is_missing in wanted if is_missing]
    state = "done" if not missing else "no margin" if lesion.contours == 0 else "margin"
    return Entry(lesion, state, ", ".join(missing), blinded)


def open_ones(
    found: tuple[Group, ...], case_id: int | None, lesion_id: int | None
) -> tuple[Group, ...]:
    """Only cases and lesions with something missing, and what is on show."""
    kept = (group for group in found if group.is_open or group.case.id == case_id)
    return tuple(
        replace(
            group,
            entries=tuple(
                e for e in group.entries if e.state != "done" or e.lesion.id == lesion_id
            ),
        )
        for group in kept
    )


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
    return next((g.case.id for g in following if g.is_open), following[0].case.id)
