"""Networks read ROIs that are already cut: each ROI by the network it is assigned to."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError
from engine.jobs import Progress

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class AssessmentSpec:
    """`networks[i]` is the index of the checkpoint that reads ROI i; `classes` they all know."""

    networks: tuple[int, ...]
    classes: int


def assess_file(
    spec: AssessmentSpec, paths: tuple[Path, ...]
) -> Generator[Progress, None, FloatArray]:
    """Probabilities (n, classes) of the ROIs of `paths[0]` (npz, `images` (n, 64, 64) in 0..1).

    `paths[1:]` are the checkpoints. Raises EngineError for a checkpoint of other classes.
    """
    from engine.reading import probabilities_of

    with np.load(paths[0], allow_pickle=False) as content:
        images: FloatArray = content["images"]
    assigned = np.array(spec.networks)
    result = np.zeros((len(images), spec.classes), dtype=np.float32)
    for number, checkpoint in enumerate(paths[1:]):
        yield Progress(number, len(paths) - 1, f"Network {number + 1} reads")
        chosen = assigned == number
        if not chosen.any():
            continue
        found = probabilities_of(checkpoint, images[chosen])
        if found.shape[1] != spec.classes:
            raise EngineError(
                f"This network knows {found.shape[1]} classes, the reading has {spec.classes}. "
                "Train it anew."
            )
        result[chosen] = found
    yield Progress(len(paths) - 1, len(paths) - 1, "All ROIs are read")
    return result
