"""What the distances look at: a fixed random network's features, or a classifier's."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]
Features = Callable[[FloatArray], DoubleArray]
"""Images (n, h, w) in 0..1 to features (n, d)."""

NETWORK_SEED = 64
WIDTHS = (32, 64, 128)
RANDOM = "fixed random network"
"""The name of the random features beside a number."""


def random_features(images: FloatArray, *, seed: int = NETWORK_SEED) -> DoubleArray:
    """Features (n, 448) of a fixed random conv network: mean and SD of every channel.

    Three 5x5 stride-2 convolutions of He-normal weights with ReLU; both moments of each of the
    32 + 64 + 128 channels. Random networks of one architecture rank image sets much alike
    (Xu et al. 2018, arXiv:1806.07755 uses random ConvNets as one of its feature spaces).
    """
    layers = _random_layers(seed)
    batches = [_moments(images[at : at + 64], layers) for at in range(0, len(images), 64)]
    return np.concatenate(batches) if batches else np.zeros((0, 2 * sum(WIDTHS)))


def blind_features(images: FloatArray) -> DoubleArray:
    """`random_features` of the images brought to mean .5 and SD .2: blind to brightness, contrast.

    For the copy audit, where a lighter copy is still a copy.
    """
    mean = images.mean((1, 2), keepdims=True)
    spread = np.maximum(images.std((1, 2), keepdims=True), 1e-6)
    return random_features(((images - mean) / spread * 0.2 + 0.5).astype(np.float32))


def classifier_features(path: Path) -> Features:
    """The dense layer (n, dense) of a CNN checkpoint, after ReLU; CheckpointError as `load`.

    The network knew the ROIs it was trained on; real ROIs of its training folds and others may
    differ in it for that reason alone.
    """
    from engine.cnn.evaluation import layer_of, load_network

    network = load_network(path)

    def features(images: FloatArray) -> DoubleArray:
        return layer_of(network, images).astype(np.float64)

    return features


def _random_layers(seed: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    layers, before = [], 1
    for width in WIDTHS:
        weight = torch.randn(width, before, 5, 5, generator=generator)
        layers.append(weight * math.sqrt(2 / (before * 25)))
        before = width
    return layers


@torch.no_grad()
def _moments(images: FloatArray, layers: list[torch.Tensor]) -> DoubleArray:
    signal = torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32))[:, None] * 2 - 1
    found = []
    for weight in layers:
        signal = functional.relu(functional.conv2d(signal, weight, stride=2, padding=2))
        found += [signal.mean((2, 3)), signal.std((2, 3))]
    return np.asarray(torch.cat(found, 1).double().numpy())
