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
    """Probabilities (n, classes) of ROIs (n, 64, 64), or (n, slices, 64, 64), in 0..1."""
    return probabilities(load_network(path), images)


def features(path: Path, images: FloatArray) -> FloatArray:
    """The dense layer (n, dense) of ROIs, shaped as in `predict`, after ReLU, before dropout."""
    return layer_of(load_network(path), images)


def probabilities(network: LesionCnn, images: FloatArray) -> FloatArray:
    """Soft-max outputs (n, classes) of a network in memory."""
    network.eval()
    with torch.inference_mode():
        parts = [torch.softmax(network(batch), 1).numpy() for batch in _batches(network, images)]
    return _joined(parts, network.output.out_features)


def layer_of(network: LesionCnn, images: FloatArray) -> FloatArray:
    """Dense features (n, dense) of a network in memory."""
    network.eval()
    with torch.inference_mode():
        parts = [network.features(batch).numpy() for batch in _batches(network, images)]
    return _joined(parts, network.dense.out_features)


def as_input(images: FloatArray) -> torch.Tensor:
    """ROIs (n, 64, 64) or (n, slices, 64, 64) as the network's input (n, slices, 64, 64)."""
    whole = torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32))
    return whole[:, None] if whole.ndim == 3 else whole


def _batches(network: LesionCnn, images: FloatArray) -> list[torch.Tensor]:
    slices = network.mean_image.shape[1]
    fits = images.ndim == 4 or slices == 1
    if not fits or images.shape[1:] not in ((SIDE, SIDE), (slices, SIDE, SIDE)):
        wanted = f"{SIDE}x{SIDE} px" + (f" in {slices} slices" if slices > 1 else "")
        raise EngineError(
            f"The network reads ROIs of {wanted}, these have shape {images.shape[1:]}; make the "
            "ROIs again."
        )
    return list(torch.split(as_input(images), BATCH)) if len(images) else []


def _joined(parts: list[npt.NDArray[np.float32]], width: int) -> FloatArray:
    return np.concatenate(parts) if parts else np.zeros((0, width), dtype=np.float32)
