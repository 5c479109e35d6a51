"""A step of the CNN and of the DCGAN at the paper's size beside plain eager float32."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from measuring import Report, Row, Timing, in_turns, ratio
from plain_networks import BATCH, PlainCnnStep, PlainDcganStep, size

from engine.cnn import networks
from engine.cnn.training import _backward, _Meter
from engine.device import best_device, set_threads
from engine.gan.training import _Match
from engine.specs import AugmentationSpec, CnnSpec, CnnTraining, GanSpec, GanTraining, profile

PRECISIONS = ("float32", "bf16")
CNN_WANTED = {"float32": 0.85, "bf16": 0.40}
GAN_WANTED = {"float32": 1.05, "bf16": 0.58}
CNN_ROUNDS, GAN_ROUNDS = 9, 3


@pytest.fixture(autouse=True)
def one_thread() -> None:
    set_threads(1)


class CnnStep:
    """One step as `engine.cnn.training` takes it."""

    def __init__(self, spec: CnnSpec) -> None:
        self._training = CnnTraining(spec, AugmentationSpec(), (), None, 0)
        self.network = networks.build(spec, torch.Generator().manual_seed(0))
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.network.train()
        self._optimiser = torch.optim.SGD(
            self.network.parameters(), lr=spec.learning_rate, momentum=0.9, nesterov=True
        )
        self._images, self._targets = torch.rand(BATCH, 1, 64, 64), torch.randint(0, 3, (BATCH,))
        self._device, self._meter = best_device("cpu"), _Meter()

    def __call__(self) -> None:
        self._optimiser.zero_grad(set_to_none=True)
        for part in torch.split(torch.randperm(BATCH), self._training.cnn.micro_batch):
            _backward(
                self.network, self._images[part], self._targets[part], BATCH, self._training,
                self._device, self._meter,
            )  # fmt: skip
        self._optimiser.step()


class DcganStep:
    """One step as `engine.gan.training` takes it."""

    def __init__(self, spec: GanSpec) -> None:
        training = GanTraining(spec, AugmentationSpec(), (), None, 0, 0)
        images = np.random.default_rng(0).random((BATCH, 64, 64), dtype=np.float32)
        self.match = _Match(training, images, best_device("cpu"))

    def __call__(self) -> None:
        assert list(self.match.step()) == [False, True]


def told(
    report: Report, what: str, found: tuple[Timing, ...], wanted: dict[str, float]
) -> dict[str, float]:
    """A row for each precision; the median ratios."""
    *ours, plain = found
    ratios = {name: ratio(own, plain) for name, own in zip(PRECISIONS, ours, strict=True)}
    for (name, one), own in zip(ratios.items(), ours, strict=True):
        goal, reached = f"≤ {wanted[name]}", one.median <= wanted[name]
        title = f"{what}, {name} channels last, 1 thread, CPU time"
        report.row(Row(title, own.n, str(own), f"eager float32 {plain}", str(one), goal, reached))
    return {name: one.median for name, one in ratios.items()}


def test_cnn_step(report: Report) -> None:
    spec, plain = profile("paper").cnn, PlainCnnStep()
    ours = [CnnStep(replace(spec, precision=name)) for name in PRECISIONS]
    assert size(ours[0].network) == size(plain.network) == 1_306_115
    found = in_turns((*ours, plain), CNN_ROUNDS, time.process_time)
    medians = told(report, f"CNN step, batch {BATCH}, paper size", found, CNN_WANTED)
    assert medians["float32"] < 1.5


def test_dcgan_step(report: Report) -> None:
    spec, plain = profile("paper").gan, PlainDcganStep()
    ours = [DcganStep(replace(spec, precision=name)) for name in PRECISIONS]
    assert size(ours[0].match.generator) == size(plain.generator) == 18_865_025
    assert size(plain.critic) == 4_312_449
    found = in_turns((*ours, plain), GAN_ROUNDS, time.process_time)
    medians = told(report, f"DCGAN step, batch {BATCH}, paper size", found, GAN_WANTED)
    assert medians["float32"] < 1.5
