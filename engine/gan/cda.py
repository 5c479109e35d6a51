"""The conditional generator past the paper, "cda": few originals, all classes, one network.

Trained on the originals alone, with augmentation inside the discriminator (diffaugment.py).
Kernels of 4 at stride 2 overlap evenly, so no checkerboard stays (Odena, Dumoulin & Olah 2016).
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import cast

import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from engine.gan.networks import START, UNKNOWN, Opinion
from engine.specs import GanSpec

KERNEL = 4
MANNER_SD = 0.2
"""Spread of the gains and shifts of each class when training starts."""


class ConditionalNorm(nn.Module):
    """Batch normalisation whose gain and shift follow the class and z (Dumoulin et al. 2017).

    z enters every layer as in BigGAN (Brock et al. 2019): fine layers need not carry it up.
    """

    def __init__(self, channels: int, spec: GanSpec) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.of_class = nn.Embedding(spec.classes, 2 * channels)
        self.of_noise = nn.Linear(spec.latent, 2 * channels, bias=False)

    def forward(self, signal: torch.Tensor, z: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """The signal (n, channels, h, w), normalised, in the manner of its class."""
        manner = self.of_class(targets) + self.of_noise(z)
        gain, shift = manner[:, :, None, None].chunk(2, 1)
        return cast(torch.Tensor, self.norm(signal) * (1 + gain) + shift)


class CdaGenerator(nn.Module):
    """z (n, latent) and targets (n,) to images (n, 1, 64, 64) in -1..1."""

    def __init__(self, spec: GanSpec) -> None:
        super().__init__()
        widths = [8 * spec.ngf, 4 * spec.ngf, 2 * spec.ngf, spec.ngf]
        self.first = widths[0]
        self.dense = nn.Linear(spec.latent, widths[0] * START * START)
        self.norms = nn.ModuleList(ConditionalNorm(width, spec) for width in widths)
        self.ups = nn.ModuleList(_up(before, after) for before, after in pairwise([*widths, 1]))

    def forward(self, z: torch.Tensor, targets: torch.Tensor | None = None) -> torch.Tensor:
        """Images (n, 1, 64, 64) in -1..1 of z (n, latent) and targets (n,)."""
        if targets is None:
            raise ValueError("A conditional generator needs the class of each image.")
        signal = self.dense(z).view(-1, self.first, START, START)
        for norm, up in zip(self.norms, self.ups, strict=True):
            signal = up(torch.relu(norm(signal, z, targets)))
        return torch.tanh(signal)


class CdaDiscriminator(nn.Module):
    """Images (n, 1, 64, 64) in -1..1 and targets (n,) to realness.

    Spectral normalisation on every layer (Miyato et al. 2018); the class enters by projection
    (Miyato & Koyama 2018, arXiv:1802.05637): psi(h) + <embedding of the class, h>. h is not pooled
    over the image as theirs: a lesion lies in the middle of its ROI. An image without a class is
    judged by psi alone.
    """

    def __init__(self, spec: GanSpec, chance: torch.Generator) -> None:
        super().__init__()
        widths = [1, spec.ndf, 2 * spec.ndf, 4 * spec.ndf, 8 * spec.ndf]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            conv = nn.Conv2d(before, after, KERNEL, stride=2, padding=1)
            layers += [_normed(conv, chance), nn.LeakyReLU(spec.leak)]
        self.layers = nn.Sequential(*layers)
        inputs = widths[-1] * START * START
        self.dense = _normed(nn.Linear(inputs, 1), chance)
        self.of_class = _normed(nn.Embedding(spec.classes, inputs), chance)

    def forward(self, images: torch.Tensor, targets: torch.Tensor | None = None) -> torch.Tensor:
        """Logits (n,) of images (n, 1, 64, 64) in -1..1: how real each is as its class."""
        return self.opinion(images, targets).realness

    def opinion(self, images: torch.Tensor, targets: torch.Tensor | None = None) -> Opinion:
        """What it thinks of images (n, 1, 64, 64) in -1..1 as ROIs of classes `targets` (n,)."""
        seen = self.layers(images).flatten(1)
        realness = self.dense(seen).squeeze(1)
        if targets is not None:
            known = targets != UNKNOWN
            asked = self.of_class(torch.where(known, targets, 0))
            realness = realness + (asked * seen).sum(1) * known
        return Opinion(realness, seen)


def initialise_cda(generator: CdaGenerator, chance: torch.Generator) -> None:
    """Orthogonal weights (Brock et al. 2019), biases 0; classes that differ from the start.

    With equal manners at the start short runs part the classes late or not at all (measured).
    """
    for module in generator.modules():
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, 0.0, MANNER_SD, chance)
        elif isinstance(module, nn.ConvTranspose2d | nn.Linear):
            nn.init.orthogonal_(module.weight, generator=chance)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    for norm in generator.norms:
        of_noise = cast(ConditionalNorm, norm).of_noise
        nn.init.normal_(of_noise.weight, 0.0, 0.1 / math.sqrt(of_noise.in_features), chance)


def _normed(layer: nn.Module, chance: torch.Generator) -> nn.Module:
    """The layer with orthogonal weights, held at spectral norm 1."""
    weight = cast(torch.Tensor, layer.weight)
    nn.init.orthogonal_(weight, generator=chance)
    if isinstance(getattr(layer, "bias", None), torch.Tensor):
        nn.init.zeros_(cast(torch.Tensor, layer.bias))
    return spectral_norm(layer)


def _up(before: int, after: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(before, after, KERNEL, stride=2, padding=1, bias=after == 1)
