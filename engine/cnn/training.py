"""Training of the classifier (section 2.2): Nesterov SGD, batches of 64, last batch kept."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from engine import checkpoint
from engine.checkpoint import CheckpointMeta, RunFacts
from engine.cnn.evaluation import KIND, probabilities
from engine.cnn.examples import Examples, gather
from engine.cnn.networks import LesionCnn, build
from engine.device import Device, best_device, memory_in_words, precision, seed_everything
from engine.errors import EngineError
from engine.jobs import Progress
from engine.patches import LesionPatches, test_indices
from engine.specs import CnnTraining, to_json

MODEL = "model.safetensors"
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


def train(spec: CnnTraining, paths: tuple[Path, ...]) -> Generator[Progress, None, CnnResult]:
    """Train on paths (patches.npz, output folder[, synthetic.npz]) and test on the test fold.

    Progress.metrics: loss and accuracy over the training images since the last report.
    Raises EngineError with a sentence; closing the generator leaves no checkpoint.
    """
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    patches = LesionPatches.load(paths[0])
    patches.check()
    yield Progress(0, 1, "Drawing training images")
    with memory_in_words():
        examples = gather(patches, spec, paths[2] if len(paths) > 2 else None)
        device = best_device()
        network, steps = yield from _fitted(spec, examples, device)
    seconds = time.monotonic() - clock
    checksum = _save(paths[1], network, spec, patches, device)
    checkpoint.write_facts(paths[1], RunFacts(started, seconds, steps))
    tested = test_indices(patches, spec.folds, spec.test_fold)
    found = probabilities(network, patches.images[tested])
    correct = int((found.argmax(1) == patches.targets[tested]).sum())
    return CnnResult(
        checkpoint=paths[1] / MODEL,
        checksum=checksum,
        accuracy=correct / len(tested) if len(tested) else None,
        correct=correct if len(tested) else None,
        n=len(tested) or None,
        ids=tuple(patches.ids[i] for i in tested),
        probabilities=found,
        seconds=seconds,
        steps=steps,
        device=device.name,
        images=len(examples.targets),
    )


def total_steps(spec: CnnTraining, images: int) -> int:
    """SGD steps of a run: the fixed number, or epochs of all batches, the last one partial."""
    return spec.steps or spec.cnn.epochs * math.ceil(images / spec.cnn.batch)


def batches(count: int, size: int, generator: torch.Generator) -> Iterator[torch.Tensor]:
    """Indices of endless shuffled epochs; an epoch's last batch may be smaller."""
    while True:
        yield from torch.split(torch.randperm(count, generator=generator), size)


def _fitted(
    spec: CnnTraining, examples: Examples, device: Device
) -> Generator[Progress, None, tuple[LesionCnn, int]]:
    """The trained network, on the CPU, and how many steps it took."""
    generator = seed_everything(spec.seed)
    network = build(spec.cnn, generator)
    network.mean_image.copy_(torch.from_numpy(examples.mean_image())[None, None])
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    network.to(device.torch).train()
    optimiser = torch.optim.SGD(
        network.parameters(),
        lr=spec.cnn.learning_rate,
        momentum=spec.cnn.momentum,
        nesterov=spec.cnn.momentum > 0,
    )
    images = torch.from_numpy(examples.images)[:, None].to(device.torch)
    targets = torch.from_numpy(examples.targets).to(device.torch)
    total, meter = total_steps(spec, len(targets)), _Meter()
    order = batches(len(targets), spec.cnn.batch, generator)
    yield Progress(0, total, "Training")
    for step in range(1, total + 1):
        index = next(order).to(device.torch)
        optimiser.zero_grad(set_to_none=True)
        for part in torch.split(index, spec.cnn.micro_batch):
            _backward(network, images[part], targets[part], len(index), spec, device, meter)
            if meter.is_due():
                yield Progress(step, total, "Training", meter.told(step))
        optimiser.step()
    return network.cpu().eval(), total


def _backward(
    network: LesionCnn,
    images: torch.Tensor,
    targets: torch.Tensor,
    batch: int,
    spec: CnnTraining,
    device: Device,
    meter: _Meter,
) -> None:
    """Add a part's gradients, weighted so that all parts make the batch's mean."""
    with precision(spec.cnn.precision, device.torch):
        logits = network(images.contiguous(memory_format=torch.channels_last))
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
        return time.monotonic() - self._at >= TELL_EVERY

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


def _save(
    folder: Path, network: LesionCnn, spec: CnnTraining, patches: LesionPatches, device: Device
) -> str:
    if not all(torch.isfinite(p).all() for p in network.parameters()):
        raise EngineError(
            "The training diverged: some weights are no longer numbers. Choose a smaller learning "
            "rate and train again."
        )
    meta = CheckpointMeta(
        kind=KIND,
        spec=to_json(spec),
        classes=patches.classes,
        data_hash=patches.data_hash(),
        seed=spec.seed,
        fold=spec.test_fold,
        device=device.kind,
        precision=spec.cnn.precision,
    )
    return checkpoint.save(folder / MODEL, network.state_dict(), meta)
