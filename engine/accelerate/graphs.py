"""A whole training step as one CUDA graph: forward, backward and optimiser in a single launch.

At the paper's sizes an H100 computes a step faster than Python can ask for it; a graph is asked
for once. Method: torch's documentation of `torch.cuda.CUDAGraph`, "whole-network capture".
"""

from __future__ import annotations

from collections.abc import Callable

import torch

WARM_UP = 3
"""Steps on a side stream before the capture: libraries choose and allocate in these."""


class GraphedStep:
    """Runs `step` once a call; on CUDA the calls after the warm-up replay a captured graph.

    `step` takes no argument: it reads tensors that stay where they are. A call's values are
    copied into `inputs`, in their order, before the step. Every call is a real step, those of the
    warm-up too, so that weights do not depend on whether there is a graph. `step` must not
    read a tensor's value, change a shape, or take a branch that may differ later; random draws
    inside it come from torch's own CUDA generator or one of `generators`. Without CUDA each call
    is the plain step.
    """

    def __init__(
        self,
        step: Callable[[], None],
        device: torch.device,
        inputs: tuple[torch.Tensor, ...] = (),
        generators: tuple[torch.Generator, ...] = (),
    ) -> None:
        self._step, self._inputs, self._generators = step, inputs, generators
        self._is_eager = device.type != "cuda" or not torch.cuda.is_available()
        self._side = None if self._is_eager else torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._graph: torch.cuda.CUDAGraph | None = None
        self._warm = 0

    @property
    def is_captured(self) -> bool:
        """A graph is replayed from now on."""
        return self._graph is not None

    def __call__(self, *values: torch.Tensor) -> None:
        """Take the step on these values of the inputs; ValueError where one is left out."""
        for own, value in zip(self._inputs, values, strict=True):
            own.copy_(value, non_blocking=True)
        if self._is_eager:
            self._step()
        elif self._warm < WARM_UP:
            self._warm_up()
        else:
            self._graph = self._graph or self._captured()
            self._graph.replay()

    def _warm_up(self) -> None:
        """A step outside the default stream, as a capture will be."""
        assert self._side is not None
        current = torch.cuda.current_stream()
        self._side.wait_stream(current)
        with torch.cuda.stream(self._side):
            self._step()
        current.wait_stream(self._side)
        self._warm += 1

    def _captured(self) -> torch.cuda.CUDAGraph:
        """The step as a graph; capturing runs nothing."""
        graph = torch.cuda.CUDAGraph()
        for generator in self._generators:
            graph.register_generator_state(generator)
        with torch.cuda.graph(graph, stream=self._side):
            self._step()
        return graph


def sgd(
    parameters: list[torch.nn.Parameter], rate: float, momentum: float, device: torch.device
) -> torch.optim.SGD:
    """SGD with Nesterov's momentum; fused into one kernel on CUDA."""
    return torch.optim.SGD(
        parameters,
        lr=rate,
        momentum=momentum,
        nesterov=momentum > 0,
        fused=True if device.type == "cuda" else None,
    )


def adam(
    parameters: list[torch.nn.Parameter],
    rate: float,
    betas: tuple[float, float],
    device: torch.device,
) -> torch.optim.Adam:
    """Adam; on CUDA fused into one kernel, its count of steps there, so that it captures."""
    on_device = device.type == "cuda"
    return torch.optim.Adam(
        parameters,
        lr=rate,
        betas=betas,
        fused=True if on_device else None,
        capturable=on_device,
    )
