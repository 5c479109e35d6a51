"""A run of an experiment, named by its content, and the plan that holds them all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.draws import DrawSpec
from engine.specs import BaselineTraining, CnnTraining, DiscriminatorReading, GanTraining

RunSpec = CnnTraining | GanTraining | BaselineTraining | DiscriminatorReading

CLASSIFIER, GENERATOR, INNER = "classifier", "generator", "inner"
"""INNER runs choose a group inside the training folds; no table or gallery shows them."""


@dataclass(frozen=True)
class Need:
    """A file that another run of the plan leaves: `file` in the folder of run `run`."""

    run: str
    file: str


@dataclass(frozen=True)
class Run:
    """One training: `hash` is made of spec, data and needs, so equal content is done once.

    `fold` is the test fold (None = all folds train); `group` the added images as the paper counts
    them; `category` the class of a per-class generator. `draws` says what is drawn from the needed
    generators before a classifier trains. `steps` is the forecast of the work. `is_mapped` asks for
    the t-SNE map of the test fold.
    """

    hash: str
    arm: str
    kind: str  # CLASSIFIER | GENERATOR | INNER
    profile: str
    group: str
    seed: int
    fold: int | None
    category: str
    spec: RunSpec
    title: str
    steps: int
    needs: tuple[Need, ...] = ()
    draws: DrawSpec | None = None
    is_mapped: bool = False


@dataclass(frozen=True)
class Plan:
    """Runs in order, each after those it needs; `patches` is the npz file of the ROIs."""

    runs: tuple[Run, ...]
    patches: Path
    data_hash: str

    def run_of(self, run_hash: str) -> Run:
        """The run of this hash; KeyError where the plan has none."""
        for run in self.runs:
            if run.hash == run_hash:
                return run
        raise KeyError(run_hash)
