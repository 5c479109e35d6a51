"""Synthetic ROIs from a trained generator: image = checkpoint + class + seed + number."""

from __future__ import annotations

from collections.abc import Generator as Generating
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from engine import checkpoint
from engine.errors import CheckpointError, EngineError
from engine.gan.latent import sampling_noise
from engine.gan.players import GENERATORS, generator_of
from engine.jobs import Progress
from engine.specs import SIDE, GanSpec, GanTraining, from_json

FloatArray = npt.NDArray[np.float32]
KINDS = tuple(kind for kind, _ in GENERATORS)
"""The kinds of checkpoint that draw ROIs."""
BATCH = 16


def synthesise(
    path: Path, count: int, seed: int, target: int | None = None
) -> Generating[Progress, None, FloatArray]:
    """`count` ROIs (count, 64, 64) in 0..1 of a generator's checkpoint.

    A conditional generator draws the class of index `target`; one of a single class draws its own
    class, whatever `target`. The first n of a larger draw are the draw of n. Raises
    CheckpointError or EngineError.
    """
    if count < 0:
        raise EngineError("Choose how many synthetic ROIs to draw, at least 1.")
    network, spec = load_generator(path)
    wanted = _target(spec, target)
    images = np.zeros((count, SIDE, SIDE), dtype=np.float32)
    for first in range(0, count, BATCH):
        yield Progress(first, count, "Drawing synthetic ROIs")
        size = min(BATCH, count - first)
        noise = sampling_noise(spec, first, size, seed, wanted)
        images[first : first + size] = render(network, noise, wanted)
    yield Progress(count, count, "Drawing synthetic ROIs")
    return images


def load_generator(path: Path) -> tuple[torch.nn.Module, GanSpec]:
    """The generator of a checkpoint of any kind, ready to draw, and its spec.

    It takes z (n, latent) and, where it is conditional, targets (n,). Raises CheckpointError for
    a damaged file or one that holds no generator.
    """
    held = checkpoint.load(path)
    if held.meta.kind not in KINDS:
        raise CheckpointError(
            f"{path.name} holds a {held.meta.kind} network, where a generator is wanted. "
            "Choose another run."
        )
    spec = from_json(held.meta.spec, GanTraining).gan
    network = generator_of(spec)
    held.restore(network)
    return network.eval(), spec


def render(network: torch.nn.Module, noise: torch.Tensor, target: int = 0) -> FloatArray:
    """Images (n, 64, 64) in 0..1 of noise (n, latent), with the running batch statistics.

    `target` is the class that a conditional generator draws.
    """
    was_training = network.training
    network.eval()
    device = next(network.parameters()).device
    targets = torch.full((len(noise),), target, device=device)
    with torch.inference_mode():
        images = (network(noise.to(device), targets)[:, 0].float().cpu() + 1) / 2
    network.train(was_training)
    return np.asarray(images.numpy())


def _target(spec: GanSpec, target: int | None) -> int:
    if not spec.is_conditional:
        return 0
    if target is None or not 0 <= target < spec.classes:
        raise EngineError(
            f"This generator draws {spec.classes} classes; choose the class of the ROIs to draw."
        )
    return target
