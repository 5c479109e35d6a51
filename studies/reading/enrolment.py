"""Readers: enrolled with a seeded order and a package; progress, never accuracy."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studies import receipt
from studies.chain import ChainHead, digest
from studies.clock import now
from studies.errors import BlindingError, SealedError, StudyError
from studies.model.reading import (
    HeadRow,
    ItemRow,
    ProtocolRow,
    ReaderRow,
    ResponseRow,
    TrialRow,
)
from studies.package import (
    PackageContents,
    PackageTrial,
    contents_json,
    create,
    new_opaque,
)
from studies.package_log import answers_given
from studies.protocols import ordering, pipeline
from studies.protocols.draws import Draws
from studies.protocols.ordering import OrderItem
from studies.protocols.questions import questions
from studies.reading.sealing import item_bytes
from studies.reading.stored import draft_of, protocol_row, scheme_of, unblinding
from studies.records import ProtocolDraft, ReaderRecord
from studies.store import Store

PACKAGES = "reading"


@dataclass(frozen=True)
class _Planned:
    item: ItemRow
    trial_id: str
    practice: bool = False
    repeat: bool = False
    flipped: bool = False


@dataclass(frozen=True)
class TrialTruth:
    """What a simulated reader may know of a trial; there is no such thing for people."""

    trial_id: str
    category: str
    origin: str
    repeat: bool
    practice: bool


def enrol(store: Store, pseudonym: str, *, kind: str = "person", note: str = "") -> ReaderRecord:
    """Add a reader to the newest protocol: stores the seeded order, writes the reading package.

    Raises StudyError without a protocol or a name, SealedError when the name is taken or the
    version is unblinded.
    """
    name = pseudonym.strip()
    if kind not in ("person", "simulated"):
        raise StudyError("A reader is a person or simulated; networks read by themselves.")
    with store.snapshot() as session:
        sealed = protocol_row(session, None)
        number = next_number(session, sealed, name)
        planned = _plan(session, sealed, number)
    images = tuple(
        pipeline.to_bytes(pipeline.from_bytes(item_bytes(store, p.item.opaque)), flipped=p.flipped)
        for p in planned
    )
    contents = _contents(name, sealed, planned, images)
    folder = store.folder / PACKAGES / f"{contents.uid}.reading"
    create(folder, contents, images)
    try:
        with store.transaction() as session:
            if next_number(session, sealed, name) != number:
                raise SealedError("Another window has just added a reader. Add this one again.")
            row = _reader_row(sealed, number, name, kind, note, contents)
            save_reader(session, row, [trial_row(p, i) for i, p in enumerate(planned)])
            record = reader_record(store, session, row)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    sign(contents.uid, ChainHead(0, digest(contents_json(contents))))
    return record


def readers(store: Store, protocol_id: int | None = None) -> tuple[ReaderRecord, ...]:
    """Readers of one protocol, of every version for None, in the order they were added."""
    query = select(ReaderRow).order_by(ReaderRow.protocol_id, ReaderRow.number)
    if protocol_id is not None:
        query = query.where(ReaderRow.protocol_id == protocol_id)
    with store.snapshot() as session:
        return tuple(reader_record(store, session, row) for row in session.scalars(query))


def simulation_key(store: Store, reader_id: int) -> tuple[TrialTruth, ...]:
    """The truth of a simulated reader's trials, in order. BlindingError for anyone else."""
    with store.snapshot() as session:
        if reader_row(session, reader_id).kind != "simulated":
            raise BlindingError("Only a simulated reader may be told the truth of its trials.")
        query = (
            select(TrialRow, ItemRow)
            .join(ItemRow, TrialRow.item_id == ItemRow.id)
            .where(TrialRow.reader_id == reader_id)
            .order_by(TrialRow.position)
        )
        return tuple(
            TrialTruth(trial.trial_id, item.category, item.origin, trial.repeat, trial.practice)
            for trial, item in session.execute(query)
        )


def reader_row(session: Session, reader_id: int) -> ReaderRow:
    """The row of a reader; StudyError where there is none."""
    row = session.get(ReaderRow, reader_id)
    if row is None:
        raise StudyError("There is no such reader in this study.")
    return row


def next_number(session: Session, sealed: ProtocolRow, name: str) -> int:
    """The number of a reader to be added; refuses empty and taken names and open protocols."""
    if not name:
        raise StudyError("Give the reader a pseudonym, such as Reader 1.")
    if unblinding(session, sealed.id) is not None:
        raise SealedError(
            f"Version {sealed.version} is unblinded: nobody can read it blinded any more. "
            "Seal a new version first."
        )
    taken = select(ReaderRow.id).where(
        ReaderRow.protocol_id == sealed.id, func.lower(ReaderRow.pseudonym) == name.lower()
    )
    if session.scalar(taken) is not None:
        raise SealedError(f"{name} reads this version already. Choose another pseudonym.")
    last = select(func.max(ReaderRow.number)).where(ReaderRow.protocol_id == sealed.id)
    return (session.scalar(last) or 0) + 1


def save_reader(session: Session, row: ReaderRow, trials: list[TrialRow]) -> None:
    """Insert a reader with its trials and an empty chain."""
    session.add(row)
    session.flush()
    for trial in trials:
        trial.reader_id = row.id
    session.add_all(trials)
    session.add(HeadRow(reader_id=row.id, count=0, hash=row.genesis, merged=""))
    session.flush()


def sign(uid: str, head: ChainHead) -> None:
    """The receipt of the study's copy; it may lag (and `verify` says so), never fail a deed."""
    with contextlib.suppress(OSError):
        receipt.write(f"{uid}.study", head)


def trial_row(planned: _Planned, position: int) -> TrialRow:
    """The row of one planned presentation."""
    return TrialRow(
        position=position,
        trial_id=planned.trial_id,
        item_id=planned.item.id,
        practice=planned.practice,
        repeat=planned.repeat,
        flipped=planned.flipped,
    )


def reader_record(store: Store, session: Session, row: ReaderRow) -> ReaderRecord:
    """A reader with progress; seconds a trial are the mean active time of first answers.

    `answered` counts what lies in the package too, as after a reading that was killed; `finished`
    is when the last answer was taken into the study.
    """
    trials = session.scalar(select(func.count()).where(TrialRow.reader_id == row.id)) or 0
    answered, active, last = session.execute(
        select(func.count(), func.avg(ResponseRow.active_ms), func.max(ResponseRow.id)).where(
            ResponseRow.reader_id == row.id, ResponseRow.attempt == 1
        )
    ).one()
    merged = session.scalar(select(HeadRow.merged).where(HeadRow.reader_id == row.id)) or ""
    has_time = row.kind != "model" and active is not None and last is not None
    return ReaderRecord(
        id=row.id,
        protocol_id=row.protocol_id,
        pseudonym=row.pseudonym,
        kind=row.kind,
        note=row.note,
        trials=trials,
        answered=answered if answered >= trials else max(answered, _waiting(store, session, row)),
        seconds_per_trial=float(active) / 1000.0 if has_time else None,
        package=store.folder / row.package if row.package else None,
        finished=merged if trials and answered >= trials else "",
    )


def _waiting(store: Store, session: Session, row: ReaderRow) -> int:
    """Answers in the package of a blinded version; after unblinding none comes in any more."""
    if not row.package or unblinding(session, row.protocol_id) is not None:
        return 0
    return answers_given(store.folder / row.package)


def _plan(session: Session, sealed: ProtocolRow, number: int) -> list[_Planned]:
    draft = draft_of(sealed.draft)
    rows = session.scalars(
        select(ItemRow).where(ItemRow.protocol_id == sealed.id).order_by(ItemRow.id)
    ).all()
    session.expunge_all()
    studied = [row for row in rows if not row.practice]
    practice = [_Planned(row, new_opaque(), practice=True) for row in rows if row.practice]
    return practice + _ordered(draft, studied, number)


def _ordered(draft: ProtocolDraft, items: list[ItemRow], number: int) -> list[_Planned]:
    seed = ordering.reader_seed(draft.seed, number)
    numbered = tuple(OrderItem(i, row.category, row.origin) for i, row in enumerate(items))
    coins = Draws(seed, "which presentation is mirrored")
    second_is_flipped = {i: bool(coins.below(2)) for i in range(len(items))}
    order = ordering.order(numbered, draft.constraints, seed, draft.repeats)
    twice = {trial.item for trial in order if trial.repeat}
    return [
        _Planned(
            items[trial.item],
            new_opaque(),
            repeat=trial.repeat,
            flipped=draft.flip_repeats
            and trial.item in twice
            and trial.repeat == second_is_flipped[trial.item],
        )
        for trial in order
    ]


def _reader_row(
    sealed: ProtocolRow, number: int, name: str, kind: str, note: str, contents: PackageContents
) -> ReaderRow:
    return ReaderRow(
        protocol_id=sealed.id,
        number=number,
        pseudonym=name,
        kind=kind,
        note=note.strip(),
        uid=contents.uid,
        order_seed=ordering.reader_seed(draft_of(sealed.draft).seed, number),
        algorithm=ordering.ALGORITHM,
        package=f"{PACKAGES}/{contents.uid}.reading",
        genesis=digest(contents_json(contents)),
        enrolled=now(),
    )


def _contents(
    name: str, sealed: ProtocolRow, planned: list[_Planned], images: tuple[bytes, ...]
) -> PackageContents:
    draft = draft_of(sealed.draft)
    return PackageContents(
        uid=new_opaque(),
        title=name,
        questions=questions(draft.questions, scheme_of(sealed.scheme)),
        trials=tuple(
            PackageTrial(p.trial_id, p.practice, pipeline.image_hash(image))
            for p, image in zip(planned, images, strict=True)
        ),
    )
