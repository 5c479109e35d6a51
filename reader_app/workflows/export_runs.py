"""Hand a finished run on: weights, recipe, curves, ONNX, and a text that says where it is from."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Generator
from pathlib import Path

from engine import journal
from engine.checkpoint import load
from engine.errors import EngineError
from engine.files import MODEL
from engine.holdout import VALIDATION
from engine.jobs import JobSpec, Progress, in_child, passed_on
from studies import cases, learning
from studies.errors import StudyError
from studies.files import write_synced
from studies.records import TrainingRunRecord
from studies.store import Store

ONNX = "engine.exchange.onnx_file:export_to"
SPEC, CURVES, README, PORTABLE = "spec.json", "curves.csv", "README.txt", "model.onnx"
NETWORKS = ("cnn", "dcgan", "acgan-dcgan", "acgan-odena", "cda")


def export_runs(
    store: Store, run_ids: tuple[int, ...], folder: Path
) -> Generator[Progress, None, tuple[Path, ...]]:
    """Write each run into a folder of its own below `folder`; returns those folders.

    ONNX is left out, and the text says why, where a run cannot be translated. StudyError where a
    run is not finished or the folder cannot be written.
    """
    made = []
    for at, run_id in enumerate(run_ids):
        run = learning.run(store, run_id)
        if run.state != "finished" or not (run.folder / MODEL).exists():
            raise StudyError("Only finished runs can be exported.")
        yield Progress(at, len(run_ids), f"Exporting run {run_id}")
        made.append((yield from _one(store, run, folder)))
    yield Progress(len(run_ids), len(run_ids), "Exported")
    return tuple(made)


def _one(store: Store, run: TrainingRunRecord, folder: Path) -> Generator[Progress, None, Path]:
    target = folder / f"{run.arm}-{run.run_hash[:12]}"
    try:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(run.folder / MODEL, target / MODEL)
        write_synced(target / SPEC, run.spec.encode())
        write_synced(target / CURVES, curves_csv(journal.read(run.folder)).encode())
        onnx = yield from _portable(run, target / PORTABLE)
        write_synced(target / README, readme(store, run, onnx).encode())
    except OSError as error:
        raise StudyError(
            f"{target} cannot be written ({error.strerror}). Free some space or choose another "
            "folder."
        ) from error
    return target


def _portable(run: TrainingRunRecord, target: Path) -> Generator[Progress, None, str]:
    """Write ONNX in a child; "" where it was written, else why not."""
    kind = load(run.folder / MODEL).meta.kind
    if kind not in NETWORKS:
        return f"a {kind} model is no network"
    spec = JobSpec(ONNX, str(target), (run.folder / MODEL,))
    try:
        yield from passed_on(in_child(spec), Progress(0, 1, "Translating to ONNX"))
    except EngineError as error:
        return str(error)
    return ""


def curves_csv(curves: journal.RunCurves) -> str:
    """A line a report: step, of how many, every number by its name, words of the watchdog."""
    names = sorted({name for point in curves.points for name, _ in point.metrics})
    told = io.StringIO()
    writer = csv.writer(told, lineterminator="\n")
    writer.writerow(["step", "of", *names, "words"])
    for point in curves.points:
        values = dict(point.metrics)
        row = [values.get(name, "") for name in names]
        writer.writerow([point.done, point.total, *row, point.words])
    return told.getvalue()


def readme(store: Store, run: TrainingRunRecord, no_onnx: str) -> str:
    """Where the run comes from, in plain text."""
    held = load(run.folder / MODEL)
    category = f", class {run.category}" if run.category else ""
    fold = "all folds" if run.fold is None else f"test fold {run.fold + 1}"
    lines = [
        f"Run {run.id} of the study “{cases.study(store).name}”: {run.arm}{category}, {run.group}.",
        f"Profile {run.profile}, {fold}, seed {run.seed}.",
        "Trained on simulated CT." if run.simulated else "Trained on this study's CT.",
        "",
        f"{MODEL}: weights (safetensors), checksum {held.checksum}",
        f"{SPEC}: the whole recipe; {CURVES}: what was told while it trained",
        f"{PORTABLE}: the same network for other programs"
        if not no_onnx
        else f"No ONNX: {no_onnx}",
        "",
        f"Run hash {run.run_hash}",
        f"Hash of the training ROIs {held.meta.data_hash}",
        f"Classes in order: {', '.join(held.meta.classes)}",
        f"Device {run.device}, precision {held.meta.precision}, "
        + ", ".join(f"{name} {version}" for name, version in held.versions),
        *_held_out(run),
        _results(run),
        "",
        "Research software, not a medical device.",
    ]
    return "\n".join(lines) + "\n"


def _held_out(run: TrainingRunRecord) -> tuple[str, ...]:
    """Who was kept from the training beside the test fold, where anybody was."""
    try:
        folds = json.loads(run.spec).get("folds", ())
    except (ValueError, AttributeError):
        return ()
    count = sum(fold == VALIDATION for fold in folds)
    if not count:
        return ()
    return (f"{count} ROIs of patients held out for validation did not train (fold {VALIDATION}).",)


def _results(run: TrainingRunRecord) -> str:
    if run.n and run.correct is not None:
        return f"Test fold: {run.correct} of {run.n} right."
    if run.kid is not None:
        return f"KID x 1000 against the training originals: {1000 * run.kid:.1f}."
    return "No result is stored with this run."
