"""The noise that a generator turns into ROIs."""

from __future__ import annotations

import numpy as np
import torch

from engine.specs import GanSpec


def training_noise(spec: GanSpec, count: int, generator: torch.Generator) -> torch.Tensor:
    """(count, latent), uniform in [-1, 1] (section 3.2).

    "cda" trains on the noise it samples from: standard normal with `spec.sampling` "normal".
    """
    if spec.kind == "cda" and spec.sampling == "normal":
        return torch.randn(count, spec.latent, generator=generator)
    return torch.rand(count, spec.latent, generator=generator) * 2 - 1


def sampling_noise(
    spec: GanSpec, first: int, count: int, seed: int, target: int = 0
) -> torch.Tensor:
    """(count, latent) of draws `first`.. of a seed; each row follows from (seed, its number).

    Uniform in [-1, 1] as in training, or standard normal with `spec.sampling` "normal", as the
    paper's section 4.2.2 says. A conditional generator's row follows from the class `target` too,
    so that the draws of its classes are independent.
    """
    more = (target,) if spec.is_conditional else ()
    rows = [_row(spec, (seed, number, *more)) for number in range(first, first + count)]
    return torch.from_numpy(np.asarray(rows, dtype=np.float32).reshape(count, spec.latent))


def _row(spec: GanSpec, name: tuple[int, ...]) -> np.ndarray:
    rng = np.random.default_rng(name)
    if spec.sampling == "normal":
        return rng.standard_normal(spec.latent)
    return rng.uniform(-1.0, 1.0, spec.latent)
