"""What a draft would give: its order with measures, its parts, its audit, what it can show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from engine.experiment.arms import slices_read
from studies import learning, reading
from studies.errors import StudyError
from studies.protocols import order_check, parts
from studies.protocols.leak_audit import LeakAudit
from studies.protocols.limits import eased
from studies.protocols.order_check import OrderCheck
from studies.protocols.ordering import PlannedTrial
from studies.reading import Available
from studies.reading import origin_problem as origin_problem
from studies.records import ClassScheme, PartPlan, ProtocolDraft, ProtocolRecord
from studies.store import Store


@dataclass(frozen=True)
class FormFacts:
    """What the form must know of the study. `arms` have networks whose opinion may be shown."""

    available: Available
    scheme: ClassScheme
    version: int
    has_ct: bool = True
    arms: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlannedPart:
    """A part of a reader's sequence and its first possible day, if the first is read today."""

    plan: PartPlan
    earliest: date


@dataclass(frozen=True)
class Preview:
    """What a draft would give: order, parts, audit and power, or why not."""

    trials: tuple[PlannedTrial, ...] = ()
    check: OrderCheck | None = None
    balance: float | None = None
    problem: str = ""  # of the order
    audit: LeakAudit | None = None
    audit_problem: str = ""
    parts: tuple[PlannedPart, ...] = ()  # of the previewed reader
    power: float | None = None  # of the equivalence margin when the truth is .5
    differences: tuple[str, ...] = ()  # to the version before, in words
    eased: tuple[str, ...] = ()  # what parts with real items alone keep to instead, in words


@dataclass(frozen=True)
class LoadedDraft:
    """What the study has, and the draft to show."""

    available: Available
    draft: ProtocolDraft | None  # a fresh one, where nobody has edited the old
    arms: tuple[str, ...] = ()


def preview(
    store: Store, draft: ProtocolDraft, number: int, sealed: ProtocolRecord | None = None
) -> Preview:
    """Order, parts and audit of a draft for reader `number`, or in words why there is none."""
    changes = reading.differences(sealed.draft, draft) if sealed is not None else ()
    found = Preview(power=equivalence_power(draft), differences=changes)
    try:
        sequence = schedule(parts.parts(draft, number), datetime.now(UTC).date())
        trials = reading.preview_order(store, draft, number)
        measured = order_check.check(trials, draft.constraints.blocks)
        items = reading.order_items(draft)
        even = order_check.balance(items, draft.constraints, draft.seed, draft.repeats)
        found = replace(
            found, trials=trials, check=measured, balance=even, parts=sequence, eased=eased(draft)
        )
    except StudyError as error:
        found = replace(found, problem=str(error))
    try:
        return replace(found, audit=reading.audit_draft(store, draft))
    except StudyError as error:
        return replace(found, audit_problem=str(error))


def pool_of(draft: ProtocolDraft) -> tuple[str, tuple[str, ...]]:
    """What limits the synthetic ROIs that there are."""
    return draft.generator, draft.audits


def schedule(sequence: tuple[PartPlan, ...], first: date) -> tuple[PlannedPart, ...]:
    """Each part on the first day that the washouts allow, from the day of the first."""
    planned, day = [], first
    for plan in sequence:
        day += timedelta(days=plan.washout_days)
        planned.append(PlannedPart(plan, day))
    return tuple(planned)


def equivalence_power(draft: ProtocolDraft) -> float | None:
    """Power of the margin at the draft's counts; None where the origin is not asked of both."""
    from studies.statistics import equivalence  # scipy is not needed before this

    real = sum(count for _, count in draft.real_per_category)
    synthetic = sum(count for _, count in draft.synthetic_per_category)
    if "origin" not in draft.questions or not real or not synthetic:
        return None
    return equivalence.equivalence_power(synthetic, real, draft.margin)


def load_draft(
    store: Store, draft: ProtocolDraft | None, sealed: ProtocolRecord | None, untouched: bool
) -> LoadedDraft:
    """A fresh draft where nobody has edited the one that is shown."""
    available = _available(store, draft)
    arms = aiding_arms(store)
    if not untouched:
        return LoadedDraft(available, None, arms)
    fresh = reading.next_draft(store, sealed) if sealed else reading.draft_default(store)
    return LoadedDraft(available, fresh, arms)


def _available(store: Store, draft: ProtocolDraft | None) -> Available:
    if draft is None:
        return reading.available(store)
    return reading.available(store, draft.generator, draft.audits)


def aiding_arms(store: Store) -> tuple[str, ...]:
    """Arms with a finished classifier of single slices, whose opinion readers could be shown.

    Networks of 2.5-D ROIs cannot read what readers see, so they have no opinion of it.
    """
    finished = (
        run.arm
        for run in learning.runs(store)
        if run.kind == "classifier" and run.state == "finished" and slices_read(run.arm) == 1
    )
    return tuple(dict.fromkeys(finished))
