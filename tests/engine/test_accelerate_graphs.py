"""A step in a graph: the same step, its inputs copied in; without CUDA the plain step."""

from __future__ import annotations

import pytest
import torch

from engine.accelerate.graphs import WARM_UP, GraphedStep, adam, sgd

NO_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
CPU = torch.device("cpu")


class Doubling:
    """Adds twice its input to a sum."""

    def __init__(self, device: torch.device) -> None:
        self.value, self.sum = torch.zeros(2, device=device), torch.zeros(2, device=device)
        self.step = GraphedStep(self._add, device, inputs=(self.value,))

    def _add(self) -> None:
        self.sum.add_(2 * self.value)


def test_without_cuda_every_call_is_the_plain_step() -> None:
    doubling = Doubling(CPU)
    for number in range(6):
        doubling.step(torch.tensor([1.0, number]))
    assert doubling.sum.tolist() == [12.0, 30.0]
    assert not doubling.step.is_captured


def test_an_input_left_out_is_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Doubling(CPU).step()


@pytest.mark.gpu
@NO_CUDA
def test_on_cuda_the_replayed_step_sees_new_inputs_and_every_call_counts() -> None:
    doubling = Doubling(torch.device("cuda"))
    for number in range(WARM_UP + 3):
        doubling.step(torch.tensor([1.0, number]))
    assert doubling.sum.tolist() == [12.0, 30.0]
    assert doubling.step.is_captured


def trained(device: torch.device, kind: str, is_graphed: bool) -> torch.Tensor:
    """A small network's weights after eight steps."""
    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    inputs, wanted = torch.rand(16, 4), torch.rand(16, 1)
    network, inputs, wanted = network.to(device), inputs.to(device), wanted.to(device)
    own = list(network.parameters())
    optimiser: torch.optim.Optimizer = (
        sgd(own, 0.1, 0.9, device) if kind == "sgd" else adam(own, 1e-2, (0.5, 0.999), device)
    )

    def step() -> None:
        optimiser.zero_grad(set_to_none=True)
        (network(inputs) - wanted).square().mean().backward()
        optimiser.step()

    take = GraphedStep(step, device) if is_graphed else step
    for _ in range(8):
        take()
    return torch.cat([weight.detach().cpu().flatten() for weight in own])


@pytest.mark.parametrize("kind", ["sgd", "adam"])
def test_the_optimisers_are_torchs(kind: str) -> None:
    torch.manual_seed(1)
    assert torch.equal(trained(CPU, kind, True), trained(CPU, kind, False))


@pytest.mark.gpu
@NO_CUDA
@pytest.mark.parametrize("kind", ["sgd", "adam"])
def test_on_cuda_a_graph_trains_as_eager_steps_do(kind: str) -> None:
    device = torch.device("cuda")
    torch.testing.assert_close(trained(device, kind, True), trained(device, kind, False))
