"""What a run left behind of its curves and samples: metrics.jsonl and samples.npz in its folder."""

from __future__ import annotations

import json
import math
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.jobs import Progress, SampleGrid

METRICS, SAMPLES = "metrics.jsonl", "samples.npz"


@dataclass(frozen=True)
class CurvePoint:
    """Numbers at one moment of a run: step `done` of `total`; `words` where something happened."""

    done: int
    total: int
    metrics: tuple[tuple[str, float], ...]
    words: str = ""

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
        point = point_of(progress)
        words = [point.words] if point.words else []
        line = json.dumps([point.done, point.total, point.metrics, *words])
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


def point_of(progress: Progress) -> CurvePoint:
    """A progress' numbers as a point; a look that found something amiss says it in words."""
    told = dict(progress.metrics)
    is_event = told.get("health", 0.0) > 0 or "returned_to" in told
    words = progress.message if is_event else ""
    return CurvePoint(progress.done, progress.total, progress.metrics, words)


def grown(points: tuple[CurvePoint, ...], point: CurvePoint) -> tuple[CurvePoint, ...]:
    """The points with a newer one; those of later steps are of a sitting that was cut off."""
    kept = len(points)
    while kept and points[kept - 1].done > point.done:
        kept -= 1
    return (*points[:kept], point)


def thinned(points: tuple[CurvePoint, ...], most: int) -> tuple[CurvePoint, ...]:
    """Evenly at most about `most` of the plain points; looks, words, first and last all stay.

    Plain ones have no words and the fewest numbers.
    """
    if len(points) <= most:
        return points
    stride, last = math.ceil(len(points) / most), len(points) - 1
    fewest = min(len(point.metrics) for point in points)
    return tuple(
        point
        for at, point in enumerate(points)
        if at % stride == 0 or at == last or point.words or len(point.metrics) > fewest
    )


def read(folder: Path) -> RunCurves:
    """A run's curves; what is missing or damaged is left out."""
    return RunCurves(_points(folder / METRICS), read_samples(folder))


def _points(path: Path) -> tuple[CurvePoint, ...]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError:
        return ()
    points: list[CurvePoint] = []
    for line in lines:
        try:
            done, total, metrics, *words = json.loads(line)
            pairs = tuple((str(name), float(value)) for name, value in metrics)
        except (ValueError, TypeError):  # the last line of a run that was cut off
            continue
        while points and points[-1].done > int(done):  # of a sitting that was cut off
            points.pop()
        points.append(CurvePoint(int(done), int(total), pairs, str(words[0]) if words else ""))
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
