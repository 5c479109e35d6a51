"""Where and how networks run: device, threads, seed, precision."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from engine.errors import OutOfMemoryError
from engine.machine import CHOICE, PRECISIONS


@dataclass(frozen=True)
class Device:
    """A device as provenance names it. `kind`: cpu | cuda | mps; `memory_gib` 0 = not known."""

    kind: str
    name: str
    memory_gib: float

    @property
    def torch(self) -> torch.device:
        """The device as torch wants it."""
        return torch.device(self.kind)


def best_device(prefer: str = "") -> Device:
    """CUDA where it answers, else the CPU; `prefer` "cpu" keeps to the CPU, as CHOICE does.

    Apple's mps is taken only when asked for: its results differ from run to run.
    """
    prefer = prefer or os.environ.get(CHOICE, "")
    if prefer != "cpu" and torch.cuda.is_available():
        facts = torch.cuda.get_device_properties(0)
        return Device("cuda", facts.name, facts.total_memory / 2**30)
    if prefer == "mps" and torch.backends.mps.is_available():
        return Device("mps", "Apple GPU", 0.0)
    return Device("cpu", f"CPU, {torch.get_num_threads()} thread(s)", _memory_gib())


def seed_everything(seed: int) -> torch.Generator:
    """Seed Python, numpy and torch; returns a CPU generator of the same seed.

    With the same device and thread count the same seed then gives the same bytes.
    """
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Filling fresh memory costs time and nothing reads it.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    if torch.cuda.is_available():
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # its sums in one order
        torch.backends.cudnn.benchmark = False
    return torch.Generator().manual_seed(seed)


def sitting(device: Device) -> tuple[str, str]:
    """What a training must find again to go on with the same bytes: device and threads."""
    return device.kind, f"{torch.get_num_threads()} threads"


def set_threads(count: int = 1) -> None:
    """Threads of torch's CPU kernels; part of what makes checkpoints byte-identical."""
    torch.set_num_threads(max(1, count))


@contextmanager
def precision(name: str, device: torch.device) -> Iterator[None]:
    """Compute in "float32" or, under autocast, in "bf16"; TF32 stands on CUDA in float32."""
    if name not in PRECISIONS:
        raise ValueError(f"Unknown precision {name}")
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=name == "bf16"):
        yield


@contextmanager
def memory_in_words() -> Iterator[None]:
    """Turn the several ways to run out of memory into one OutOfMemoryError with a sentence."""
    sentence = (
        "There is not enough memory for this recipe. Close other programs, or choose the quick "
        "profile, a smaller group of added images or a smaller batch."
    )
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise OutOfMemoryError(sentence) from error
    except RuntimeError as error:
        if "memory" not in str(error).lower():
            raise
        raise OutOfMemoryError(sentence) from error


def _memory_gib() -> float:
    """Physical memory, GiB; 0 where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (AttributeError, ValueError, OSError):
        return 0.0
