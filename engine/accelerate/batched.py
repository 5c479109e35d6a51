"""K classifiers of one recipe as ONE network: folds x seeds trained together on one device.

One small network leaves a large device idle. Here the K networks lie side by side: batched matrix
products for the dense layers; the convolutions in one grouped call on a CPU, and on a CUDA device
each network's own, channels last, on a few streams at once, which an H100 did in .58 to .63 of the
time of the grouped call (9 networks of the paper's size, TF32; tests/bench/RESULTS.md). Nothing
passes between the networks, so each ends with the weights it would have alone, but for rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn import functional

from engine.cnn.networks import LesionCnn
from engine.specs import CnnSpec

LANES = 4
"""Streams that the networks' convolutions take turns on."""


class BatchedCnn(nn.Module):
    """K networks of one CnnSpec. Every parameter has the networks as its first axis.

    Input (n, K, slices, 64, 64) in 0..1, n ROIs for each network; each network's own mean image
    is subtracted inside. Output (n, K, classes) logits.
    """

    means: torch.Tensor

    def __init__(self, spec: CnnSpec, networks: Sequence[LesionCnn]) -> None:
        super().__init__()
        if not networks:
            raise ValueError("At least one network is needed.")
        self.spec, self.count = spec, len(networks)
        layers = range(len(spec.channels))
        self.kernels = nn.ParameterList(
            _stacked(networks, f"convolutions.{layer}.weight") for layer in layers
        )
        self.biases = nn.ParameterList(
            _stacked(networks, f"convolutions.{layer}.bias") for layer in layers
        )
        self.dense_weight = _stacked(networks, "dense.weight")
        self.dense_bias = _stacked(networks, "dense.bias")
        self.output_weight = _stacked(networks, "output.weight")
        self.output_bias = _stacked(networks, "output.bias")
        self.register_buffer("means", torch.cat([one.mean_image for one in networks]).clone())

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """The dense layer after ReLU, before dropout, (K, n, dense)."""
        signal = images - self.means
        flat = self.on_lanes(signal) if signal.is_cuda else self._grouped(signal)
        return functional.relu(_dense(flat, self.dense_weight, self.dense_bias))

    def _grouped(self, signal: torch.Tensor) -> torch.Tensor:
        """The convolutions, (K, n, inputs of the dense layer): one call a layer."""
        count = len(signal)
        signal = signal.flatten(1, 2)  # the networks' channels side by side
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            signal = self._layer(signal, kernel.flatten(0, 1), bias.flatten(), self.count)
        return signal.view(count, self.count, -1).transpose(0, 1)

    def on_lanes(self, signal: torch.Tensor) -> torch.Tensor:
        """The same, each network's layers by themselves, on a CUDA device several at a time."""
        found: list[torch.Tensor] = []
        with _lanes(signal.device) as lanes:
            for number in range(self.count):
                with torch.cuda.stream(lanes[number % LANES]):
                    found.append(self._alone(signal[:, number], number))
        return torch.stack(found)

    def _alone(self, signal: torch.Tensor, number: int) -> torch.Tensor:
        last = torch.channels_last
        signal = signal.contiguous(memory_format=last)
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            own = kernel[number].contiguous(memory_format=last)
            signal = self._layer(signal, own, bias[number], 1)
        return signal.flatten(1)

    def _layer(
        self, signal: torch.Tensor, kernel: torch.Tensor, bias: torch.Tensor, groups: int
    ) -> torch.Tensor:
        padding = self.spec.kernel // 2
        signal = functional.conv2d(signal, kernel, bias, padding=padding, groups=groups)
        return functional.relu(functional.max_pool2d(signal, 2))

    def forward(self, images: torch.Tensor, kept: torch.Tensor | None = None) -> torch.Tensor:
        """Logits (n, K, classes); `kept` (K, n, dense) multiplies the dense layer (dropout)."""
        signal = self.features(images)
        if kept is not None:
            signal = signal * kept
        return _dense(signal, self.output_weight, self.output_bias).transpose(0, 1)

    def state_of(self, number: int) -> dict[str, torch.Tensor]:
        """The state dict of `LesionCnn` for network `number`, its own copy, on the CPU."""
        named = {
            "dense.weight": self.dense_weight,
            "dense.bias": self.dense_bias,
            "output.weight": self.output_weight,
            "output.bias": self.output_bias,
            "mean_image": self.means[:, None],
        }
        for layer, (kernel, bias) in enumerate(zip(self.kernels, self.biases, strict=True)):
            named[f"convolutions.{layer}.weight"] = kernel
            named[f"convolutions.{layer}.bias"] = bias
        return {name: whole[number].detach().cpu().clone() for name, whole in named.items()}

    def keep(self, rows: torch.Tensor) -> None:
        """Go on with the networks `rows` (int64, on the network's device) alone, in that order.

        Parameters stay the same objects; what an optimiser holds of them is cut by its owner.
        """
        for parameter in self.parameters():
            parameter.data = parameter.data[rows]
            parameter.grad = None
        self.means = self.means[rows]
        self.count = len(rows)

    def network(self, number: int) -> LesionCnn:
        """Network `number` by itself, on the CPU, ready to read."""
        alone = LesionCnn(self.spec)
        alone.load_state_dict(self.state_of(number))
        return alone.eval()


@contextmanager
def _lanes(device: torch.device) -> Iterator[list[torch.cuda.Stream | None]]:
    """Streams that begin after what is under way and are waited for at the end; none on a CPU.

    `torch.cuda.stream(None)` changes nothing, so that the code on them is the same.
    """
    if device.type != "cuda":
        yield [None] * LANES
        return
    here = torch.cuda.current_stream(device)
    lanes = [torch.cuda.Stream(device) for _ in range(LANES)]  # type: ignore[no-untyped-call]
    for lane in lanes:
        lane.wait_stream(here)
    yield list(lanes)
    for lane in lanes:
        here.wait_stream(lane)


def loss_of(logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Cross-entropy (K,) of logits (n, K, classes): each network's sum over its weighted ROIs.

    `targets` (n, K); `weights` (n, K) are 1 over the batch's size, 0 where a smaller last batch
    was filled up. The sum over K is what to differentiate: the networks share no weight.
    """
    each = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
    return (each.view_as(weights) * weights).sum(0)


def _dense(signal: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """(K, n, inputs) to (K, n, outputs), by each network's own weights."""
    return torch.baddbmm(bias[:, None], signal, weight.transpose(1, 2))


def _stacked(networks: Sequence[LesionCnn], name: str) -> nn.Parameter:
    with torch.no_grad():
        return nn.Parameter(torch.stack([one.get_parameter(name) for one in networks]))
