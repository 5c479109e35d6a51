"""The classification CNN of Frid-Adar 2018, section 2.2 and Fig. 2, laid out by its spec."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn
from torch.nn import functional

from engine.specs import SIDE, CnnSpec


class LesionCnn(nn.Module):
    """Three pairs of 'same' convolution and 2x2 max-pooling, two dense layers, dropout.

    Input (n, slices, 64, 64) in 0..1, one slice unless the spec says more (the 2.5-D arm of
    section 6); the training set's mean image (slices, 64, 64) is subtracted inside, so that a
    checkpoint needs nothing beside it. Output (n, classes) logits.
    """

    mean_image: torch.Tensor

    def __init__(self, spec: CnnSpec) -> None:
        super().__init__()
        widths = (spec.slices, *spec.channels)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, spec.kernel, padding=spec.kernel // 2)
            for before, after in zip(widths, spec.channels, strict=False)
        )
        side = SIDE // 2 ** len(spec.channels)
        self.dense = nn.Linear(spec.channels[-1] * side * side, spec.dense)
        self.dropout = nn.Dropout(spec.dropout)
        self.output = nn.Linear(spec.dense, spec.classes)
        self.register_buffer("mean_image", torch.zeros(1, spec.slices, SIDE, SIDE))

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """The dense layer after ReLU, before dropout, (n, dense): what t-SNE shows (Fig. 9)."""
        signal = images - self.mean_image
        for convolution in self.convolutions:
            # The same numbers and gradients as ReLU before pooling, at a quarter of its work.
            signal = functional.relu(functional.max_pool2d(convolution(signal), 2))
        return functional.relu(cast(torch.Tensor, self.dense(signal.flatten(1))))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (n, classes) of images (n, slices, 64, 64) in 0..1."""
        return cast(torch.Tensor, self.output(self.dropout(self.features(images))))


def build(spec: CnnSpec, generator: torch.Generator) -> LesionCnn:
    """A fresh network: Glorot-uniform weights, zero biases (Keras' defaults)."""
    network = LesionCnn(spec)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("bias"):
                parameter.zero_()
            else:
                nn.init.xavier_uniform_(parameter, generator=generator)
    return network


def parameters(network: nn.Module) -> int:
    """Trainable numbers of a network."""
    return sum(parameter.numel() for parameter in network.parameters())
