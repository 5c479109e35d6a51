"""Several classifiers read the same ROIs: an external validation set, never trained on."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError
from engine.jobs import Progress
from engine.patches import LesionPatches

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class PanelSpec:
    """`classes`: the class names, in order, that every network must have been trained on."""

    classes: tuple[str, ...]


def read_file(spec: PanelSpec, paths: tuple[Path, ...]) -> Generator[Progress, None, FloatArray]:
    """Probabilities (networks, n, classes) of all ROIs of paths[0] (patches.npz).

    paths[1:] are checkpoints of networks, baselines or discriminators. Raises EngineError where
    one knows other classes, CheckpointError for a damaged one.
    """
    from engine import checkpoint
    from engine.reading import probabilities_of

    patches = LesionPatches.load(paths[0])
    patches.check(patches.slices)  # each network says itself how many it reads
    found = np.zeros((len(paths) - 1, len(patches), len(spec.classes)), dtype=np.float32)
    for at, path in enumerate(paths[1:]):
        yield Progress(at, len(paths) - 1, "Reading the external ROIs")
        known = checkpoint.load(path).meta.classes
        if known != spec.classes:
            raise EngineError(
                f"This network was trained on {', '.join(known)}; the external set has "
                f"{', '.join(spec.classes)}. Give both the same diagnoses."
            )
        found[at] = probabilities_of(path, patches.images)
    yield Progress(len(paths) - 1, len(paths) - 1, "The external ROIs are read")
    return found


def shared_rois(own: LesionPatches, other: LesionPatches) -> tuple[str, ...]:
    """Ids of `other` whose picture is, pixel by pixel, one of `own`: they were trained on."""
    seen = {image.tobytes() for image in own.images}
    return tuple(
        name for name, image in zip(other.ids, other.images, strict=True) if image.tobytes() in seen
    )
