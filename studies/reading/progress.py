"""How far a reader is, part by part; never how well."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studies.chain import ChainEvent
from studies.clock import now
from studies.model.reading import (
    EventRow,
    HeadRow,
    ItemRow,
    PartRow,
    ReaderRow,
    ResponseRow,
    TrialRow,
)
from studies.package import PackageContents, answers_given, answers_standing
from studies.package.contents import parse_contents
from studies.package.standing import Standing
from studies.protocols.parts import AIDED, BOTH, ROI, parts
from studies.reading.stored import draft_of, protocol_row, unblinding
from studies.records import PartPlan, PartRecord, ProtocolDraft, ReaderRecord
from studies.store import Store

_MODEL_PLAN = PartPlan(1, BOTH, ROI, ("diagnosis",), 0)


@dataclass(frozen=True)
class _Counts:
    """Items of a protocol: real and synthetic, of the study and for practice."""

    real: int
    synthetic: int
    real_practice: int
    synthetic_practice: int


def plans_of(session: Session, draft: ProtocolDraft, reader: ReaderRow) -> tuple[PartPlan, ...]:
    """The parts that a reader reads, those made and those to come."""
    if reader.kind == "model":
        return (_MODEL_PLAN,)
    return parts(draft, place_of(session, reader))


def place_of(session: Session, reader: ReaderRow) -> int:
    """Which turn a reader has among its kind: 1, 2, … in the order they were enrolled."""
    before = select(func.count(ReaderRow.id)).where(
        ReaderRow.protocol_id == reader.protocol_id,
        ReaderRow.kind == reader.kind,
        ReaderRow.number < reader.number,
    )
    return (session.scalar(before) or 0) + 1


def part_rows(session: Session, reader_id: int) -> tuple[PartRow, ...]:
    """The parts whose packages were made, in order."""
    query = select(PartRow).where(PartRow.reader_id == reader_id).order_by(PartRow.number)
    return tuple(session.scalars(query))


def reader_record(store: Store, session: Session, row: ReaderRow) -> ReaderRecord:
    """A reader with progress; seconds a trial are the mean active time of first answers.

    `answered` counts what lies in the package too, as after a reading that was killed; `finished`
    is when the last answer of the last part was taken into the study.
    """
    draft = draft_of(protocol_row(session, row.protocol_id).draft)
    made = part_rows(session, row.id)
    records = [_made(store, session, row, part) for part in made]
    for plan in plans_of(session, draft, row)[len(made) :]:
        before = records[-1] if records else None
        records.append(_to_come(session, row, draft, plan, before, made))
    times = _seconds(session, [part.id for part in made])
    packages = [one.package for one in records if one.package is not None]
    done = all(one.state == "finished" for one in records)
    return ReaderRecord(
        id=row.id,
        protocol_id=row.protocol_id,
        pseudonym=row.pseudonym,
        kind=row.kind,
        note=row.note,
        trials=sum(one.trials for one in records),
        answered=sum(one.answered for one in records),
        seconds_per_trial=times if row.kind != "model" else None,
        package=packages[-1] if packages else None,
        finished=records[-1].finished if done and records else "",
        parts=tuple(records),
    )


def answered_trials(session: Session, part: PartRow) -> int:
    """Trials of a part that are answered for good: in aided reading after the opinion.

    A training that was not passed is to be read again: its answers do not count.
    """
    contents = _with_mark(part)
    if contents is not None:
        return _standing_answers(session, part, contents)
    last = func.max(ResponseRow.step).label("last")
    query = (
        select(TrialRow.practice, last)
        .join(ResponseRow, ResponseRow.trial_id == TrialRow.trial_id)
        .where(TrialRow.part_id == part.id)
        .group_by(TrialRow.id)
    )
    aided = part.condition == AIDED
    return sum(step >= (2 if aided and not practice else 1)
               for practice, step in session.execute(query))  # fmt: skip


def _with_mark(part: PartRow) -> PackageContents | None:
    """The contents of a part whose training has to be passed; None for all others."""
    if not part.contents or not json.loads(part.contents).get("pass_mark"):
        return None
    return parse_contents(part.contents, Path(part.package))


def _standing_answers(session: Session, part: PartRow, contents: PackageContents) -> int:
    """What stands after all events of a part were replayed, as the package itself counts it."""
    standing = Standing(contents)
    query = select(EventRow).where(EventRow.part_id == part.id).order_by(EventRow.sequence)
    for r in session.scalars(query):
        standing.replay(
            ChainEvent(r.sequence, r.kind, r.trial_id, r.payload, r.at, r.monotonic_ns, r.hash)
        )
    return standing.answered


def last_seen(session: Session, part: PartRow) -> str:
    """When the newest event of a part happened by the reader's clock, "" before the first."""
    return session.scalar(select(func.max(EventRow.at)).where(EventRow.part_id == part.id)) or ""


def read_until(session: Session, part: PartRow) -> str:
    """When a part was read for the last time, as far as anybody but the reader can tell.

    The later of its last event by the reader's clock and of when its answers came in: a clock that
    is wrong must not shorten a washout.
    """
    merged = session.scalar(select(HeadRow.merged).where(HeadRow.part_id == part.id)) or ""
    return max(last_seen(session, part), merged)


def washout_end(ended: str, days: int) -> str:
    """When a part may be opened that comes `days` after one that ended (both UTC, ISO 8601)."""
    if not days or not ended:
        return ""
    return (datetime.fromisoformat(ended) + timedelta(days=days)).isoformat(timespec="seconds")


def _made(store: Store, session: Session, reader: ReaderRow, part: PartRow) -> PartRecord:
    trials = session.scalar(select(func.count()).where(TrialRow.part_id == part.id)) or 0
    taken_in = answered = answered_trials(session, part)
    merged = session.scalar(select(HeadRow.merged).where(HeadRow.part_id == part.id)) or ""
    if answered < trials:
        waiting = _waiting(store, session, reader, part)
        answered = max(answered, min(waiting, trials))
    is_done = 0 < trials <= taken_in
    state = "finished" if is_done else "reading" if answered else "open"
    return PartRecord(
        id=part.id,
        plan=PartPlan(
            part.number,
            part.stage,
            part.condition,
            tuple(json.loads(part.questions)),
            part.washout_days,
        ),
        state=state,
        trials=trials,
        answered=answered,
        seconds_per_trial=_seconds(session, [part.id]) if reader.kind != "model" else None,
        package=store.folder / part.package if part.package else None,
        opens=_still_closed(part),
        finished=merged if is_done else "",
        override=part.override,
    )


def _still_closed(part: PartRow) -> str:
    """When a package that was made ahead opens, "" once it is open."""
    opens = str(json.loads(part.contents).get("not_before", "")) if part.contents else ""
    return opens if opens > now() else ""


def _to_come(
    session: Session,
    reader: ReaderRow,
    draft: ProtocolDraft,
    plan: PartPlan,
    before: PartRecord | None,
    made: Sequence[PartRow],
) -> PartRecord:
    opens = ""
    is_next = before is None or before.state == "finished"
    if is_next and made:
        opens = washout_end(read_until(session, made[-1]), plan.washout_days)
    waits = not is_next or bool(opens and opens > now())
    return PartRecord(
        id=None,
        plan=plan,
        state="waiting" if waits else "ready",
        trials=_planned_trials(session, reader.protocol_id, draft, plan),
        answered=0,
        seconds_per_trial=None,
        package=None,
        opens=opens,
        finished="",
        override="",
    )


def _planned_trials(
    session: Session, protocol_id: int, draft: ProtocolDraft, plan: PartPlan
) -> int:
    counts = _counts(session, protocol_id)
    warm = counts.real_practice + counts.synthetic_practice
    trains = plan.number == 1 and "diagnosis" in plan.questions
    if plan.condition == ROI:
        own = counts.real + counts.synthetic
        return own + min(draft.repeats, own) + warm - (0 if trains else draft.training)
    own = counts.real
    warm = counts.real_practice - (0 if trains else _real_training(session, protocol_id, draft))
    return own + min(draft.repeats, own) + warm


def _real_training(session: Session, protocol_id: int, draft: ProtocolDraft) -> int:
    """Real ones of the training items: the first of the practice items."""
    query = (
        select(ItemRow.origin)
        .where(ItemRow.protocol_id == protocol_id, ItemRow.practice)
        .order_by(ItemRow.id)
        .limit(draft.training)
    )
    return sum(origin == "real" for origin in session.scalars(query))


def _counts(session: Session, protocol_id: int) -> _Counts:
    query = (
        select(ItemRow.origin, ItemRow.practice, func.count())
        .where(ItemRow.protocol_id == protocol_id)
        .group_by(ItemRow.origin, ItemRow.practice)
    )
    found: Counter[tuple[str, bool]] = Counter()
    for origin, practice, count in session.execute(query):
        found[origin, bool(practice)] = int(count)
    return _Counts(
        found["real", False],
        found["synthetic", False],
        found["real", True],
        found["synthetic", True],
    )


def _seconds(session: Session, part_ids: list[int]) -> float | None:
    query = select(func.avg(ResponseRow.active_ms)).where(
        ResponseRow.part_id.in_(part_ids), ResponseRow.attempt == 1
    )
    mean = session.scalar(query)
    return None if mean is None else float(mean) / 1000.0


def _waiting(store: Store, session: Session, reader: ReaderRow, part: PartRow) -> int:
    """Answers in the package of a blinded version; after unblinding none comes in any more."""
    if not part.package or unblinding(session, reader.protocol_id) is not None:
        return 0
    contents = _with_mark(part)
    if contents is not None:
        return answers_standing(store.folder / part.package, contents)
    return answers_given(store.folder / part.package, 2 if part.condition == AIDED else 1)
