"""An ACGAN's discriminator read as a classifier (section 4.5, Table 5)."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import torch

from engine import checkpoint
from engine.errors import EngineError
from engine.gan.networks import Critic
from engine.gan.players import discriminator_of
from engine.specs import SIDE, GanTraining, from_json

FloatArray = npt.NDArray[np.float32]
KIND = "acgan-discriminator"
KINDS = (KIND,)
"""The kinds of checkpoint that `predict` reads."""
BATCH = 64


def predict(path: Path, images: FloatArray) -> FloatArray:
    """Probabilities (n, classes) by the class head, of ROIs (n, 64, 64) in 0..1.

    Raises CheckpointError for a damaged file or one of another kind, EngineError for images of
    another size.
    """
    held = checkpoint.load(path, KIND)
    network = discriminator_of(from_json(held.meta.spec, GanTraining).gan)
    held.restore(network)
    return class_probabilities(network, images)


def class_probabilities(network: torch.nn.Module, images: FloatArray) -> FloatArray:
    """As `predict`, by a discriminator with a class head, as it draws no dropout."""
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
        raise EngineError(f"ROIs of {SIDE}x{SIDE} px are needed; make the ROIs again.")
    critic = cast(Critic, network.eval())
    device = next(network.parameters()).device
    signed = torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32) * 2 - 1)[:, None]
    with torch.inference_mode():
        parts = [_soft(critic, part.to(device)) for part in torch.split(signed, BATCH)]
    return np.asarray(torch.cat(parts).cpu().numpy())


def _soft(critic: Critic, images: torch.Tensor) -> torch.Tensor:
    classes = critic.opinion(images).classes
    if classes is None:
        raise EngineError("This discriminator names no class; choose an ACGAN's.")
    return torch.softmax(classes.float(), 1)
