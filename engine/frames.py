"""A run's sample grids over time, a small file each in `frames/`: the same seeds all along.

Storage is bounded: past `MOST` grids every second one goes, never the first or the newest.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.jobs import Progress, SampleGrid

FOLDER = "frames"
MOST = 96
"""Grids kept of a run: 6 MB of a class's 14 ROIs at most."""


@dataclass(frozen=True)
class Frame:
    """A grid on disk: the training step it was drawn after, and its file."""

    step: int
    path: Path


def keep(folder: Path, progress: Progress) -> None:
    """Keep a progress' samples, 8 bits a pixel; OSError where the folder cannot take them."""
    if not progress.images:
        return
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    partial = place / ".partial"
    images = np.stack([grid.images for grid in progress.images])
    with partial.open("wb") as file:
        np.savez_compressed(
            file,
            category=np.array([grid.category for grid in progress.images]),
            epoch=np.array([grid.epoch for grid in progress.images]),
            images=np.round(255 * np.clip(images, 0, 1)).astype(np.uint8),
        )
    partial.replace(place / f"{progress.done:08d}.npz")
    _thin(folder)


def listed(folder: Path) -> tuple[Frame, ...]:
    """A run's grids by step; none where it kept none."""
    found = (folder / FOLDER).glob("[0-9]*.npz")
    return tuple(sorted((Frame(int(path.stem), path) for path in found), key=lambda one: one.step))


def read(frame: Frame) -> tuple[SampleGrid, ...]:
    """The grids of a moment, one for each class drawn; none where the file is gone or damaged."""
    try:
        with np.load(frame.path, allow_pickle=False) as file:
            names, epochs, images = file["category"], file["epoch"], file["images"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return ()
    if images.ndim != 4 or not len(images) == len(names) == len(epochs):
        return ()
    grey = images.astype(np.float32) / 255
    return tuple(
        SampleGrid(str(name), int(epoch), grid)
        for name, epoch, grid in zip(names, epochs, grey, strict=True)
    )


def cut(folder: Path, step: int) -> None:
    """Drop grids of steps after this one: the run goes on from there."""
    for frame in listed(folder):
        if frame.step > step:
            frame.path.unlink(missing_ok=True)


def _thin(folder: Path) -> None:
    frames = listed(folder)
    if len(frames) > MOST:
        for frame in frames[1:-1:2]:
            frame.path.unlink(missing_ok=True)
