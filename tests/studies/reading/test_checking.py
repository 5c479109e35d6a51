"""Chains that are whole and false: only what the package could have recorded is taken in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from forged_chain import AT, given, row, sent_back
from sqlalchemy import func, select, text

from studies import reading
from studies.chain import canonical
from studies.errors import StudyError
from studies.model.reading import EventRow, ResponseRow
from studies.package import PackageTrial, ReadingPackage
from studies.package.log import Row
from studies.records import ReaderRecord
from studies.store import Store

REFUSED = "so nothing was taken in"


@pytest.fixture
def package(reader: ReaderRecord) -> ReadingPackage:
    """The package of 26 plain trials that were not read yet."""
    assert reader.package is not None
    opened = ReadingPackage.open(reader.package)
    opened.close()
    return opened


def refused_at(store: Store, package: ReadingPackage, rows: list[Row], place: Path) -> str:
    """The sentence with which rows are refused; nothing of them is in the study."""
    with pytest.raises(StudyError, match=REFUSED) as refusal:
        reading.merge_answers(store, sent_back(package, rows, place))
    with store.snapshot() as session:
        assert session.scalar(select(func.count(EventRow.id))) == 0
    return str(refusal.value)


# --- one false row


@pytest.mark.parametrize(
    "forged",
    [
        {"trial_id": "0" * 32},
        {"diagnosis": "sarcoma"},
        {"diagnosis": ["cyst"]},
        {"origin": "fake"},
        {"origin": ""},
        {"confidence": "x"},
        {"confidence": 7},
        {"confidence": True},
        {"step": 2},
        {"step": 7},
        {"step": True},
        {"active_ms": -1.0},
        {"active_ms": 1901.0},
        {"idle_ms": 902.0},
        {"first_key_ms": 902.0},
        {"commit_ms": "soon"},
        {"commit_ms": True},
        {"commit_ms": 367 * 24 * 3600 * 1000},
        {"commit_ms": 10**400},
        {"focus_losses": 0.5},
        {"focus_losses": 2**63},
        {"window_changes": -1},
        {"shown_at": None},
        {"shown_at": "yesterday"},
        {"accuracy": 1.0},
    ],
)
def test_an_answer_that_was_never_asked_for_is_refused(
    store: Store, package: ReadingPackage, tmp_path: Path, forged: dict[str, object]
) -> None:
    first, second = package.trials[:2]
    said = refused_at(store, package, [given(first), given(second, **forged)], tmp_path)
    assert said.startswith("Row 2 holds an answer that this package never asked for")


def test_an_answer_lies_in_the_package_too_and_is_refused_there(
    store: Store, reader: ReaderRecord
) -> None:
    assert reader.package is not None
    package = ReadingPackage.open(reader.package)
    package._append(given(package.trials[3]))
    package.close()
    with pytest.raises(StudyError, match="Row 1 holds an answer"):
        reading.merge(store, reader.id)
    with store.snapshot() as session:
        assert session.scalar(select(func.count(ResponseRow.id))) == 0


FALSE_ENTRIES = {
    "unknown kind": row("output", None, probabilities=[1.0]),
    "kind in other letters": row("Pause", None, detail=""),
    "no detail": row("pause", None, why="tea"),
    "detail of another type": row("pause", None, detail=5),
    "long detail": row("pause", None, detail="x" * 2001),
    "years as words": row("questionnaire", None, years="14", speciality="x", remark=""),
    "years before birth": row("questionnaire", None, years=-1, speciality="x", remark=""),
    "too many years": row("questionnaire", None, years=121, speciality="x", remark=""),
    "no speciality": row("questionnaire", None, years=14),
    "half a pixel": row("display", None, width=1.5, height=2, scale=1.0, steps_seen=11),
    "no scaling": row("display", None, width=3, height=2, scale=0.0, steps_seen=11),
    "noticed as a number": row("unusual", None, noticed=1, text=""),
    "black above white": row("window", None, low=5.0, high=-5.0),
    "window without end": Row("window", "", '{"high":Infinity,"low":0.0}', AT, 0),
    "right as a number": row("feedback", None, right=1),
    "more right than shown": row("training", None, right=3, of=2),
    "a jump in words": row("clock jump", None, seconds="two"),
    "an undo with more": row("undo", None, trial="x"),
    "no JSON": Row("pause", "", "tea", AT, 0),
    "a list": Row("pause", "", "[]", AT, 0),
    "deep": Row("pause", "", "[" * 100_000, AT, 0),
    "not canonical": Row("pause", "", '{"detail": ""}', AT, 0),
    "twice a field": Row("pause", "", '{"detail":"a","detail":""}', AT, 0),
    "half a character": Row("pause", "", '{"detail":"\\ud800"}', AT, 0),
    "local time": replace(row("pause", None, detail=""), at="2026-05-01T08:00:00.000"),
    "another offset": replace(row("pause", None, detail=""), at="2026-05-01T08:00:00+02:00"),
    "no date": replace(row("pause", None, detail=""), at="2026-05-32T08:00:00.000+00:00"),
    "no clock had it": replace(row("pause", None, detail=""), at="1969-12-31T23:59:59+00:00"),
    "the next century": replace(row("pause", None, detail=""), at="2101-01-01T00:00:00+00:00"),
}  # fmt: skip


@pytest.mark.parametrize("name", FALSE_ENTRIES)
def test_an_entry_that_was_never_made_is_refused(
    store: Store, package: ReadingPackage, tmp_path: Path, name: str
) -> None:
    here = package.trials[0].trial_id
    said = refused_at(store, package, [replace(FALSE_ENTRIES[name], trial_id=here)], tmp_path)
    assert said.startswith("Row 1 holds an entry that this package never made")


# --- true rows in a place where they could not stand

Order = Callable[[list[PackageTrial]], list[Row]]
OUT_OF_PLACE: dict[str, tuple[int, Order]] = {
    "answered twice": (2, lambda t: [given(t[0]), given(t[0])]),
    "out of order": (1, lambda t: [given(t[1])]),
    "after the end": (27, lambda t: [*map(given, t), given(t[-1])]),
    "an undo of nothing": (1, lambda t: [row("undo", t[0])]),
    "an undo of the trial at hand": (2, lambda t: [given(t[0]), row("undo", t[1])]),
    "an undo of an earlier trial": (3, lambda t: [given(t[0]), given(t[1]), row("undo", t[0])]),
    "an undo on an undo": (3, lambda t: [given(t[0]), row("undo", t[0]), row("undo", t[0])]),
    "a second undo": (4, lambda t: [given(t[0]), row("undo", t[0])] * 2),
    "past an open undo": (3, lambda t: [given(t[0]), row("undo", t[0]), given(t[1])]),
    "a pause at another trial": (1, lambda t: [row("pause", t[1], detail="")]),
    "a remark before the end": (1, lambda t: [row("unusual", t[0], noticed=True, text="x")]),
    "feedback before an answer": (1, lambda t: [row("feedback", t[0], right=True)]),
    "feedback after a plain trial": (
        2,
        lambda t: [given(t[0]), row("feedback", t[0], right=True)],
    ),
    "a training that is none": (2, lambda t: [given(t[0]), row("training", t[1], right=0, of=0)]),
    "a jump at a trial": (1, lambda t: [row("clock jump", t[0], seconds=9.0)]),
}  # fmt: skip


@pytest.mark.parametrize("name", OUT_OF_PLACE)
def test_rows_out_of_their_place_are_refused(
    store: Store, package: ReadingPackage, tmp_path: Path, name: str
) -> None:
    number, order = OUT_OF_PLACE[name]
    said = refused_at(store, package, order(list(package.trials)), tmp_path)
    assert said.startswith(f"Row {number} holds an ")


def test_rows_merged_before_are_replayed_and_those_after_are_held_against_them(
    store: Store, package: ReadingPackage, tmp_path: Path
) -> None:
    first, second = package.trials[:2]
    begun = [given(first), row("undo", first)]
    reading.merge_answers(store, sent_back(package, begun, tmp_path))
    with pytest.raises(StudyError, match="Row 3 holds an answer"):
        reading.merge_answers(store, sent_back(package, [*begun, given(second)], tmp_path))
    whole = [*begun, given(first, diagnosis="hemangioma"), given(second)]
    assert reading.merge_answers(store, sent_back(package, whole, tmp_path)).answered == 2
    assert reading.verify(store).ok


# --- readings that were true


def test_a_package_of_the_first_version_comes_home(
    store: Store, package: ReadingPackage, tmp_path: Path
) -> None:
    """Its study knows the order alone; its answers name every question and no step."""
    with store.transaction() as session:
        session.execute(text("DROP TRIGGER reading_part_no_update"))
        session.execute(text("UPDATE reading_part SET contents = ''"))
    first, second = package.trials[:2]
    old = [json.loads(given(one).payload) for one in (first, second)]
    for stored in old:
        del stored["step"], stored["window_changes"]
    kinds = ("opened", "shown", "focus lost", "focus gained", "pause", "resume", "break offered",
             "break ended")  # fmt: skip
    rows = [
        *(row(kind, first, detail="") for kind in kinds),
        replace(given(first), payload=canonical(old[0])),
        row("clock jump", None, seconds=-3600.5),
        row("undo", first),
        replace(given(first), payload=canonical(old[0])),
        replace(given(second), payload=canonical(old[1])),
        row("closed", package.trials[2], detail=""),
    ]
    merged = reading.merge_answers(store, sent_back(package, rows, tmp_path))
    assert merged.answered == 2
    more = [*rows, given(package.trials[2], step=2)]
    with pytest.raises(StudyError, match="Row 15 holds an answer"):
        reading.merge_answers(store, sent_back(package, more, tmp_path))
