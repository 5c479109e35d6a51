"""What a trained classifier says of ROIs, and the features it sees in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from engine import checkpoint
from engine.cnn.networks import LesionCnn
from engine.errors import EngineError
from engine.specs import SIDE, CnnTraining, from_json

FloatArray = npt.NDArray[np.float32]
BATCH = 128
KIND = "cnn"


def load_network(path: Path) -> LesionCnn:
    """The classifier of a checkpoint, ready to read; CheckpointError for any other file."""
    held = checkpoint.load(path, KIND)
    network = LesionCnn(from_json(held.meta.spec, CnnTraining).cnn)
    held.restore(network)
    return network.eval()


def predict(path: Path, images: FloatArray) -> FloatArray:
    """Probabilities (n, classes) of ROIs (n, 64, 64) in 0..1."""
    return probabilities(load_network(path), images)


def features(path: Path, images: FloatArray) -> FloatArray:
    """The dense layer (n, dense) of ROIs (n, 64, 64), after ReLU and before dropout."""
    return layer_of(load_network(path), images)


def probabilities(network: LesionCnn, images: FloatArray) -> FloatArray:
    """Soft-max outputs (n, classes) of a network in memory."""
    network.eval()
    with torch.inference_mode():
        parts = [torch.softmax(network(batch), 1).numpy() for batch in _batches(images)]
    return _joined(parts, network.output.out_features)


def layer_of(network: LesionCnn, images: FloatArray) -> FloatArray:
    """Dense features (n, dense) of a network in memory."""
    network.eval()
    with torch.inference_mode():
        parts = [network.features(batch).numpy() for batch in _batches(images)]
    return _joined(parts, network.dense.out_features)


def _batches(images: FloatArray) -> list[torch.Tensor]:
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
        raise EngineError(
            f"The network reads ROIs of {SIDE}x{SIDE} px, these have shape {images.shape[1:]}; "
            "make the ROIs again."
        )
    whole = torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32))[:, None]
    return list(torch.split(whole, BATCH)) if len(whole) else []


def _joined(parts: list[npt.NDArray[np.float32]], width: int) -> FloatArray:
    return np.concatenate(parts) if parts else np.zeros((0, width), dtype=np.float32)
