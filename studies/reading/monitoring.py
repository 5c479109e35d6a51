"""How a reading goes: progress, sittings, times and interruptions; never an answer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from studies.model.reading import EventRow, PartRow, ReaderRow, ResponseRow, TrialRow
from studies.reading.progress import part_rows, reader_record
from studies.records import PartRecord
from studies.store import Store

BLOCK = 50


@dataclass(frozen=True)
class PartProgress:
    """One part of one reader as far as it was taken into the study.

    Times are active seconds of first answers, pauses left out; `block_seconds` are medians of 50
    trials each, in the order read. `minutes` is the time between opening and leaving, summed over
    sittings. No field depends on what was answered.
    """

    reader_id: int
    reader: str
    kind: str
    part: PartRecord
    last_seen: str  # UTC by the reader's clock, "" before the first event
    sittings: int
    minutes: float
    median_seconds: float | None
    slowest_seconds: float | None
    block_seconds: tuple[float, ...]
    pauses: int
    focus_losses: int
    idle_minutes: float
    corrections: int
    clock_jumps: int

    @property
    def trials(self) -> int:
        """Trials of the part, practice with them."""
        return self.part.trials

    @property
    def answered(self) -> int:
        """Trials with an answer, those in a package on this computer with them."""
        return self.part.answered


@dataclass(frozen=True)
class Declaration:
    """What a reader told before a sitting: the questionnaire, or the display that was checked."""

    reader: str
    part: int
    at: str
    kind: str  # questionnaire | display
    entries: tuple[tuple[str, str], ...]


def monitor(store: Store, protocol_id: int) -> tuple[PartProgress, ...]:
    """Every part of every person and simulated reader of a protocol, in order."""
    query = (
        select(ReaderRow)
        .where(ReaderRow.protocol_id == protocol_id, ReaderRow.kind != "model")
        .order_by(ReaderRow.number)
    )
    with store.snapshot() as session:
        return tuple(
            progress
            for reader in session.scalars(query)
            for progress in _of_reader(store, session, reader)
        )


def declarations(store: Store, protocol_id: int) -> tuple[Declaration, ...]:
    """Questionnaires and display checks, in the order given."""
    found = []
    for reader, part, event in _events(store, protocol_id, ("questionnaire", "display")):
        stored = json.loads(event.payload)
        entries = tuple((str(key), str(value)) for key, value in sorted(stored.items()))
        found.append(Declaration(reader, part, event.at, event.kind, entries))
    return tuple(found)


def events_of(
    store: Store, protocol_id: int, kinds: tuple[str, ...]
) -> tuple[tuple[str, int, EventRow], ...]:
    """(reader, part, event) of some kinds, in the order of the readers."""
    return tuple(_events(store, protocol_id, kinds))


def _events(
    store: Store, protocol_id: int, kinds: tuple[str, ...]
) -> list[tuple[str, int, EventRow]]:
    query = (
        select(ReaderRow.pseudonym, PartRow.number, EventRow)
        .join(PartRow, PartRow.id == EventRow.part_id)
        .join(ReaderRow, ReaderRow.id == PartRow.reader_id)
        .where(ReaderRow.protocol_id == protocol_id, EventRow.kind.in_(kinds))
        .order_by(ReaderRow.number, PartRow.number, EventRow.sequence)
    )
    with store.snapshot() as session:
        found = [(name, number, event) for name, number, event in session.execute(query)]
        session.expunge_all()
    return found


def _of_reader(store: Store, session: Session, reader: ReaderRow) -> list[PartProgress]:
    record = reader_record(store, session, reader)
    rows = {row.number: row for row in part_rows(session, reader.id)}
    return [_progress(session, reader, part, rows.get(part.plan.number)) for part in record.parts]


def _progress(
    session: Session, reader: ReaderRow, part: PartRecord, row: PartRow | None
) -> PartProgress:
    events = _chain(session, row)
    answers = _first_answers(session, row)
    seconds = [answer.active_ms / 1000.0 for answer in answers]
    kinds = Counter(event.kind for event in events)
    spans = _sittings(events)
    return PartProgress(
        reader_id=reader.id,
        reader=reader.pseudonym,
        kind=reader.kind,
        part=part,
        last_seen=max((event.at for event in events), default=""),
        sittings=len(spans),
        minutes=sum(spans) / 60.0,
        median_seconds=median(seconds) if seconds else None,
        slowest_seconds=max(seconds, default=None),
        block_seconds=tuple(
            median(seconds[start : start + BLOCK]) for start in range(0, len(seconds), BLOCK)
        ),
        pauses=kinds["pause"],
        focus_losses=sum(answer.focus_losses for answer in answers),
        idle_minutes=sum(answer.idle_ms for answer in answers) / 60_000.0,
        corrections=kinds["undo"],
        clock_jumps=kinds["clock jump"],
    )


def _chain(session: Session, row: PartRow | None) -> Sequence[EventRow]:
    if row is None:
        return ()
    query = select(EventRow).where(EventRow.part_id == row.id).order_by(EventRow.sequence)
    return session.scalars(query).all()


def _first_answers(session: Session, row: PartRow | None) -> Sequence[ResponseRow]:
    """First answers to the trials of the study, in the order read."""
    if row is None:
        return ()
    query = (
        select(ResponseRow)
        .join(TrialRow, TrialRow.trial_id == ResponseRow.trial_id)
        .where(
            ResponseRow.part_id == row.id,
            ResponseRow.attempt == 1,
            ResponseRow.step == 1,
            TrialRow.practice.is_(False),
        )
        .order_by(ResponseRow.id)
    )
    return session.scalars(query).all()


def _sittings(events: Sequence[EventRow]) -> list[float]:
    """Seconds of each sitting: a sitting begins where the package is opened.

    Wall-clock steps are clipped at 0 and left out across sittings; a jump of the clock is an
    event of its own.
    """
    whole = not any(event.kind == "opened" for event in events)  # a simulated reader's
    sitting, spans = int(whole), []
    numbered = []
    for event in events:
        sitting += event.kind == "opened"
        numbered.append((sitting, event))
    for number, group in groupby(numbered, key=lambda one: one[0]):
        if number == 0:
            continue
        times = [datetime.fromisoformat(event.at).timestamp() for _, event in group]
        spans.append(sum(max(0.0, later - before) for before, later in pairwise(times)))
    return spans
