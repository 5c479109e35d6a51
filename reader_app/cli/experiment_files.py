"""What an experiment leaves in the study's exports: its numbers, and every single prediction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.specs import spec_hash
from reader_app.cli.experiment_json import External, experiment_json
from studies import cases
from studies.report.csv_file import write_csv, write_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reader_app.workflows.experiment_runs import ExperimentRuns
    from studies.records import PredictionRecord
    from studies.store import Store

OWN, EXTERNAL, MEAN = "out-of-fold", "external", "mean"
LONGEST_NAME = 80


@dataclass(frozen=True)
class Written:
    """The JSON's content, and where it and the predictions were written."""

    content: dict[str, Any]
    numbers: Path
    predictions: Path


def write_results(store: Store, found: ExperimentRuns, external: External | None = None) -> Written:
    """Write `experiment-NAME.json` and `experiment-NAME-predictions.csv` into exports/.

    NAME is the profile, the slices where there are several, and the arms where some were named.
    """
    folder = store.folder / "exports"
    name = f"experiment-{_name(found)}"
    numbers, predictions = folder / f"{name}.json", folder / f"{name}-predictions.csv"
    rows = [*_own_rows(store, found), *_external_rows(found, external)]
    codes = cases.study(store).scheme.codes
    columns = (
        "set", "arm", "group", "seed", "fold", "patient", "lesion", "truth", "predicted",
        *(f"p_{code}" for code in codes),
    )  # fmt: skip
    write_csv(predictions, columns, rows)
    content = experiment_json(store, found, external)
    content["predictions"] = str(predictions)
    write_text(numbers, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    return Written(content, numbers, predictions)


def _name(found: ExperimentRuns) -> str:
    experiment = found.experiment
    arms = f"-{'+'.join(experiment.arms)}" if experiment.arms else ""
    if len(arms) > LONGEST_NAME:
        arms = f"-{spec_hash(arms)[:12]}"
    slices = f"-{experiment.slices}-slices" if experiment.slices > 1 else ""
    return f"{experiment.profile}{slices}{arms}"


def _own_rows(store: Store, found: ExperimentRuns) -> list[tuple[str, ...]]:
    """Every lesion once an arm, group and seed, by the network that never saw it."""
    lesions = {one.id: one for one in cases.lesions(store)}
    said: dict[int, list[PredictionRecord]] = {}
    for prediction in found.predictions:
        said.setdefault(prediction.run_id, []).append(prediction)
    rows = []
    for group, seed in found.results:
        for run_id in seed.run_ids:
            for one in said[run_id]:
                lesion = lesions[one.lesion_id]
                rows.append(
                    (
                        OWN, group.arm, group.group, str(seed.seed),
                        _fold(found.by_id[run_id].fold), lesion.patient, lesion.name,
                        one.category, one.predicted, *_shares(one.probabilities),
                    )
                )  # fmt: skip
    return rows


def _external_rows(found: ExperimentRuns, external: External | None) -> list[tuple[str, ...]]:
    """Every external ROI by each fold's network, and by their mean."""
    if external is None:
        return []
    rois, codes = external.rois, external.rois.patches.classes
    rows = []
    for group, seed in found.results:
        reading = external.of([found.by_id[one].run_hash for one in seed.run_ids])
        if reading is None:
            continue
        readers = [*(_fold(fold) for fold in reading.folds), MEAN]
        for reader, shares in zip(readers, [*reading.probabilities, reading.mean], strict=True):
            for at, row in enumerate(shares):
                rows.append(
                    (
                        EXTERNAL, group.arm, group.group, str(seed.seed), reader,
                        rois.patches.patients[at], rois.patches.ids[at], rois.truth[at],
                        codes[int(np.argmax(row))], *_shares(row),
                    )
                )  # fmt: skip
    return rows


def _fold(fold: int | None) -> str:
    return "all" if fold is None else str(fold)


def _shares(values: Iterable[float]) -> tuple[str, ...]:
    return tuple(f"{float(value):.6f}" for value in values)
