"""Accuracy and loss on held-out patients of the training folds while a network trains.

Nothing is decided by them: no step, stop or checkpoint depends on what is seen, and dropout's draws
are not touched, so that the weights are those of the same training unwatched.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch.nn import functional

from engine.cnn.evaluation import as_input
from engine.cnn.networks import LesionCnn
from engine.device import Device, precision
from engine.errors import EngineError
from engine.holdout import VALIDATION, validation_indices
from engine.patches import LesionPatches
from engine.specs import CnnTraining

Numbers = tuple[tuple[str, float], ...]

APART = 10
"""A look at n ROIs comes once in at least 10 n trained images. Reading an image costs about a
third of a step on it, so that looks take about 3 % of a training, wanted at most 5 %."""

LOOKS = 100
"""A run has about so many looks at most."""

CORRECT, COUNT = "validation_correct", "validation_n"
ACCURACY, LOSS = "validation_accuracy", "validation_loss"
"""The numbers of a look: ROIs called right, ROIs, their share, mean cross-entropy."""


class Watch:
    """The held-out ROIs of a run and when they are looked at; nothing where none are held out.

    `told` is the last step whose look was passed on. EngineError where the recipe watches and holds
    nobody out, or would train on those it watches.
    """

    def __init__(
        self, spec: CnnTraining, patches: LesionPatches, total: int, device: Device
    ) -> None:
        chosen = validation_indices(patches, spec.folds)
        _check(spec, len(chosen))
        self._spec, self._device, self._total = spec.cnn, device, total
        self._images = as_input(patches.images[chosen]).to(device.torch)
        self._targets = torch.from_numpy(patches.targets[chosen]).to(device.torch)
        self.every = every(len(chosen), spec.cnn.batch, total)
        self.told = 0

    @property
    def is_on(self) -> bool:
        """Whether anybody is watched."""
        return len(self._targets) > 0

    def is_due(self, step: int) -> bool:
        """Whether a step ends with a look: each `every`, and the last."""
        return self.is_on and step > 0 and (step % self.every == 0 or step == self._total)

    def look(self, network: LesionCnn) -> Iterator[Numbers]:
        """Nothing after each part of the ROIs but the last, then the numbers; dropout is off."""
        part = self._spec.micro_batch
        loss = correct = torch.zeros((), device=self._device.torch)
        pairs = zip(torch.split(self._images, part), torch.split(self._targets, part), strict=True)
        for images, targets in pairs:
            logits = self._read(network, images)
            loss = loss + functional.cross_entropy(logits.float(), targets, reduction="sum")
            correct = correct + (logits.argmax(1) == targets).sum()
            yield ()
        count, right = len(self._targets), float(correct)
        yield (
            (ACCURACY, right / count),
            (LOSS, float(loss) / count),
            (CORRECT, right),
            (COUNT, float(count)),
        )

    def _read(self, network: LesionCnn, images: torch.Tensor) -> torch.Tensor:
        network.eval()
        try:
            with torch.no_grad(), precision(self._spec.precision, self._device.torch):
                logits: torch.Tensor = network(images.contiguous(memory_format=torch.channels_last))
                return logits
        finally:
            network.train()


def every(count: int, batch: int, total: int) -> int:
    """Steps from one look at `count` ROIs to the next, in a run of `total` steps of `batch`."""
    return max(1, math.ceil(APART * count / batch), math.ceil(total / LOOKS))


def _check(spec: CnnTraining, count: int) -> None:
    if bool(spec.validation) != bool(count) or (count and VALIDATION not in spec.without):
        raise EngineError(
            "The recipe of this run does not say who is held out for validation. Make the recipe "
            "again and queue it."
        )
