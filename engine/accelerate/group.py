"""Folds x seeds of a recipe trained together on one device, each to its own checkpoint.

ROIs stay on the device. Orders and dropout are laid out there for some steps at a time, so that a
step asks the host for nothing and can be one CUDA graph.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import torch

from engine import checkpoint
from engine.accelerate.batched import BatchedCnn, loss_of
from engine.accelerate.graphs import GraphedStep, sgd
from engine.checkpoint import MODEL, RunFacts
from engine.cnn.evaluation import as_input, probabilities
from engine.cnn.examples import Examples, gather
from engine.cnn.networks import LesionCnn, build
from engine.cnn.training import TELL_EVERY, CnnResult, meta_of, total_steps
from engine.device import Device, best_device, memory_in_words, precision, seed_everything
from engine.errors import EngineError
from engine.jobs import Progress
from engine.patches import LesionPatches, test_indices
from engine.resume import Order
from engine.specs import CnnTraining

AHEAD = 32
"""Steps whose order and dropout lie on the device; the host waits once in so many."""


def can_batch(specs: Sequence[CnnTraining]) -> bool:
    """True where `train_batched` takes these: one CnnSpec, and no ROI drawn at every step."""
    return len({spec.cnn for spec in specs}) == 1 and not any(spec.on_the_fly for spec in specs)


def train_batched(
    specs: Sequence[CnnTraining],
    patches: LesionPatches,
    folder_of: Callable[[CnnTraining], Path],
    synthetic_of: Callable[[CnnTraining], Path | None] = lambda spec: None,
    device: Device | None = None,
) -> Generator[Progress, None, tuple[CnnResult, ...]]:
    """Train all of `specs` together and test each on its test fold; results in their order.

    Each leaves what `engine.cnn.training.train` leaves: its checkpoint and `run.json` in its
    folder, as soon as it has its steps. Weights begin and ROIs come as they do there; only
    dropout's draws are others. `seconds` is a run's share of the group's time. Raises EngineError
    with a sentence, also where `can_batch` says no. Closing the generator leaves no half file.
    """
    if not can_batch(specs):
        raise EngineError(
            "These runs cannot be trained together: their networks differ, or they draw new ROIs "
            "at every step. Train them one after the other."
        )
    patches.check()
    yield Progress(0, 1, "Drawing training images")
    with memory_in_words():
        sets = []
        for number, spec in enumerate(specs):
            sets.append(gather(patches, spec, synthetic_of(spec)))
            yield Progress(0, 1, f"Drawing training images, {number + 1} of {len(specs)}")
        group = Group(specs, sets, device or best_device())
        return (yield from _driven(group, patches, folder_of))


def _driven(
    group: Group, patches: LesionPatches, folder_of: Callable[[CnnTraining], Path]
) -> Generator[Progress, None, tuple[CnnResult, ...]]:
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    results: dict[int, CnnResult] = {}
    last = max(group.totals)
    yield Progress(0, last, "Training")
    for done in range(1, last + 1):
        group.step()
        if group.meter.is_due():
            yield Progress(done, last, "Training", group.meter.told(done))
        for number, total in enumerate(group.totals):
            if total == done:
                share = (time.monotonic() - clock) / len(group.totals)
                facts = RunFacts(started, share, total)
                results[number] = _finished(group, number, patches, folder_of, facts)
    return tuple(results[number] for number in range(len(group.totals)))


class Group:
    """K networks, their images, orders and dropout, on the device."""

    def __init__(
        self, specs: Sequence[CnnTraining], sets: Sequence[Examples], device: Device
    ) -> None:
        self.specs, self.device = tuple(specs), device
        self._cnn, self._on = specs[0].cnn, device.torch
        networks, self._orders = _begun(specs, sets)
        self.network = BatchedCnn(self._cnn, networks).to(self._on).train()
        self._optimiser = sgd(
            list(self.network.parameters()),
            self._cnn.learning_rate,
            self._cnn.momentum,
            self._on,
        )
        self.totals = tuple(
            total_steps(spec, len(one.targets)) for spec, one in zip(specs, sets, strict=True)
        )
        self.sizes = tuple(len(one.targets) for one in sets)
        self._images = torch.cat([as_input(one.images) for one in sets]).to(self._on)
        self._targets = torch.cat([torch.from_numpy(one.targets) for one in sets]).to(self._on)
        self._dropout = [torch.Generator(self._on).manual_seed(spec.seed) for spec in specs]
        shape = (AHEAD, self._cnn.batch, len(specs))
        self._at = torch.zeros(1, dtype=torch.int64, device=self._on)
        self._index = torch.zeros(shape, dtype=torch.int64, device=self._on)
        self._weight = torch.zeros(shape, device=self._on)
        self._kept = torch.ones(
            AHEAD, len(specs), self._cnn.batch, self._cnn.dense, device=self._on
        )
        self._done = 0
        self.meter = _Sums(self._on)
        self._graphed = GraphedStep(self._learn, self._on)

    def step(self) -> None:
        """One SGD step of every network."""
        if self._done % AHEAD == 0:
            self._lay_out()
        self._graphed()
        self._done += 1
        self.meter.count()

    def _lay_out(self) -> None:
        """Put the order and dropout of the next AHEAD steps on the device.

        Of all of them, also where a network ends before: its draws are then those of any company.
        """
        index = torch.zeros(self._index.shape, dtype=torch.int64)
        weight = torch.zeros(self._weight.shape)
        for number, (order, first) in enumerate(zip(self._orders, self._firsts(), strict=True)):
            index[:, :, number] = first  # what fills a smaller last batch up has no weight
            for step in range(AHEAD):
                batch = order.next()
                index[step, : len(batch), number] = first + batch
                weight[step, : len(batch), number] = 1 / len(batch)
        self._index.copy_(index)
        self._weight.copy_(weight)
        self._at.zero_()
        if self._cnn.dropout:
            self._kept.copy_(self._drawn_masks())

    def _learn(self) -> None:
        index = self._index.index_select(0, self._at)[0]
        weight = self._weight.index_select(0, self._at)[0]
        kept = self._kept.index_select(0, self._at)[0] if self._cnn.dropout else None
        targets = self._targets[index]
        self._optimiser.zero_grad(set_to_none=True)
        with precision(self._cnn.precision, self._on):
            logits = self.network(self._images[index], kept)
        losses = loss_of(logits.float(), targets, weight)
        losses.sum().backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        self.meter.add(losses.detach(), ((logits.argmax(2) == targets) * weight).sum(0))
        self._at.add_(1)

    def _drawn_masks(self) -> torch.Tensor:
        """Dropout (AHEAD, K, batch, dense): each network's from a generator of its own seed."""
        shape, share = self._kept[:, 0].shape, self._cnn.dropout
        drawn = [torch.rand(shape, generator=own, device=self._on) for own in self._dropout]
        return torch.stack(drawn, 1).ge_(share).div_(1 - share)

    def _firsts(self) -> list[int]:
        """Where each network's images begin."""
        return [sum(self.sizes[:number]) for number in range(len(self.sizes))]


class _Sums:
    """Loss and accuracy since the last report, summed on the device: read only when due."""

    def __init__(self, device: torch.device) -> None:
        self._sums = torch.zeros(2, device=device)
        self._steps, self._at = 0, time.monotonic()

    def add(self, losses: torch.Tensor, right: torch.Tensor) -> None:
        """Means over the networks of a step; (K,) each."""
        self._sums.add_(torch.stack([losses.mean(), right.detach().mean()]))

    def count(self) -> None:
        """A step was asked for."""
        self._steps += 1

    def is_due(self) -> bool:
        return time.monotonic() - self._at >= TELL_EVERY

    def told(self, step: int) -> tuple[tuple[str, float], ...]:
        """The means, and a new beginning; EngineError where the loss is no number."""
        loss, accuracy = (self._sums / self._steps).tolist()
        self._sums.zero_()
        self._steps, self._at = 0, time.monotonic()
        if loss != loss or loss == float("inf"):
            raise EngineError(
                f"The training diverged at step {step}: its loss is no longer a number. Choose a "
                "smaller learning rate and train again."
            )
        return (("loss", loss), ("accuracy", accuracy))


def _begun(
    specs: Sequence[CnnTraining], sets: Sequence[Examples]
) -> tuple[list[LesionCnn], list[Order]]:
    """Fresh networks and the orders of their images, as each seed gives them."""
    networks, orders = [], []
    for spec, examples in zip(specs, sets, strict=True):
        generator = seed_everything(spec.seed)
        network = build(spec.cnn, generator)
        network.mean_image.copy_(torch.from_numpy(examples.mean_image())[None])
        networks.append(network)
        orders.append(Order(len(examples.targets), spec.cnn.batch, generator))
    return networks, orders


def _finished(
    group: Group,
    number: int,
    patches: LesionPatches,
    folder_of: Callable[[CnnTraining], Path],
    facts: RunFacts,
) -> CnnResult:
    """Write a network's checkpoint and test it."""
    spec, network = group.specs[number], group.network.network(number)
    folder = folder_of(spec)
    checksum = checkpoint.save_network(folder, network, meta_of(spec, patches, group.device))
    checkpoint.write_facts(folder, facts)
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
        device=group.device.name,
        images=group.sizes[number],
    )
