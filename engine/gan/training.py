"""Training of a per-class DCGAN (section 3.2) on originals and classic augmentation."""

from __future__ import annotations

import math
import time
from collections.abc import Generator as Generating
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from engine import checkpoint
from engine.augment import draw_folds
from engine.checkpoint import CheckpointMeta, RunFacts
from engine.cnn.training import MODEL, TELL_EVERY, batches
from engine.device import Device, best_device, memory_in_words, precision, seed_everything
from engine.errors import EngineError, TooFewError
from engine.gan.latent import sampling_noise, training_noise
from engine.gan.losses import discriminator_loss, generator_loss
from engine.gan.networks import Discriminator, Generator, initialise
from engine.gan.quality import Judge
from engine.gan.synthesis import KIND, render
from engine.jobs import Progress, SampleGrid
from engine.patches import LesionPatches, training_indices
from engine.specs import GanTraining, to_json

FloatArray = npt.NDArray[np.float32]
Metrics = tuple[tuple[str, float], ...]
SHOWN = 14
"""Pictures of the sample grid: the same seeds at every look."""
LOOKS, FEWEST_STEPS = 10, 50
"""Looks at samples and KID during a run whose spec does not say how often, and steps between."""


@dataclass(frozen=True)
class GanResult:
    """What a run gave. `kid` of 64 draws against the class's originals; None under 4 of these."""

    checkpoint: Path
    checksum: str
    kid: float | None
    seconds: float
    steps: int
    device: str
    images: int  # trained on


def train(spec: GanTraining, paths: tuple[Path, ...]) -> Generating[Progress, None, GanResult]:
    """Train on paths (patches.npz, output folder); the discriminator is thrown away.

    Progress.metrics: loss_g, loss_d, d_real, d_fake since the last report, and at each look kid,
    diversity and their bands of real against real; Progress.images: samples of fixed seeds.
    Raises EngineError with a sentence; closing the generator leaves no checkpoint.
    """
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    patches = LesionPatches.load(paths[0])
    patches.check()
    yield Progress(0, 1, "Drawing training images")
    with memory_in_words():
        originals, images = class_images(patches, spec)
        device = best_device()
        match = _Match(spec, images, device)
        judge = Judge(originals)
        name = patches.classes[spec.target]
        last = yield from _played(spec, match, judge, name)
    seconds = time.monotonic() - clock
    facts = tuple(pair for pair in last if pair[0] in ("kid", "diversity"))
    checksum = _save(paths[1], match.generator, spec, patches, device, facts)
    checkpoint.write_facts(paths[1], RunFacts(started, seconds, match.total))
    return GanResult(
        paths[1] / MODEL,
        checksum,
        dict(facts).get("kid"),
        seconds,
        match.total,
        device.name,
        len(images),
    )


def class_images(patches: LesionPatches, spec: GanTraining) -> tuple[FloatArray, FloatArray]:
    """The class's originals (n, 64, 64) of the training folds, and these with D_aug, in 0..1."""
    chosen = training_indices(patches, spec.folds, spec.test_fold)
    own = chosen[patches.targets[chosen] == spec.target]
    if len(own) < 2:
        raise TooFewError(
            f"A generator of {patches.classes[spec.target]} needs at least two ROIs in its "
            "training folds; add lesions, or train with more folds."
        )
    originals = patches.images[own]
    if not spec.classic:
        return originals, originals
    drawn = draw_folds(patches, chosen, spec.folds, spec.classic, spec.augmentation, spec.seed)
    return originals, np.concatenate([originals, drawn.images[drawn.targets == spec.target]])


def total_steps(spec: GanTraining, images: int) -> int:
    """Discriminator steps of a run: the fixed number, or epochs of all batches."""
    return spec.steps or spec.gan.epochs * math.ceil(images / spec.gan.batch)


def _played(
    spec: GanTraining, match: _Match, judge: Judge, name: str
) -> Generating[Progress, None, Metrics]:
    """Play the whole match; returns the last look's numbers."""
    look_every = match.look_every(spec.kid_every)
    told = time.monotonic()
    found: Metrics = ()
    yield Progress(0, match.total, "Training", (), (match.samples(name, 0),))
    for step in range(1, match.total + 1):
        for done in match.step():
            if time.monotonic() - told >= TELL_EVERY:
                told = time.monotonic()
                yield Progress(step - (not done), match.total, "Training", match.told(step))
        if step % look_every == 0 or step == match.total:
            found = judge.look(match.draws(judge.wanted))
            grid = match.samples(name, match.epoch(step))
            yield Progress(step, match.total, "Training", match.told(step) + found, (grid,))
            told = time.monotonic()
    return found


class _Match:
    """The two players, their optimisers and the images of one class."""

    def __init__(self, spec: GanTraining, images: FloatArray, device: Device) -> None:
        gan = spec.gan
        self._spec, self._device = gan, device
        self._noise = seed_everything(spec.seed)
        self.generator, self._critic = Generator(gan), Discriminator(gan)
        for network in (self.generator, self._critic):
            initialise(network, gan.init_sd, self._noise)
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            network.to(device.torch).train()
        self._of_generator = self._adam(self.generator)
        self._of_critic = self._adam(self._critic)
        self._images = torch.from_numpy(images * 2 - 1)[:, None].to(device.torch)
        self._batch = max(2, min(gan.batch, len(images)))
        self._order = batches(len(images), self._batch, self._noise)
        self.total = total_steps(spec, len(images))
        self._sums = torch.zeros(4, device=device.torch)
        self._counted = 0
        self._told: Metrics = ()

    def step(self) -> Generating[bool, None, None]:
        """One discriminator step and its generator steps; False between them, then True."""
        index = next(self._order)
        while len(index) < 2:  # batch statistics of one image say nothing
            index = next(self._order)
        real = self._images[index.to(self._device.torch)]
        fake = self._drawn(len(index))
        loss_d, told = self._teach_critic(real, fake.detach())
        yield False
        for _ in range(self._spec.generator_steps):
            loss_g = self._teach_generator(len(index))
        self._sums += torch.stack([loss_g, loss_d, *told])
        self._counted += 1
        yield True

    def told(self, step: int) -> Metrics:
        """Means since the last report (its own again where nothing came since).

        EngineError where a loss is no number.
        """
        if not self._counted:
            return self._told
        means = (self._sums / self._counted).tolist()
        self._sums.zero_()
        self._counted = 0
        if not all(math.isfinite(value) for value in means):
            raise EngineError(
                f"The generator's training diverged at step {step}: a loss is no longer a number. "
                "Choose a smaller learning rate and train again."
            )
        self._told = tuple(zip(("loss_g", "loss_d", "d_real", "d_fake"), means, strict=True))
        return self._told

    def look_every(self, epochs: int) -> int:
        """Steps between two looks."""
        if epochs:
            return epochs * math.ceil(len(self._images) / self._batch)
        return max(FEWEST_STEPS, self.total // LOOKS)

    def epoch(self, step: int) -> int:
        """Whole passes over the images after a step."""
        return step // math.ceil(len(self._images) / self._batch)

    def samples(self, name: str, epoch: int) -> SampleGrid:
        """The grid of fixed seeds."""
        return SampleGrid(name, epoch, self.draws(SHOWN))

    def draws(self, count: int) -> FloatArray:
        """ROIs (count, 64, 64) in 0..1 of fixed seeds."""
        parts = [
            render(self.generator, sampling_noise(self._spec, first, min(16, count - first), 0))
            for first in range(0, count, 16)
        ]
        return np.concatenate(parts)

    def _teach_critic(
        self, real: torch.Tensor, fake: torch.Tensor
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        """Real and fake pass separately, each with its own batch statistics."""
        self._of_critic.zero_grad(set_to_none=True)
        with precision(self._spec.precision, self._device.torch):
            on_real, on_fake = self._critic(real), self._critic(fake)
            loss = discriminator_loss(on_real.float(), on_fake.float())
        loss.backward()  # type: ignore[no-untyped-call]
        self._of_critic.step()
        means = (torch.sigmoid(on_real.detach()).mean(), torch.sigmoid(on_fake.detach()).mean())
        return loss.detach(), means

    def _teach_generator(self, count: int) -> torch.Tensor:
        """The critic's weights are frozen: their gradients would be computed for nothing."""
        self._of_generator.zero_grad(set_to_none=True)
        self._critic.requires_grad_(False)
        with precision(self._spec.precision, self._device.torch):
            loss = generator_loss(self._critic(self._drawn(count)).float())
        loss.backward()  # type: ignore[no-untyped-call]
        self._critic.requires_grad_(True)
        self._of_generator.step()
        return loss.detach()

    def _drawn(self, count: int) -> torch.Tensor:
        noise = training_noise(self._spec, count, self._noise).to(self._device.torch)
        drawn: torch.Tensor = self.generator(noise)
        return drawn

    def _adam(self, network: torch.nn.Module) -> torch.optim.Adam:
        spec = self._spec
        betas = (spec.beta1, spec.beta2)
        return torch.optim.Adam(network.parameters(), lr=spec.learning_rate, betas=betas)


def _save(
    folder: Path,
    network: Generator,
    spec: GanTraining,
    patches: LesionPatches,
    device: Device,
    facts: Metrics,
) -> str:
    network.cpu().eval()
    if not all(torch.isfinite(p).all() for p in network.parameters()):
        raise EngineError(
            "The generator's training diverged: some weights are no longer numbers. Choose a "
            "smaller learning rate and train again."
        )
    meta = CheckpointMeta(
        kind=KIND,
        spec=to_json(spec),
        classes=patches.classes,
        data_hash=patches.data_hash(),
        seed=spec.seed,
        category=patches.classes[spec.target],
        fold=spec.test_fold,
        device=device.kind,
        precision=spec.gan.precision,
        facts=tuple(sorted(facts)),
    )
    return checkpoint.save(folder / MODEL, network.state_dict(), meta)
