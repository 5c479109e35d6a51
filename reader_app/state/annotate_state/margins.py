"""Which margins an author may see on a series. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from studies.cases import MACHINE_TOOLS
from studies.records import Category, ClassScheme, ContourRecord, LesionRecord


@dataclass(frozen=True)
class ShownMargin:
    """A margin of this series as this author may see it."""

    margin: ContourRecord
    lesion: LesionRecord
    category: Category | None
    is_chosen: bool
    is_own: bool


def shown_margins(
    contours: tuple[ContourRecord, ...],
    lesions: tuple[LesionRecord, ...],
    author: str,
    chosen: int | None,
    scheme: ClassScheme | None,
) -> tuple[ShownMargin, ...]:
    """One margin a lesion and slice: the author's own, else one that no person drew.

    Margins that no person drew are shown to everyone; other persons' margins stay hidden.
    """
    known = {lesion.id: lesion for lesion in lesions}
    seen: dict[tuple[int, int], ContourRecord] = {}
    for margin in contours:
        own, key = margin.author == author, (margin.lesion_id, margin.slice_index)
        by_machine = margin.tool in MACHINE_TOOLS and key not in seen
        if margin.lesion_id in known and (own or by_machine):
            seen[key] = margin
    return tuple(
        ShownMargin(
            margin,
            known[margin.lesion_id],
            category_of(scheme, known[margin.lesion_id].category),
            margin.lesion_id == chosen,
            margin.author == author,
        )
        for margin in seen.values()
    )


def category_of(scheme: ClassScheme | None, code: str) -> Category | None:
    """A class by its code; None for none, and for one of another scheme."""
    known = scheme is not None and code in scheme.codes
    return scheme.category(code) if scheme is not None and known else None
