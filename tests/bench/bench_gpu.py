"""On one CUDA device: steps beside the eager loop, folds and seeds as one network, a resumed grid.

Nothing here runs without a device. Rates are of wall-clock time, the device waited for at both
ends; the share of peak is of the dense TF32 or bf16 rate that the device's maker prints, and is
left out for a device whose rate is not known here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_sets import blobs, folds_of, result_of
from measuring import Report, Row, Timing, in_turns, milliseconds, ratio
from plain_networks import BATCH, PlainCnnStep, PlainDcganStep

from engine.accelerate.batched import BatchedCnn
from engine.accelerate.cost import cnn_step, gan_step
from engine.accelerate.drawing import Laid
from engine.accelerate.graphs import GraphedStep, adam
from engine.accelerate.group import Group
from engine.accelerate.resident import ResidentCrops
from engine.augment import plan
from engine.cnn.examples import Examples
from engine.cnn.networks import build
from engine.device import best_device, precision
from engine.experiment import Plan
from engine.experiment.data import TrainingData
from engine.experiment.grid import Experiment
from engine.experiment.on_device import run_on_device
from engine.experiment.record import standing
from engine.gan.losses import discriminator_loss, generator_loss
from engine.gan.networks import Discriminator, Generator, initialise
from engine.specs import AugmentationSpec, CnnSpec, CnnTraining, GanSpec, profile

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here"),
]

SXM = {"float32": 494.5, "bf16": 989.0}
PEAK_TFLOPS = {"NVIDIA H100 80GB HBM3": SXM, "NVIDIA H200": SXM}
"""The maker's peak of tensor cores, dense, by the name the driver gives; float32 means TF32.

NVIDIA's data sheets of the H100 and the H200 print 989 (TF32) and 1,979 TFLOP/s (bf16) for the SXM
modules, "with sparsity"; dense is half of that. PCIe and NVL cards have other clocks and names.
"""

STEPS, ROUNDS = 50, 5
PIECE_S = 30.0
WHOLE_GRID = 2_380_000
"""CNN steps of the paper's grid with one seed (ENGINE section 4)."""
TOGETHER = (1, 3, 9, 30)  # folds x seeds
WORDS = {"float32": "TF32", "bf16": "bf16"}


def waited(call: Callable[[], object], times: int = STEPS) -> Callable[[], None]:
    """`times` calls, then a wait for the device."""

    def timed() -> None:
        for _ in range(times):
            call()
        torch.cuda.synchronize()

    return timed


def of_peak(operations: float, milliseconds_taken: float, kind: str) -> str:
    """The rate in TFLOP/s, and its share of the maker's dense peak where that is known."""
    rate = operations / milliseconds_taken / 1e9
    peak = PEAK_TFLOPS.get(torch.cuda.get_device_name(), {}).get(kind)
    return f"{rate:.1f} TFLOP/s" + (f", {100 * rate / peak:.1f} % of dense peak" if peak else "")


def per_step(found: Timing) -> Timing:
    """Of STEPS steps, one."""
    return Timing(tuple(value / STEPS for value in found.values))


# --- the classifier -------------------------------------------------------------------------


class PlainOnCuda(PlainCnnStep):
    """The textbook loop on the device, float32 as torch has it."""

    def __init__(self) -> None:
        super().__init__()
        self.network.cuda()
        self._images, self._targets = self._images.cuda(), self._targets.cuda()
        self._optimiser = torch.optim.SGD(
            self.network.parameters(), lr=1e-3, momentum=0.9, nesterov=True
        )


def group_of(count: int, kind: str) -> Group:
    """`count` paper-size classifiers on noise."""
    cnn = replace(profile("paper").cnn, precision=kind)
    chance = np.random.default_rng(0)
    specs = [CnnTraining(cnn, AugmentationSpec(), (), None, seed) for seed in range(count)]
    sets = [
        Laid.of(
            Examples(
                chance.random((1024, 64, 64), dtype=np.float32),
                chance.integers(0, 3, 1024),
                np.zeros(0, np.int64),
            ),
            torch.device("cuda"),
        )
        for _ in specs
    ]
    return Group(specs, sets, best_device())


@pytest.mark.parametrize("kind", ["float32", "bf16"])
@pytest.mark.parametrize("count", TOGETHER)
def test_classifiers_together(report: Report, count: int, kind: str) -> None:
    group, plain = group_of(count, kind), PlainOnCuda()
    ours, eager = in_turns((waited(group.step), waited(plain)), ROUNDS)
    own, reference = per_step(ours), per_step(eager)
    each = Timing(tuple(value / count for value in own.values))
    work = count * cnn_step(profile("paper").cnn)
    images = 1000 * count * BATCH / own.median
    what = f"CNN step, {count} together, {WORDS[kind]}, graph: {images:,.0f} images/s, "
    what += of_peak(work, own.median, kind)
    times = ratio(each, reference)
    report.row(Row(what, ROUNDS, f"{each} each", f"eager, one: {reference}", str(times), "< 1",
                   times.median < 1))  # fmt: skip


# --- the generator --------------------------------------------------------------------------


class PlainGanOnCuda(PlainDcganStep):
    """The textbook loop on the device."""

    def __init__(self) -> None:
        super().__init__()
        self.generator.cuda()
        self.critic.cuda()
        self._real, self._one, self._zero = (
            one.cuda() for one in (self._real, self._one, self._zero)
        )
        self._of_generator = torch.optim.Adam(self.generator.parameters(), 2e-4, (0.5, 0.999))
        self._of_critic = torch.optim.Adam(self.critic.parameters(), 2e-4, (0.5, 0.999))
        self.generator.register_forward_pre_hook(lambda _, given: (given[0].cuda(),))


class GraphedGan:
    """Both players' step as one graph; noise drawn on the device."""

    def __init__(self, spec: GanSpec) -> None:
        self._spec, self._on = spec, torch.device("cuda")
        chance = torch.Generator().manual_seed(0)
        self._drawer, self._critic = Generator(spec), Discriminator(spec)
        for network in (self._drawer, self._critic):
            initialise(network, spec.init_sd, chance)
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            network.to(self._on).train()
        betas = (spec.beta1, spec.beta2)
        rate = spec.learning_rate
        self._of_drawer = adam(list(self._drawer.parameters()), rate, betas, self._on)
        self._of_critic = adam(list(self._critic.parameters()), rate, betas, self._on)
        self._real = torch.rand(BATCH, 1, 64, 64, device=self._on) * 2 - 1
        self.step = GraphedStep(self._play, self._on)

    def _play(self) -> None:
        noise = torch.rand(BATCH, self._spec.latent, device=self._on) * 2 - 1
        self._of_critic.zero_grad(set_to_none=True)
        with precision(self._spec.precision, self._on):
            fake = self._drawer(noise)
            on_real, on_fake = self._critic(self._real), self._critic(fake.detach())
        discriminator_loss(on_real.float(), on_fake.float()).backward()
        self._of_critic.step()
        self._of_drawer.zero_grad(set_to_none=True)
        self._critic.requires_grad_(False)
        with precision(self._spec.precision, self._on):
            judged = self._critic(fake)
        generator_loss(judged.float()).backward()
        self._critic.requires_grad_(True)
        self._of_drawer.step()


@pytest.mark.parametrize("kind", ["float32", "bf16"])
def test_dcgan_step(report: Report, kind: str) -> None:
    spec = replace(profile("paper").gan, precision=kind)
    ours, eager = in_turns((waited(GraphedGan(spec).step), waited(PlainGanOnCuda())), ROUNDS)
    own, reference = per_step(ours), per_step(eager)
    what = f"DCGAN step, {WORDS[kind]}, graph: {1000 * BATCH / own.median:,.0f} images/s, "
    what += of_peak(gan_step(spec, is_shared=True), own.median, kind)
    times = ratio(own, reference)
    report.row(Row(what, ROUNDS, str(own), f"eager float32 {reference}", str(times), "< 1",
                   times.median < 1))  # fmt: skip


# --- the data -------------------------------------------------------------------------------


def test_augmentation_on_the_device(report: Report) -> None:
    patches = blobs(20)
    crops, spec = ResidentCrops.of(patches, torch.device("cuda")), AugmentationSpec()
    cuts = [crops.cuts(i, plan(patches.native_of(i), spec, (1, i))) for i in range(len(patches))]

    def all_of_them() -> None:
        for one in cuts:
            crops.sample(one)

    (own,) = in_turns((waited(all_of_them, 1),), ROUNDS)
    count = len(patches) * spec.per_roi
    what = f"{count:,} augmentations on the device: {1000 * count / own.median:,.0f} images/s"
    report.row(Row(what, ROUNDS, str(own)))


def test_convolutions_on_lanes_beside_one_grouped_call(report: Report) -> None:
    """Nine networks' convolutions, forward and backward, each form as one graph."""
    spec, on = profile("paper").cnn, torch.device("cuda")
    alone = [build(spec, torch.Generator().manual_seed(seed)) for seed in range(9)]
    together = BatchedCnn(spec, alone).cuda()
    images = torch.rand(BATCH, 9, 1, 64, 64, device=on)

    def graphed(form: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[], None]:
        def step() -> None:
            together.zero_grad(set_to_none=True)
            with precision("float32", on):
                form(images).sum().backward()

        return waited(GraphedStep(step, on))

    forms = (graphed(together.on_lanes), graphed(together._grouped))
    own, reference = (per_step(one) for one in in_turns(forms, ROUNDS))
    times = ratio(own, reference)
    report.row(Row("9 CNNs' convolutions on lanes, TF32", ROUNDS, str(own),
                   f"one grouped call {reference}", str(times), "< 1",
                   times.median < 1))  # fmt: skip


# --- a piece of the paper's grid ------------------------------------------------------------


@dataclass(frozen=True)
class Sitting:
    """What a short sitting finished, its seconds, and the operations of its steps."""

    runs: int
    images: int
    operations: int
    seconds: float


def sat(plan_: Plan, folder: Path, cnn: CnnSpec) -> Sitting:
    """Go on with the plan for PIECE_S seconds, to the end of what is under way then."""
    before = {one.hash for one in standing(folder, plan_).finished}
    began = time.perf_counter()
    found = result_of(run_on_device(plan_, folder, pieces_s=PIECE_S))
    seconds = time.perf_counter() - began
    assert before <= {one.hash for one in found}
    new = [one for one in found if one.hash not in before]
    steps = sum(one.steps for one in new)
    return Sitting(len(new), steps * cnn.batch, steps * cnn_step(cnn), seconds)


def test_a_short_piece_of_the_papers_grid_and_the_next(report: Report, tmp_path: Path) -> None:
    """CNN and CNN-AUG, three folds, one seed at the paper's size, on as many ROIs as it had."""
    patches, cnn = blobs(61), profile("paper").cnn
    patches.save(tmp_path / "patches.npz")
    data = TrainingData(
        patches, folds_of(patches), 3, patches.data_hash(), tmp_path / "patches.npz"
    )
    grid = Experiment(("cnn", "cnn-aug"), "paper", seeds=1).plan(data)
    for number in (1, 2):
        one = sat(grid, tmp_path / "runs", cnn)
        assert one.runs or number == 2  # a fast device may leave nothing to the second
        what = f"piece {number} of the paper's grid, TF32: {one.runs} of {len(grid.runs)} runs, "
        what += f"{one.images / one.seconds:,.0f} images/s, "
        what += of_peak(one.operations, 1000 * one.seconds, "float32")
        left = WHOLE_GRID * cnn.batch / (one.images / one.seconds) / 60 if one.images else 0.0
        what += f"; {WHOLE_GRID / 1e6:.2f} M steps would take {left:.0f} min" if left else ""
        report.row(Row(what, 1, str(milliseconds([one.seconds]))))
