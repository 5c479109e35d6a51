"""What this computer offers to networks; asked of a child process, since torch loads slowly."""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from engine.jobs import Progress

CHOICE = "BLINDREAD_DEVICE"
"""Environment variable that keeps a process and its children to the CPU where it is "cpu"."""

PRECISIONS = ("float32", "bf16")
"""What a network may be trained in, on every device: 32-bit numbers, or products of 16 bits."""

_BF16_FROM = 8  # CUDA compute capability; older GPUs only emulate it


@dataclass(frozen=True)
class Machine:
    """`gpu` names the first CUDA device, "" without one; memory in GiB; `has_bf16`: in hardware."""

    gpu: str
    gpu_memory_gib: float
    has_bf16: bool
    cores: int


def look(_spec: object, _paths: tuple[Path, ...]) -> Generator[Progress, None, Machine]:
    """The devices that answer now, whatever was chosen; a target of `engine.jobs.JobSpec`."""
    yield Progress(0, 1, "Loading PyTorch")
    import torch

    cores = os.cpu_count() or 1
    if not torch.cuda.is_available():
        return Machine("", 0.0, False, cores)
    facts = torch.cuda.get_device_properties(0)
    return Machine(facts.name, facts.total_memory / 2**30, facts.major >= _BF16_FROM, cores)
