"""A queued run's order in its folder: all that is needed to begin it, or to go on, another day."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.draws import DrawSpec
from engine.errors import EngineError
from engine.experiment.data import TrainingData
from engine.experiment.run import Need, Run, RunSpec
from engine.files import ORDER
from engine.specs import (
    BaselineTraining,
    CnnTraining,
    DiscriminatorReading,
    GanTraining,
    from_json,
    to_json,
)

KINDS: tuple[type[RunSpec], ...] = (
    CnnTraining,
    GanTraining,
    BaselineTraining,
    DiscriminatorReading,
)


@dataclass(frozen=True)
class KeptOrder:
    """A run and the ROIs it is done on: their hash, number of folds, slices of each."""

    run: Run
    data_hash: str
    folds: int
    slices: int


@dataclass(frozen=True)
class _Text:
    """The order as JSON can hold it; `spec` and `draws` are JSON texts of their own."""

    hash: str
    arm: str
    kind: str
    profile: str
    group: str
    seed: int
    fold: int | None
    category: str
    spec_kind: str
    spec: str
    title: str
    steps: int
    needs: tuple[tuple[str, str], ...]
    draws: str
    is_mapped: bool
    data_hash: str
    folds: int
    slices: int


def write(folder: Path, run: Run, data: TrainingData) -> None:
    """Leave the order in the run's folder, which is made; OSError where it cannot be."""
    text = _Text(
        hash=run.hash,
        arm=run.arm,
        kind=run.kind,
        profile=run.profile,
        group=run.group,
        seed=run.seed,
        fold=run.fold,
        category=run.category,
        spec_kind=type(run.spec).__name__,
        spec=to_json(run.spec),
        title=run.title,
        steps=run.steps,
        needs=tuple((need.run, need.file) for need in run.needs),
        draws=to_json(run.draws) if run.draws is not None else "",
        is_mapped=run.is_mapped,
        data_hash=data.data_hash,
        folds=data.fold_count,
        slices=data.patches.slices,
    )
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{ORDER}.partial"
    partial.write_text(to_json(text), "utf-8")
    partial.replace(folder / ORDER)


def read(folder: Path) -> KeptOrder:
    """The order in a run's folder; EngineError where there is none that can be read."""
    try:
        told = from_json((folder / ORDER).read_text("utf-8"), _Text)
    except (OSError, UnicodeDecodeError) as error:
        raise EngineError(
            "What this run was to do is no longer there. Choose its recipe and queue it again."
        ) from error
    run = Run(
        hash=told.hash,
        arm=told.arm,
        kind=told.kind,
        profile=told.profile,
        group=told.group,
        seed=told.seed,
        fold=told.fold,
        category=told.category,
        spec=_spec(told),
        title=told.title,
        steps=told.steps,
        needs=tuple(Need(*need) for need in told.needs),
        draws=from_json(told.draws, DrawSpec) if told.draws else None,
        is_mapped=told.is_mapped,
    )
    return KeptOrder(run, told.data_hash, told.folds, told.slices)


def _spec(told: _Text) -> RunSpec:
    for kind in KINDS:
        if kind.__name__ == told.spec_kind:
            return from_json(told.spec, kind)
    raise EngineError("This run was queued by a newer version of Blindread. Update this one.")
