"""What may be read, and which of it: a draft's default, its items, its order, its audit."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from studies import cases, learning
from studies.access import COORDINATOR, require
from studies.chain import canonical, digest
from studies.errors import StudyError
from studies.model.reading import ItemRow, ProtocolRow, ReaderRow
from studies.package import new_opaque
from studies.protocols import leak_audit, pipeline, real_or_synthetic
from studies.protocols.draws import Draws
from studies.protocols.ordering import OrderItem, PlannedTrial
from studies.protocols.parts import ROI, parts
from studies.protocols.questions import questions
from studies.reading.issuing import part_order
from studies.reading.pictures import WIDE
from studies.reading.stored import draft_of
from studies.records import (
    ClassScheme,
    FloatArray,
    OrderConstraints,
    ProtocolDraft,
    RoiRecord,
    SyntheticRoiRecord,
)
from studies.store import Store

NO_COPIES = ("clear", "close", "unchecked")
PAPER_SYNTHETIC = 40  # a class, as in the paper's reading
Counts = tuple[tuple[str, int], ...]
T = TypeVar("T", RoiRecord, SyntheticRoiRecord)


@dataclass(frozen=True)
class Available:
    """How many items each class could give, and the generators whose fresh draws there are."""

    real: Counts
    synthetic: Counts
    generators: tuple[str, ...]


@dataclass(frozen=True)
class DrawnItem:
    """An item before it is sealed: the picture as stored, and where it comes from."""

    origin: str
    category: str
    patient: str
    fold: int | None
    lesion_id: int | None
    synthetic_id: int | None
    opaque: str
    data: bytes
    practice: bool = False


@dataclass(frozen=True)
class _Pool:
    scheme: ClassScheme
    real: tuple[RoiRecord, ...]
    synthetic: tuple[SyntheticRoiRecord, ...]
    spare: tuple[RoiRecord, ...]  # additional cases: practice only
    taught: tuple[RoiRecord, ...]  # named to readers in a training: never of a study again


def available(store: Store, generator: str = "", audits: tuple[str, ...] = NO_COPIES) -> Available:
    """What a protocol could draw from now.

    `generator` limits the synthetic ROIs to one arm, `audits` to what the copy audit said.
    """
    pool = _pool(store, generator, audits)
    arms = {run.id: run.arm for run in learning.runs(store)}
    every = learning.synthetic_rois(store, accepted=True)
    return Available(
        tuple((code, _count(pool.real, code)) for code in pool.scheme.codes),
        tuple((code, _count(pool.synthetic, code)) for code in pool.scheme.codes),
        tuple(sorted({arms[one.run_id] for one in every if one.run_id in arms})),
    )


def draft_default(store: Store) -> ProtocolDraft:
    """The paper's reading, or as much of it as the study has: all real ROIs, 40 synthetic a class.

    Constraints are the strictest default that these counts can keep.
    """
    have = available(store)
    synthetic = tuple((code, min(count, PAPER_SYNTHETIC)) for code, count in have.synthetic)
    draft = ProtocolDraft(
        name="Blinded reading",
        real_per_category=have.real,
        synthetic_per_category=synthetic,
        display_check=True,
    )
    return replace(draft, constraints=fitting_constraints(draft))


def fitting_constraints(draft: ProtocolDraft) -> OrderConstraints:
    """The default constraints, relaxed where the counts leave no room for them."""
    items = order_items(draft)
    total, usual = len(items), OrderConstraints()
    synthetic = sum(item.origin == "synthetic" for item in items)
    most = max(
        (sum(i.category == c for i in items) for c in {i.category for i in items}), default=0
    )
    return OrderConstraints(
        longest_class_run=max(usual.longest_class_run, 2 * -(-most // (total - most + 1))),
        longest_synthetic_run=max(
            usual.longest_synthetic_run, 2 * -(-synthetic // (total - synthetic + 1))
        ),
        blocks=max(1, min(usual.blocks, total // 10)),
        repeat_distance=min(usual.repeat_distance, total // 3),
    )


def order_items(draft: ProtocolDraft) -> tuple[OrderItem, ...]:
    """The draft's items as the order sees them: real by class, then synthetic by class.

    Sealing numbers its items in the same way, so that the preview is the order that is sealed.
    """
    kinds = [
        (code, origin)
        for origin, counts in (
            ("real", draft.real_per_category),
            ("synthetic", draft.synthetic_per_category),
        )
        for code, count in counts
        for _ in range(count)
    ]
    return tuple(OrderItem(number, code, origin) for number, (code, origin) in enumerate(kinds))


def preview_order(
    store: Store, draft: ProtocolDraft, reader_number: int, part: int = 1
) -> tuple[PlannedTrial, ...]:
    """The order of a part that reader 1, 2, … would get if the draft were sealed as it is."""
    require(store, COORDINATOR)
    questions(draft.questions, cases.study(store).scheme)
    plan = parts(draft, reader_number)[part - 1]
    return part_order(order_items(draft), draft, plan, reader_number)


def new_seed() -> int:
    """A five-digit seed from the system's CSPRNG, to be stored with the draft."""
    return 10_000 + secrets.randbelow(90_000)


def origin_problem(draft: ProtocolDraft, have: Available) -> str:
    """Why the question of the origin cannot be asked of this draft's items, "" when it can.

    It needs real and synthetic items; `have` tells whether there are any to choose from. The
    conditions without ROIs do not ask it.
    """
    if real_or_synthetic.CODE not in draft.questions or ROI not in draft.conditions:
        return ""
    if not any(count for _, count in draft.real_per_category):
        return "The origin is asked, but no real ROI is chosen. Choose some, or do not ask it."
    if any(count for _, count in draft.synthetic_per_category):
        return ""
    if any(count for _, count in have.synthetic):
        return "The origin is asked, but no synthetic ROI is chosen. Choose some, or do not ask it."
    return (
        "The origin is asked, but no synthetic ROI is left that nobody has read and that the copy "
        "audit allows. Generate more on the page Learn, or do not ask the origin."
    )


def audit_draft(store: Store, draft: ProtocolDraft) -> leak_audit.LeakAudit:
    """The leak audit of the items that sealing this draft would draw."""
    return audit_items(draw_items(store, draft))


def audit_items(items: tuple[DrawnItem, ...]) -> leak_audit.LeakAudit:
    """The leak audit of drawn items, practice left out."""
    studied = [item for item in items if not item.practice]
    images = [pipeline.from_bytes(item.data) for item in studied]
    stack: FloatArray = np.stack(images) if images else np.zeros((0, 64, 64), np.float32)
    synthetic = np.array([item.origin == "synthetic" for item in studied], dtype=bool)
    return leak_audit.audit(stack, synthetic, tuple(item.opaque for item in studied))


def items_digest(items: tuple[DrawnItem, ...]) -> str:
    """SHA-256 over origins and pictures of drawn items in order, practice left out.

    The same draft draws the same items, so this says whether two looks were at the same ones.
    """
    studied = (item for item in items if not item.practice)
    return digest(canonical([[one.origin, pipeline.image_hash(one.data)] for one in studied]))


def draw_items(store: Store, draft: ProtocolDraft) -> tuple[DrawnItem, ...]:
    """The items of a draft in canonical order, then its practice items.

    Drawn by the draft's seed. Raises StudyError where the study has too few.
    """
    require(store, COORDINATOR)
    pool = _pool(store, draft.generator, draft.audits)
    draws = Draws(draft.seed, "items")
    real = _drawn(pool.real, draft.real_per_category, draws, "real", pool.scheme)
    synthetic = _drawn(
        pool.synthetic, draft.synthetic_per_category, draws, "synthetic", pool.scheme
    )
    chosen = [_real_item(roi) for roi in real] + [_synthetic_item(one) for one in synthetic]
    if not chosen:
        raise StudyError("A protocol needs items: choose real or synthetic ROIs.")
    made_up = () if draft.show_notes else pool.synthetic  # none has a note
    used = {roi.lesion_id for roi in real}
    same_body = {roi.patient for roi in real} if set(draft.conditions) & set(WIDE) else set()
    spare = [
        *(
            _real_item(roi)
            for roi in (*pool.spare, *pool.real, *pool.taught)
            if roi.lesion_id not in used and roi.patient not in same_body
        ),
        *(_synthetic_item(one) for one in made_up if one not in synthetic),
    ]
    return (*chosen, *_practice(spare, draft.training + draft.practice, draws))


def _practice(spare: list[DrawnItem], count: int, draws: Draws) -> list[DrawnItem]:
    if count > len(spare):
        raise StudyError(
            f"{count} practice trials need ROIs that the study does not read; only {len(spare)} "
            "are left over. Ask for fewer, or synthesise more."
        )
    return [replace(item, practice=True) for item in draws.shuffled(spare)[:count]]


def _drawn(
    pool: tuple[T, ...], counts: Counts, draws: Draws, origin: str, scheme: ClassScheme
) -> list[T]:
    chosen: list[T] = []
    for code, count in counts:
        have = [one for one in pool if one.category == code]
        if count > len(have):
            name = scheme.category(code).name.lower() if code in scheme.codes else code
            remedy = "draw more margins" if origin == "real" else "synthesise more"
            raise StudyError(
                f"{count} {origin} ROIs of class {name} are asked for, {len(have)} are there. "
                f"Ask for fewer or {remedy}."
            )
        chosen += draws.shuffled(have)[:count]
    return chosen


def _real_item(roi: RoiRecord) -> DrawnItem:
    return DrawnItem(
        origin="real",
        category=roi.category,
        patient=roi.patient,
        fold=roi.fold,
        lesion_id=roi.lesion_id,
        synthetic_id=None,
        opaque=new_opaque(),
        data=pipeline.to_bytes(roi.image),
    )


def _synthetic_item(one: SyntheticRoiRecord) -> DrawnItem:
    return DrawnItem(
        origin="synthetic",
        category=one.category,
        patient="",
        fold=one.fold,
        lesion_id=None,
        synthetic_id=one.id,
        opaque=new_opaque(),
        data=pipeline.to_bytes(one.image),
    )


def _pool(store: Store, generator: str, audits: tuple[str, ...] = NO_COPIES) -> _Pool:
    """Ready real ROIs, and accepted synthetic ones of these audits that were never read."""
    arms = {run.id: run.arm for run in learning.runs(store)}
    with store.snapshot() as session:
        read = set(session.scalars(select(ItemRow.synthetic_id).where(~ItemRow.practice)))
        taught_lesions, taught_draws = _taught(session)
    synthetic = tuple(
        one
        for one in learning.synthetic_rois(store, accepted=True)
        if one.audit in audits
        and one.id not in read | taught_draws
        and generator in ("", arms.get(one.run_id, ""))
    )
    every = cases.rois(store)
    return _Pool(
        cases.study(store).scheme,
        tuple(r for r in every if not r.extra and r.lesion_id not in taught_lesions),
        synthetic,
        tuple(r for r in every if r.extra and r.lesion_id not in taught_lesions),
        tuple(r for r in every if r.lesion_id in taught_lesions),
    )


def _taught(session: Session) -> tuple[set[int], set[int]]:
    """Lesions and draws whose class was named to somebody: training items of versions with readers.

    The training items are the first of a version's practice items.
    """
    lesions: set[int] = set()
    draws: set[int] = set()
    with_readers = select(ReaderRow.protocol_id).where(ReaderRow.kind == "person")
    for sealed in session.scalars(select(ProtocolRow).where(ProtocolRow.id.in_(with_readers))):
        query = (
            select(ItemRow)
            .where(ItemRow.protocol_id == sealed.id, ItemRow.practice)
            .order_by(ItemRow.id)
            .limit(draft_of(sealed.draft).training)
        )
        for item in session.scalars(query):
            if item.lesion_id is not None:
                lesions.add(item.lesion_id)
            if item.synthetic_id is not None:
                draws.add(item.synthetic_id)
    return lesions, draws


def _count(pool: tuple[RoiRecord, ...] | tuple[SyntheticRoiRecord, ...], code: str) -> int:
    return sum(one.category == code for one in pool)
