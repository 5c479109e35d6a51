"""What a report needs of the engine: recipes, networks, augmentations, origins of the runs.

Nothing here needs torch: networks are laid out from their specs, not built.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from safetensors import SafetensorError, safe_open

from engine.augment import Placement, plan, sample
from engine.checkpoint import KEY, read_facts
from engine.errors import EngineError
from engine.files import MODEL
from engine.jobs import Progress
from engine.specs import AugmentationSpec, CnnTraining, GanTraining, from_json
from reader_app.workflows.measure_quality import read_quality
from reader_app.workflows.patches import patches_of
from reader_app.workflows.report_networks import classifier_drawing, gan_drawings
from reader_app.workflows.report_recipe import recipe_lines
from studies import cases, learning
from studies.errors import StudyError
from studies.records import FloatArray, RoiRecord, TrainingRunRecord
from studies.report.pictures import (
    AugmentedRoi,
    AugmentedRow,
    GeneratorTraining,
    NetworkDrawing,
    ReportPictures,
    RunOrigin,
)
from studies.store import Store

EXAMPLES = 6  # augmentations shown of each kind
EXAMPLE_SEED = 20118
T = TypeVar("T")
Trained = tuple[TrainingRunRecord, CnnTraining | GanTraining]


def report_pictures(store: Store) -> Generator[Progress, None, ReportPictures]:
    """Gather them; what cannot be had is said in the notes, and never keeps from reporting."""
    yield Progress(0, 4, "Reading recipes and networks")
    finished = [run for run in learning.runs(store) if run.state == "finished"]
    trained = [one for run in finished if (one := _trained(run)) is not None]
    yield Progress(1, 4, "Reading checkpoints")
    origins = tuple(map(_origin, finished))
    yield Progress(2, 4, "Drawing augmentations")
    notes: list[str] = []
    rois = _rois(store, notes)
    augmented = _augmented(store, rois, trained, notes)
    yield Progress(3, 4, "Reading the quality of synthetic ROIs")
    pictures = ReportPictures(
        networks=_networks(trained),
        augmented=augmented,
        recipe=recipe_lines(trained),
        origins=origins,
        generators=_generators(trained),
        quality=read_quality(store),
        data_hash=patches_of(rois, cases.study(store).scheme).data_hash() if rois else "",
        notes=tuple(notes),
    )
    yield Progress(4, 4, "Gathered pictures")
    return pictures


def _rois(store: Store, notes: list[str]) -> tuple[RoiRecord, ...]:
    try:
        return cases.rois(store)
    except StudyError as error:
        notes.append(f"ROIs could not be read: {error}")
        return ()


def _trained(run: TrainingRunRecord) -> Trained | None:
    """A run with its spec; None for other learners and for recipes of an older form."""
    kind: type[CnnTraining] | type[GanTraining]
    kind = CnnTraining if run.kind == "classifier" else GanTraining
    try:
        return run, from_json(run.spec, kind)
    except EngineError:
        return None


# --- networks -------------------------------------------------------------------------------


def _networks(trained: Sequence[Trained]) -> tuple[NetworkDrawing, ...]:
    cnns = [(run.arm, spec.cnn) for run, spec in trained if isinstance(spec, CnnTraining)]
    gans = [(run.arm, spec.gan) for run, spec in trained if isinstance(spec, GanTraining)]
    drawn = [classifier_drawing(spec, *_users(spec, cnns)) for spec in _once(s for _, s in cnns)]
    for spec in _once(s for _, s in gans):
        drawn += gan_drawings(spec, *_users(spec, gans))
    return _merged(drawn)


def _once(specs: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(specs))


def _users(wanted: T, used: Iterable[tuple[str, T]]) -> tuple[tuple[str, ...], int]:
    arms = [arm for arm, spec in used if spec == wanted]
    return tuple(dict.fromkeys(arms)), len(arms)


def _merged(drawn: Sequence[NetworkDrawing]) -> tuple[NetworkDrawing, ...]:
    """Networks of one layout are drawn once, though their trainings differ."""
    found: dict[tuple[object, ...], NetworkDrawing] = {}
    for one in drawn:
        key = (one.role, one.title, one.layers)
        before = found.get(key)
        users = one.users if before is None else tuple(dict.fromkeys(before.users + one.users))
        runs = one.runs + (before.runs if before is not None else 0)
        found[key] = NetworkDrawing(one.role, one.title, users, runs, one.layers)
    return tuple(found.values())


def _generators(trained: Sequence[Trained]) -> tuple[GeneratorTraining, ...]:
    by_arm: dict[str, list[GanTraining]] = {}
    for run, spec in trained:
        if isinstance(spec, GanTraining):
            by_arm.setdefault(run.arm, []).append(spec)
    return tuple(
        GeneratorTraining(arm, own[0].gan.is_conditional, len(own), own[0].classic, _lengths(own))
        for arm, own in by_arm.items()
    )


def _lengths(specs: Sequence[GanTraining]) -> str:
    told = {f"{s.steps:,} steps" if s.steps else f"{s.gan.epochs} epochs" for s in specs}
    return " or ".join(sorted(told))


# --- augmentations --------------------------------------------------------------------------


def _augmented(
    store: Store, rois: Sequence[RoiRecord], trained: Sequence[Trained], notes: list[str]
) -> AugmentedRoi | None:
    """The lesion of middle size with its augmentations by the newest recipe that was run."""
    if not rois or not trained:
        return None
    spec = trained[-1][1].augmentation
    order = sorted(range(len(rois)), key=lambda i: (rois[i].native.diameter_mm, rois[i].lesion_id))
    place = order[len(order) // 2]
    chosen = rois[place]
    patches = patches_of((chosen,), cases.study(store).scheme)
    placements = plan(patches.native[0], spec, (EXAMPLE_SEED, chosen.lesion_id))
    every = [placements.placement(row) for row in range(len(placements))]

    def cut(placement: Placement) -> FloatArray:
        return sample(patches.native[0], placement)

    return AugmentedRoi(
        chosen.lesion_id,
        chosen.category,
        chosen.image,
        tuple(_row(kind, own, cut, count) for kind, own, count in _kinds(every, spec) if own),
        spec.per_roi,
        EXAMPLE_SEED,
    )


def _kinds(
    every: Sequence[Placement], spec: AugmentationSpec
) -> tuple[tuple[str, list[tuple[Placement, str]], str], ...]:
    """Placements of each kind; all but rotations shown unrotated, so that the kind is seen."""
    turned = sorted({p.angle for p in every})
    step = max(1, len(turned) // EXAMPLES)
    rotations = [(Placement(angle=a, margin=spec.margin), f"{a:.0f}°") for a in turned[::step]]
    flips: dict[str, Placement] = {}
    for p in every:
        if p.flip_x or p.flip_y:
            words = "both" if p.flip_x and p.flip_y else ("left-right" if p.flip_x else "up-down")
            flips[words] = Placement(flip_x=p.flip_x, flip_y=p.flip_y, margin=spec.margin)
    shifts = [p for p in every if p.shift != (0.0, 0.0)]
    scales = sorted({p.margin for p in every if p.margin != spec.margin})
    wide = max(1, len(scales) // EXAMPLES)
    return (
        ("Rotation", rotations[:EXAMPLES], f"× {spec.rotations}"),
        ("Flip", [(p, words) for words, p in sorted(flips.items())], f"× {spec.flips}"),
        (
            "Shift",
            [(Placement(shift=p.shift, margin=spec.margin), _shift_words(p)) for p in
             shifts[:EXAMPLES]],
            f"× {spec.shifts}",
        ),
        (
            "Scale",
            [(Placement(margin=m), f"margin {m:.2f} d") for m in scales[::wide][:EXAMPLES]],
            f"× {spec.scales}",
        ),
    )  # fmt: skip


def _shift_words(placement: Placement) -> str:
    x, y = placement.shift
    return f"{x:+.1f}, {y:+.1f} px".replace("-", "−")


def _row(
    kind: str,
    own: Sequence[tuple[Placement, str]],
    cut: Callable[[Placement], FloatArray],
    count: str,
) -> AugmentedRow:
    images = tuple(cut(placement) for placement, _ in own)
    return AugmentedRow(kind, images, tuple(words for _, words in own), count)


# --- origins --------------------------------------------------------------------------------


def _origin(run: TrainingRunRecord) -> RunOrigin:
    """What the run's checkpoint says of itself; dashes where it has none or is damaged."""
    said = _said(run.folder / MODEL)
    try:
        steps = f"{read_facts(run.folder).steps:,}"
    except EngineError:
        steps = "–"
    return RunOrigin(
        run.run_hash,
        run.arm,
        run.category,
        "all" if run.fold is None else str(run.fold + 1),
        run.seed,
        run.device or said.device or "–",
        said.precision or "–",
        said.versions or "–",
        said.data_hash or "–",
        steps,
        f"{run.seconds:.0f}" if run.seconds is not None else "–",
    )


@dataclass(frozen=True)
class _Said:
    device: str = ""
    precision: str = ""
    versions: str = ""
    data_hash: str = ""


def _said(path: Path) -> _Said:
    """The head of a checkpoint alone: its weights are not read."""
    try:
        with safe_open(path, framework="numpy") as file:
            found = json.loads((file.metadata() or {}).get(KEY, "{}"))
        meta = found["meta"]
        versions = ", ".join(f"{name} {version}" for name, version in found["versions"])
        return _Said(meta["device"], meta["precision"], versions, meta["data_hash"])
    except (OSError, SafetensorError, ValueError, KeyError, TypeError):
        return _Said()
