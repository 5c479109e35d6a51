"""Promise 2: random edits by plain SQL are named at the first row that is not as it was.

`python3 start.py bench reliability` makes 600 of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from reliability.kills import WaitingStudy
from reliability.study_tampering import (
    BESIDE,
    DEEDS,
    Deed,
    tamper_study,
)
from reliability.tampering import BY_RECEIPT, GROWN, read_package, stored, tamper

from studies import reading
from studies.store import Store

PACKAGES, STUDIES = 34, 2 * len(DEEDS)


@pytest.fixture
def taken_in(waiting: WaitingStudy) -> Path:
    """A study whose only reader's answers lie in it, all of them."""
    with Store.open(waiting.folder) as store:
        reading.merge(store, waiting.reader)
    return waiting.folder


def test_edits_of_a_package_are_named_at_their_row(place: Path) -> None:
    folder = read_package(place / "r.reading")
    done = tamper(folder, place, PACKAGES, seed=7)
    assert {"Row 1", BY_RECEIPT, GROWN} < {one.due for one in done}
    unnamed = [one for one in done if not one.named]
    assert not unnamed


def test_an_untouched_package_is_told_as_whole(place: Path) -> None:
    folder = read_package(place / "r.reading")
    (done,) = tamper(folder, place, 1, seed=7, deeds=[lambda rows, _: ("nothing", rows)])
    rows = len(stored(folder).events)
    assert not done.named
    assert done.said == f"The chain of {rows} rows is whole, and it ends where its receipt says."


def test_edits_of_a_study_are_named_at_their_row(taken_in: Path, place: Path) -> None:
    done = tamper_study(taken_in, place, STUDIES, seed=8)
    assert any(one.due == BY_RECEIPT for one in done)
    unnamed = [one for one in done if not one.named]
    assert not unnamed


@pytest.mark.parametrize("deed", BESIDE)
def test_edits_beside_the_chain_are_noticed(deed: Deed, taken_in: Path, place: Path) -> None:
    (done,) = tamper_study(taken_in, place, 1, seed=9, deeds=[deed])
    assert done.named, done
