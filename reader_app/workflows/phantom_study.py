"""Simulated patients as a study: DICOM written, lesions with their known margins and diagnoses."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path

from engine.jobs import Progress
from engine.patches import patient_folds
from studies import cases, learning
from studies.cases import NewSeries
from studies.phantom.plan import CasePlan
from studies.phantom.render import KnownLesion, Patient, patient
from studies.phantom.writer import WrittenSeries, write_series
from studies.store import Store

AUTHOR, BASIS, TOOL = "simulation", "simulation", "phantom"
FOLDS, FOLD_SEED = 3, 2018


def simulate(store: Store, plans: tuple[CasePlan, ...]) -> Generator[Progress, None, None]:
    """Draw every patient of the plan into the study, then deal the folds by patient."""
    for number, plan in enumerate(plans):
        yield Progress(number, len(plans), f"Simulating patient {number + 1} of {len(plans)}")
        _add(store, plan, patient(plan))
    deal_folds(store)


def deal_folds(store: Store) -> None:
    """Patient-wise, class-balanced folds of the lesions that are no extra cases."""
    codes = cases.study(store).scheme.codes
    own = [lesion for lesion in cases.lesions(store) if not lesion.extra]
    names = tuple(lesion.patient for lesion in own)
    targets = [codes.index(lesion.category) for lesion in own]
    folds = patient_folds(targets, names, FOLDS, FOLD_SEED)
    pairs = {name: int(fold) for name, fold in zip(names, folds, strict=True)}
    learning.assign_folds(store, tuple(sorted(pairs.items())), FOLD_SEED)


def _add(store: Store, plan: CasePlan, drawn: Patient) -> None:
    folder = store.series_folder / plan.patient
    shutil.rmtree(folder, ignore_errors=True)
    written = write_series(drawn, folder)
    case = cases.add_case(store, plan.patient, extra=plan.extra, simulated=True)
    series = cases.add_series(store, case.id, _series(plan, written))
    for known in drawn.known:
        _add_lesion(store, series.id, written, known)


def _series(plan: CasePlan, written: WrittenSeries) -> NewSeries:
    return NewSeries(
        series_uid=written.series_uid,
        kind="dicom",
        description=f"Simulated portal venous, {plan.slice_mm:.3g} mm",
        slices=plan.slices,
        rows=512,
        columns=512,
        row_spacing=plan.pixel_mm,
        column_spacing=plan.pixel_mm,
        slice_spacing=plan.slice_mm,
        scanner=plan.scanner.name,
        has_hu=True,
        simulated=True,
        badges=("simulated",),
        folder=Path(plan.patient),
    )


def _add_lesion(store: Store, series_id: int, written: WrittenSeries, known: KnownLesion) -> None:
    lesion = cases.add_lesion(store, series_id, author=AUTHOR)
    uid = written.sop_uids[known.key_slice]
    cases.save_contour(store, lesion.id, uid, known.key_slice, known.points, AUTHOR, TOOL)
    cases.confirm_diagnosis(store, lesion.id, known.category, BASIS, AUTHOR)
