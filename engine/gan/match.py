"""A match of generator and discriminator: the networks, their optimisers, the images, a step."""

from __future__ import annotations

import math
from collections.abc import Generator as Generating
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch

from engine import resume
from engine.device import Device, precision, seed_everything
from engine.errors import CheckpointError, EngineError
from engine.gan.examples import Examples
from engine.gan.latent import sampling_noise, training_noise
from engine.gan.networks import UNKNOWN
from engine.gan.players import Averaged, players
from engine.gan.rules import Batch, rules_of
from engine.gan.synthesis import BATCH, render
from engine.jobs import SampleGrid
from engine.resume import Order, Tensors
from engine.specs import GanTraining

FloatArray = npt.NDArray[np.float32]
Metrics = tuple[tuple[str, float], ...]
SHOWN = 14
"""Pictures of a sample grid: the same seeds at every look."""
NAMES = ("loss_g", "loss_d", "d_real", "d_fake", "d_right")
"""Means of both losses, of the probability the discriminator gives to real and to fake, and the
share of images, real and fake in equal weight, that it is right about."""
LOOK_SEED = 1 << 22
"""Of all that is drawn to look at: no D_synth, no reader's and no judge's draw has it."""


class DivergedError(EngineError):
    """A loss that is no number."""


class Match:
    """Two players over the images of one class, or of all."""

    def __init__(self, spec: GanTraining, examples: Examples, device: Device) -> None:
        gan = spec.gan
        self._spec, self._device, self._names = gan, device, examples.names
        self._chance = seed_everything(spec.seed)
        self._players = players(gan, self._chance)
        for network in (self._players.generator, self._players.discriminator):
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            network.to(device.torch).train()
        self._averaged = Averaged(self._players.generator, gan) if gan.ema else None
        self._of_generator = self._adam(self._players.generator)
        self._of_critic = self._adam(self._players.discriminator)
        self._rules = rules_of(gan, self._chance, device.torch)
        self._deal = _Deal(spec, examples, self._chance, device)
        self.total = total_steps(spec, len(examples.images))
        self._sums = _Sums(device)
        self._since_look = _Sums(device)
        self._told: Metrics = ()

    def step(self, number: int = 1) -> Generating[bool, None, None]:
        """Step `number`: the discriminator's steps, then the generator's; True after the last.

        The generator's first step takes the images drawn for the discriminator's last: one noise
        sample for both players, as in the paper's equation 1, and a sixth less work.
        """
        last = self._spec.discriminator_steps - 1
        for turn in range(self._spec.discriminator_steps):
            batch = self._deal.next()
            with torch.set_grad_enabled(turn == last):
                fake = self._drawn(batch)
            loss_d, *told = self._teach_critic(batch, fake.detach())
            yield False
        for turn in range(self._spec.generator_steps):
            loss_g = self._teach_generator(batch, self._drawn(batch) if turn else fake)
        if self._averaged is not None:
            self._averaged.follow(self._players.generator, number)
        row = torch.stack([loss_g, loss_d, *told])
        self._sums.add(row)
        self._since_look.add(row)
        yield True

    def told(self, step: int) -> Metrics:
        """Means since the last report (its own again where nothing came since).

        DivergedError where a loss is no number.
        """
        self._told = self._sums.means(step) or self._told
        return self._told

    def since_look(self, step: int) -> Metrics:
        """Means since the last look, whatever was reported between; DivergedError as `told`."""
        return self._since_look.means(step)

    @property
    def shown(self) -> torch.nn.Module:
        """The generator that draws: the averaged one where the recipe keeps an average."""
        return self._players.generator if self._averaged is None else self._averaged.network

    @property
    def discriminator(self) -> torch.nn.Module:
        """The discriminator as it stands."""
        return self._players.discriminator

    def epoch(self, step: int) -> int:
        """Whole passes over the images after a step."""
        return step // self._deal.an_epoch

    @property
    def an_epoch(self) -> int:
        """Steps of one pass over the images."""
        return self._deal.an_epoch

    @property
    def draws_at_once(self) -> bool:
        """Whether samples need no `settle`: no averaged generator is kept."""
        return self._averaged is None

    def settle(self) -> Generating[None, None, None]:
        """Make the averaged generator ready to draw, beat by beat."""
        if self._averaged is not None:
            yield from self._averaged.settle(self._device.torch)

    def samples(self, epoch: int) -> tuple[SampleGrid, ...]:
        """A grid of fixed seeds for each class."""
        grids = []
        for target, name in self._names:
            noise = sampling_noise(self._spec, 0, SHOWN, LOOK_SEED, target)
            grids.append(SampleGrid(name, epoch, render(self.shown, noise, target)))
        return tuple(grids)

    def draws(self, count: int, target: int) -> Generating[None, None, FloatArray]:
        """ROIs (count, 64, 64) in 0..1 of a class and fixed seeds, beat by beat."""
        parts = []
        for first in range(0, count, BATCH):
            size = min(BATCH, count - first)
            noise = sampling_noise(self._spec, first, size, LOOK_SEED, target)
            parts.append(render(self.shown, noise, target))
            yield
        return np.concatenate(parts)

    # --- what a state is made of ------------------------------------------------------------

    def players_tensors(self) -> Tensors:
        """Networks and optimisers: what a roll-back brings back, chance excepted."""
        found = resume.network_tensors("generator", self._players.generator)
        found |= resume.network_tensors("discriminator", self._players.discriminator)
        found |= resume.optimiser_tensors("of_generator", self._of_generator)
        found |= resume.optimiser_tensors("of_discriminator", self._of_critic)
        found |= self._rules.tensors("rules")
        if self._averaged is not None:
            found |= resume.network_tensors("averaged", self._averaged.network)
        return found

    def restore_players(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Bring networks and optimisers back to a state of `players_tensors`."""
        self.restore_networks(tensors)
        resume.restore_network("generator", self._players.generator, tensors)
        resume.restore_optimiser("of_generator", self._of_generator, tensors)
        resume.restore_optimiser("of_discriminator", self._of_critic, tensors)
        self._rules.restore("rules", tensors)

    def networks_tensors(self) -> Tensors:
        """The drawing generator and the discriminator alone: what a checkpoint holds."""
        name = "generator" if self._averaged is None else "averaged"
        found = resume.network_tensors(name, self.shown)
        return found | resume.network_tensors("discriminator", self._players.discriminator)

    def restore_networks(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Bring the drawing generator and the discriminator back."""
        name = "generator" if self._averaged is None else "averaged"
        resume.restore_network(name, self.shown, tensors)
        resume.restore_network("discriminator", self._players.discriminator, tensors)

    def tensors(self) -> Tensors:
        """All that the next step depends on."""
        return {
            **self.players_tensors(),
            **self._deal.tensors(),
            **resume.random_tensors("torch"),
            "since_look": self._since_look.sums,
            "counted": torch.tensor(self._since_look.counted),
        }

    def restore(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Go on from a state of `tensors`; CheckpointError where it does not fit."""
        sums = tensors.get("since_look")
        if sums is None or len(sums) != len(NAMES) or "counted" not in tensors:
            raise CheckpointError(
                "The saved state of this training is of another version. Cancel this run and queue "
                "it again; it then starts anew."
            )
        self.restore_players(tensors)
        self._deal.restore(tensors)
        resume.restore_random("torch", None, tensors)
        self._since_look.sums = sums.to(self._device.torch)
        self._since_look.counted = int(tensors["counted"])

    def slow_down(self) -> None:
        """Halve both learning rates: the same rates would lead to the same collapse."""
        for optimiser in (self._of_generator, self._of_critic):
            for group in optimiser.param_groups:
                group["lr"] /= 2

    # --- one step ---------------------------------------------------------------------------

    def _teach_critic(self, batch: Batch, fake: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Loss, mean probabilities the discriminator gives to real and fake, share it has right."""
        self._of_critic.zero_grad(set_to_none=True)
        with precision(self._spec.precision, self._device.torch):
            loss, real, fakes = self._rules.of_discriminator(self._players.critic, batch, fake)
        loss.backward()  # type: ignore[no-untyped-call]
        self._of_critic.step()
        right = ((real > 0).float().mean() + (fakes <= 0).float().mean()) / 2
        return loss.detach(), torch.sigmoid(real).mean(), torch.sigmoid(fakes).mean(), right

    def _teach_generator(self, batch: Batch, fake: torch.Tensor) -> torch.Tensor:
        """The critic's weights are frozen: their gradients would be computed for nothing."""
        self._of_generator.zero_grad(set_to_none=True)
        self._players.discriminator.requires_grad_(False)
        with precision(self._spec.precision, self._device.torch):
            loss = self._rules.of_generator(self._players.critic, batch, fake)
        loss.backward()  # type: ignore[no-untyped-call]
        self._players.discriminator.requires_grad_(True)
        self._of_generator.step()
        return loss.detach()

    def _drawn(self, batch: Batch) -> torch.Tensor:
        noise = training_noise(self._spec, batch.labelled, self._chance)
        with precision(self._spec.precision, self._device.torch):
            drawn: torch.Tensor = self._players.generator(noise.to(self._device.torch), batch.own)
        return drawn

    def _adam(self, network: torch.nn.Module) -> torch.optim.Adam:
        spec = self._spec
        betas = (spec.beta1, spec.beta2)
        return torch.optim.Adam(network.parameters(), lr=spec.learning_rate, betas=betas)


def total_steps(spec: GanTraining, images: int) -> int:
    """Steps of a run: the fixed number, or epochs of all batches."""
    return spec.steps or spec.gan.epochs * math.ceil(images / spec.gan.batch)


class _Deal:
    """Deals the batches, the images resident on the device.

    Shuffled epochs as the paper's; for "cda" every batch holds the classes in equal parts, drawn
    with replacement. Images without a class come in batches of a quarter beside the others.
    """

    def __init__(
        self, spec: GanTraining, examples: Examples, chance: torch.Generator, device: Device
    ) -> None:
        self._device, self._chance = device.torch, chance
        self._images = _signed(examples.images, device)
        self._targets = torch.from_numpy(examples.of).to(device.torch)
        self._size = max(2, min(spec.gan.batch, len(examples.images)))
        self.an_epoch = math.ceil(len(examples.images) / self._size)
        self._balanced = spec.gan.kind == "cda"
        self._members = [
            torch.from_numpy(np.flatnonzero(examples.of == target)) for target, _ in examples.names
        ]
        self._order = Order(len(examples.images), self._size, chance)
        self._more = _signed(examples.unlabelled, device)
        self._order_of_more = Order(len(self._more), max(2, self._size // 4), chance)

    def next(self) -> Batch:
        """The next batch."""
        index = (self._equal_parts() if self._balanced else self._shuffled()).to(self._device)
        real, targets = self._images[index], self._targets[index]
        if len(self._more):
            more = self._more[self._order_of_more.next().to(self._device)]
            unknown = torch.full((len(more),), UNKNOWN, device=self._device)
            return Batch(torch.cat([real, more]), torch.cat([targets, unknown]), len(index))
        return Batch(real, targets, len(index))

    def tensors(self) -> Tensors:
        """The place in both orders, and the random state."""
        return self._order.tensors("order") | self._order_of_more.tensors("order_of_more")

    def restore(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Go to a saved place."""
        self._order.restore("order", tensors)
        self._order_of_more.restore("order_of_more", tensors)

    def _shuffled(self) -> torch.Tensor:
        index = self._order.next()
        while len(index) < 2:  # batch statistics of one image say nothing
            index = self._order.next()
        return index

    def _equal_parts(self) -> torch.Tensor:
        """As many of each class; which class has one more, where it does not divide, is drawn."""
        start = int(torch.randint(len(self._members), (1,), generator=self._chance))
        picked = torch.rand(self._size, generator=self._chance)
        found = []
        for place, share in enumerate(picked.tolist()):
            members = self._members[(start + place) % len(self._members)]
            found.append(members[min(int(share * len(members)), len(members) - 1)])
        return torch.stack(found)


class _Sums:
    """Sums of losses and answers, on the device until they are read."""

    def __init__(self, device: Device) -> None:
        self.sums = torch.zeros(len(NAMES), device=device.torch)
        self.counted = 0

    def add(self, row: torch.Tensor) -> None:
        self.sums = self.sums + row
        self.counted += 1

    def means(self, step: int) -> Metrics:
        """Means, and a new beginning; none where nothing was added."""
        if not self.counted:
            return ()
        means = (self.sums / self.counted).tolist()
        self.sums, self.counted = torch.zeros_like(self.sums), 0
        if not all(math.isfinite(value) for value in means):
            raise DivergedError(
                f"The generator's training diverged at step {step}: a loss is no longer a number. "
                "Choose a smaller learning rate and train again."
            )
        return tuple(zip(NAMES, means, strict=True))


def _signed(images: FloatArray, device: Device) -> torch.Tensor:
    """Images (n, 1, 64, 64) in -1..1 on the device."""
    return torch.from_numpy(images * 2 - 1)[:, None].to(device.torch)
