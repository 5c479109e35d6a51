"""Seeded edits of a study's reading tables by plain SQL, guards dropped first and put back after.

Where the first changed row lies is told by comparing the tables before and after.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reliability.tampering import BY_RECEIPT, COLUMNS, Tampering, other, other_answer

from studies import reading, receipt
from studies.chain import ChainEvent, ChainHead, link
from studies.model.reading import TRIGGERS
from studies.package import response_of
from studies.package.log import sqlite
from studies.store import DATABASE, Store

SEALED = "sealed"  # protocol or items differ from what was sealed
PLAN = "plan"  # what was presented in which trial, or who read, is otherwise than it was
NAMED = {SEALED: "was changed after it was sealed", BY_RECEIPT: "does not match its receipt"}
ANSWER_COLUMNS = (
    "diagnosis", "origin", "confidence", "shown_at", "first_key_ms", "commit_ms", "active_ms",
    "focus_losses", "window_changes", "idle_ms", "step", "trial_id",
)  # fmt: skip
Random, File = random.Random, Any  # an SQLite connection
Deed = Callable[[File, Random], str]


@dataclass(frozen=True)
class _Tables:
    """The tables of a study with one reader in one part, as text where only equality counts."""

    genesis: str
    chain: tuple[ChainEvent, ...]
    head: ChainHead
    answers: tuple[tuple[int, tuple[object, ...]], ...]  # (row of the chain or 0, columns)
    sealed: tuple[tuple[object, ...], ...]
    plan: tuple[tuple[object, ...], ...]


def tamper_study(
    folder: Path, place: Path, count: int, seed: int, deeds: Iterable[Deed] | None = None
) -> tuple[Tampering, ...]:
    """Do each deed in turn to a copy of a study whose answers were taken in, `count` in all."""
    rng, chosen, done = random.Random(seed), tuple(deeds or DEEDS), []
    for number in range(count):
        copy = place / f"tampered-{number}.blindread"
        shutil.copytree(folder, copy)
        with closing(sqlite.connect(copy / DATABASE)) as file:
            before = _tables(file)
            deed = _unguarded(file, chosen[number % len(chosen)], rng)
            wanted = _due(before, _tables(file))
        done.append(_judged(copy, deed, wanted))
        shutil.rmtree(copy)
    return tuple(done)


def _unguarded(file: File, deed: Deed, rng: Random) -> str:
    triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'reading_%'"
    for (name,) in file.execute(triggers).fetchall():
        file.execute(f"DROP TRIGGER {name}")
    done = deed(file, rng)
    for statement in TRIGGERS:
        file.execute(statement)
    file.commit()
    return done


def _tables(file: File) -> _Tables:
    chain = [ChainEvent(*row) for row in file.execute(
        f"SELECT {', '.join(COLUMNS)} FROM reading_event WHERE part_id = 1 ORDER BY sequence"
    )]  # fmt: skip
    answers = file.execute(
        "SELECT COALESCE(e.sequence, 0), r.* FROM reading_response r LEFT JOIN reading_event e "
        "ON e.id = r.event_id AND e.part_id = r.part_id ORDER BY r.id"
    ).fetchall()
    head = file.execute("SELECT count, hash FROM reading_head").fetchone()
    every = [tuple(file.execute(f"SELECT * FROM {table} ORDER BY id").fetchall())
             for table in ("reading_protocol", "reading_item", "reading_trial", "reading_part",
                           "reading_reader")]  # fmt: skip
    return _Tables(
        file.execute("SELECT genesis FROM reading_part").fetchone()[0],
        tuple(chain),
        ChainHead(*head),
        tuple((row[0], tuple(row[1:])) for row in answers),
        (*every[0], *every[1]),
        (*every[2], *every[3], *every[4]),
    )


def _due(before: _Tables, after: _Tables) -> str:
    """What an edit must be found by."""
    if after.sealed != before.sealed:
        return SEALED
    if after.chain != before.chain or after.head != before.head:
        if _linked(after):
            return BY_RECEIPT
        return f"Row {_first_changed(before, after)}"
    if after.answers != before.answers:
        rows = {row for row, _ in set(after.answers) ^ set(before.answers) if row}
        return f"Row {min(rows)}"
    return PLAN


def _first_changed(before: _Tables, after: _Tables) -> int:
    pairs = zip(before.chain, after.chain, strict=False)
    changed = next((place for place, (old, new) in enumerate(pairs, 1) if old != new), 0)
    if changed:
        return changed
    end = len(after.chain) if len(after.chain) != len(before.chain) else after.head.count
    return min(len(before.chain), end) + 1


def _linked(tables: _Tables) -> bool:
    return _relinked(tables.genesis, tables.chain) == (tables.chain, tables.head)


def _relinked(
    genesis: str, chain: Iterable[ChainEvent]
) -> tuple[tuple[ChainEvent, ...], ChainHead]:
    head, events = ChainHead(0, genesis), []
    for event in chain:
        new = link(head, event.kind, event.trial_id, event.payload, event.at, event.monotonic_ns)
        head = ChainHead(new.sequence, new.hash)
        events.append(new)
    return tuple(events), head


def _judged(folder: Path, deed: str, wanted: str) -> Tampering:
    with Store.open(folder) as study:
        report = reading.verify(study)
        said = report.sentence
        named = not report.ok and NAMED.get(wanted, f"{wanted} ") in said
        if wanted == PLAN:
            named = not report.ok
        if named and wanted == BY_RECEIPT:
            named = _honest_without_receipt(study)
    return Tampering(deed, wanted, said, named)


def _honest_without_receipt(study: Store) -> bool:
    kept = {path: path.read_bytes() for path in receipt._path("x").parent.glob("*.study.json")}
    try:
        for path in kept:
            path.unlink()
        report = reading.verify(study)
    finally:
        for path, data in kept.items():
            path.write_bytes(data)
    return report.ok and any("could not be noticed" in note for note in report.notes)


# --- what is done to the chain


def edit_event(file: File, rng: Random) -> str:
    """One column of one row of the chain."""
    row, column = _some(file, rng, "reading_event"), rng.choice(COLUMNS)
    (value,) = file.execute(f"SELECT {column} FROM reading_event WHERE id = ?", (row,)).fetchone()
    new = rng.choice((-1, 5000)) if column == "sequence" else other(value, rng)
    _set(file, "reading_event", column, new, row)
    return f"{column} of event {row} edited"


def delete_event(file: File, rng: Random) -> str:
    """A row of the chain and its answer in columns are deleted."""
    row = _some(file, rng, "reading_event")
    file.execute("DELETE FROM reading_response WHERE event_id = ?", (row,))
    file.execute("DELETE FROM reading_event WHERE id = ?", (row,))
    return f"event {row} deleted"


def swap_events(file: File, rng: Random) -> str:
    """Two rows of the chain change numbers."""
    one, two = (_some(file, rng, "reading_event") for _ in range(2))
    while two == one:
        two = _some(file, rng, "reading_event")
    number = dict(file.execute("SELECT id, sequence FROM reading_event").fetchall())
    for row, place in ((one, -1), (two, number[one]), (one, number[two])):
        _set(file, "reading_event", "sequence", place, row)
    return f"events {one} and {two} swapped"


def cut_events(file: File, rng: Random) -> str:
    """The end of the chain and its answers are deleted."""
    kept = _cut(file, rng)
    return f"all after row {kept} cut off"


def edit_head(file: File, rng: Random) -> str:
    """The kept head says something else."""
    column = rng.choice(("count", "hash"))
    value = rng.randrange(40) if column == "count" else "0" * 64
    file.execute(f"UPDATE reading_head SET {column} = ?", (value,))
    return f"kept {column} edited"


def cut_events_and_head(file: File, rng: Random) -> str:
    """The end is deleted and the kept head set back: the chain is whole."""
    kept = max(1, _cut(file, rng))
    _keep_head(file)
    return f"cut after row {kept}, head set back"


def forge_answer(file: File, rng: Random) -> str:
    """An answer is turned in the chain and in columns, and every later hash computed anew."""
    tables = _tables(file)
    number, chain = other_answer(tables.chain, rng)
    events, _ = _relinked(tables.genesis, chain)
    for event in events:
        change = (event.payload, event.hash, event.sequence)
        file.execute("UPDATE reading_event SET payload = ?, hash = ? WHERE sequence = ?", change)
    said = response_of(events[number - 1]).diagnosis
    file.execute(
        "UPDATE reading_response SET diagnosis = ? WHERE event_id = "
        "(SELECT id FROM reading_event WHERE sequence = ?)", (said, number),
    )  # fmt: skip
    _keep_head(file)
    return f"answer in row {number} turned everywhere, chain anew"


# --- what is done to answers in columns, protocol and items


def edit_answer(file: File, rng: Random) -> str:
    """One column of one answer."""
    row, column = _some(file, rng, "reading_response"), rng.choice(ANSWER_COLUMNS)
    (value,) = file.execute(
        f"SELECT {column} FROM reading_response WHERE id = ?", (row,)
    ).fetchone()
    new = other(value, rng) if isinstance(value, int | str) else value + rng.choice((-0.5, 60.0))
    _set(file, "reading_response", column, new, row)
    return f"{column} of answer {row} edited"


def delete_answer(file: File, rng: Random) -> str:
    """An answer in columns is deleted; the chain stays."""
    row = _some(file, rng, "reading_response")
    file.execute("DELETE FROM reading_response WHERE id = ?", (row,))
    return f"answer {row} deleted"


def swap_answers(file: File, rng: Random) -> str:
    """The trials of two answers are swapped."""
    one, two = rng.sample(file.execute("SELECT id, trial_id FROM reading_response").fetchall(), 2)
    while one[1] == two[1]:
        two = rng.choice(file.execute("SELECT id, trial_id FROM reading_response").fetchall())
    _set(file, "reading_response", "trial_id", two[1], one[0])
    _set(file, "reading_response", "trial_id", one[1], two[0])
    return f"trials of answers {one[0]} and {two[0]} swapped"


def edit_sealed(file: File, rng: Random) -> str:
    """A column of the protocol or of an item."""
    table = rng.choice(("reading_protocol", "reading_item", "reading_item"))
    columns = [row[1] for row in file.execute(f"PRAGMA table_info({table})")][2:]
    row, column = _some(file, rng, table), rng.choice(columns)
    (value,) = file.execute(f"SELECT {column} FROM {table} WHERE id = ?", (row,)).fetchone()
    new = {"real": "synthetic", "synthetic": "real", None: 77, 0: 1, 1: 0}.get(value)
    _set(file, table, column, other(value, rng) if new is None else new, row)
    return f"{column} of {table} {row} edited"


DEEDS: tuple[Deed, ...] = (
    edit_event, edit_event, delete_event, swap_events, cut_events, edit_head, cut_events_and_head,
    forge_answer, edit_answer, edit_answer, delete_answer, swap_answers, edit_sealed,
)  # fmt: skip


# --- what stands beside the chain


def add_answer(file: File, rng: Random) -> str:
    """A second answer that no reader gave, bound to a row of the chain that holds none."""
    row = _some(file, rng, "reading_response")
    free = file.execute("SELECT id FROM reading_event WHERE kind <> 'response'").fetchall()
    names = [one[1] for one in file.execute("PRAGMA table_info(reading_response)")]
    same = ", ".join(name for name in names if name not in ("id", "event_id", "attempt"))
    file.execute(
        f"INSERT INTO reading_response (event_id, attempt, {same}) SELECT ?, 2, {same} FROM "
        "reading_response WHERE id = ?", (rng.choice(free)[0], row),
    )  # fmt: skip
    return f"an answer put beside answer {row}"


def renumber_attempt(file: File, rng: Random) -> str:
    """Which of a trial's answers is the standing one."""
    row = _some(file, rng, "reading_response")
    file.execute("UPDATE reading_response SET attempt = 3 - attempt WHERE id = ?", (row,))
    return f"attempt of answer {row} turned"


def move_trial(file: File, rng: Random) -> str:
    """The lesions of two trials are swapped, and so whom the answers are right for."""
    one, two = rng.sample(file.execute("SELECT id, item_id FROM reading_trial").fetchall(), 2)
    while one[1] == two[1]:
        two = rng.choice(file.execute("SELECT id, item_id FROM reading_trial").fetchall())
    _set(file, "reading_trial", "item_id", two[1], one[0])
    _set(file, "reading_trial", "item_id", one[1], two[0])
    return f"items of trials {one[0]} and {two[0]} swapped"


def flip_trial(file: File, rng: Random) -> str:
    """A trial becomes practice, and so its answers leave the study."""
    row = _some(file, rng, "reading_trial")
    file.execute("UPDATE reading_trial SET practice = 1 - practice WHERE id = ?", (row,))
    return f"practice of trial {row} turned"


def rename_reader(file: File, rng: Random) -> str:
    """Another name stands for the reader."""
    name = f"Reader {rng.randrange(2, 9)}"
    file.execute("UPDATE reading_reader SET pseudonym = ?", (name,))
    return f"the reader renamed to {name}"


BESIDE: tuple[Deed, ...] = (add_answer, renumber_attempt, move_trial, flip_trial, rename_reader)


def _some(file: File, rng: Random, table: str) -> int:
    """The id of a row."""
    return int(rng.choice(file.execute(f"SELECT id FROM {table} ORDER BY id").fetchall())[0])


def _set(file: File, table: str, column: str, value: object, row: int) -> None:
    file.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (value, row))


def _cut(file: File, rng: Random) -> int:
    (rows,) = file.execute("SELECT MAX(sequence) FROM reading_event").fetchone()
    kept = rng.randrange(1, rows)
    file.execute(
        "DELETE FROM reading_response WHERE event_id IN "
        "(SELECT id FROM reading_event WHERE sequence > ?)", (kept,),
    )  # fmt: skip
    file.execute("DELETE FROM reading_event WHERE sequence > ?", (kept,))
    return kept


def _keep_head(file: File) -> None:
    file.execute(
        "UPDATE reading_head SET (count, hash) = "
        "(SELECT sequence, hash FROM reading_event ORDER BY sequence DESC LIMIT 1)"
    )
