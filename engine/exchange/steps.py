"""The last step of each network, inside it: images and probabilities, no logits."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn

from engine.checkpoint import Checkpoint
from engine.errors import EngineError
from engine.gan.networks import Critic
from engine.gan.players import discriminator_of
from engine.specs import GanTraining, from_json


class Naming(nn.Module):
    """Images (n, slices, 64, 64) in 0..1 to probabilities (n, classes) of a classifier."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Soft-max of the network's logits."""
        return torch.softmax(self.network(images), 1)


class Judging(nn.Module):
    """Images (n, 1, 64, 64) in 0..1 to probabilities (n, classes) of a discriminator's head."""

    def __init__(self, held: Checkpoint) -> None:
        super().__init__()
        self.network = discriminator_of(from_json(held.meta.spec, GanTraining).gan)
        held.restore(self.network)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Soft-max of the class head; EngineError where there is none."""
        classes = cast(Critic, self.network).opinion(images * 2 - 1).classes
        if classes is None:
            raise EngineError("This discriminator names no class; choose an ACGAN's.")
        return torch.softmax(classes, 1)


class Drawing(nn.Module):
    """Noise (n, latent), and targets (n,) where wanted, to images (n, 1, 64, 64) in 0..1."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, noise: torch.Tensor, target: torch.Tensor | None = None) -> torch.Tensor:
        """The generator's images, brought from -1..1."""
        drawn: torch.Tensor = self.network(noise, target)
        return (drawn + 1) / 2
