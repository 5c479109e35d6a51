"""The cost of a step: the design's figures, and torch's own count of the networks as they are."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from engine.accelerate.cost import (
    PER_MAC,
    NetworkCost,
    cnn_cost,
    cnn_step,
    discriminator_cost,
    gan_step,
    generator_cost,
)
from engine.cnn.networks import LesionCnn
from engine.gan.acgan import AcganDiscriminator, AcganGenerator, OdenaDiscriminator, OdenaGenerator
from engine.gan.cda import CdaDiscriminator, CdaGenerator
from engine.gan.networks import Discriminator, Generator
from engine.specs import CDA, CnnSpec, GanSpec, profile

GENERATORS = {
    "dcgan": Generator,
    "acgan-dcgan": AcganGenerator,
    "acgan-odena": OdenaGenerator,
    "cda": CdaGenerator,
}
ACGAN = {"acgan-dcgan": AcganDiscriminator, "acgan-odena": OdenaDiscriminator}


def test_a_classifiers_step_is_the_designs_41_gflop() -> None:
    assert cnn_step(CnnSpec()) == pytest.approx(41.5e9, rel=0.01)


def test_a_dcgans_step_is_the_designs_426_and_406_gflop() -> None:
    spec = GanSpec()
    assert gan_step(spec, is_frozen=False, is_shared=True) == pytest.approx(426e9, rel=0.01)
    assert gan_step(spec, is_shared=True) == pytest.approx(406e9, rel=0.01)


def test_fresh_images_for_the_generators_step_cost_another_forward_pass() -> None:
    spec = GanSpec()
    more = gan_step(spec) - gan_step(spec, is_shared=True)
    assert more == PER_MAC * spec.batch * generator_cost(spec).forward
    assert gan_step(replace(spec, generator_steps=2)) > 1.4 * gan_step(spec)


NOWHERE = torch.device("meta")
"""Shapes without numbers: counted at once."""


def counted(network: torch.nn.Module, *inputs: torch.Tensor) -> tuple[int, int]:
    """torch's count of the forward pass and of forward with backward."""
    with FlopCounterMode(display=False) as forward:
        found = network(*inputs)
    with FlopCounterMode(display=False) as backward:
        found.sum().backward()
    ahead, back = forward.get_total_flops(), backward.get_total_flops()
    return ahead, ahead + back


def agrees(cost: NetworkCost, network: torch.nn.Module, *inputs: torch.Tensor) -> None:
    count = len(inputs[0])
    forward, taught = counted(network, *inputs)
    assert PER_MAC * count * cost.forward == pytest.approx(forward, rel=0.01)
    assert PER_MAC * count * cost.taught == pytest.approx(taught, rel=0.01)


@pytest.mark.parametrize(
    "spec", [CnnSpec(), profile("quick").cnn, CnnSpec(channels=(64, 128, 128), kernel=3, slices=5)]
)
def test_the_classifiers_count_is_torchs(spec: CnnSpec) -> None:
    with NOWHERE:
        agrees(cnn_cost(spec), LesionCnn(spec), torch.zeros(2, spec.slices, 64, 64))


@pytest.mark.parametrize("kind", GENERATORS)
def test_the_generators_count_is_torchs(kind: str) -> None:
    spec = CDA if kind == "cda" else GanSpec(kind=kind)
    with NOWHERE:
        z, targets = torch.zeros(4, spec.latent), torch.zeros(4, dtype=torch.int64)
        agrees(generator_cost(spec), GENERATORS[kind](spec), z, targets)


@pytest.mark.parametrize("kind", ["dcgan", *ACGAN])
def test_the_discriminators_count_is_torchs(kind: str) -> None:
    spec = GanSpec(kind=kind)
    with NOWHERE:
        network = ACGAN.get(kind, Discriminator)(spec)
        agrees(discriminator_cost(spec), network, torch.zeros(4, 1, 64, 64))


def test_the_conditional_discriminators_count_is_torchs() -> None:
    """But for the spectral norm, whose work is done once a batch."""
    spec = replace(CDA, ndf=16)
    network = CdaDiscriminator(spec, torch.Generator()).eval()
    agrees(discriminator_cost(spec), network, torch.zeros(16, 1, 64, 64))
