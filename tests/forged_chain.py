"""Chains that are whole and that no package wrote: rows of one's own, linked as a package does."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path

from reading_study import answer

from studies.chain import ChainEvent, ChainHead, canonical, link
from studies.package import PackageTrial, ReadingPackage
from studies.package.archive import write_zip
from studies.package.log import Row

AT = "2026-05-01T08:00:00.000+00:00"


def row(kind: str, trial: PackageTrial | None, /, **payload: object) -> Row:
    """A row of the log with this payload, at the trial."""
    return Row(kind, trial.trial_id if trial else "", canonical(payload), AT, 0)


def given(trial: PackageTrial, **changes: object) -> Row:
    """A row with a complete answer, some of its fields changed."""
    stored = json.loads(canonical(vars(answer(trial))))
    return Row("response", trial.trial_id, canonical(stored | changes), AT, 0)


def chained(genesis: str, rows: list[Row]) -> tuple[ChainEvent, ...]:
    """Rows as a chain that is whole."""
    head, events = ChainHead(0, genesis), []
    for one in rows:
        event = link(head, one.kind, one.trial_id, one.payload, one.at, one.monotonic_ns)
        head = ChainHead(event.sequence, event.hash)
        events.append(event)
    return tuple(events)


def sent_back(package: ReadingPackage, rows: list[Row], place: Path) -> Path:
    """A file of answers with these rows, as anybody can make it who has the package."""
    events = [astuple(event) for event in chained(package.genesis, rows)]
    content = {
        "format": 1, "uid": package.contents.uid, "genesis": package.genesis, "program": "x",
        "events": events,
    }  # fmt: skip
    return write_zip(place / "r.answers.zip", [("answers.json", canonical(content).encode())])
