"""One question to any checkpoint that classifies: which class is this ROI?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine import checkpoint

FloatArray = npt.NDArray[np.float32]


def probabilities_of(path: Path, images: FloatArray) -> FloatArray:
    """Probabilities (n, classes) of ROIs (n, 64, 64) in 0..1: by a network, an ACGAN's
    discriminator, or a baseline.

    Raises CheckpointError for a damaged file or one that does not classify.
    """
    from engine.baselines import training as baselines
    from engine.cnn import evaluation
    from engine.gan import classifier as discriminators

    kind = checkpoint.load(path).meta.kind
    if kind in baselines.KINDS:
        return baselines.predict(path, images)
    if kind in discriminators.KINDS:
        return discriminators.predict(path, images)
    return evaluation.predict(path, images)
