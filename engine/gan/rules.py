"""What each player is taught: the losses of a kind put together, over one batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch

from engine.gan.diffaugment import diff_augment
from engine.gan.losses import (
    class_loss,
    discriminator_loss,
    feature_matching,
    generator_loss,
    hinge_discriminator_loss,
    hinge_generator_loss,
    lecam,
    pixel_loss,
)
from engine.gan.networks import Critic, Opinion
from engine.specs import GanSpec

ANCHOR_DECAY = 0.99
"""Of LeCam's moving averages (Tseng et al. 2021, section 3.3)."""


@dataclass(frozen=True)
class Batch:
    """Real images (n, 1, 64, 64) in -1..1 and their classes (n,).

    The last `n - labelled` are without a class (-1). Fakes are made in the classes of the others.
    """

    real: torch.Tensor
    targets: torch.Tensor
    labelled: int

    @property
    def own(self) -> torch.Tensor:
        """The classes of the labelled images, and of the fakes."""
        return self.targets[: self.labelled]


Taught = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Loss, and the discriminator's logits on real and on fake."""


class Rules(Protocol):
    """The losses of one kind of match."""

    def of_discriminator(self, critic: Critic, batch: Batch, fake: torch.Tensor) -> Taught:
        """What the discriminator minimises, and its answers."""

    def of_generator(self, critic: Critic, batch: Batch, fake: torch.Tensor) -> torch.Tensor:
        """What the generator minimises; the critic's weights are frozen meanwhile."""

    def tensors(self, name: str) -> dict[str, torch.Tensor]:
        """What the rules remember between steps."""

    def restore(self, name: str, tensors: Mapping[str, torch.Tensor]) -> None:
        """Remember it again."""


class Entropy:
    """Cross-entropy of equation 1; with a class head, its loss for both (section 3.3).

    D minimises L_S + auxiliary * L_C over real and fake, G its own L_S + auxiliary * L_C on fake.
    Images without a class count for L_S alone: the semi-supervised arm.
    """

    def __init__(self, spec: GanSpec) -> None:
        self._spec = spec

    def of_discriminator(self, critic: Critic, batch: Batch, fake: torch.Tensor) -> Taught:
        """Real and fake pass separately, each with its own batch statistics."""
        on_real = critic.opinion(batch.real, batch.targets)
        on_fake = critic.opinion(fake, batch.own)
        loss = discriminator_loss(on_real.realness.float(), on_fake.realness.float())
        named = self._named(on_real, batch.targets) + self._named(on_fake, batch.own)
        for one in named:
            loss = loss + self._spec.auxiliary * one
        return loss, on_real.realness.detach(), on_fake.realness.detach()

    def of_generator(self, critic: Critic, batch: Batch, fake: torch.Tensor) -> torch.Tensor:
        """The non-saturating loss, the class's, and the terms of the future-work arms."""
        on_fake = critic.opinion(fake, batch.own)
        loss = generator_loss(on_fake.realness.float())
        for one in self._named(on_fake, batch.own):
            loss = loss + self._spec.auxiliary * one
        return _with_terms(self._spec, loss, critic, batch, fake, on_fake)

    def tensors(self, name: str) -> dict[str, torch.Tensor]:
        """Nothing is remembered."""
        return {}

    def restore(self, name: str, tensors: Mapping[str, torch.Tensor]) -> None:
        """Nothing is remembered."""

    def _named(self, opinion: Opinion, targets: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The class head's loss, where there is a class head."""
        if opinion.classes is None:
            return ()
        return (class_loss(opinion.classes.float(), targets),)


class Hinge:
    """Hinge losses on augmented images, with LeCam's regulariser: the match of "cda"."""

    def __init__(self, spec: GanSpec, chance: torch.Generator, device: torch.device) -> None:
        self._spec, self._chance = spec, chance
        self._anchors = torch.zeros(2, device=device)

    def of_discriminator(self, critic: Critic, batch: Batch, fake: torch.Tensor) -> Taught:
        """Real and fake pass together: there are no batch statistics to keep apart."""
        shown = diff_augment(torch.cat([batch.real, fake]), self._chance)
        told = critic.opinion(shown, torch.cat([batch.targets, batch.own])).realness.float()
        real, fakes = told[: len(batch.real)], told[len(batch.real) :]
        loss = hinge_discriminator_loss(real, fakes)
        if self._spec.lecam:
            now = torch.stack([real.detach().mean(), fakes.detach().mean()])
            self._anchors = self._anchors.lerp(now, 1 - ANCHOR_DECAY)
            loss = loss + self._spec.lecam * lecam(real, fakes, self._anchors)
        return loss, real.detach(), fakes.detach()

    def of_generator(self, critic: Critic, batch: Batch, fake: torch.Tensor) -> torch.Tensor:
        """The hinge loss of augmented fakes, and the terms of the future-work arms."""
        on_fake = critic.opinion(diff_augment(fake, self._chance), batch.own)
        loss = hinge_generator_loss(on_fake.realness.float())
        return _with_terms(self._spec, loss, critic, batch, fake, on_fake)

    def tensors(self, name: str) -> dict[str, torch.Tensor]:
        """LeCam's moving averages."""
        return {f"{name}.anchors": self._anchors}

    def restore(self, name: str, tensors: Mapping[str, torch.Tensor]) -> None:
        """LeCam's moving averages."""
        self._anchors = tensors[f"{name}.anchors"].to(self._anchors.device)


def rules_of(spec: GanSpec, chance: torch.Generator, device: torch.device) -> Rules:
    """The rules of a recipe's kind."""
    return Hinge(spec, chance, device) if spec.kind == "cda" else Entropy(spec)


def _with_terms(
    spec: GanSpec,
    loss: torch.Tensor,
    critic: Critic,
    batch: Batch,
    fake: torch.Tensor,
    on_fake: Opinion,
) -> torch.Tensor:
    """The loss and what the recipe adds: feature matching (semi-supervised arm), L1 or L2.

    Features are matched to those of the labelled images, whose classes the fakes have: in a
    per-class generator's match the others may be of any class.
    """
    real = batch.real[: batch.labelled]
    if spec.feature_matching:
        with torch.no_grad():
            on_real = critic.opinion(real, batch.own)
        apart = feature_matching(on_real.seen.float(), on_fake.seen.float())
        loss = loss + spec.feature_matching * apart
    if spec.pixel_norm and spec.pixel_weight:
        near = pixel_loss(fake.float(), batch.own, real, batch.own, spec.pixel_norm)
        loss = loss + spec.pixel_weight * near
    return loss
