"""Which margins an author may see on a series. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from studies.cases import MACHINE_TOOLS, Authorship
from studies.imaging import contour
from studies.records import Category, ClassScheme, ContourRecord, LesionRecord

ROUGH = 10
"""px; finer would tell the second author the first one's centre."""

Place = tuple[int, int]
"""A lesion's id and a slice."""


@dataclass(frozen=True)
class ShownMargin:
    """A margin of this series as this author may see it.

    `is_chosen`: of the chosen lesion, and to be edited. `is_other`: another person's, shown beside
    this author's own one.
    """

    margin: ContourRecord
    lesion: LesionRecord
    category: Category | None
    is_chosen: bool
    is_own: bool
    is_other: bool = False


def shown_margins(
    contours: tuple[ContourRecord, ...],
    lesions: tuple[LesionRecord, ...],
    author: str,
    chosen: int | None,
    scheme: ClassScheme | None,
    who: Mapping[int, Authorship] | None = None,
) -> tuple[ShownMargin, ...]:
    """One margin a lesion and slice: the author's own, else one that no person drew; with `who`
    also what other persons drew there, once this author has drawn there too.

    Margins that no person drew are shown to everyone. Without `who` other persons' stay hidden.
    """
    known = {lesion.id: lesion for lesion in lesions}
    seen: dict[Place, ContourRecord] = {}
    for margin in contours:
        own, place = margin.author == author, _place(margin)
        by_machine = margin.tool in MACHINE_TOOLS and place not in seen
        if margin.lesion_id in known and (own or by_machine):
            seen[place] = margin
    others = _others(contours, seen, author) if who is not None else ()
    return tuple(
        _shown(margin, known[margin.lesion_id], scheme, author, chosen)
        for margin in (*others, *seen.values())
    )


def _others(
    contours: tuple[ContourRecord, ...], seen: Mapping[Place, ContourRecord], author: str
) -> tuple[ContourRecord, ...]:
    """Other persons' margins on slices where this author's own one stands."""
    own = {place for place, margin in seen.items() if margin.author == author}
    return tuple(
        margin
        for margin in contours
        if margin.author != author and margin.tool not in MACHINE_TOOLS and _place(margin) in own
    )


def _place(margin: ContourRecord) -> Place:
    return margin.lesion_id, margin.slice_index


def _shown(
    margin: ContourRecord,
    lesion: LesionRecord,
    scheme: ClassScheme | None,
    author: str,
    chosen: int | None,
) -> ShownMargin:
    own = margin.author == author
    other = not own and margin.tool not in MACHINE_TOOLS
    category = category_of(scheme, lesion.category)
    return ShownMargin(margin, lesion, category, lesion.id == chosen and not other, own, other)


@dataclass(frozen=True)
class Whereabouts:
    """A lesion's slice and about where it lies on it, px: enough to find it, not to copy it."""

    slice_index: int
    x: int
    y: int


def whereabouts(contours: tuple[ContourRecord, ...], lesion_id: int | None) -> Whereabouts | None:
    """Of a lesion's largest margin by whomever, to the next ROUGH px; None without one."""
    own = [margin for margin in contours if margin.lesion_id == lesion_id]
    if not own:
        return None
    largest = max(own, key=lambda margin: contour.area_mm2(margin.points))
    x, y = (ROUGH * round(value / ROUGH) for value in contour.centroid(largest.points))
    return Whereabouts(largest.slice_index, x, y)


def category_of(scheme: ClassScheme | None, code: str) -> Category | None:
    """A class by its code; None for none, and for one of another scheme."""
    known = scheme is not None and code in scheme.codes
    return scheme.category(code) if scheme is not None and known else None
