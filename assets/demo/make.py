"""Make the demo's shipped networks anew, with the program's own training.

    python assets/demo/make.py              about ten minutes on one core
    python assets/demo/make.py --synthetic  draw and audit anew with the shipped networks
    python assets/demo/make.py --nearness   judge the shipped generators anew

Generators train on the ROIs of the full-size phantom, whose patients the demo study does not
have; classifiers train patient-wise on the demo study itself. Everything follows from seeds.
Since the demo study does not hold the ROIs that trained its generators, how near their draws come
to these (drawn anew from the same plan) is measured here and shipped beside them.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from engine import journal
from engine.audit import AuditSpec, audit_file
from engine.cnn.evaluation import predict
from engine.cnn.training import train as train_cnn
from engine.draws import DrawSpec, draw_file
from engine.experiment.data import TrainingData
from engine.experiment.revision import run_hash
from engine.gan.training import GanResult
from engine.gan.training import train as train_gan
from engine.jobs import Progress
from engine.judging import JudgeSpec, judge_file
from engine.map import AUGMENTED, MapSpec, map_file
from engine.patches import LesionPatches, Native
from engine.specs import CnnTraining, GanTraining, profile, to_json
from reader_app.workflows import shipped
from reader_app.workflows.measure_quality import keep_limits
from reader_app.workflows.patches import training_data
from reader_app.workflows.phantom_study import simulate
from reader_app.workflows.recording import map_measures
from reader_app.workflows.shipped import ShippedRun
from reader_app.workflows.synthesise import FIRST_SEED
from studies.imaging import roi
from studies.learning import NewRun
from studies.phantom import render
from studies.phantom.plan import full_plan, small_plan
from studies.records import DEFAULT_SCHEME
from studies.store import Store

HERE = Path(__file__).resolve().parent
CODES = DEFAULT_SCHEME.codes
WINDOW = (-100.0, 250.0)
SIZES = profile("quick")
CNN = replace(SIZES.cnn, channels=(8, 16, 16), dense=32, batch=64, learning_rate=0.01)
GAN = replace(SIZES.gan, ngf=12, ndf=16, batch=32)
CNN_STEPS, GAN_STEPS, GAN_CLASSIC = 300, 1000, 1200
CLASSIC, SYNTHETIC = 300, 50
READING_DRAWS, SEED = 24, 2018
T = TypeVar("T")


@dataclass(frozen=True)
class Arm:
    """A classifier's recipe: images added per training fold."""

    name: str
    classic: int
    synthetic: int


ARMS = (Arm("cnn", 0, 0), Arm("cnn-aug", CLASSIC, 0), Arm("cnn-aug-gan", CLASSIC, SYNTHETIC))


def main() -> None:
    """Train everything and replace the shipped files; with an option only what it names."""
    if sys.argv[1:] == ["--nearness"]:
        with tempfile.TemporaryDirectory() as name:
            _judge(HERE, _phantom_rois(), Path(name))
        return
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        with Store.create(work / "demo", "Demo study", simulated=True) as store:
            _finish(simulate(store, small_plan()), "patients")
            data = training_data(store, 3)
            names = {str(one.id): key for key, one in shipped.named(store).items()}
        if sys.argv[1:] == ["--synthetic"]:
            _synthetic(HERE, data, names, work)
            return
        made = work / "made"
        phantom = _phantom_rois()
        generators = _generators(made, phantom, work)
        _judge(made, phantom, work)
        classifiers = _classifiers(made, data, names, work)
        _synthetic(made, data, names, work)
        shipped.write_index(made, (*generators, *classifiers))
        _replace(made)


def _phantom_rois() -> LesionPatches:
    """Key-slice ROIs of the full-size phantom, 260 lesions."""
    images, natives, targets, patients = [], [], [], []
    for plan in full_plan():
        drawn = render.patient(plan)
        for known in drawn.known:
            view = replace(drawn, z=(drawn.z[known.key_slice],))
            pixels = next(render.slices(view))
            square = roi.geometry(known.points, plan.pixel_mm, plan.pixel_mm)
            images.append(roi.sample(pixels, square, *WINDOW))
            natives.append(Native(**vars(roi.native_crop(pixels, square, *WINDOW))))
            targets.append(CODES.index(known.category))
            patients.append(f"full {plan.patient}")
    return LesionPatches(
        np.stack(images),
        np.asarray(targets, dtype=np.int64),
        tuple(patients),
        tuple(f"full {number}" for number in range(len(targets))),
        CODES,
        tuple(natives),
    )


def _generators(made: Path, patches: LesionPatches, work: Path) -> tuple[ShippedRun, ...]:
    file = work / "phantom.npz"
    patches.save(file)
    names = sorted(set(patches.patients))
    folds = tuple(names.index(patient) % 3 for patient in patches.patients)
    found = []
    for target, code in enumerate(CODES):
        spec = GanTraining(
            GAN, SIZES.augmentation, folds, None, SEED, target, GAN_CLASSIC, GAN_STEPS
        )
        folder = _run_folder(made, f"dcgan-{code}", to_json(spec))
        result = _finish(train_gan(spec, (file, folder)), folder.name, folder)
        new = NewRun(
            run_hash(spec, patches.data_hash()),
            "dcgan",
            "generator",
            SEED,
            "quick",
            to_json(spec),
            code,
            None,
            f"D_aug {GAN_CLASSIC:,}, full-size phantom",
        )
        found.append(_shipped_generator(folder.name, new, result))
    return tuple(found)


def _judge(made: Path, patches: LesionPatches, work: Path) -> None:
    """Leave nearness.json beside each generator: its draws against the ROIs that trained it.

    In the fixed random network's features: no classifier was trained on these ROIs.
    """
    file = work / "judged.npz"
    patches.save(file)
    for code in CODES:
        model = made / f"dcgan-{code}" / "model.safetensors"
        _finish(judge_file(JudgeSpec(), (file, model)), code)


def _shipped_generator(folder: str, new: NewRun, result: GanResult) -> ShippedRun:
    return ShippedRun(
        folder=folder,
        new=new,
        accuracy=None,
        correct=None,
        n=None,
        kid=result.kid,
        seconds=result.seconds,
        device=result.device,
        predictions=(),
        points=(),
        measures=(),
    )


def _classifiers(
    made: Path, data: TrainingData, names: dict[str, str], work: Path
) -> tuple[ShippedRun, ...]:
    drawn = work / "training.npz"
    models = tuple(made / f"dcgan-{code}" / "model.safetensors" for code in CODES)
    _finish(
        draw_file(DrawSpec(2 * SYNTHETIC, SEED, tuple(range(len(CODES)))), (drawn, *models)), ""
    )
    return tuple(
        _classifier(made, data, names, arm, fold, drawn) for arm in ARMS for fold in range(3)
    )


def _classifier(
    made: Path, data: TrainingData, names: dict[str, str], arm: Arm, fold: int, drawn: Path
) -> ShippedRun:
    spec = CnnTraining(
        CNN,
        SIZES.augmentation,
        data.folds,
        fold,
        SEED,
        arm.classic,
        arm.synthetic,
        CNN_STEPS,
        arm.name,
    )
    folder = _run_folder(made, f"{arm.name}-{fold + 1}", to_json(spec))
    paths = (data.path, folder, drawn) if arm.synthetic else (data.path, folder)
    result = _finish(train_cnn(spec, paths), folder.name, folder)
    points, measures = _map(data, names, spec, folder, fold)
    group = f"D_aug {arm.classic:,}"
    if arm.synthetic:
        group += f" + D_synth {arm.synthetic} × {len(CODES)}"
    new = NewRun(
        run_hash(spec, data.data_hash),
        arm.name,
        "classifier",
        SEED,
        "quick",
        to_json(spec),
        "",
        fold,
        group,
    )
    shares = tuple(
        (names[lesion], tuple(round(float(share), 6) for share in row))
        for lesion, row in zip(result.ids, result.probabilities, strict=True)
    )
    return ShippedRun(
        folder.name,
        new,
        result.accuracy,
        result.correct,
        result.n,
        None,
        result.seconds,
        result.device,
        shares,
        points,
        measures,
    )


def _map(
    data: TrainingData, names: dict[str, str], spec: CnnTraining, folder: Path, fold: int
) -> tuple[tuple[tuple[str, bool, float, float], ...], tuple[tuple[str, float], ...]]:
    indices = tuple(at for at, own in enumerate(data.folds) if own == fold)
    wanted = MapSpec(indices, AUGMENTED, spec.augmentation, spec.seed)
    found = _finish(map_file(wanted, (data.path, folder / "model.safetensors")), "map")
    points = tuple(
        (names[data.patches.ids[int(at)]], bool(more), round(float(x), 4), round(float(y), 4))
        for at, more, (x, y) in zip(found.sources, found.augmented, found.embedding.xy, strict=True)
    )
    return points, map_measures(found.embedding)


def _synthetic(made: Path, data: TrainingData, names: dict[str, str], work: Path) -> None:
    """Fresh draws for readers, audited against the demo study's own ROIs of the class."""
    columns: dict[str, list[Any]] = {}
    for target, code in enumerate(CODES):
        file = work / f"{code}.npz"
        model = made / f"dcgan-{code}" / "model.safetensors"
        _finish(draw_file(DrawSpec(READING_DRAWS, FIRST_SEED, (0,)), (file, model)), code)
        own = tuple(int(at) for at in np.flatnonzero(data.patches.targets == target))
        audit = _finish(audit_file(AuditSpec(own), (data.path, file)), "audit")
        keep_limits(model.parent, code, [], audit, of_training=False)
        with np.load(file) as content:
            images = content["images"]
        for at, verdict in enumerate(audit.verdicts):
            near = names[data.patches.ids[int(audit.nearest.index[at])]]
            row = (images[at], code, FIRST_SEED, at, verdict, near, audit.nearest.similarity[at])
            keys = ("images", "category", "seed", "number", "audit", "nearest", "similarity")
            for key, value in zip(keys, row, strict=True):
                columns.setdefault(key, []).append(value)
    pictures = np.rint(np.clip(np.stack(columns.pop("images")), 0, 1) * 255).astype(np.uint8)
    arrays = {key: np.asarray(values) for key, values in columns.items()}
    reads = {f"reads {arm}": network_reads(made, arm, pictures) for arm in shipped.READING_ARMS}
    np.savez_compressed(made / shipped.SYNTHETIC, images=pictures, **arrays, **reads)


def network_reads(made: Path, arm: str, pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """What the network of each fold says of each shipped picture: (n, folds, classes)."""
    images = pictures.astype(np.float32) / np.float32(255.0)
    folds = [predict(made / f"{arm}-{fold + 1}" / "model.safetensors", images) for fold in range(3)]
    return np.stack(folds, axis=1)


def _run_folder(made: Path, name: str, spec: str) -> Path:
    folder = made / name
    folder.mkdir(parents=True)
    (folder / "spec.json").write_text(spec, "utf-8")
    return folder


def _finish(running: Generator[Progress, None, T], name: str, folder: Path | None = None) -> T:
    """Drive a work to its end, keeping a run's curves."""
    while True:
        try:
            progress = next(running)
        except StopIteration as stop:
            value: T = stop.value
            return value
        if folder is not None:
            journal.note(folder, progress)
            sys.stderr.write(f"\r{name} {progress.done}/{progress.total}   ")


def _replace(made: Path) -> None:
    for old in HERE.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    for part in made.iterdir():
        target = HERE / part.name
        if part.is_dir():
            shutil.copytree(part, target)
        else:
            shutil.copyfile(part, target)


if __name__ == "__main__":
    main()
