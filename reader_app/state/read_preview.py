"""What a draft would give: its order with measures, its audit, what there is to draw from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from studies import reading
from studies.errors import StudyError
from studies.protocols import order_check
from studies.protocols.leak_audit import LeakAudit
from studies.protocols.order_check import OrderCheck
from studies.protocols.ordering import PlannedTrial
from studies.reading import Available
from studies.records import ProtocolDraft, ProtocolRecord
from studies.store import Store


@dataclass(frozen=True)
class Preview:
    """What a draft would give: an order with its measures and an audit, or why not."""

    trials: tuple[PlannedTrial, ...] = ()
    check: OrderCheck | None = None
    balance: float | None = None
    problem: str = ""  # of the order
    audit: LeakAudit | None = None
    audit_problem: str = ""


@dataclass(frozen=True)
class LoadedDraft:
    """What the study has, and the draft to show."""

    available: Available
    draft: ProtocolDraft | None  # a fresh one, where nobody has edited the old


def preview(store: Store, draft: ProtocolDraft, number: int) -> Preview:
    """Order and audit of a draft, or in words why there is none."""
    try:
        trials = reading.preview_order(store, draft, number)
        measured = order_check.check(trials, draft.constraints.blocks)
        items = reading.order_items(draft)
        even = order_check.balance(items, draft.constraints, draft.seed, draft.repeats)
        found = Preview(trials, measured, even)
    except StudyError as error:
        found = Preview(problem=str(error))
    try:
        return replace(found, audit=reading.audit_draft(store, draft))
    except StudyError as error:
        return replace(found, audit_problem=str(error))


def load_draft(
    store: Store, draft: ProtocolDraft | None, sealed: ProtocolRecord | None, untouched: bool
) -> LoadedDraft:
    """A fresh draft where nobody has edited the one that is shown."""
    available = reading.available(store, draft.generator if draft else "")
    if not untouched:
        return LoadedDraft(available, None)
    fresh = reading.next_draft(store, sealed) if sealed else reading.draft_default(store)
    return LoadedDraft(available, fresh)
