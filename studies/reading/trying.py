"""Trying a reading out: a throw-away package of a draft's items, never part of the study."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from studies import cases
from studies.access import COORDINATOR, require
from studies.package import PackageContents, PackageTrial, create, new_opaque, stored_bytes
from studies.protocols.draws import Draws
from studies.protocols.pipeline import image_hash
from studies.protocols.questions import questions
from studies.reading.drafting import draw_items
from studies.reading.notes import notes_shown
from studies.records import ProtocolDraft
from studies.store import Store

TRIALS = 10


@dataclass(frozen=True)
class TryOut:
    """A package to try, and the receipt to forget with it."""

    folder: Path
    uid: str


def try_out(store: Store, draft: ProtocolDraft, place: Path) -> TryOut:
    """Write a package of up to ten of the draft's items below `place`; nothing is recorded.

    The items are shown as ROIs, with their notes where the draft shows notes.
    """
    require(store, COORDINATOR)
    items = Draws(draft.seed, "try out").shuffled(draw_items(store, draft))[:TRIALS]
    contents = PackageContents(
        uid=new_opaque(),
        title="Try-out",
        questions=questions(draft.questions, cases.study(store).scheme),
        trials=(),
        masked=True,
    )
    ids = tuple(new_opaque() for _ in items)
    hashes = (
        image_hash(stored_bytes(contents, one, item.data))
        for one, item in zip(ids, items, strict=True)
    )
    notes = notes_shown(store, draft, (item.lesion_id for item in items))
    trials = (
        PackageTrial(one, False, sha256, note=note)
        for one, sha256, note in zip(ids, hashes, notes, strict=True)
    )
    contents = replace(contents, trials=tuple(trials))
    folder = create(place / "try.reading", contents, tuple(item.data for item in items))
    return TryOut(folder, contents.uid)
