"""What the demo ships trained: networks, their numbers, maps and synthetic ROIs.

Made by `assets/demo/make.py` with the program's own training. Lesions are named by patient and
name, so that the files fit any demo study made from the same plan.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reader_app.workflows.assess_model import NOTE, network_of
from reader_app.workflows.measure_quality import claim_limits
from studies import cases, learning, reading
from studies.errors import StudyError
from studies.learning import EmbeddingPoint, NewRun, NewSynthetic
from studies.protocols.pipeline import to_bytes
from studies.reading import ModelAnswer
from studies.records import LesionRecord, PredictionRecord, ReaderRecord, TrainingRunRecord
from studies.store import Store

INDEX, SYNTHETIC = "index.json", "synthetic.npz"
FORMAT = 1
READING_ARMS = ("cnn-aug", "cnn-aug-gan")


@dataclass(frozen=True)
class ShippedRun:
    """One finished run: its folder below the assets and everything recorded of it."""

    folder: str
    new: NewRun
    accuracy: float | None
    correct: int | None
    n: int | None
    kid: float | None
    seconds: float
    device: str
    predictions: tuple[tuple[str, tuple[float, ...]], ...]  # lesion, probabilities
    points: tuple[tuple[str, bool, float, float], ...]  # lesion, augmented, x, y
    measures: tuple[tuple[str, float], ...]


def demo_assets() -> Path:
    """Where the shipped files lie; StudyError where the installation lacks them."""
    folder = Path(str(resources.files("assets"))) / "demo"
    if not (folder / INDEX).is_file():
        raise StudyError("The demo's trained networks are missing. Install the program again.")
    return folder


def runs(folder: Path) -> tuple[ShippedRun, ...]:
    """The shipped runs, generators first."""
    content = json.loads((folder / INDEX).read_text("utf-8"))
    if content.get("format") != FORMAT:
        raise StudyError("The demo's trained networks are of another version of the program.")
    return tuple(_run(item) for item in content["runs"])


def write_index(folder: Path, shipped: tuple[ShippedRun, ...]) -> None:
    """Write the index that `runs` reads."""
    items = [{**vars(run), "new": vars(run.new)} for run in shipped]
    text = json.dumps({"format": FORMAT, "runs": items}, indent=1, sort_keys=True)
    (folder / INDEX).write_text(text + "\n", "utf-8")


def install(store: Store, folder: Path, *, classifiers: bool = True) -> Iterator[TrainingRunRecord]:
    """Record the shipped runs in a study, with checkpoints, predictions and maps."""
    lesions = named(store)
    for shipped in runs(folder):
        if shipped.new.kind == "classifier" and not classifiers:
            continue
        run = learning.start_run(store, shipped.new)
        learning.update_run(store, run.id, state="running")
        shutil.copytree(folder / shipped.folder, run.folder, dirs_exist_ok=True)
        if shipped.predictions:
            learning.save_predictions(store, run.id, _predictions(store, run.id, shipped, lesions))
        if shipped.points:
            points = tuple(
                EmbeddingPoint(lesions[name].id, augmented, x, y)
                for name, augmented, x, y in shipped.points
            )
            learning.save_embedding(store, run.id, points, shipped.measures)
        yield learning.update_run(
            store,
            run.id,
            state="finished",
            accuracy=shipped.accuracy,
            correct=shipped.correct,
            n=shipped.n,
            kid=shipped.kid,
            seconds=shipped.seconds,
            device=shipped.device,
        )


def install_synthetic(store: Store, folder: Path, *, same_patients: bool = True) -> None:
    """Add the shipped synthetic ROIs to the runs of their generators.

    Their nearest lesions, and what their audit rests on, are told only in a study of the patients
    they were audited against: another plan has others under the same names.
    """
    lesions = named(store) if same_patients else {}
    generators = {run.category: run for run in learning.runs(store) if run.kind == "generator"}
    with np.load(folder / SYNTHETIC, allow_pickle=False) as file:
        parts = {name: file[name] for name in file.files}
    for code, run in generators.items():
        chosen = np.flatnonzero(parts["category"] == code)
        new = tuple(_synthetic(parts, int(at), lesions) for at in chosen)
        kept = learning.add_synthetic(store, run.id, new)
        if same_patients:
            claim_limits(run.folder, code, [roi.id for roi in kept])


def read_items(store: Store, folder: Path, arm: str) -> ReaderRecord:
    """Record what an arm's networks say of the sealed items, as `assess_model` would.

    Answers to real ROIs are the run's out-of-fold predictions; to synthetic ones the shipped
    answers of the network that `network_of` assigns.
    """
    networks = [run for run in learning.runs(store) if run.arm == arm and run.fold is not None]
    networks.sort(key=lambda run: run.fold or 0)
    real = {
        one.lesion_id: one.probabilities
        for run in networks
        for one in learning.predictions(store, run_id=run.id)
    }
    folds = tuple(run.fold for run in networks)
    codes = reading.sealed_scheme(store).codes
    synthetic = _synthetic_reads(folder, arm)
    answers = []
    for item in reading.sealed_items(store):
        if item.lesion_id is not None:
            shares = real[item.lesion_id]
        else:
            network = network_of(item, folds, ())
            shares = tuple(float(v) for v in synthetic[to_bytes(item.image)][network])
        answers.append(ModelAnswer(item.id, codes[int(np.argmax(shares))], shares))
    return reading.record_model_reading(store, arm.upper(), NOTE, tuple(answers))


def _synthetic_reads(folder: Path, arm: str) -> dict[bytes, npt.NDArray[np.float32]]:
    """By picture: probabilities (folds, classes)."""
    with np.load(folder / SYNTHETIC, allow_pickle=False) as file:
        images, reads = file["images"], file[f"reads {arm}"]
    return {image.tobytes(): shares for image, shares in zip(images, reads, strict=True)}


def named(store: Store) -> dict[str, LesionRecord]:
    """The study's lesions by patient and name."""
    return {f"{lesion.patient}/{lesion.name}": lesion for lesion in cases.lesions(store)}


def _synthetic(
    parts: dict[str, npt.NDArray[Any]], at: int, lesions: dict[str, LesionRecord]
) -> NewSynthetic:
    verdict = str(parts["audit"][at])
    near = lesions.get(str(parts["nearest"][at]))
    return NewSynthetic(
        category=str(parts["category"][at]),
        seed=int(parts["seed"][at]),
        index=int(parts["number"][at]),
        image=parts["images"][at].astype(np.float32) / np.float32(255.0),
        audit=verdict,
        nearest_lesion_id=near.id if near else None,
        similarity=float(parts["similarity"][at]),
        accepted=verdict != "copy",
    )


def _predictions(
    store: Store, run_id: int, shipped: ShippedRun, lesions: dict[str, LesionRecord]
) -> tuple[PredictionRecord, ...]:
    codes = cases.study(store).scheme.codes
    return tuple(
        PredictionRecord(
            run_id,
            lesions[name].id,
            lesions[name].category,
            codes[int(np.argmax(probabilities))],
            probabilities,
        )
        for name, probabilities in shipped.predictions
    )


def _run(item: dict[str, Any]) -> ShippedRun:
    return ShippedRun(
        folder=str(item["folder"]),
        new=NewRun(**item["new"]),
        accuracy=item["accuracy"],
        correct=item["correct"],
        n=item["n"],
        kid=item["kid"],
        seconds=float(item["seconds"]),
        device=str(item["device"]),
        predictions=tuple((str(name), tuple(shares)) for name, shares in item["predictions"]),
        points=tuple((str(n), bool(a), float(x), float(y)) for n, a, x, y in item["points"]),
        measures=tuple((str(name), float(value)) for name, value in item["measures"]),
    )
