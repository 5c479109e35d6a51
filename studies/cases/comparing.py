"""How far several authors agree on a lesion, by the margins that each drew blinded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from studies.cases.findings import Margin, lesion_row, margins_of
from studies.cases.second_author import authorship, shown_rows
from studies.imaging import contour
from studies.imaging.contour import Agreement
from studies.model.imaging import ContourRow, LesionRow, SeriesRow, ShownRow
from studies.records import Points
from studies.store import Store

AT_ONCE = 5000


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
    All is of the margins as they stood when the later author was shown the other's. `changed`:
    slices changed after that. `is_independent`: neither saw the other's before drawing.
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
    changed: tuple[int, ...] = ()
    is_independent: bool = True

    @property
    def difference_mm2(self) -> float:
        """The second author's area less the first's, mm²."""
        return self.second_mm2 - self.first_mm2

    @property
    def difference_percent(self) -> float:
        """The same in % of the two areas' mean."""
        return contour.percent_of_mean(self.first_mm2, self.second_mm2)

    @property
    def common(self) -> int:
        """How many of the slices both drew; the distances are of these alone."""
        return sum(one.agreement is not None for one in self.slices)

    @property
    def strange(self) -> tuple[int, ...]:
        """The slices on which the two margins do not even meet: of two lesions, perhaps."""
        return tuple(s.slice_index for s in self.slices if s.agreement and not s.agreement.dice)

    @property
    def disagreements(self) -> tuple[SliceAgreement, ...]:
        """The slices, those of least overlap first."""
        return tuple(sorted(self.slices, key=lambda s: (s.dice, s.slice_index)))


def agreements(store: Store, lesion_id: int) -> tuple[LesionAgreement, ...]:
    """Every two persons' agreement on a lesion, the first author's pairs first.

    StudyError for no such lesion.
    """
    with store.snapshot() as session:
        row = lesion_row(session, lesion_id)
        drawn = _drawn_twice(session, (row,), margins_of(session, (lesion_id,)), lesion_id)
    return tuple(_agreement(pair, spacing) for pair, spacing in drawn)


def disagreements(store: Store) -> tuple[LesionAgreement, ...]:
    """Every lesion that two persons drew, those of least overlap first."""
    with store.snapshot() as session:
        rows: list[LesionRow] = []
        margins: dict[int, list[Margin]] = {}
        for some in _portions(_of_several(session)):
            query = select(LesionRow).where(LesionRow.removed == "", LesionRow.id.in_(some))
            rows += session.scalars(query.order_by(LesionRow.id))
            margins |= margins_of(session, some)
        drawn = _drawn_twice(session, rows, margins)
    found = [_agreement(pair, spacing) for pair, spacing in drawn]
    return tuple(sorted(found, key=lambda pair: (pair.dice, pair.lesion_id)))


Spacing = tuple[float, float]


def _of_several(session: Session) -> tuple[int, ...]:
    """The lesions with standing margins of more than one author: few of many."""
    query = (
        select(ContourRow.lesion_id)
        .where(ContourRow.state == "standing", ContourRow.area_mm2 > 0)
        .group_by(ContourRow.lesion_id)
        .having(func.count(distinct(ContourRow.author)) > 1)
        .order_by(ContourRow.lesion_id)
    )
    return tuple(session.scalars(query))


def _drawn_twice(
    session: Session,
    rows: Sequence[LesionRow],
    margins: Mapping[int, list[Margin]],
    lesion_id: int | None = None,
) -> list[tuple[_Pair, Spacing]]:
    """Of lesions (or one) every two persons' lines, with their slices' spacings: a few statements,
    however many lesions there are."""
    people = {row: authorship(row, margins.get(row.id, [])).people for row in rows}
    twice = [row for row in rows if len(people[row]) > 1]
    shown = shown_rows(session, lesion_id)
    drawn = _drawn(session, tuple(row.id for row in twice), shown)
    spacings = _spacings(session)
    return [
        (_pair(row.id, names, drawn[row.id], shown[row.id]), spacings[row.series_id])
        for row in twice
        for names in combinations(people[row], 2)
    ]


def _spacings(session: Session) -> dict[int, Spacing]:
    query = select(SeriesRow.id, SeriesRow.row_spacing, SeriesRow.column_spacing)
    return {row[0]: (row[1], row[2]) for row in session.execute(query)}


@dataclass(frozen=True)
class _Drawn:
    """A version of a margin; `stands`: it does today."""

    id: int
    author: str
    slice_index: int
    points: Points
    stands: bool


def _drawn(
    session: Session, lesion_ids: tuple[int, ...], shown: Mapping[int, Sequence[ShownRow]]
) -> defaultdict[int, list[_Drawn]]:
    """By lesion the margins that stand, and those that stood when somebody was shown them."""
    then = {number for some in shown.values() for one in some for number in one.contour_ids}
    query = select(
        ContourRow.lesion_id,
        ContourRow.id,
        ContourRow.author,
        ContourRow.slice_index,
        ContourRow.points,
        ContourRow.state == "standing",
    ).where(ContourRow.area_mm2 > 0)
    found: defaultdict[int, list[_Drawn]] = defaultdict(list)
    for some in _portions(lesion_ids):
        stands = (ContourRow.state == "standing") & ContourRow.lesion_id.in_(some)
        for row in session.execute(query.where(stands)):
            found[row[0]].append(_Drawn(*row[1:]))
    past = then - {one.id for versions in found.values() for one in versions}
    for some in _portions(tuple(sorted(past))):
        for row in session.execute(query.where(ContourRow.id.in_(some))):
            found[row[0]].append(_Drawn(*row[1:]))
    return found


def _portions(numbers: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """So many at once as a statement takes."""
    return (numbers[at : at + AT_ONCE] for at in range(0, len(numbers), AT_ONCE))


@dataclass(frozen=True)
class _Pair:
    """Two authors' lines by slice, as they are compared."""

    lesion_id: int
    names: tuple[str, str]
    lines: tuple[dict[int, Points], dict[int, Points]]
    changed: tuple[int, ...]
    is_independent: bool


def _pair(
    lesion_id: int, names: tuple[str, str], drawn: list[_Drawn], shown: Sequence[ShownRow]
) -> _Pair:
    """Each author's lines as they stood when that author was shown the other's; else today's."""
    today = {one.id for one in drawn if one.stands}
    mine = [one for one in shown if one.author in names]
    used: set[int] = set()
    for name in names:
        own = {one.id for one in drawn if one.author == name}
        used |= own & _then(name == names[0], name, own, mine, today)
    moved = {one.slice_index for one in drawn if one.author in names and one.id in used ^ today}
    first, second = (
        {one.slice_index: one.points for one in drawn if one.author == name and one.id in used}
        for name in names
    )
    return _Pair(
        lesion_id,
        names,
        (first, second),
        tuple(sorted(moved)),
        not any(one.looked for one in mine),
    )


def _then(
    is_first: bool, name: str, own: set[int], shown: Sequence[ShownRow], today: set[int]
) -> set[int]:
    """What stood when this author was shown the other's margins; what stands, before that.

    The first author is shown nothing anew where the other one compared with what was finished.
    """
    drew = [one for one in shown if not one.looked and own.intersection(one.contour_ids)]
    kept = {one.author: set(one.contour_ids) for one in drew}
    of_others = [ids for author, ids in kept.items() if author != name and is_first]
    return kept.get(name) or next(iter(of_others), today)


def _agreement(pair: _Pair, spacing: tuple[float, float]) -> LesionAgreement:
    (first, second), (ours, theirs) = pair.names, pair.lines
    slices = tuple(
        SliceAgreement(index, contour.compare(ours[index], theirs[index], *spacing))
        if index in ours and index in theirs
        else SliceAgreement(index, None, first if index in ours else second)
        for index in sorted({*ours, *theirs})
    )
    both = [one.agreement for one in slices if one.agreement]
    areas = tuple(
        sum(contour.area_mm2(line, *spacing) for line in lines.values()) for lines in pair.lines
    )
    return LesionAgreement(
        lesion_id=pair.lesion_id,
        first=first,
        second=second,
        slices=slices,
        dice=2 * sum(each.shared_mm2 for each in both) / sum(areas),
        hausdorff_mm=max((each.hausdorff_mm for each in both), default=None),
        hausdorff95_mm=max((each.hausdorff95_mm for each in both), default=None),
        first_mm2=areas[0],
        second_mm2=areas[1],
        changed=pair.changed,
        is_independent=pair.is_independent,
    )
