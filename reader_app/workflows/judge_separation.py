"""Measure how well a small network tells a draft's synthetic items from its real ones."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from pathlib import Path

import numpy as np

from engine.cnn.two_kinds import Separated, SeparationSpec, TwoKinds
from engine.jobs import JobSpec, Progress, in_child
from studies import reading
from studies.protocols import pipeline
from studies.protocols.separation import FEWEST, Judged, Separation, separation
from studies.reading.drafting import DrawnItem
from studies.records import ProtocolDraft
from studies.store import Store

SEPARATE = "engine.cnn.separation:separate_file"
USUAL = SeparationSpec()


def judge_separation(
    store: Store, draft: ProtocolDraft, spec: SeparationSpec = USUAL
) -> Generator[Progress, None, Separation]:
    """The AUC of the items that sealing this draft would draw, practice left out.

    The network learns in a child process, from the pictures as readers see them. Raises
    StudyError where the study has too few items, TooFewError where the folds cannot be filled.
    """
    yield Progress(0, 1, "Drawing the items")
    items = tuple(item for item in reading.draw_items(store, draft) if not item.practice)
    kinds = _kinds(items)
    store.runs_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=store.runs_folder) as folder:
        file = Path(folder) / "items.npz"
        kinds.save(file)
        found: Separated = yield from in_child(JobSpec(SEPARATE, spec, (file,)))
    judged = Judged(spec.seed, spec.folds, found.parameters, reading.items_digest(items))
    return separation(found.scores, kinds.second, judged)


def can_be_judged(draft: ProtocolDraft) -> bool:
    """Whether there are enough items of both kinds for a number."""
    counts = (draft.real_per_category, draft.synthetic_per_category)
    return all(sum(count for _, count in one) >= FEWEST for one in counts)


def _kinds(items: tuple[DrawnItem, ...]) -> TwoKinds:
    return TwoKinds(
        np.stack([pipeline.from_bytes(item.data) for item in items]),
        np.array([item.origin == "synthetic" for item in items]),
        tuple(item.patient for item in items),
    )
