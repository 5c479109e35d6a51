"""Trained networks read the sealed items, as a Reader of kind model.

A real ROI is read by the network that had it in its test fold; a synthetic ROI of
the generator of fold j by the network of fold j + 1 (mod the number of folds), which was trained
on neither that generator's draws nor the shown ones.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from pathlib import Path

import numpy as np

from engine.cnn.assessment import AssessmentSpec
from engine.experiment.arms import slices_read
from engine.files import MODEL
from engine.jobs import Child, JobSpec, Progress
from studies import cases, learning, reading
from studies.errors import StudyError
from studies.reading import ModelAnswer, SealedItem
from studies.records import ReaderRecord, TrainingRunRecord
from studies.store import Store

TARGET = "engine.cnn.assessment:assess_file"
NOTE = "out-of-fold"


def model_names(store: Store) -> tuple[str, ...]:
    """Arms with a finished network for every fold, that have not read the newest protocol yet.

    Networks of 2.5-D ROIs are not among them: what readers see is a single slice.
    """
    newest = reading.protocol(store)
    if newest is None:
        return ()
    trained = (run.arm for run in learning.runs(store) if run.kind == "classifier")
    arms = dict.fromkeys(arm for arm in trained if slices_read(arm) == 1)
    have_read = {reader.pseudonym for reader in reading.readers(store, newest.id)}
    return tuple(arm for arm in arms if _networks(store, arm) and arm.upper() not in have_read)


def assess_model(store: Store, arm: str) -> Generator[Progress, None, ReaderRecord]:
    """Let the newest networks of an arm read the newest protocol; answers are append-only.

    Raises StudyError without networks of every fold or for networks of 2.5-D ROIs, EngineError
    for a damaged checkpoint.
    """
    if slices_read(arm) > 1:
        raise StudyError(
            f"{arm.upper()} reads {slices_read(arm)} slices of each lesion, and a reading shows "
            "one. Let a network of single slices read."
        )
    networks = _networks(store, arm)
    if not networks:
        raise StudyError(
            f"{arm.upper()} has no finished network for every fold. Train it on the page Learn."
        )
    items = reading.sealed_items(store)
    folds = tuple(run.fold for run in networks)
    tested = tuple(_tested(store, run) for run in networks)
    assigned = tuple(network_of(item, folds, tested) for item in items)
    codes = reading.sealed_scheme(store).codes
    yield Progress(0, len(networks), "Reading the sealed ROIs")
    probabilities = yield from _probabilities(store, networks, items, assigned, len(codes))
    answers = tuple(
        ModelAnswer(item.id, codes[int(np.argmax(row))], tuple(float(p) for p in row))
        for item, row in zip(items, probabilities, strict=True)
    )
    return reading.record_model_reading(store, arm.upper(), NOTE, answers)


def network_of(
    item: SealedItem, folds: tuple[int | None, ...], tested: tuple[frozenset[int], ...]
) -> int:
    """Index of the network that reads an item; `tested` are the lesions of each one's test fold.

    Raises StudyError for a real item that no network was tested on: all may have seen it. The
    draws of a generator without a fold go to the networks in turn.
    """
    if item.origin == "synthetic":
        own = folds.index(item.fold) if item.fold in folds else item.id
        return (own + 1) % len(folds)
    for number, lesions in enumerate(tested):
        if item.lesion_id in lesions:
            return number
    raise StudyError(
        "No network of this arm had every sealed ROI in its test fold: lesions were added since. "
        "Train the arm again, then let it read."
    )


def _probabilities(
    store: Store,
    networks: tuple[TrainingRunRecord, ...],
    items: tuple[SealedItem, ...],
    assigned: tuple[int, ...],
    classes: int,
) -> Generator[Progress, None, np.ndarray]:
    child = Child()
    try:
        with tempfile.TemporaryDirectory(dir=store.runs_folder) as folder:
            file = Path(folder) / "items.npz"
            np.savez(file, images=np.stack([item.image for item in items]))
            paths = (file, *(run.folder / MODEL for run in networks))
            spec = AssessmentSpec(assigned, classes)
            found: np.ndarray = yield from child.run(JobSpec(TARGET, spec, paths))
            return found
    finally:
        child.close()


def _tested(store: Store, run: TrainingRunRecord) -> frozenset[int]:
    return frozenset(one.lesion_id for one in learning.predictions(store, run_id=run.id))


def _networks(store: Store, arm: str) -> tuple[TrainingRunRecord, ...]:
    """The arm's newest complete set: one recipe's finished network of every fold, by fold.

    Networks of different groups, seeds or profiles are never mixed into one reader.
    """
    folds = {one.fold for one in cases.lesions(store) if one.fold is not None}
    sets: dict[tuple[str, int, str], dict[int, TrainingRunRecord]] = {}
    for run in learning.runs(store):
        usable = run.kind == "classifier" and run.arm == arm and run.state == "finished"
        if usable and run.fold is not None and (run.folder / MODEL).exists():
            sets.setdefault((run.group, run.seed, run.profile), {})[run.fold] = run
    complete = [found for found in sets.values() if folds and folds <= set(found)]
    if not complete:
        return ()
    newest = max(complete, key=lambda found: max(run.id for run in found.values()))
    return tuple(newest[fold] for fold in sorted(newest))
