"""Use-cases of blinded reading: draft, seal, enrol, merge, unblind, answers, verify."""

from studies.reading.deviations import Remark, deviations, differences, remarks
from studies.reading.discarding import forget_receipts
from studies.reading.drafting import (
    Available,
    audit_draft,
    available,
    draft_default,
    draw_items,
    fitting_constraints,
    items_digest,
    new_seed,
    order_items,
    origin_problem,
    preview_order,
)
from studies.reading.enrolment import (
    TrialTruth,
    enrol,
    issue_part,
    readers,
    simulation_key,
)
from studies.reading.journal import JournalRow, journal
from studies.reading.merging import ModelAnswer, merge, merge_answers, record_model_reading
from studies.reading.monitoring import Declaration, PartProgress, declarations, monitor
from studies.reading.sealing import (
    SealedItem,
    next_draft,
    protocol,
    protocols,
    seal,
    sealed_audit,
    sealed_items,
    sealed_scheme,
)
from studies.reading.truth import answers, unblind
from studies.reading.trying import TryOut, try_out
from studies.reading.verification import VerifyReport, verify

__all__ = [
    "Available",
    "Declaration",
    "JournalRow",
    "ModelAnswer",
    "PartProgress",
    "Remark",
    "SealedItem",
    "TrialTruth",
    "TryOut",
    "VerifyReport",
    "answers",
    "audit_draft",
    "available",
    "declarations",
    "deviations",
    "differences",
    "draft_default",
    "draw_items",
    "enrol",
    "fitting_constraints",
    "forget_receipts",
    "issue_part",
    "items_digest",
    "journal",
    "merge",
    "merge_answers",
    "monitor",
    "new_seed",
    "next_draft",
    "order_items",
    "origin_problem",
    "preview_order",
    "protocol",
    "protocols",
    "readers",
    "record_model_reading",
    "remarks",
    "seal",
    "sealed_audit",
    "sealed_items",
    "sealed_scheme",
    "simulation_key",
    "try_out",
    "unblind",
    "verify",
]
