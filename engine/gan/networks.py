"""The DCGAN of Frid-Adar 2018, section 3.2 and Fig. 5, laid out by its spec."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, cast

import torch
from torch import nn

from engine.specs import GanSpec

START = 4
"""Side of the first feature map, px: four doublings make 64."""


UNKNOWN = -1
"""The target of an ROI without a class."""


@dataclass(frozen=True)
class Opinion:
    """A discriminator's answer on n images.

    `realness` (n,) logits; `seen` (n, d) features of the last hidden layer; `classes`
    (n, classes) logits of the class head, None where it has none.
    """

    realness: torch.Tensor
    seen: torch.Tensor
    classes: torch.Tensor | None = None

    def first(self, count: int) -> Opinion:
        """The answer on the first `count` images."""
        return self._part(slice(None, count))

    def after(self, count: int) -> Opinion:
        """The answer on the images after the first `count`."""
        return self._part(slice(count, None))

    def _part(self, rows: slice) -> Opinion:
        classes = None if self.classes is None else self.classes[rows]
        return Opinion(self.realness[rows], self.seen[rows], classes)


class Critic(Protocol):
    """A discriminator of any kind."""

    def opinion(self, images: torch.Tensor, targets: torch.Tensor | None = None) -> Opinion:
        """What it thinks of images (n, 1, 64, 64) in -1..1 of classes `targets` (n,)."""


class Generator(nn.Module):
    """z (n, latent) to images (n, 1, 64, 64) in -1..1.

    A dense layer reshaped to 4x4x(8 ngf), four fractionally-strided convolutions, batch
    normalisation and ReLU after each but the last, which ends in tanh. The dense and the last
    layer keep their bias. 18,865,025 parameters at ngf 128, latent 100, kernel 5.
    """

    def __init__(self, spec: GanSpec) -> None:
        super().__init__()
        widths = [8 * spec.ngf, 4 * spec.ngf, 2 * spec.ngf, spec.ngf]
        self.first = widths[0]
        self.dense = nn.Linear(spec.latent, widths[0] * START * START)
        layers: list[nn.Module] = [nn.BatchNorm2d(widths[0]), nn.ReLU()]
        for before, after in pairwise(widths):
            layers += [doubling(before, after, spec.kernel), nn.BatchNorm2d(after), nn.ReLU()]
        layers += [doubling(widths[-1], 1, spec.kernel, bias=True), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, z: torch.Tensor, targets: torch.Tensor | None = None) -> torch.Tensor:
        """Images (n, 1, 64, 64) in -1..1 of z (n, latent); it knows one class, no targets."""
        signal = self.dense(z).view(-1, self.first, START, START)
        return cast(torch.Tensor, self.layers(signal))


class Discriminator(nn.Module):
    """Images (n, 1, 64, 64) in -1..1 to logits (n,): how real each is.

    Four strided convolutions, leaky ReLU after each, batch normalisation on all but the first,
    a dense layer. 4,312,449 parameters at ndf 64, kernel 5.
    """

    def __init__(self, spec: GanSpec) -> None:
        super().__init__()
        widths = [spec.ndf, 2 * spec.ndf, 4 * spec.ndf, 8 * spec.ndf]
        half = (spec.kernel - 1) // 2
        layers: list[nn.Module] = [
            nn.Conv2d(1, widths[0], spec.kernel, stride=2, padding=half),
            nn.LeakyReLU(spec.leak),
        ]
        for before, after in pairwise(widths):
            layers += [
                nn.Conv2d(before, after, spec.kernel, stride=2, padding=half, bias=False),
                nn.BatchNorm2d(after),
                nn.LeakyReLU(spec.leak),
            ]
        self.layers = nn.Sequential(*layers)
        self.dense = nn.Linear(widths[-1] * START * START, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (n,) of images (n, 1, 64, 64) in -1..1."""
        return self.opinion(images).realness

    def opinion(self, images: torch.Tensor, targets: torch.Tensor | None = None) -> Opinion:
        """What it thinks of images (n, 1, 64, 64) in -1..1; it knows one class, no targets."""
        seen = self.layers(images).flatten(1)
        return Opinion(cast(torch.Tensor, self.dense(seen).squeeze(1)), seen)


def doubling(before: int, after: int, kernel: int, *, bias: bool = False) -> nn.ConvTranspose2d:
    """Doubles the side: with an odd kernel k, padding (k-1)/2 and output padding 1."""
    return nn.ConvTranspose2d(
        before,
        after,
        kernel,
        stride=2,
        padding=(kernel - 1) // 2,
        output_padding=kernel % 2,
        bias=bias,
    )


def initialise(network: nn.Module, sd: float, generator: torch.Generator) -> None:
    """Weights N(0, sd), batch-normalisation gains N(1, sd), biases 0 (section 3.2; DCGAN)."""
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.normal_(1.0, sd, generator=generator)
                module.bias.zero_()
            elif isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                module.weight.normal_(0.0, sd, generator=generator)
                if module.bias is not None:
                    module.bias.zero_()
