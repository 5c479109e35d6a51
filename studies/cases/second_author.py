"""Several authors' margins of one lesion: who drew, who was shown what, and whose trains.

All draw blinded to each other until they say that they compare, or that they only look; the study
keeps who was shown what, and when. A first author who drew everything before the others began has
nothing left to say: when the first of these compares, that author is shown the others' margins
too. Until then nobody's are shown to anybody. Machines' margins (a simulation's, a manifest's) are
no author's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from studies.access import COORDINATOR, TRUTH_AUTHOR, refuse_reader, require
from studies.cases.findings import (
    MACHINE_TOOLS,
    Margin,
    first_author,
    lesion_row,
    margins_of,
    training_margins,
)
from studies.clock import moment
from studies.errors import StudyError
from studies.model.imaging import LesionRow, ShownRow
from studies.store import Store


@dataclass(frozen=True)
class Authorship:
    """Who drew a lesion. `first` and `people` (first first) name persons only.

    `shown`: who has been shown the others' margins; `looked`: those of them who had drawn none.
    `first_is_done`: the first author's margins are older than all of the others'.
    `training` is whose margins are used. `has_lost_key` says that the slice chosen for the ROI
    has no margin of theirs any more, so that the largest stands in.
    """

    lesion_id: int
    first: str
    people: tuple[str, ...]
    training: str
    has_lost_key: bool
    shown: tuple[str, ...] = ()
    looked: tuple[str, ...] = ()
    first_is_done: bool = False

    def others(self, author: str) -> tuple[str, ...]:
        """Who else drew it."""
        return tuple(name for name in self.people if name != author)

    def blinds(self, author: str) -> bool:
        """Whether this person must not see the others' margins yet."""
        return bool(self.others(author)) and author not in self.shown

    def hides_training(self, author: str) -> bool:
        """Whether what trains, the ROI and its size, is of margins this person must not see yet.

        "" is nobody who draws, and is shown everything.
        """
        return bool(author) and self.blinds(author) and self.training != author

    def awaits(self, author: str) -> bool:
        """Whether this person has begun as one of several authors and has yet to compare."""
        is_done = author == self.first and self.first_is_done
        return self.blinds(author) and author in self.people and not is_done


def authorships(store: Store, *, lesion_id: int | None = None) -> tuple[Authorship, ...]:
    """Who drew each standing lesion (or one), by lesion id."""
    query = select(LesionRow).where(LesionRow.removed == "").order_by(LesionRow.id)
    if lesion_id is not None:
        query = query.where(LesionRow.id == lesion_id)
    with store.snapshot() as session:
        margins = margins_of(session, None if lesion_id is None else (lesion_id,))
        shown = shown_rows(session, lesion_id)
        return tuple(
            authorship(row, margins[row.id], shown[row.id]) for row in session.scalars(query)
        )


def show_others(store: Store, lesion_id: int, author: str) -> bool:
    """Record that this author is shown the others' margins of a lesion, from now on.

    Whether it was recorded: who was shown them before, or is alone, needs it no more. With somebody
    who drew, a first author who was done before is recorded too.
    StudyError for no such lesion, BlindingError for somebody who reads the study blinded.
    """
    require(store, COORDINATOR, TRUTH_AUTHOR)
    refuse_reader(store, author)
    with store.transaction() as session:
        row = lesion_row(session, lesion_id)
        margins = margins_of(session, (lesion_id,))[lesion_id]
        who = authorship(row, margins, shown_rows(session, lesion_id)[lesion_id])
        if not who.blinds(author):
            return False
        looks = author not in who.people
        told = {author}
        if who.first_is_done and not looks and who.first not in who.shown:
            told.add(who.first)
        for name in sorted(told):
            session.add(
                ShownRow(
                    lesion_id=lesion_id,
                    author=name,
                    created=moment(),
                    looked=looks,
                    contour_ids=tuple(margin.contour_id for margin in margins),
                )
            )
        return True


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


def authorship(row: LesionRow, margins: list[Margin], shown: Sequence[ShownRow] = ()) -> Authorship:
    """Who drew a lesion, from its standing margins and who was shown them."""
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
        shown=tuple(one.author for one in shown),
        looked=tuple(one.author for one in shown if one.looked),
        first_is_done=_is_done(first, by_hand),
    )


def _is_done(first: str, drawn: list[Margin]) -> bool:
    """Whether the first author drew nothing after anybody else began."""
    own = [margin.contour_id for margin in drawn if margin.author == first]
    others = [margin.contour_id for margin in drawn if margin.author != first]
    return bool(own) and (not others or max(own) < min(others))


def shown_rows(session: Session, lesion_id: int | None) -> defaultdict[int, list[ShownRow]]:
    """Who was shown the others' margins, by lesion, the earliest first."""
    query = select(ShownRow).order_by(ShownRow.id)
    if lesion_id is not None:
        query = query.where(ShownRow.lesion_id == lesion_id)
    found: defaultdict[int, list[ShownRow]] = defaultdict(list)
    for row in session.scalars(query):
        found[row.lesion_id].append(row)
    return found
