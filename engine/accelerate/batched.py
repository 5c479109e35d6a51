"""K classifiers of one recipe as ONE network: folds x seeds trained together on one device.

One small network leaves a large device idle. Here the K networks lie side by side: grouped
convolutions, batched matrix products for the dense layers. Nothing passes between them, so each
ends with the weights it would have alone, but for rounding.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from engine.cnn.networks import LesionCnn
from engine.specs import CnnSpec


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
        signal = (images - self.means).flatten(1, 2)  # the networks' channels side by side
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            signal = functional.conv2d(
                signal,
                kernel.flatten(0, 1),
                bias.flatten(),
                padding=self.spec.kernel // 2,
                groups=self.count,
            )
            signal = functional.relu(functional.max_pool2d(signal, 2))
        flat = signal.view(len(images), self.count, -1).transpose(0, 1)
        return functional.relu(_dense(flat, self.dense_weight, self.dense_bias))

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
