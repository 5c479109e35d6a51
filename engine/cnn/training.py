"""Training of the classifier (section 2.2): Nesterov SGD, batches of 64, last batch kept.

A training that was killed or closed goes on from its last saved state when it is started again in
the same folder, and gives the bytes of one that never stopped (engine.resume).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from engine import checkpoint, resume
from engine.checkpoint import CheckpointMeta, RunFacts
from engine.cnn.evaluation import KIND, as_input, probabilities
from engine.cnn.examples import Examples, gather
from engine.cnn.fresh import Fresh
from engine.cnn.networks import LesionCnn, build
from engine.cnn.watching import Numbers, Watch
from engine.device import (
    Device,
    best_device,
    memory_in_words,
    precision,
    seed_everything,
    sitting,
)
from engine.errors import EngineError
from engine.jobs import Progress
from engine.patches import LesionPatches, test_indices
from engine.resume import Every, Order, State
from engine.specs import CnnTraining, spec_hash, to_json

MODEL = checkpoint.MODEL
TELL_EVERY = 0.2
"""Seconds between two reports; also how soon a cancel is seen."""


@dataclass(frozen=True)
class CnnResult:
    """What a run gave: `probabilities` (n, classes) of the test fold's ROIs `ids`, out of fold.

    `accuracy`, `correct`, `n` are None where all folds were trained on.
    """

    checkpoint: Path
    checksum: str
    accuracy: float | None
    correct: int | None
    n: int | None
    ids: tuple[str, ...]
    probabilities: npt.NDArray[np.float32] = field(repr=False)
    seconds: float
    steps: int
    device: str
    images: int  # trained on, with all that was added


def train(
    spec: CnnTraining, paths: tuple[Path, ...], every: Every | None = None
) -> Generator[Progress, None, CnnResult]:
    """Train on paths (patches.npz, output folder[, synthetic.npz]) and test on the test fold.

    Progress.metrics: loss and accuracy over the training images since the last report; where the
    recipe holds patients out, now and then those of a look at them (engine.cnn.watching). `every`
    says when the state is saved (each minute). Raises EngineError with a sentence. Closing the
    generator ends the step at hand and saves the state after it; it leaves no checkpoint.
    """
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    patches = LesionPatches.load(paths[0])
    patches.check(spec.cnn.slices)
    test_indices(patches, spec.folds, spec.test_fold)  # refuses an empty test fold at once
    yield Progress(0, 1, "Drawing training images")
    with memory_in_words():
        synthetic = paths[2] if len(paths) > 2 else None
        examples = gather(patches, spec, synthetic)
        device = best_device()
        fit = _Fit(spec, patches, examples, device)
        watch = Watch(spec, patches, fit.total, device)
        key = _key(spec, patches, synthetic, device)
        before = yield from _fitted(fit, watch, paths[1], key, every or Every(), clock)
    seconds = time.monotonic() - clock + before
    facts = RunFacts(started, seconds, fit.total)
    trained = Trained(fit.network.cpu().eval(), len(examples.targets), device)
    return finish(spec, patches, paths[1], trained, facts)


@dataclass(frozen=True)
class Trained:
    """A network that has had its steps, on the CPU: on how many `images` and on which device."""

    network: LesionCnn
    images: int
    device: Device


def finish(
    spec: CnnTraining, patches: LesionPatches, folder: Path, trained: Trained, facts: RunFacts
) -> CnnResult:
    """Write a trained network's checkpoint and `run.json` into the folder and test it.

    A saved state of its training goes. EngineError where a weight is no number; CheckpointError
    where the folder cannot take it.
    """
    network, device = trained.network, trained.device
    checksum = checkpoint.save_network(folder, network, meta_of(spec, patches, device))
    checkpoint.write_facts(folder, facts)
    resume.drop(folder)
    tested = test_indices(patches, spec.folds, spec.test_fold)
    found = probabilities(network, patches.images[tested])
    correct = int((found.argmax(1) == patches.targets[tested]).sum())
    return CnnResult(
        checkpoint=folder / MODEL,
        checksum=checksum,
        accuracy=correct / len(tested) if len(tested) else None,
        correct=correct if len(tested) else None,
        n=len(tested) or None,
        ids=tuple(patches.ids[i] for i in tested),
        probabilities=found,
        seconds=facts.seconds,
        steps=facts.steps,
        device=device.name,
        images=trained.images,
    )


def total_steps(spec: CnnTraining, images: int) -> int:
    """SGD steps of a run: the fixed number, or epochs of all batches, the last one partial."""
    return spec.steps or spec.cnn.epochs * math.ceil(images / spec.cnn.batch)


def _fitted(
    fit: _Fit, watch: Watch, folder: Path, key: str, every: Every, clock: float
) -> Generator[Progress, None, float]:
    """Train to the end, from the saved state where there is one.

    `clock`: when this sitting began; returns the seconds of the sittings before it.
    """
    found, meter, done, before = resume.look(folder, key), _Meter(), 0, 0.0
    if found.state is not None:
        fit.restore(found.state)
        numbers = dict(found.state.numbers)
        done, before, watch.told = (
            found.state.step,
            numbers["seconds"],
            int(numbers.get("watched", 0)),
        )
    yield Progress(done, fit.total, found.reason or "Training")
    if watch.is_due(done) and watch.told < done:  # a pause cut this look off
        yield from _looked(fit, watch, done)
    keep = _keeper(fit, watch, folder, key, clock - before)
    for step in range(done + 1, fit.total + 1):
        taking = _taken(fit, watch, step, meter)
        try:
            for seen in taking:
                if seen:
                    watch.told = step
                    yield Progress(step, fit.total, "Training", seen)
                elif meter.is_due():
                    yield Progress(step, fit.total, "Training", meter.told(step))
        except GeneratorExit:  # paused or closed: only after a whole step can it go on
            for _ in taking:
                pass
            keep(step)
            raise
        if step < fit.total and every.is_due():
            keep(step)
    return before


def _taken(fit: _Fit, watch: Watch, step: int, meter: _Meter) -> Iterator[Numbers]:
    """One step and the look that ends it where one is due: its numbers, at other beats none."""
    for _ in fit.step(step, meter):
        yield ()
    if watch.is_due(step):
        yield from watch.look(fit.network)


def _looked(fit: _Fit, watch: Watch, step: int) -> Iterator[Progress]:
    """A look by itself, at a network that went back to its state after `step`."""
    for seen in watch.look(fit.network):
        if seen:
            watch.told = step
        yield Progress(step, fit.total, "Training", seen)


def _keeper(fit: _Fit, watch: Watch, folder: Path, key: str, began: float) -> Callable[[int], None]:
    """What saves the state after a step; `began`: when the training would have begun unpaused."""

    def keep(step: int) -> None:
        numbers: Numbers = (("seconds", time.monotonic() - began),)
        if watch.is_on:
            numbers = (*numbers, ("watched", float(watch.told)))
        resume.save(folder, key, State(step, fit.tensors(), numbers))

    return keep


class _Fit:
    """The network, its optimiser, the images and their order."""

    def __init__(
        self, spec: CnnTraining, patches: LesionPatches, examples: Examples, device: Device
    ) -> None:
        generator = seed_everything(spec.seed)
        self._spec, self._device = spec.cnn, device
        self.network = build(spec.cnn, generator)
        self.network.mean_image.copy_(torch.from_numpy(examples.mean_image())[None])
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.network.to(device.torch).train()
        self._optimiser = torch.optim.SGD(
            self.network.parameters(),
            lr=spec.cnn.learning_rate,
            momentum=spec.cnn.momentum,
            nesterov=spec.cnn.momentum > 0,
        )
        self._images = as_input(examples.images).to(device.torch)
        self._targets = torch.from_numpy(examples.targets).to(device.torch)
        self._order = Order(len(examples.targets), spec.cnn.batch, generator)
        self._fresh = (
            Fresh(patches, examples, spec.augmentation, spec.seed) if spec.on_the_fly else None
        )
        self.total = total_steps(spec, len(examples.targets))

    def step(self, number: int, meter: _Meter) -> Iterator[None]:
        """One step of the optimiser; yields after each part of the batch."""
        index = self._order.next()
        images = self._shown(index, number)
        targets = self._targets[index.to(self._device.torch)]
        self._optimiser.zero_grad(set_to_none=True)
        part = self._spec.micro_batch
        parts = zip(torch.split(images, part), torch.split(targets, part), strict=True)
        for some, theirs in parts:
            self._backward(some, theirs, len(index), meter)
            yield
        self._optimiser.step()

    def tensors(self) -> resume.Tensors:
        """All that the steps to come depend on."""
        return {
            **resume.network_tensors("network", self.network),
            **resume.optimiser_tensors("optimiser", self._optimiser),
            **self._order.tensors("order"),
            **resume.random_tensors("dropout"),
        }

    def restore(self, state: State) -> None:
        """Return to a saved state."""
        resume.restore_network("network", self.network, state.tensors)
        resume.restore_optimiser("optimiser", self._optimiser, state.tensors)
        self._order.restore("order", state.tensors)
        resume.restore_random("dropout", None, state.tensors)

    def _shown(self, index: torch.Tensor, step: int) -> torch.Tensor:
        if self._fresh is None:
            return self._images[index.to(self._device.torch)]
        return as_input(self._fresh.images(index.numpy(), step)).to(self._device.torch)

    def _backward(
        self, images: torch.Tensor, targets: torch.Tensor, batch: int, meter: _Meter
    ) -> None:
        """Add a part's gradients, weighted so that all parts make the batch's mean."""
        with precision(self._spec.precision, self._device.torch):
            logits = self.network(images.contiguous(memory_format=torch.channels_last))
            loss = functional.cross_entropy(logits, targets, reduction="sum")
        (loss / batch).backward()  # type: ignore[no-untyped-call]
        meter.add(loss.detach(), (logits.detach().argmax(1) == targets).sum(), len(targets))


class _Meter:
    """Loss and accuracy since the last report; tensors are only read when one is due."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._at = time.monotonic()
        self._loss = self._correct = torch.zeros(())
        self._count = 0

    def add(self, loss: torch.Tensor, correct: torch.Tensor, count: int) -> None:
        self._loss = self._loss.to(loss.device) + loss
        self._correct = self._correct.to(loss.device) + correct
        self._count += count

    def is_due(self) -> bool:
        return self._count > 0 and time.monotonic() - self._at >= TELL_EVERY

    def told(self, step: int) -> tuple[tuple[str, float], ...]:
        """The numbers, and a new beginning; EngineError where the loss is no number."""
        loss, accuracy = float(self._loss) / self._count, float(self._correct) / self._count
        if not math.isfinite(loss):
            raise EngineError(
                f"The training diverged at step {step}: its loss is no longer a number. Choose a "
                "smaller learning rate and train again."
            )
        self._begin()
        return (("loss", loss), ("accuracy", accuracy))


def _key(spec: CnnTraining, patches: LesionPatches, synthetic: Path | None, device: Device) -> str:
    """What a saved state must have been made of for the training to go on from it."""
    added = sha256(synthetic.read_bytes()).hexdigest() if spec.synthetic and synthetic else ""
    return spec_hash(to_json(spec), patches.data_hash(), added, *sitting(device))


def meta_of(spec: CnnTraining, patches: LesionPatches, device: Device) -> CheckpointMeta:
    """What a classifier's checkpoint says of itself."""
    return CheckpointMeta(
        kind=KIND,
        spec=to_json(spec),
        classes=patches.classes,
        data_hash=patches.data_hash(),
        seed=spec.seed,
        fold=spec.test_fold,
        device=device.kind,
        precision=spec.cnn.precision,
    )
