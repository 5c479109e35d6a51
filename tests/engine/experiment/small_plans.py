"""Plans that take seconds: classifiers, a generator and a classifier built on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from learning_sets import blobs, folds_of

from engine.draws import DrawSpec
from engine.experiment import Need, Plan, Run
from engine.experiment.run import CLASSIFIER, GENERATOR, RunSpec
from engine.files import MODEL
from engine.patches import LesionPatches
from engine.specs import CnnTraining, GanTraining, profile, spec_hash, to_json

SIZES = profile("smoke")


def classifier(
    patches: LesionPatches,
    seed: int = 0,
    *,
    steps: int = 40,
    needs: tuple[Need, ...] = (),
    draws: DrawSpec | None = None,
    is_mapped: bool = False,
) -> Run:
    """A classifier of fold 0; with `draws`, on synthetic ROIs too."""
    spec = CnnTraining(SIZES.cnn, SIZES.augmentation, folds_of(patches), 0, seed, steps=steps)
    if draws is not None:
        spec = replace(spec, synthetic=draws.count // 2, arm="cnn-aug-gan")
    run = _run(patches, spec, CLASSIFIER, f"CNN, seed {seed}", steps, needs)
    return replace(run, draws=draws, is_mapped=is_mapped)


def like(one: Run, **changes: object) -> Run:
    """The run with another recipe, and the hash and forecast of it."""
    assert isinstance(one.spec, CnnTraining)
    spec = replace(one.spec, **changes)  # type: ignore[arg-type]
    name = spec_hash("classifier", to_json(spec), *(need.run for need in one.needs))
    return replace(
        one, spec=spec, hash=name, seed=spec.seed, fold=spec.test_fold, steps=spec.steps or 1
    )


def generator(patches: LesionPatches, target: int, steps: int = 10) -> Run:
    """A DCGAN of one class, fold 0."""
    spec = GanTraining(SIZES.gan, SIZES.augmentation, folds_of(patches), 0, 0, target, steps=steps)
    name = patches.classes[target]
    run = _run(patches, spec, GENERATOR, f"DCGAN, {name}", steps, ())
    return replace(run, category=name)


def with_generators(patches: LesionPatches, count: int, is_mapped: bool) -> tuple[Run, ...]:
    """Generators of the first classes and the classifier that trains on their draws."""
    targets = tuple(range(count))
    generators = tuple(generator(patches, target) for target in targets)
    needs = tuple(Need(run.hash, MODEL) for run in generators)
    draws = DrawSpec(20, 0, targets)
    return (*generators, classifier(patches, needs=needs, draws=draws, is_mapped=is_mapped))


def plan_of(folder: Path, runs: tuple[Run, ...], patches: LesionPatches) -> Plan:
    """The plan of these runs, its ROIs saved into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    patches.save(folder / "patches.npz")
    return Plan(runs, folder / "patches.npz", patches.data_hash())


def seeds_plan(folder: Path, count: int, steps: int = 40) -> Plan:
    """`count` independent classifiers."""
    patches = blobs()
    return plan_of(
        folder, tuple(classifier(patches, n, steps=steps) for n in range(count)), patches
    )


def generators_plan(folder: Path, count: int = 2, *, is_mapped: bool = False) -> Plan:
    """`count` generators, then the classifier built on them."""
    patches = blobs()
    return plan_of(folder, with_generators(patches, count, is_mapped), patches)


def _run(
    patches: LesionPatches,
    spec: RunSpec,
    kind: str,
    title: str,
    steps: int,
    needs: tuple[Need, ...],
) -> Run:
    name = spec_hash(kind, to_json(spec), patches.data_hash(), *(need.run for need in needs))
    seed = spec.seed if isinstance(spec, CnnTraining | GanTraining) else 0
    arm = spec.arm if isinstance(spec, CnnTraining) else "dcgan"
    return Run(name, arm, kind, "smoke", "", seed, 0, "", spec, title, steps, needs)
