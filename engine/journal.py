"""What a run left behind of its curves and samples: metrics.jsonl and samples.npz in its folder."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.jobs import Progress, SampleGrid

METRICS, SAMPLES = "metrics.jsonl", "samples.npz"


@dataclass(frozen=True)
class CurvePoint:
    """Numbers at one moment of a run: step `done` of `total`."""

    done: int
    total: int
    metrics: tuple[tuple[str, float], ...]

    def value(self, name: str) -> float | None:
        """One number by name."""
        return next((value for key, value in self.metrics if key == name), None)


@dataclass(frozen=True)
class RunCurves:
    """All a run's curve points, and its last samples: a grid a class that it draws."""

    points: tuple[CurvePoint, ...] = ()
    samples: tuple[SampleGrid, ...] = field(default=(), compare=False)


def note(folder: Path, progress: Progress) -> None:
    """Append a progress' numbers; keep its newest samples, all classes of one look together."""
    if progress.metrics:
        line = json.dumps([progress.done, progress.total, progress.metrics])
        with (folder / METRICS).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    if progress.images:
        partial = folder / f"{SAMPLES}.partial"
        with partial.open("wb") as raw:
            np.savez(
                raw,
                category=np.array([grid.category for grid in progress.images]),
                epoch=np.array([grid.epoch for grid in progress.images]),
                images=np.stack([grid.images for grid in progress.images]),
            )
        partial.replace(folder / SAMPLES)


def read(folder: Path) -> RunCurves:
    """A run's curves; what is missing or damaged is left out."""
    return RunCurves(_points(folder / METRICS), read_samples(folder))


def _points(path: Path) -> tuple[CurvePoint, ...]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError:
        return ()
    points = []
    for line in lines:
        try:
            done, total, metrics = json.loads(line)
            pairs = tuple((str(name), float(value)) for name, value in metrics)
        except (ValueError, TypeError):  # the last line of a run that was cut off
            continue
        points.append(CurvePoint(int(done), int(total), pairs))
    return tuple(points)


def read_samples(folder: Path) -> tuple[SampleGrid, ...]:
    """A run's last samples; none where there are none, or they are damaged."""
    try:
        with np.load(folder / SAMPLES, allow_pickle=False) as file:
            names, epochs = np.atleast_1d(file["category"]), np.atleast_1d(file["epoch"])
            images = file["images"].astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return ()
    grids = images if images.ndim == 4 else images[None]  # a file of one class, as first written
    if len(grids) != len(names) or len(epochs) != len(names):
        return ()
    return tuple(
        SampleGrid(str(name), int(epoch), grid)
        for name, epoch, grid in zip(names, epochs, grids, strict=True)
    )
