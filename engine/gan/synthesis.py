"""Synthetic ROIs from a trained generator: image = checkpoint + seed + number."""

from __future__ import annotations

from collections.abc import Generator as Generating
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from engine import checkpoint
from engine.errors import EngineError
from engine.gan.latent import sampling_noise
from engine.gan.networks import Generator
from engine.jobs import Progress
from engine.specs import SIDE, GanSpec, GanTraining, from_json

FloatArray = npt.NDArray[np.float32]
KIND = "dcgan"
BATCH = 16


def synthesise(path: Path, count: int, seed: int) -> Generating[Progress, None, FloatArray]:
    """`count` ROIs (count, 64, 64) in 0..1 of a generator's checkpoint.

    The first n of a larger draw are the draw of n. Raises CheckpointError or EngineError.
    """
    if count < 0:
        raise EngineError("Choose how many synthetic ROIs to draw, at least 1.")
    network, spec = load_generator(path)
    images = np.zeros((count, SIDE, SIDE), dtype=np.float32)
    for first in range(0, count, BATCH):
        yield Progress(first, count, "Drawing synthetic ROIs")
        size = min(BATCH, count - first)
        images[first : first + size] = render(network, sampling_noise(spec, first, size, seed))
    yield Progress(count, count, "Drawing synthetic ROIs")
    return images


def load_generator(path: Path) -> tuple[Generator, GanSpec]:
    """The generator of a checkpoint, ready to draw, and its spec."""
    held = checkpoint.load(path, KIND)
    spec = from_json(held.meta.spec, GanTraining).gan
    network = Generator(spec)
    held.restore(network)
    return network.eval(), spec


def render(network: Generator, noise: torch.Tensor) -> FloatArray:
    """Images (n, 64, 64) in 0..1 of noise (n, latent), with the running batch statistics."""
    was_training = network.training
    network.eval()
    device = next(network.parameters()).device
    with torch.inference_mode():
        images = (network(noise.to(device))[:, 0].float().cpu() + 1) / 2
    network.train(was_training)
    return np.asarray(images.numpy())
