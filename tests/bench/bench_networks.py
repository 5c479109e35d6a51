"""A step of the CNN and of the DCGAN at the paper's size beside plain eager float32."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from learning_sets import blobs
from measuring import Report, Row, Timing, in_turns, ratio
from plain_networks import BATCH, PlainCnnStep, PlainDcganStep, size

from engine.accelerate.cost import cnn_step, gan_step
from engine.cnn import examples as cnn_examples
from engine.cnn.training import _Fit, _Meter
from engine.device import best_device, set_threads
from engine.gan import examples as gan_examples
from engine.gan.match import Match
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
        training = CnnTraining(spec, AugmentationSpec(), (), None, 0, steps=1)
        shown = cnn_examples.Examples(pictures(), np.arange(BATCH) % 3, np.zeros(0, np.int64))
        self._fit, self._meter = _Fit(training, blobs(1), shown, best_device("cpu")), _Meter()
        self.network = self._fit.network

    def __call__(self) -> None:
        assert list(self._fit.step(1, self._meter))


class DcganStep:
    """One step as `engine.gan.match` takes it."""

    def __init__(self, spec: GanSpec) -> None:
        training = GanTraining(spec, AugmentationSpec(), (), None, 0, 0)
        targets, patients = np.zeros(BATCH, np.int64), ("",) * BATCH
        shown = gan_examples.Examples(
            pictures(), targets, patients, pictures(), targets, ((0, "cyst"),)
        )
        self.match = Match(training, shown, best_device("cpu"))

    def __call__(self) -> None:
        assert list(self.match.step())[-1]


def pictures() -> np.ndarray:
    """A batch of noise, (64, 64, 64) in 0..1."""
    return np.random.default_rng(0).random((BATCH, 64, 64), dtype=np.float32)


def told(
    report: Report, what: str, work: int, found: tuple[Timing, ...], wanted: dict[str, float]
) -> dict[str, float]:
    """A row for each precision; the median ratios."""
    *ours, plain = found
    speed = work / plain.median / 1e6
    report.note(f"{what}: {work / 1e9:.1f} GFLOP plain, {speed:.0f} GFLOP/s plain on one thread.")
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
    medians = told(
        report, f"CNN step, batch {BATCH}, paper size", cnn_step(spec, BATCH), found, CNN_WANTED
    )
    assert medians["float32"] < 1.5


def test_dcgan_step(report: Report) -> None:
    spec, plain = profile("paper").gan, PlainDcganStep()
    ours = [DcganStep(replace(spec, precision=name)) for name in PRECISIONS]
    assert size(ours[0].match.shown) == size(plain.generator) == 18_865_025
    assert size(plain.critic) == size(ours[0].match.discriminator) == 4_312_449
    found = in_turns((*ours, plain), GAN_ROUNDS, time.process_time)
    work = gan_step(spec, is_frozen=False, is_shared=True)
    medians = told(report, f"DCGAN step, batch {BATCH}, paper size", work, found, GAN_WANTED)
    assert medians["float32"] < 1.5
