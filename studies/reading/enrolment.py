"""Readers: enrolled with seeded orders, given one package a part; progress, never accuracy."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studies import receipt
from studies.access import COORDINATOR, refuse_author, refuse_insider, require
from studies.chain import ChainHead
from studies.clock import now
from studies.errors import BlindingError, SealedError, StudyError, WashoutError
from studies.model.reading import (
    ItemRow,
    PartRow,
    ProtocolRow,
    ReaderRow,
    ResponseRow,
    TrialRow,
)
from studies.protocols.parts import parts
from studies.reading.deeds import sign_deeds
from studies.reading.issuing import (
    NewPart,
    check_number,
    first_head,
    new_part,
    remove_package,
    save_part,
    write_package,
)
from studies.reading.progress import part_rows, place_of, read_until, reader_record, washout_end
from studies.reading.stored import draft_of, protocol_row, unblinding
from studies.records import PartRecord, ReaderRecord
from studies.store import Store


@dataclass(frozen=True)
class TrialTruth:
    """What a simulated reader may know of a trial; there is no such thing for people."""

    trial_id: str
    category: str
    origin: str
    repeat: bool
    practice: bool


def enrol(
    store: Store, pseudonym: str, *, kind: str = "person", note: str = "", override: str = ""
) -> ReaderRecord:
    """Add a reader to the newest protocol: stores the seeded order, writes the first package.

    Raises StudyError without a protocol or a name, SealedError when the name is taken or the
    version is unblinded, BlindingError for someone who drew or diagnosed in this study or has it
    unlocked, WashoutError where this person read the same lesions in an earlier version too
    short a time ago (unless `override` gives the reason, which is recorded).
    """
    require(store, COORDINATOR)
    name = pseudonym.strip()
    if kind not in ("person", "simulated"):
        raise StudyError("A reader is a person or simulated; networks read by themselves.")
    refuse_author(store, name)
    refuse_insider(store, name)
    with store.snapshot() as session:
        sealed = protocol_row(session, None)
        number = next_number(session, sealed, name)
        row = ReaderRow(
            protocol_id=sealed.id,
            number=number,
            pseudonym=name,
            kind=kind,
            note=note.strip(),
            enrolled=now(),
        )
        plan = parts(draft_of(sealed.draft), place_of(session, row))[0]
        reason = _reason_to_repeat(session, sealed, row, override)
        part = new_part(store, session, sealed, row, plan, reason)
    write_package(store, part)
    with _package_removed_on_failure(store, part), store.transaction() as session:
        check_number(next_number(session, sealed, name), number)
        save_reader(session, row)
        save_part(session, row, part)
        record = reader_record(store, session, row)
    sign(part.contents.uid, first_head(part))
    sign_deeds(store)
    return record


def issue_part(
    store: Store, reader_id: int, *, override: str = "", ahead: bool = False
) -> ReaderRecord:
    """Make the package of a reader's next part.

    `ahead` makes it before the washout is over; the reader's program then refuses to open it
    until that day. Raises StudyError while the part before it is not finished and merged, or
    before the washout is over (unless `override` gives the reason, which is recorded),
    SealedError after unblinding and when every part was made, BlindingError for someone who has
    drawn or diagnosed meanwhile.
    """
    require(store, COORDINATOR)
    with store.snapshot() as session:
        reader = reader_row(session, reader_id)
        sealed = protocol_row(session, reader.protocol_id)
        refuse_unblinded(session, sealed)
        due = _due(reader_record(store, session, reader), override, ahead)
        reason = override.strip() if due.opens and not ahead else ""
        opens = due.opens if ahead else ""
        part = new_part(store, session, sealed, reader, due.plan, reason, opens)
    refuse_author(store, reader.pseudonym)
    write_package(store, part)
    with _package_removed_on_failure(store, part), store.transaction() as session:
        made = part_rows(session, reader_id)
        check_number(len(made) + 1, due.plan.number)
        save_part(session, reader_row(session, reader_id), part)
        record = reader_record(store, session, reader_row(session, reader_id))
    sign(part.contents.uid, first_head(part))
    sign_deeds(store)
    return record


def readers(store: Store, protocol_id: int | None = None) -> tuple[ReaderRecord, ...]:
    """Readers of one protocol, of every version for None, in the order they were added."""
    query = select(ReaderRow).order_by(ReaderRow.protocol_id, ReaderRow.number)
    if protocol_id is not None:
        query = query.where(ReaderRow.protocol_id == protocol_id)
    with store.snapshot() as session:
        return tuple(reader_record(store, session, row) for row in session.scalars(query))


def simulation_key(store: Store, reader_id: int) -> tuple[TrialTruth, ...]:
    """The truth of a simulated reader's trials, part by part. BlindingError for anyone else."""
    require(store, COORDINATOR)
    with store.snapshot() as session:
        if reader_row(session, reader_id).kind != "simulated":
            raise BlindingError("Only a simulated reader may be told the truth of its trials.")
        query = (
            select(TrialRow, ItemRow)
            .join(ItemRow, TrialRow.item_id == ItemRow.id)
            .join(PartRow, PartRow.id == TrialRow.part_id)
            .where(PartRow.reader_id == reader_id)
            .order_by(PartRow.number, TrialRow.position)
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
    refuse_unblinded(session, sealed)
    taken = select(ReaderRow.id).where(
        ReaderRow.protocol_id == sealed.id, func.lower(ReaderRow.pseudonym) == name.lower()
    )
    if session.scalar(taken) is not None:
        raise SealedError(f"{name} reads this version already. Choose another pseudonym.")
    last = select(func.max(ReaderRow.number)).where(ReaderRow.protocol_id == sealed.id)
    return (session.scalar(last) or 0) + 1


def refuse_unblinded(session: Session, sealed: ProtocolRow) -> None:
    """SealedError once a version is open."""
    if unblinding(session, sealed.id) is not None:
        raise SealedError(
            f"Version {sealed.version} is unblinded: nobody can read it blinded any more. "
            "Seal a new version first."
        )


def save_reader(session: Session, row: ReaderRow) -> None:
    """Insert a reader."""
    session.add(row)
    session.flush()


def sign(uid: str, head: ChainHead) -> None:
    """The receipt of the study's copy; it may lag (and `verify` says so), never fail a deed."""
    with contextlib.suppress(OSError):
        receipt.write(f"{uid}.study", head)


def _due(reader: ReaderRecord, override: str, ahead: bool) -> PartRecord:
    """The part to make next; refuses what is not finished before, and an unfinished washout."""
    to_come = [part for part in reader.parts if part.id is None]
    if not to_come:
        raise SealedError(f"{reader.pseudonym} has the packages of every part already.")
    due = to_come[0]
    before = reader.parts[due.plan.number - 2]
    if before.state != "finished":
        raise StudyError(
            f"{reader.pseudonym} has not finished part {before.plan.number}. Take its answers in "
            "first; then the next part can be made."
        )
    if due.opens and due.opens > now() and not ahead and not override.strip():
        raise WashoutError(
            f"Part {due.plan.number} of {reader.pseudonym} opens on {due.opens[:10]}, after a "
            f"washout of {due.plan.washout_days} days. Wait, or give a written reason."
        )
    return due if due.opens > now() else replace(due, opens="")


def _reason_to_repeat(
    session: Session, sealed: ProtocolRow, reader: ReaderRow, override: str
) -> str:
    """The reason why lesions are read again before the washout is over, "" where none is needed."""
    days = draft_of(sealed.draft).washout_days
    until = max((read_until(session, part) for part in _read_before(session, sealed, reader)),
                default="")  # fmt: skip
    opens = washout_end(until, days)
    if reader.kind != "person" or not opens or opens <= now():
        return ""
    if not override.strip():
        raise WashoutError(
            f"{reader.pseudonym} read some of these lesions in an earlier version, until "
            f"{until[:10]}; the washout of {days} days ends on {opens[:10]}. Wait, choose another "
            "reader, or give a written reason."
        )
    return override.strip()


def _read_before(session: Session, sealed: ProtocolRow, reader: ReaderRow) -> list[PartRow]:
    """Parts of earlier versions in which this person answered some of the same lesions."""
    lesions = select(ItemRow.lesion_id).where(
        ItemRow.protocol_id == sealed.id,
        ItemRow.lesion_id.is_not(None),
        ItemRow.practice.is_(False),
    )
    query = (
        select(PartRow)
        .join(ReaderRow, ReaderRow.id == PartRow.reader_id)
        .join(TrialRow, TrialRow.part_id == PartRow.id)
        .join(ItemRow, ItemRow.id == TrialRow.item_id)
        .join(ResponseRow, ResponseRow.trial_id == TrialRow.trial_id)
        .where(
            ReaderRow.protocol_id != sealed.id,
            ReaderRow.kind == "person",
            func.lower(ReaderRow.pseudonym) == reader.pseudonym.lower(),
            ItemRow.lesion_id.in_(lesions),
        )
        .distinct()
    )
    return list(session.scalars(query))


@contextlib.contextmanager
def _package_removed_on_failure(store: Store, part: NewPart) -> Iterator[None]:
    try:
        yield
    except BaseException:
        remove_package(store, part)
        raise
