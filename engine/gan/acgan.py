"""The auxiliary classifier GAN (section 3.3; Odena et al. 2017, arXiv:1610.09585), two presets.

"acgan-dcgan": the paper's DCGAN, its generator given z and the one-hot class, its discriminator
a class head beside the realness. "acgan-odena": the layers of Odena et al., their appendix A,
brought to one channel of 64x64. Both learn all classes in one pair of networks.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import cast

import torch
from torch import nn
from torch.nn import functional

from engine.gan.networks import START, Discriminator, Generator, Opinion, doubling
from engine.specs import GanSpec

ODENA_GENERATOR = (6, 3, 2, 1.5)
"""Widths of the feature maps in units of ngf: 768, 384, 256, 192 at ngf 128."""

ODENA_DISCRIMINATOR = (1, 2, 4, 8, 16, 32)
"""Widths in quarters of ndf: 16 to 512 at ndf 64; every second convolution halves the side."""

DROPOUT = 0.5


class AcganGenerator(Generator):
    """z (n, latent) and targets (n,) to images (n, 1, 64, 64) in -1..1, laid out as the DCGAN.

    The dense layer takes z and the one-hot class side by side.
    """

    def __init__(self, spec: GanSpec) -> None:
        super().__init__(replace(spec, latent=spec.latent + spec.classes))
        self.classes = spec.classes

    def forward(self, z: torch.Tensor, targets: torch.Tensor | None = None) -> torch.Tensor:
        """Images (n, 1, 64, 64) in -1..1 of z (n, latent) and targets (n,)."""
        return super().forward(_with_class(z, targets, self.classes))


class AcganDiscriminator(Discriminator):
    """The DCGAN's discriminator with a second dense layer that names the class."""

    def __init__(self, spec: GanSpec) -> None:
        super().__init__(spec)
        self.naming = nn.Linear(self.dense.in_features, spec.classes)

    def opinion(self, images: torch.Tensor, targets: torch.Tensor | None = None) -> Opinion:
        """Realness and class of images (n, 1, 64, 64) in -1..1; targets are not looked at."""
        found = super().opinion(images)
        return Opinion(found.realness, found.seen, self.naming(found.seen))


class OdenaGenerator(nn.Module):
    """z (n, latent) and targets (n,) to images (n, 1, 64, 64) in -1..1.

    Dense layer with ReLU to 4x4, three 5x5 fractionally-strided convolutions with batch
    normalisation and ReLU, a fourth to the image with tanh (Odena et al., table 1).
    """

    def __init__(self, spec: GanSpec) -> None:
        super().__init__()
        widths = [max(1, round(times * spec.ngf)) for times in ODENA_GENERATOR]
        self.classes, self.first = spec.classes, widths[0]
        self.dense = nn.Linear(spec.latent + spec.classes, widths[0] * START * START)
        layers: list[nn.Module] = [nn.ReLU()]
        for before, after in pairwise(widths):
            layers += [doubling(before, after, spec.kernel), nn.BatchNorm2d(after), nn.ReLU()]
        layers += [doubling(widths[-1], 1, spec.kernel, bias=True), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, z: torch.Tensor, targets: torch.Tensor | None = None) -> torch.Tensor:
        """Images (n, 1, 64, 64) in -1..1 of z (n, latent) and targets (n,)."""
        signal = self.dense(_with_class(z, targets, self.classes))
        return cast(torch.Tensor, self.layers(signal.view(-1, self.first, START, START)))


class OdenaDiscriminator(nn.Module):
    """Images (n, 1, 64, 64) in -1..1 to realness and class.

    Six 3x3 convolutions, every second one at full side, leaky ReLU and dropout .5 after each,
    batch normalisation on all but the first (Odena et al., table 1).
    """

    def __init__(self, spec: GanSpec) -> None:
        super().__init__()
        widths = [1, *(max(1, times * spec.ndf // 4) for times in ODENA_DISCRIMINATOR)]
        layers: list[nn.Module] = []
        for number, (before, after) in enumerate(pairwise(widths)):
            stride = 1 + (number % 2 == 0)
            layers.append(nn.Conv2d(before, after, 3, stride, padding=1, bias=number == 0))
            if number:
                layers.append(nn.BatchNorm2d(after))
            layers += [nn.LeakyReLU(spec.leak), nn.Dropout(DROPOUT)]
        self.layers = nn.Sequential(*layers)
        inputs = widths[-1] * 8 * 8
        self.dense, self.naming = nn.Linear(inputs, 1), nn.Linear(inputs, spec.classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (n,) of images (n, 1, 64, 64) in -1..1: how real each is."""
        return self.opinion(images).realness

    def opinion(self, images: torch.Tensor, targets: torch.Tensor | None = None) -> Opinion:
        """Realness and class of images (n, 1, 64, 64) in -1..1; targets are not looked at."""
        seen = self.layers(images).flatten(1)
        return Opinion(self.dense(seen).squeeze(1), seen, self.naming(seen))


def _with_class(z: torch.Tensor, targets: torch.Tensor | None, classes: int) -> torch.Tensor:
    """z and the one-hot class side by side, (n, latent + classes)."""
    if targets is None:
        raise ValueError("A conditional generator needs the class of each image.")
    return torch.cat([z, functional.one_hot(targets, classes).to(z.dtype)], 1)
