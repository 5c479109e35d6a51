"""Seeded edits of a package's file by plain SQL, its guards dropped first and put back after.

Where the first changed row lies is told by comparing the rows before and after: nothing here
computes a hash, but for the forger who computes them all anew.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from reliability.scripted_reading import act, make_package

from studies import receipt
from studies.chain import ChainEvent, ChainHead, canonical, digest, link
from studies.errors import StudyError
from studies.package import ReadingPackage
from studies.package.log import FILE_NAME, sqlite

BY_RECEIPT = "receipt"  # the chain is whole, and does not end where the receipt says
GROWN = "grown"  # the chain is whole and longer than the receipt has seen
DAMAGED = "damaged"  # no package any more
COLUMNS = ("sequence", "kind", "trial_id", "payload", "at", "monotonic_ns", "hash")
Random = random.Random


@dataclass(frozen=True)
class Tampering:
    """One edit: what was done, what must be found, and what was said.

    `due` is "Row N", BY_RECEIPT, GROWN or DAMAGED.
    """

    deed: str
    due: str
    said: str
    named: bool


@dataclass(frozen=True)
class Rows:
    """What a package's log holds: the contents' text, the events, the kept head."""

    contents: str
    events: tuple[ChainEvent, ...]
    head: ChainHead


Deed = Callable[[Rows, Random], tuple[str, Rows]]


def read_package(folder: Path, trials: int = 20) -> Path:
    """A package read by the script to its end."""
    package = ReadingPackage.open(make_package(folder, trials))
    while package.current is not None:
        act(package, 1)
    package.close()
    return folder


def tamper(
    folder: Path, place: Path, count: int, seed: int, deeds: Iterable[Deed] | None = None
) -> tuple[Tampering, ...]:
    """Do each deed in turn to a copy of the package, `count` in all."""
    rng, chosen = random.Random(seed), tuple(deeds or DEEDS)
    before = stored(folder)
    done = []
    for number in range(count):
        copy = place / f"{number}.reading"
        shutil.copytree(folder, copy)
        deed, after = chosen[number % len(chosen)](before, rng)
        store(copy, after)
        done.append(_judged(copy, deed, due(before, after)))
        shutil.rmtree(copy)
    return tuple(done)


def due(before: Rows, after: Rows) -> str:
    """What an edit must be found by: the first row that is otherwise than it was."""
    if after.contents != before.contents and after.events == before.events:
        return "Row 1"
    ordered = sorted(after.events, key=lambda event: event.sequence)
    pairs = zip(before.events, ordered, strict=False)
    changed = next((place for place, (old, new) in enumerate(pairs, 1) if old != new), 0)
    end = min(len(ordered), len(before.events)) + 1
    if after.head == before.head or not _follows(after):
        kept = min(len(ordered), after.head.count) + 1
        return f"Row {changed or (kept if after.events == before.events else end)}"
    return BY_RECEIPT if changed or len(ordered) < len(before.events) else GROWN


def stored(folder: Path) -> Rows:
    """The rows of a package's file as they are."""
    with closing(sqlite.connect(folder / FILE_NAME)) as file:
        rows = file.execute(f"SELECT {', '.join(COLUMNS)} FROM event ORDER BY sequence").fetchall()
        (text,) = file.execute("SELECT json FROM contents").fetchone()
        head = ChainHead(*file.execute("SELECT count, hash FROM head").fetchone())
    return Rows(text, tuple(ChainEvent(*row) for row in rows), head)


def store(folder: Path, rows: Rows) -> None:
    """Put other rows into a package's file; afterwards its guards are as they were."""
    with closing(sqlite.connect(folder / FILE_NAME)) as file:
        guards = file.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall()
        for name, _ in guards:
            file.execute(f"DROP TRIGGER {name}")
        file.execute("UPDATE contents SET json = ?", (rows.contents,))
        file.execute("DELETE FROM event")
        values = [[getattr(event, column) for column in COLUMNS] for event in rows.events]
        file.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        file.execute("UPDATE head SET count = ?, hash = ?", (rows.head.count, rows.head.hash))
        for _, statement in guards:
            file.execute(statement)
        file.commit()


def chained(rows: Rows) -> Rows:
    """Every hash computed anew, and the kept head with them: needs no key."""
    head, events = ChainHead(0, digest(rows.contents)), []
    for event in rows.events:
        new = link(head, event.kind, event.trial_id, event.payload, event.at, event.monotonic_ns)
        head = ChainHead(new.sequence, new.hash)
        events.append(new)
    return Rows(rows.contents, tuple(events), head)


def other(value: object, rng: Random) -> object:
    """Another value of the same type, near or far, or one of another type."""
    if isinstance(value, int):
        return value + rng.choice((-1000, -1, 1, 7, 10_000))
    words = str(value)
    place = rng.randrange(len(words) + 1)
    return rng.choice((
        words + "x", words[:-1] + ("a" if words[-1:] != "a" else "b"), words.upper() + " ",
        words[:place] + "0" + words[place:], "\u202e" + words, f"{words}\x00",
    ))  # fmt: skip


def other_answer(events: tuple[ChainEvent, ...], rng: Random) -> tuple[int, tuple[ChainEvent, ...]]:
    """One answer's diagnosis turned into another one, its hash left: the row's number, the rows."""
    place = rng.choice([k for k, event in enumerate(events) if event.kind == "response"])
    stated = json.loads(events[place].payload)
    classes = ["cyst", "hemangioma", "metastasis"]
    classes.remove(stated["diagnosis"])
    payload = canonical({**stated, "diagnosis": rng.choice(classes)})
    turned = replace(events[place], payload=payload)
    return place + 1, (*events[:place], turned, *events[place + 1 :])


# --- what is done


def edit_column(rows: Rows, rng: Random) -> tuple[str, Rows]:
    """One column of one row is set to something else."""
    place, column = rng.randrange(len(rows.events)), rng.choice(COLUMNS)
    event = rows.events[place]
    value = other(getattr(event, column), rng)
    if column == "sequence":  # no other row has it
        value = rng.choice((0, -3, len(rows.events) + 5))
    events = list(rows.events)
    events[place] = replace(event, **{column: value})
    return f"{column} of row {event.sequence} edited", replace(rows, events=tuple(events))


def edit_answer(rows: Rows, rng: Random) -> tuple[str, Rows]:
    """A diagnosis is turned into another one."""
    number, events = other_answer(rows.events, rng)
    return f"answer in row {number} turned", replace(rows, events=events)


def delete_row(rows: Rows, rng: Random) -> tuple[str, Rows]:
    """A row is deleted; the others keep their numbers."""
    place = rng.randrange(len(rows.events))
    return f"row {place + 1} deleted", replace(rows, events=_without(rows.events, place))


def delete_and_renumber(rows: Rows, rng: Random) -> tuple[str, Rows]:
    """A row is deleted and the others close up."""
    place = rng.randrange(len(rows.events))
    events = _numbered(_without(rows.events, place))
    return f"row {place + 1} deleted, the rest numbered anew", replace(rows, events=events)


def swap_rows(rows: Rows, rng: Random) -> tuple[str, Rows]:
    """Two rows change places."""
    one, two = sorted(rng.sample(range(len(rows.events)), 2))
    events = list(rows.events)
    events[one], events[two] = events[two], events[one]
    return f"rows {one + 1} and {two + 1} swapped", replace(rows, events=_numbered(events))


def insert_row(rows: Rows, rng: Random) -> tuple[str, Rows]:
    """A row is put in between, a copy of another."""
    place, copied = rng.randrange(len(rows.events) + 1), rng.choice(rows.events)
    events = [*rows.events[:place], copied, *rows.events[place:]]
    return f"a row put in as row {place + 1}", replace(rows, events=_numbered(events))


def cut_tail(rows: Rows, rng: Random) -> tuple[str, Rows]:
    """The last rows are deleted; the kept head stays."""
    kept = rng.randrange(len(rows.events))
    return f"all after row {kept} cut off", replace(rows, events=rows.events[:kept])


def edit_head(rows: Rows, rng: Random) -> tuple[str, Rows]:
    """The kept head says something else."""
    head = rows.head
    count = rng.choice((head.count, rng.randrange(head.count), head.count + 3))
    head = replace(head, count=count) if count != head.count else replace(head, hash="0" * 64)
    return "kept head edited", replace(rows, head=head)


def edit_contents(rows: Rows, rng: Random) -> tuple[str, Rows]:
    """What was presented is said to be something else; the answers stay."""
    return "contents edited", replace(rows, contents=_other_contents(rows, rng))


def cut_tail_and_head(rows: Rows, rng: Random) -> tuple[str, Rows]:
    """The last rows are deleted and the kept head is set back: the chain is whole."""
    kept = rng.randrange(1, len(rows.events))
    events = rows.events[:kept]
    head = ChainHead(kept, events[-1].hash)
    return f"cut after row {kept}, head set back", replace(rows, events=events, head=head)


def forge_answer(rows: Rows, rng: Random) -> tuple[str, Rows]:
    """An answer is turned and every later hash computed anew."""
    number, events = other_answer(rows.events, rng)
    return f"answer in row {number} turned, chain anew", chained(replace(rows, events=events))


def forge_order(rows: Rows, rng: Random) -> tuple[str, Rows]:
    """Two rows change places and every later hash is computed anew."""
    deed, swapped = swap_rows(rows, rng)
    if [e.payload for e in swapped.events] == [e.payload for e in rows.events]:
        return forge_answer(rows, rng)  # they said the same
    return f"{deed}, chain anew", chained(swapped)


def forge_contents(rows: Rows, rng: Random) -> tuple[str, Rows]:
    """What was presented is changed and the whole chain computed anew."""
    return "contents edited, chain anew", chained(
        replace(rows, contents=_other_contents(rows, rng))
    )


def grow(rows: Rows, rng: Random) -> tuple[str, Rows]:
    """A well-linked row is put at the end, as a program that goes on reading does."""
    last = rng.choice([event for event in rows.events if event.kind == "response"])
    return "a linked row put at the end", chained(replace(rows, events=(*rows.events, last)))


DEEDS: tuple[Deed, ...] = (
    edit_column, edit_answer, delete_row, delete_and_renumber, swap_rows, insert_row, cut_tail,
    edit_head, edit_contents, cut_tail_and_head, forge_answer, forge_order, forge_contents, grow,
    edit_column,
)  # fmt: skip


# --- how it is judged


def _judged(folder: Path, deed: str, wanted: str) -> Tampering:
    said = _opened(folder)
    if wanted == BY_RECEIPT:
        named = "does not match its receipt" in said and _honest_without_receipt(folder)
    elif wanted == GROWN:
        named = "holds all that its receipt has seen" in said
    else:
        named = said.startswith(f"{wanted} ")
    return Tampering(deed, wanted, said, named)


def _opened(folder: Path) -> str:
    """What the product says about a package."""
    try:
        package = ReadingPackage.open(folder)
    except StudyError as error:
        return str(error)
    try:
        return package.verify().sentence
    finally:
        package._log.close()  # without a receipt for what was forged


def _honest_without_receipt(folder: Path) -> bool:
    """Where no receipt is at hand, that a forgery could not be noticed is said."""
    uid = json.loads(stored(folder).contents)["uid"]
    path = receipt._path(f"{uid}.reading")
    kept = path.read_bytes()
    path.unlink()
    try:
        return "no receipt, so a cut tail could not be noticed" in _opened(folder)
    finally:
        path.write_bytes(kept)


def _follows(rows: Rows) -> bool:
    """Whether the rows are linked and end at the kept head."""
    return chained(rows) == rows


def _other_contents(rows: Rows, rng: Random) -> str:
    stated = json.loads(rows.contents)
    if rng.random() < 0.5:
        stated["title"] = "Another reader"
    else:
        first = rng.choice([trial for trial in stated["trials"] if trial["opinion"]])
        first["opinion"] = first["opinion"][::-1]
    return canonical(stated)


def _without(events: tuple[ChainEvent, ...], place: int) -> tuple[ChainEvent, ...]:
    return (*events[:place], *events[place + 1 :])


def _numbered(events: Iterable[ChainEvent]) -> tuple[ChainEvent, ...]:
    return tuple(replace(event, sequence=k) for k, event in enumerate(events, 1))
