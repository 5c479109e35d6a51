"""Three hundred edits of a true reading: refused, or told as a package would have recorded them."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from forged_chain import AT, chained, sent_back
from reading_study import answer, loose_draft, readable_study
from sqlalchemy import select

from studies import places, reading
from studies.chain import ChainEvent, canonical
from studies.errors import SealedError, StudyError
from studies.model.reading import ResponseRow
from studies.package import (
    Attempt,
    Clock,
    DisplayCheck,
    Feedback,
    PackageTrial,
    Questionnaire,
    ReadingPackage,
    Response,
    Unusual,
    WindowChange,
    response_of,
)
from studies.package.log import Row
from studies.reading import ModelAnswer
from studies.records import ReaderRecord
from studies.store import Store

MUTATIONS = 300
REFUSED = "so nothing was taken in"


@pytest.mark.parametrize(
    ("at", "change"),
    [
        ("feedback", {"right": False}),
        ("training", {"right": 0}),
        ("training", {"of": 3}),
    ],
)
def test_what_training_says_of_itself_is_counted_again(
    taught: Path, tmp_path: Path, at: str, change: dict[str, object]
) -> None:
    with Store.open(taught) as store:
        package, rows = read_as_the_screen_does(store)
        place = max(k for k, one in enumerate(rows) if one.kind == at)
        stored = json.loads(rows[place].payload)
        rows[place] = replace(rows[place], payload=canonical(stored | change))
        said = f"Row {place + 1} holds an entry"
        assert refused(store, sent_back(package, rows, tmp_path)).startswith(said)


def refused(store: Store, archive: Path) -> str:
    """The sentence of the refusal, "" where the answers were taken in."""
    try:
        reading.merge_answers(store, archive)
    except StudyError as error:
        return str(error)
    return ""


@pytest.fixture
def taught(tmp_path: Path) -> Path:
    """A study with training, practice and an aided reading, one reader enrolled."""
    with readable_study(tmp_path / "taught.blindread", per_class=3, synthetic=0) as store:
        plain = loose_draft(store)
        draft = replace(
            plain, real_per_category=tuple((code, 1) for code, _ in plain.real_per_category),
            synthetic_per_category=(), conditions=("aided",), aid_arm="cnn", training=2,
            practice=1, pass_mark=1.0, ask_unusual=True, window_locked=False,
        )  # fmt: skip
        reading.seal(store, draft, override="small")
        items = reading.sealed_items(store)
        said = tuple(ModelAnswer(item.id, "cyst", (0.5, 0.3, 0.2)) for item in items)
        reading.record_model_reading(store, "CNN", "out-of-fold", said)
        reading.enrol(store, "Reader 1")
        return store.folder


def person(store: Store) -> ReaderRecord:
    return next(one for one in reading.readers(store) if one.kind == "person")


def read_as_the_screen_does(store: Store) -> tuple[ReadingPackage, list[Row]]:
    """A copy of the package, read to its end in one sitting with all that may occur; its rows."""
    folder = person(store).package
    assert folder is not None
    copy = store.folder.parent / "read.reading"
    shutil.copytree(folder, copy)
    seconds = iter(range(0, 10**6, 7))
    start = datetime(2026, 5, 1, 8, tzinfo=UTC)
    clock = Clock(lambda: start + timedelta(seconds=next(seconds)), lambda: 0)  # jumps each time
    with elsewhere(copy):
        package = ReadingPackage.open(copy, clock)
        _read_to_the_end(package)
        package.close()
    return package, [
        Row(e.kind, e.trial_id, e.payload, e.at, e.monotonic_ns) for e in package.events
    ]


@contextmanager
def elsewhere(folder: Path) -> Iterator[None]:
    """On another computer, whose receipts lie beside the package."""
    with pytest.MonkeyPatch.context() as computer:
        computer.setattr(places, "keys_home", lambda: folder.with_suffix(".keys"))
        yield


def _read_to_the_end(package: ReadingPackage) -> None:
    package.log("opened")
    package.note(Questionnaire(14, "abdomen"))
    package.note(DisplayCheck(3840, 2160, 1.5, 11))
    draws = random.Random(1)
    while (trial := package.current) is not None:
        _read_one(package, trial, draws)
    package.note(Unusual(True, "some look alike"))
    package.log("closed")


def _read_one(package: ReadingPackage, trial: PackageTrial, draws: random.Random) -> None:
    """One step of a trial; the first pass through the training fails."""
    package.log("pause")
    package.log("resume")
    package.note(WindowChange(-100.0, 250.0), at_once=False)
    teaches, passes = package.standing.is_training(trial), len(package.attempts)
    said = trial.right if teaches and passes else draws.choice(("cyst", "metastasis"))
    sure = draws.randrange(1, 6)
    response = replace(answer(trial, said, sure), step=package.standing.step)
    then = (Feedback(said == trial.right),) if teaches else ()
    package.record(response, *then)
    if len(package.attempts) > passes:
        package.note(package.attempts[-1])
    if package.can_undo() and draws.random() < 0.5:
        package.undo()


# --- three hundred false chains

VALUES: tuple[object, ...] = (
    "", "cyst", "hemangioma", "real", "\ud7ff", None, True, False, 0, 1, 2, 3, -1, 900.0, 1e300, [],
    {}, 10**30, AT,
)  # fmt: skip
MOMENTS = (AT, "", "now", "2026-05-01", "0001-01-01T00:00:00.000+00:00", "2026-05-01T08:00:00Z")
KINDS = ("response", "undo", "pause", "shown", "feedback", "training", "output", "unusual", "")


def _field(one: Row, draws: random.Random) -> Row:
    stored = json.loads(one.payload)
    name = draws.choice([*stored, "more"])
    if draws.random() < 0.2:
        stored.pop(name, None)
    else:
        stored[name] = draws.choice(VALUES)
    return replace(one, payload=canonical(stored))


def _mutated(true: list[Row], draws: random.Random) -> list[Row]:
    """One to three edits of a chain; the deeds that leave a possible reading come up as well."""
    rows = list(true)
    for _ in range(draws.choice((1, 1, 2, 3))):
        answers = [k for k, one in enumerate(rows) if one.kind in ("response", "undo")]
        everywhere = range(len(rows))
        here = draws.choice(answers if answers and draws.random() < 0.5 else everywhere)
        there = draws.choice(everywhere)
        deed = draws.choice(("field", "field", "move", "twice", "drop", "cut", "kind", "at", "id"))
        if deed == "field":
            rows[here] = _field(rows[here], draws)
        elif deed == "move":
            rows.insert(there, rows.pop(here))
        elif deed == "twice":
            rows.insert(here, rows[there])
        elif deed == "drop" and len(rows) > 1:
            rows.pop(here)
        elif deed == "cut":
            rows = rows[: max(1, here)]
        elif deed == "kind":
            rows[here] = replace(rows[here], kind=draws.choice(KINDS))
        elif deed == "at":
            rows[here] = replace(rows[here], at=draws.choice(MOMENTS))
        elif deed == "id":
            rows[here] = replace(rows[here], trial_id=rows[there].trial_id)
    return rows


@dataclass(frozen=True)
class Told:
    """What a chain tells: every answer in order, and what stands of each trial of the study.

    `given` holds trial, step, attempt, class and confidence; `standing` the step, the class that
    stands with its confidence, the class first given, and whether the answer was corrected.
    """

    given: tuple[tuple[str, int, int, str, int | None], ...]
    standing: tuple[tuple[int, str, int | None, str, bool], ...]


def told_by_a_package(fresh: Path, place: Path, events: tuple[ChainEvent, ...]) -> Told:
    """The oracle: an unread package to which the answers and undos are given one after another.

    It takes an answer to the trial at hand alone, and an undo where one is allowed.
    """
    shutil.copytree(fresh, place)
    attempts, told = Counter[tuple[str, int]](), []
    with elsewhere(place):
        package = ReadingPackage.open(place)
        for event in events:
            if event.kind == "undo":
                assert package.undo().trial_id == event.trial_id
            elif event.kind == "response":
                response = response_of(event)
                package.record(response)
                attempts[event.trial_id, response.step] += 1
                told.append(_given(response, attempts[event.trial_id, response.step]))
        read = [package.answers_of(trial) for trial in package.trials if not trial.practice]
        package.close()
    steps = ([one for one in every if one.step == step] for every in read for step in (1, 2))
    return Told(tuple(told), tuple(_stands(answers) for answers in steps if answers))


def _given(response: Response | ResponseRow, attempt: int) -> tuple[str, int, int, str, int | None]:
    return (
        response.trial_id, response.step, attempt, response.diagnosis, response.confidence,
    )  # fmt: skip


def _stands(answers: list[Response]) -> tuple[int, str, int | None, str, bool]:
    first, last = answers[0], answers[-1]
    changed = (first.diagnosis, first.confidence) != (last.diagnosis, last.confidence)
    return last.step, last.diagnosis, last.confidence, first.diagnosis, changed


def told_by_the_study(store: Store) -> Told:
    """Answers in the order in which they were taken in, and as they stand after unblinding."""
    with store.snapshot() as session:
        query = (
            select(ResponseRow)
            .where(ResponseRow.part_id == person(store).parts[0].id)
            .order_by(ResponseRow.id)
        )
        given = tuple(_given(one, one.attempt) for one in session.scalars(query))
    reading.unblind(store, "C", "done")
    return Told(
        given,
        tuple(
            (one.step, one.diagnosis, one.confidence, one.first_diagnosis, one.corrected)
            for one in reading.answers(store)
            if one.reader_kind == "person"
        ),
    )


def test_a_false_chain_is_refused_or_tells_what_a_package_would_have_recorded(
    taught: Path, tmp_path: Path
) -> None:
    with Store.open(taught) as store:
        fresh = person(store).package
        package, true = read_as_the_screen_does(store)
    assert fresh is not None
    ends: Counter[str] = Counter()
    store = None
    for number in range(MUTATIONS):
        rows = _mutated(true, random.Random(number)) if number else true
        if store is None:
            shutil.copytree(taught, tmp_path / f"{number}.blindread")
            store = Store.open(tmp_path / f"{number}.blindread")
        said = refused(store, sent_back(package, rows, tmp_path))
        ends[" ".join(said.split()[2:5]) if said else "taken in"] += 1
        if said:
            assert REFUSED in said, said
            continue
        events = chained(package.genesis, rows)
        oracle = told_by_a_package(fresh, tmp_path / f"{number}.reading", events)
        assert told_by_the_study(store) == oracle, f"mutation {number}"
        store = store.close()
    if store is not None:
        store.close()
    assert set(ends) == {"taken in", "holds an answer", "holds an entry"}, ends
    assert min(ends.values()) >= 30, ends


def test_the_oracle_refuses_what_no_package_records(taught: Path, tmp_path: Path) -> None:
    with Store.open(taught) as store:
        fresh = person(store).package
        package, rows = read_as_the_screen_does(store)
    assert fresh is not None
    first = next(k for k, one in enumerate(rows) if one.kind == "response")
    events = chained(package.genesis, [*rows[: first + 1], rows[first]])
    with pytest.raises(SealedError):
        told_by_a_package(fresh, tmp_path / "x.reading", events)
    assert Attempt(2, 2) == package.attempts[-1]
    assert len(package.attempts) == 2
