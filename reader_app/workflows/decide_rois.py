"""Decisions on thousands of synthetic ROIs: in portions, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Generator

from engine.jobs import Progress
from studies import learning
from studies.records import SyntheticRoiRecord
from studies.store import Store

Rois = tuple[SyntheticRoiRecord, ...]
PORTION = 500
"""ROIs in one write: their pictures lie in the same rows, and a row is written whole."""


def decide_rois(
    store: Store, rois: Rois, accepted: bool, reason: str
) -> Generator[Progress, None, Rois]:
    """Let ROIs into reading or keep them out; returns them as stored then.

    Given up half-way (cancelled, or StudyError as of `learning.decide_rois`), those that were
    decided already are put back to how they stand in `rois`.
    """
    return (yield from _written(store, rois, rois, _deciding(store, accepted, reason)))


def put_decisions_back(store: Store, now: Rois, wanted: Rois) -> Generator[Progress, None, Rois]:
    """Let ROIs stand as in `wanted`; `now` are the same as they stand, for when it is given up."""
    return (
        yield from _written(
            store, now, wanted, lambda some: learning.take_back_decisions(store, some)
        )
    )


def _deciding(store: Store, accepted: bool, reason: str) -> Callable[[Rois], Rois]:
    return lambda some: learning.decide_rois(store, some, accepted, reason)


def _written(
    store: Store, now: Rois, rois: Rois, write: Callable[[Rois], Rois]
) -> Generator[Progress, None, Rois]:
    done: Rois = ()
    try:
        while len(done) < len(rois):
            yield Progress(len(done), len(rois), "Writing decisions")
            done += write(rois[len(done) : len(done) + PORTION])
    finally:
        if 0 < len(done) < len(rois):
            learning.take_back_decisions(store, now[: len(done)])
    return done
