"""A hash-chained event log: any edit, deletion or reordering shows at the first bad row.

Each row's hash is SHA-256 over the previous row's hash and the row's own columns in canonical
JSON; the first row follows a *genesis* hash that binds the log to what was presented.
A chain alone cannot show a cut tail or a full recompute: see `receipt`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class ChainEvent:
    """One row of the log. `sequence` counts from 1; `payload` is canonical JSON."""

    sequence: int
    kind: str
    trial_id: str
    payload: str
    at: str
    monotonic_ns: int
    hash: str


@dataclass(frozen=True)
class ChainHead:
    """Length of a chain and the hash of its last row (the genesis hash when empty)."""

    count: int
    hash: str


@dataclass(frozen=True)
class ChainReport:
    """What `verify` found in one chain. `first_bad` is a sequence number, None where whole."""

    name: str
    events: int
    first_bad: int | None
    sentence: str
    receipt: str  # matches | behind | absent | broken

    @property
    def ok(self) -> bool:
        """Nothing found that should not be."""
        return self.first_bad is None and self.receipt != "broken"


def canonical(value: object) -> str:
    """JSON with sorted keys, no spaces and no NaN: equal values give equal bytes."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest(text: str) -> str:
    """SHA-256 of UTF-8 text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def link(
    previous: ChainHead, kind: str, trial_id: str, payload: str, at: str, monotonic_ns: int
) -> ChainEvent:
    """The event that follows `previous`."""
    sequence = previous.count + 1
    columns = canonical([previous.hash, sequence, kind, trial_id, payload, at, monotonic_ns])
    return ChainEvent(sequence, kind, trial_id, payload, at, monotonic_ns, digest(columns))


def follow(genesis: str, events: Iterable[ChainEvent]) -> tuple[ChainHead, int | None]:
    """Walk a chain: its head, and the sequence number of the first bad row (None: whole)."""
    head = ChainHead(0, genesis)
    for event in events:
        expected = link(
            head, event.kind, event.trial_id, event.payload, event.at, event.monotonic_ns
        )
        if expected != event:
            return head, head.count + 1
        head = ChainHead(event.sequence, event.hash)
    return head, None
