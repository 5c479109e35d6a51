"""Synthetic ROIs drawn from several generators into one file: D_synth of a classifier's run."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.errors import EngineError
from engine.jobs import Progress, passed_on


@dataclass(frozen=True)
class DrawSpec:
    """`count` ROIs of each generator; `targets` names the class of each, in the paths' order."""

    count: int
    seed: int
    targets: tuple[int, ...]


def draw_file(spec: DrawSpec, paths: tuple[Path, ...]) -> Generator[Progress, None, Path]:
    """Write paths[0], an npz of `images` (n, 64, 64) float32 0..1 and `targets` (n,); returns it.

    paths[1:] are the generators' checkpoints, one for each of `targets`: a conditional generator
    comes as often as it has classes to draw. Raises EngineError where the numbers do not fit.
    """
    from engine.gan.synthesis import synthesise

    if len(spec.targets) != len(paths) - 1 or not spec.targets:
        raise EngineError("A generator is needed for each class to draw; choose the runs again.")
    drawn = []
    for at, (checkpoint, target) in enumerate(zip(paths[1:], spec.targets, strict=True)):
        running = synthesise(checkpoint, spec.count, spec.seed, target)
        drawn.append((yield from _renamed(running, at, len(spec.targets))))
    targets = np.repeat(np.asarray(spec.targets, dtype=np.int64), spec.count)
    partial = paths[0].with_name(paths[0].name + ".partial")
    with partial.open("wb") as file:
        np.savez(file, images=np.concatenate(drawn).astype(np.float32), targets=targets)
    partial.replace(paths[0])
    return paths[0]


def _renamed(
    running: Generator[Progress, None, np.ndarray], at: int, of: int
) -> Generator[Progress, None, np.ndarray]:
    """The generator's progress as a part of all classes' progress."""

    def told(inner: Progress) -> Progress:
        total = max(1, inner.total)
        return Progress(at * total + inner.done, of * total, "Drawing synthetic ROIs")

    return passed_on(running, told)
