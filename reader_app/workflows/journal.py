"""What a run left behind of its curves and samples: metrics.jsonl and samples.npz in its folder."""

from __future__ import annotations

import json
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
    """All a run's curve points, and its last samples."""

    points: tuple[CurvePoint, ...] = ()
    samples: SampleGrid | None = field(default=None, compare=False)


def note(folder: Path, progress: Progress) -> None:
    """Append a progress' numbers; keep its newest samples."""
    if progress.metrics:
        line = json.dumps([progress.done, progress.total, progress.metrics])
        with (folder / METRICS).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    if progress.images:
        last = progress.images[-1]
        partial = folder / f"{SAMPLES}.partial"
        with partial.open("wb") as raw:
            np.savez(raw, category=last.category, epoch=last.epoch, images=last.images)
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


def read_samples(folder: Path) -> SampleGrid | None:
    """A run's last samples; None where there are none, or they are damaged."""
    try:
        with np.load(folder / SAMPLES, allow_pickle=False) as file:
            images = file["images"].astype(np.float32)
            return SampleGrid(str(file["category"]), int(file["epoch"]), images)
    except (OSError, ValueError, KeyError, EOFError):
        return None
