"""Floating-point operations of a training step, from its spec alone (no torch is loaded).

A multiplication and an addition are two operations. Convolutions and dense layers are counted;
what is done once a pixel (bias, ReLU, normalisation, the optimiser) is not: it is below 1 %. A
layer's backward pass costs its forward pass twice, once for its weights and once for its input;
nobody asks for the gradient of the images or of z.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from engine.specs import SIDE, CnnSpec, GanSpec

START = 4
"""Side of a generator's first feature map, px."""

PER_MAC = 2


@dataclass(frozen=True)
class NetworkCost:
    """Multiply-adds of one image: `layers` of the forward pass, the first of them first."""

    layers: tuple[int, ...]

    @property
    def forward(self) -> int:
        """The forward pass."""
        return sum(self.layers)

    @property
    def taught(self) -> int:
        """Forward and backward for the weights; the input wants no gradient."""
        return 3 * self.forward - self.layers[0]

    @property
    def passed(self) -> int:
        """Forward and backward for the input; the weights are frozen."""
        return 2 * self.forward


def cnn_cost(spec: CnnSpec) -> NetworkCost:
    """The classifier's multiply-adds an image."""
    layers, side = [], SIDE
    for before, after in pairwise((spec.slices, *spec.channels)):
        layers.append(_convolution(side, before, after, spec.kernel))
        side //= 2
    layers += [spec.channels[-1] * side * side * spec.dense, spec.dense * spec.classes]
    return NetworkCost(tuple(layers))


def cnn_step(spec: CnnSpec, images: int = 0) -> int:
    """Operations of an SGD step on `images` ROIs, 0 = the spec's batch; 41.5e9 as in the paper."""
    return PER_MAC * (images or spec.batch) * cnn_cost(spec).taught


def gan_step(
    spec: GanSpec, images: int = 0, *, is_frozen: bool = True, is_shared: bool = False
) -> int:
    """Operations of the spec's discriminator and generator steps on `images` ROIs (0 = batch).

    `is_frozen`: the discriminator's weight gradients are not taken in the generator's pass.
    `is_shared`: the first generator step takes the images drawn for the last discriminator step,
    as textbooks do, in place of new ones. The paper's size, shared: 426e9, frozen 406e9.
    """
    drawer, critic = generator_cost(spec), discriminator_cost(spec)
    per_critic = drawer.forward + 2 * critic.taught
    through = critic.passed if is_frozen else 3 * critic.forward
    per_drawer = drawer.taught + through
    total = spec.discriminator_steps * per_critic + spec.generator_steps * per_drawer
    total -= drawer.forward if is_shared else 0
    return PER_MAC * (images or spec.batch) * total


def generator_cost(spec: GanSpec) -> NetworkCost:
    """A generator's multiply-adds an image, whatever its kind."""
    widths = [8 * spec.ngf, 4 * spec.ngf, 2 * spec.ngf, spec.ngf]
    inputs = spec.latent + (spec.classes if spec.kind.startswith("acgan") else 0)
    if spec.kind == "acgan-odena":  # engine.gan.acgan.ODENA_GENERATOR
        widths = [max(1, round(times * spec.ngf)) for times in (6, 3, 2, 1.5)]
    layers, side = [inputs * widths[0] * START * START], START
    for before, after in pairwise((*widths, 1)):
        layers.append(_convolution(side, before, after, spec.kernel))  # once an input pixel
        side *= 2
    if spec.kind == "cda":  # z enters every normalisation
        layers += [2 * spec.latent * width for width in widths]
    return NetworkCost(tuple(layers))


def discriminator_cost(spec: GanSpec) -> NetworkCost:
    """A discriminator's multiply-adds an image, whatever its kind."""
    if spec.kind == "acgan-odena":
        return _odena_discriminator(spec)
    widths = (1, spec.ndf, 2 * spec.ndf, 4 * spec.ndf, 8 * spec.ndf)
    layers, side = [], SIDE
    for before, after in pairwise(widths):
        side //= 2
        layers.append(_convolution(side, before, after, spec.kernel))
    pixels = 1 if spec.kind == "cda" else START * START
    heads = 1 + (spec.classes if spec.kind == "acgan-dcgan" else 0)
    return NetworkCost((*layers, widths[-1] * pixels * heads))


def _odena_discriminator(spec: GanSpec) -> NetworkCost:
    """Six 3x3 convolutions, every second at full side, two heads (engine.gan.acgan)."""
    widths = (1, *(max(1, times * spec.ndf // 4) for times in (1, 2, 4, 8, 16, 32)))
    layers, side = [], SIDE
    for number, (before, after) in enumerate(pairwise(widths)):
        side //= 1 + (number % 2 == 0)
        layers.append(_convolution(side, before, after, 3))
    return NetworkCost((*layers, widths[-1] * side * side * (1 + spec.classes)))


def _convolution(side: int, before: int, after: int, kernel: int) -> int:
    return side * side * before * after * kernel * kernel
