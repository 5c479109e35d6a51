"""How the reading was done: seal, audit, deviations, amendments, readers, sittings, remarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from studies import reading
from studies.errors import BlindingError
from studies.protocols.leak_audit import LeakAudit
from studies.protocols.limits import eased
from studies.protocols.parts import caution
from studies.reading.deviations import Remark
from studies.reading.monitoring import Declaration, PartProgress
from studies.records import ProtocolRecord
from studies.report.readings import condition_words
from studies.report.table import Table
from studies.statistics.agreement.coefficient import without_zero
from studies.store import Store

AS_PLANNED = "The reading went as planned: no deviation from the sealed protocol was recorded."


@dataclass(frozen=True)
class Amendment:
    """What a version changed of the one before it."""

    version: int
    sealed: str
    changes: tuple[str, ...]


@dataclass(frozen=True)
class Conduct:
    """Everything about how a protocol was read that is no answer.

    `remarks` is None while the version is blinded: remarks may hint at the truth.
    """

    protocol: ProtocolRecord
    audit: LeakAudit | None
    deviations: tuple[str, ...]
    amendments: tuple[Amendment, ...]
    declarations: tuple[Declaration, ...]
    sittings: tuple[PartProgress, ...]
    remarks: tuple[Remark, ...] | None


def conduct_of(store: Store, protocol: ProtocolRecord) -> Conduct:
    """Gather it from the study."""
    try:
        told: tuple[Remark, ...] | None = reading.remarks(store, protocol.id)
    except BlindingError:
        told = None
    return Conduct(
        protocol,
        reading.sealed_audit(store, protocol.id),
        reading.deviations(store, protocol.id),
        amendments(reading.protocols(store), protocol.version),
        reading.declarations(store, protocol.id),
        reading.monitor(store, protocol.id),
        told,
    )


def amendments(versions: Sequence[ProtocolRecord], last: int) -> tuple[Amendment, ...]:
    """Each version up to `last` against the one before it; versions oldest first."""
    shown = [one for one in versions if one.version <= last]
    return tuple(
        Amendment(new.version, new.sealed, reading.differences(old.draft, new.draft))
        for old, new in pairwise(shown)
    )


def conduct_sentences(found: Conduct) -> tuple[str, ...]:
    """Seal, audit with any override, and as planned or what was otherwise."""
    p = found.protocol
    parts = [
        f"Version {p.version} of protocol “{p.draft.name}” was sealed {p.sealed} before the first "
        f"read: {p.real_items} real and {p.synthetic_items} synthetic ROIs. Seal (SHA-256): "
        f"{p.seal_hash}.",
        audit_sentence(found.audit),
        separation_sentence(found.audit),
        *eased(p.draft),
        *(found.deviations or (AS_PLANNED,)),
    ]
    if p.unblinded:
        parts.append(
            f"Unblinded {p.unblinded} by {p.unblinded_by or 'unnamed'}; reason given: "
            f"{p.unblinding_reason.rstrip('.') or 'none'}."
        )
    if warned := caution(p.draft):
        parts.append(warned)
    if len(found.amendments) == 0:
        parts.append("The protocol was not amended.")
    return tuple(parts)


def audit_sentence(audit: LeakAudit | None) -> str:
    """The leak audit's verdict with its AUC, n and interval; an override is a deviation."""
    if audit is None:
        return (
            "No leak audit was made at sealing: it needs ten real and ten synthetic ROIs at least."
        )
    row = audit.rows[0]
    return (
        f"Leak audit at sealing. {audit.sentence}. AUC of "
        f"everything that is not anatomy {without_zero(row.auc)} [{without_zero(row.low)}, "
        f"{without_zero(row.high)}], {audit.real} real and {audit.synthetic} synthetic ROIs, "
        f"cross-validated, {'Wilson on the smaller group' if row.auc in (0, 1) else 'DeLong'}."
    )


def separation_sentence(audit: LeakAudit | None) -> str:
    """How well a small network told synthetic from real by the pixels; it was no condition."""
    found = audit.separation if audit is not None else None
    if found is None:
        return "How well a network tells synthetic from real by the pixels was not measured."
    return (
        f"By the pixels, a network of {found.parameters} weights tells synthetic from real with "
        f"AUC {without_zero(found.auc)} [{without_zero(found.low)}, {without_zero(found.high)}], "
        f"{found.real} real and {found.synthetic} synthetic ROIs, {found.folds} folds (real ones "
        f"by patient, synthetic ones singly), seed {found.seed}. {found.method}. Reported only: "
        "sealing does not depend on it."
    )


def conduct_tables(found: Conduct) -> tuple[Table, ...]:
    """Plan, amendments, audit, sittings, questionnaires and remarks; empty ones are left out."""
    made = (
        _plan_table(found.protocol),
        _amendment_table(found.amendments),
        _audit_table(found.audit),
        _sitting_table(found.sittings),
        _declared_table(found.declarations, "questionnaire", "Readers: questionnaire"),
        _declared_table(found.declarations, "display", "Display checks before sittings"),
        _remark_table(found.remarks or ()),
    )
    return tuple(table for table in made if table.rows)


def _plan_table(protocol: ProtocolRecord) -> Table:
    d = protocol.draft
    rows = (
        ("Readers planned", str(d.readers_planned)),
        ("Questions", ", ".join(d.questions)),
        ("Conditions", ", ".join(condition_words(one) for one in d.conditions)),
        ("Stages", "A class, then B real or synthetic" if d.staged else "one"),
        ("Washout, days", str(d.washout_days)),
        ("Order seed", str(d.seed)),
        ("Hidden repeats", str(d.repeats)),
        ("Practice trials", str(d.practice)),
        ("Training trials", str(d.training)),
        ("Primary analysis", d.primary_analysis),
        ("Equivalence margin, balanced accuracy", without_zero(d.margin)),
        ("Stopping rule", d.stopping_rule),
        ("Copy audit of synthetic ROIs", ", ".join(d.audits)),
        ("Clinical notes", "shown below each picture" if d.show_notes else "not shown"),
        *(("Limits of parts with real ROIs only", words) for words in eased(d)),
    )
    return Table("plan", "The protocol as sealed", ("Field", "Value"), rows)


def _amendment_table(found: Sequence[Amendment]) -> Table:
    rows = tuple(
        (str(one.version), one.sealed, change)
        for one in found
        for change in one.changes or ("nothing but the items drawn",)
    )
    return Table("amendments", "Amendments", ("Version", "Sealed", "Change"), rows)


def _audit_table(audit: LeakAudit | None) -> Table:
    rows = tuple(
        (
            row.name,
            "the same for every ROI" if row.constant else
            f"{without_zero(row.auc)} [{without_zero(row.low)}, {without_zero(row.high)}]",
            ", ".join(row.features),
        )
        for row in (audit.rows if audit else ())
    )  # fmt: skip
    rows += _separation_rows(audit)
    note = (
        "Can anything but the picture tell synthetic from real? AUC of a cross-validated "
        "discriminant, DeLong's 95 % interval (of an area of 1 Wilson's on the smaller group); "
        "passed where the upper bound lies below .60. The last row is of the picture itself, "
        "reported only"
    )
    told = audit.separation if audit is not None else None
    note += f": {told.method}." if told else "."
    columns = ("Features", "AUC [95 %]", "Which")
    return Table("leak_audit", "Leak audit at sealing", columns, rows, note)


def _separation_rows(audit: LeakAudit | None) -> tuple[tuple[str, str, str], ...]:
    """The network on the pixels, below the audit's own rows; "not measured" where it was not."""
    if audit is None:
        return ()
    found = audit.separation
    if found is None:
        return (("Pixels, network", "not measured", "reported only, not gated"),)
    area = f"{without_zero(found.auc)} [{without_zero(found.low)}, {without_zero(found.high)}]"
    of = f"n {found.real} real, {found.synthetic} synthetic; seed {found.seed}; not gated"
    return (("Pixels, network", area, of),)


def _sitting_table(found: Sequence[PartProgress]) -> Table:
    rows = tuple(
        (
            one.reader,
            f"{one.part.plan.number}: {_part(one)}",
            f"{one.part.answered} of {one.part.trials}",
            str(one.sittings),
            f"{one.minutes:.0f}",
            "–" if one.median_seconds is None else f"{one.median_seconds:.1f}",
            str(one.pauses),
            str(one.focus_losses),
            f"{one.idle_minutes:.0f}",
            str(one.corrections),
        )
        for one in found
    )
    columns = (
        "Reader", "Part", "Trials answered", "Sittings", "Minutes", "Median s a trial", "Pauses",
        "Focus losses", "Idle minutes", "Undone",
    )  # fmt: skip
    note = (
        "Trials with practice and hidden repeats; active seconds of first answers. Undone: how "
        "often a reader took an answer back, whether or not the new one differs."
    )
    simulated = any(one.kind == "simulated" for one in found)
    return Table("sittings", "Sittings", columns, rows, note, simulated)


def _part(one: PartProgress) -> str:
    plan = one.part.plan
    stage = {"A": "stage A, ", "B": "stage B, "}.get(plan.stage, "")
    return f"{stage}{condition_words(plan.condition)}"


def _declared_table(found: Sequence[Declaration], kind: str, title: str) -> Table:
    own = [one for one in found if one.kind == kind]
    names = tuple(dict.fromkeys(name for one in own for name, _ in one.entries))
    rows = tuple(
        (one.reader, str(one.part), one.at, *(dict(one.entries).get(name, "–") for name in names))
        for one in own
    )
    columns = ("Reader", "Part", "When", *(name.replace("_", " ").capitalize() for name in names))
    return Table(f"declared_{kind}", title, columns, rows)


def _remark_table(found: Sequence[Remark]) -> Table:
    rows = tuple((one.reader, "yes" if one.noticed else "no", one.text or "–") for one in found)
    asked = {one.reader for one in found}
    noticed = {one.reader for one in found if one.noticed}
    told = (
        f"{len(noticed)} of {len(asked)} readers noticed something unusual before they were told "
        "of synthetic images."
    )
    columns = ("Reader", "Noticed", "In the reader's words")
    title = "Asked at the end of stage A: did you notice anything unusual?"
    return Table("remarks", title, columns, rows, reading=told if found else "")
