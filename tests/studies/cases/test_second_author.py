"""Two authors of one lesion: who drew, how far they agree, whose margins train."""

from __future__ import annotations

import pytest

from studies import cases
from studies.errors import StudyError
from studies.records import Points, SeriesRecord
from studies.store import Store


def square(left: float, side: float = 20) -> Points:
    return ((left, 30.0), (left + side, 30.0), (left + side, 50.0), (left, 50.0))


def draw(store: Store, lesion: int, author: str, left: float, index: int = 3) -> int:
    return cases.save_contour(store, lesion, "u", index, square(left), author, "polygon").id


@pytest.fixture
def lesion(store: Store, series: SeriesRecord) -> int:
    return cases.add_lesion(store, series.id, author="A").id


def test_the_second_author_is_blinded_until_they_compare(store: Store, lesion: int) -> None:
    draw(store, lesion, "A", 30)
    (before,) = cases.authorships(store)
    assert (before.first, before.people, before.training) == ("A", ("A",), "A")
    assert before.blinds("B")
    assert not before.blinds("A")
    draw(store, lesion, "B", 34)
    (after,) = cases.authorships(store, lesion_id=lesion)
    assert after.people == ("A", "B")
    assert after.awaits("B")
    assert cases.show_others(store, lesion, "B")
    (after,) = cases.authorships(store)
    assert (set(after.shown), after.looked, after.awaits("B")) == ({"A", "B"}, (), False)
    assert not after.blinds("B")
    assert not any(cases.show_others(store, lesion, name) for name in ("A", "B"))


def test_the_first_author_is_blinded_too_until_the_second_compares(
    store: Store, lesion: int
) -> None:
    """Nothing is asked of who drew everything before."""
    draw(store, lesion, "A", 30)
    draw(store, lesion, "B", 34)
    (who,) = cases.authorships(store)
    assert (who.blinds("A"), who.awaits("A"), who.others("A")) == (True, False, ("B",))
    cases.show_others(store, lesion, "B")
    (who,) = cases.authorships(store)
    assert not who.blinds("A")


def test_a_first_author_who_still_draws_says_so_for_themselves(store: Store, lesion: int) -> None:
    """B compares at 34 with A's margin as it then was; A compares later, with what A drew blinded.

    Squares of 20 px: at 30 and 34 they share 16 of 20, at 32 and 34 they share 18.
    """
    draw(store, lesion, "A", 30)
    draw(store, lesion, "B", 34)
    draw(store, lesion, "A", 31)
    assert cases.authorships(store)[0].awaits("A")
    cases.show_others(store, lesion, "B")
    assert cases.authorships(store)[0].blinds("A")
    draw(store, lesion, "A", 32)
    assert cases.show_others(store, lesion, "A")
    draw(store, lesion, "A", 34)
    draw(store, lesion, "B", 32)
    (pair,) = cases.agreements(store, lesion)
    assert pair.dice == pytest.approx(0.9, abs=0.002)
    assert (pair.changed, pair.is_independent) == ((3,), True)
    assert not any(cases.authorships(store)[0].blinds(name) for name in ("A", "B"))


def test_a_first_author_may_compare_before_the_second_does(store: Store, lesion: int) -> None:
    """The second goes on blinded; the figures are of what each drew so."""
    draw(store, lesion, "A", 30)
    draw(store, lesion, "B", 34)
    cases.show_others(store, lesion, "A")
    assert cases.authorships(store)[0].blinds("B")
    draw(store, lesion, "B", 32)
    draw(store, lesion, "A", 34)
    cases.show_others(store, lesion, "B")
    (pair,) = cases.agreements(store, lesion)
    assert pair.dice == pytest.approx(0.9, abs=0.002)


def test_margins_that_do_not_meet_are_told(store: Store, lesion: int) -> None:
    for index, left in ((3, 60), (4, 34)):
        draw(store, lesion, "A", 30, index=index)
        draw(store, lesion, "B", left, index=index)
    (pair,) = cases.agreements(store, lesion)
    assert pair.strange == (3,)


def test_figures_are_of_the_margins_that_stood_at_the_first_comparing(
    store: Store, lesion: int
) -> None:
    draw(store, lesion, "A", 30)
    draw(store, lesion, "B", 34)
    cases.show_others(store, lesion, "B")
    draw(store, lesion, "B", 30)
    draw(store, lesion, "B", 30, index=5)
    (pair,) = cases.agreements(store, lesion)
    assert pair.dice == pytest.approx(0.8, abs=0.002)
    assert (pair.changed, pair.is_independent) == ((3, 5), True)


def test_who_looked_before_drawing_is_not_independent(store: Store, lesion: int) -> None:
    draw(store, lesion, "A", 30)
    cases.show_others(store, lesion, "B")
    draw(store, lesion, "B", 30)
    (pair,) = cases.agreements(store, lesion)
    assert (pair.dice, pair.changed, pair.is_independent) == (pytest.approx(1), (), False)
    assert cases.authorships(store)[0].looked == ("B",)


def test_what_machines_drew_blinds_nobody(store: Store, lesion: int) -> None:
    cases.save_contour(store, lesion, "u", 3, square(30), "phantom", "phantom")
    (who,) = cases.authorships(store)
    assert (who.first, who.people, who.training) == ("", (), "phantom")
    assert not who.blinds("B")


def test_a_square_shifted_by_a_fifth_agrees_by_four_fifths(store: Store, lesion: int) -> None:
    """20 px squares of .8 mm, 4 px apart: Dice .8, 3.2 mm, areas alike; and a slice of A alone."""
    draw(store, lesion, "A", 30)
    draw(store, lesion, "B", 34)
    (pair,) = cases.agreements(store, lesion)
    assert (pair.first, pair.second) == ("A", "B")
    assert pair.dice == pytest.approx(0.8, abs=0.002)
    assert pair.hausdorff_mm == pytest.approx(3.2)
    assert pair.difference_mm2 == pytest.approx(0)
    draw(store, lesion, "A", 30, index=4)
    (pair,) = cases.agreements(store, lesion)
    assert pair.dice == pytest.approx(2 * 0.8 / 3, abs=0.002)
    assert pair.difference_percent == pytest.approx(-200 / 3, abs=0.01)
    assert [(s.slice_index, s.only) for s in pair.disagreements] == [(4, "A"), (3, "")]


def test_disagreements_come_worst_first(store: Store, series: SeriesRecord, lesion: int) -> None:
    other = cases.add_lesion(store, series.id, author="B").id
    alone = cases.add_lesion(store, series.id, author="B").id
    for number, left in ((lesion, 32), (other, 44)):
        draw(store, number, "A", 30)
        draw(store, number, "B", left)
    draw(store, alone, "B", 30)
    found = cases.disagreements(store)
    assert [(pair.lesion_id, pair.first) for pair in found] == [(other, "B"), (lesion, "A")]


def test_who_trains_is_a_choice_a_lesion(store: Store, lesion: int) -> None:
    first, second = draw(store, lesion, "A", 30), draw(store, lesion, "B", 34)
    assert cases.key_contour(store, lesion).id == first
    cases.choose_training_author(store, lesion, "B")
    assert cases.key_contour(store, lesion).id == second
    assert cases.lesion(store, lesion).training_author == "B"
    with pytest.raises(StudyError, match="C has no margin of L1"):
        cases.choose_training_author(store, lesion, "C")
    cases.delete_contour(store, second)
    assert cases.key_contour(store, lesion).id == first
    cases.choose_training_author(store, lesion, "")
    assert cases.lesion(store, lesion).training_author == ""


def test_who_trains_is_a_choice_for_the_study(store: Store, series: SeriesRecord) -> None:
    """Only where they drew; the first author again for an empty choice."""
    twice, once = (cases.add_lesion(store, series.id, author="A").id for _ in range(2))
    for number in (twice, once):
        draw(store, number, "A", 30)
    draw(store, twice, "B", 34)
    assert cases.choose_training_author_of_all(store, "B") == 1
    trained = {who.lesion_id: who.training for who in cases.authorships(store)}
    assert trained == {twice: "B", once: "A"}
    assert cases.choose_training_author_of_all(store, "") == 2
    assert {who.training for who in cases.authorships(store)} == {"A"}


def test_a_chosen_slice_whose_margin_is_gone_is_told(store: Store, lesion: int) -> None:
    draw(store, lesion, "A", 30, index=3)
    gone = draw(store, lesion, "A", 30, index=5)
    cases.choose_key_slice(store, lesion, 5)
    assert not cases.authorships(store)[0].has_lost_key
    cases.delete_contour(store, gone)
    assert cases.authorships(store)[0].has_lost_key
    assert cases.lesion(store, lesion).key_slice == 3


def test_a_key_slice_that_only_the_other_drew_is_refused_by_name(store: Store, lesion: int) -> None:
    draw(store, lesion, "A", 30)
    draw(store, lesion, "B", 34, index=5)
    with pytest.raises(StudyError, match="no margin on slice 6 by A, whose margins of it train"):
        cases.choose_key_slice(store, lesion, 5)
