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

LESION = "first lesion"
"""Of a case in which none was found yet."""

_PLURAL = {CLASS: "classes", BASIS: "bases", WORD: WORD}


@dataclass(frozen=True)
class Entry:
    """A lesion's row. `state`: done | margin | no margin.

    `is_blinded`: another person drew it, and this author has not been shown it. `hides_size`: so
    that its size, which is of the margins that train, is not told.
    """

    lesion: LesionRecord
    state: str
    missing: str  # what is still to do, in words; empty when done
    is_blinded: bool = False
    hides_size: bool = False


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
        return ", ".join(f"{n} {_counted(word, n)}" for word, n in self.wanting.items())

    @property
    def wanting(self) -> Counter[str]:
        """How often each thing is still missing; of a case without a lesion, a first one."""
        if not self.entries:
            return Counter((LESION,))
        return Counter(word for e in self.entries for word in e.missing.split(", ") if word)


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
    hides = who is not None and who.hides_training(author)
    return Entry(lesion, state, ", ".join(missing), blinded, hides)


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


def next_lesion(group: Group | None, lesion_id: int | None) -> int | None:
    """The lesion after this one in its case, the first after none; None at the case's end."""
    order = [entry.lesion.id for entry in group.entries] if group else []
    at = order.index(lesion_id) + 1 if lesion_id in order else 0
    return order[at] if at < len(order) else None


def again(group: Group) -> int | None:
    """Where a walk through a case begins again: its first undrawn lesion, else its first."""
    undrawn = [entry for entry in group.entries if not entry.lesion.contours]
    return next((entry.lesion.id for entry in (*undrawn, *group.entries)), None)


def at_end(found: tuple[Group, ...], group: Group) -> str:
    """What is said after the last lesion of a case: what it misses, and what the study does."""
    total = len(group.entries)
    drawn = sum(entry.lesion.contours > 0 for entry in group.entries)
    said = f"{drawn} of {total} lesions of this case are drawn"
    if drawn == total:
        said = f"All {total} lesions of this case are drawn" if total > 1 else _ONLY
    if not any(one.is_open for one in found):
        return f"{said}. No case misses anything."
    if group.case.id == found[-1].case.id:
        return f"{said}. {still_missing(found)}"
    missing = f"; missing: {group.missing}" if group.missing else ""
    return f"{said}{missing}. Shift Enter: next case."


_ONLY = "The only lesion of this case is drawn"


def still_missing(found: tuple[Group, ...]) -> str:
    """A sentence on all that the study misses: "Still missing: 2 margins, 1 class (2 cases)."."""
    open_ones = [group for group in found if group.is_open]
    counted: Counter[str] = Counter()
    for group in open_ones:
        counted += group.wanting
    words = [f"{n} {_counted(word, n)}" for word, n in counted.items()]
    many = f"{len(open_ones)} case" + ("s" if len(open_ones) > 1 else "")
    return f"Still missing in the study: {', '.join(words)} ({many})."


def next_case(found: tuple[Group, ...], case_id: int | None) -> int | None:
    """The case after this one that still misses something; else simply the one after."""
    ids = [group.case.id for group in found]
    if not ids:
        return None
    at = ids.index(case_id) if case_id in ids else -1
    following = [found[(at + step) % len(ids)] for step in range(1, len(ids) + 1)]
    return next((g.case.id for g in following if g.is_open), following[0].case.id)
