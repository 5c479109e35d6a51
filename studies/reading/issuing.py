"""A part of a reading becomes a package: its trials in order, its questions, its pictures."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from studies.chain import ChainHead, canonical, digest
from studies.clock import now
from studies.errors import SealedError, StudyError
from studies.model.reading import (
    EventRow,
    HeadRow,
    ItemRow,
    PartRow,
    PictureRow,
    ProtocolRow,
    ReaderRow,
    TrialRow,
)
from studies.package import (
    PackageContents,
    PackageTrial,
    Picture,
    contents_json,
    create,
    new_opaque,
    stored_bytes,
)
from studies.protocols import diagnosis, ordering, pipeline
from studies.protocols.draws import Draws, derive
from studies.protocols.limits import part_limits
from studies.protocols.ordering import OrderItem, PlannedTrial
from studies.protocols.parts import AIDED, ROI, STAGE_B, parts
from studies.protocols.questions import asked
from studies.reading.binding import BoundPart, BoundTrial, plan_digest
from studies.reading.notes import frozen_notes
from studies.reading.pictures import WIDE, Shown, ShownPictures, picture_of
from studies.reading.progress import place_of
from studies.reading.stored import draft_of, scheme_of
from studies.records import PartPlan, ProtocolDraft
from studies.store import Store

PACKAGES = "reading"


@dataclass(frozen=True)
class PlannedPresentation:
    """One presentation of a part, before it is stored. `right` is given for training only.

    `note` is the frozen clinical note, "" where there is none or none is shown.
    """

    item: ItemRow
    trial_id: str
    practice: bool = False
    repeat: bool = False
    flipped: bool = False
    right: str = ""
    opinion: tuple[float, ...] = ()
    picture: PictureRow | None = None
    note: str = ""


@dataclass(frozen=True)
class NewPart:
    """All that is stored of a part, and what its package holds."""

    plan: PartPlan
    seed: int
    planned: tuple[PlannedPresentation, ...]
    contents: PackageContents
    shown: tuple[Shown, ...]
    override: str


def part_seed(draft: ProtocolDraft, reader_number: int, part: int) -> int:
    """The seed of one part's order; part 1 has the reader's own."""
    seed = ordering.reader_seed(draft.seed, reader_number)
    return seed if part == 1 else derive(seed, "part", part)


def part_order(
    items: tuple[OrderItem, ...], draft: ProtocolDraft, plan: PartPlan, reader_number: int
) -> tuple[PlannedTrial, ...]:
    """The order of a part's items; StudyError where the constraints cannot be kept.

    A part of the real items alone keeps to eased limits (studies.protocols.limits).
    """
    kept = items if plan.condition == ROI else tuple(i for i in items if i.origin == "real")
    limits = part_limits(draft.constraints, len(kept), len(items))
    seed = part_seed(draft, reader_number, plan.number)
    return ordering.order(kept, limits, seed, min(draft.repeats, len(kept)))


def new_part(
    store: Store,
    session: Session,
    sealed: ProtocolRow,
    reader: ReaderRow,
    plan: PartPlan,
    override: str = "",
    not_before: str = "",
) -> NewPart:
    """Plan a part of a reader: presentations, package contents, pictures.

    `override` is why a washout was cut short, `not_before` when one ends that is kept.
    """
    number = reader.number
    draft = draft_of(sealed.draft)
    plans = parts(draft, place_of(session, reader))
    last_to_ask = max(one.number for one in plans if one.stage != STAGE_B)  # once, before B
    planned = _with_notes(store, draft, _presentations(session, sealed, draft, plan, number))
    shown = tuple(
        Shown(p.item, plan.condition if p.picture is not None else "raw", p.flipped)
        for p in planned
    )
    contents = PackageContents(
        uid=new_opaque(),
        title=reader.pseudonym,
        questions=asked(plan.questions, scheme_of(sealed.scheme)),
        trials=(),
        break_every=draft.break_every,
        display_check=draft.display_check,
        ask_unusual=draft.ask_unusual and plan.number == last_to_ask,
        pass_mark=draft.pass_mark if any(p.right for p in planned) else 0.0,
        window_locked=draft.window_locked,
        not_before=not_before,
        plan=plan_digest(_bound(sealed, reader, draft, plan, override), _bound_trials(planned)),
        masked=True,
        file_size=max((p.size for p in map(_picture, planned)), default=0),
    )
    contents = replace(contents, trials=_package_trials(contents, planned, store, shown))
    seed = part_seed(draft, number, plan.number)
    return NewPart(plan, seed, planned, contents, shown, override)


def _package_trials(
    contents: PackageContents,
    planned: tuple[PlannedPresentation, ...],
    store: Store,
    shown: tuple[Shown, ...],
) -> tuple[PackageTrial, ...]:
    """The trials as the package names them; each hash is of the masked bytes, unlike any other."""
    pictures = ShownPictures(store, shown)
    return tuple(
        PackageTrial(
            p.trial_id,
            p.practice,
            pipeline.image_hash(stored_bytes(contents, p.trial_id, pictures[place])),
            p.right,
            p.opinion,
            _picture(p),
            p.note,
        )
        for place, p in enumerate(planned)
    )


def _picture(planned: PlannedPresentation) -> Picture:
    return picture_of(planned.picture) if planned.picture is not None else Picture()


def write_package(store: Store, part: NewPart) -> None:
    """Write the package of a part; the caller removes it when the part cannot be stored."""
    folder = store.folder / PACKAGES / f"{part.contents.uid}.reading"
    create(folder, part.contents, ShownPictures(store, part.shown))


def remove_package(store: Store, part: NewPart) -> None:
    """Take a package away whose part was not stored."""
    shutil.rmtree(store.folder / PACKAGES / f"{part.contents.uid}.reading", ignore_errors=True)


def save_part(session: Session, reader: ReaderRow, part: NewPart) -> PartRow:
    """Insert a part with its trials and an empty chain."""
    row = PartRow(
        reader_id=reader.id,
        number=part.plan.number,
        stage=part.plan.stage,
        condition=part.plan.condition,
        questions=canonical(part.plan.questions),
        uid=part.contents.uid,
        order_seed=part.seed,
        algorithm=ordering.ALGORITHM,
        package=f"{PACKAGES}/{part.contents.uid}.reading",
        genesis=digest(contents_json(part.contents)),
        contents=contents_json(part.contents),
        made=now(),
        washout_days=part.plan.washout_days,
        override=part.override,
    )
    insert_part(session, row, [trial_row(p, place) for place, p in enumerate(part.planned)])
    return row


def insert_part(session: Session, row: PartRow, trials: list[TrialRow]) -> None:
    """Insert the row of a part, its trials and its head."""
    session.add(row)
    session.flush()
    for trial in trials:
        trial.part_id = row.id
    session.add_all(trials)
    session.add(HeadRow(part_id=row.id, count=0, hash=row.genesis, merged=""))
    session.flush()


def first_head(part: NewPart) -> ChainHead:
    """The head of a chain without rows."""
    return ChainHead(0, digest(contents_json(part.contents)))


def trial_row(planned: PlannedPresentation, position: int) -> TrialRow:
    """The row of one planned presentation."""
    return TrialRow(
        position=position,
        trial_id=planned.trial_id,
        item_id=planned.item.id,
        practice=planned.practice,
        repeat=planned.repeat,
        flipped=planned.flipped,
    )


def _bound(
    sealed: ProtocolRow, reader: ReaderRow, draft: ProtocolDraft, plan: PartPlan, override: str
) -> BoundPart:
    return BoundPart(
        seal=sealed.seal_hash,
        reader_number=reader.number,
        pseudonym=reader.pseudonym,
        kind=reader.kind,
        note=reader.note,
        number=plan.number,
        stage=plan.stage,
        condition=plan.condition,
        questions=canonical(plan.questions),
        order_seed=part_seed(draft, reader.number, plan.number),
        washout_days=plan.washout_days,
        override=override,
    )


def _bound_trials(planned: tuple[PlannedPresentation, ...]) -> list[BoundTrial]:
    return [BoundTrial(p.trial_id, p.item.opaque, p.practice, p.repeat, p.flipped) for p in planned]


def _presentations(
    session: Session, sealed: ProtocolRow, draft: ProtocolDraft, plan: PartPlan, number: int
) -> tuple[PlannedPresentation, ...]:
    rows = session.scalars(
        select(ItemRow).where(ItemRow.protocol_id == sealed.id).order_by(ItemRow.id)
    ).all()
    pictures = _pictures(session, sealed.id, plan.condition)
    opinions = _opinions(session, sealed.id, draft) if plan.condition == AIDED else {}
    session.expunge_all()
    studied = [row for row in rows if not row.practice]
    planned = _warming_up([row for row in rows if row.practice], draft, plan)
    planned += _ordered(draft, studied, plan, number)
    return tuple(
        replace(p, picture=pictures.get(p.item.id), opinion=opinions.get(p.item.id, ()))
        for p in planned
    )


def _warming_up(
    rows: list[ItemRow], draft: ProtocolDraft, plan: PartPlan
) -> list[PlannedPresentation]:
    """Training with feedback in the first part that asks the class, then practice."""
    trains = plan.number == 1 and diagnosis.CODE in plan.questions
    training, practice = rows[: draft.training], rows[draft.training :]
    shown = [(row, row.category) for row in training if trains]
    shown += [(row, "") for row in practice]
    return [
        PlannedPresentation(row, new_opaque(), practice=True, right=right)
        for row, right in shown
        if plan.condition == ROI or row.origin == "real"
    ]


def _ordered(
    draft: ProtocolDraft, items: list[ItemRow], plan: PartPlan, number: int
) -> list[PlannedPresentation]:
    numbered = tuple(OrderItem(i, row.category, row.origin) for i, row in enumerate(items))
    order = part_order(numbered, draft, plan, number)
    coins = Draws(part_seed(draft, number, plan.number), "which presentation is mirrored")
    second_is_flipped = {i: bool(coins.below(2)) for i in range(len(items))}
    twice = {trial.item for trial in order if trial.repeat}
    mirrors = draft.flip_repeats and plan.condition not in WIDE  # a mirrored body is conspicuous
    return [
        PlannedPresentation(
            items[trial.item],
            new_opaque(),
            repeat=trial.repeat,
            flipped=mirrors
            and trial.item in twice
            and trial.repeat == second_is_flipped[trial.item],
        )
        for trial in order
    ]


def _with_notes(
    store: Store, draft: ProtocolDraft, planned: tuple[PlannedPresentation, ...]
) -> tuple[PlannedPresentation, ...]:
    """The frozen notes, where the protocol shows them and every picture of the part is real."""
    if not draft.show_notes or any(p.item.origin != "real" for p in planned):
        return planned
    notes = dict(frozen_notes(store, dict.fromkeys(p.item.opaque for p in planned)))
    return tuple(replace(p, note=notes.get(p.item.opaque, "")) for p in planned)


def _pictures(session: Session, protocol_id: int, condition: str) -> dict[int, PictureRow]:
    if condition not in WIDE:
        return {}
    query = (
        select(PictureRow)
        .join(ItemRow, ItemRow.id == PictureRow.item_id)
        .where(ItemRow.protocol_id == protocol_id, PictureRow.condition == condition)
    )
    return {row.item_id: row for row in session.scalars(query)}


def _opinions(
    session: Session, protocol_id: int, draft: ProtocolDraft
) -> dict[int, tuple[float, ...]]:
    """The sealed probabilities of the arm that aids, by item; StudyError until it has read."""
    query = (
        select(TrialRow.item_id, EventRow.payload)
        .join(PartRow, PartRow.id == TrialRow.part_id)
        .join(ReaderRow, ReaderRow.id == PartRow.reader_id)
        .join(
            EventRow,
            (EventRow.part_id == PartRow.id)
            & (EventRow.trial_id == TrialRow.trial_id)
            & (EventRow.kind == "output"),
        )
        .where(
            ReaderRow.protocol_id == protocol_id,
            ReaderRow.kind == "model",
            ReaderRow.pseudonym == draft.aid_arm.upper(),
        )
    )
    found = {
        item: tuple(float(p) for p in json.loads(payload)["probabilities"])
        for item, payload in session.execute(query)
    }
    wanted = session.scalars(
        select(ItemRow.id).where(
            ItemRow.protocol_id == protocol_id,
            ItemRow.practice.is_(False),
            ItemRow.origin == "real",
        )
    ).all()
    if not wanted or not all(found.get(item) for item in wanted):
        raise StudyError(
            f"Aided reading shows what {draft.aid_arm.upper()} says of each ROI, and it has not "
            "read this version yet. Let it read first, then add readers."
        )
    return found


def check_number(found: int, expected: int) -> None:
    """SealedError where another window added the same reader or part meanwhile."""
    if found != expected:
        raise SealedError("Another window has just added a reader. Add this one again.")
