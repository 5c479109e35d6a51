"""Folds x seeds of a recipe trained together on one device, each to its own checkpoint.

ROIs stay on the device. Orders and dropout are laid out there for some steps at a time, so that a
step asks the host for nothing and can be one CUDA graph.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch

from engine.accelerate.batched import BatchedCnn, loss_of
from engine.accelerate.drawing import Laid, lay
from engine.accelerate.graphs import GraphedStep, sgd
from engine.accelerate.resident import ResidentCrops
from engine.checkpoint import RunFacts
from engine.cnn.networks import LesionCnn, build
from engine.cnn.training import TELL_EVERY, CnnResult, Trained, finish, total_steps
from engine.device import Device, best_device, memory_in_words, precision, seed_everything
from engine.errors import EngineError
from engine.jobs import Progress
from engine.patches import LesionPatches
from engine.resume import Order
from engine.specs import CnnTraining

Numbers = tuple[tuple[str, float], ...]

AHEAD = 32
"""Steps whose order and dropout lie on the device; the host waits once in so many."""


@dataclass(frozen=True)
class GroupProgress(Progress):
    """Progress of a group: `metrics` are means over the networks that still train.

    `each` has every network's own numbers, by its place among the specs; `ended` the networks that
    have had their steps and are tested since the last report.
    """

    each: tuple[tuple[int, Numbers], ...] = ()
    ended: tuple[tuple[int, CnnResult], ...] = ()


def can_batch(specs: Sequence[CnnTraining]) -> bool:
    """True where `train_batched` takes these: one CnnSpec, no ROI watched or drawn at each step."""
    alone = any(spec.on_the_fly or spec.validation for spec in specs)
    return len({spec.cnn for spec in specs}) == 1 and not alone


def train_batched(
    specs: Sequence[CnnTraining],
    patches: LesionPatches,
    folder_of: Callable[[CnnTraining], Path],
    synthetic_of: Callable[[CnnTraining], Path | None] = lambda spec: None,
    device: Device | None = None,
    crops: ResidentCrops | None = None,
) -> Generator[Progress, None, tuple[CnnResult, ...]]:
    """Train all of `specs` together and test each on its test fold; results in their order.

    Each leaves what `engine.cnn.training.train` leaves: its checkpoint and `run.json` in its
    folder, as soon as it has its steps; the others go on without it. Weights begin and ROIs come
    as they do there; only dropout's draws are others. `seconds` is a run's share of the group's
    time. With `crops` (of all ROIs, on the device) D_aug is drawn from them there, in place of the
    CPU. Progress while the networks train is `GroupProgress`. Raises EngineError with a sentence,
    also where `can_batch` says no. Closing the generator leaves no half file.
    """
    if not can_batch(specs):
        raise EngineError(
            "These runs cannot be trained together: their networks differ, or they draw new ROIs "
            "at every step, or watch patients. Train them one after the other."
        )
    patches.check(specs[0].cnn.slices)
    chosen = device or best_device()
    yield Progress(0, 1, "Drawing training images")
    with memory_in_words():
        sets = []
        for number, spec in enumerate(specs):
            sets.append(lay(patches, spec, synthetic_of(spec), chosen.torch, crops))
            yield Progress(0, 1, f"Drawing training images, {number + 1} of {len(specs)}")
        group = Group(specs, sets, chosen)
        sets.clear()  # joined on the device now
        return (yield from _driven(group, patches, folder_of))


def _driven(
    group: Group, patches: LesionPatches, folder_of: Callable[[CnnTraining], Path]
) -> Generator[Progress, None, tuple[CnnResult, ...]]:
    started, clock, share = _now(), time.monotonic(), 0.0
    results: dict[int, CnnResult] = {}
    last = max(group.totals)
    yield Progress(0, last, "Training")
    for done in range(1, last + 1):
        group.step()
        if group.meter.is_due():
            yield _told(group, done, last)
        ending = group.ending()
        if ending:
            now = time.monotonic()
            share, clock = share + (now - clock) / len(group.alive), now
            facts = RunFacts(started, share, done)
            ended = {number: _ended(group, number, patches, folder_of, facts) for number in ending}
            results.update(ended)
            group.go_on()
            yield GroupProgress(done, last, "Training", ended=tuple(ended.items()))
    return tuple(results[number] for number in range(len(group.totals)))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _ended(
    group: Group,
    number: int,
    patches: LesionPatches,
    folder_of: Callable[[CnnTraining], Path],
    facts: RunFacts,
) -> CnnResult:
    spec = group.specs[number]
    return finish(spec, patches, folder_of(spec), group.trained(number), facts)


def _told(group: Group, done: int, last: int) -> GroupProgress:
    """The numbers since the last report, each network's and their means."""
    own = group.meter.told(done)
    columns = zip(*own, strict=True)
    means = tuple((one[0][0], sum(value for _, value in one) / len(one)) for one in columns)
    return GroupProgress(
        done, last, "Training", means, each=tuple(zip(group.alive, own, strict=True))
    )


class Group:
    """K networks, their images, orders and dropout, on the device.

    `alive` are the places among the specs of the networks that still train.
    """

    def __init__(self, specs: Sequence[CnnTraining], sets: Sequence[Laid], device: Device) -> None:
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
        self.alive = tuple(range(len(specs)))
        self._images = torch.cat([one.images for one in sets])
        self._targets = torch.cat([one.targets for one in sets])
        self._dropout = [torch.Generator(self._on).manual_seed(spec.seed) for spec in specs]
        shape = (AHEAD, self._cnn.batch, len(specs))
        self._at = torch.zeros(1, dtype=torch.int64, device=self._on)
        self._index = torch.zeros(shape, dtype=torch.int64, device=self._on)
        self._weight = torch.zeros(shape, device=self._on)
        self._kept = torch.ones(
            AHEAD, len(specs), self._cnn.batch, self._cnn.dense, device=self._on
        )
        self._done = 0
        self.meter = _Sums(len(specs), self._on)
        self._graphed = GraphedStep(self._learn, self._on)

    def step(self) -> None:
        """One SGD step of every network."""
        if self._done % AHEAD == 0:
            self._lay_out()
        self._graphed()
        self._done += 1
        self.meter.count()

    def ending(self) -> tuple[int, ...]:
        """The living networks that have had their steps now, by their place among the specs."""
        return tuple(number for number in self.alive if self.totals[number] == self._done)

    def trained(self, number: int) -> Trained:
        """A living network as it is now, by itself."""
        alone = self.network.network(self.alive.index(number))
        return Trained(alone, self.sizes[number], self.device)

    def go_on(self) -> None:
        """Leave the networks that have had their steps; a step costs as many as still train."""
        rows = [row for row, number in enumerate(self.alive) if self.totals[number] > self._done]
        if not rows:
            return
        self.alive = tuple(self.alive[row] for row in rows)
        self._orders = [self._orders[row] for row in rows]
        self._dropout = [self._dropout[row] for row in rows]
        at = torch.tensor(rows, device=self._on)
        self.network.keep(at)
        for state in self._optimiser.state.values():
            for name, sums in state.items():
                state[name] = sums[at] if sums is not None else None
        self._index, self._weight = self._index[:, :, at], self._weight[:, :, at]
        self._kept = self._kept[:, at]
        self.meter.keep(at)
        self._graphed = GraphedStep(self._learn, self._on)  # the old graph holds the old tensors

    def _lay_out(self) -> None:
        """Put the order and dropout of the next AHEAD steps on the device.

        Of all of them, also where a network ends before: its draws are then those of any company.
        """
        starts = [sum(self.sizes[:number]) for number in self.alive]
        index = torch.zeros(self._index.shape, dtype=torch.int64)
        weight = torch.zeros(self._weight.shape)
        for row, (order, first) in enumerate(zip(self._orders, starts, strict=True)):
            index[:, :, row] = first  # what fills a smaller last batch up has no weight
            for step in range(AHEAD):
                batch = order.next()
                index[step, : len(batch), row] = first + batch
                weight[step, : len(batch), row] = 1 / len(batch)
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


class _Sums:
    """Each network's loss and accuracy since the last report, summed on the device.

    They are read only when a report is due.
    """

    def __init__(self, count: int, device: torch.device) -> None:
        self._sums = torch.zeros(2, count, device=device)
        self._steps, self._at = 0, time.monotonic()

    def add(self, losses: torch.Tensor, right: torch.Tensor) -> None:
        """Means over the ROIs of a step; (K,) each."""
        self._sums.add_(torch.stack([losses, right.detach()]))

    def keep(self, rows: torch.Tensor) -> None:
        """Go on with some of the networks."""
        self._sums = self._sums[:, rows]

    def count(self) -> None:
        """A step was asked for."""
        self._steps += 1

    def is_due(self) -> bool:
        return time.monotonic() - self._at >= TELL_EVERY

    def told(self, step: int) -> tuple[Numbers, ...]:
        """Each network's means, and a new beginning; EngineError where a loss is no number."""
        losses, accuracies = (self._sums / self._steps).tolist()
        self._sums.zero_()
        self._steps, self._at = 0, time.monotonic()
        if not all(map(math.isfinite, losses)):
            raise EngineError(
                f"The training diverged at step {step}: its loss is no longer a number. Choose a "
                "smaller learning rate and train again."
            )
        return tuple(
            (("loss", loss), ("accuracy", accuracy))
            for loss, accuracy in zip(losses, accuracies, strict=True)
        )


def _begun(
    specs: Sequence[CnnTraining], sets: Sequence[Laid]
) -> tuple[list[LesionCnn], list[Order]]:
    """Fresh networks and the orders of their images, as each seed gives them."""
    networks, orders = [], []
    for spec, laid in zip(specs, sets, strict=True):
        generator = seed_everything(spec.seed)
        network = build(spec.cnn, generator)
        network.mean_image.copy_(laid.mean[None])
        networks.append(network)
        orders.append(Order(len(laid.targets), spec.cnn.batch, generator))
    return networks, orders
