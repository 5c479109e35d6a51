"""Several authors' margins of one lesion: who drew, how far they agree, and whose trains.

The second author draws blinded to the first; what is told here of two authors is for after both
have drawn. Machines' margins (a simulation's, a manifest's) are no author's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from sqlalchemy import select
from sqlalchemy.orm import Session

from studies.access import COORDINATOR, TRUTH_AUTHOR, require
from studies.cases.findings import (
    MACHINE_TOOLS,
    Margin,
    first_author,
    lesion_row,
    margins_of,
    training_margins,
)
from studies.cases.margins import contours
from studies.errors import StudyError
from studies.imaging import contour
from studies.imaging.contour import Agreement
from studies.model.imaging import LesionRow, SeriesRow
from studies.records import Points
from studies.store import Store


@dataclass(frozen=True)
class Authorship:
    """Who drew a lesion. `first` and `people` (first first) name persons only.

    `training` is whose margins are used. `has_lost_key` says that the slice chosen for the ROI
    has no margin of theirs any more, so that the largest stands in.
    """

    lesion_id: int
    first: str
    people: tuple[str, ...]
    training: str
    has_lost_key: bool

    def blinds(self, author: str) -> bool:
        """Whether this person must not see the others' margins: they have drawn none yet."""
        return bool(self.first) and author not in self.people


@dataclass(frozen=True)
class SliceAgreement:
    """Two authors on one slice; `agreement` is None where only `only` drew."""

    slice_index: int
    agreement: Agreement | None
    only: str = ""

    @property
    def dice(self) -> float:
        """0..1; 0 where only one drew."""
        return self.agreement.dice if self.agreement else 0.0


@dataclass(frozen=True)
class LesionAgreement:
    """Two authors on a lesion: `slices` in z order, and what they come to together.

    `dice` is of the areas of all slices, one drawn by one author only counting as missed;
    `hausdorff_mm` the largest of the common slices (in the slices' plane), areas in mm² summed.
    """

    lesion_id: int
    first: str
    second: str
    slices: tuple[SliceAgreement, ...]
    dice: float
    hausdorff_mm: float | None  # None without a common slice
    hausdorff95_mm: float | None
    first_mm2: float
    second_mm2: float

    @property
    def difference_mm2(self) -> float:
        """The second author's area less the first's, mm²."""
        return self.second_mm2 - self.first_mm2

    @property
    def difference_percent(self) -> float:
        """The same in % of the two areas' mean."""
        return contour.percent_of_mean(self.first_mm2, self.second_mm2)

    @property
    def disagreements(self) -> tuple[SliceAgreement, ...]:
        """The slices, those of least overlap first."""
        return tuple(sorted(self.slices, key=lambda s: (s.dice, s.slice_index)))


def authorships(store: Store, *, lesion_id: int | None = None) -> tuple[Authorship, ...]:
    """Who drew each standing lesion (or one), by lesion id."""
    query = select(LesionRow).where(LesionRow.removed == "").order_by(LesionRow.id)
    if lesion_id is not None:
        query = query.where(LesionRow.id == lesion_id)
    with store.snapshot() as session:
        margins = margins_of(session, None if lesion_id is None else (lesion_id,))
        return tuple(_authorship(row, margins[row.id]) for row in session.scalars(query))


def agreements(store: Store, lesion_id: int) -> tuple[LesionAgreement, ...]:
    """Every two persons' agreement on a lesion, the first author's pairs first.

    StudyError for no such lesion.
    """
    with store.snapshot() as session:
        row = lesion_row(session, lesion_id)
        people = _authorship(row, margins_of(session, (lesion_id,))[lesion_id]).people
        spacing = _spacing(session, row.series_id)
    drawn = {name: _lines(store, lesion_id, name) for name in people}
    return tuple(
        _agreement(lesion_id, (one, drawn[one]), (other, drawn[other]), spacing)
        for one, other in combinations(people, 2)
    )


def disagreements(store: Store) -> tuple[LesionAgreement, ...]:
    """Every lesion that two persons drew, those of least overlap first."""
    twice = [who.lesion_id for who in authorships(store) if len(who.people) > 1]
    found = [pair for lesion_id in twice for pair in agreements(store, lesion_id)]
    return tuple(sorted(found, key=lambda pair: (pair.dice, pair.lesion_id)))


def choose_training_author(store: Store, lesion_id: int, author: str) -> None:
    """Whose margins of a lesion train and are read; "" = the first author's again.

    StudyError for somebody without a margin of this lesion.
    """
    require(store, COORDINATOR, TRUTH_AUTHOR)
    with store.transaction() as session:
        row = lesion_row(session, lesion_id)
        if author and author not in {
            m.author for m in margins_of(session, (lesion_id,))[lesion_id]
        }:
            raise StudyError(f"{author} has no margin of {row.name}. Choose one of its authors.")
        row.training_author = author


def choose_training_author_of_all(store: Store, author: str) -> int:
    """Whose margins train wherever they drew; "" = the first author's everywhere again.

    Lesions that `author` did not draw stay as they are. Returns how many follow the choice.
    """
    require(store, COORDINATOR, TRUTH_AUTHOR)
    with store.transaction() as session:
        margins = margins_of(session)
        rows = [
            row
            for row in session.scalars(select(LesionRow).where(LesionRow.removed == ""))
            if not author or author in {margin.author for margin in margins[row.id]}
        ]
        for row in rows:
            row.training_author = author
        return len(rows)


def _authorship(row: LesionRow, margins: list[Margin]) -> Authorship:
    by_hand = [margin for margin in margins if margin.tool not in MACHINE_TOOLS]
    first = first_author(row, by_hand)
    others = [margin.author for margin in by_hand if margin.author != first]
    used = training_margins(row, margins)
    return Authorship(
        lesion_id=row.id,
        first=first,
        people=tuple(dict.fromkeys((first, *others))) if first else (),
        training=used[0].author if used else "",
        has_lost_key=row.chosen_slice is not None
        and row.chosen_slice not in {margin.slice_index for margin in used},
    )


def _spacing(session: Session, series_id: int) -> tuple[float, float]:
    series = session.get_one(SeriesRow, series_id)
    return series.row_spacing, series.column_spacing


def _lines(store: Store, lesion_id: int, author: str) -> dict[int, Points]:
    found = contours(store, lesion_id=lesion_id, author=author)
    return {margin.slice_index: margin.points for margin in found}


def _agreement(
    lesion_id: int,
    first: tuple[str, dict[int, Points]],
    second: tuple[str, dict[int, Points]],
    spacing: tuple[float, float],
) -> LesionAgreement:
    ours, theirs = first[1], second[1]
    slices = tuple(
        SliceAgreement(index, contour.compare(ours[index], theirs[index], *spacing))
        if index in ours and index in theirs
        else SliceAgreement(index, None, first[0] if index in ours else second[0])
        for index in sorted({*ours, *theirs})
    )
    both = [one.agreement for one in slices if one.agreement]
    areas = tuple(
        sum(contour.area_mm2(line, *spacing) for line in lines.values()) for lines in (ours, theirs)
    )
    return LesionAgreement(
        lesion_id=lesion_id,
        first=first[0],
        second=second[0],
        slices=slices,
        dice=2 * sum(each.shared_mm2 for each in both) / sum(areas),
        hausdorff_mm=max((each.hausdorff_mm for each in both), default=None),
        hausdorff95_mm=max((each.hausdorff95_mm for each in both), default=None),
        first_mm2=areas[0],
        second_mm2=areas[1],
    )
