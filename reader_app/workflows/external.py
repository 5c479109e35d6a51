"""An experiment's networks read another study: ROIs that no network was trained on."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.files import MODEL
from engine.jobs import Child, JobSpec, Progress, passed_on
from engine.panel import PanelSpec, shared_rois
from engine.patches import LesionPatches
from reader_app.workflows.patches import patches_of, stacked
from studies import cases
from studies.errors import StudyError
from studies.records import TrainingRunRecord
from studies.store import Store

READ = "engine.panel:read_file"


@dataclass(frozen=True)
class ExternalSet:
    """ROIs of another study with the same classes; `truth` their class codes.

    `notes` are sentences on what may make the two sets less apart than they look.
    """

    patches: LesionPatches = field(repr=False)
    truth: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExternalReading:
    """What the networks of one arm, group and seed say: (networks, n, classes) by fold."""

    runs: tuple[str, ...]
    folds: tuple[int, ...]
    probabilities: npt.NDArray[np.float32] = field(repr=False)

    @property
    def mean(self) -> npt.NDArray[np.float32]:
        """Mean probability (n, classes) over the folds' networks."""
        return np.asarray(self.probabilities.mean(0), dtype=np.float32)


def external_set(store: Store, other: Store, slices: int = 1) -> ExternalSet:
    """The other study's ROIs as arrays of so many slices, targets in this study's class order.

    StudyError where its diagnoses are others, or where series or ROIs of it are in this study
    too: what was trained on is no external validation. Also where 2.5-D ROIs are wanted of single
    pictures. Patients of the same name are noted: only the researcher knows who they are.
    """
    scheme, theirs = cases.study(store).scheme, cases.study(other).scheme
    if set(theirs.codes) != set(scheme.codes):
        raise StudyError(
            f"The external set has the diagnoses {', '.join(theirs.codes)}, this study "
            f"{', '.join(scheme.codes)}. Give both the same diagnoses."
        )
    own, patches = patches_of(cases.rois(store), scheme), patches_of(cases.rois(other), scheme)
    shared = shared_rois(own, patches)
    if shared:
        raise StudyError(
            f"{len(shared)} of {len(patches)} external ROIs are in this study as well, so they "
            "are trained on. Take them out of one of the two."
        )
    _check_series(store, other)
    if slices > 1:
        patches = stacked(patches, other, slices)
    patches.check(slices)
    truth = tuple(scheme.codes[int(t)] for t in patches.targets)
    return ExternalSet(patches, truth, _notes(own, patches))


def _check_series(store: Store, other: Store) -> None:
    own = {one.series_uid for one in cases.all_series(store)}
    shared = [one for one in cases.all_series(other) if one.series_uid in own]
    if shared:
        raise StudyError(
            f"{len(shared)} series of the external set are in this study as well. Take them out of "
            "one of the two."
        )


def _notes(own: LesionPatches, other: LesionPatches) -> tuple[str, ...]:
    same = len(set(own.patients) & set(other.patients))
    if not same:
        return ()
    return (
        f"{same} patients of the external set have the names of patients in this study. Where "
        "they are the same people, this is no external validation.",
    )


def read_external(
    store: Store, external: ExternalSet, sets: Sequence[tuple[TrainingRunRecord, ...]]
) -> Generator[Progress, None, tuple[ExternalReading, ...]]:
    """Each set of networks (one arm, group and seed, its folds) reads every external ROI."""
    readings: list[ExternalReading] = []
    child = Child()
    try:
        with tempfile.TemporaryDirectory(dir=store.runs_folder) as folder:
            file = Path(folder) / "external.npz"
            external.patches.save(file)
            for at, runs in enumerate(sets):
                spec = PanelSpec(external.patches.classes)
                paths = (file, *(run.folder / MODEL for run in runs))
                told = Progress(at, len(sets), "Reading the external ROIs")
                running = child.run(JobSpec(READ, spec, paths))
                found = yield from passed_on(running, told)
                folds = tuple(run.fold for run in runs if run.fold is not None)
                readings.append(ExternalReading(tuple(r.run_hash for r in runs), folds, found))
    finally:
        child.close()
    return tuple(readings)
