"""What binds a reader's plan to the chain of answers: which trial shows which item, and to whom.

The chain starts at the hash of the package's contents, and these hold the digest of the plan. The
digest tells a reader nothing: it is over the items' names of 128 random bits, which never leave
the study. A network has no package; its chain starts at a hash over the digest itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from studies.chain import canonical, digest
from studies.model.reading import ItemRow, PartRow, ProtocolRow, ReaderRow, TrialRow
from studies.package.contents import parse_contents
from studies.store import Store


@dataclass(frozen=True)
class BoundTrial:
    """One presentation as the digest sees it; `opaque` names the item."""

    trial_id: str
    opaque: str
    practice: bool
    repeat: bool
    flipped: bool


@dataclass(frozen=True)
class BoundPart:
    """Who reads what under which seal; `questions` is canonical JSON."""

    seal: str
    reader_number: int
    pseudonym: str
    kind: str
    note: str
    number: int
    stage: str
    condition: str
    questions: str
    order_seed: int
    washout_days: int
    override: str


def plan_digest(part: BoundPart, trials: Iterable[BoundTrial]) -> str:
    """SHA-256 over a part's plan, its trials in order."""
    columns = [
        part.seal, part.reader_number, part.pseudonym, part.kind, part.note, part.number,
        part.stage, part.condition, part.questions, part.order_seed, part.washout_days,
        part.override,
    ]  # fmt: skip
    listed = [[t.trial_id, t.opaque, t.practice, t.repeat, t.flipped] for t in trials]
    return digest(canonical([columns, listed]))


def model_genesis(uid: str, reader: ReaderRow, plan: str) -> str:
    """Where the chain of a network's answers starts; `plan` "" is the first version's way."""
    columns = [uid, reader.pseudonym, reader.note]
    return digest(canonical([*columns, plan] if plan else columns))


def bound_part(sealed: ProtocolRow, reader: ReaderRow, part: PartRow) -> BoundPart:
    """A part as it stands in the study now."""
    return BoundPart(
        seal=sealed.seal_hash,
        reader_number=reader.number,
        pseudonym=reader.pseudonym,
        kind=reader.kind,
        note=reader.note,
        number=part.number,
        stage=part.stage,
        condition=part.condition,
        questions=part.questions,
        order_seed=part.order_seed,
        washout_days=part.washout_days,
        override=part.override,
    )


@dataclass(frozen=True)
class Binding:
    """What was found: `fault` in words where the plan was changed, `unknown` why it cannot be said.

    Both are empty where the plan is as it was made.
    """

    fault: str = ""
    unknown: str = ""


def check_plan(store: Store, session: Session, reader: ReaderRow, part: PartRow) -> Binding:
    """Hold a part's rows against the digest that its chain starts from."""
    sealed = session.get(ProtocolRow, reader.protocol_id)
    changed = Binding(fault=f"The plan of {reader.pseudonym} was changed after it was made.")
    if sealed is None:
        return changed
    plan = plan_digest(bound_part(sealed, reader, part), _trials(session, part))
    if reader.kind == "model":
        if part.genesis == model_genesis(part.uid, reader, plan):
            return Binding()
        old = part.genesis == model_genesis(part.uid, reader, "")
        return Binding(unknown=_OLD) if old else changed
    text = part.contents
    if not text:  # made by the first version, which kept the contents in the package alone
        return Binding(unknown=_OLD)
    if digest(text) != part.genesis:
        return changed
    stored = parse_contents(text, store.folder / part.package).plan
    return Binding() if stored == plan else changed


_OLD = "it was made by an earlier version of the program"


def _trials(session: Session, part: PartRow) -> list[BoundTrial]:
    query = (
        select(TrialRow, ItemRow.opaque)
        .outerjoin(ItemRow, ItemRow.id == TrialRow.item_id)
        .where(TrialRow.part_id == part.id)
        .order_by(TrialRow.position)
    )
    return [
        BoundTrial(t.trial_id, opaque or "", t.practice, t.repeat, t.flipped)
        for t, opaque in session.execute(query)
    ]
