"""Exact resume: what a training needs to go on as if it had never stopped.

A run's folder holds one `resume.safetensors`: weights, optimiser state, random states, the place
in the order of the images, and the key of the recipe and ROIs it belongs to. It is written and
verified as checkpoints are (temporary file, fsync, rename, checksum, never a pickle), so a run
that was killed at any moment finds the whole of its last state or the one before. Going on from
it gives the bytes of a run that was never stopped, on the same device and threads.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

import torch

from engine import checkpoint, files
from engine.checkpoint import CheckpointMeta
from engine.errors import CheckpointError

FILE = files.RESUME
KIND = "resume"
SAVE_EVERY = 60.0
"""Seconds between two saved states: what a killed run loses at most."""

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class State:
    """A training after `step` whole steps: tensors by name and further finite numbers.

    Tensors are of any numpy type (not bf16), on any device.
    """

    step: int
    tensors: Mapping[str, torch.Tensor] = field(repr=False)
    numbers: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Found:
    """What lay in a folder: a state, or none and why. `reason` "" = nothing was there."""

    state: State | None
    reason: str = ""


def save(folder: Path, key: str, state: State) -> None:
    """Write the state in place of the one before; CheckpointError where the disk is full.

    `key` names recipe and ROIs: `spec_hash(to_json(spec), data_hash)`.
    """
    facts = (("step", float(state.step)), *state.numbers)
    meta = CheckpointMeta(kind=KIND, spec=key, classes=(), data_hash="", seed=0, facts=facts)
    checkpoint.save(folder / FILE, state.tensors, meta)


def load(folder: Path, key: str) -> State | None:
    """The state saved under this key; None where there is none that can be trusted."""
    return look(folder, key).state


def look(folder: Path, key: str) -> Found:
    """As `load`, with a sentence where a file was passed over; never an error."""
    path = folder / FILE
    if not path.exists():
        return Found(None)
    try:
        held = checkpoint.load(path, KIND)
    except CheckpointError:
        return Found(None, "The saved state of this training is damaged; it starts anew.")
    if held.meta.spec != key:
        return Found(None, "The saved state is of another recipe or other ROIs; it starts anew.")
    if any(metadata.version(name) != version for name, version in held.versions):
        return Found(None, "The saved state is of another version; the training starts anew.")
    (_, step), *numbers = held.meta.facts
    return Found(State(int(step), held.state_dict(), tuple(numbers)))


def drop(folder: Path) -> None:
    """Remove the state, and what a killed write left; call it when the checkpoint is written."""
    (folder / FILE).unlink(missing_ok=True)
    for left in sorted(folder.glob(".*.safetensors.*")):
        left.unlink(missing_ok=True)


class Every:
    """Says when the next state is due; 0 seconds: after every step."""

    def __init__(self, seconds: float = SAVE_EVERY) -> None:
        self._seconds = seconds
        self._at = time.monotonic()

    def is_due(self) -> bool:
        """True once the time has passed; it then begins again."""
        if time.monotonic() - self._at < self._seconds:
            return False
        self._at = time.monotonic()
        return True


class Order:
    """Indices of endless shuffled epochs in batches; an epoch's last batch may be smaller.

    Every epoch draws one permutation from `generator`, when its first batch is asked for. The
    generator may serve other draws too: its state is saved and restored with the order.
    """

    def __init__(self, count: int, size: int, generator: torch.Generator) -> None:
        self._count, self._size, self._generator = count, size, generator
        self._epoch = torch.zeros(0, dtype=torch.int64)
        self._at = 0

    def next(self) -> torch.Tensor:
        """The next batch of indices (int64, on the CPU)."""
        if self._at >= len(self._epoch):
            self._epoch = torch.randperm(self._count, generator=self._generator)
            self._at = 0
        batch = self._epoch[self._at : self._at + self._size]
        self._at += self._size
        return batch

    def tensors(self, name: str) -> Tensors:
        """Place, permutation and random state."""
        return {
            f"{name}.at": torch.tensor(self._at),
            f"{name}.epoch": self._epoch,
            **random_tensors(name, self._generator),
        }

    def restore(self, name: str, tensors: Mapping[str, torch.Tensor]) -> None:
        """Go to a saved place; CheckpointError where the state lacks it."""
        self._at = int(_wanted(tensors, f"{name}.at"))
        self._epoch = _wanted(tensors, f"{name}.epoch")
        restore_random(name, self._generator, tensors)


# --- what a state is made of ----------------------------------------------------------------


def network_tensors(name: str, network: torch.nn.Module) -> Tensors:
    """Weights and buffers under `name`."""
    return {f"{name}.{layer}": tensor for layer, tensor in network.state_dict().items()}


def restore_network(
    name: str, network: torch.nn.Module, tensors: Mapping[str, torch.Tensor]
) -> None:
    """Put saved weights into a network; their memory layout and device stay the network's."""
    with torch.no_grad():
        for layer, tensor in network.state_dict().items():
            tensor.copy_(_wanted(tensors, f"{name}.{layer}", tensor.shape))


def optimiser_tensors(name: str, optimiser: torch.optim.Optimizer) -> Tensors:
    """The running sums of SGD or Adam, by the parameter's number; none before the first step."""
    found: Tensors = {}
    for number, parameter, _ in _numbered(optimiser):
        for entry, value in sorted(optimiser.state.get(parameter, {}).items()):
            if isinstance(value, torch.Tensor):  # SGD without momentum keeps a None
                found[f"{name}.{number}.{entry}"] = value
    return found


def restore_optimiser(
    name: str, optimiser: torch.optim.Optimizer, tensors: Mapping[str, torch.Tensor]
) -> None:
    """Put saved running sums into a fresh optimiser of the same parameters.

    Sums take their parameter's layout and device. Adam's count of steps stays on the CPU, unless
    the optimiser is fused or captured in a graph.
    """
    for number, parameter, counts_there in _numbered(optimiser):
        start = f"{name}.{number}."
        optimiser.state[parameter] = {
            full.removeprefix(start): _placed(value, parameter, counts_there)
            for full, value in tensors.items()
            if full.startswith(start)
        }


def random_tensors(name: str, generator: torch.Generator | None = None) -> Tensors:
    """The random state of a generator; without one, torch's own, which dropout draws from."""
    if generator is not None:
        return {f"{name}.random": generator.get_state()}
    found = {f"{name}.random": torch.get_rng_state()}
    if torch.cuda.is_available():
        found[f"{name}.random_cuda"] = torch.cuda.get_rng_state()
    return found


def restore_random(
    name: str, generator: torch.Generator | None, tensors: Mapping[str, torch.Tensor]
) -> None:
    """Set a generator, or (None) torch's own, to a saved random state."""
    state = _wanted(tensors, f"{name}.random")
    if generator is not None:
        generator.set_state(state)
        return
    torch.set_rng_state(state)
    if torch.cuda.is_available() and f"{name}.random_cuda" in tensors:
        torch.cuda.set_rng_state(tensors[f"{name}.random_cuda"])


def _wanted(
    tensors: Mapping[str, torch.Tensor], name: str, shape: torch.Size | None = None
) -> torch.Tensor:
    if name not in tensors or (shape is not None and tensors[name].shape != shape):
        raise CheckpointError(
            "The saved state of this training does not fit its network. Cancel this run and queue "
            "it again; it then starts anew."
        )
    return tensors[name]


def _numbered(optimiser: torch.optim.Optimizer) -> Iterator[tuple[int, torch.Tensor, bool]]:
    """Each parameter's number, itself, and whether its count of steps lies on its device."""
    number = 0
    for group in optimiser.param_groups:
        counts_there = bool(group.get("fused") or group.get("capturable"))
        for parameter in group["params"]:
            yield number, parameter, counts_there
            number += 1


def _placed(value: torch.Tensor, parameter: torch.Tensor, counts_there: bool) -> torch.Tensor:
    if value.shape != parameter.shape:  # Adam's count
        return value.to(parameter.device) if counts_there else value
    return torch.empty_like(parameter, dtype=value.dtype, requires_grad=False).copy_(value)
