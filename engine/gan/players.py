"""The two players of each kind, as their training starts, and the generator's running average."""

from __future__ import annotations

import copy
from collections.abc import Generator as Generating
from dataclasses import dataclass
from typing import cast

import torch
from torch import nn

from engine.errors import EngineError
from engine.gan.acgan import (
    AcganDiscriminator,
    AcganGenerator,
    OdenaDiscriminator,
    OdenaGenerator,
)
from engine.gan.cda import CdaDiscriminator, CdaGenerator, initialise_cda
from engine.gan.latent import training_noise
from engine.gan.networks import Critic, Discriminator, Generator, initialise
from engine.specs import GanSpec

GENERATORS: tuple[tuple[str, type[nn.Module]], ...] = (
    ("dcgan", Generator),
    ("acgan-dcgan", AcganGenerator),
    ("acgan-odena", OdenaGenerator),
    ("cda", CdaGenerator),
)
"""The generator of each kind; a kind is also the kind of its checkpoint."""

CLASSIFYING: tuple[tuple[str, type[nn.Module]], ...] = (
    ("acgan-dcgan", AcganDiscriminator),
    ("acgan-odena", OdenaDiscriminator),
)
"""The discriminators with a class head, by kind."""

SETTLING = 16
"""Batches of fixed noise that give the averaged generator its batch statistics."""


@dataclass(frozen=True)
class Players:
    """A generator and its discriminator, with their weights as training starts."""

    generator: nn.Module
    discriminator: nn.Module

    @property
    def critic(self) -> Critic:
        """The discriminator, by what it answers."""
        return cast(Critic, self.discriminator)


def players(spec: GanSpec, chance: torch.Generator) -> Players:
    """Both networks of a recipe; all draws come from `chance`. EngineError for another kind."""
    generator = generator_of(spec)
    if isinstance(generator, CdaGenerator):
        initialise_cda(generator, chance)
        return Players(generator, CdaDiscriminator(spec, chance))
    discriminator = discriminator_of(spec)
    for network in (generator, discriminator):
        initialise(network, spec.init_sd, chance)
    return Players(generator, discriminator)


def generator_of(spec: GanSpec) -> nn.Module:
    """A generator of the recipe's kind, untrained; EngineError for a kind there is not."""
    for kind, maker in GENERATORS:
        if kind == spec.kind:
            return maker(spec)
    known = ", ".join(kind for kind, _ in GENERATORS)
    raise EngineError(f"There is no generator of kind “{spec.kind}”; choose one of {known}.")


def discriminator_of(spec: GanSpec) -> nn.Module:
    """A discriminator of the recipe's kind, other than "cda", untrained."""
    return dict(CLASSIFYING).get(spec.kind, Discriminator)(spec)


def has_class_head(spec: GanSpec) -> bool:
    """Whether the discriminator can be read as a classifier."""
    return spec.kind in dict(CLASSIFYING)


class Averaged:
    """A generator whose weights follow another's as an exponential moving average.

    Yazici et al. 2019, arXiv:1806.04498. The average begins short and lengthens to `decay`.
    Batch statistics of the moving weights would not fit the averaged ones; they are measured anew
    before draws ("standing statistics", Brock et al. 2019, arXiv:1809.11096).
    """

    def __init__(self, network: nn.Module, spec: GanSpec) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False)
        self._spec = spec

    @torch.no_grad()
    def follow(self, network: nn.Module, step: int) -> None:
        """Move a little towards the weights of `network` after its step `step`."""
        share = 1 - min(self._spec.ema, (1 + step) / (10 + step))
        for own, other in zip(self.network.parameters(), network.parameters(), strict=True):
            own.lerp_(other, share)

    def settle(self, device: torch.device) -> Generating[None, None, None]:
        """Measure the batch statistics of the averaged weights on fixed noise of all classes.

        A beat after each batch.
        """
        norms = [m for m in self.network.modules() if isinstance(m, nn.BatchNorm2d)]
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the plain mean over the batches
        chance = torch.Generator().manual_seed(0)
        targets = torch.arange(self._spec.batch).to(device) % self._spec.classes
        self.network.train()
        for _ in range(SETTLING):
            noise = training_noise(self._spec, self._spec.batch, chance).to(device)
            with torch.no_grad():
                self.network(noise, targets)
            yield
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
