"""The noise that a generator turns into ROIs."""

from __future__ import annotations

import numpy as np
import torch

from engine.specs import GanSpec


def training_noise(spec: GanSpec, count: int, generator: torch.Generator) -> torch.Tensor:
    """(count, latent), uniform in [-1, 1] (section 3.2)."""
    return torch.rand(count, spec.latent, generator=generator) * 2 - 1


def sampling_noise(spec: GanSpec, first: int, count: int, seed: int) -> torch.Tensor:
    """(count, latent) of draws `first`.. of a seed; each row follows from (seed, its number).

    Uniform in [-1, 1] as in training, or standard normal with `spec.sampling` "normal", as the
    paper's section 4.2.2 says.
    """
    rows = [_row(spec, seed, number) for number in range(first, first + count)]
    return torch.from_numpy(np.asarray(rows, dtype=np.float32).reshape(count, spec.latent))


def _row(spec: GanSpec, seed: int, number: int) -> np.ndarray:
    rng = np.random.default_rng([seed, number])
    if spec.sampling == "normal":
        return rng.standard_normal(spec.latent)
    return rng.uniform(-1.0, 1.0, spec.latent)
