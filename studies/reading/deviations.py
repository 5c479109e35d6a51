"""As planned, or not: what a reading did otherwise than its protocol, and what versions changed."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields

from studies.access import ANALYST, COORDINATOR, require
from studies.errors import BlindingError, StudyError
from studies.reading.enrolment import readers
from studies.reading.monitoring import events_of
from studies.reading.sealing import protocols
from studies.records import (
    OrderConstraints,
    PartRecord,
    ProtocolDraft,
    ProtocolRecord,
    ReaderRecord,
)
from studies.store import Store

_WORDS = {
    "name": "Name",
    "real_per_category": "Real ROIs",
    "synthetic_per_category": "Synthetic ROIs",
    "questions": "Questions",
    "seed": "Seed",
    "repeats": "Hidden repeats",
    "practice": "Practice trials",
    "washout_days": "Washout, days",
    "window_locked": "Window locked",
    "primary_analysis": "Primary analysis",
    "margin": "Margin",
    "stopping_rule": "Stopping rule",
    "generator": "Generator",
    "flip_repeats": "Repeats mirrored",
    "staged": "Two stages",
    "stage_b_waits": "Stage B after the washout",
    "ask_unusual": "Asks what was unusual",
    "conditions": "Conditions",
    "counterbalanced": "Conditions rotate over readers",
    "tasks_rotate": "Tasks rotate over readers",
    "aid_arm": "Network whose opinion is shown",
    "training": "Training trials",
    "pass_mark": "Pass mark",
    "break_every": "Break every, trials",
    "display_check": "Display check",
    "readers_planned": "Readers planned",
    "audits": "Copy audit of synthetic ROIs",
    "volume_reach": "Slices on each side",
    "show_notes": "Clinical notes shown",
    "longest_class_run": "Longest run of a class",
    "longest_synthetic_run": "Longest synthetic run",
    "blocks": "Blocks",
    "repeat_distance": "Repeats apart, trials",
}
ALL_READ = "All items are read"


@dataclass(frozen=True)
class Remark:
    """What a reader answered to "did you notice anything unusual?"."""

    reader: str
    part: int
    noticed: bool
    text: str


def remarks(store: Store, protocol_id: int) -> tuple[Remark, ...]:
    """Remarks of stage A; they may hint at the truth. BlindingError before unblinding."""
    require(store, COORDINATOR, ANALYST)
    if not _protocol(store, protocol_id).unblinded:
        raise BlindingError("Remarks of readers are shown once the version is unblinded.")
    found = []
    for reader, part, event in events_of(store, protocol_id, ("unusual",)):
        stored = json.loads(event.payload)
        found.append(Remark(reader, part, bool(stored.get("noticed")), str(stored.get("text", ""))))
    return tuple(found)


def deviations(store: Store, protocol_id: int) -> tuple[str, ...]:
    """What was otherwise than sealed, a sentence each; empty where all went as planned."""
    protocol = _protocol(store, protocol_id)
    read = [one for one in readers(store, protocol_id) if one.kind != "model"]
    found = []
    if protocol.override:
        found.append(f"Sealed in spite of a leak; the reason given: {protocol.override}")
    planned = protocol.draft.readers_planned
    if len(read) != planned:
        were = "was" if len(read) == 1 else "were"
        found.append(f"Readers planned: {planned}; {len(read)} {were} enrolled.")
    for reader in read:
        found += [f"{reader.pseudonym} {words}" for words in _of_reader(reader)]
    if protocol.unblinded and not _may_stop(protocol, read):
        found.append(
            f"Unblinded before the stopping rule was met ({protocol.draft.stopping_rule})."
        )
    jumps = events_of(store, protocol_id, ("clock jump",))
    for name in dict.fromkeys(reader for reader, _, _ in jumps):
        count = sum(reader == name for reader, _, _ in jumps)
        found.append(
            f"The computer's clock jumped {count} times while {name} read; durations come from "
            "another clock and are not affected."
        )
    return tuple(found)


def differences(old: ProtocolDraft, new: ProtocolDraft) -> tuple[str, ...]:
    """What an amendment changes, one line a field: "Repeats apart, trials: 60 → 40"."""
    lines = [
        f"{_WORDS[field.name]}: {_said(getattr(old, field.name))} → "
        f"{_said(getattr(new, field.name))}"
        for field in fields(ProtocolDraft)
        if field.name != "constraints" and getattr(old, field.name) != getattr(new, field.name)
    ]
    lines += [
        f"{_WORDS[field.name]}: {_said(getattr(old.constraints, field.name))} → "
        f"{_said(getattr(new.constraints, field.name))}"
        for field in fields(OrderConstraints)
        if getattr(old.constraints, field.name) != getattr(new.constraints, field.name)
    ]
    return tuple(lines)


def _protocol(store: Store, protocol_id: int) -> ProtocolRecord:
    for protocol in protocols(store):
        if protocol.id == protocol_id:
            return protocol
    raise StudyError("There is no such version of the protocol in this study.")


def _of_reader(reader: ReaderRecord) -> list[str]:
    found = []
    for part in reader.parts:
        if part.override:
            found.append(
                f"read part {part.plan.number} before the washout of {part.plan.washout_days} "
                f"days was over; the reason given: {part.override}"
            )
        if part.state != "finished":
            found.append(f"{_unfinished(part)} of {_named(reader, part)}.")
    return found


def _unfinished(part: PartRecord) -> str:
    return f"answered {part.answered} of {part.trials} trials"


def _named(reader: ReaderRecord, part: PartRecord) -> str:
    return "the reading" if len(reader.parts) == 1 else f"part {part.plan.number}"


def _may_stop(protocol: ProtocolRecord, read: list[ReaderRecord]) -> bool:
    """Whether the stopping rule was met: all read by everybody, or by as many as planned."""
    done = sum(bool(reader.finished) for reader in read)
    if protocol.draft.stopping_rule == ALL_READ:
        return bool(read) and done == len(read)
    return done >= protocol.draft.readers_planned


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        parts = [" ".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in value]
        return ", ".join(parts) or "none"
    return str(value) if value != "" else "none"
