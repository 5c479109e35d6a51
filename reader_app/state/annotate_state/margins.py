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
    this author's own ones, or beside those that train.
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
    also what other persons drew, where this author may see it. `author` "" may see everything.

    Margins that no person drew are shown to everyone. Without `who` other persons' stay hidden. Of
    a lesion that this author did not draw, the margins that train stand in for own ones.
    """
    known = {lesion.id: lesion for lesion in lesions}
    open_ones = {n: w for n, w in (who or {}).items() if not (author and w.blinds(author))}
    drew = {margin.lesion_id for margin in contours if margin.author == author}
    stands_in = {n: w.training for n, w in open_ones.items() if n not in drew}
    seen: dict[Place, ContourRecord] = {}
    others = []
    for margin in (one for one in contours if one.lesion_id in known):
        place, lead = _place(margin), stands_in.get(margin.lesion_id, author)
        if margin.author == lead or (margin.tool in MACHINE_TOOLS and place not in seen):
            seen[place] = margin
        elif margin.lesion_id in open_ones and margin.tool not in MACHINE_TOOLS:
            others.append(margin)
    leading = set(map(_id, seen.values()))
    return tuple(
        _shown(margin, known[margin.lesion_id], scheme, author, chosen, margin.id not in leading)
        for margin in (*others, *seen.values())
    )


def _id(margin: ContourRecord) -> int:
    return margin.id


def _place(margin: ContourRecord) -> Place:
    return margin.lesion_id, margin.slice_index


def _shown(
    margin: ContourRecord,
    lesion: LesionRecord,
    scheme: ClassScheme | None,
    author: str,
    chosen: int | None,
    other: bool,
) -> ShownMargin:
    own = margin.author == author
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
