"""A run's name: recipe, ROIs, the runs it builds on, and the revision of the code that does it."""

from __future__ import annotations

from engine.experiment.run import RunSpec
from engine.specs import BaselineTraining, CnnTraining, spec_hash, to_json

REVISIONS = (("network", 2), ("generator", 2), ("baseline", 2))
"""Raised by one whenever the same recipe gives other weights: then nothing that was done before is
taken for finished, or compared with what is done now. 2 (2026-11-25): augmentations are drawn in
another order, the DCGAN's players share a draw, the baselines' machines are chosen by loss."""


def run_hash(spec: RunSpec, data_hash: str, parents: tuple[str, ...] = ()) -> str:
    """The hash that names a run, 64 hexadecimal digits; `parents` are runs whose draws it uses."""
    return spec_hash(_word(spec), to_json(spec), data_hash, *parents, _revision(spec))


def _word(spec: RunSpec) -> str:
    return type(spec).__name__


def _revision(spec: RunSpec) -> str:
    """A network that draws from generators is named by theirs through its parents."""
    if isinstance(spec, CnnTraining):
        kind = "network"
    elif isinstance(spec, BaselineTraining):
        kind = "baseline"
    else:
        kind = "generator"
    return f"revision {dict(REVISIONS)[kind]}"
